"""What numbers say when nan is passed over: positions, running totals, order statistics."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.axes import Axis
from kgraph.ops.casting import cast
from kgraph.ops.cumulative import cumprod, cumsum
from kgraph.ops.dtype_rules import arithmetic, floating, unchanged
from kgraph.ops.logic import isnan, logical_not
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import type_of
from kgraph.ops.picking import take_along_axis
from kgraph.ops.position import argmax, argmin
from kgraph.ops.quantiles import METHODS, from_percents, met, of_sorted_lines
from kgraph.ops.reduction import all, sum
from kgraph.ops.rounding import ceil, floor, round
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import maximum, where
from kgraph.types.dtypes import DType, float64, int64

_X = f32([[1, 4, np.nan, -16], [np.nan, np.nan, np.nan, np.nan], [0, np.nan, 1, 2]])
_CUBE = np.where(np.arange(24) % 5, np.arange(24) * 7 % 13, np.nan).reshape(2, 3, 4)
_WHOLE = i32([[3, -4, 0], [1, 2, 2]])


# -- positions -------------------------------------------------------------------------------------


@op(dtypes=unchanged)
def nanargmax(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """Position of the greatest number along ``axis``; the first one of equals.

    Shapes    ``axis`` disappears, or stays with size 1 (``keepdims``); None flattens x first
    Dtypes    all; the result is int32
    Edges     -1 where all are nan
    Errors    ValueError over no elements of a dense value
    Source    keras.ops.nanargmax, numpy.nanargmax

    >>> import kgraph as kg
    >>> kg.ops.nanargmax([float("nan"), 5.0, 2.0])
    array(1, dtype=int32)
    """
    return _position(x, np.argmax, -np.inf, axis, keepdims)


@op(dtypes=unchanged)
def nanargmin(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """Position of the least number along ``axis``; the first one of equals.

    Shapes    ``axis`` disappears, or stays with size 1 (``keepdims``); None flattens x first
    Dtypes    all; the result is int32
    Edges     -1 where all are nan
    Errors    ValueError over no elements of a dense value
    Source    keras.ops.nanargmin, numpy.nanargmin

    >>> import kgraph as kg
    >>> kg.ops.nanargmin([float("nan"), 5.0, 2.0])
    array(2, dtype=int32)
    """
    return _position(x, np.argmin, np.inf, axis, keepdims)


def _position(
    x: np.ndarray, find: Callable[..., Any], worst: float, axis: int | None, keepdims: bool
) -> np.ndarray:
    missing = np.isnan(x)
    found = find(np.where(missing, worst, x), axis, keepdims=keepdims)
    return np.where(np.all(missing, axis, keepdims=keepdims), -1, found).astype(np.int32)


def _finds_number(made: Op, find: Op, worst: float) -> None:
    @made.lower
    @made.ragged
    def among_numbers(x: Any, axis: int | None, keepdims: bool) -> Any:
        if x.dtype.kind != "f":
            return find(x, axis, keepdims)
        found = find(where(isnan(x), worst, x), axis, keepdims)
        return where(all(isnan(x), axis, keepdims), np.int32(-1), found)

    made.sample(_X)
    made.sample(_X, axis=-1)
    made.sample(_CUBE, axis=1, keepdims=True)
    made.sample(_X, keepdims=True)
    made.sample(_WHOLE, axis=0)


_finds_number(nanargmax, argmax, -math.inf)
_finds_number(nanargmin, argmin, math.inf)


# -- running totals --------------------------------------------------------------------------------


@op(dtypes=arithmetic)
def nancumsum(x: Array, axis: int | None = None, dtype: DType | None = None) -> Array:
    """Sum of all numbers up to each one along ``axis``, in which nan counts as 0.

    Shapes    the result has the shape of x; None flattens x first
    Dtypes    all; the result has ``dtype``, or that of x, bools count as int32
    Source    keras.ops.nancumsum, numpy.nancumsum

    >>> import kgraph as kg
    >>> kg.ops.nancumsum([1.0, float("nan"), 3.0])
    array([1., 1., 4.], dtype=float32)
    """
    return np.nancumsum(x, axis, dtype=dtype or x.dtype)


@op(dtypes=arithmetic)
def nancumprod(x: Array, axis: int | None = None, dtype: DType | None = None) -> Array:
    """Product of all numbers up to each one along ``axis``, in which nan counts as 1.

    Shapes    the result has the shape of x; None flattens x first
    Dtypes    all; the result has ``dtype``, or that of x, bools count as int32
    Source    keras.ops.nancumprod, numpy.nancumprod

    >>> import kgraph as kg
    >>> kg.ops.nancumprod([2.0, float("nan"), 3.0])
    array([2., 2., 6.], dtype=float32)
    """
    return np.nancumprod(x, axis, dtype=dtype or x.dtype)


def _scans_numbers(made: Op, scan: Op, neutral: float) -> None:
    @made.lower
    @made.ragged
    def scan_numbers(x: Any, axis: int | None, dtype: DType | None) -> Any:
        filled = where(isnan(x), neutral, x) if x.dtype.kind == "f" else x
        return scan(filled, axis, dtype)

    made.sample(_X)
    made.sample(_X, axis=-1)
    made.sample(_WHOLE, axis=0, dtype="float64")
    made.sample(_WHOLE > 0, axis=1)


_scans_numbers(nancumsum, cumsum, 0.0)
_scans_numbers(nancumprod, cumprod, 1.0)


# -- order statistics ------------------------------------------------------------------------------


@op(dtypes=floating)
def nanquantile(
    x: Array,
    q: Any,
    axis: Axis = None,
    method: Any = "linear",
    keepdims: bool = False,
) -> Array:
    """The number below which a share ``q`` of the numbers over ``axis`` lies, nan passed over.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``); a sequence of
              shares becomes the first axis
    Dtypes    float; integers become ``floatx()``
    Edges     nan where all are nan; ``method`` as of `quantile`
    Errors    ValueError for a share outside 0 .. 1 or another method
    Cost      a sort along the axis
    Source    keras.ops.nanquantile, numpy.nanquantile

    >>> import kgraph as kg
    >>> kg.ops.nanquantile([1.0, float("nan"), 3.0], 0.5)
    array(2., dtype=float32)
    """
    find = np.nanquantile if x.size else np.quantile  # the first drops the axis of q then
    return _quiet(find, x, q, axis, method=method, keepdims=keepdims)


def _quiet(find: Callable[..., Any], x: np.ndarray, *args: Any, **keywords: Any) -> np.ndarray:
    """What NumPy finds, without its warning where all are nan."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(find(x, *args, **keywords)).astype(x.dtype)


@nanquantile.lower
def _between_sorted_numbers(x: Any, q: Any, axis: Axis, method: str, keepdims: bool) -> Any:
    return of_sorted_lines(nanquantile, _pick_among_numbers, x, q, axis, method, keepdims)


def _pick_among_numbers(lines: Any, shares: np.ndarray, method: str) -> Any:
    """The entries of sorted lines at ``shares`` of what comes before nan, as the last axis."""
    count = sum(cast(logical_not(isnan(lines)), int64), -1, True)
    places = cast(maximum(count - 1, 0), float64) * shares
    if method == "nearest":
        places = round(places)
    low, high = floor(places), ceil(places)
    below = take_along_axis(lines, cast(low, int64), -1)
    above = take_along_axis(lines, cast(high, int64), -1)
    return met(below, above, cast(places - low, type_of(lines).dtype), method)


nanquantile.sample(_X, q=0.3, axis=1)
nanquantile.sample(_X, q=(0.0, 0.25, 1.0), axis=0)
nanquantile.sample(_CUBE, q=(0.1, 0.5), axis=(0, 2), keepdims=True)
nanquantile.sample(_X[:, :0], q=(0.25, 0.5), axis=0)
nanquantile.sample(i32([3, 1, 2]), q=0.75)
for _method in METHODS:
    nanquantile.sample(_CUBE, q=0.4, axis=-1, method=_method)


@op(dtypes=floating)
def nanpercentile(
    x: Array,
    q: Any,
    axis: Axis = None,
    method: Any = "linear",
    keepdims: bool = False,
) -> Array:
    """The number below which ``q`` percent of the numbers over ``axis`` lie, nan passed over.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``); a sequence of
              percents becomes the first axis
    Dtypes    float; integers become ``floatx()``
    Edges     nan where all are nan; ``method`` as of `quantile`
    Errors    ValueError for a share outside 0 .. 100 or another method
    Cost      a sort along the axis
    Source    keras.ops.nanpercentile, numpy.nanpercentile

    >>> import kgraph as kg
    >>> kg.ops.nanpercentile([1.0, float("nan"), 3.0], 50)
    array(2., dtype=float32)
    """
    find = np.nanpercentile if x.size else np.percentile  # as in `nanquantile`
    return _quiet(find, x, q, axis, method=method, keepdims=keepdims)


@nanpercentile.lower
def _hundredth_quantile(x: Any, q: Any, axis: Axis, method: str, keepdims: bool) -> Any:
    return nanquantile(x, from_percents("nanpercentile", q), axis, method, keepdims)


nanpercentile.sample(_X, q=30, axis=1)
nanpercentile.sample(_CUBE, q=(0, 25, 100), axis=(0, 2), keepdims=True)


@op(dtypes=floating)
def nanmedian(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The number in the middle over ``axis``, or the mean of the two there, nan passed over.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Edges     nan where all are nan
    Cost      a sort along the axis
    Source    keras.ops.nanmedian, numpy.nanmedian

    >>> import kgraph as kg
    >>> kg.ops.nanmedian([[1.0, 5.0, float("nan")], [7.0, 3.0, 7.0]], axis=1)
    array([3., 7.], dtype=float32)
    """
    return _quiet(np.nanmedian, x, axis, keepdims=keepdims)


@nanmedian.lower
def _half(x: Any, axis: Axis, keepdims: bool) -> Any:
    return nanquantile(x, 0.5, axis, "midpoint", keepdims)


nanmedian.sample(_X, axis=1)
nanmedian.sample(_X)
nanmedian.sample(_CUBE, axis=(0, 1), keepdims=True)
