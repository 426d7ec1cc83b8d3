"""Other shapes and other orders of axes for the same elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.axes import many_axes, one_axis
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.shape import reshape_to, transpose_axes
from kgraph.ops.ragged_rows import add_axis
from kgraph.ops.samples import i32
from kgraph.types.dims import Dims, Size, exact_div, opaque, product
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.ragged import RaggedTensor

_CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
_COLUMN = i32([[[1]], [[2]], [[3]]])


@op(dtypes=unchanged)
def reshape(x: Array, newshape: Sequence[int | None]) -> Array:
    """The same elements, in row-major order, under another shape.

    Shapes    any -> ``newshape``; one size may be -1 (or None): it is worked out from the others
    Dtypes    all; the result has the dtype of x
    Errors    ValueError where the number of elements cannot be the same
    Source    keras.ops.reshape, numpy.reshape

    >>> import kgraph as kg
    >>> kg.ops.reshape([1, 2, 3, 4, 5, 6], (-1, 3))
    array([[1, 2, 3],
           [4, 5, 6]], dtype=int32)
    """
    shape = (newshape,) if isinstance(newshape, int) else newshape
    return np.reshape(x, [-1 if size is None else size for size in shape])


@reshape.lower
def _with_resolved_sizes(x: Any, newshape: Any) -> Any:
    return reshape_to(x, resolve_shape(dims_of(x), newshape))


def resolve_shape(dims: Dims, newshape: Any) -> Dims:
    """``newshape`` for a value of sizes ``dims``, with the size left open worked out.

    >>> resolve_shape((4, 6), (-1, 3))
    (8, 3)
    """
    sizes = [newshape] if isinstance(newshape, int) else list(newshape)
    unknown = [place for place, size in enumerate(sizes) if size is None or size == -1]
    if any(isinstance(size, int) and size < -1 for size in sizes):
        raise ShapeError(f"reshape: a size cannot be negative, got {tuple(sizes)}")
    if len(unknown) > 1:
        raise ShapeError(f"reshape: only one size may be left open, got {tuple(sizes)}")
    total = product(dims)
    for place in unknown:
        sizes[place] = missing_size(total, product(sizes[:place] + sizes[place + 1 :]))
    if None in sizes or (isinstance(total, int) and product(sizes) != total):
        raise ShapeError(
            message(
                "reshape: the number of elements differs",
                received=f"({', '.join(map(str, dims))}) -> {newshape}",
                expected=f"{total} elements",
            )
        )
    return tuple(sizes)


def missing_size(total: Size, others: Size) -> Size | None:
    """How often ``others`` goes into ``total``; None if it certainly does not."""
    exact = exact_div(total, others)
    if exact is not None or isinstance(total, int) or others == 0:
        return exact
    return opaque("div", total, others)


reshape.sample(_CUBE, newshape=(4, -1))
reshape.sample(_CUBE, newshape=(-1,))
reshape.sample(_CUBE, newshape=(1, 24, 1))
reshape.sample(np.zeros((0, 4), np.int32), newshape=(-1, 2))


@op(dtypes=unchanged)
def ravel(x: Array) -> Array:
    """All elements in row-major order, along one axis.

    Shapes    any -> (N,)
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.ravel, numpy.ravel

    >>> import kgraph as kg
    >>> kg.ops.ravel([[1, 2], [3, 4]])
    array([1, 2, 3, 4], dtype=int32)
    """
    return np.ravel(x)


@ravel.lower
def _flat(x: Any) -> Any:
    return reshape_to(x, (product(dims_of(x)),))


ravel.sample(_CUBE)
ravel.sample(np.float32(3))


@op(dtypes=unchanged)
def squeeze(x: Array, axis: int | Sequence[int] | None = None) -> Array:
    """x without axes of size 1.

    Shapes    ``axis``: which; None: all that are known to have size 1
    Dtypes    all; the result has the dtype of x
    Errors    ValueError if the size on ``axis`` is not 1
    Source    keras.ops.squeeze, numpy.squeeze

    >>> import kgraph as kg
    >>> kg.ops.squeeze([[[1], [2]]])
    array([1, 2], dtype=int32)
    """
    return np.squeeze(x, axis)


@squeeze.lower
def _without_ones(x: Any, axis: Any) -> Any:
    return reshape_to(x, squeezed_dims(dims_of(x), axis, x))


def squeezed_dims(dims: Dims, axis: Any, x: Any) -> Dims:
    """``dims``, which are those of ``x``, without the axes of size 1 that ``axis`` names."""
    if axis is None:
        return tuple(size for size in dims if size != 1)
    axes = many_axes("squeeze", axis, len(dims))
    for place in axes:
        size = dims[place]
        if isinstance(size, int) and size != 1:
            raise ShapeError(
                message(f"squeeze: axis {place} has size {size}, not 1", received=str(type_of(x)))
            )
    return tuple(size for place, size in enumerate(dims) if place not in axes)


@squeeze.ragged
def _squeeze_items(x: RaggedTensor, axis: Any) -> Any:
    return _on_item_axes(squeeze, x, many_axes("squeeze", axis, x.type.ndim))


squeeze.sample(_COLUMN)
squeeze.sample(_COLUMN, axis=1)
squeeze.sample(_COLUMN, axis=(1, -1))


@op(dtypes=unchanged)
def expand_dims(x: Array, axis: int | Sequence[int]) -> Array:
    """x with new axes of size 1.

    Shapes    ``axis``: where they stand in the result; before the items of ragged rows the new
              axis is a ragged one, of rows of one item
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.expand_dims, numpy.expand_dims

    >>> import kgraph as kg
    >>> kg.ops.expand_dims([1, 2], -1)
    array([[1],
           [2]], dtype=int32)
    """
    return np.expand_dims(x, axis)


@expand_dims.lower
def _with_ones(x: Any, axis: Any) -> Any:
    dims = list(dims_of(x))
    for place in _new_axes(axis, len(dims)):
        dims.insert(place, 1)
    return reshape_to(x, tuple(dims))


def _new_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    count = 1 if isinstance(axis, int) else len(axis)
    return many_axes("expand_dims", axis, ndim + count)


@expand_dims.ragged
def _expand_items(x: RaggedTensor, axis: Any) -> Any:
    inner: list[int] = []
    for place in _new_axes(axis, x.type.ndim):
        if place <= x.ragged_rank:
            x = add_axis(x, place)
        else:
            inner.append(place)
    return _on_item_axes(expand_dims, x, tuple(inner)) if inner else x


def _on_item_axes(made: Op, x: RaggedTensor, axes: tuple[int, ...]) -> RaggedTensor:
    rank = x.type.ragged_rank
    if axes and axes[0] <= rank:
        raise ShapeError(
            message(
                f"{made.name}: the rows of a ragged value stay where they are",
                received=f"axis {axes[0]} of {x.type}",
                expected=f"axes after {rank}",
            )
        )
    return x.with_flat_values(made(x.flat_values, tuple(axis - rank for axis in axes)))


expand_dims.sample(_CUBE, axis=1)
expand_dims.sample(_CUBE, axis=-1)
expand_dims.sample(_CUBE, axis=(0, 3))
expand_dims.sample(np.float32(2), axis=0)


@op(dtypes=unchanged)
def transpose(x: Array, axes: Sequence[int] | None = None) -> Array:
    """x with its axes in another order.

    Shapes    axis ``i`` of the result is axis ``axes[i]`` of x; None turns the order round
    Dtypes    all; the result has the dtype of x
    Errors    ValueError if ``axes`` is no permutation
    Source    keras.ops.transpose, numpy.transpose

    >>> import kgraph as kg
    >>> kg.ops.transpose([[1, 2], [3, 4]])
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return np.transpose(x, axes)


def _permutation(axes: Any, ndim: int) -> tuple[int, ...]:
    if axes is None:
        return tuple(reversed(range(ndim)))
    order = tuple(one_axis("transpose", axis, ndim) for axis in axes)
    if sorted(order) != list(range(ndim)):
        raise ShapeError(
            message(
                "transpose: axes must name each axis once",
                received=str(tuple(axes)),
                expected=f"an order of 0 .. {ndim - 1}",
            )
        )
    return order


@transpose.lower
def _reorder(x: Any, axes: Any) -> Any:
    return permute(x, _permutation(axes, type_of(x).ndim))


def permute(x: Any, order: tuple[int, ...]) -> Any:
    """``x`` with the axes in ``order``; as it is if that is their order."""
    return x if order == tuple(range(len(order))) else transpose_axes(x, order)


@transpose.ragged
def _reorder_items(x: RaggedTensor, axes: Any) -> Any:
    rank = x.type.ragged_rank
    order = _permutation(axes, x.type.ndim)
    if order[: rank + 1] != tuple(range(rank + 1)):
        raise ShapeError(
            message(
                "transpose: the rows of a ragged value stay where they are",
                received=f"axes {order} for {x.type}",
                expected=f"axes that begin with {tuple(range(rank + 1))}",
            )
        )
    return x.with_flat_values(transpose(x.flat_values, tuple(a - rank for a in order[rank:])))


transpose.sample(_CUBE)
transpose.sample(_CUBE, axes=(0, 2, 1))
transpose.sample(_CUBE, axes=(1, -1, 0))


@op(dtypes=unchanged)
def swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    """x with two axes exchanged.

    Shapes    the sizes on both axes are exchanged
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.swapaxes, numpy.swapaxes

    >>> import kgraph as kg
    >>> kg.ops.swapaxes([[1, 2], [3, 4]], 0, 1)
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return np.swapaxes(x, axis1, axis2)


@swapaxes.lower
@swapaxes.ragged
def _exchange(x: Any, axis1: int, axis2: int) -> Any:
    order = list(range(type_of(x).ndim))
    first, second = (one_axis("swapaxes", axis, len(order)) for axis in (axis1, axis2))
    order[first], order[second] = second, first
    return transpose(x, order)


swapaxes.sample(_CUBE, axis1=0, axis2=-1)


@op(dtypes=unchanged)
def moveaxis(x: Array, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
    """x with axes moved to new places; the others keep their order.

    Shapes    axis ``source[i]`` of x is axis ``destination[i]`` of the result
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.moveaxis, numpy.moveaxis

    >>> import kgraph as kg
    >>> kg.ops.moveaxis([[[1, 2, 3]]], 2, 0).shape
    (3, 1, 1)
    """
    return np.moveaxis(x, source, destination)


@moveaxis.lower
@moveaxis.ragged
def _move(x: Any, source: Any, destination: Any) -> Any:
    ndim = type_of(x).ndim
    sources = [one_axis("moveaxis", axis, ndim) for axis in _as_list(source)]
    targets = [one_axis("moveaxis", axis, ndim) for axis in _as_list(destination)]
    if len(sources) != len(targets) or len(set(sources)) != len(sources):
        raise ShapeError(f"moveaxis: cannot move axes {source} to {destination}")
    order = [axis for axis in range(ndim) if axis not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return transpose(x, order)


def _as_list(axes: Any) -> list[int]:
    if isinstance(axes, int):
        return [axes]
    if not isinstance(axes, Sequence):
        raise KGraphTypeError(f"moveaxis: axes are integers, got {axes!r}")
    return list(axes)


moveaxis.sample(_CUBE, source=0, destination=-1)
moveaxis.sample(_CUBE, source=(0, 1), destination=(2, 0))
