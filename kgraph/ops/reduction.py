"""Reductions: many elements in, one out.

On a ragged value the reduced axes are inner ones, or the innermost ragged one with its ragged
neighbours, or all; or others that lie together, over which the items at the same place of each row
are reduced.  A row without items gives what its sum, product, … starts from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.axes import Axis, many_axes
from kgraph.ops.casting import cast, in_dtype_of
from kgraph.ops.dtype_rules import accumulating, boolean, common, floating, unchanged
from kgraph.ops.exponential import sqrt, square
from kgraph.ops.logic import logical_not
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import dims_of
from kgraph.ops.primitives import bounds
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.reduce import (
    highest,
    lowest,
    reduce_all,
    reduce_any,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_sum,
)
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.ragged_axes import reduce_all_rows, reduce_ragged
from kgraph.ops.ragged_columns import is_columns
from kgraph.ops.samples import f32, i8
from kgraph.ops.selection import maximum, minimum
from kgraph.types.dtypes import int32

_X = f32([[1.5, -2, 3], [4, 5, -6]])
_CUBE = np.arange(-12, 12, dtype=np.float32).reshape(2, 3, 4)
_WHOLE = i8([[100, 100, 3], [0, -7, 1]])


def drop_axes(x: Any, axes: tuple[int, ...]) -> Any:
    """``x`` without ``axes``, which have size 1."""
    dims = dims_of(x)
    return reshape_to(x, tuple(size for axis, size in enumerate(dims) if axis not in axes))


def _reduces_with(made: Op, primitive: Op, segment: Callable[..., Any]) -> None:
    """Give ``made(x, axis, keepdims)`` its rules."""

    @made.lower
    def over_axes(x: Any, axis: Axis, keepdims: bool) -> Any:
        axes = many_axes(made.name, axis, x.ndim)
        kept = primitive(in_dtype_of(made, x), axes)
        return kept if keepdims else drop_axes(kept, axes)

    @made.ragged
    def over_rows(x: Any, axis: Axis, keepdims: bool) -> Any:
        return reduce_ragged(made, segment, x, axis, keepdims)


@op(dtypes=accumulating)
def sum(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Sum over ``axis``.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; bools and small integers become 32 bits wide
    Edges     0 over no elements, a ragged row without items included
    Source    keras.ops.sum, numpy.sum

    >>> import kgraph as kg
    >>> kg.ops.sum([[1, 2], [3, 4]], axis=1)
    array([3, 7], dtype=int32)
    """
    return np.sum(x, axis, dtype=x.dtype, keepdims=keepdims)


_reduces_with(sum, reduce_sum, bounds.segment_sum)
sum.sample(_X)
sum.sample(_WHOLE, axis=-1)
sum.sample(_CUBE, axis=(0, 2), keepdims=True)
sum.sample(np.zeros((3, 0), np.float32), axis=1)


@op(dtypes=accumulating)
def prod(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Product over ``axis``.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; bools and small integers become 32 bits wide
    Edges     1 over no elements, a ragged row without items included
    Source    keras.ops.prod, numpy.prod

    >>> import kgraph as kg
    >>> kg.ops.prod([[1, 2], [3, 4]], axis=1)
    array([ 2, 12], dtype=int32)
    """
    return np.prod(x, axis, dtype=x.dtype, keepdims=keepdims)


_reduces_with(prod, reduce_prod, bounds.segment_prod)
prod.sample(_X)
prod.sample(_WHOLE, axis=-1)
prod.sample(_CUBE, axis=(0, 2), keepdims=True)


@op(dtypes=floating)
def mean(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Mean over ``axis``.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Edges     nan over an axis of size 0, but 0 for a ragged row without items
    Source    keras.ops.mean, numpy.mean

    >>> import kgraph as kg
    >>> kg.ops.mean([[1, 2], [3, 4]], axis=1)
    array([1.5, 3.5], dtype=float32)
    """
    return np.sum(x, axis, keepdims=keepdims) / x.dtype.type(_count(x, axis))


def _count(x: np.ndarray, axis: Axis) -> int:
    sizes = [x.shape[place] for place in many_axes("mean", axis, x.ndim)]
    return int(np.prod(sizes, dtype=np.int64))


_reduces_with(mean, reduce_mean, bounds.segment_mean)
mean.sample(_X)
mean.sample(_WHOLE, axis=-1)
mean.sample(_CUBE, axis=(0, 2), keepdims=True)


@op(dtypes=floating)
def var(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Variance over ``axis``: the mean squared distance from the mean.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Edges     nan over an axis of size 0, but 0 for a ragged row without items
    Source    keras.ops.var, numpy.var

    >>> import kgraph as kg
    >>> kg.ops.var([[1, 2], [3, 5]], axis=1)
    array([0.25, 1.  ], dtype=float32)
    """
    return np.mean(np.square(x - np.mean(x, axis, keepdims=True)), axis, keepdims=keepdims)


@var.lower
def _mean_square_distance(x: Any, axis: Axis, keepdims: bool) -> Any:
    return mean(square(x - mean(x, axis, keepdims=True)), axis, keepdims)


@var.ragged
def _var_of_rows(x: Any, axis: Axis, keepdims: bool) -> Any:
    axes = many_axes("var", axis, x.type.ndim)
    if axes[: x.type.ragged_rank + 1] == tuple(range(x.type.ragged_rank + 1)):
        return reduce_all_rows(var, x, axes, keepdims)
    if is_columns(x, axes):
        return reduce_ragged(var, _segment_var, x, axis, keepdims)
    return mean(square(x - mean(x, axis, keepdims=True)), axis, keepdims)


def _segment_var(x: Any, row_splits: Any) -> Any:
    row = bounds.row_ids(row_splits, x)
    below = x - gather_rows(bounds.segment_mean(x, row_splits), row)
    return bounds.segment_mean(square(below), row_splits)


var.sample(_X)
var.sample(_WHOLE, axis=-1)
var.sample(_CUBE, axis=(0, 2), keepdims=True)


@op(dtypes=floating)
def std(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Standard deviation over ``axis``: the root of ``var``.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Edges     nan over an axis of size 0, but 0 for a ragged row without items
    Source    keras.ops.std, numpy.std

    >>> import kgraph as kg
    >>> kg.ops.std([[1, 2], [3, 5]], axis=1)
    array([0.5, 1. ], dtype=float32)
    """
    return np.sqrt(var.reference_function(x, axis, keepdims))


@std.lower
@std.ragged
def _root_of_variance(x: Any, axis: Axis, keepdims: bool) -> Any:
    return sqrt(var(x, axis, keepdims))


std.sample(_X)
std.sample(_WHOLE, axis=-1)
std.sample(_CUBE, axis=(0, 2), keepdims=True)


@op(dtypes=common)
def max(x: Array, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> Array:
    """Greatest element over ``axis``.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; the result has the dtype of x
    Edges     nan wins; ``initial``, else the lowest value of the dtype, over no elements
    Source    keras.ops.max, numpy.max

    >>> import kgraph as kg
    >>> kg.ops.max([[1, 2], [3, 4]], axis=1)
    array([2, 4], dtype=int32)
    """
    return np.max(
        x, axis, keepdims=keepdims, initial=lowest(x.dtype) if initial is None else initial
    )


@op(dtypes=common)
def min(x: Array, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> Array:
    """Least element over ``axis``.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; the result has the dtype of x
    Edges     nan wins; ``initial``, else the highest value of the dtype, over no elements
    Source    keras.ops.min, numpy.min

    >>> import kgraph as kg
    >>> kg.ops.min([[1, 2], [3, 4]], axis=1)
    array([1, 3], dtype=int32)
    """
    return np.min(
        x, axis, keepdims=keepdims, initial=highest(x.dtype) if initial is None else initial
    )


def _finds_extreme(made: Op, primitive: Op, segment: Op, meet: Op) -> None:
    """Give ``max`` and ``min`` their rules."""

    @made.lower
    def over_axes(x: Any, axis: Axis, keepdims: bool, initial: Any) -> Any:
        axes = many_axes(made.name, axis, x.ndim)
        kept = primitive(x, axes)
        found = kept if keepdims else drop_axes(kept, axes)
        return found if initial is None else cast(meet(found, initial), x.dtype)

    @made.ragged
    def over_rows(x: Any, axis: Axis, keepdims: bool, initial: Any) -> Any:
        found = reduce_ragged(made, segment, x, axis, keepdims)
        return found if initial is None else cast(meet(found, initial), x.dtype)

    made.sample(_X)
    made.sample(_WHOLE, axis=-1)
    made.sample(_CUBE, axis=(0, 2), keepdims=True)
    made.sample(_X, axis=0, initial=2)
    made.sample(f32([[1, np.nan], [-np.inf, 2]]), axis=1)


_finds_extreme(max, reduce_max, bounds.segment_max, maximum)
_finds_extreme(min, reduce_min, bounds.segment_min, minimum)


def _any_of_rows(x: Any, row_splits: Any) -> Any:
    return bounds.segment_sum(cast(x, int32), row_splits) > 0


def _all_of_rows(x: Any, row_splits: Any) -> Any:
    return bounds.segment_sum(cast(logical_not(x), int32), row_splits) <= 0


@op(dtypes=boolean)
def any(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Whether any element over ``axis`` is true.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all, taken as truth values; the result is bool
    Edges     False over no elements
    Source    keras.ops.any, numpy.any

    >>> import kgraph as kg
    >>> kg.ops.any([[0, 2], [0, 0]], axis=1)
    array([ True, False])
    """
    return np.any(x, axis, keepdims=keepdims)


_reduces_with(any, reduce_any, _any_of_rows)
any.sample(_X > 0)
any.sample(_WHOLE, axis=-1)
any.sample(_CUBE > 5, axis=(0, 2), keepdims=True)


@op(dtypes=boolean)
def all(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Whether all elements over ``axis`` are true.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all, taken as truth values; the result is bool
    Edges     True over no elements
    Source    keras.ops.all, numpy.all

    >>> import kgraph as kg
    >>> kg.ops.all([[0, 2], [1, 1]], axis=1)
    array([False,  True])
    """
    return np.all(x, axis, keepdims=keepdims)


_reduces_with(all, reduce_all, _all_of_rows)
all.sample(_X > 0)
all.sample(_WHOLE, axis=-1)
all.sample(_CUBE > 5, axis=(0, 2), keepdims=True)


@op(dtypes=unchanged)
def count_nonzero(x: Array, axis: Axis = None) -> Array:
    """How many elements over ``axis`` are not zero.

    Shapes    the reduced axes disappear
    Dtypes    all; the result is int32
    Edges     nan is not zero
    Source    keras.ops.count_nonzero, numpy.count_nonzero

    >>> import kgraph as kg
    >>> kg.ops.count_nonzero([[0, 2], [1, 1]], axis=1)
    array([1, 2], dtype=int32)
    """
    return np.asarray(np.count_nonzero(x, axis), np.int32)


@count_nonzero.lower
@count_nonzero.ragged
def _sum_of_ones(x: Any, axis: Axis) -> Any:
    return sum(x != 0, axis)


count_nonzero.sample(_WHOLE, axis=1)
count_nonzero.sample(_CUBE)

amax = max
amin = min
