"""The entries of sparse values: some of them, more of them, and along which they are reduced."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.arithmetic import divide, subtract
from kgraph.ops.axes import Axis, many_axes
from kgraph.ops.casting import cast
from kgraph.ops.densifying import to_dense
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.exponential import exp
from kgraph.ops.logic import logical_not
from kgraph.ops.op import Array, op
from kgraph.ops.operands import type_of
from kgraph.ops.primitives.bounds import segment_max, segment_sum
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import true_positions
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.primitives.sparse import stored_at, union_keys
from kgraph.ops.samples import i32
from kgraph.ops.selection import where
from kgraph.ops.sparse_axes import lines_along
from kgraph.ops.sparse_parts import CUBE, SAMPLE, one_for_each, sparse_only
from kgraph.ops.sparse_pattern import (
    at_keys,
    from_keys,
    index_dtype,
    is_at_keys,
    keys_of,
    number,
    only,
    row_lengths,
    rows_of,
)
from kgraph.types.csr import CSR
from kgraph.types.dtypes import int64
from kgraph.types.errors import KGraphTypeError, message


@op(dtypes=unchanged)
def sparse_retain(x: Array, to_retain: Array) -> Array:
    """The stored entries of a sparse value for which a truth value is true.

    Shapes    sparse (B, N), (nnz,) -> sparse (B, N)
    Dtypes    x: all; to_retain: bool
    Errors    TypeError if x is not sparse or to_retain not bool; ValueError for another length

    >>> from kgraph.ops.sparse_entries import sparse_retain
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
    return only(x, one_for_each("retain", x, to_retain))


@op(dtypes=unchanged)
def sparse_softmax(x: Array) -> Array:
    """Softmax of the stored entries along the last axis; what is not stored does not take part.

    Shapes    sparse (B, ..., N) -> sparse (B, ..., N)
    Dtypes    floats; the result has the dtype of x
    Edges     a stored zero counts, a row without entries stays so
    Errors    TypeError if x is not sparse, and for integers

    >>> from kgraph.ops.sparse_entries import sparse_softmax
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
    lines = lines_along(x, (x.ndim - 1,))  # in the order of x
    rows, bounds = rows_of(lines), lines.indptr
    powers = exp(subtract(x.data, gather_rows(segment_max(x.data, bounds), rows)))
    return x.with_data(divide(powers, gather_rows(segment_sum(powers, bounds), rows)))


@op(dtypes=unchanged)
def sparse_reduce_max(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Greatest of the stored entries over ``axis``; 0 where none is stored.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; the result has the dtype of x
    Errors    TypeError if x is not sparse
    Source    tf.sparse.reduce_max

    >>> from kgraph.ops.sparse_entries import sparse_reduce_max
    >>> from scipy.sparse import csr_array
    >>> sparse_reduce_max(csr_array([[-7, 0], [4, 3], [0, 0]]), axis=1)
    array([-7,  4,  0])
    """
    return x


@sparse_reduce_max.sparse
def _max_of_stored(x: CSR, axis: Axis, keepdims: bool) -> Any:
    axes = many_axes("reduce_max", axis, x.ndim)
    if not axes:
        return to_dense(x)
    lines = lines_along(x, axes)
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

    >>> from kgraph.ops.sparse_entries import sparse_empty_rows
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
    """A sparse value with ``default_value`` at the first place of each row that stores nothing.

    Shapes    sparse (B, ...) -> sparse (B, ...)
    Dtypes    all; the result has the dtype of x
    Errors    TypeError if x is not sparse
    Source    tf.sparse.fill_empty_rows

    >>> from kgraph.ops.sparse_entries import sparse_fill_empty_rows
    >>> from scipy.sparse import csr_array
    >>> sparse_fill_empty_rows(csr_array([[0, 5], [0, 0]]), -1).toarray()
    array([[ 0,  5],
           [-1,  0]])
    """
    return x


@sparse_fill_empty_rows.sparse
def _fill_rows(x: CSR, default_value: float) -> CSR:
    firsts = true_positions(_rows_without_entries(x)) * number(x.width, x.indices)
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

    >>> from kgraph.ops.sparse_entries import sparse_mask
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


for _op in (
    sparse_softmax, sparse_reduce_max, sparse_empty_rows, sparse_retain, sparse_mask,
    sparse_fill_empty_rows,
):  # fmt: skip
    sparse_only(_op)
for _op in (sparse_softmax, sparse_reduce_max, sparse_empty_rows):
    _op.sample(SAMPLE)
    _op.sample(CUBE)
sparse_reduce_max.sample(SAMPLE, axis=0, keepdims=True)
sparse_reduce_max.sample(SAMPLE, axis=1)
sparse_reduce_max.sample(CUBE, axis=(0, 2))
sparse_retain.sample(CUBE, np.array([True, False, True]))
sparse_mask.sample(CUBE, i32([2, 1, 2]))
sparse_fill_empty_rows.sample(CUBE, default_value=9)
