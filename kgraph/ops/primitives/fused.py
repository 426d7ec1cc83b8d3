"""Products with what stands around them: ops that rewrite rules make, one kernel each."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import Keys, arithmetic, unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.primitives.bounds import csr_matmul, segment_sum
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.samples import f32, i32, i64
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Size
from kgraph.types.dtypes import DType, promote
from kgraph.types.errors import KGraphTypeError, ShapeError


@op(dtypes=arithmetic)
def dense(x: Array, w: Array, b: Array) -> Array:
    """``x @ w + b``: a matrix product with a bias for each column.

    Shapes    (..., M, K), (K, N), (N,) -> (..., M, N)
    Dtypes    float
    """
    return np.matmul(x, w) + b


@dense.infer
def _dense_type(x: ArrayType, w: ArrayType, b: ArrayType) -> ArrayType:
    if x.dtype.kind != "f":
        raise KGraphTypeError("a dense product computes in floats; cast its operands")
    if x.ndim < 2 or w.ndim != 2 or b.ndim != 1:
        raise ShapeError("expected matrices (..., M, K), a matrix (K, N) and a row (N,)")
    _require_equal("inner sizes", x.dims[-1], w.dims[0])
    _require_equal("numbers of columns", w.dims[1], b.dims[0])
    return x.with_dims((*x.dims[:-1], w.dims[1]))


def _require_equal(what: str, a: Size, b: Size) -> None:
    if isinstance(a, int) and isinstance(b, int) and a != b:
        raise ShapeError(f"the {what} differ, {a} and {b}")


dense.sample(f32([[1, 2, 3]]), f32([[1, 2], [0, -1], [2, 0]]), f32([0.5, -0.5]))
dense.sample(np.ones((2, 0, 3), np.float32), np.ones((3, 4), np.float32), np.ones(4, np.float32))


def _bag_dtypes(keys: Keys) -> list[DType]:
    table, ids, row_splits = unchanged(keys)
    whole = np.dtype("int64") if ids not in (np.dtype("int32"), np.dtype("int64")) else ids
    return [table, whole, row_splits]


@op(dtypes=_bag_dtypes)
def gather_sum(table: Array, ids: Array, row_splits: Array) -> Array:
    """For each ragged row of ``ids``, the sum of these rows of ``table``; zeros for an empty one.

    Shapes    (N, D), (T,), (B + 1,) -> (B, D)
    Dtypes    float ``table``, int32 or int64 ``ids``
    Errors    ValueError if a position lies outside 0 .. N - 1
    """
    return segment_sum.reference(gather_rows.reference(table, ids), row_splits)


@gather_sum.infer
def _gather_sum_type(table: ArrayType, ids: ArrayType, row_splits: ArrayType) -> ArrayType:
    if table.dtype.kind != "f" or ids.dtype.kind not in "iu":
        raise KGraphTypeError("expected a table of floats and integer positions")
    if table.ndim != 2 or ids.ndim != 1 or row_splits.ndim != 1:
        raise ShapeError("expected a table (N, D), positions (T,) and row splits (B + 1,)")
    return table.with_dims((row_splits.dims[0] - 1, table.dims[1]))


gather_sum.sample(f32([[1, 2], [3, 4], [5, -6]]), i64([2, 0, 0]), i64([0, 2, 2, 3]))


def _uniform_bag_dtypes(keys: Keys) -> list[DType]:
    table, ids = unchanged(keys)
    return _bag_dtypes([table, ids, ids])[:2]


@op(dtypes=_uniform_bag_dtypes)
def gather_sum_uniform(table: Array, ids: Array) -> Array:
    """For each row of ``ids``, all of one length, the sum of these rows of ``table``.

    Shapes    (N, D), (..., n) -> (..., D)
    Dtypes    float ``table``, int32 or int64 ``ids``
    Errors    ValueError if a position lies outside 0 .. N - 1
    """
    return gather_rows.reference(table, ids).sum(-2, dtype=table.dtype)


@gather_sum_uniform.infer
def _gather_sum_uniform_type(table: ArrayType, ids: ArrayType) -> ArrayType:
    if table.dtype.kind != "f" or ids.dtype.kind not in "iu":
        raise KGraphTypeError("expected a table of floats and integer positions")
    if table.ndim != 2 or ids.ndim < 1:
        raise ShapeError("expected a table (N, D) and positions (..., n)")
    return table.with_dims((*ids.dims[:-1], table.dims[1]))


gather_sum_uniform.sample(f32([[1, 2], [3, 4], [5, -6]]), i64([[2, 0, 0], [1, 1, 2]]))
gather_sum_uniform.sample(f32([[1, 2]]), np.zeros((3, 2, 0), np.int32))


def _csr_dense_dtypes(keys: Keys) -> list[DType]:
    data, indices, indptr, table, b = unchanged(keys)
    meet = promote([data, table, b])
    return [meet, indices, indptr, meet, meet]


@op(dtypes=_csr_dense_dtypes)
def csr_dense(data: Array, indices: Array, indptr: Array, table: Array, b: Array) -> Array:
    """Product of a CSR matrix and a dense one, with a bias for each column.

    Shapes    (nnz,), (nnz,), (B + 1,), (N, D), (D,) -> (B, D)
    Dtypes    float
    """
    return csr_matmul.reference(data, indices, indptr, table) + b


@csr_dense.infer
def _csr_dense_type(
    data: ArrayType, indices: ArrayType, indptr: ArrayType, table: ArrayType, b: ArrayType
) -> ArrayType:
    if data.dtype.kind != "f":
        raise KGraphTypeError("a sparse product computes in floats; cast its operands")
    if table.ndim != 2 or b.ndim != 1:
        raise ShapeError("expected a matrix (N, D) and a row (D,)")
    _require_equal("numbers of columns", table.dims[1], b.dims[0])
    return data.with_dims((indptr.dims[0] - 1, table.dims[1]))


csr_dense.sample(
    f32([1, 2, 3]),
    i32([0, 2, 2]),
    i32([0, 1, 1, 3]),
    np.ones((3, 4), np.float32),
    f32([0, 1, 2, 3]),
)
