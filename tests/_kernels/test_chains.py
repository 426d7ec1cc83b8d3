"""Chains: which instructions are one, what is stored, and the bits of loops for every link."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import ops
from kgraph._kernels import chains, loops

Array = npt.NDArray[Any]
Link = tuple[str, int]

DTYPES: dict[str, Any] = {"f32": np.float32, "f64": np.float64}
MOVES = {"load", "load_far", "store", "stream", "end"}
OPS = [name for name in chains.link_names() if name not in MOVES]
UNARY = {"neg", "abs", "square", "reciprocal", "relu"}
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-40, -3.5, 1e30, 2.0]
FULL, TEMPORARY = ("full", 4, 0, 0), ("temporary", 0, 0, 0)

pytestmark = pytest.mark.skipif(not chains.has_chains(), reason="a build without vectors")


def loop(name: str, target: int, *operands: int, shape: str = "full") -> tuple[Any, ...]:
    a, b, c = [*operands, -1, -1][:3]
    return "loop", shape, name, 0, target, a, b, c


def links(registers: list[Any], *instructions: tuple[Any, ...]) -> list[str]:
    """The links of the one chain that all these instructions are."""
    ((first, stop, dtype, found),) = chains.chains_of(registers, instructions)
    assert (first, stop, dtype) == (0, len(instructions), "f32")
    return [name if register < 0 else f"{name} {register}" for name, register in found]


# -- what is one chain, and what it stores ---------------------------------------------------------


def test_a_value_between_two_instructions_is_not_stored() -> None:
    found = links([FULL, FULL, TEMPORARY], loop("mul_f32", 2, 0, 1), loop("neg_f32", 1, 2))
    assert found == ["load_far 0", "mul 1", "neg", "store 1"]


def test_an_instruction_of_two_ops_is_two_links() -> None:
    registers = [FULL, FULL, FULL, TEMPORARY]
    found = links(registers, loop("multiply_add_f32", 3, 0, 1, 2), loop("add_relu_f32", 0, 3, 1))
    assert found == ["load_far 0", "mul 1", "add 2", "add 1", "relu", "store 0"]


def test_what_goes_by_is_either_operand() -> None:
    registers = [FULL, FULL, TEMPORARY, TEMPORARY]
    made = loop("neg_f32", 2, 0), loop("sub_f32", 3, 1, 2), loop("add_f32", 0, 1, 3)
    assert links(registers, *made) == ["load_far 0", "neg", "sub_of 1", "add 1", "store 0"]


def test_a_value_that_a_later_link_reads_is_stored() -> None:
    registers = [FULL, FULL, TEMPORARY, TEMPORARY]
    made = loop("neg_f32", 2, 0), loop("abs_f32", 3, 0), loop("sub_f32", 1, 2, 3)
    assert links(registers, *made) == [
        "load_far 0", "neg", "store 2", "load 0", "abs", "sub_of 2", "store 1",
    ]  # fmt: skip


def test_a_value_that_meets_itself_is_stored() -> None:
    found = links([FULL, FULL, TEMPORARY], loop("neg_f32", 2, 0), loop("mul_f32", 1, 2, 2))
    assert found == ["load_far 0", "neg", "store 2", "mul 2", "store 1"]


@pytest.mark.parametrize(
    ("later", "is_stored"),
    [
        (loop("exp_f32", 1, 2), True),
        (loop("exp_f32", 1, 1), False),
        (loop("exp_f32", 2, 1), False),  # written before it is read
    ],
)
def test_a_temporary_is_stored_if_it_is_read_after_the_chain(
    later: tuple[Any, ...], is_stored: bool
) -> None:
    registers = [FULL, FULL, TEMPORARY]
    program = [loop("neg_f32", 2, 0), loop("abs_f32", 2, 2), later, loop("exp_f32", 1, 2)]
    del program[3 if later[4] != 2 else 4 :]
    ((first, stop, _, found),) = chains.chains_of(registers, program)
    assert (first, stop) == (0, 2)
    assert (("store", 2) in found) == is_stored


def test_memory_that_others_see_is_always_stored() -> None:
    found = links([FULL, FULL], loop("neg_f32", 1, 0), loop("abs_f32", 1, 1))
    assert found == ["load_far 0", "neg", "store 1", "abs", "store 1"]


@pytest.mark.parametrize(
    "program",
    [
        [loop("neg_f32", 1, 0)],
        [loop("neg_f32", 1, 0), loop("exp_f32", 1, 1)],
        [loop("neg_f32", 1, 0), loop("neg_f32", 1, 0, shape="row")],
        [loop("neg_f32", 1, 0), loop("neg_f64", 1, 0)],
        [loop("neg_i32", 1, 0), loop("neg_i32", 1, 0)],
        [loop("less_f32", 1, 0, 0), loop("less_f32", 1, 0, 0)],
        [("reduce", "full", "sum_f32", 0, 1, 0, -1, -1)] * 2,
    ],
)
def test_what_is_no_chain(program: list[tuple[Any, ...]]) -> None:
    assert chains.chains_of([FULL, FULL], program) == []


# -- the bits of loops -----------------------------------------------------------------------------


def by_loop(name: str, dtype: str, target: str, a: Array, m: Array) -> Array:
    out = np.empty_like(a)
    operands = (a,) if name in UNARY else (m, a) if name.endswith("_of") else (a, m)
    loops.run_loop(f"{name.removesuffix('_of')}_{dtype}", out, *operands, target=target)
    return out


@pytest.mark.parametrize("target", loops.targets())
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OPS)
def test_a_link_has_the_bits_of_its_loop(name: str, dtype: str, target: str) -> None:
    special = np.array(SPECIAL, DTYPES[dtype])
    random = np.random.default_rng(0).normal(size=512 - len(special) ** 2).astype(DTYPES[dtype])
    a = np.concatenate([np.repeat(special, len(special)), random])
    m = np.concatenate([np.tile(special, len(special)), random[::-1]])
    out = np.empty_like(a)
    program = [("load", 0), (name, -1 if name in UNARY else 1), ("store", 2)]
    assert chains.run_links(dtype, program, [a, m, out], target=target) == 512
    expected = by_loop(name, dtype, target, a, m)
    assert out.tobytes() == expected.tobytes()


@st.composite
def programs(draw: st.DrawFn) -> list[Link]:
    """Links over three registers, the last of which is stored to."""
    found: list[Link] = [(draw(st.sampled_from(["load", "load_far"])), 0)]
    for name in draw(st.lists(st.sampled_from(OPS), min_size=1, max_size=12)):
        found.append((name, -1 if name in UNARY else draw(st.integers(0, 2))))
        if draw(st.booleans()):
            found.append((draw(st.sampled_from(["store", "stream"])), 2))
    return [*found, ("store", 2)]


@pytest.mark.parametrize("target", loops.targets())
@settings(max_examples=60, deadline=None, derandomize=True)
@given(programs(), st.sampled_from(sorted(DTYPES)), st.integers(0, 700), st.integers(0, 15))
def test_links_do_as_loops_one_after_the_other(
    target: str, program: list[Link], dtype: str, count: int, skew: int
) -> None:
    random = np.random.default_rng(count)
    room = random.normal(size=(3, count + skew)).astype(DTYPES[dtype])
    arrays = [np.ascontiguousarray(row)[skew:] for row in room]
    expected = [array.copy() for array in arrays]
    whole = chains.run_links(dtype, program, arrays, target=target)
    value = np.empty(0)
    for name, register in program:
        if name.startswith("load"):
            value = expected[register][:whole].copy()
        elif name in ("store", "stream"):
            expected[register][:whole] = value
        else:
            value = by_loop(name, dtype, target, value, expected[max(register, 0)][:whole])
    for array, wanted in zip(arrays, expected, strict=True):
        assert array.tobytes() == wanted.tobytes()


def test_a_register_or_an_array_that_is_not_there_is_refused() -> None:
    a = np.zeros(256, np.float32)
    for wrong in [("add", 1), ("add", -1), ("neg", 0), ("end", 0), ("end", -1)]:
        with pytest.raises(ValueError, match="has no operand"):
            chains.run_links("f32", [("load", 0), wrong], [a], target="base")
    with pytest.raises(KeyError, match="exp"):
        chains.run_links("f32", [("exp", 0)], [a], target="base")
    with pytest.raises(ValueError, match="one size"):
        chains.run_links("f32", [("load", 0)], [a, a[1:]], target="base")


# -- whole programs --------------------------------------------------------------------------------


def chained() -> kg.CompiledGraph:
    x = kg.Input((), name="x")
    return kg.compile(kg.Model(x, ops.relu(x * 1.5 + 0.25) * x - ops.absolute(x)))


def reference(x: Array) -> Array:
    y: Array = np.maximum(x * np.float32(1.5) + np.float32(0.25), 0) * x - np.abs(x)
    return y


def test_strips_and_what_is_left_of_them_have_the_same_bits() -> None:
    compiled = chained()
    x = np.random.default_rng(0).normal(size=5000).astype(np.float32)
    whole = reference(x)
    for count in [0, 1, 127, 128, 129, 1023, 1024, 1025, 5000]:
        assert compiled(x[:count]).tobytes() == whole[:count].tobytes()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("offset", [0, 1, 13])
def test_results_that_are_streamed_past_the_caches(offset: int, threads: int) -> None:
    x = kg.Input((), name="x")
    compiled = kg.compile(kg.Model(x, (x * 1.5 + 0.25) * x), threads=threads)
    values = np.random.default_rng(0).normal(size=9_000_011).astype(np.float32)
    out = np.full(values.size + offset + 3, 7, np.float32)
    compiled(values, out=out[offset:-3])
    expected = (values * np.float32(1.5) + np.float32(0.25)) * values
    assert out[offset:-3].tobytes() == expected.tobytes()
    assert set(out[:offset]) | set(out[-3:]) == {7}  # nothing beside it
