"""Reductions, scans, row functions, products."""

from __future__ import annotations

import numpy as np

from .registry import Draw, op_cases

_draw = Draw("reductions")
MATRIX = _draw.floats((4, 5))
DOUBLES = MATRIX.astype("float64")
CUBE = _draw.floats((2, 3, 4))
WHOLE = _draw.ints((4, 5), -9, 10)
FLAGS = _draw.choice((4, 3))
WITH_NAN = np.array([[1, np.nan, 3], [-np.inf, 0, np.inf], [2, 2, -1]], "float32")
TIES = np.array([[1, 3, 3, 0], [2, 2, 2, 2], [-1, -5, -5, -1]], "float32")
LARGE = np.array([[1000, 999, -1000], [-1e30, 0, 1e30], [0, 0, 0]], "float32")
INFINITE = np.array([[-np.inf, 0, 1], [-np.inf, -np.inf, 2]], "float32")

for _op in ("sum", "prod", "mean", "var", "std", "max", "min"):
    op_cases(_op, {"all": MATRIX, "float64": DOUBLES, "int32": WHOLE})
    op_cases(_op, {"last": MATRIX, "last_of_3": CUBE, "nan": WITH_NAN}, axis=-1)
    op_cases(_op, {"last_int64": WHOLE.astype("int64")}, axis=-1)
    op_cases(_op, {"first": MATRIX}, axis=0)
    op_cases(_op, {"keepdims": CUBE}, axis=1, keepdims=True)
    op_cases(_op, {"two_axes": CUBE}, axis=(0, 2))
for _dtype in ("int8", "uint8", "int16", "uint32", "bool", "float16"):
    for _op in ("sum", "prod", "mean", "max"):
        op_cases(_op, {_dtype: FLAGS.astype(_dtype)}, axis=-1)
for _op in ("any", "all"):
    op_cases(_op, {"bool": FLAGS, "int32": FLAGS.astype("int32"), "float32": WITH_NAN}, axis=-1)
    op_cases(_op, {"everything": FLAGS})
    op_cases(_op, {"keepdims": FLAGS}, axis=0, keepdims=True)
for _op in ("argmax", "argmin"):
    op_cases(_op, {"last": MATRIX, "ties": TIES, "int32": WHOLE, "last_of_3": CUBE}, axis=-1)
    op_cases(_op, {"keepdims": CUBE}, axis=1, keepdims=True)
    op_cases(_op, {"all": MATRIX})
op_cases("cumsum", {"last": MATRIX, "int32": WHOLE, "bool": FLAGS, "nan": WITH_NAN}, axis=-1)
op_cases("cumsum", {"first": MATRIX}, axis=0)
op_cases("cumsum", {"flattened": MATRIX})

for _op in ("softmax", "log_softmax", "logsumexp"):
    op_cases(
        _op, {"last": MATRIX, "large": LARGE, "infinite": INFINITE, "float64": DOUBLES}, axis=-1
    )
    op_cases(_op, {"axis_1": CUBE}, axis=1)
    op_cases(_op, {"all": MATRIX}, axis=None)
op_cases("logsumexp", {"keepdims": CUBE}, axis=-1, keepdims=True)
op_cases("logsumexp", {"two_axes": CUBE}, axis=(0, 2))

_NARROW = _draw.floats((5, 3))
op_cases(
    "matmul",
    {
        "matrices": (MATRIX, _NARROW),
        "float64": (DOUBLES, _NARROW.astype("float64")),
        "mixed": (MATRIX, _NARROW.astype("float64")),
        "int32": (WHOLE, WHOLE.T.copy()),
        "int_and_float": (WHOLE, _NARROW),
        "batch": (CUBE, _draw.floats((2, 4, 3))),
        "batch_by_matrix": (CUBE, _draw.floats((4, 2))),
        "broadcast_batch": (_draw.floats((2, 1, 3, 4)), _draw.floats((5, 4, 2))),
        "matrix_by_vector": (MATRIX, _draw.floats(5)),
        "vector_by_matrix": (_draw.floats(4), MATRIX),
        "nan": (WITH_NAN, np.eye(3, dtype="float32")),
    },
)
op_cases(
    "dot",
    {
        "matrices": (MATRIX, _NARROW),
        "vectors": (_draw.floats(6), _draw.floats(6)),
        "by_number": (MATRIX, 3.0),
        "cube_by_matrix": (CUBE, _draw.floats((4, 2))),
        "cube_by_cube": (CUBE, _draw.floats((2, 4, 3))),
    },
)
