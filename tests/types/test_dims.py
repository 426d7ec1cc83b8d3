"""Sizes as polynomials: every law is checked against plain integer arithmetic."""

from __future__ import annotations

import copy
import math
import os
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgraph.types.dims import (
    Dim,
    Size,
    broadcast_dims,
    broadcast_size,
    estimate,
    evaluate,
    exact_div,
    never_negative,
    opaque,
    product,
    public_shape,
    substitute,
    symbols,
)
from kgraph.types.errors import ShapeError
from kgraph.types.size_text import parse_size

NAMES = ["B", "T", "x_d1", "T1_words", "nnz_a.b"]
ENVS = st.fixed_dictionaries({name: st.integers(0, 9) for name in NAMES})
LEAVES = st.integers(-4, 4) | st.sampled_from(NAMES).map(Dim.symbol)


def _combined(sizes: st.SearchStrategy[Size]) -> st.SearchStrategy[Size]:
    pairs = st.tuples(sizes, sizes)
    return st.one_of(
        pairs.map(lambda p: p[0] + p[1]),
        pairs.map(lambda p: p[0] - p[1]),
        pairs.map(lambda p: p[0] * p[1]),
        pairs.map(lambda p: opaque("max", *p)),
        pairs.map(lambda p: opaque("min", *p)),
        st.tuples(sizes, st.integers(1, 5)).map(lambda p: opaque("div", *p)),
    )


SIZES = st.recursive(LEAVES, _combined, max_leaves=6)
B, T = Dim.symbol("B"), Dim.symbol("T")


@given(SIZES, SIZES, ENVS)
def test_arithmetic_agrees_with_integers(a, b, env):
    x, y = evaluate(a, env), evaluate(b, env)
    assert evaluate(a + b, env) == x + y
    assert evaluate(a - b, env) == x - y
    assert evaluate(a * b, env) == x * y
    assert evaluate(-a, env) == -x
    assert evaluate(opaque("max", a, b), env) == max(x, y)
    assert evaluate(opaque("min", a, b), env) == min(x, y)
    assert evaluate(product([a, b, a]), env) == math.prod([x, y, x])


@given(SIZES, SIZES, SIZES)
def test_equal_polynomials_are_equal_values(a, b, c):
    assert a + b == b + a
    assert a * b == b * a
    assert (a + b) + c == a + (b + c)
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a - a == 0
    assert a + 0 == a * 1 == a
    assert a * 0 == 0
    assert hash((a + b) * c) == hash(c * b + c * a)


@given(SIZES, st.integers(1, 6), ENVS)
def test_floor_division_agrees_with_integers(a, number, env):
    assert evaluate(a // number, env) == evaluate(a, env) // number


@given(SIZES, ENVS)
def test_what_is_proved_never_negative_is_not(size, env):
    assert not never_negative(size) or evaluate(size, env) >= 0


@given(SIZES, SIZES, SIZES)
def test_the_order_of_operands_is_no_matter(a, b, c):
    assert opaque("max", a, b) == opaque("max", b, a)
    assert opaque("min", a, b) == opaque("min", b, a)
    if c != 0:
        assert exact_div(a * c, c) == a


@given(SIZES)
def test_text_reads_back_as_the_same_size(size):
    assert parse_size(str(size)) == size


@given(SIZES, SIZES, ENVS)
def test_exact_division_is_exact(a, b, env):
    quotient = exact_div(a, b)
    if quotient is not None:
        assert evaluate(quotient, env) * evaluate(b, env) == evaluate(a, env)


@given(SIZES, st.sampled_from(NAMES), st.integers(1, 4))
def test_a_monomial_factor_divides_out(a, name, number):
    divisor = Dim.symbol(name) * number
    assert exact_div(a * divisor, divisor) == a or a == 0


@given(SIZES, SIZES, st.sampled_from(NAMES), ENVS)
def test_substitution_commutes_with_evaluation(size, replacement, name, env):
    replaced = substitute(size, {name: replacement})
    assert evaluate(replaced, env) == evaluate(size, {**env, name: evaluate(replacement, env)})


@given(SIZES, ENVS)
def test_symbols_are_all_that_evaluation_needs(size, env):
    needed = {name: env[name] for name in symbols(size)}
    assert evaluate(size, needed) == evaluate(size, env)


@given(SIZES)
def test_pickles_and_copies_are_equal_and_hash_alike(size):
    for twin in (pickle.loads(pickle.dumps(size)), copy.deepcopy(size)):
        assert twin == size
        assert hash(twin) == hash(size)


def test_a_pickle_hashes_alike_in_another_process():
    code = (
        "import pickle, sys; from kgraph.types.dims import Dim;"
        "size = pickle.loads(bytes.fromhex(sys.argv[1]));"
        "print({Dim.symbol('B') * 2: 'found'}.get(size))"
    )
    env = {**os.environ, "PYTHONHASHSEED": "123", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, pickle.dumps(B * 2).hex()],
        capture_output=True,
        text=True,
        env=env,
        check=True,
    )
    assert done.stdout.strip() == "found"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (B * T + T, "B*T + T"),
        (T * B * 2 - 1, "2*B*T - 1"),
        (1 - B, "-B + 1"),
        (opaque("max", B, 3) * 2, "2*max(B, 3)"),
        (B // 2, "div(B, 2)"),
        (7 // B, "div(7, B)"),
    ],
)
def test_sizes_print_as_on_paper(size, text):
    assert str(size) == text


@pytest.mark.parametrize(
    ("got", "proved"),
    [
        ((B * 2) // 2, B),
        ((B * 2 + 3) // 2, B + 1),
        (B // 2 // 2, B // 4),
        (((B + 1) // 2 + 1) // 2, (B + 3) // 4),
        ((B * B + B * T) // (B + T), B),
        (opaque("max", B, 0), B),
        (opaque("max", B - 2, B), B),
        (opaque("min", B + 1, 1), 1),
        (opaque("max", opaque("max", B - 1, 0) - 1, 0), opaque("max", B - 2, 0)),
        (opaque("max", 1 - opaque("max", B, 3), 0), 0),
        (opaque("max", opaque("max", B - 3, 0) - B, 0), 0),
        (opaque("max", opaque("min", B, 3) - B, 0), 0),
        (opaque("max", opaque("min", B - 1, T) - T, 0), 0),
        (opaque("max", (B + 3) // 4 * 2 - (B + 1) // 2 - 1, 0), 0),
        (opaque("max", B // 3 * 3 - B, 0), 0),
        (opaque("max", B - 2 - B // 3 * 3, 0), 0),
        (broadcast_size(broadcast_size(B, T), T), broadcast_size(T, B)),
        (substitute(broadcast_size(B, T), {"T": 1}), B),
    ],
    ids=str,
)
def test_what_mathematics_proves_is_one_value(got, proved):
    assert got == proved


@pytest.mark.parametrize("size", [B - 1, B - T, B * T - B, 1 - B, B // 2 - 1, -opaque("max", B, 1)])
def test_what_may_be_negative_is_not_proved(size):
    assert not never_negative(size)


def test_division_that_comes_out_even_leaves_no_atom():
    assert (B * T * 6) // (T * 2) == B * 3
    assert exact_div(B, 2) is None
    assert exact_div(B, T) is None
    assert exact_div(B, 0) is None
    assert exact_div(6, 3) == 2
    assert exact_div(6, 4) is None
    assert evaluate(B // 2, {"B": 7}) == 3


def test_only_a_bare_symbol_has_a_name():
    assert B.as_symbol() == "B"
    assert all(size.as_symbol() is None for size in (B + 1, B * 2, B * T, opaque("max", B, 3)))


@pytest.mark.parametrize("text", ["", "B +", "max(B", "max(B, ", "B 3", "(B)", "nofn(B)", "2 $ B"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ShapeError, match=r"cannot read the size|ends too early|no function"):
        parse_size(text)


def test_a_float_is_no_size():
    with pytest.raises(TypeError, match="integer"):
        B * 2.5


def test_an_unknown_size_is_no_index():
    with pytest.raises(ShapeError, match="the size B is known only when a batch is bound"):
        range(B)


def test_broadcasting_known_sizes():
    assert broadcast_dims((B, 1, 3), (4, 1)) == (B, 4, 3)
    assert broadcast_dims() == ()
    assert broadcast_size(B, B) == B
    assert public_shape((B, 3)) == (None, 3)
    with pytest.raises(ShapeError, match="the sizes 2 and 3 differ and neither is 1"):
        broadcast_size(2, 3)


@given(st.integers(1, 4), st.integers(1, 4))
def test_an_unproved_broadcast_is_decided_when_sizes_are_known(b, t):
    size = broadcast_size(B, T)
    assert size == broadcast_size(T, B)
    if b == t or 1 in (b, t):
        assert evaluate(size, {"B": b, "T": t}) == max(b, t)
    else:
        with pytest.raises(ShapeError, match="cannot be broadcast together"):
            evaluate(size, {"B": b, "T": t})


def test_an_estimate_takes_what_does_not_broadcast_as_the_larger():
    both = broadcast_size(Dim.symbol("B"), 3) * 4
    assert estimate(both, {"B": 64}) == 256
    assert estimate(both, {"B": 1}) == evaluate(both, {"B": 1}) == 12
