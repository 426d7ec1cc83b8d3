"""Row bounds that a batch tells: every way to say where rows lie becomes checked row splits.

The references are those that build concrete ragged values.  They run before anything reads the
rows, so that bad bounds are an error and never a stray read.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.samples import f32, i32, i64
from kgraph.types import ragged_dense, row_partition
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Size, new_size
from kgraph.types.dtypes import int32, int64
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message

_GIVEN = {"row_splits": 0, "row_lengths": 1, "row_starts": 1, "row_limits": 1}
# how many more splits there are than bounds


@op(dtypes=unchanged)
def row_partition_of(bounds: Array, items: Array, encoding: str, nrows: int | None = None) -> Array:
    """The row splits of ``items`` whose ``bounds`` are told in one of the five ways of TensorFlow.

    Nothing of ``items`` is read but how many there are.

    Shapes    row_splits (B + 1,); row_lengths, row_starts, row_limits (B,); value_rowids (T,)
              ->  (B + 1,)
    Errors    ValueError for bounds that do not cut all items into rows, one after another
    """
    partition = getattr(row_partition, f"from_{encoding}")
    more = {"nrows": nrows} if encoding == "value_rowids" else {}
    return partition(bounds, total=len(items), **more)


@row_partition_of.infer
def _partition_type(
    bounds: ArrayType, items: ArrayType, encoding: str, nrows: int | None
) -> ArrayType:
    if bounds.dtype.kind not in "iu":
        raise KGraphTypeError(f"{encoding} must hold integers, got {bounds}")
    if bounds.ndim != 1:
        raise ShapeError(f"{encoding} must have rank 1, got {bounds}")
    if not items.dims:
        raise ShapeError("values must have rank 1 or more, got a scalar")
    dtype = int32 if bounds.dtype == int32 else int64
    if encoding in _GIVEN:
        return ArrayType(dtype, (bounds.dims[0] + _GIVEN[encoding],))
    rows: Size = new_size("rows") if nrows is None else nrows
    return ArrayType(dtype, (rows + 1,))


_ITEMS = f32([[1, 2], [3, 4], [5, 6]])
row_partition_of.sample(i64([0, 2, 2, 3]), _ITEMS, encoding="row_splits")
row_partition_of.sample(i32([2, 0, 1]), _ITEMS, encoding="row_lengths")
row_partition_of.sample(i32([0, 2, 2]), _ITEMS, encoding="row_starts")
row_partition_of.sample(i64([2, 2, 3]), _ITEMS, encoding="row_limits")
row_partition_of.sample(i64([0, 0, 2]), _ITEMS, encoding="value_rowids")
row_partition_of.sample(i64([0, 0, 2]), _ITEMS, encoding="value_rowids", nrows=5)


@op(dtypes=unchanged)
def uniform_partition(items: Array, length: int, nrows: int | None = None) -> Array:
    """The splits of rows that hold ``length`` of the ``items`` each.

    Shapes    (T, ...)  ->  (T // length + 1,) int64
    Errors    ValueError if that does not cut all items into whole rows
    """
    return row_partition.from_uniform_row_length(length, total=len(items), nrows=nrows)


@uniform_partition.infer
def _uniform_type(items: ArrayType, length: int, nrows: int | None) -> ArrayType:
    if not items.dims:
        raise ShapeError("values must have rank 1 or more, got a scalar")
    if isinstance(items.dims[0], int) or (length == 0 and nrows is None):
        total = items.dims[0] if isinstance(items.dims[0], int) else 0
        splits = row_partition.from_uniform_row_length(length, total, nrows)
        return ArrayType(int64, splits.shape)
    return ArrayType(int64, ((items.dims[0] // length if nrows is None else nrows) + 1,))


uniform_partition.sample(_ITEMS, length=1)
uniform_partition.sample(_ITEMS, length=3, nrows=1)
uniform_partition.sample(_ITEMS[:0], length=0, nrows=2)


# -- dense rows -----------------------------------------------------------------------------------


@op(dtypes=unchanged)
def bounds_of_rows(table: Array) -> Array:
    """The splits of the rows of a dense table, laid end to end; nothing of it is read.

    Shapes    (B, N, ...)  ->  (B + 1,) int64
    """
    return np.arange(len(table) + 1, dtype=np.int64) * table.shape[1]


@bounds_of_rows.infer
def _bounds_type(table: ArrayType) -> ArrayType:
    return ArrayType(int64, (table.dims[0] + 1,))


bounds_of_rows.sample(_ITEMS)


@op(dtypes=unchanged)
def lengths_in_rows(lengths: Array, table: Array) -> Array:
    """``lengths``, checked to lie within the rows of a dense table.

    Shapes    (B,), (B, N, ...)  ->  (B,)
    Errors    ValueError for a length below 0 or above N
    """
    return ragged_dense.cut_lengths(lengths, table)


@lengths_in_rows.infer
def _lengths_type(lengths: ArrayType, table: ArrayType) -> ArrayType:
    if lengths.dtype.kind not in "iu" or lengths.ndim != 1:
        raise KGraphTypeError(f"lengths are integers, one for each row, got {lengths}")
    dtype = int32 if lengths.dtype == int32 else int64
    return ArrayType(dtype, table.dims[:1])


lengths_in_rows.sample(i64([2, 0, 1]), _ITEMS)


@op(dtypes=unchanged)
def lengths_without(table: Array, padding: object) -> Array:
    """The lengths of the rows of a dense table without their trailing items equal to ``padding``.

    Shapes    (B, N, ...)  ->  (B,) int64
    """
    return ragged_dense.lengths_without(table, _as_given(padding))


def _as_given(padding: Any) -> Any:
    return np.asarray(padding) if isinstance(padding, tuple) else padding


@lengths_without.infer
def _lengths_without_type(table: ArrayType, padding: object) -> ArrayType:
    inner = tuple(size if isinstance(size, int) else 1 for size in table.dims[2:])
    ragged_dense.lengths_without(np.zeros((0, 0, *inner), table.dtype), _as_given(padding))
    return ArrayType(int64, table.dims[:1])


lengths_without.sample(_ITEMS, padding=4)


# -- sparse rows ----------------------------------------------------------------------------------


@op(dtypes=unchanged)
def left_aligned_rows(indices: Array, indptr: Array) -> Array:
    """``indptr``, when the columns of each row are 0, 1, 2, … in any order.

    Shapes    (nnz,), (B + 1,)  ->  (B + 1,)
    Errors    ValueError for a row with a gap
    """
    row_partition.require_left_aligned(indices[order_in_rows.reference(indices, indptr)], indptr)
    return indptr


@left_aligned_rows.infer
def _left_aligned_type(indices: ArrayType, indptr: ArrayType) -> ArrayType:
    return indptr


left_aligned_rows.sample(i32([1, 0, 0]), i32([0, 2, 2, 3]))


@op(dtypes=unchanged)
def order_in_rows(indices: Array, indptr: Array) -> Array:
    """The order in which the columns of each row of a sparse matrix rise.

    Shapes    (nnz,), (B + 1,)  ->  (nnz,) int64
    """
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    return np.lexsort((indices, rows))


@order_in_rows.infer
def _order_type(indices: ArrayType, indptr: ArrayType) -> ArrayType:
    return ArrayType(int64, indices.dims)


order_in_rows.sample(i32([1, 0, 0]), i32([0, 2, 2, 3]))


# -- sizes and dtypes of splits -------------------------------------------------------------------


@op(dtypes=unchanged)
def places_in_longest(row_splits: Array) -> Array:
    """0, 1, 2, … one number for each item of the longest row.

    Shapes    (B + 1,)  ->  (longest row,) int64
    """
    return np.arange(np.diff(row_splits).max(initial=0), dtype=np.int64)


@places_in_longest.infer
def _places_type(row_splits: ArrayType) -> ArrayType:
    return ArrayType(int64, (new_size("longest"),))


places_in_longest.sample(i64([0, 2, 2, 5]))
places_in_longest.sample(i64([0]))


@op(dtypes=unchanged)
def narrow_splits(row_splits: Array) -> Array:
    """Row splits as int32.

    Shapes    (B + 1,)  ->  (B + 1,) int32
    Errors    ValueError for splits that int32 cannot hold
    """
    if row_splits[-1] > np.iinfo(np.int32).max:
        raise KGraphValueError(
            message(
                "int32 cannot hold these row splits",
                received=f"row_splits that end at {row_splits[-1]}",
                hint="keep row_splits of int64",
            )
        )
    return row_splits.astype(np.int32)


@narrow_splits.infer
def _narrow_type(row_splits: ArrayType) -> ArrayType:
    return row_splits.with_dtype(int32)


narrow_splits.sample(i64([0, 2, 2, 5]))
