"""Primitives that move data and compute nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import common, unchanged
from kgraph.ops.op import Array, Arrays, op
from kgraph.ops.samples import f32
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dims, Size, broadcast_dims, exact_div, opaque, product
from kgraph.types.errors import ShapeError


@op(dtypes=unchanged)
def reshape_to(x: Array, shape: Dims) -> Array:
    """The same elements in row-major order under another shape.

    Shapes    any -> ``shape``, whose sizes are all resolved
    Dtypes    all
    """
    return np.reshape(x, shape)


@reshape_to.infer
def _reshape_type(x: ArrayType, shape: Dims) -> ArrayType:
    before, after = x.size, product(shape)
    if isinstance(before, int) and isinstance(after, int) and before != after:
        raise ShapeError(f"cannot give {before} elements a shape of {after}")
    return x.with_dims(shape)


reshape_to.sample(np.arange(6.0, dtype=np.float32), shape=(2, 3))


@op(dtypes=unchanged)
def broadcast_to(x: Array, shape: Any) -> Array:
    """Repeat ``x`` along axes of size 1 and new leading axes until it has ``shape``.

    Shapes    NumPy broadcasting
    Dtypes    all
    Source    keras.ops.broadcast_to, numpy.broadcast_to

    >>> import kgraph as kg
    >>> kg.ops.broadcast_to([1, 2], (2, 2))
    array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return np.broadcast_to(x, shape)


@broadcast_to.infer
def _broadcast_type(x: ArrayType, shape: Dims) -> ArrayType:
    if broadcast_dims(x.dims, shape) != tuple(shape) and len(x.dims) > len(shape):
        raise ShapeError(f"cannot be broadcast to {shape}")
    return x.with_dims(tuple(shape))


broadcast_to.sample(f32([[1], [2]]), shape=(3, 2, 4))


@op(dtypes=unchanged)
def transpose_axes(x: Array, axes: tuple[int, ...]) -> Array:
    """Permute the axes: axis ``i`` of the result is axis ``axes[i]`` of ``x``."""
    return np.transpose(x, axes)


@transpose_axes.infer
def _transpose_type(x: ArrayType, axes: tuple[int, ...]) -> ArrayType:
    return x.with_dims(tuple(x.dims[axis] for axis in axes))


transpose_axes.sample(np.arange(24, dtype=np.float32).reshape(2, 3, 4), axes=(2, 0, 1))


@op(dtypes=unchanged)
def strided_slice(x: Array, starts: Any, stops: Any, steps: tuple[int, ...]) -> Array:
    """Every ``step``-th element from ``start`` to before ``stop``, on each axis.

    Sizes are resolved and in range; with a negative step a stop of -1 means "before the first".
    """
    key = tuple(
        slice(start, None if step < 0 and stop < 0 else stop, step)
        for start, stop, step in zip(starts, stops, steps, strict=True)
    )
    return x[key]


@strided_slice.infer
def _slice_type(x: ArrayType, starts: Dims, stops: Dims, steps: tuple[int, ...]) -> ArrayType:
    return x.with_dims(tuple(map(slice_length, starts, stops, steps)))


def slice_length(start: Size, stop: Size, step: int) -> Size:
    """How many positions ``range(start, stop, step)`` has."""
    span = stop - start if step > 0 else start - stop
    if isinstance(span, int):
        return max(0, -(-span // abs(step)))
    stride = abs(step)
    count = exact_div(span, stride) if stride > 1 else span
    if count is None:
        count = opaque("div", span + (stride - 1), stride)
    return count


strided_slice.sample(
    np.arange(20, dtype=np.float32).reshape(4, 5), starts=(3, 1), stops=(-1, 5), steps=(-1, 2)
)


@op(dtypes=common)
def join(xs: Arrays, axis: int) -> Array:
    """Concatenate along ``axis`` (non-negative)."""
    return np.concatenate(xs, axis)


@join.infer
def _join_type(*types: ArrayType, axis: int) -> ArrayType:
    first = types[0]
    total: Size = 0
    for number, other in enumerate(types):
        if other.ndim != first.ndim:
            raise ShapeError(f"operand {number} has {other.ndim} axes, the first has {first.ndim}")
        for place, (a, b) in enumerate(zip(first.dims, other.dims, strict=True)):
            if place != axis and isinstance(a, int) and isinstance(b, int) and a != b:
                raise ShapeError(f"on axis {place} operand {number} has {b} entries, the first {a}")
        total = total + other.dims[axis]
    known = [_known_size(types, place) for place in range(first.ndim)]
    known[axis] = total
    return first.with_dims(tuple(known))


def _known_size(types: tuple[ArrayType, ...], axis: int) -> Size:
    sizes = [type.dims[axis] for type in types]
    return next((size for size in sizes if isinstance(size, int)), sizes[0])


join.sample([np.ones((2, 1), np.float32), np.zeros((2, 3), np.float32)], axis=1)


@op(dtypes=unchanged)
def pad_constant(x: Array, widths: tuple[tuple[int, int], ...], value: float) -> Array:
    """Surround ``x`` with ``value``: ``widths`` holds (before, after) for each axis."""
    return np.pad(x, widths, constant_values=value)


@pad_constant.infer
def _pad_type(x: ArrayType, widths: tuple[tuple[int, int], ...], value: float) -> ArrayType:
    return x.with_dims(
        tuple(size + (lo + hi) for size, (lo, hi) in zip(x.dims, widths, strict=True))
    )


pad_constant.sample(np.ones((2, 3), np.float32), widths=((1, 0), (0, 2)), value=0.5)


@op(dtypes=unchanged)
def copy(x: Array) -> Array:
    """The same value in memory of its own.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.copy, numpy.copy

    >>> import kgraph as kg
    >>> kg.ops.copy([1, 2])
    array([1, 2], dtype=int32)
    """
    return np.array(x)


@copy.infer
def _copy_type(x: ArrayType) -> ArrayType:
    return x


@copy.ragged
def _copy_items(x: Any) -> Any:
    return x.with_flat_values(copy(x.flat_values))


copy.sample(f32([[1, 2]]))
