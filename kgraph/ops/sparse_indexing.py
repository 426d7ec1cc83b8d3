"""Parts of sparse values along any axis: slices, positions, turned round, repeated, padded."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.axes import Axis, many_axes, one_axis
from kgraph.ops.casting import cast
from kgraph.ops.ensuring import with_sizes
from kgraph.ops.index_key import WHOLE, Items, is_array
from kgraph.ops.index_slices import items_by_axis
from kgraph.ops.indexing import getitem, getitem_at
from kgraph.ops.logic import logical_and
from kgraph.ops.operands import densified, densify, type_of
from kgraph.ops.picking import slice as block
from kgraph.ops.picking import take
from kgraph.ops.primitives.positions import true_positions
from kgraph.ops.primitives.shape import broadcast_to, join, reshape_to
from kgraph.ops.repetition import _pairs, flip, pad, repeat, tile
from kgraph.ops.slicing import resolve_index, resolve_slice
from kgraph.ops.sparse_axes import on_rows, padded, regrouped, sliced
from kgraph.ops.sparse_joining import below, beside
from kgraph.ops.sparse_pattern import (
    index_dtype,
    number,
    only,
    row_lengths,
    row_starts,
    take_rows,
)
from kgraph.types.csr import CSR

_ALL = ("slice", None, None, None)
_BACKWARDS = ("slice", None, None, -1)


@getitem.sparse
def _axis_after_axis(x: CSR, key: tuple[Any, ...]) -> Any:
    """Slices, lists and new axes give sparse values; so do integers, which drop their axis, unless
    they leave a vector or a number: that is dense."""
    items = _simple_items(key, x)
    if items is None:
        return getitem(*densified("getitem", [x]), key)
    found = x
    picks = [item for item in items if item is not None]
    for axis, item in enumerate(picks):
        found = found if item == _ALL else _on_axis(found, axis, item)
    sizes = iter(found.dims)
    shape = tuple(
        [
            size
            for item in items
            for size in ([1] if item is None else [next(sizes)])
            if not isinstance(item, int)
        ]
    )
    whole = [isinstance(item, int) for item in picks]
    if len(shape) > 1 or not any(whole):
        return regrouped(found, shape)
    (dense,) = [densify(found)] if all(whole) else densified("getitem", [found])
    return reshape_to(dense, shape)


def _simple_items(key: Items, x: CSR) -> list[Any] | None:
    """An item for each axis and None for new ones, if none is more than a list of positions."""
    items = items_by_axis(key, type_of(x))
    arrays, integers = sum(map(is_array, items)), sum(isinstance(item, int) for item in items)
    if len(items) - items.count(None) != x.ndim or arrays > 1 or (arrays and integers):
        return None
    sizes = iter(x.dims)
    items = [item if item is None else _listed(item, next(sizes)) for item in items]
    return items if all(map(_is_simple, items)) else None


def _listed(item: Any, size: Any) -> Any:
    """A mask that is as long as its axis as the list of positions that it means."""
    is_mask = is_array(item) and item[0] == "mask" and item[2] == (size,)
    return ("take", item[1]) if is_mask else item


def _is_simple(item: Any) -> bool:
    if is_array(item):
        return item[0] == "take" and len(item) == 2
    return True


@getitem_at.sparse
def _rows_that_a_batch_names(xs: Any, key: Items) -> Any:
    """Rows by a vector of positions or by a mask; for other keys x becomes dense."""
    x, *values = xs
    items = items_by_axis(key, type_of(x), values)
    if items != [("value", 0), *[WHOLE] * (x.ndim - 1)] or type_of(values[0]).ndim != 1:
        return getitem_at([*densified("getitem", [x]), *values], key)
    (rows,) = values
    if type_of(rows).dtype.kind == "b":
        rows = true_positions(with_sizes(rows, x.dims[:1]))
    return take(x, rows, 0)


def _on_axis(x: CSR, axis: int, item: Any) -> CSR:
    if axis == 0:
        return _rows(x, item)
    if isinstance(item, int):
        resolve_index(item, axis, x.dims[axis])
        item = ("slice", item, None if item == -1 else item + 1, None)
    if item[0] != "slice" or (item[3] or 1) < 0:
        return on_rows(x, axis, lambda rows: _rows(rows, item))
    return _columns(x, item) if x.ndim == 2 else sliced(x, axis, item[1:])


def _rows(x: CSR, item: Any) -> CSR:
    starts, lengths = (getitem(part, (item,)) for part in (row_starts(x), row_lengths(x)))
    if isinstance(item, int):
        starts, lengths = reshape_to(starts, (1,)), reshape_to(lengths, (1,))
    return take_rows(x, starts, lengths)


def _columns(x: CSR, item: Any) -> CSR:
    """A slice of the columns of a matrix, which stay in the order of their rows."""
    start, stop, step, count = resolve_slice(item[1:], x.dims[1])
    first = cast(number(start, x.indices), index_dtype(x))
    inside = logical_and(x.indices >= first, x.indices < number(stop, x.indices))
    if step != 1:
        inside = logical_and(inside, (x.indices - first) % step == 0)
    kept = only(x, inside)
    indices = kept.indices - first
    indices = indices // step if step != 1 else indices
    return CSR(kept.data, indices, kept.indptr, (x.dims[0], count))


@take.sparse
def _take_along(x: Any, indices: Any, axis: int | None, batch_dims: int = 0) -> Any:
    if batch_dims or not isinstance(x, CSR) or axis is None or type_of(indices).ndim != 1:
        return take(*densified("take", [x, indices]), axis, batch_dims)
    place = one_axis("take", axis, x.ndim)
    if place:
        return on_rows(x, place, lambda rows: _take_along(rows, indices, 0))
    return take_rows(x, take(row_starts(x), indices, 0), take(row_lengths(x), indices, 0))


@block.sparse
def _block_of_stored(inputs: CSR, start_indices: Any, shape: Any) -> Any:
    key = tuple(
        ("slice", start, start + size, None)
        for start, size in zip(start_indices, shape, strict=True)
    )
    return getitem(inputs, key)


@flip.sparse
def _flip_stored(x: CSR, axis: Axis) -> Any:
    axes = many_axes("flip", axis, x.ndim)
    return getitem(x, tuple(_BACKWARDS if place in axes else _ALL for place in range(x.ndim)))


@repeat.sparse
def _repeat_stored(x: CSR, repeats: Any, axis: int | None) -> Any:
    if axis is None:
        return repeat(*densified("repeat", [x]), repeats, axis)
    place = one_axis("repeat", axis, x.ndim)
    if place:
        return on_rows(x, place, lambda rows: _repeat_stored(rows, repeats, 0))
    starts, lengths = (repeat(part, repeats, 0) for part in (row_starts(x), row_lengths(x)))
    return take_rows(x, starts, lengths)


@tile.sparse
def _tile_stored(x: CSR, repeats: Any) -> Any:
    counts = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    counts = (1,) * (x.ndim - len(counts)) + counts
    if len(counts) > x.ndim or min(counts) < 1:
        return tile(*densified("tile", [x]), repeats)
    for axis in range(1, x.ndim):
        x = beside([x] * counts[axis], axis)
    return below([x] * counts[0])


@pad.sparse
def _pad_stored(x: CSR, pad_width: Any, mode: str, constant_values: float | None) -> Any:
    if mode != "constant" or constant_values:
        return pad(*densified("pad", [x]), pad_width, mode, constant_values)
    widths = _pairs(pad_width, x.ndim)
    if x.ndim != 2:
        return padded(x, widths)
    (above, under), (left, right) = widths
    rows, columns = x.dims
    last = getitem(x.indptr, (("slice", -1, None, None),))
    bounds = [np.zeros(above, index_dtype(x)), x.indptr]
    if under:
        bounds.append(broadcast_to(last, (under,)))
    indices = x.indices + index_dtype(x).type(left)
    dims = rows + (above + under), columns + (left + right)
    return CSR(x.data, indices, join(bounds, 0), dims)
