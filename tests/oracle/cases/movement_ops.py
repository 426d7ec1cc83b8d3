"""Ops that move, repeat, choose or convert elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Draw, op_cases

_draw = Draw("movement")
MATRIX = _draw.floats((4, 6))
CUBE = _draw.floats((2, 3, 4))
WHOLE = _draw.ints((4, 6), -9, 10)
COLUMN = _draw.floats((4, 1))
IDS = _draw.ints((3, 2), 0, 6)

op_cases("reshape", {"inferred": (MATRIX, (-1, 3)), "int32": (WHOLE, (-1, 3))})
op_cases("reshape", {"given": (MATRIX, (2, 12)), "flat": (CUBE, (-1,))})
op_cases("transpose", {"reversed": CUBE, "matrix": MATRIX})
op_cases("transpose", {"permuted": (CUBE, (0, 2, 1)), "rotated": (CUBE, (1, 2, 0))})
op_cases("swapaxes", {"inner": (CUBE, 1, 2), "outer": (CUBE, 0, -1)})
op_cases("moveaxis", {"to_last": (CUBE, 0, -1), "two": (CUBE, [0, 1], [2, 0])})


def _join(op: str, axis: int, **pairs: Any) -> None:
    op_cases(op, pairs, lambda ops, x, y: getattr(ops, op)([x, y], axis=axis))


_join("concatenate", -1, last=(MATRIX, COLUMN), int_and_float=(WHOLE, MATRIX))
_join("concatenate", -1, bool_and_int=(WHOLE > 0, WHOLE))
_join("concatenate", 1, float32_and_float64=(MATRIX, MATRIX.astype("float64")))
_join("concatenate", 0, first=(MATRIX, MATRIX))
_join("stack", 0, first=(MATRIX, MATRIX))
_join("stack", -1, last=(MATRIX, MATRIX), int_and_float=(WHOLE, MATRIX))
op_cases("split", {"equal": (MATRIX, 3)}, axis=1)
op_cases("split", {"at": (MATRIX, [1, 4])}, axis=-1)

op_cases("squeeze", {"one": (_draw.floats((3, 1, 2)), 1), "all": _draw.floats((3, 1, 2, 1))})
op_cases("expand_dims", {"middle": (MATRIX, 1), "last": (MATRIX, -1), "two": (MATRIX, (0, 3))})
op_cases("broadcast_to", {"more_rank": (MATRIX, (3, 4, 6)), "column": (COLUMN, (4, 5))})
op_cases("repeat", {"each": (MATRIX, 2), "by_counts": (MATRIX, [1, 0, 2, 1, 1, 3])}, axis=1)
op_cases("repeat", {"flattened": (MATRIX, 2)})
op_cases("tile", {"columns": (MATRIX, (1, 2)), "lower_rank": (CUBE, (1, 2))})
op_cases("tile", {"more_rank": (MATRIX, (2, 1, 3))})
op_cases("flip", {"all": CUBE})
op_cases("flip", {"axis_1": CUBE}, axis=1)
op_cases("flip", {"two": CUBE}, axis=(0, 2))
op_cases("pad", {"zeros": (MATRIX, ((0, 0), (1, 2))), "int32": (WHOLE, ((0, 0), (1, 2)))})
op_cases("pad", {"value": (MATRIX, ((1, 0), (0, 2)))}, constant_values=-1)
for _mode in ("reflect", "symmetric"):
    op_cases("pad", {_mode: (MATRIX, ((0, 0), (2, 2)))}, mode=_mode)
op_cases("slice", {"part": (MATRIX, (1, 2), (2, 3))})

op_cases("take", {"rows": (MATRIX, IDS % 4), "int64": (CUBE, np.array([1, 0, 1]))}, axis=0)
op_cases(
    "take", {"columns": (MATRIX, IDS), "negative": (MATRIX, IDS - 6), "one": (CUBE, 2)}, axis=1
)
op_cases("take", {"flattened": (MATRIX, IDS)})
_COLUMNS = _draw.ints((4, 2), 0, 6)
op_cases(
    "take_along_axis", {"columns": (MATRIX, _COLUMNS), "negative": (MATRIX, _COLUMNS - 6)}, axis=1
)
op_cases("take_along_axis", {"rows": (MATRIX, _draw.ints((2, 6), 0, 4))}, axis=0)
op_cases(
    "one_hot", {"int32": (IDS, 6), "int64": (IDS.astype("int64"), 6), "outside": (IDS * 3 - 4, 6)}
)
op_cases("one_hot", {"of_integers": (IDS, 6)}, dtype="int32")
op_cases("one_hot", {"axis_1": (IDS, 6)}, axis=1)

# Conversions; floats are cut towards zero.
_NUMBERS = np.array([[-2.75, -1, -0.5, 0], [0.5, 1, 2.99, 100]])
for _to in ("float16", "float32", "float64", "int8", "int32", "int64", "bool"):
    for _from in ("float64", "int32", "bool"):
        op_cases("cast", {f"{_from}_to_{_to}": (_NUMBERS.astype(_from), _to)})
