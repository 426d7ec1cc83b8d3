"""NumPy's functions that order, count and number elements, under NumPy's own signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.choosing import select
from kgraph.ops.creation import ones_like
from kgraph.ops.histograms import count_between, even_bounds
from kgraph.ops.joining import unstack
from kgraph.ops.logic import logical_and
from kgraph.ops.numpy_functions import numpy_function, refuse_keywords
from kgraph.ops.operands import as_operand, dims_of, type_of
from kgraph.ops.picking import take_along_axis
from kgraph.ops.position import argsort, sort
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.ranking import argpartition
from kgraph.ops.raveling import unravel_index
from kgraph.ops.reduction import max, min, sum
from kgraph.ops.reshaping import ravel
from kgraph.ops.selection import where
from kgraph.ops.sizing import attached
from kgraph.types.dtypes import as_float, int32
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.operators import OPS


@numpy_function("partition")
def _partition(a: Any, kth: Any, axis: int | None = -1, kind: Any = None, order: Any = None) -> Any:
    refuse_keywords("partition", kind=kind, order=order)
    argpartition(a, kth, axis)  # which refuses what is no position
    return sort(ravel(a), 0) if axis is None else sort(a, axis)


@numpy_function("lexsort")
def _lexsort(keys: Any, axis: int = -1) -> Any:
    listed = list(keys) if isinstance(keys, list | tuple) else unstack(keys)
    if not listed:
        raise KGraphTypeError("np.lexsort: needs a key or more to sort by")
    order = argsort(listed[0], axis)
    for key in listed[1:]:  # which is to rise, and equals stand as they are
        order = take_along_axis(order, argsort(take_along_axis(key, order, axis), axis), axis)
    return order


numpy_function("unravel_index")(
    lambda indices, shape, order="C": _unravelled(indices, shape, order)
)


def _unravelled(indices: Any, shape: Any, order: str) -> tuple[Any, ...]:
    refuse_keywords("unravel_index", order=order)
    return unravel_index(indices, shape)


@numpy_function("ravel_multi_index")
def _ravel_multi_index(
    multi_index: Any, dims: Any, mode: str | Sequence[str] = "raise", order: str = "C"
) -> Any:
    refuse_keywords("ravel_multi_index", order=order)
    sizes = [dims] if isinstance(dims, int) else list(dims)
    modes = [mode] * len(sizes) if isinstance(mode, str) else list(mode)
    indices = list(multi_index) if isinstance(multi_index, list | tuple) else unstack(multi_index)
    if len(indices) != len(sizes) or len(modes) != len(sizes):
        raise ShapeError(f"np.ravel_multi_index: {len(indices)} positions for {len(sizes)} axes")
    found: Any = 0
    for place, size, how in zip(indices, sizes, modes, strict=True):
        found = found * size + _within(place, size, how)
    return found


def _within(place: Any, size: int, mode: str) -> Any:
    """Positions in 0 .. size - 1: others are refused, wrapped round, or moved to the end."""
    if mode == "wrap":
        return OPS["mod"](place, size)
    if mode == "clip":
        return OPS["clip"](place, 0, size - 1)
    if mode != "raise":
        raise KGraphValueError(f"np.ravel_multi_index: mode is 'raise', 'wrap' or 'clip': {mode!r}")
    return gather_rows(np.arange(size), place)


@numpy_function("piecewise")
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **keywords: Any) -> Any:
    conditions = condlist if isinstance(condlist, list | tuple) else [condlist]
    results = [f(x, *args, **keywords) if callable(f) else f for f in funclist]
    if len(results) not in (len(conditions), len(conditions) + 1):
        raise KGraphValueError(
            f"np.piecewise: {len(conditions)} conditions and {len(results)} functions do not fit"
        )
    otherwise = results.pop() if len(results) > len(conditions) else 0
    # of several conditions that are true NumPy takes the last one
    chosen = select(conditions[::-1], results[::-1], otherwise)
    return cast(chosen, type_of(x).dtype)


# -- histograms ------------------------------------------------------------------------------------


@numpy_function("histogram")
def _histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any]:
    x = ravel(as_operand(a, "histogram"))
    bounds = _bounds(x, bins, range)
    low, high = (OPS["getitem"](bounds, (end,)) for end in (0, -1))
    inside = logical_and(x >= low, x <= high)
    each = ones_like(x, dtype=int32) if weights is None else ravel(weights)
    counts = count_between(x, bounds, where(inside, each, type_of(each).dtype.type(0)))
    if density:
        counts = counts / (OPS["diff"](bounds) * cast(sum(counts), type_of(bounds).dtype))
    return counts, attached(bounds, x)


@numpy_function("histogram_bin_edges")
def _histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    refuse_keywords("histogram_bin_edges", weights=weights)
    x = ravel(as_operand(a, "histogram_bin_edges"))
    return attached(_bounds(x, bins, range), x)


def _bounds(x: Any, bins: Any, range: Any) -> Any:
    dtype = as_float(type_of(x).dtype)
    if isinstance(bins, str):
        raise KGraphTypeError(
            message(
                "np.histogram: how many parts there are must be known",
                received=f"bins={bins!r}",
                expected="a number, or the bounds",
            )
        )
    if not isinstance(bins, int):
        bounds = as_operand(bins, "histogram")
        if type_of(bounds).ndim != 1 or not dims_of(bounds)[0]:
            raise ShapeError(f"np.histogram: the bounds are a vector, got {type_of(bounds)}")
        return bounds
    if bins < 1:
        raise KGraphValueError(f"np.histogram: there is one part or more, got bins={bins}")
    low, high = (cast(min(x), dtype), cast(max(x), dtype)) if range is None else map(float, range)
    if range is not None and low > high:
        raise KGraphValueError(f"np.histogram: the range falls, from {low} to {high}")
    alike = 0.5 * (low == high) if range is not None else where(low == high, dtype.type(0.5), 0.0)
    return even_bounds(low - alike, high + alike, bins, dtype)
