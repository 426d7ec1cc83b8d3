"""Ops that put elements elsewhere: into segments, at positions, on diagonals, on other axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Draw, op_cases

_draw = Draw("placing")
MATRIX = _draw.floats((6, 3))
WHOLE = _draw.ints((6, 3), -9, 10)
CUBE = _draw.floats((2, 3, 4))
NUMBERS = np.array([2, 0, 2, 1, 0, 2], "int32")
RISING = np.sort(NUMBERS)

for _op in ("segment_sum", "segment_prod", "segment_max", "segment_min"):
    op_cases(
        _op,
        {
            "matrix": (MATRIX, NUMBERS),
            "vector": (MATRIX[:, 0], NUMBERS),
            "int32": (WHOLE, NUMBERS.astype("int64")),
            "float64": (MATRIX.astype("float64"), NUMBERS),
            "int8": (WHOLE.astype("int8") % 3, NUMBERS),
        },
        num_segments=3,
    )
    op_cases(_op, {"rising": (MATRIX, RISING)}, sorted=True)
    op_cases(_op, {"as_many_as_there_are": (WHOLE, NUMBERS)})
    op_cases(_op, {"gaps": (WHOLE, NUMBERS * 2), "none": (WHOLE[:0], NUMBERS[:0])}, num_segments=5)
for _op in ("segment_sum", "segment_prod"):
    op_cases(_op, {"gaps_float32": (MATRIX, NUMBERS * 2)}, num_segments=6)

_PLACES = np.array([[1], [4], [1]], "int32")
_CELLS = np.array([[1, 2], [4, 0], [5, 1], [1, 2]], "int64")
_PAIRS = np.array([[0, 1], [1, 2], [0, 1]], "int32")
for _reduction in (None, "add", "max", "min", "mul"):
    _label = _reduction or "replace"
    op_cases(
        "scatter_update",
        {
            f"{_label}_rows": (MATRIX, _PLACES, MATRIX[:3] * 2),
            f"{_label}_cells": (MATRIX, _CELLS, MATRIX[:4, 0]),
            f"{_label}_int32": (WHOLE, _PLACES, WHOLE[3:]),
            f"{_label}_float64": (CUBE.astype("float64"), _PAIRS, CUBE[0].astype("float64")),
        },
        reduction=_reduction,
    )
op_cases(
    "scatter",
    {
        "vector": (_PLACES, MATRIX[:3, 0], (5,)),
        "rows": (_PLACES, MATRIX[:3], (6, 3)),
        "cells": (_CELLS, WHOLE[:4, 0], (6, 3)),
        "none": (_PLACES[:0], MATRIX[:0, 0], (2,)),
    },
)

# Keras infers the dtype of the classes for its result; for int32 both are the same.
_CLASSES = _draw.ints((3, 4), -1, 6)
op_cases("multi_hot", {"matrix": (_CLASSES, 5), "vector": (_CLASSES[0], 5)}, dtype="int32")
op_cases("multi_hot", {"cube": (_CLASSES.reshape(3, 2, 2), 5)}, dtype="int32")
op_cases("multi_hot", {"first": (_CLASSES, 5)}, axis=0, dtype="int32")
op_cases("multi_hot", {"middle": (_CLASSES, 5)}, axis=1, dtype="int32")

op_cases("diagflat", {"matrix": MATRIX[:2], "int32": WHOLE[0], "none": WHOLE[0, :0]}, known=True)
op_cases("diagflat", {"above": (WHOLE[0], 2), "below": (MATRIX[0], -1)}, known=True)
_FLAT = _draw.ints((7,), 0, 24)
op_cases("unravel_index", {"int32": (_FLAT, (2, 3, 4)), "int64": (_FLAT.astype("int64"), (4, 6))})
op_cases("unravel_index", {"none": (_FLAT[:0], (2, 12))})


def _behind(ops: Any, x: Any, y: Any) -> Any:
    return ops.dstack([x, y])


op_cases("dstack", {"matrices": (MATRIX, WHOLE), "vectors": (MATRIX[0], WHOLE[0])}, _behind)
op_cases("dstack", {"cubes": (CUBE, CUBE[..., :2]), "mixed": (CUBE, CUBE[..., 0])}, _behind)
op_cases("hsplit", {"parts": (WHOLE, 3), "cuts": (MATRIX, [1]), "vector": (WHOLE[:, 0], [2, 4])})
op_cases("vsplit", {"parts": (WHOLE, 3), "cuts": (MATRIX, [1, 4])}, known=True)
op_cases("dsplit", {"parts": (CUBE, 2), "cuts": (CUBE, [3])})
for _op in ("fliplr", "flipud"):
    op_cases(_op, {"matrix": MATRIX, "cube": CUBE, "int32": WHOLE, "none": MATRIX[:0]})

op_cases("rearrange", {"moved": (CUBE, "a b c -> c a b")}, known=True)
op_cases("rearrange", {"joined": (CUBE, "b h w -> b (w h)")}, known=True)
op_cases("rearrange", {"split": (CUBE, "b h (u v) -> b v (h u)")}, u=2, known=True)
op_cases("rearrange", {"split_twice": (MATRIX, "(a b) c -> a (c b)")}, a=3, b=2, known=True)

_IMAGE = Draw("images").floats((2, 4, 6, 8))
for _op in ("depth_to_space", "space_to_depth"):
    op_cases(_op, {"last": (_IMAGE, 2), "first": (_IMAGE[:, :, :4], 2, "channels_first")})

_LINE = _draw.floats((2, 9))
op_cases("extract_sequences", {"one_apart": (_LINE, 4, 1), "two_apart": (_LINE, 4, 2)})
op_cases("extract_sequences", {"vector": (_LINE[0], 3, 3), "int32": (_FLAT, 7, 1)}, known=True)
op_cases("extract_sequences", {"too_short": (_LINE, 10, 2), "far_apart": (_LINE, 2, 5)})

op_cases("view", {"same": MATRIX, "as_ints": (MATRIX, "int32"), "as_floats": (WHOLE, "float32")})
op_cases("view", {"smaller": (MATRIX, "uint8"), "larger": (CUBE, "int64")})
_ANY = np.array([-1e10, -300, -1.75, 0, 0.5, 99.9, 255, 256, 70000, np.inf, -np.inf], "float32")
_INTS = np.array([-(2**40), -300, -1, 0, 127, 128, 2**33], "int64")
for _to in ("uint8", "int8", "int32", "bool", "float16", "float32"):
    _held = _ANY[:-2] if _to == "int32" else _ANY  # TensorFlow makes the least int32 of inf
    op_cases("saturate_cast", {f"float32_to_{_to}": (_held, _to)})
    op_cases("saturate_cast", {f"bool_to_{_to}": (MATRIX > 0, _to)})
for _to in ("uint8", "int8", "int32", "bool"):
    op_cases("saturate_cast", {f"int64_to_{_to}": (_INTS, _to)})
op_cases("array", {"same": MATRIX, "cast": (MATRIX, "int32")})
