"""What a sparse value is made of, and values put together from its parts."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.indexing import take_range
from kgraph.ops.joining import stack
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import true_positions
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.primitives.sparse import same_places
from kgraph.ops.samples import f32, i32
from kgraph.ops.sparse_axes import coordinates
from kgraph.ops.sparse_pattern import (
    from_keys,
    number,
    of_shape,
)
from kgraph.types.csr import CSR
from kgraph.types.dims import Dims, product
from kgraph.types.dtypes import int32, int64
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.sparse_places import places_of

SAMPLE = CSR(f32([1, 2, -3]), i32([1, 0, 2]), i32([0, 1, 1, 3]), (3, 4))
CUBE = SAMPLE.with_dims((3, 2, 2))


def refuse_dense(op_name: str, x: Any) -> NoReturn:
    raise KGraphTypeError(
        message(
            f"{op_name}: takes a sparse value",
            received=str(type_of(x)),
            hint="kg.sparse.from_dense(x), or Input(..., sparse=True)",
        )
    )


def sparse_only(made: Op) -> None:
    """A dense operand is an error that says so."""

    @made.lower
    def not_dense(x: Any, *others: Any, **attrs: Any) -> NoReturn:
        refuse_dense(made.name, x)


@op(dtypes=unchanged)
def indices(x: Array) -> Array:
    """The place of each stored entry of a sparse value: row and column, or one for each axis.

    Shapes    sparse (B, ...) -> (nnz, rank)
    Dtypes    int64
    Errors    TypeError if x is not sparse
    Source    tf.SparseTensor.indices

    >>> import kgraph as kg
    >>> from scipy.sparse import csr_array
    >>> kg.ops.indices(csr_array([[0, 5], [7, 0]]))
    array([[0, 1],
           [1, 0]])
    """
    return np.stack(places_of(x), 1).astype(np.int64)


@indices.sparse
def _all_coordinates(x: CSR) -> Any:
    return stack(coordinates(x), 1)


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
    """The size of each axis of a sparse value.

    Shapes    sparse (B, ...) -> (rank,)
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
def _all_sizes(x: CSR) -> Any:
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
    return x.with_data(one_for_each("sparse_with_values", x, values))


def one_for_each(op_name: str, x: CSR, values: Any) -> Any:
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
    if not _may_agree(x.dims, model.dims):
        raise ShapeError(
            message(
                "map_values: the sparse values have other sizes, so entries at other places",
                received=f"{type_of(x)}\n{type_of(model)}",
            )
        )
    return same_places(x.data, x.indices, x.indptr, model.indices, model.indptr)


def _may_agree(some: Dims, others: Dims) -> bool:
    pairs = zip(some, others, strict=False)
    known = [(a, b) for a, b in pairs if isinstance(a, int) and isinstance(b, int)]
    return len(some) == len(others) and all(a == b for a, b in known)


@op(dtypes=unchanged)
def sparse_from_dense(x: Array) -> Array:
    """A sparse value that stores what is not zero in an array; a sparse value as it is.

    Shapes    (B, ...) -> sparse (B, ...)
    Dtypes    all; the result has the dtype of x
    Edges     nan is stored, zeros of either sign are not
    Errors    ValueError if x is a single number

    >>> from kgraph.ops.sparse_parts import sparse_from_dense
    >>> sparse_from_dense([[0.0, 5.0]]).nnz
    1
    """
    return x


@sparse_from_dense.lower
def _store_nonzeros(x: Any) -> CSR:
    dims = dims_of(x)
    if not dims:
        raise ShapeError(
            message("from_dense: a single number has no rows", received=str(type_of(x)))
        )
    flat = reshape_to(x, (product(dims),))
    keys = true_positions(flat != 0)
    return from_keys(keys, gather_rows(flat, keys), dims, int32)


@sparse_from_dense.sparse
def _as_it_is(x: CSR) -> CSR:
    return x


for _op in (indices, indptr, nnz, dense_shape):
    sparse_only(_op)
    _op.sample(SAMPLE)
    _op.sample(CUBE)
for _op in (sparse_with_values, sparse_values_like):
    sparse_only(_op)
sparse_from_dense.sample(SAMPLE)
sparse_from_dense.sample(CUBE)
sparse_with_values.sample(SAMPLE, i32([5, 6, 7]))
sparse_values_like.sample(CUBE, CUBE)
