"""Operators of the KerasTensor: dtypes, sides, scalars and arrays."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .answers import expressions, floats, integers

ARITHMETIC = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod,
}  # fmt: skip
COMPARISONS = {
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip
BITS = {"and": operator.and_, "or": operator.or_, "xor": operator.xor}

X, Y = floats(3, 4), floats(3, 4)[::-1] + np.float32(0.5)


def both(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda k, x, y: function(x, y)


def left(function: Callable[[Any, Any], Any], constant: Any) -> Callable[..., Any]:
    return lambda k, x: function(constant, x)


def right(function: Callable[[Any, Any], Any], constant: Any) -> Callable[..., Any]:
    return lambda k, x: function(x, constant)


for dtype in ("float32", "float64"):
    x, y = X.astype(dtype), Y.astype(dtype)
    everything = ARITHMETIC | COMPARISONS
    expressions(
        f"operator-{dtype}", (x, y), {name: both(f) for name, f in everything.items()}, eager=False
    )

for dtype in ("int32", "int64"):
    x, y = integers(3, 4, dtype=dtype), integers(3, 4, dtype=dtype)[:, ::-1]
    whole = {name: f for name, f in ARITHMETIC.items() if name != "truediv"}
    expressions(
        f"operator-{dtype}", (x, y),
        {name: both(f) for name, f in (whole | COMPARISONS | BITS).items()}, eager=False,
    )  # fmt: skip

B = X > 0
expressions("operator-bool", (B, Y > 0), {name: both(f) for name, f in BITS.items()}, eager=False)
expressions(
    "operator-scalar", X, {name: right(f, 2) for name, f in (ARITHMETIC | COMPARISONS).items()},
    eager=False,
)  # fmt: skip
expressions(
    "operator-reflected", Y + np.float32(2),
    {name: left(f, 2.5) for name, f in ARITHMETIC.items()}, eager=False,
)  # fmt: skip
expressions(
    "operator-array", X, {name: right(f, Y[0]) for name, f in ARITHMETIC.items()}, eager=False
)
expressions(
    "operator-array-reflected", Y + np.float32(2),
    {name: left(f, X[0]) for name, f in ARITHMETIC.items()}, eager=False,
)  # fmt: skip
expressions(
    "operator-power", np.abs(X) + np.float32(0.5),
    {
        "square": lambda k, x: x**2, "root": lambda k, x: x**0.5, "inverse": lambda k, x: x**-1,
        "of-two": lambda k, x: 2.0**x, "itself": lambda k, x: x**x,
    }, eager=False,
)  # fmt: skip
expressions(
    "operator-unary", X,
    {
        "neg": lambda k, x: -x, "abs": lambda k, x: abs(x), "neg-abs": lambda k, x: -abs(-x),
    }, eager=False,
)  # fmt: skip
expressions(
    "operator-unary-int32", integers(3, 4),
    {"neg": lambda k, x: -x, "abs": lambda k, x: abs(-x), "invert": lambda k, x: ~x}, eager=False,
)  # fmt: skip
expressions("operator-unary-bool", B, {"invert": lambda k, x: ~x}, eager=False)
W = floats(4, 2)
expressions(
    "operator-matmul", X,
    {
        "constant": lambda k, x: x @ W,
        "chain": lambda k, x: (x @ W) @ W.T,
    }, eager=False,
)  # fmt: skip
expressions(
    "operator-matmul-pair", (floats(2, 3, 4), floats(2, 4, 2)), {"batched": both(operator.matmul)},
    eager=False,
)  # fmt: skip

PROMOTED = "dtypes promote as in NumPy, Python scalars are weak"
expressions(
    "operator-mixed", (X, integers(3, 4)),
    {name: both(f) for name, f in {"add": operator.add, "mul": operator.mul}.items()},
    eager=False, differs=PROMOTED,
)  # fmt: skip
expressions(
    "operator-mixed-floats", (X, Y.astype("float64")), {"add": both(operator.add)},
    eager=False, differs=PROMOTED,
)  # fmt: skip
expressions(
    "operator-int-and-float", integers(3, 4), {"add": right(operator.add, 2.5)},
    eager=False, differs=PROMOTED,
)  # fmt: skip
expressions(
    "operator-refused", X,
    {
        "shapes": lambda k, x: x + floats(3),
        "inner-sizes": lambda k, x: x @ floats(3, 2),
        "bool": lambda k, x: bool(x > 0),
        "if": lambda k, x: x if x > 0 else -x,
        "len": lambda k, x: len(x),
        "int": lambda k, x: int(x),
        "float": lambda k, x: float(x),
        "iteration": lambda k, x: list(x),
        "array": lambda k, x: np.asarray(x),
        "bits-of-floats": lambda k, x: x & x,
        "in": lambda k, x: x in [x * 2],
    }, eager=False,
)  # fmt: skip
