"""NumPy's reductions on graph values, with their keywords: dtype, initial, where, ddof, weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.arranging import broadcast_together
from kgraph.ops.axes import many_axes
from kgraph.ops.casting import cast
from kgraph.ops.numpy_functions import numpy_function, refuse_keywords
from kgraph.ops.numpy_ufuncs import call_ufunc
from kgraph.ops.operands import as_operand, dims_of, type_of
from kgraph.types.dims import product
from kgraph.types.dtypes import as_dtype, as_float
from kgraph.types.operators import OPS

_ROOT = "ops.where, and a division by the number of true entries"


def _ufunc_reduction(name: str, ufunc: np.ufunc) -> None:
    @numpy_function(name)
    def reduce(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        refuse_keywords(name, out=out)
        keywords = {"axis": axis, "dtype": dtype, "keepdims": _flag(keepdims)}
        keywords |= {"initial": _given(initial), "where": _given(where, True)}
        return call_ufunc(ufunc, "reduce", (a,), keywords)


_ufunc_reduction("sum", np.add)
_ufunc_reduction("prod", np.multiply)


def _extreme(names: tuple[str, ...], ufunc: np.ufunc) -> None:
    @numpy_function(*names)
    def reduce(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        refuse_keywords(names[0], out=out)
        keywords = {"axis": axis, "keepdims": _flag(keepdims)}
        keywords |= {"initial": _given(initial), "where": _given(where, True)}
        return call_ufunc(ufunc, "reduce", (a,), keywords)


_extreme(("max", "amax"), np.maximum)
_extreme(("min", "amin"), np.minimum)


def _truth(name: str, ufunc: np.ufunc) -> None:
    @numpy_function(name)
    def reduce(
        a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True
    ) -> Any:
        refuse_keywords(name, out=out)
        keywords = {"axis": axis, "keepdims": _flag(keepdims)}
        return call_ufunc(ufunc, "reduce", (a,), {**keywords, "where": _given(where, True)})


_truth("all", np.logical_and)
_truth("any", np.logical_or)


def _flag(keepdims: Any) -> bool:
    return bool(_given(keepdims, False))


def _given(value: Any, default: Any = None) -> Any:
    """``value``, unless it is NumPy's sign for "not given"."""
    return default if type(value).__name__ == "_NoValueType" else value


def _in_dtype(a: Any, dtype: Any) -> Any:
    return a if _given(dtype) is None else cast(as_operand(a, "cast"), as_dtype(dtype))


@numpy_function("mean")
def _mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    *,
    where: Any = True,
) -> Any:
    refuse_keywords("mean", out=out)
    x, mask = _in_dtype(a, dtype), _given(where, True)
    if mask is True:
        return OPS["mean"](x, axis=axis, keepdims=_flag(keepdims))
    picked = OPS["where"](mask, x, 0)
    ones = cast(broadcast_together([mask, picked], 0), "int32")
    total = OPS["sum"](picked, axis=axis, keepdims=_flag(keepdims))
    return OPS["divide"](total, OPS["sum"](ones, axis=axis, keepdims=_flag(keepdims)))


def _spread(name: str) -> None:
    op_name, variance_of = name, name.replace("std", "var")

    @numpy_function(name)
    def reduce(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: float = 0,
        keepdims: Any = False,
        *,
        where: Any = True,
        mean: Any = None,
        correction: Any = None,
    ) -> Any:
        refuse_keywords(name, _ROOT, out=out, where=where, mean=mean)
        taken = _given(correction)
        lost = ddof if taken is None else taken
        x, attrs = _in_dtype(a, dtype), {"axis": axis, "keepdims": _flag(keepdims)}
        if not lost:
            return OPS[op_name](x, **attrs)
        count = _present(name, x, axis, attrs["keepdims"])
        variance = OPS[variance_of](x, **attrs) * (count / (count - float(lost)))
        return variance if op_name == variance_of else OPS["sqrt"](variance)


def _present(name: str, x: Any, axis: Any, keepdims: bool) -> Any:
    """How many entries a variance is taken of."""
    if name.startswith("nan"):
        numbers = OPS["logical_not"](OPS["isnan"](x))
        return OPS["sum"](cast(numbers, type_of(x).dtype), axis=axis, keepdims=keepdims)
    dims = dims_of(x)
    size = product(dims[place] for place in many_axes(name, axis, len(dims)))
    if isinstance(size, int):
        return float(size)
    ones = OPS["ones_like"](x, dtype=as_float(type_of(x).dtype))
    return OPS["sum"](ones, axis=axis, keepdims=keepdims)


for _name in ("var", "std", "nanvar", "nanstd"):
    _spread(_name)


def _without_nan(name: str) -> None:
    @numpy_function(name)
    def reduce(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        refuse_keywords(name, out=out, initial=initial, where=where)
        return OPS[name](_in_dtype(a, dtype), axis=axis, keepdims=_flag(keepdims))


_without_nan("nansum")
_without_nan("nanprod")
_without_nan("nanmean")


def _extreme_without_nan(name: str) -> None:
    @numpy_function(name)
    def reduce(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        refuse_keywords(name, out=out, initial=initial, where=where)
        return OPS[name](a, axis=axis, keepdims=_flag(keepdims))


_extreme_without_nan("nanmax")
_extreme_without_nan("nanmin")


@numpy_function("average")
def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False
) -> Any:
    refuse_keywords("average", returned=returned or None)
    if weights is None:
        return OPS["mean"](a, axis=axis, keepdims=_flag(keepdims))
    return OPS["average"](a, weights, axis=axis, keepdims=_flag(keepdims))


@numpy_function("median")
def _median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False
) -> Any:
    refuse_keywords("median", out=out)
    return OPS["median"](a, axis=axis, keepdims=_flag(keepdims))


def _quantiles(name: str) -> None:
    @numpy_function(name)
    def reduce(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: Any = False,
        *,
        weights: Any = None,
    ) -> Any:
        refuse_keywords(name, out=out, weights=weights)
        shares = np.asarray(q, np.float64).tolist()
        return OPS[name](a, shares, axis=axis, method=method, keepdims=_flag(keepdims))


for _name in ("quantile", "percentile", "nanquantile", "nanpercentile"):
    _quantiles(_name)


@numpy_function("apply_over_axes")
def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    found, ndim = a, type_of(a).ndim
    for place in many_axes("apply_over_axes", axes, ndim):
        reduced = func(found, place)
        lost = type_of(reduced).ndim < ndim
        found = OPS["expand_dims"](reduced, place) if lost else reduced
    return found


def _cumulative(name: str, op_name: str, start: int) -> None:
    @numpy_function(name)
    def scan(
        x: Any,
        /,
        *,
        axis: int | None = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: bool = False,
    ) -> Any:
        refuse_keywords(name, out=out)
        value = as_operand(x, name)
        found = OPS[op_name](value, axis=0 if axis is None else axis, dtype=dtype)
        if not include_initial:
            return found
        place = 0 if axis is None else axis
        first = OPS["full_like"](OPS["getitem"](found, _first_on(place, found.ndim)), start)
        return OPS["concatenate"]([first, found], place)


def _first_on(axis: int, ndim: int) -> tuple[Any, ...]:
    return (*(slice(None),) * (axis % ndim), slice(0, 1))


_cumulative("cumulative_sum", "cumsum", 0)
_cumulative("cumulative_prod", "cumprod", 1)
