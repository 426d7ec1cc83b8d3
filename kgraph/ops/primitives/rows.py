"""What is done to the items of each ragged row: their order, their running sums, their extremes.

The references work on all rows at once.  Running sums and products of one number an item have a
kernel; a plan calls the others as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, Op, op
from kgraph.ops.samples import f32, i8, i64
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import new_size
from kgraph.types.errors import KGraphTypeError

_INT64 = np.dtype("int64")
_SPLITS = i64([0, 2, 2, 5])
_ITEMS = f32([3, 1, np.nan, -2, np.nan])
_PAIRS = f32([[1, 2], [3, -4], [5, 5], [5, 6], [-1, 5]])


@op(dtypes=unchanged)
def counting(x: Array) -> Array:
    """0, 1, 2, … one number for each entry of ``x``; nothing of x is read.

    Shapes    (N, ...) -> (N,) int64
    """
    return np.arange(len(x), dtype=np.int64)


@counting.infer
def _counting_type(x: ArrayType) -> ArrayType:
    return ArrayType(_INT64, x.dims[:1])


counting.sample(f32([[1, 2], [3, 4], [5, 6]]))


@op(dtypes=unchanged)
def whole_row(x: Array) -> Array:
    """The bounds of one row that holds all entries of ``x``; nothing of x is read.

    Shapes    (N, ...) -> (2,) int64
    """
    return np.array([0, len(x)], np.int64)


@whole_row.infer
def _whole_type(x: ArrayType) -> ArrayType:
    return ArrayType(_INT64, (2,))


whole_row.sample(f32([[1, 2], [3, 4], [5, 6]]))


@op(dtypes=unchanged)
def spans_like(starts: Array, lengths: Array, items: Array) -> Array:
    """As ``spans``, where the lengths add up to the number of ``items``; these are not read.

    Shapes    (N,), (N,), (T, ...) -> (T,) int64
    """
    ends = np.cumsum(lengths, dtype=np.int64)
    return np.arange(len(items)) + np.repeat(starts - (ends - lengths), lengths)


@spans_like.infer
def _spans_type(starts: ArrayType, lengths: ArrayType, items: ArrayType) -> ArrayType:
    if starts.dtype.kind not in "iu" or lengths.dtype.kind not in "iu":
        raise KGraphTypeError(f"spans are integers, got {starts}, {lengths}")
    return ArrayType(_INT64, items.dims[:1])


spans_like.sample(i64([5, 0, 9]), i64([2, 0, 3]), _PAIRS)


# -- where the extreme items are -------------------------------------------------------------------


def _keep_rows(made: Op, dtype: np.dtype[Any] | None = None) -> None:
    @made.infer
    def one_per_row(values: ArrayType, row_splits: ArrayType) -> ArrayType:
        dims = (row_splits.dims[0] - 1, *values.dims[1:])
        return ArrayType(dtype or values.dtype, dims)

    made.sample(_ITEMS, _SPLITS)
    made.sample(_PAIRS, _SPLITS)
    made.sample(i8([3, 3, -5]), i64([0, 0, 3]))


@op(dtypes=unchanged)
def segment_argmax(values: Array, row_splits: Array) -> Array:
    """Position in its row of each row's greatest item, the first of equals; NaN wins; -1 for none.

    Shapes    (T, ...), (B + 1,) -> (B, ...) int64
    """
    return _first_best(values, row_splits, np.maximum)


@op(dtypes=unchanged)
def segment_argmin(values: Array, row_splits: Array) -> Array:
    """Position in its row of each row's least item, the first of equals; NaN wins; -1 for none.

    Shapes    (T, ...), (B + 1,) -> (B, ...) int64
    """
    return _first_best(values, row_splits, np.minimum)


def _first_best(values: np.ndarray, row_splits: np.ndarray, meet: np.ufunc) -> np.ndarray:
    lengths = np.diff(row_splits)
    filled = lengths > 0
    found = np.full((len(lengths), *values.shape[1:]), -1, np.int64)
    if not filled.any():
        return found
    starts, lengths = row_splits[:-1][filled], lengths[filled]
    best = np.repeat(meet.reduceat(values, starts, 0), lengths, 0)
    places = np.arange(len(values)) - np.repeat(starts, lengths)
    places = np.broadcast_to(places.reshape(-1, *(1,) * (values.ndim - 1)), values.shape)
    missed = (values != best) & (values == values)  # NaN is the best if there is one
    found[filled] = np.minimum.reduceat(np.where(missed, len(values), places), starts, 0)
    return found


_keep_rows(segment_argmax, _INT64)
_keep_rows(segment_argmin, _INT64)


# -- order and running totals ----------------------------------------------------------------------


def _keep_items(made: Op, dtype: np.dtype[Any] | None = None) -> None:
    @made.infer
    def same_items(values: ArrayType, row_splits: ArrayType) -> ArrayType:
        return values if dtype is None else values.with_dtype(dtype)

    made.sample(_ITEMS, _SPLITS)
    made.sample(_PAIRS, _SPLITS)
    made.sample(i8([3, 3, -5, 100, 100]), i64([0, 0, 3, 5]))
    made.sample(np.zeros((0, 2), np.float32), i64([0, 0]))


@op(dtypes=unchanged)
def segment_argsort(values: Array, row_splits: Array) -> Array:
    """Positions in its row that put each row's items in rising order; equals keep theirs; NaN last.

    Shapes    (T, ...), (B + 1,) -> (T, ...) int64
    """
    starts = np.repeat(row_splits[:-1], np.diff(row_splits))
    return _order(values, row_splits) - starts.reshape(-1, *(1,) * (values.ndim - 1))


@op(dtypes=unchanged)
def segment_sort(values: Array, row_splits: Array) -> Array:
    """Each row's items in rising order; NaN last.

    Shapes    (T, ...), (B + 1,) -> (T, ...)
    """
    return np.take_along_axis(values, _order(values, row_splits), 0)


def _order(values: np.ndarray, row_splits: np.ndarray) -> np.ndarray:
    rows = np.repeat(np.arange(len(row_splits) - 1), np.diff(row_splits))
    rows = np.broadcast_to(rows.reshape(-1, *(1,) * (values.ndim - 1)), values.shape)
    return np.lexsort((values, rows), 0)


_keep_items(segment_argsort, _INT64)
_keep_items(segment_sort)


@op(dtypes=unchanged)
def segment_cumsum(values: Array, row_splits: Array) -> Array:
    """Sum of the items of its row up to each item, added from the front.

    Shapes    (T, ...), (B + 1,) -> (T, ...)
    """
    return _scanned(values, row_splits, np.add.accumulate)


@op(dtypes=unchanged)
def segment_cumprod(values: Array, row_splits: Array) -> Array:
    """Product of the items of its row up to each item, multiplied from the front.

    Shapes    (T, ...), (B + 1,) -> (T, ...)
    """
    return _scanned(values, row_splits, np.multiply.accumulate)


@op(dtypes=unchanged)
def segment_cummax(values: Array, row_splits: Array) -> Array:
    """Greatest item of its row up to each item; NaN from the first NaN on.

    Shapes    (T, ...), (B + 1,) -> (T, ...)
    """
    return _scanned(values, row_splits, np.maximum.accumulate)


@op(dtypes=unchanged)
def segment_cummin(values: Array, row_splits: Array) -> Array:
    """Least item of its row up to each item; NaN from the first NaN on.

    Shapes    (T, ...), (B + 1,) -> (T, ...)
    """
    return _scanned(values, row_splits, np.minimum.accumulate)


def _scanned(
    values: np.ndarray, row_splits: np.ndarray, accumulate: Callable[..., Any]
) -> np.ndarray:
    # One running total over all items, less what stood before each row, would round otherwise and
    # carry an inf or NaN into the rows behind it.
    out = np.empty_like(values)
    for places, inside in _rows_of_like_length(row_splits):
        total = accumulate(values[places], axis=1, dtype=values.dtype)
        out[places[inside]] = total[inside]
    return out


def _rows_of_like_length(row_splits: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Positions of the items of rows as rectangles, and which of them lie inside their row.

    The rows of a rectangle are longer than half its width, so that at most as much is filled up
    as there is.
    """
    lengths = np.diff(row_splits)
    _, width_of = np.frexp(np.maximum(lengths - 1, 0))  # least k with length <= 2**k
    for exponent in np.unique(width_of[lengths > 0]):
        rows = np.flatnonzero((width_of == exponent) & (lengths > 0))
        columns = np.arange(lengths[rows].max())
        inside = columns < lengths[rows, None]
        yield np.where(inside, row_splits[rows, None] + columns, row_splits[rows, None]), inside


for _op in (segment_cumsum, segment_cumprod, segment_cummax, segment_cummin):
    _keep_items(_op)


# -- columns ---------------------------------------------------------------------------------------
#
# The j-th items of the inner rows within one outer row are a column of it.  Rows that end before
# are not in it, so that columns, too, have different lengths.


@op(dtypes=unchanged)
def column_order(outer_splits: Array, inner_splits: Array, items: Array) -> Array:
    """Positions of the items, outer row by outer row, column by column; ``items`` are not read.

    Shapes    (A + 1,), (B + 1,), (T, ...) -> (T,) int64
    """
    return np.argsort(_columns(outer_splits, inner_splits)[0], kind="stable")


@column_order.infer
def _order_type(outer: ArrayType, inner: ArrayType, items: ArrayType) -> ArrayType:
    return ArrayType(_INT64, items.dims[:1])


@op(dtypes=unchanged)
def column_lengths(outer_splits: Array, inner_splits: Array) -> Array:
    """How many items each column has, outer row by outer row.

    Shapes    (A + 1,), (B + 1,) -> (number of columns,) int64
    """
    columns, total = _columns(outer_splits, inner_splits)
    return np.bincount(columns, minlength=total).astype(np.int64)


@column_lengths.infer
def _lengths_type(outer: ArrayType, inner: ArrayType) -> ArrayType:
    return ArrayType(_INT64, (new_size("n"),))


def _columns(outer_splits: np.ndarray, inner_splits: np.ndarray) -> tuple[np.ndarray, int]:
    """The number of the column that each item lies in, and how many columns there are."""
    lengths, widths = np.diff(inner_splits), np.zeros(len(outer_splits) - 1, np.int64)
    filled = np.diff(outer_splits) > 0
    if filled.any():
        widths[filled] = np.maximum.reduceat(lengths, outer_splits[:-1][filled])
    ends = np.cumsum(widths)
    first = np.repeat(ends - widths, np.diff(outer_splits))
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(inner_splits[-1]) + np.repeat(first - inner_splits[:-1], lengths), total


column_order.sample(i64([0, 2, 2, 3]), _SPLITS, _ITEMS)
column_lengths.sample(i64([0, 2, 2, 3]), _SPLITS)
