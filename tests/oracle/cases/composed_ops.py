"""Ops that are made of others: normalization, attention, losses, distances, signals, windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Draw, op_cases

_draw = Draw("composed")
MATRIX = _draw.floats((4, 6))
DOUBLES = MATRIX.astype("float64")
WHOLE = _draw.ints((4, 6), -9, 10)
CUBE = _draw.floats((3, 4, 6))
ROW, OTHER_ROW = _draw.floats((6,)), _draw.floats((6,))
POSITIVE = _draw.floats((6,), 0.25, 2)

# -- normalization ---------------------------------------------------------------------------------


def _normalized(axis: int, **options: Any) -> Any:
    def call(ops: Any, x: Any, mean: Any, variance: Any, *rest: Any) -> Any:
        names = dict(zip(("offset", "scale"), rest, strict=False))
        return ops.batch_normalization(x, mean, variance, axis, **names, **options)

    return call


_FOUR = (ROW, POSITIVE, OTHER_ROW, ROW)
op_cases("batch_normalization", {"bare": (MATRIX, *_FOUR[:2]), "all": (MATRIX, *_FOUR)},
         _normalized(-1))  # fmt: skip
op_cases("batch_normalization", {"cube": (CUBE, *_FOUR)}, _normalized(-1, epsilon=0.1))
op_cases("batch_normalization", {"middle": (CUBE, *(v[:4] for v in _FOUR))}, _normalized(1))
op_cases(
    "batch_normalization",
    {"float64": (DOUBLES, *(v.astype("float64") for v in _FOUR))},
    _normalized(-1),
)

_HALVES = MATRIX.astype("float16")
for _op in ("layer_normalization", "rms_normalization"):
    op_cases(_op, {"last": MATRIX, "float64": DOUBLES, "float16": _HALVES, "scaled": (MATRIX, ROW)})
    op_cases(_op, {"two_axes": CUBE, "two_scaled": (CUBE, CUBE[0])}, axis=(1, 2))
    op_cases(_op, {"epsilon": MATRIX}, epsilon=0.5)
op_cases("layer_normalization", {"middle": (CUBE, ROW[:4], OTHER_ROW[:4])}, axis=1)
op_cases("layer_normalization", {"moved": (MATRIX, ROW, OTHER_ROW)})
op_cases("rms_normalization", {"middle": CUBE}, axis=1)

# -- attention -------------------------------------------------------------------------------------

_QUERY, _KEY, _VALUE = (_draw.floats(shape) for shape in ((2, 3, 4, 5), (2, 6, 4, 5), (2, 6, 4, 5)))
_BIAS, _MASK = _draw.floats((2, 4, 3, 6)), _draw.choice((2, 4, 3, 6))
_MASK[0, 0, 0] = False  # a query that sees nothing
_THREE = (_QUERY, _KEY, _VALUE)


def _attend(label: str, *args: Any, **options: Any) -> None:
    op_cases("dot_product_attention", {label: args}, **options)


_attend("plain", *_THREE)
_attend("causal", *_THREE, is_causal=True)
_attend("scaled", *_THREE, scale=0.5)
_attend("biased", *_THREE, _BIAS)
_attend("masked", *_THREE, None, _MASK)
_attend("everything", *_THREE, _BIAS, _MASK, 0.25, is_causal=True)
_attend("few_heads", _QUERY, _KEY[:, :, :2], _VALUE[:, :, :2])
_attend("float64", *(x.astype("float64") for x in _THREE), scale=0.5, is_causal=True)
_attend("one_mask_for_all", *_THREE, None, _MASK[:1, :1])

# -- losses ----------------------------------------------------------------------------------------

_SHARES = _draw.floats((4, 6), 0, 1)
_TRUTHS = _draw.choice((4, 6)).astype("float32")
for _op in ("binary_crossentropy", "categorical_crossentropy"):
    op_cases(_op, {"shares": (_TRUTHS, _SHARES), "soft": (_SHARES, _SHARES[::-1].copy())})
    op_cases(_op, {"float64": (_TRUTHS.astype("float64"), _SHARES.astype("float64"))})
    op_cases(_op, {"logits": (_TRUTHS, MATRIX * 20)}, from_logits=True)
op_cases("categorical_crossentropy", {"first": (_TRUTHS, _SHARES)}, axis=0)
_CLASSES = _draw.ints((4,), 0, 6)
op_cases("sparse_categorical_crossentropy", {"int32": (_CLASSES, _SHARES)})
op_cases("sparse_categorical_crossentropy", {"column": (_CLASSES[:, None], _SHARES)})
op_cases("sparse_categorical_crossentropy", {"logits": (_CLASSES, MATRIX)}, from_logits=True)
op_cases("psnr", {"float32": (MATRIX, CUBE[0], 2.0), "whole": (MATRIX, MATRIX + 1, 255)})

# -- distances and signals -------------------------------------------------------------------------

op_cases("cdist", {"matrices": (MATRIX, CUBE[0, :3]), "float64": (DOUBLES, DOUBLES)})
op_cases("cdist", {"batches": (CUBE, CUBE[:, :2]), "one_for_all": (CUBE, MATRIX)})
op_cases("corrcoef", {"float32": MATRIX, "float64": DOUBLES, "int32": WHOLE})
op_cases("corrcoef", {"bool": WHOLE > 0})
for _mode in ("valid", "same", "full"):
    op_cases(
        "correlate",
        {
            f"{_mode}_odd": (CUBE.ravel(), ROW[:3]),
            f"{_mode}_even": (CUBE.ravel(), ROW[:4]),
            f"{_mode}_float64": (DOUBLES[0], DOUBLES[1, :2]),
            f"{_mode}_int32": (WHOLE[0], WHOLE[1, :3]),
            f"{_mode}_int64": (WHOLE[0].astype("int64"), WHOLE[1, :3].astype("int64")),
        },
        mode=_mode,
    )
op_cases("vander", {"float32": (ROW, 4), "int32": (WHOLE[0], 3), "float64": (DOUBLES[0], 2)})
op_cases("vander", {"square": ROW, "int64": WHOLE[0].astype("int64")}, known=True)
op_cases("vander", {"increasing": (ROW, 4), "one": (ROW, 1)}, increasing=True)

# -- elements --------------------------------------------------------------------------------------

_NEAR = MATRIX + np.float32(1e-6)
_NEAR[0, 0] += 1
_WITH_NAN = np.array([[1, np.nan], [np.inf, -np.inf]], "float32")
op_cases("allclose", {"same": (MATRIX, MATRIX), "far": (MATRIX, _NEAR), "int32": (WHOLE, WHOLE)})
op_cases("allclose", {"near": (MATRIX, _NEAR)}, rtol=1.0, atol=1.5)
op_cases("allclose", {"nan": (_WITH_NAN, _WITH_NAN), "none": (MATRIX[:0], MATRIX[:0])})
op_cases("allclose", {"equal_nan": (_WITH_NAN, _WITH_NAN)}, equal_nan=True)
for _op in ("i0", "fabs"):
    op_cases(_op, {"float32": MATRIX, "float64": DOUBLES, "int32": WHOLE, "bool": WHOLE > 0})
    op_cases(_op, {"int64": WHOLE.astype("int64"), "float16": _HALVES})
# Keras on TensorFlow takes the steps of float64 for narrower floats, too, where nothing is left.
op_cases("nextafter", {"up": (DOUBLES, DOUBLES + 1), "down": (DOUBLES, DOUBLES - 1)})
op_cases("nextafter", {"nowhere": (DOUBLES, DOUBLES)})
op_cases("bitwise_left_shift", {"int32": (WHOLE, abs(WHOLE) % 5)})
op_cases("bitwise_right_shift", {"int32": (WHOLE, abs(WHOLE) % 5)})


def _windowed(name: str, *shape: Any) -> Any:
    def call(ops: Any, x: Any) -> Any:
        return ops.multiply(x, getattr(ops, name)(x.shape[-1], *shape))

    return call


for _op in ("bartlett", "blackman", "hamming", "hanning"):
    op_cases(_op, {"even": MATRIX, "odd": MATRIX[:, :5], "one": MATRIX[:, :1]}, _windowed(_op))
op_cases("kaiser", {"even": MATRIX, "odd": MATRIX[:, :5]}, _windowed("kaiser", 8.6))


def _spaced(*args: Any, **options: Any) -> Any:
    return lambda ops, x: ops.multiply(x, ops.geomspace(*args, **options))


op_cases("geomspace", {"rising": MATRIX}, _spaced(1.0, 64.0, 6))
op_cases("geomspace", {"falling": MATRIX}, _spaced(-8.0, -0.25, 6))
op_cases("geomspace", {"open": MATRIX}, _spaced(1.0, 64.0, 6, endpoint=False))
op_cases("empty_like", {"of_zero_rows": MATRIX[:0], "int32": (WHOLE[:0], "int32")})
