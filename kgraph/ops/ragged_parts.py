"""What ``tf.RaggedTensor`` calls methods: rows told in other ways, and regrouped."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.composite import (
    NESTED,
    RAGGED,
    VECTORS,
    ragged_only,
    refuse_dense,
    refuse_dense_value,
    row_count,
)
from kgraph.ops.composite_op import composite
from kgraph.ops.joining import stack
from kgraph.ops.op import Array, Op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.partitions import narrow_splits
from kgraph.ops.primitives.shape import join, reshape_to
from kgraph.ops.ragged_broadcast import lengths_of
from kgraph.ops.ragged_groups import over, rows_in
from kgraph.ops.ragged_rows import limits_of, starts_of
from kgraph.ops.reduction import max as max_of
from kgraph.ops.sizing import size_on
from kgraph.types import ragged_index
from kgraph.types.dims import product
from kgraph.types.dtypes import DType, int32
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.row_partition import splits_dtype


@composite()
def row_starts(x: Array) -> Array:
    """Where each outermost row of a ragged value starts among its values.

    Shapes    ragged (B, None, ...) -> (B,)
    Dtypes    int32 or int64, as the row splits
    Errors    TypeError if x is not ragged
    Source    tf.RaggedTensor.row_starts

    >>> import kgraph as kg
    >>> from kgraph.ops.ragged_parts import row_starts
    >>> row_starts(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array([0, 2])
    """
    return x.row_starts()


@row_starts.ragged
def _starts(x: RaggedTensor) -> Any:
    return starts_of(x.row_splits)


@composite()
def row_limits(x: Array) -> Array:
    """Where each outermost row of a ragged value ends among its values.

    Shapes    ragged (B, None, ...) -> (B,)
    Dtypes    int32 or int64, as the row splits
    Errors    TypeError if x is not ragged
    Source    tf.RaggedTensor.row_limits

    >>> import kgraph as kg
    >>> from kgraph.ops.ragged_parts import row_limits
    >>> row_limits(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array([2, 3])
    """
    return x.row_limits()


@row_limits.ragged
def _limits(x: RaggedTensor) -> Any:
    return limits_of(x.row_splits)


@composite()
def bounding_shape(x: Array, axis: Any = None, out_type: DType | None = None) -> Array:
    """The smallest dense shape that holds every row of a ragged value.

    Shapes    ragged of rank N -> (N,); the sizes of ``axis`` alone: () for one, (k,) for a list
    Dtypes    ``out_type``, or int32 or int64, as the row splits
    Edges     a value without rows has 0 on its ragged axes
    Errors    TypeError if x is not ragged; ValueError for an axis that x has not
    Source    tf.RaggedTensor.bounding_shape

    >>> import kgraph as kg
    >>> from kgraph.ops.ragged_parts import bounding_shape
    >>> bounding_shape(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]))
    array([2, 2])
    """
    return x.bounding_shape(axis, out_type=out_type)


@bounding_shape.ragged
def _bounding_sizes(x: RaggedTensor, axis: Any, out_type: DType | None) -> Any:
    dtype = x.row_splits_dtype if out_type is None else splits_dtype(out_type)
    wanted = ragged_index.checked_axes(tuple(range(x.ndim)) if axis is None else axis, x.ndim)
    sizes = [cast(_bounding_size(x, int(place)), dtype) for place in np.atleast_1d(wanted)]
    return stack(sizes, 0) if wanted.ndim else sizes[0]


def _bounding_size(x: RaggedTensor, axis: int) -> Any:
    splits = x.nested_row_splits[-1]
    if axis == 0:
        return row_count(x)
    if axis > x.ragged_rank:
        return size_on(x.flat_values, axis - x.ragged_rank, splits)
    lengths = lengths_of(x.nested_row_splits[axis - 1])
    return max_of(join([np.zeros(1, type_of(lengths).dtype), lengths], 0))


@composite()
def with_row_splits_dtype(x: Array, dtype: DType) -> Array:
    """The same ragged value with int32 or int64 row splits.

    Shapes    the result has the shape of x
    Dtypes    all; ``dtype`` is int32 or int64
    Errors    ValueError for another dtype, or row splits that int32 cannot hold
    Source    tf.RaggedTensor.with_row_splits_dtype

    >>> import kgraph as kg
    >>> from kgraph.ops.ragged_parts import with_row_splits_dtype
    >>> x = kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3])
    >>> with_row_splits_dtype(x, "int32").row_splits
    array([0, 2, 3], dtype=int32)
    """
    return x.with_row_splits_dtype(dtype)


@with_row_splits_dtype.ragged
def _cast_splits(x: RaggedTensor, dtype: DType) -> Any:
    chosen = splits_dtype(dtype)
    if x.row_splits_dtype == chosen:
        return x
    narrow = chosen == int32
    splits = tuple(narrow_splits(s) if narrow else cast(s, chosen) for s in x.nested_row_splits)
    return RaggedTensor._make(x.flat_values, splits, x._uniform)


# -- other items in the same rows -----------------------------------------------------------------


@composite()
def with_values(x: Array, new_values: Array) -> Array:
    """The outermost rows of a ragged value over other items, dense or ragged.

    Shapes    ragged (B, None, ...), (T, ...)  ->  ragged (B, None, ...)
    Dtypes    all; the result has the dtype of the new values
    Errors    TypeError if x is not ragged; ValueError if the new values are not as many
    Source    tf.RaggedTensor.with_values

    >>> import kgraph as kg
    >>> from kgraph.ops.ragged_parts import with_values
    >>> with_values(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]), [5, 6, 7]).to_list()
    [[5, 6], [7]]
    """
    return x.with_values(new_values)


@with_values.rule
def _other_values(x: Any, new_values: Any) -> Any:
    _require_ragged(with_values, x)
    return over(x.row_splits, _as_many(new_values, rows_in(x.values)), x.uniform_row_length)


@composite()
def with_flat_values(x: Array, new_values: Array) -> Array:
    """All ragged axes of a ragged value over other innermost values.

    Shapes    ragged (B, None, ...), (T, ...)  ->  ragged (B, None, ...)
    Dtypes    all; the result has the dtype of the new values
    Errors    TypeError if x is not ragged; ValueError if the new values are not as many
    Source    tf.RaggedTensor.with_flat_values

    >>> import kgraph as kg
    >>> from kgraph.ops.ragged_parts import with_flat_values
    >>> x = kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3])
    >>> with_flat_values(x, [5, 6, 7]).to_list()
    [[5, 6], [7]]
    """
    return x.with_flat_values(new_values)


@with_flat_values.rule
def _other_flat_values(x: Any, new_values: Any) -> Any:
    _require_ragged(with_flat_values, x)
    if isinstance(new_values, RaggedTensor):
        raise KGraphTypeError("with_flat_values: the new values are dense, got ragged ones")
    return x.with_flat_values(_as_many(new_values, rows_in(x.flat_values)))


def _require_ragged(made: Op, x: Any) -> None:
    if not isinstance(x, RaggedTensor):
        refuse_dense_value(made, x)


def _as_many(value: Any, count: Any) -> Any:
    """``value`` with ``count`` rows; where that is not known, a batch proves it."""
    if isinstance(value, RaggedTensor):
        outer, *inner = value.nested_row_splits
        splits = (_of_size(outer, count + 1), *inner)
        return RaggedTensor._make(value.flat_values, splits, value._uniform)
    if not type_of(value).ndim:
        raise ShapeError("values must have rank 1 or more, got a scalar")
    return _of_size(value, count)


def _of_size(value: Any, size: Any) -> Any:
    known, *rest = dims_of(value)
    if known == size:
        return value
    if isinstance(known, int) and isinstance(size, int):
        raise ShapeError(
            message(
                "the new values must be as many as the old ones",
                received=f"{known} values",
                expected=f"{size} values",
            )
        )
    return reshape_to(value, (size, *rest))  # holds only if the sizes are equal


# -- axes that become one -------------------------------------------------------------------------


@composite()
def merge_dims(x: Array, outer_axis: int, inner_axis: int) -> Array:
    """One axis instead of ``outer_axis .. inner_axis``: the items stay in their order.

    Shapes    ragged -> the axes merged; dense if no ragged axis is left
    Dtypes    all; the result has the dtype of x
    Errors    TypeError if x is not ragged; ValueError unless outer_axis <= inner_axis
    Source    tf.RaggedTensor.merge_dims

    >>> import kgraph as kg
    >>> from kgraph.ops.ragged_parts import merge_dims
    >>> x = kg.RaggedTensor.from_nested_row_splits([3, 1, 4], ([0, 1, 2], [0, 2, 3]))
    >>> merge_dims(x, 1, 2).to_list()
    [[3, 1], [4]]
    """
    return x.merge_dims(outer_axis, inner_axis)


@merge_dims.ragged
def _merge(x: RaggedTensor, outer_axis: int, inner_axis: int) -> Any:
    first, last = ragged_index.axes_in_order(outer_axis, inner_axis, x.ndim)
    rank, flat, splits = x.ragged_rank, x.flat_values, x.nested_row_splits
    if last > rank:  # uniform axes: axis `rank` is axis 0 of the flat values
        at, end, dims = max(first - rank, 0), last - rank + 1, dims_of(flat)
        if at == 0:
            splits = (*splits[:-1], splits[-1] * _inner_count(flat, end, splits[-1]))
        flat = reshape_to(flat, (*dims[:at], product(dims[at:end]), *dims[end:]))
    last = min(last, rank)
    if first < last:
        merged = splits[last - 1]
        for bounds in reversed(splits[max(first - 1, 0) : last - 1]):
            merged = gather_rows(merged, bounds)
        splits = (*splits[: first - 1], merged, *splits[last:]) if first else splits[last:]
    return RaggedTensor._make(flat, tuple(splits)) if splits else flat


def _inner_count(flat: Any, end: int, like: Any) -> Any:
    """How many entries there are on the axes 1 .. end - 1, as a number of the dtype of ``like``."""
    count: Any = 1
    for axis in range(1, end):
        count = size_on(flat, axis, like) * count
    return count


for _op in (row_starts, row_limits, bounding_shape):
    ragged_only(_op)
row_starts.sample(NESTED)
row_limits.sample(NESTED)
bounding_shape.sample(NESTED, axis=(-1, 1), out_type="int32")
bounding_shape.sample(NESTED, axis=2)
with_row_splits_dtype.sample(NESTED, dtype="int64")
with_row_splits_dtype.sample(VECTORS, dtype="int32")
with_values.sample(RAGGED, np.arange(6).reshape(3, 2))
with_values.sample(NESTED, np.arange(2))
with_values.sample(NESTED, VECTORS)
with_flat_values.sample(NESTED, np.arange(2))
merge_dims.sample(NESTED, outer_axis=0, inner_axis=1)
merge_dims.sample(NESTED, outer_axis=1, inner_axis=-1)
merge_dims.sample(VECTORS, outer_axis=1, inner_axis=2)
merge_dims.sample(VECTORS, outer_axis=0, inner_axis=1)
for _op in (with_row_splits_dtype, merge_dims):
    refuse_dense(_op)
