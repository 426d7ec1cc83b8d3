"""Picking elements by positions that are values, and the reverse: one-hot rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops import batch_picking
from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.comparison import equal
from kgraph.ops.dtype_rules import indices_second, unchanged
from kgraph.ops.gathering import from_the_front, gather_along
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.shape import strided_slice
from kgraph.ops.ragged_picking import pick_along_rows
from kgraph.ops.ragged_rows import items_on, one_each, take_rows, with_outer, with_ragged_rank
from kgraph.ops.reduction import any
from kgraph.ops.reshaping import expand_dims, ravel
from kgraph.ops.samples import i32, i64, u8
from kgraph.types import dtypes
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import broadcast_dims
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.ragged import RaggedTensor

_X = np.arange(12, dtype=np.float32).reshape(3, 4)
_IDS = i32([[2, 0], [1, -1]])


@op(dtypes=indices_second)
def take(x: Array, indices: Array, axis: int | None = None, batch_dims: int = 0) -> Array:
    """The entries of x at the positions ``indices`` along ``axis``.

    Shapes    ``axis`` gives way to the axes of ``indices``; None flattens x first.  With
              ``batch_dims`` x and ``indices`` have so many leading axes in common, each batch of
              positions picks in its own batch of x, and None is the first axis after the batches:
              (B, N, D), (B, K)  ->  (B, K, D)
    Dtypes    x: all; indices: integers
    Edges     negative positions count from the end; rows of a ragged value (axis 0) are taken
              whole; with ``batch_dims`` positions count within their ragged row
    Errors    ValueError for a position that x, or its row of x, has not, and for other batches
    Source    keras.ops.take, numpy.take; tf.gather for ``batch_dims``

    >>> import kgraph as kg
    >>> kg.ops.take([[1, 2], [3, 4]], [1, 0, -1], axis=0)
    array([[3, 4],
           [1, 2],
           [3, 4]], dtype=int32)
    >>> kg.ops.take([[1, 2], [3, 4]], [[1], [0]], batch_dims=1)
    array([[2],
           [3]], dtype=int32)
    """
    if batch_dims:
        return batch_picking.reference(x, indices, axis, batch_dims)
    size = x.size if axis is None else x.shape[axis]
    outside = (indices < -size) | (indices >= size)
    if outside.any():
        raise KGraphValueError(
            f"take: position {indices[outside].flat[0]} is not in {-size} .. {size - 1}"
        )
    return np.take(x, indices, axis)


@take.lower
def _gather_wrapped(x: Any, indices: Any, axis: int | None, batch_dims: int = 0) -> Any:
    _require_integers("take", indices)
    if batch_dims:
        return batch_picking.take_in_batches(x, indices, axis, batch_dims)
    if axis is None:
        x, axis = ravel(x), 0
    axis = one_axis("take", axis, type_of(x).ndim)
    return gather_along(x, from_the_front(x, indices, axis), axis)


def _require_integers(op_name: str, indices: Any) -> None:
    dtype = type_of(indices).dtype
    if dtype.kind not in "iu":
        raise KGraphTypeError(
            message(
                f"{op_name}: positions are integers",
                received=f"indices of dtype {dtype}",
                hint="ops.cast(indices, 'int32') if they are whole numbers",
            )
        )


@take.ragged
def _take_ragged(x: Any, indices: Any, axis: int | None, batch_dims: int = 0) -> Any:
    _require_integers("take", indices)
    if batch_dims:
        return batch_picking.take_in_ragged_batches(x, indices, axis, batch_dims)
    if isinstance(indices, RaggedTensor) and not isinstance(x, RaggedTensor) and axis in (0, None):
        return indices.with_flat_values(take(x, indices.flat_values, axis))
    if isinstance(x, RaggedTensor):
        if axis is None:
            return take(ravel(x.flat_values), indices)
        axis = one_axis("take", axis, x.ndim)
        if axis > x.ragged_rank and not isinstance(indices, RaggedTensor):
            return x.with_flat_values(take(x.flat_values, indices, axis - x.ragged_rank))
        if axis == 0:
            return _take_rows(x, indices)
    raise ShapeError(
        message(
            "take: cannot pick these along rows of different lengths",
            received=f"x = {type_of(x)}\nindices = {type_of(indices)}, axis {axis}",
            expected="rows (axis 0), or ragged x and an inner axis",
            hint="take_along_axis picks by positions in each row, and so does `batch_dims`",
        )
    )


def _take_rows(x: RaggedTensor, indices: Any) -> Any:
    """Whole rows, in the shape of the positions."""
    _require_integers("take", indices)
    shape = indices.nested_row_splits if isinstance(indices, RaggedTensor) else None
    ids = indices.flat_values if shape is not None else ravel(indices)
    if type_of(ids).ndim > 1:
        raise ShapeError(
            message("take: rows are picked by single positions", received=str(type_of(indices)))
        )
    taken = take_rows(x, from_the_front(one_each(x), ids, 0))
    if shape is not None:
        return with_outer(shape, taken)
    ndim = type_of(indices).ndim
    if ndim == 0:
        return items_on(taken, 1)
    return with_outer(with_ragged_rank(indices, ndim - 1).nested_row_splits, taken)


take.sample(_X, _IDS, axis=0)
take.sample(_X, _IDS, axis=-1)
take.sample(_X, _IDS)
take.sample(_X, 2, axis=1)
take.sample(_X, u8([0, 2]), axis=0)
take.sample(_X, np.zeros((0, 2), np.int64), axis=1)
take.sample(_X, i32([[2, 0], [1, -1], [3, 3]]), batch_dims=1)
take.sample(_X, i64([-1, 0, 2]), batch_dims=1)
take.sample(_X.reshape(3, 2, 2), u8([[1], [0], [1]]), axis=2, batch_dims=1)


@op(dtypes=indices_second)
def take_along_axis(x: Array, indices: Array, axis: int | None = None) -> Array:
    """Entries of each line of x along ``axis``, by the positions in the same line of ``indices``.

    Shapes    ranks are equal and other axes broadcast; None flattens x first; along the rows of a
              ragged value ``indices`` hold ragged rows, or as many for each row, of positions in it
    Dtypes    x: all; indices: integers
    Edges     negative positions count from the end
    Errors    ValueError for a position that x has not
    Source    keras.ops.take_along_axis, numpy.take_along_axis

    >>> import kgraph as kg
    >>> kg.ops.take_along_axis([[1, 2, 3], [4, 5, 6]], [[2], [0]], axis=1)
    array([[3],
           [4]], dtype=int32)
    """
    line = x.ravel() if axis is None else x
    place = 0 if axis is None else axis % x.ndim
    size = line.shape[place]
    outside = (indices < -size) | (indices >= size)
    if outside.any():
        raise KGraphValueError(
            f"take_along_axis: position {indices[outside].flat[0]} is not in {-size} .. {size - 1}"
        )
    rest = np.broadcast_shapes(_without(line, place), _without(indices, place))
    lines = np.broadcast_to(line, (*rest[:place], size, *rest[place:]))
    ids = np.broadcast_to(indices, (*rest[:place], indices.shape[place], *rest[place:]))
    return np.take_along_axis(lines, ids, place)


def _without(x: np.ndarray, axis: int) -> tuple[int, ...]:
    return (*x.shape[:axis], *x.shape[axis + 1 :])


@take_along_axis.infer
def _picked_type(x: ArrayType, indices: ArrayType, axis: int | None) -> ArrayType:
    _require_integers("take_along_axis", indices)
    dims = x.dims if axis is not None else (x.size,)
    place = 0 if axis is None else one_axis("take_along_axis", axis, len(dims))
    if len(dims) != indices.ndim:
        raise ShapeError(f"x has {len(dims)} axes and indices has {indices.ndim}")
    rest = broadcast_dims(
        (*dims[:place], *dims[place + 1 :]),
        (*indices.dims[:place], *indices.dims[place + 1 :]),
    )
    return x.with_dims((*rest[:place], indices.dims[place], *rest[place:]))


@take_along_axis.ragged
def _picked_rows(x: Any, indices: Any, axis: int | None) -> Any:
    _require_integers("take_along_axis", indices)
    ndim, rank = type_of(x).ndim, getattr(x, "ragged_rank", 0)
    place = None if axis is None else one_axis("take_along_axis", axis, ndim)
    if isinstance(x, RaggedTensor) and place == rank == ndim - 1:
        return pick_along_rows(x, indices)
    raise ShapeError(
        message(
            "take_along_axis: has no meaning along this axis of ragged values",
            received=f"x = {type_of(x)}\nindices = {type_of(indices)}, axis {axis}",
            expected="ragged x whose last axis is ragged, and that axis",
        )
    )


take_along_axis.sample(_X, i32([[2, 0], [-1, 1], [3, 3]]), axis=1)
take_along_axis.sample(_X, i64([[2, 0, 1, -1]]), axis=0)
take_along_axis.sample(_X, i64([11, 0, -1]))


@op(dtypes=unchanged)
def one_hot(x: Array, num_classes: int, axis: int = -1, dtype: DType | None = None) -> Array:
    """For each class number a line of zeros with a one at its place.

    Shapes    any -> a new axis of size ``num_classes`` at ``axis``
    Dtypes    x: integers; the result has ``dtype``, or ``floatx()``
    Edges     a number that is no class gives zeros
    Source    keras.ops.one_hot

    >>> import kgraph as kg
    >>> kg.ops.one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    place = axis % (x.ndim + 1)
    classes = np.arange(num_classes).reshape(-1, *(1,) * (x.ndim - place))
    return np.equal(np.expand_dims(x, place), classes).astype(dtype or dtypes.default_float())


@one_hot.lower
def _equals_class(x: Any, num_classes: int, axis: int, dtype: DType | None) -> Any:
    _require_integers("one_hot", x)
    ndim = type_of(x).ndim
    place = one_axis("one_hot", axis, ndim + 1)
    classes = np.arange(num_classes, dtype=np.int32).reshape(-1, *(1,) * (ndim - place))
    return cast(equal(expand_dims(x, place), classes), dtype or dtypes.default_float())


@one_hot.ragged
def _one_hot_items(x: Any, num_classes: int, axis: int, dtype: DType | None) -> Any:
    place = one_axis("one_hot", axis, x.type.ndim + 1)
    rank = x.type.ragged_rank
    if place <= rank:
        raise ShapeError(f"one_hot: the classes of ragged rows stand on an axis after {rank}")
    return x.with_flat_values(one_hot(x.flat_values, num_classes, place - rank, dtype))


one_hot.sample(i32([[2, 0], [-1, 3]]), num_classes=3)
one_hot.sample(i64([[2, 0, 1]]), num_classes=4, axis=1, dtype="int32")
one_hot.sample(u8([1, 200]), num_classes=2, axis=0)


@op(dtypes=unchanged)
def multi_hot(
    inputs: Array,
    num_classes: int,
    axis: int = -1,
    dtype: DType | None = None,
    sparse: bool = False,
) -> Array:
    """For each row of class numbers a line of zeros with ones at all their places.

    Shapes    (N,) -> (num_classes,); (B, N, ...) -> (B, ..., num_classes): axis 1 of the one-hot
              lines, which stand at ``axis``, is reduced, as Keras has it
    Dtypes    inputs: integers; the result has ``dtype``, or ``floatx()``
    Edges     a number that is no class is passed over
    Errors    TypeError for floats, and for ``sparse=True``
    Source    keras.ops.multi_hot

    >>> import kgraph as kg
    >>> kg.ops.multi_hot([[2, 0], [1, 1]], 3)
    array([[1., 0., 1.],
           [0., 1., 0.]], dtype=float32)
    """
    lines = one_hot.reference_function(inputs, num_classes, axis, dtype)
    return lines.max(min(1, inputs.ndim - 1), initial=0).astype(lines.dtype)


@multi_hot.lower
def _any_of_the_classes(
    inputs: Any, num_classes: int, axis: int, dtype: DType | None, sparse: bool
) -> Any:
    if sparse:
        raise KGraphTypeError("multi_hot: the result is dense here; sparse=True is not known")
    ndim = type_of(inputs).ndim
    if not ndim:
        raise ShapeError("multi_hot: needs an axis of class numbers, got a scalar")
    lines = one_hot(inputs, num_classes, axis, np.dtype("bool"))
    return cast(any(lines, min(1, ndim - 1)), dtype or dtypes.default_float())


multi_hot.sample(i32([[2, 0], [-1, 3]]), num_classes=3)
multi_hot.sample(i32([2, 0]), num_classes=4, dtype="int32")
multi_hot.sample(i64([[2, 0, 1]]), num_classes=4, axis=0, dtype="bool")
multi_hot.sample(u8([[[1, 200]]]), num_classes=2, axis=1)
multi_hot.sample(np.zeros((2, 0), np.int32), num_classes=3)


@op(dtypes=unchanged)
def slice(inputs: Array, start_indices: Any, shape: Any) -> Array:
    """The block of ``shape`` that begins at ``start_indices``.

    Shapes    any -> ``shape``
    Dtypes    all; the result has the dtype of the operand
    Errors    ValueError if the block does not lie within the value
    Source    keras.ops.slice

    >>> import kgraph as kg
    >>> kg.ops.slice([[1, 2, 3], [4, 5, 6]], (0, 1), (2, 2))
    array([[2, 3],
           [5, 6]], dtype=int32)
    """
    key = (range(start, start + size) for start, size in zip(start_indices, shape, strict=True))
    return inputs[np.ix_(*key)]


@slice.lower
def _block(inputs: Any, start_indices: Any, shape: Any) -> Any:
    dims = dims_of(inputs)
    if not len(start_indices) == len(shape) == len(dims) or not all(
        start >= 0 and (not isinstance(whole, int) or start + size <= whole)
        for start, size, whole in zip(start_indices, shape, dims, strict=True)
    ):
        raise ShapeError(
            message(
                "slice: the block does not lie within the value",
                received=f"start {start_indices}, shape {shape}, of {type_of(inputs)}",
            )
        )
    stops = [start + size for start, size in zip(start_indices, shape, strict=True)]
    return strided_slice(inputs, start_indices, stops, (1,) * len(dims))


slice.sample(_X, start_indices=(1, 2), shape=(2, 1))
slice.sample(_X[0], start_indices=(1,), shape=(3,))
