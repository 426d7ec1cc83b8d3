"""Sizes as code agree with sizes as polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgraph.compiler.size_code import encode
from kgraph.types.dims import Dim, Size, evaluate, opaque

SYMBOLS = ["B", "T", "N"]
FUNCTIONS = ["max", "min", "div", "bcast"]


def run(code: np.ndarray, count: int, sizes: int, env: dict[str, int]) -> list[int] | None:
    """A plain twin of the evaluator in the executor; None if two sizes cannot be broadcast."""
    slots = [0] * count
    slots[sizes : sizes + len(SYMBOLS)] = [env[name] for name in SYMBOLS]
    numbers = iter(code.tolist())
    for slot in numbers:
        if next(numbers) == 0:
            total = 0
            for _ in range(next(numbers)):
                product = next(numbers)
                for _ in range(next(numbers)):
                    product *= slots[next(numbers)]
                total += product
            slots[slot] = total
            continue
        function, a, b = FUNCTIONS[next(numbers)], slots[next(numbers)], slots[next(numbers)]
        if function == "bcast" and a != b and 1 not in (a, b):
            return None
        results: dict[str, Any] = {
            "max": max(a, b), "min": min(a, b), "div": a // b if b else 0,
            "bcast": a if b == 1 else b,
        }  # fmt: skip
        slots[slot] = results[function]
    return slots[:sizes]


@st.composite
def polynomials(draw: Any) -> Size:
    value: Size = draw(st.sampled_from([Dim.symbol(name) for name in SYMBOLS]))
    for _ in range(draw(st.integers(0, 5))):
        other: Size = draw(
            st.one_of(st.integers(-4, 4), st.sampled_from([Dim.symbol(n) for n in SYMBOLS]))
        )
        how = draw(st.sampled_from(["+", "-", "*", "max", "min", "div"]))
        if how == "+":
            value = value + other
        elif how == "-":
            value = other - value
        elif how == "*":
            value = value * other
        elif how == "div":
            value = opaque("div", value, draw(st.integers(1, 5)))
        else:
            value = opaque(how, value, other)
    return value


ENVS = st.fixed_dictionaries({name: st.integers(0, 9) for name in SYMBOLS})


@given(st.lists(polynomials(), min_size=1, max_size=4), ENVS)
def test_code_computes_what_polynomials_say(sizes: list[Size], env: dict[str, int]) -> None:
    code, count = encode(sizes, SYMBOLS)
    assert run(code, count, len(sizes), env) == [evaluate(size, env) for size in sizes]


@pytest.mark.parametrize(
    ("n", "t", "wanted"), [(3, 3, 3), (1, 4, 4), (4, 1, 4), (0, 1, 0), (2, 3, None)]
)
def test_broadcast_sizes(n: int, t: int, wanted: int | None) -> None:
    size = opaque("bcast", Dim.symbol("N"), Dim.symbol("T"))
    code, count = encode([size], SYMBOLS)
    found = run(code, count, 1, {"B": 7, "N": n, "T": t})
    assert found == (None if wanted is None else [wanted])


def test_a_part_that_two_sizes_share_is_computed_once() -> None:
    longest = opaque("max", Dim.symbol("B"), Dim.symbol("T"))
    one, _ = encode([longest], SYMBOLS)
    two, _ = encode([longest, longest * 2], SYMBOLS)
    assert len(two) - len(one) == 6
