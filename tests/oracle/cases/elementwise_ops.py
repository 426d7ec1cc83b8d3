"""Elementwise ops of `keras.ops`: numbers, comparisons, logic."""

from __future__ import annotations

import numpy as np

from .registry import Array, op_cases


def _table(*values: float, dtype: str = "float32") -> Array:
    """Values as a column of pairs, so that a graph of them has rows."""
    return np.array(values, dtype).reshape(-1, 2)


def _unary(op: str, **domains: tuple[float, ...]) -> None:
    """Each domain in float32, and the first one in float64, too."""
    tables = {name: _table(*values) for name, values in domains.items()}
    first = next(iter(domains.values()))
    op_cases(op, {**tables, "float64": _table(*first, dtype="float64")})


# Zeros of both signs, small and large, both infinities, NaN.
_LINE = (-1e4, -20, -2.5, -1.5, -1, -0.5, -1e-4, -0.0, 0, 1e-4, 0.5, 1, 1.5, 2.5, 20)
EDGES = (-np.inf, *_LINE, np.inf, np.nan)
# Inside every domain: for functions that grow fast, or that tests compare to the last bits.
UNIT = (-1, -0.75, -0.5, -1 / 3, -1e-3, 0, 1e-6, 0.125, 0.4, 2 / 3, 0.9, 1)
POSITIVE = (1e-6, 0.01, 0.5, 1, 1.0001, 2, 3, 10, 1000, 1e6)
WIDE = (-20, -5, -2, 2, 5, 20)
BENDS = (-100, -20, -6, -3, -2.5, -1, -0.5, -1e-3, 0, 1e-3, 0.5, 1, 2.5, 3, 6, 7, 20, 90)

ROUNDING = ("floor", "ceil", "round", "trunc")
TESTS = ("isnan", "isinf", "isfinite")
EXPONENTIAL = ("exp", "expm1", "log", "log1p", "log2", "log10", "tanh", "sigmoid")
POWERS = ("square", "sqrt", "rsqrt", "reciprocal")
for _op in (
    "abs",
    "negative",
    "sign",
    "arctan",
    "arcsinh",
    *ROUNDING,
    *TESTS,
    *EXPONENTIAL,
    *POWERS,
):
    _unary(_op, edges=EDGES, unit=UNIT, positive=POSITIVE)
_unary("erf", unit=UNIT, wide=WIDE)  # at infinity TensorFlow's float64 says NaN
for _op in ("sin", "cos"):
    _unary(_op, angles=(-100, -10, -np.pi, -1.5, -0.1, 0, 0.1, 1, np.pi / 2, 3, 10, 1000))
_unary("tan", angles=(-10, -3, -1.5, -0.5, -0.1, 0, 0.1, 0.5, 1, 1.25, 3, 10))
for _op in ("sinh", "cosh"):
    _unary(_op, unit=UNIT, wide=WIDE)
for _op in ("arcsin", "arccos", "arctanh"):
    _unary(_op, unit=UNIT[1:-1], edges=(-2, -1, 1, 2, np.nan, 0))

# relu and its kin; the layers' cases hold the other activations.
for _op in ("relu", "relu6", "elu", "selu", "celu", "silu"):
    _unary(_op, bends=BENDS)
for _op in ("softplus", "softsign", "hard_sigmoid", "log_sigmoid"):
    _unary(_op, bends=BENDS)
# TensorFlow keeps the constants of these two in float32: not an oracle of float64.
op_cases("gelu", {"bends": _table(*BENDS)})
op_cases("leaky_relu", {"bends": _table(*BENDS)})
op_cases("gelu", {"approximate": _table(*UNIT, -3, 3)}, approximate=True)
op_cases("gelu", {"exact": _table(*UNIT, -3, 3)}, approximate=False)
op_cases("elu", {"alpha": _table(*UNIT)}, alpha=0.5)
op_cases("celu", {"alpha": _table(*UNIT)}, alpha=2.0)
op_cases("leaky_relu", {"slope": _table(*UNIT)}, negative_slope=0.5)
op_cases("threshold", {"float32": (_table(*UNIT), 0.5, -1.0)})

# What integers and bools turn into. (TensorFlow has no sign, round or negative of bools.)
_COUNTS = _table(-5, -3, -1, 0, 1, 2, 3, 7, dtype="int32")
for _op in ("abs", "sign", "square", "negative", "exp", "tanh", *ROUNDING, *TESTS):
    op_cases(_op, {"int32": _COUNTS})
for _op in ("abs", "square", "exp", "tanh", "floor", "ceil", "trunc", *TESTS):
    op_cases(_op, {"bool": np.array([[True, False]])})
for _op in ("sqrt", "log", "log1p", "sin", "cos", "arctan", "expm1", "sinh"):
    op_cases(_op, {"int32": _table(1, 2, 3, 7, dtype="int32")})
for _dtype in ("int8", "uint8", "int64", "float16"):
    for _op in ("exp", "sqrt", "square", "abs"):
        op_cases(_op, {_dtype: _table(0, 1, 2, 5, dtype=_dtype)})
# Half goes to the even neighbour.
op_cases("round", {"halves": _table(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)})
op_cases("round", {"decimals": _table(-2.26, -0.04, 0.13, 1.96)}, decimals=1)

_X, _Y = _table(-2.5, -1, 0, 1, 2.5, 7), _table(2, -0.5, 1.5, 3, -1.25, 0.75)
_I, _J = _table(-7, -3, 0, 1, 5, 9, dtype="int32"), _table(2, -2, 3, -1, 4, -5, dtype="int32")
_PAIRS = {
    "float32": (_X, _Y),
    "int32": (_I, _J),
    "edges": (
        _table(np.nan, np.inf, -np.inf, 0, 1, -1),
        _table(1, np.inf, 2, -0.0, np.nan, -np.inf),
    ),
    "broadcast": (_X, _table(3, -2)),
    "number": (_X, 2),
}
ARITHMETIC = ("add", "subtract", "multiply", "divide", "maximum", "minimum")
COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
for _op in (*ARITHMETIC, *COMPARISONS):
    op_cases(_op, _PAIRS)
for _op in ("floor_divide", "mod"):
    op_cases(
        _op, {"float32": (_X, _Y), "int32": (_I, _J), "number": (_X, 2), "by_minus": (_X, -1.5)}
    )
op_cases("divide", {"by_zero": (_table(-1, 0, 1, 2), _table(0, 0, 0, -0.0))})
op_cases(
    "power",
    {
        "float32": (_table(0.5, 1, 2, 3, 0, 10), _table(2, -1, 0.5, 0, 2, -2)),
        "whole_exponents_of_negatives": (_table(-2, -3, -0.5, -1), _table(2, 3, -2, 5)),
        "edges": (_table(-1, 0, 0, np.inf, np.nan, 1), _table(0.5, 0, -1, -1, 0, np.nan)),
        "int32": (_table(2, 3, -2, 1, dtype="int32"), _table(3, 2, 3, 0, dtype="int32")),
        "number": (_table(0.5, 1, 2, 3), 2),
        "root": (_table(0.25, 1, 2, 9), 0.5),
    },
)
op_cases(
    "arctan2",
    {
        "quadrants": (_table(1, 1, -1, -1, 0.5, 3), _table(1, -1, 1, -1, 2, 0.25)),
        "axes": (_table(0, 0, 1, -1, 0, -0.0), _table(1, -1, 0, 0, 0, -1)),
    },
)

_TRUTHS = (np.array([[True, True, False, False]]), np.array([[True, False, True, False]]))
_NONZERO = (_table(0, 1, 2, 0, dtype="int32"), _table(0, 0, 3, -1, dtype="int32"))
for _op in ("logical_and", "logical_or", "logical_xor"):
    op_cases(_op, {"bool": _TRUTHS, "int32": _NONZERO})
op_cases("logical_not", {"bool": _TRUTHS[0], "float32": _table(-1, 0, 0.5, np.nan)})

op_cases("clip", {"float32": (_table(-2, -1, 0, 1.5, 9, np.nan), -1, 1.5), "int32": (_I, 0, 5)})
op_cases("clip", {"float64": (_table(-2, 0.1, 3, 1, dtype="float64"), -1, 1.5)})
_MASK = np.array([[True, False], [False, True], [True, True]])
op_cases(
    "where",
    {
        "float32": (_MASK, _X, _Y),
        "broadcast": (_MASK, _X, np.array([[9, 8]], "float32")),
        "numbers": (_MASK, 1.5, 0),
        "whole_numbers": (_MASK, 1, 0),
        "int_and_float": (_MASK, _I, _Y),
        "guards_nan": (_MASK, _X, np.nan),
    },
)
