"""Between ragged and sparse values and the arrays that they are made of."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.indexing import take_range
from kgraph.ops.joining import stack
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import type_of
from kgraph.ops.primitives import bounds
from kgraph.ops.samples import f32, i32
from kgraph.ops.sizing import size_on
from kgraph.types.csr import CSR
from kgraph.types.dims import Size
from kgraph.types.dtypes import int64
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor
from kgraph.types.symbolic import Symbolic

_RAGGED = RaggedTensor.from_row_splits(f32([1, 2, 3]), [0, 2, 2, 3])
_VECTORS = RaggedTensor.from_row_splits(f32([[1, 2], [3, 4]]), [0, 0, 2])


@op(dtypes=unchanged)
def to_dense(x: Array, default_value: float = 0, length: int | None = None) -> Array:
    """x as a dense value: rows filled up, zeros written out; a dense value as it is.

    Shapes    ragged (B, None, ...) -> (B, length, ...), where None means the longest row;
              sparse (B, N) -> (B, N)
    Dtypes    all; the result has the dtype of x
    Edges     rows longer than ``length`` are cut; duplicate sparse entries are summed
    Source    tf.RaggedTensor.to_tensor, tf.sparse.to_dense

    >>> import kgraph as kg
    >>> kg.ops.to_dense(kg.RaggedTensor.from_row_splits([1.0, 2.0, 3.0], [0, 2, 3]))
    array([[1., 2.],
           [3., 0.]])
    """
    return x


@to_dense.lower
def _as_it_is(x: Any, default_value: float, length: int | None) -> Any:
    return x


@to_dense.ragged
def _fill_up(x: RaggedTensor, default_value: float, length: int | None) -> Any:
    flat, splits = x.flat_values, x.nested_row_splits
    default = np.asarray(default_value, flat.dtype)
    for row_splits in reversed(splits[1:]):
        flat = bounds.ragged_to_dense(flat, row_splits, default, _longest(flat, row_splits))
    size = _longest(flat, splits[0]) if length is None else length
    return bounds.ragged_to_dense(flat, splits[0], default, size)


def _longest(values: Any, row_splits: Any) -> Size:
    if isinstance(row_splits, Symbolic):
        found = type_of(values)
        return bounds.longest_row(found)  # type: ignore[arg-type]  # flat values are an array
    return int(np.diff(row_splits).max(initial=0))


@to_dense.sparse
def _write_zeros(x: CSR, default_value: float, length: int | None) -> Any:
    dense = bounds.csr_to_dense(x.data, x.indices, x.indptr, x.dims[1])
    if default_value == 0:
        return dense
    ones = OPS["ones_like"](x.data, "bool")
    stored = bounds.csr_to_dense(ones, x.indices, x.indptr, x.dims[1])
    return OPS["where"](stored, dense, np.asarray(default_value).astype(type_of(x).dtype))


to_dense.sample(f32([[1, 2]]))
to_dense.sample(_RAGGED)
to_dense.sample(_RAGGED, default_value=-1, length=1)
to_dense.sample(_VECTORS, length=3)


def _refuse(made: Op, x: Any) -> NoReturn:
    raise KGraphTypeError(
        message(
            f"{made.name}: takes a ragged value",
            received=str(type_of(x)),
            hint="kg.ragged.constant(rows), or Input(..., ragged=True)",
        )
    )


def _ragged_only(made: Op) -> None:
    """A dense operand is an error that says so."""

    @made.lower
    def not_dense(x: Any) -> NoReturn:
        _refuse(made, x)

    made.sample(_RAGGED)
    made.sample(_VECTORS)


@op(dtypes=unchanged)
def flat_values(x: Array) -> Array:
    """The innermost values of a ragged value, row after row.

    Shapes    ragged (B, None, ...) -> (T, ...)
    Dtypes    all; the result has the dtype of x
    Errors    TypeError if x is not ragged
    Source    tf.RaggedTensor.flat_values

    >>> import kgraph as kg
    >>> kg.ops.flat_values(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array([3, 1, 4])
    """
    return x.flat_values


@flat_values.ragged
def _flat(x: RaggedTensor) -> Any:
    return x.flat_values


@op(dtypes=unchanged)
def values(x: Array) -> Array:
    """A ragged value without its outer rows; the stored entries of a sparse one.

    Shapes    ragged (B, None, ...) -> (T, ...), ragged if x has further ragged axes;
              sparse (B, N) -> (nnz,)
    Dtypes    all; the result has the dtype of x
    Errors    TypeError if x is dense
    Source    tf.RaggedTensor.values, tf.SparseTensor.values

    >>> import kgraph as kg
    >>> from kgraph.ops.composite import values
    >>> values(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array([3, 1, 4])
    """
    return x.values


@values.ragged
def _without_outer_rows(x: RaggedTensor) -> Any:
    inner = tuple(x.nested_row_splits[1:])
    return RaggedTensor._make(x.flat_values, inner) if inner else x.flat_values


@values.sparse
def _stored_entries(x: CSR) -> Any:
    return x.data


@op(dtypes=unchanged)
def row_splits(x: Array) -> Array:
    """Where the outermost rows of a ragged value begin, and where the last one ends.

    Shapes    ragged (B, None, ...) -> (B + 1,)
    Dtypes    int32 or int64
    Errors    TypeError if x is not ragged
    Source    tf.RaggedTensor.row_splits

    >>> import kgraph as kg
    >>> kg.ops.row_splits(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array([0, 2, 3])
    """
    return x.row_splits


@row_splits.ragged
def _outer_splits(x: RaggedTensor) -> Any:
    return x.nested_row_splits[0]


@op(dtypes=unchanged)
def row_lengths(x: Array) -> Array:
    """How many items each outermost row of a ragged value has.

    Shapes    ragged (B, None, ...) -> (B,)
    Dtypes    int32 or int64, as the row splits
    Errors    TypeError if x is not ragged
    Source    tf.RaggedTensor.row_lengths

    >>> import kgraph as kg
    >>> kg.ops.row_lengths(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array([2, 1])
    """
    return np.diff(x.row_splits)


@row_lengths.ragged
def _differences(x: RaggedTensor) -> Any:
    splits = x.nested_row_splits[0]
    size = type_of(splits).dims[0]
    assert size is not None
    return take_range(splits, 0, 1, size) - take_range(splits, 0, 0, size - 1)


@op(dtypes=unchanged)
def value_rowids(x: Array) -> Array:
    """The outermost row in which each item of a ragged value lies.

    Shapes    ragged (B, None, ...) -> (T,)
    Dtypes    int64
    Errors    TypeError if x is not ragged
    Source    tf.RaggedTensor.value_rowids

    >>> import kgraph as kg
    >>> kg.ops.value_rowids(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array([0, 0, 1])
    """
    return np.repeat(np.arange(len(x.row_splits) - 1), np.diff(x.row_splits))


@value_rowids.ragged
def _rows_of_items(x: RaggedTensor) -> Any:
    outer, *inner = x.nested_row_splits
    return bounds.row_ids(outer, _differences(_without_outer_rows(x)) if inner else x.flat_values)


@op(dtypes=unchanged)
def nrows(x: Array) -> Array:
    """How many rows a ragged value has.

    Shapes    ragged (B, None, ...) -> ()
    Dtypes    int64
    Errors    TypeError if x is not ragged
    Source    tf.RaggedTensor.nrows

    >>> import kgraph as kg
    >>> kg.ops.nrows(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array(2)
    """
    return np.int64(len(x.row_splits) - 1)


@nrows.ragged
def _count_rows(x: RaggedTensor) -> Any:
    splits = x.nested_row_splits[0]
    return cast(size_on(splits, 0, splits) - 1, int64)


for _op in (flat_values, values, row_splits, row_lengths, value_rowids, nrows):
    _ragged_only(_op)


@op(dtypes=unchanged)
def indices(x: Array) -> Array:
    """Row and column of each stored entry of a sparse value.

    Shapes    sparse (B, N) -> (nnz, 2)
    Dtypes    int64
    Errors    TypeError if x is not sparse
    Source    tf.SparseTensor.indices

    >>> import kgraph as kg
    >>> from scipy.sparse import csr_array
    >>> kg.ops.indices(csr_array([[0, 5], [7, 0]]))
    array([[0, 1],
           [1, 0]])
    """
    rows = np.repeat(np.arange(len(x.indptr) - 1), np.diff(x.indptr))
    return np.stack([rows, x.indices], 1).astype(np.int64)


@indices.lower
def _dense_has_none(x: Any) -> NoReturn:
    raise KGraphTypeError(f"indices: takes a sparse value, got {type_of(x)}")


@indices.sparse
def _rows_and_columns(x: CSR) -> Any:
    return stack([bounds.row_ids(x.indptr, x.indices), cast(x.indices, int64)], 1)


_STORED = CSR(f32([1, 2]), i32([1, 0]), i32([0, 1, 1, 2]), (3, 2))
to_dense.sample(_STORED)
to_dense.sample(_STORED, default_value=-1)
indices.sample(CSR(f32([1, 2]), i32([1, 0]), i32([0, 1, 1, 2]), (3, 2)))
