"""Ops that ask which elements are greatest, how many are alike, and where nan is passed over."""

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Draw, op_cases

_draw = Draw("order")
MATRIX = _draw.floats((4, 5))
DOUBLES = MATRIX.astype("float64")
CUBE = _draw.floats((2, 3, 4))
WHOLE = _draw.ints((4, 5), -9, 10)
FLAGS = _draw.choice((4, 3))
GAPS = np.where(_draw.choice((4, 5)), MATRIX, np.float32(np.nan))
GAPS[2] = np.nan  # a row without numbers
HOLES = np.where(_draw.choice((2, 3, 4)), CUBE, np.float32(np.nan))
HOLES[:, 0] = CUBE[:, 0]
TIES = np.array([[1, 3, 3, 0], [2, 2, 2, 2], [-1, -5, -5, -1]], "float32")

# Shares of 2**-k: Keras holds them in float32 even where it computes in float64.
for _op, _shares in (("percentile", (0, 25, 62.5)), ("nanquantile", (0.0, 0.25, 0.625))):
    op_cases(_op, {"all": (MATRIX, _shares[2]), "int32": (WHOLE, _shares[1])})
    op_cases(_op, {"float64": (DOUBLES, _shares[2]), "last": (MATRIX, _shares)}, axis=-1)
    op_cases(_op, {"first": (MATRIX, _shares)}, axis=0)
    op_cases(_op, {"keepdims": (CUBE, _shares[2])}, axis=1, keepdims=True)
    for _method in ("lower", "higher", "nearest", "midpoint"):
        op_cases(_op, {_method: (MATRIX, _shares[2])}, axis=-1, method=_method)
op_cases("percentile", {"two_axes": (CUBE, 25)}, axis=(0, 2))
op_cases("nanquantile", {"gaps": (GAPS, 0.25), "holes": (HOLES[:, 0], (0.25, 0.5))}, axis=-1)
op_cases("nanpercentile", {"gaps": (GAPS, 25), "holes": (HOLES[:, 0], (25, 50))}, axis=-1)
op_cases("nanmedian", {"all": GAPS, "int32": WHOLE})
op_cases("nanmedian", {"last": GAPS, "float64": GAPS.astype("float64")}, axis=-1)
op_cases("nanmedian", {"keepdims": HOLES}, axis=2, keepdims=True)

for _op in ("nanargmax", "nanargmin"):
    op_cases(_op, {"all": GAPS, "int32": WHOLE, "bool": FLAGS})
    op_cases(_op, {"last": GAPS, "ties": TIES, "float64": GAPS.astype("float64")}, axis=-1)
    op_cases(_op, {"first": GAPS, "int64": WHOLE.astype("int64")}, axis=0)
    op_cases(_op, {"keepdims": HOLES}, axis=1, keepdims=True)
for _op in ("nancumsum", "nancumprod"):
    op_cases(_op, {"flattened": GAPS})
    op_cases(_op, {"last": GAPS, "int32": WHOLE, "bool": FLAGS}, axis=-1)
    op_cases(_op, {"first": HOLES, "float64": GAPS.astype("float64")}, axis=0)

# What stands on either side of the kth element may be in any order: sorted, sides are compared.
# TensorFlow's way takes integers above 0 alone.
_LINE = _draw.ints((8,), 1, 40)


def _sides(ops: Any, x: Any, kth: int) -> Any:
    less, itself, more = ops.split(ops.take(x, ops.argpartition(x, kth), axis=0), [kth, kth + 1])
    return [ops.sort(less), itself, ops.sort(more)]


op_cases(
    "argpartition",
    {"first": (_LINE, 0), "middle": (_LINE, 3), "last": (_LINE, 7)},
    _sides,
    known=True,
)

_SCORES = _draw.floats((5, 4))
_SCORES[1] = 0.5
_SCORES[2, 3], _SCORES[3, 0] = np.inf, np.nan
_TARGETS = np.array([3, 1, 0, 2, 9], "int32")
op_cases("in_top_k", {"one": (_TARGETS, _SCORES, 1), "two": (_TARGETS, _SCORES, 2)})
op_cases("in_top_k", {"none": (_TARGETS, _SCORES, 0), "all": (_TARGETS, _SCORES, 4)})
op_cases("in_top_k", {"int64": (_TARGETS.astype("int64") - 5, _SCORES, 3)})

_FEW = _draw.ints((9,), 0, 5)
_ROWS = np.array([[3, 1], [0, 5], [3, 1], [0, 2], [0, 5]], "int32")
_ALL_PARTS = {"return_index": True, "return_inverse": True, "return_counts": True}
for _sorted in (True, False):
    _label = "" if _sorted else "_as_they_stand"
    op_cases(
        "unique",
        {f"int32{_label}": _FEW, f"float32{_label}": _FEW / np.float32(4)},
        **_ALL_PARTS,
        sorted=_sorted,
    )
    for _size in (2, 5, 9):
        op_cases("unique", {f"{_size}{_label}": _FEW}, size=_size, sorted=_sorted, **_ALL_PARTS)
op_cases("unique", {"alone": _FEW, "float64": _FEW / 4, "none": _FEW[:0]})
op_cases("unique", {"matrix": _FEW.reshape(3, 3)}, return_inverse=True)
op_cases("unique", {"filled": _FEW}, size=7, fill_value=-1)
op_cases("unique", {"rows": _ROWS}, axis=0, **_ALL_PARTS)
op_cases("unique", {"columns": np.ascontiguousarray(_ROWS.T)}, axis=-1, **_ALL_PARTS)
op_cases("unique", {"rows_of_a_size": _ROWS}, axis=0, size=4, fill_value=7, **_ALL_PARTS)

_SPREAD = _draw.floats((40,), -2, 2)


def _counted(ops: Any, x: Any, *args: Any) -> Any:
    return list(ops.histogram(x, *args))


op_cases(
    "histogram",
    {
        "ten": _SPREAD,
        "four": (_SPREAD, 4),
        "range": (_SPREAD, 4, (-1.0, 1.0)),
        "float64": (_SPREAD.astype("float64"), 3),
        "int32": (_draw.ints((20,), -9, 10), 4),
        "int64": (_draw.ints((20,), -9, 10, "int64"), 3, (-4, 5)),
        "equal": (np.ones(3, "float32"), 2),
    },
    _counted,
    graph=False,
)
