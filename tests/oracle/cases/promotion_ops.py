"""The dtype of a result: every pair of dtypes, and dtypes with Python numbers."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from .registry import Array, op_cases

INTEGERS = ("uint8", "int8", "int16", "uint16", "int32", "uint32", "int64")
DTYPES = ("bool", *INTEGERS, "float16", "float32", "float64")


def _x(dtype: str) -> Array:
    return np.array([[0, 1], [1, 1]], dtype)


def _ones(dtype: str) -> Array:
    return np.ones((2, 2), dtype)


for _a, _b in combinations(DTYPES, 2):
    op_cases("add", {f"{_a}_{_b}": (_x(_a), _x(_b))})
for _a in DTYPES:
    op_cases("divide", {f"{_a}_{_a}": (_x(_a), _ones(_a))})
    op_cases("mean", {f"of_{_a}": _x(_a)}, axis=0)
    # A Python number is weak: it takes the other's dtype, unless its kind is higher.
    op_cases("multiply", {f"{_a}_by_a_float": (_x(_a), 2.5)})
    op_cases("multiply", {f"{_a}_times_an_int": _x(_a)}, lambda _, x: x * 2, eager=False)
    op_cases("multiply", {f"a_float_times_{_a}": _x(_a)}, lambda _, x: 0.5 * x, eager=False)
    op_cases("maximum", {f"{_a}_with_an_int": (_x(_a), 0)})
    op_cases("less", {f"{_a}_than_a_float": (_x(_a), 0.5)})
    op_cases("where", {f"{_a}_or_a_float": (_x("bool"), _x(_a), 0.5)})

_MIXED = (
    ("int32", "float64"),
    ("int32", "float32"),
    ("int64", "float32"),
    ("float16", "int32"),
    ("float32", "float64"),
    ("int32", "int64"),
    ("uint8", "int8"),
    ("bool", "float32"),
)
_ARITHMETIC = (
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "power",
    "floor_divide",
    "mod",
    "arctan2",
)
for _a, _b in _MIXED:
    for _op in ("equal", *_ARITHMETIC):
        op_cases(_op, {f"{_a}_{_b}": (_x(_a), _ones(_b))})
