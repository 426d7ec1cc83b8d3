"""Between ragged and sparse values and the arrays that they are made of."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.composite_op import composite
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives import bounds
from kgraph.ops.primitives.shape import broadcast_to, reshape_to
from kgraph.ops.ragged_broadcast import lengths_of
from kgraph.ops.ragged_rows import starts_of
from kgraph.ops.samples import f32, i32
from kgraph.ops.sizing import size_on
from kgraph.types.csr import CSR
from kgraph.types.dtypes import DType, int64
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.row_partition import splits_dtype

RAGGED = RaggedTensor.from_row_splits(f32([1, 2, 3]), [0, 2, 2, 3])
VECTORS = RaggedTensor.from_row_splits(f32([[1, 2], [3, 4]]), [0, 0, 2])
NESTED = RaggedTensor.from_row_splits(VECTORS.with_row_splits_dtype("int32"), i32([0, 0, 2]))


def refuse_dense_value(made: Op, x: Any) -> NoReturn:
    raise KGraphTypeError(
        message(
            f"{made.name}: takes a ragged value",
            received=str(type_of(x)),
            hint="kg.ragged.constant(rows), or Input(..., ragged=True)",
        )
    )


def refuse_dense(made: Op) -> None:
    """A dense operand is an error that says so."""

    @made.lower
    def not_dense(x: Any, *others: Any, **attrs: Any) -> NoReturn:
        refuse_dense_value(made, x)


def ragged_only(made: Op) -> None:
    """As :func:`refuse_dense`, with samples for an op that needs no attributes."""
    refuse_dense(made)
    made.sample(RAGGED)
    made.sample(VECTORS)


@composite()
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
    return x.values


@values.sparse
def _stored_entries(x: CSR) -> Any:
    return x.data


@composite()
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


@composite()
def row_lengths(x: Array, axis: int = 1) -> Array:
    """How many items each row of a ragged value has.

    Shapes    ragged (B, None, ...) -> (B,) for axis 1, () for axis 0; an axis further in gives
              the lengths of its rows as ragged rows
    Dtypes    int32 or int64, as the row splits
    Errors    TypeError if x is not ragged; ValueError for an axis that x has not
    Source    tf.RaggedTensor.row_lengths

    >>> import kgraph as kg
    >>> kg.ops.row_lengths(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array([2, 1])
    """
    return x.row_lengths(axis)


@row_lengths.ragged
def _differences(x: RaggedTensor, axis: int) -> Any:
    axis = one_axis("row_lengths", axis, x.ndim)
    rank, splits = x.ragged_rank, x.nested_row_splits
    if axis == 0:
        return row_count(x)
    if axis > rank:
        return x.with_flat_values(_inner_size(x, axis - rank))
    lengths = lengths_of(splits[axis - 1])
    outer = splits[: axis - 1]
    return RaggedTensor._make(lengths, outer, x._uniform[: axis - 1]) if outer else lengths


def _inner_size(x: RaggedTensor, axis: int) -> Any:
    """The size of an inner axis, once for each place on the uniform axes before it."""
    flat, splits = x.flat_values, x.nested_row_splits[-1]
    total, *dims = dims_of(flat)[:axis]
    sizes = bounds.row_ids(splits, flat) * 0 + cast(size_on(flat, axis, splits), int64)
    spread = broadcast_to(reshape_to(sizes, (total, *(1 for _ in dims))), (total, *dims))
    return cast(spread, type_of(splits).dtype)


@composite()
def value_rowids(x: Array) -> Array:
    """The outermost row in which each item of a ragged value lies.

    Shapes    ragged (B, None, ...) -> (T,)
    Dtypes    int32 or int64, as the row splits
    Errors    TypeError if x is not ragged
    Source    tf.RaggedTensor.value_rowids

    >>> import kgraph as kg
    >>> kg.ops.value_rowids(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array([0, 0, 1])
    """
    return x.value_rowids()


@value_rowids.ragged
def _rows_of_items(x: RaggedTensor) -> Any:
    outer, *inner = x.nested_row_splits
    ids = bounds.row_ids(outer, starts_of(inner[0]) if inner else x.flat_values)
    dtype = type_of(outer).dtype
    return ids if dtype == int64 else cast(ids, dtype)


@composite()
def nrows(x: Array, out_type: DType | None = None) -> Array:
    """How many rows a ragged value has.

    Shapes    ragged (B, None, ...) -> ()
    Dtypes    ``out_type``, or int32 or int64, as the row splits
    Errors    TypeError if x is not ragged
    Source    tf.RaggedTensor.nrows

    >>> import kgraph as kg
    >>> kg.ops.nrows(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array(2)
    """
    return x.nrows(out_type or x.row_splits_dtype)


@nrows.ragged
def _count_rows(x: RaggedTensor, out_type: DType | None) -> Any:
    count = row_count(x)
    return count if out_type is None else cast(count, splits_dtype(out_type))


def row_count(x: RaggedTensor) -> Any:
    """The number of rows as a value of the dtype of the row splits."""
    count = size_on(x.row_splits, 0, x.row_splits) - 1
    return np.asarray(count) if isinstance(count, np.generic) else count


for _op in (flat_values, values, row_splits, row_lengths, value_rowids, nrows):
    ragged_only(_op)

row_lengths.sample(NESTED, axis=0)
row_lengths.sample(NESTED, axis=2)
row_lengths.sample(NESTED, axis=-1)
value_rowids.sample(NESTED)
nrows.sample(NESTED, out_type="int64")
