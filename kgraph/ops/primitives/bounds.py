"""Rows with bounds over flat arrays: what ragged and sparse values are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import Keys, unchanged
from kgraph.ops.op import Array, Arrays, Op, op
from kgraph.ops.primitives.reduce import highest, lowest
from kgraph.ops.samples import f32, i32, i64
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dim, Size
from kgraph.types.dtypes import DType, promote
from kgraph.types.errors import KGraphTypeError, ShapeError


def _segment(define: Callable[..., Any]) -> Op:
    made = op(dtypes=unchanged)(define)

    @made.infer
    def infer(values: ArrayType, row_splits: ArrayType) -> ArrayType:
        return values.with_dims((row_splits.dims[0] - 1, *values.dims[1:]))

    values = f32([[1, 2], [3, 4], [5, -6]])
    made.sample(values, i64([0, 2, 2, 3]))
    return made


def _by_row(values: Any, splits: Any, reduce: Callable[[Any], Any]) -> Any:
    out = np.empty((len(splits) - 1, *values.shape[1:]), values.dtype)
    for row in range(len(out)):
        out[row] = reduce(values[splits[row] : splits[row + 1]])
    return out


@_segment
def segment_sum(values: Array, row_splits: Array) -> Array:
    """Sum of each row's items; zeros for a row without items.

    Shapes    (T, ...), (B + 1,) -> (B, ...)
    """
    return _by_row(values, row_splits, lambda row: row.sum(0, dtype=values.dtype))


@_segment
def segment_prod(values: Array, row_splits: Array) -> Array:
    """Product of each row's items; ones for a row without items."""
    return _by_row(values, row_splits, lambda row: row.prod(0, dtype=values.dtype))


@_segment
def segment_max(values: Array, row_splits: Array) -> Array:
    """Greatest item of each row; the lowest value of the dtype for a row without items."""
    low = lowest(values.dtype)
    return _by_row(values, row_splits, lambda row: row.max(0, initial=low))


@_segment
def segment_min(values: Array, row_splits: Array) -> Array:
    """Least item of each row; the highest value of the dtype for a row without items."""
    high = highest(values.dtype)
    return _by_row(values, row_splits, lambda row: row.min(0, initial=high))


@_segment
def segment_mean(values: Array, row_splits: Array) -> Array:
    """Mean of each row's items; zeros for a row without items.  Floats only."""
    return _by_row(
        values,
        row_splits,
        lambda row: row.sum(0, dtype=row.dtype) / row.dtype.type(max(len(row), 1)),
    )


@op(dtypes=unchanged)
def row_ids(row_splits: Array, values: Array) -> Array:
    """The row in which each item of ``values`` lies.

    Shapes    (B + 1,), (T, ...) -> (T,) int64
    """
    return np.repeat(np.arange(len(row_splits) - 1), np.diff(row_splits))


@row_ids.infer
def _row_ids_type(row_splits: ArrayType, values: ArrayType) -> ArrayType:
    return ArrayType(np.dtype("int64"), values.dims[:1])


row_ids.sample(i64([0, 2, 2, 3]), f32([1, 2, 3]))


@op(dtypes=unchanged)
def repeat_rows(values: Array, row_splits: Array, total: Size) -> Array:
    """Row i of ``values`` once for each item of row i: the inverse of reducing a row to one value.

    ``total`` is the number of items, ``row_splits[-1]``.

    Shapes    (B, ...), (B + 1,) -> (total, ...)
    """
    return np.repeat(values, np.diff(row_splits), axis=0)


@repeat_rows.infer
def _repeat_rows_type(values: ArrayType, row_splits: ArrayType, total: Size) -> ArrayType:
    return values.with_dims((total, *values.dims[1:]))


repeat_rows.sample(f32([[1, 2], [3, 4], [5, -6]]), i64([0, 2, 2, 3]), total=3)


@op(dtypes=unchanged)
def match_rows(xs: Arrays) -> Array:
    """The first array, proved to have the row bounds of the second.

    ``xs`` are the flat values of two ragged values, then the row splits of the one, level by level,
    then those of the other.

    Shapes    (T, ...), (S, ...), (B + 1,) … -> (S, ...)
    Errors    ValueError if rows differ in length
    """
    values, _, *splits = xs
    half = len(splits) // 2
    for own, other in zip(splits[:half], splits[half:], strict=True):
        if not np.array_equal(own, other):
            raise ShapeError("the ragged operands have rows of different lengths")
    return np.array(values)


@match_rows.infer
def _match_rows_type(values: ArrayType, model: ArrayType, *splits: ArrayType) -> ArrayType:
    return values.with_dims((model.dims[0], *values.dims[1:]))


_splits = i64([0, 2, 2, 3])
match_rows.sample([f32([1, 2, 3]), f32([[1], [2], [3]]), _splits, _splits.copy()])


def longest_row(type: ArrayType) -> Size:
    """The symbol for the longest row of flat values of this type."""
    size = type.dims[0]
    name = size.as_symbol() if isinstance(size, Dim) else None
    if name is None:
        raise ShapeError("the longest row of a computed ragged value is not known; give `shape`")
    return Dim.symbol("longest_" + name)


@op(dtypes=unchanged)
def ragged_to_dense(values: Array, row_splits: Array, default_value: Array, length: Size) -> Array:
    """Rows cut or filled up with ``default_value`` to ``length`` items each.

    Shapes    (T, ...), (B + 1,), () -> (B, length, ...)
    """
    out = np.empty((len(row_splits) - 1, length, *values.shape[1:]), values.dtype)
    out[...] = default_value
    for row in range(len(out)):
        items = values[row_splits[row] : row_splits[row + 1]][:length]
        out[row, : len(items)] = items
    return out


@ragged_to_dense.infer
def _ragged_to_dense_type(
    values: ArrayType, row_splits: ArrayType, default_value: ArrayType, length: Size
) -> ArrayType:
    return values.with_dims((row_splits.dims[0] - 1, length, *values.dims[1:]))


ragged_to_dense.sample(f32([1, 2, 3]), i64([0, 2, 2, 3]), np.float32(9), length=2)


def _product_dtypes(keys: Keys) -> list[DType]:
    data, indices, indptr, table = unchanged(keys)
    meet = promote([data, table])
    return [meet, indices, indptr, meet]


@op(dtypes=_product_dtypes)
def csr_matmul(data: Array, indices: Array, indptr: Array, table: Array) -> Array:
    """Product of a CSR matrix and a dense one: each row adds up weighted rows of ``table``.

    Shapes    (nnz,), (nnz,), (B + 1,), (N, D) -> (B, D)
    """
    out = np.zeros((len(indptr) - 1, table.shape[1]), data.dtype)
    for row in range(len(out)):
        stored = slice(indptr[row], indptr[row + 1])
        out[row] = (data[stored, None] * table[indices[stored]]).sum(0, dtype=data.dtype)
    return out


@csr_matmul.infer
def _csr_matmul_type(
    data: ArrayType, indices: ArrayType, indptr: ArrayType, table: ArrayType
) -> ArrayType:
    if data.dtype.kind != "f":
        raise KGraphTypeError("a sparse product computes in floats; cast its operands")
    return ArrayType(data.dtype, (indptr.dims[0] - 1, table.dims[1]))


csr_matmul.sample(f32([1, 2, 3]), i32([0, 2, 2]), i32([0, 1, 1, 3]), np.ones((3, 4), np.float32))


@op(dtypes=unchanged)
def csr_to_dense(data: Array, indices: Array, indptr: Array, n_cols: Size) -> Array:
    """A CSR matrix with its zeros written out; duplicate entries are summed.

    Shapes    (nnz,), (nnz,), (B + 1,) -> (B, n_cols)
    """
    out = np.zeros((len(indptr) - 1, n_cols), data.dtype)
    rows = np.repeat(np.arange(len(out)), np.diff(indptr))
    np.add.at(out, (rows, indices), data)
    return out


@csr_to_dense.infer
def _csr_to_dense_type(
    data: ArrayType, indices: ArrayType, indptr: ArrayType, n_cols: Size
) -> ArrayType:
    return data.with_dims((indptr.dims[0] - 1, n_cols))


csr_to_dense.sample(f32([1, 2, 3]), i32([0, 2, 2]), i32([0, 1, 1, 3]), n_cols=3)
