"""What a sparse value is made of, and values put together from it: the ops behind ``kg.sparse``."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from kgraph.ops.arithmetic import divide, subtract
from kgraph.ops.axes import Axis, many_axes
from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.exponential import exp
from kgraph.ops.indexing import take_range
from kgraph.ops.joining import stack
from kgraph.ops.logic import logical_not
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.bounds import segment_max, segment_sum
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import true_positions
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.primitives.sparse import same_places, stored_at, union_keys
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import where
from kgraph.ops.sparse_linear import as_one_row
from kgraph.ops.sparse_pattern import (
    at_keys,
    from_keys,
    index_dtype,
    is_at_keys,
    keys_of,
    number,
    of_shape,
    only,
    row_lengths,
    rows_of,
    transposed,
)
from kgraph.types.csr import CSR
from kgraph.types.dtypes import int32, int64
from kgraph.types.errors import KGraphTypeError, ShapeError, message

_SAMPLE = CSR(f32([1, 2, -3]), i32([1, 0, 2]), i32([0, 1, 1, 3]), (3, 4))


def refuse_dense(op_name: str, x: Any) -> NoReturn:
    raise KGraphTypeError(
        message(
            f"{op_name}: takes a sparse value",
            received=str(type_of(x)),
            hint="kg.sparse.from_dense(x), or Input(..., sparse=True)",
        )
    )


def _sparse_only(made: Op) -> None:
    """A dense operand is an error that says so."""

    @made.lower
    def not_dense(x: Any, *others: Any, **attrs: Any) -> NoReturn:
        refuse_dense(made.name, x)


@op(dtypes=unchanged)
def indptr(x: Array) -> Array:
    """Where the entries of each row of a sparse value begin, and where those of the last one end.

    Shapes    sparse (B, N) -> (B + 1,)
    Dtypes    int32 or int64, as the indices
    Errors    TypeError if x is not sparse
    Source    scipy.sparse.csr_array.indptr

    >>> from kgraph.ops.sparse_parts import indptr
    >>> from scipy.sparse import csr_array
    >>> indptr(csr_array([[0, 5], [0, 0], [7, 0]]))
    array([0, 1, 1, 2], dtype=int32)
    """
    return x.indptr


@indptr.sparse
def _bounds(x: CSR) -> Any:
    return x.indptr


@op(dtypes=unchanged)
def nnz(x: Array) -> Array:
    """How many entries a sparse value stores, zeros among them.

    Shapes    sparse (B, N) -> ()
    Dtypes    int64
    Errors    TypeError if x is not sparse
    Source    scipy.sparse.csr_array.nnz

    >>> from kgraph.ops.sparse_parts import nnz
    >>> from scipy.sparse import csr_array
    >>> nnz(csr_array([[0, 5], [0, 0], [7, 0]]))
    array(2)
    """
    return np.int64(len(x.data))


@nnz.sparse
def _count_stored(x: CSR) -> Any:
    rows = x.dims[0]
    return cast(reshape_to(take_range(x.indptr, 0, rows, rows + 1), ()), int64)


@op(dtypes=unchanged)
def dense_shape(x: Array) -> Array:
    """The numbers of rows and of columns of a sparse value.

    Shapes    sparse (B, N) -> (2,)
    Dtypes    int64
    Errors    TypeError if x is not sparse
    Source    tf.SparseTensor.dense_shape

    >>> from kgraph.ops.sparse_parts import dense_shape
    >>> from scipy.sparse import csr_array
    >>> dense_shape(csr_array([[0, 5], [0, 0], [7, 0]]))
    array([3, 2])
    """
    return np.array(x.dims)


@dense_shape.sparse
def _both_sizes(x: CSR) -> Any:
    return stack([number(size, x.indices) for size in x.dims])


@op(dtypes=unchanged)
def sparse_with_values(x: Array, values: Array) -> Array:
    """Other values for the stored entries of a sparse value.

    Shapes    sparse (B, N), values (nnz,) -> sparse (B, N)
    Dtypes    the result has the dtype of the values
    Errors    TypeError if x is not sparse; ValueError for another number of values

    >>> from kgraph.ops.sparse_parts import sparse_with_values
    >>> from scipy.sparse import csr_array
    >>> sparse_with_values(csr_array([[0, 5], [7, 0]]), [1, 2]).toarray()
    array([[0, 1],
           [2, 0]], dtype=int32)
    """
    return x.with_data(values)


@sparse_with_values.sparse
def _other_data(x: CSR, values: Any) -> CSR:
    return x.with_data(_one_for_each("sparse_with_values", x, values))


def _one_for_each(op_name: str, x: CSR, values: Any) -> Any:
    """``values``, of which there is one for each stored entry: known, or proved with a batch."""
    wanted, found = dims_of(x.data), dims_of(values)
    known = all(isinstance(size, int) for size in (*wanted, *found))
    if len(found) != 1 or (known and found != wanted):
        raise ShapeError(
            message(
                f"{op_name}: there is one for each stored entry",
                received=str(type_of(values)),
                expected=f"({wanted[0]},), as {type_of(x)} has",
            )
        )
    return values if found == wanted else of_shape(values, wanted, x.indices)


@op(dtypes=unchanged)
def sparse_values_like(x: Array, model: Array) -> Array:
    """The stored entries of a sparse value, which are at the places of those of another.

    Shapes    sparse (B, N), sparse (B, N) -> (nnz,)
    Dtypes    all; the result has the dtype of x
    Errors    ValueError if an entry has another place

    >>> from kgraph.ops.sparse_parts import sparse_values_like
    >>> from scipy.sparse import csr_array
    >>> sparse_values_like(csr_array([[0, 5], [7, 0]]), csr_array([[0, 1], [1, 0]]))
    array([5, 7])
    """
    return x.data


@sparse_values_like.sparse
def _proved_values(x: Any, model: Any) -> Any:
    return same_places(x.data, x.indices, x.indptr, model.indices, model.indptr)


@op(dtypes=unchanged)
def sparse_from_dense(x: Array) -> Array:
    """A sparse value that stores what is not zero in a matrix; a sparse value as it is.

    Shapes    (B, N) -> sparse (B, N)
    Dtypes    all; the result has the dtype of x
    Edges     nan is stored, zeros of either sign are not
    Errors    ValueError if x is no matrix

    >>> from kgraph.ops.sparse_parts import sparse_from_dense
    >>> sparse_from_dense([[0.0, 5.0]]).nnz
    1
    """
    return x


@sparse_from_dense.lower
def _store_nonzeros(x: Any) -> CSR:
    dims = dims_of(x)
    if len(dims) != 2:
        raise ShapeError(message("from_dense: x is no matrix", received=str(type_of(x))))
    flat = reshape_to(x, (dims[0] * dims[1],))
    keys = true_positions(flat != 0)
    return from_keys(keys, gather_rows(flat, keys), dims, int32)


@sparse_from_dense.sparse
def _as_it_is(x: CSR) -> CSR:
    return x


@op(dtypes=unchanged)
def sparse_retain(x: Array, to_retain: Array) -> Array:
    """The stored entries of a sparse value for which a truth value is true.

    Shapes    sparse (B, N), (nnz,) -> sparse (B, N)
    Dtypes    x: all; to_retain: bool
    Errors    TypeError if x is not sparse or to_retain not bool; ValueError for another length

    >>> from kgraph.ops.sparse_parts import sparse_retain
    >>> from scipy.sparse import csr_array
    >>> sparse_retain(csr_array([[0, 5], [7, 0]]), [True, False]).toarray()
    array([[0, 5],
           [0, 0]])
    """
    return x


@sparse_retain.sparse
def _keep_true(x: CSR, to_retain: Any) -> CSR:
    if type_of(to_retain).dtype.kind != "b":
        raise KGraphTypeError(
            message("retain: takes truth values", received=str(type_of(to_retain)))
        )
    return only(x, _one_for_each("retain", x, to_retain))


@op(dtypes=unchanged)
def sparse_softmax(x: Array) -> Array:
    """Softmax of the stored entries of each row; what is not stored does not take part.

    Shapes    sparse (B, N) -> sparse (B, N)
    Dtypes    floats; the result has the dtype of x
    Edges     a stored zero counts, a row without entries stays so
    Errors    TypeError if x is not sparse, and for integers

    >>> from kgraph.ops.sparse_parts import sparse_softmax
    >>> from scipy.sparse import csr_array
    >>> sparse_softmax(csr_array([[0.0, 5.0], [7.0, 7.0]])).toarray()
    array([[0. , 1. ],
           [0.5, 0.5]])
    """
    return x


@sparse_softmax.sparse
def _softmax_of_rows(x: CSR) -> CSR:
    if type_of(x).dtype.kind != "f":
        raise KGraphTypeError(message("softmax: takes floats", received=str(type_of(x))))
    rows = rows_of(x)
    powers = exp(subtract(x.data, gather_rows(segment_max(x.data, x.indptr), rows)))
    return x.with_data(divide(powers, gather_rows(segment_sum(powers, x.indptr), rows)))


@op(dtypes=unchanged)
def sparse_reduce_max(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Greatest of the stored entries over ``axis``; 0 where none is stored.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; the result has the dtype of x
    Errors    TypeError if x is not sparse
    Source    tf.sparse.reduce_max

    >>> from kgraph.ops.sparse_parts import sparse_reduce_max
    >>> from scipy.sparse import csr_array
    >>> sparse_reduce_max(csr_array([[-7, 0], [4, 3], [0, 0]]), axis=1)
    array([-7,  4,  0])
    """
    return x


@sparse_reduce_max.sparse
def _max_of_stored(x: CSR, axis: Axis, keepdims: bool) -> Any:
    axes = many_axes("reduce_max", axis, 2)
    lines = x if axes == (1,) else transposed(x) if axes == (0,) else as_one_row(x)
    found = segment_max(lines.data, lines.indptr)
    found = where(row_lengths(lines) > 0, found, type_of(found).dtype.type(0))
    kept = tuple(1 if place in axes else size for place, size in enumerate(x.dims))
    left = tuple(size for place, size in enumerate(x.dims) if place not in axes)
    return reshape_to(found, kept if keepdims else left)


@op(dtypes=unchanged)
def sparse_empty_rows(x: Array) -> Array:
    """Which rows of a sparse value store nothing.

    Shapes    sparse (B, N) -> (B,)
    Dtypes    bool
    Errors    TypeError if x is not sparse

    >>> from kgraph.ops.sparse_parts import sparse_empty_rows
    >>> from scipy.sparse import csr_array
    >>> sparse_empty_rows(csr_array([[0, 5], [0, 0]]))
    array([False,  True])
    """
    return np.diff(x.indptr) == 0


@sparse_empty_rows.sparse
def _rows_without_entries(x: CSR) -> Any:
    return row_lengths(x) <= 0


@op(dtypes=unchanged)
def sparse_fill_empty_rows(x: Array, default_value: float) -> Array:
    """A sparse value with ``default_value`` in the first column of each row that stores nothing.

    Shapes    sparse (B, N) -> sparse (B, N)
    Dtypes    all; the result has the dtype of x
    Errors    TypeError if x is not sparse
    Source    tf.sparse.fill_empty_rows

    >>> from kgraph.ops.sparse_parts import sparse_fill_empty_rows
    >>> from scipy.sparse import csr_array
    >>> sparse_fill_empty_rows(csr_array([[0, 5], [0, 0]]), -1).toarray()
    array([[ 0,  5],
           [-1,  0]])
    """
    return x


@sparse_fill_empty_rows.sparse
def _fill_rows(x: CSR, default_value: float) -> CSR:
    firsts = true_positions(_rows_without_entries(x)) * number(x.dims[1], x.indices)
    keys = union_keys([keys_of(x), firsts])
    default = np.asarray(default_value).astype(type_of(x).dtype)
    data = where(is_at_keys(x, keys), at_keys(x, keys), default)
    return from_keys(keys, data, x.dims, index_dtype(x))


@op(dtypes=unchanged)
def sparse_mask(x: Array, mask_indices: Array) -> Array:
    """A sparse value without the entries of some rows.

    Shapes    sparse (B, N), (M,) -> sparse (B, N)
    Dtypes    x: all; mask_indices: integers
    Errors    TypeError if x is not sparse
    Source    tf.sparse.mask

    >>> from kgraph.ops.sparse_parts import sparse_mask
    >>> from scipy.sparse import csr_array
    >>> sparse_mask(csr_array([[0, 5], [7, 0]]), [1]).toarray()
    array([[0, 5],
           [0, 0]])
    """
    return x


@sparse_mask.sparse
def _without_rows(x: CSR, mask_indices: Any) -> CSR:
    if type_of(mask_indices).dtype.kind not in "iu" or type_of(mask_indices).ndim != 1:
        raise KGraphTypeError(
            message("mask: rows are a vector of integers", received=str(type_of(mask_indices)))
        )
    masked = union_keys([cast(mask_indices, int64)])
    return only(x, logical_not(stored_at(masked == masked, masked, rows_of(x))))


for _op in (indptr, nnz, dense_shape, sparse_softmax, sparse_reduce_max, sparse_empty_rows):
    _sparse_only(_op)
    _op.sample(_SAMPLE)
sparse_reduce_max.sample(_SAMPLE, axis=0, keepdims=True)
sparse_reduce_max.sample(_SAMPLE, axis=1)
for _op in (
    sparse_with_values, sparse_values_like, sparse_retain, sparse_mask, sparse_fill_empty_rows
):  # fmt: skip
    _sparse_only(_op)
sparse_from_dense.sample(_SAMPLE)
sparse_with_values.sample(_SAMPLE, i32([5, 6, 7]))
sparse_values_like.sample(_SAMPLE, _SAMPLE)
sparse_retain.sample(_SAMPLE, np.array([True, False, True]))
sparse_mask.sample(_SAMPLE, i32([2, 1, 2]))
sparse_fill_empty_rows.sample(_SAMPLE, default_value=9)
