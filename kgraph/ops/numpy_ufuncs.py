"""Ufuncs on graph values: ``np.tanh(x)``, ``np.add.reduce(x, 1)``, ``scipy.special.expit(x)``.

A ufunc is found by its name, so that SciPy need not be imported.  What a ufunc can be asked for
beyond that is either done with ops or refused by name: nothing is silently ignored.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.joining import stack, unstack
from kgraph.ops.op import Op
from kgraph.ops.operands import NUMBERS, as_operand, dims_of, type_of
from kgraph.ops.products import matvec, vecmat
from kgraph.ops.scipy_special import call_all_results, ufunc_op
from kgraph.types.dtypes import as_dtype
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.operators import NUMPY_PROTOCOLS, OPS

# every ufunc whose op has its name is found without standing here
OTHER_NAMES = {
    "invert": "bitwise_invert",
    "float_power": "power",
    "radians": "deg2rad",
    "degrees": "rad2deg",
    "conjugate": "conj",
    "remainder": "mod",
    # of scipy.special
    "expit": "sigmoid",
    "log_expit": "log_sigmoid",
}
# op.reduce and op.accumulate, where an op does it in one go
REDUCTIONS = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
    "logaddexp": "logsumexp",
}
SCANS = {"add": "cumsum", "multiply": "cumprod", "maximum": "cummax", "minimum": "cummin"}
_LONGEST_FOLD = 256  # entries that a ufunc is applied to one after the other

# what a ufunc is told that changes nothing
_HARMLESS: dict[str, tuple[Any, ...]] = {
    "where": (True,),
    "casting": ("same_kind",),
    "order": ("K", "C", "A"),
    "subok": (True, False),
}
_INSTEAD = {
    "out": "a graph has no arrays to write into; take the result",
    "where": "ops.where(mask, result, other) says what stands where the mask is false",
    "casting": "ops.cast(x, dtype) before the call",
    "dtype": "ops.cast(result, dtype)",
    "at": "values in a graph are not changed; ops.where and ops.slice_update make new ones",
    "reduceat": "give the rows bounds: a ragged value reduces each row to one",
}


def call_ufunc(
    ufunc: np.ufunc, method: str, inputs: Sequence[Any], keywords: Mapping[str, Any]
) -> Any:
    """What ``__array_ufunc__`` of every graph value does."""
    if method == "__call__":
        return _call(ufunc, inputs, keywords) if keywords else _apply(ufunc, inputs)
    if method not in _METHODS:
        refuse(f"np.{ufunc.__name__}.{method}", _INSTEAD.get(method, "leave it out"))
    return _METHODS[method](ufunc, *inputs, **keywords)


NUMPY_PROTOCOLS["ufunc"] = call_ufunc


def _apply(ufunc: np.ufunc, inputs: Sequence[Any]) -> Any:
    name = ufunc.__name__
    if name in _COMPOSED:
        return _COMPOSED[name](*inputs)
    op = op_of(ufunc)
    if op is None:
        refuse(f"np.{name}" if hasattr(np, name) else name, "no op stands for this ufunc")
    return call_all_results(op, inputs)


@functools.cache
def op_of(ufunc: np.ufunc) -> Op | None:
    """The op that stands for a ufunc; one is made if the ufunc can be run as it is."""
    return ufunc_op(OTHER_NAMES.get(ufunc.__name__, ufunc.__name__))


def _modf(x: Any) -> tuple[Any, Any]:
    """The fraction and the whole part of x, both with its sign."""
    whole = OPS["trunc"](x)
    fraction = OPS["where"](OPS["isinf"](x), 0.0, OPS["subtract"](x, whole))
    return OPS["copysign"](fraction, x), whole


_COMPOSED: dict[str, Callable[..., Any]] = {
    "positive": lambda x: x,
    "divmod": lambda x1, x2: (OPS["floor_divide"](x1, x2), OPS["mod"](x1, x2)),
    "modf": _modf,
    "matvec": matvec,
    "vecmat": vecmat,
}


def _call(ufunc: np.ufunc, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    rest = dict(keywords)
    dtype = rest.pop("dtype", None)
    require_harmless(f"np.{ufunc.__name__}", rest)
    if dtype is None:
        return _apply(ufunc, inputs)
    asked = as_dtype(dtype)
    found = _apply(ufunc, [v if isinstance(v, NUMBERS) else cast(v, asked) for v in inputs])
    if isinstance(found, tuple) or found.dtype != asked:
        refuse(f"np.{ufunc.__name__}(dtype={asked})", _INSTEAD["dtype"])
    return found


def require_harmless(name: str, keywords: Mapping[str, Any]) -> None:
    for keyword, value in keywords.items():
        if not _is_harmless(keyword, value):
            refuse(f"{name}({keyword}=…)", _INSTEAD.get(keyword, "leave it out"))


def _is_harmless(keyword: str, value: Any) -> bool:
    if keyword == "out":
        return all(item is None for item in (value if isinstance(value, tuple) else [value]))
    return isinstance(value, str | bool) and value in _HARMLESS.get(keyword, ())


def refuse(what: str, hint: str) -> NoReturn:
    raise KGraphTypeError(message(f"{what} cannot be part of a graph", hint=hint))


# -- methods ---------------------------------------------------------------------------------------


def _reduce(
    ufunc: np.ufunc,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    name = f"np.{ufunc.__name__}.reduce"
    require_harmless(name, {"out": out})
    x = _in_dtype(array, dtype)
    if ufunc.__name__ in REDUCTIONS:
        reducer = OPS[REDUCTIONS[ufunc.__name__]]
        x = masked(x, where, _identity(ufunc, initial, name))
        found = reducer(x, axis=axis, keepdims=keepdims)
        found = found if dtype is None else cast(found, as_dtype(dtype))
    else:
        require_harmless(name, {"where": where})
        found = functools.reduce(functools.partial(_pair, ufunc), _entries(name, x, axis))
        found = OPS["expand_dims"](found, axis) if keepdims else found
    return found if initial is None else _pair(ufunc, found, initial)


def _pair(ufunc: np.ufunc, a: Any, b: Any) -> Any:
    return _apply(ufunc, (a, b))


def masked(x: Any, where: Any, neutral: Callable[[], Any] | Any) -> Any:
    """x with a neutral element where the mask is false."""
    if where is True:
        return x
    fill = neutral() if callable(neutral) else neutral
    return OPS["where"](where, x, fill)


def _identity(ufunc: np.ufunc, initial: Any, name: str) -> Callable[[], Any]:
    def neutral() -> Any:
        found = ufunc.identity if initial is None or ufunc.identity is not None else initial
        if found is None:
            raise KGraphTypeError(
                message(f"{name}(where=…) has no value where all is masked", hint="give initial=")
            )
        return found

    return neutral


def _accumulate(
    ufunc: np.ufunc, array: Any, axis: int = 0, dtype: Any = None, out: Any = None
) -> Any:
    name = f"np.{ufunc.__name__}.accumulate"
    require_harmless(name, {"out": out})
    x = _in_dtype(array, dtype)
    if ufunc.__name__ in SCANS:
        return OPS[SCANS[ufunc.__name__]](x, axis=axis)
    first, *others = _entries(name, x, axis)
    results = [first]
    for entry in others:
        results.append(_pair(ufunc, results[-1], entry))
    return stack(results, axis)


def _in_dtype(value: Any, dtype: Any) -> Any:
    x = as_operand(value, "reduce")
    return x if dtype is None else cast(x, as_dtype(dtype))


def _entries(name: str, x: Any, axis: Any) -> list[Any]:
    """The entries along ``axis``, each to be met with the next."""
    if not isinstance(axis, int):
        refuse(f"{name}(axis={axis!r})", "give one axis")
    size = dims_of(x)[axis]
    if not isinstance(size, int) or not 0 < size <= _LONGEST_FOLD:
        raise ShapeError(
            message(
                f"{name}: this ufunc is applied entry by entry, so that their number must be known",
                received=f"axis {axis} of {type_of(x)}",
                expected=f"a size of 1 to {_LONGEST_FOLD}",
                hint="the ufuncs that reduce any size are " + ", ".join(REDUCTIONS),
            )
        )
    return unstack(x, axis=axis)


def _outer(ufunc: np.ufunc, first: Any, second: Any, **keywords: Any) -> Any:
    a, b = as_operand(first, "outer"), as_operand(second, "outer")
    rank = 0 if isinstance(b, NUMBERS) else type_of(b).ndim
    spread = OPS["getitem"](a, (..., *(None,) * rank)) if rank else a
    return _call(ufunc, (spread, b), keywords)


_METHODS: dict[str, Callable[..., Any]] = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "outer": _outer,
}
