"""NumPy as the language of graphs: which op stands for which NumPy function.

A ufunc maps to its op as it is.  Functions of other libraries are found by their name, so that
``scipy.special.expit(x)`` works without SciPy being imported here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.op import Op
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.operators import NUMPY_FUNCTIONS, OPS

UFUNCS = (
    "add",
    "subtract",
    "multiply",
    "divide",
    "floor_divide",
    "mod",
    "power",
    "negative",
    "absolute",
    "sign",
    "matmul",
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "isnan",
    "isinf",
    "isfinite",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "left_shift",
    "right_shift",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "logaddexp",
    "sqrt",
    "square",
    "reciprocal",
    "hypot",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "arctan2",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "deg2rad",
    "rad2deg",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "maximum",
    "minimum",
)

UFUNCS_BY_OTHER_NAMES = {
    "invert": "bitwise_invert",
    "fabs": "absolute",
    "float_power": "power",
    "radians": "deg2rad",
    "degrees": "rad2deg",
    # of scipy.special
    "expit": "sigmoid",
    "log_expit": "log_sigmoid",
    "erf": "erf",
    "erfc": "erfc",
}

# functions whose arguments have the names and the order of the op's
FUNCTIONS = (
    "sum",
    "prod",
    "mean",
    "var",
    "std",
    "max",
    "min",
    "any",
    "all",
    "argmax",
    "argmin",
    "count_nonzero",
    "cumsum",
    "cumprod",
    "sort",
    "argsort",
    "reshape",
    "ravel",
    "squeeze",
    "expand_dims",
    "transpose",
    "swapaxes",
    "moveaxis",
    "broadcast_to",
    "repeat",
    "tile",
    "flip",
    "roll",
    "pad",
    "take",
    "take_along_axis",
    "nan_to_num",
    "round",
    "tensordot",
    "outer",
)

# what NumPy calls a parameter, and what the op does
RENAMED = {
    "reshape": {"shape": "newshape"},
    "tile": {"reps": "repeats"},
    "tensordot": {"b": "x2"},
    "outer": {"b": "x2"},
}


def _no_value(value: Any) -> bool:
    return value is None or type(value).__name__ == "_NoValueType"


def adapted(function: Callable[..., Any], op: Op, renamed: dict[str, str]) -> Callable[..., Any]:
    """``op`` under the signature of a NumPy function; what the op does not know is refused."""
    name = function.__name__

    def call(*args: Any, **kwargs: Any) -> Any:
        bound = inspect.signature(function).bind(*args, **kwargs).arguments
        bound.update(bound.pop("kwargs", {}))  # np.pad takes them so
        first, *others = bound
        given = {renamed.get(key, key): bound[key] for key in others if not _no_value(bound[key])}
        unknown = [key for key in given if key not in op.parameters]
        if unknown:
            raise KGraphTypeError(
                message(
                    f"np.{name}: {', '.join(unknown)} cannot be given for symbolic values",
                    expected=f"ops.{op.signature()}",
                )
            )
        return op(bound[first], **given)

    return call


def _clip(a: Any, a_min: Any = None, a_max: Any = None, **bounds: Any) -> Any:
    low, high = bounds.pop("min", a_min), bounds.pop("max", a_max)
    if bounds:
        raise KGraphTypeError(f"np.clip: {', '.join(bounds)} cannot be given for symbolic values")
    if low is None or high is None:
        a = a if low is None else OPS["maximum"](a, low)
        return a if high is None else OPS["minimum"](a, high)
    return OPS["clip"](a, low, high)


def _where(condition: Any, x: Any, y: Any) -> Any:
    return OPS["where"](condition, x, y)


def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    if axis is None:
        return OPS["concatenate"]([OPS["ravel"](value) for value in arrays], 0)
    return OPS["concatenate"](arrays, axis)


def _stack(arrays: Any, axis: int = 0) -> Any:
    return OPS["stack"](arrays, axis)


def _dot(a: Any, b: Any) -> Any:
    return OPS["dot"](a, b)


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    from kgraph.ops.joining import split

    return split(ary, indices_or_sections, axis)


def _full_like(value: Any) -> Callable[..., Any]:
    def like(a: Any, dtype: Any = None) -> Any:
        return OPS["full_like"](a, value, dtype=dtype)

    return like


def register_numpy_functions() -> None:
    """Fill the table that values look NumPy functions up in."""
    for name in UFUNCS:
        NUMPY_FUNCTIONS[getattr(np, name)] = OPS[name]
    for name, op_name in UFUNCS_BY_OTHER_NAMES.items():
        NUMPY_FUNCTIONS[name] = OPS[op_name]
    for name in FUNCTIONS:
        function, op = getattr(np, name), OPS[name]
        assert isinstance(op, Op)
        NUMPY_FUNCTIONS[function] = adapted(function, op, RENAMED.get(name, {}))
    NUMPY_FUNCTIONS.update(
        {
            np.clip: _clip,
            np.where: _where,
            np.concatenate: _concatenate,
            np.stack: _stack,
            np.hstack: lambda tup: OPS["hstack"](tup),
            np.vstack: lambda tup: OPS["vstack"](tup),
            np.dot: _dot,
            np.split: _split,
            np.zeros_like: _full_like(0),
            np.ones_like: _full_like(1),
            np.shape: lambda a: a.shape,
            np.ndim: lambda a: a.ndim,
        }
    )


register_numpy_functions()
