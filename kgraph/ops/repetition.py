"""Elements repeated, turned round, and surrounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.axes import Axis, many_axes, one_axis
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.gathering import gather_along
from kgraph.ops.indexing import take_range
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.shape import broadcast_to, join, pad_constant, reshape_to, strided_slice
from kgraph.ops.ragged_axes import on_inner_axis
from kgraph.ops.ragged_rows import repeated_on, reversed_on
from kgraph.ops.reshaping import ravel
from kgraph.ops.samples import f32
from kgraph.types.dims import Size
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.operators import OPS

_MATRIX = f32([[1, 2, 3], [4, 5, 6]])


@op(dtypes=unchanged)
def repeat(x: Array, repeats: int | Sequence[int], axis: int | None = None) -> Array:
    """Every entry along ``axis`` several times.

    Shapes    the size on ``axis`` grows ``repeats``-fold, or to the sum of a list of repeats;
              None flattens x first; along a ragged axis each row grows ``repeats``-fold
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.repeat, numpy.repeat

    >>> import kgraph as kg
    >>> kg.ops.repeat([1, 2], 2)
    array([1, 1, 2, 2], dtype=int32)
    """
    return np.repeat(x, repeats, axis)


@repeat.lower
def _repeat_entries(x: Any, repeats: Any, axis: int | None) -> Any:
    if axis is None:
        x, axis = ravel(x), 0
    dims = dims_of(x)
    axis = one_axis("repeat", axis, len(dims))
    if not isinstance(repeats, int) and len(repeats) == 1:
        repeats = repeats[0]
    if isinstance(repeats, int):
        front, size, back = dims[:axis], dims[axis], dims[axis + 1 :]
        wide = broadcast_to(reshape_to(x, (*front, size, 1, *back)), (*front, size, repeats, *back))
        return reshape_to(wide, (*front, size * repeats, *back))
    if len(repeats) != dims[axis]:
        raise ShapeError(
            message(
                "repeat: one count for each entry is needed",
                received=f"{len(repeats)} counts for a size of {dims[axis]}",
            )
        )
    return gather_along(x, np.repeat(np.arange(len(repeats)), repeats), axis)


@repeat.ragged
def _repeat_items(x: Any, repeats: Any, axis: int | None) -> Any:
    if axis is None:
        return repeat(x.flat_values, repeats)
    place = one_axis("repeat", axis, x.ndim)
    if place > x.ragged_rank:
        return on_inner_axis(repeat, x, place, repeats=repeats)
    if not isinstance(repeats, int):
        raise KGraphTypeError(
            message(
                "repeat: one count for all items is needed along the rows of a ragged value",
                received=f"{repeats} on axis {place} of {x.type}",
                expected="an integer",
            )
        )
    return repeated_on(x, place, repeats)


repeat.sample(_MATRIX, repeats=2)
repeat.sample(_MATRIX, repeats=3, axis=0)
repeat.sample(_MATRIX, repeats=(1, 0, 2), axis=-1)


@op(dtypes=unchanged)
def tile(x: Array, repeats: int | Sequence[int]) -> Array:
    """x beside itself, several times along each axis.

    Shapes    ``repeats``: one count for each axis, the last ones if there are fewer
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.tile, numpy.tile

    >>> import kgraph as kg
    >>> kg.ops.tile([1, 2], 2)
    array([1, 2, 1, 2], dtype=int32)
    """
    return np.tile(x, repeats)


@tile.lower
def _tile_axes(x: Any, repeats: Any) -> Any:
    counts = [repeats] if isinstance(repeats, int) else list(repeats)
    dims = list(dims_of(x))
    rank = max(len(counts), len(dims))
    counts = [1] * (rank - len(counts)) + counts
    dims = [*[1] * (rank - len(dims)), *dims]
    apart: list[Size] = []
    wide: list[Size] = []
    for count, size in zip(counts, dims, strict=True):
        apart += [1, size] if count != 1 else [size]
        wide += [count, size] if count != 1 else [size]
    repeated = broadcast_to(reshape_to(x, apart), wide) if apart != wide else x
    return reshape_to(
        repeated, tuple(count * size for count, size in zip(counts, dims, strict=True))
    )


@tile.ragged
def _tile_rows(x: Any, repeats: Any) -> Any:
    counts = [repeats] if isinstance(repeats, int) else list(repeats)
    if len(counts) > x.ndim:
        raise ShapeError(
            message(
                "tile: there are more counts than axes",
                received=f"{tuple(counts)} for {x.type}",
                hint="ops.expand_dims(x, 0) adds an axis",
            )
        )
    counts, rank = [1] * (x.ndim - len(counts)) + counts, x.ragged_rank
    inner = counts[rank + 1 :]
    found = x.with_flat_values(tile(x.flat_values, (1, *inner)))
    for axis, count in enumerate(counts[: rank + 1]):
        if count < 1:
            raise ShapeError(f"tile: ragged rows are taken once or more often, not {count} times")
        found = OPS["concatenate"]([found] * count, axis) if count > 1 else found
    return found


tile.sample(_MATRIX, repeats=2)
tile.sample(_MATRIX, repeats=(2, 1, 3))
tile.sample(_MATRIX[None], repeats=(2, 1))


@op(dtypes=unchanged)
def flip(x: Array, axis: Axis = None) -> Array:
    """x with the order of entries along ``axis`` turned round; None: on all axes.

    Shapes    the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.flip, numpy.flip

    >>> import kgraph as kg
    >>> kg.ops.flip([1, 2, 3])
    array([3, 2, 1], dtype=int32)
    """
    return np.flip(x, axis)


@flip.lower
def _backwards(x: Any, axis: Axis) -> Any:
    dims = dims_of(x)
    axes = many_axes("flip", axis, len(dims))
    starts = [size - 1 if place in axes else 0 for place, size in enumerate(dims)]
    stops = [-1 if place in axes else size for place, size in enumerate(dims)]
    return strided_slice(x, starts, stops, [-1 if p in axes else 1 for p in range(len(dims))])


@flip.ragged
def _flip_items(x: Any, axis: Axis) -> Any:
    axes, rank = many_axes("flip", axis, x.ndim), x.ragged_rank
    inner = tuple(place - rank for place in axes if place > rank)
    found = x.with_flat_values(flip(x.flat_values, inner)) if inner else x
    for place in axes:
        found = reversed_on(found, place) if place <= rank else found
    return found


flip.sample(_MATRIX)
flip.sample(_MATRIX, axis=1)
flip.sample(_MATRIX[None], axis=(0, -1))
flip.sample(np.zeros((0, 2), np.float32), axis=0)


@op(dtypes=unchanged)
def roll(x: Array, shift: int | Sequence[int], axis: Axis = None) -> Array:
    """x with entries moved along ``axis``; those pushed out come in again at the other end.

    Shapes    the result has the shape of x; None flattens it for the while
    Dtypes    all; the result has the dtype of x
    Errors    ValueError if a size on ``axis`` is not known
    Source    keras.ops.roll, numpy.roll

    >>> import kgraph as kg
    >>> kg.ops.roll([1, 2, 3, 4], 1)
    array([4, 1, 2, 3], dtype=int32)
    """
    return np.roll(x, shift, axis)


@roll.lower
def _roll_axes(x: Any, shift: Any, axis: Any) -> Any:
    dims = dims_of(x)
    if axis is None:
        return reshape_to(_roll_axes(ravel(x), shift, 0), dims)
    axes = [axis] if isinstance(axis, int) else list(axis)
    shifts = [shift] * len(axes) if isinstance(shift, int) else list(shift)
    if len(shifts) != len(axes):
        raise ShapeError(f"roll: {len(shifts)} shifts for {len(axes)} axes")
    for steps, place in zip(shifts, axes, strict=True):
        x = _roll_one(x, steps, one_axis("roll", place, len(dims)))
    return x


def _roll_one(x: Any, shift: int, axis: int) -> Any:
    size = dims_of(x)[axis]
    if not isinstance(size, int):
        raise ShapeError(f"roll: the size on axis {axis} is not known: {type_of(x)}")
    cut = -shift % size if size else 0
    if cut == 0:
        return x
    return join([take_range(x, axis, cut, size), take_range(x, axis, 0, cut)], axis)


roll.sample(_MATRIX, shift=2)
roll.sample(_MATRIX, shift=-1, axis=1)
roll.sample(_MATRIX, shift=(1, 2), axis=(0, 1))


@op(dtypes=unchanged)
def pad(
    x: Array, pad_width: Any, mode: str = "constant", constant_values: float | None = None
) -> Array:
    """x surrounded by a constant, or by its own entries in mirror order.

    Shapes    ``pad_width``: (before, after) for each axis, or one pair or number for all
    Dtypes    all; the result has the dtype of x
    Edges     ``"reflect"`` does not repeat the border, ``"symmetric"`` does
    Errors    ValueError for another mode, negative widths, or a mirror wider than x
    Source    keras.ops.pad, numpy.pad

    >>> import kgraph as kg
    >>> kg.ops.pad([1, 2], (1, 2))
    array([0, 1, 2, 0, 0], dtype=int32)
    """
    if mode == "constant":
        return np.pad(x, pad_width, "constant", constant_values=constant_values or 0)
    return np.pad(x, pad_width, "reflect" if mode == "reflect" else "symmetric")


@pad.lower
def _surround(x: Any, pad_width: Any, mode: str, constant_values: float | None) -> Any:
    widths = _pairs(pad_width, type_of(x).ndim)
    if mode not in ("constant", "reflect", "symmetric"):
        raise KGraphValueError(
            message(f"pad: no such mode: {mode!r}", expected="'constant', 'reflect', 'symmetric'")
        )
    if mode == "constant":
        return pad_constant(x, widths, constant_values or 0)
    if constant_values is not None:
        raise KGraphValueError(f"pad: constant_values has no meaning in mode {mode!r}")
    for axis, (before, after) in enumerate(widths):
        x = _mirror(x, axis, before, after, int(mode == "reflect"))
    return x


def _pairs(pad_width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    if isinstance(pad_width, int):
        pad_width = (pad_width, pad_width)
    if all(isinstance(width, int) for width in pad_width):
        pair = tuple(pad_width) * (2 if len(pad_width) == 1 else 1)
        pad_width = (pair,) * ndim
    elif len(pad_width) == 1:
        pad_width = tuple(pad_width) * ndim
    if len(pad_width) != ndim or any(len(pair) != 2 or min(pair) < 0 for pair in pad_width):
        raise ShapeError(
            message(
                "pad: the widths do not fit",
                received=str(pad_width),
                expected=f"{ndim} pairs (before, after) of numbers >= 0",
            )
        )
    return tuple((before, after) for before, after in pad_width)


def _mirror(x: Any, axis: int, before: int, after: int, skipped: int) -> Any:
    """Join ``x`` with its ends, turned round; the first ``skipped`` entries are not repeated."""
    size = dims_of(x)[axis]
    if isinstance(size, int) and max(before, after) + skipped > size:
        raise ShapeError(
            f"pad: a mirror of {max(before, after)} entries is wider than axis {axis}, {size}"
        )
    parts = [x]
    if before:
        parts.insert(0, _turned(x, axis, before - 1 + skipped, skipped - 1))
    if after:
        last = size - 1 - skipped
        parts.append(_turned(x, axis, last, last - after))
    return join(parts, axis) if len(parts) > 1 else x


def _turned(x: Any, axis: int, start: Size, stop: Size) -> Any:
    """Entries from ``start`` back to after ``stop``."""
    dims = dims_of(x)
    starts: list[Size] = [0] * len(dims)
    stops, steps = list(dims), [1] * len(dims)
    starts[axis], stops[axis], steps[axis] = start, stop, -1
    return strided_slice(x, starts, stops, steps)


pad.sample(_MATRIX, pad_width=1)
pad.sample(_MATRIX, pad_width=((0, 2), (1, 0)), constant_values=-1)
pad.sample(_MATRIX, pad_width=((0, 0), (2, 1)), mode="reflect")
pad.sample(_MATRIX, pad_width=((2, 1), (0, 3)), mode="symmetric")
