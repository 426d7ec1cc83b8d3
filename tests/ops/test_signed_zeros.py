"""Rounding and remainders give the zero that NumPy gives: +0.0 or -0.0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph import ops

NUMBERS = [0.0, 0.3, 0.5, 1, 1.5, 2.5, 3, 7, 1e-40, 2**23 + 0.5, 1e30, np.inf, np.nan]
ONE = {
    "trunc": ops.trunc,
    "round": ops.round,
    "floor": ops.floor,
    "ceil": ops.ceil,
    "rint": np.rint,
    "sign": ops.sign,
    "negative": ops.negative,
    "sqrt": ops.sqrt,
}
TWO = {
    "fmod": ops.fmod,
    "mod": ops.mod,
    "remainder": np.remainder,
    "floor_divide": ops.floor_divide,
    "divide": ops.divide,
    "copysign": ops.copysign,
}


def same_numbers_and_signs(found: Any, wanted: Any) -> None:
    np.testing.assert_array_equal(found, wanted)
    known = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(found)[known], np.signbit(wanted)[known])


def pairs(dtype: str) -> list[np.ndarray]:
    line = np.array([sign * x for x in NUMBERS for sign in (1, -1)], dtype)
    return [axis.ravel().copy() for axis in np.meshgrid(line, line)]


def check(op: Callable[..., Any], twin: Callable[..., Any], arrays: list[np.ndarray]) -> None:
    with np.errstate(all="ignore"):
        wanted = twin(*arrays)
    inputs = [kg.Input((), dtype=str(array.dtype)) for array in arrays]
    same_numbers_and_signs(kg.Model(inputs, op(*inputs))(arrays), wanted)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_zeros_have_the_sign_that_numpy_gives_them(name: str, dtype: str) -> None:
    arrays = pairs(dtype)
    check(ONE.get(name) or TWO[name], getattr(np, name), arrays if name in TWO else arrays[:1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("part", [0, 1])
def test_parts_of_modf_have_the_sign_of_the_number(part: int, dtype: str) -> None:
    check(lambda x: np.modf(x)[part], lambda x: np.modf(x)[part], pairs(dtype)[:1])
