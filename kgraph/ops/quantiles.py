"""Order statistics: what the sorted entries along an axis say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.axes import Axis, many_axes
from kgraph.ops.casting import cast, in_dtype_of
from kgraph.ops.dtype_rules import floating
from kgraph.ops.gathering import gather_along
from kgraph.ops.indexing import take_range
from kgraph.ops.logic import isnan
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.position import sort
from kgraph.ops.primitives.shape import reshape_to, transpose_axes
from kgraph.ops.rounding import ceil, floor, round
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import where
from kgraph.ops.sizing import size_on
from kgraph.types.dims import product
from kgraph.types.dtypes import float64, int64
from kgraph.types.errors import KGraphValueError, ShapeError, message

_X = f32([[1, 4, 9, -16], [2, 3, 5, 7], [0, np.nan, 1, 2]])
_CUBE = np.arange(-12, 12, dtype=np.float32).reshape(2, 3, 4) * 7 % 13
METHODS = ("linear", "lower", "higher", "nearest", "midpoint")


@op(dtypes=floating)
def quantile(
    x: Array,
    q: Any,
    axis: Axis = None,
    method: Any = "linear",
    keepdims: bool = False,
) -> Array:
    """The number below which a share ``q`` of the entries over ``axis`` lies.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``); a sequence of
              shares becomes the first axis
    Dtypes    float; integers become ``floatx()``
    Edges     nan if any entry is nan; ``method`` says what stands between two entries: linear,
              lower, higher, nearest or midpoint
    Errors    ValueError for a share outside 0 .. 1 or another method
    Cost      a sort along the axis
    Source    keras.ops.quantile, numpy.quantile

    >>> import kgraph as kg
    >>> kg.ops.quantile([1.0, 2.0, 3.0, 4.0], 0.5)
    array(2.5, dtype=float32)
    """
    found = np.quantile(x, q, axis, method=method, keepdims=keepdims)
    return np.asarray(found).astype(x.dtype)


@quantile.lower
def _between_sorted_entries(x: Any, q: Any, axis: Axis, method: str, keepdims: bool) -> Any:
    return of_sorted_lines(quantile, _pick_shares, x, q, axis, method, keepdims)


def of_sorted_lines(
    asked: Op,
    pick: Callable[[Any, np.ndarray, str], Any],
    x: Any,
    q: Any,
    axis: Axis,
    method: str,
    keepdims: bool,
) -> Any:
    """What ``pick`` takes at shares ``q`` of each sorted line over ``axis``; ``asked`` is the op
    that a user called."""
    shares = _checked_shares(asked.name, q, method)
    axes = many_axes(asked.name, axis, type_of(x).ndim)
    lines = sort(_reduced_axes_last(asked.name, in_dtype_of(asked, x), axes), -1)
    found = pick(lines, np.atleast_1d(shares), method)
    return _shaped(found, dims_of(x), axes, keepdims, listed=shares.ndim == 1)


def _checked_shares(name: str, q: Any, method: str) -> np.ndarray:
    """Shares as an array, when they and the method are known ones."""
    shares = np.asarray(q, np.float64)
    if shares.ndim > 1 or not ((shares >= 0) & (shares <= 1)).all():
        raise KGraphValueError(f"{name}: shares are one or a list of numbers in 0 .. 1, got {q}")
    if method not in METHODS:
        raise KGraphValueError(
            message(
                f"{name}: this method is not known", received=repr(method), expected=f"{METHODS}"
            )
        )
    return shares


def _reduced_axes_last(name: str, x: Any, axes: tuple[int, ...]) -> Any:
    """x with the axes to reduce as one, behind the others."""
    dims = dims_of(x)
    rest = [axis for axis in range(len(dims)) if axis not in axes]
    moved = transpose_axes(x, (*rest, *axes))
    size = product(dims[axis] for axis in axes)
    if isinstance(size, int) and size == 0:
        raise ShapeError(f"{name}: there are no entries to take one from")
    return reshape_to(moved, (*(dims[axis] for axis in rest), size))


def _pick_shares(lines: Any, shares: np.ndarray, method: str) -> Any:
    """The entries of sorted lines at ``shares`` of their length, as the last axis."""
    dtype = type_of(lines).dtype
    last = len(dims_of(lines)) - 1
    size = dims_of(lines)[last]
    places = shares * cast(size_on(lines, last, np.int64(0)) - 1, float64)
    if method == "nearest":
        places = round(places)
    low, high = floor(places), ceil(places)
    below = gather_along(lines, cast(low, int64), last)
    above = gather_along(lines, cast(high, int64), last)
    found = met(below, above, cast(places - low, dtype), method)
    worst = take_range(lines, last, size - 1, size)  # nan stands last
    return where(isnan(worst), worst, found)


def met(below: Any, above: Any, weight: Any, method: str) -> Any:
    """What stands ``weight`` of the way from one entry to the next."""
    if method == "lower":
        return below
    if method == "higher":
        return above
    if method == "midpoint":
        return where(weight > 0, (below + above) / 2, below)
    return where(weight > 0, below + (above - below) * weight, below)


def _shaped(found: Any, dims: Any, axes: tuple[int, ...], keepdims: bool, listed: bool) -> Any:
    """What was found for each share, its last axis, where the reduced axes say and ``q`` asks."""
    *rest, count = dims_of(found)
    kept = [1 if axis in axes else size for axis, size in enumerate(dims)] if keepdims else rest
    if not listed:
        return reshape_to(found, tuple(kept))
    front = transpose_axes(found, (len(rest), *range(len(rest))))
    return reshape_to(front, (count, *kept))


quantile.sample(_X, q=0.3, axis=1)
quantile.sample(_X, q=(0.0, 0.25, 1.0), axis=0)
quantile.sample(_CUBE, q=(0.1, 0.5), axis=(0, 2), keepdims=True)
quantile.sample(i32([3, 1, 2]), q=0.75)
for _method in METHODS:
    quantile.sample(_CUBE, q=0.4, axis=-1, method=_method)


@op(dtypes=floating)
def median(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The entry in the middle over ``axis``, or the mean of the two there.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Edges     nan if any entry is nan
    Cost      a sort along the axis
    Source    keras.ops.median, numpy.median

    >>> import kgraph as kg
    >>> kg.ops.median([[1, 5, 2], [7, 3, 7]], axis=1)
    array([2., 7.], dtype=float32)
    """
    return np.median(x, axis, keepdims=keepdims).astype(x.dtype)


@median.lower
def _half(x: Any, axis: Axis, keepdims: bool) -> Any:
    return quantile(x, 0.5, axis, "midpoint", keepdims)


median.sample(_X, axis=1)
median.sample(_X[:2])
median.sample(_CUBE, axis=(0, 1), keepdims=True)


@op(dtypes=floating)
def percentile(
    x: Array,
    q: Any,
    axis: Axis = None,
    method: Any = "linear",
    keepdims: bool = False,
) -> Array:
    """The number below which ``q`` percent of the entries over ``axis`` lie.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``); a sequence of
              percents becomes the first axis
    Dtypes    float; integers become ``floatx()``
    Edges     as of `quantile`
    Errors    ValueError for a share outside 0 .. 100 or another method
    Cost      a sort along the axis
    Source    keras.ops.percentile, numpy.percentile

    >>> import kgraph as kg
    >>> kg.ops.percentile([1.0, 2.0, 3.0, 4.0], 50)
    array(2.5, dtype=float32)
    """
    found = np.percentile(x, q, axis, method=method, keepdims=keepdims)
    return np.asarray(found).astype(x.dtype)


@percentile.lower
def _hundredth_quantile(x: Any, q: Any, axis: Axis, method: str, keepdims: bool) -> Any:
    return quantile(x, from_percents("percentile", q), axis, method, keepdims)


def from_percents(name: str, q: Any) -> Any:
    """Percents as shares of 1.

    >>> from_percents("percentile", [25, 100])
    [0.25, 1.0]
    """
    percents = np.asarray(q, np.float64)
    if not ((percents >= 0) & (percents <= 100)).all():
        raise KGraphValueError(f"{name}: percents are one or more numbers in 0 .. 100, got {q}")
    return (percents / 100).tolist()


percentile.sample(_X, q=30, axis=1)
percentile.sample(_CUBE, q=(0, 25, 100), axis=(0, 2), keepdims=True)
percentile.sample(i32([3, 1, 2]), q=75.5, method="nearest")
