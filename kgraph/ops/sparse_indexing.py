"""Rows and columns of sparse values: slices, positions, turned round, repeated, padded."""

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
from kgraph.ops.sparse_joining import below, beside
from kgraph.ops.sparse_pattern import (
    index_dtype,
    number,
    only,
    row_lengths,
    row_starts,
    take_rows,
    transposed,
)
from kgraph.types.csr import CSR

_ALL = ("slice", None, None, None)
_BACKWARDS = ("slice", None, None, -1)


@getitem.sparse
def _rows_then_columns(x: CSR, key: tuple[Any, ...]) -> Any:
    """Slices and lists give sparse values; an integer gives a dense vector, two a number."""
    items = _simple_items(key, x)
    if items is None:
        return getitem(*densified("getitem", [x]), key)
    row, column = items
    found = x if row == _ALL else _rows(x, row)
    found = found if column == _ALL else _columns(found, column)
    whole = [isinstance(item, int) for item in items]
    if not any(whole):
        return found
    (dense,) = [densify(found)] if all(whole) else densified("getitem", [found])
    kept = [size for size, dropped in zip(found.dims, whole, strict=True) if not dropped]
    return reshape_to(dense, tuple(kept))


def _simple_items(key: Items, x: CSR) -> list[Any] | None:
    """An item for rows and one for columns, if neither is more than a list of positions."""
    items = items_by_axis(key, type_of(x))
    if len(items) != 2 or sum(map(is_array, items)) > 1:
        return None
    items = [_listed(item, size) for item, size in zip(items, x.dims, strict=True)]
    return items if all(map(_is_simple, items)) else None


def _listed(item: Any, size: Any) -> Any:
    """A mask that is as long as its axis as the list of positions that it means."""
    is_mask = is_array(item) and item[0] == "mask" and item[2] == (size,)
    return ("take", item[1]) if is_mask else item


def _is_simple(item: Any) -> bool:
    if is_array(item):
        return item[0] == "take" and len(item) == 2
    return item is not None


@getitem_at.sparse
def _rows_that_a_batch_names(xs: Any, key: Items) -> Any:
    """Rows by a vector of positions or by a mask; for other keys x becomes dense."""
    x, *values = xs
    items = items_by_axis(key, type_of(x), values)
    if items != [("value", 0), WHOLE] or type_of(values[0]).ndim != 1:
        return getitem_at([*densified("getitem", [x]), *values], key)
    (rows,) = values
    if type_of(rows).dtype.kind == "b":
        rows = true_positions(with_sizes(rows, x.dims[:1]))
    return take(x, rows, 0)


def _rows(x: CSR, item: Any) -> CSR:
    starts, lengths = (getitem(part, (item,)) for part in (row_starts(x), row_lengths(x)))
    if isinstance(item, int):
        starts, lengths = reshape_to(starts, (1,)), reshape_to(lengths, (1,))
    return take_rows(x, starts, lengths)


def _columns(x: CSR, item: Any) -> CSR:
    if isinstance(item, int):
        resolve_index(item, 1, x.dims[1])
        item = ("slice", item, None if item == -1 else item + 1, None)
    if item[0] != "slice" or (item[3] or 1) < 0:
        return transposed(_rows(transposed(x), item))
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
def _take_rows_or_columns(x: Any, indices: Any, axis: int | None) -> Any:
    if not isinstance(x, CSR) or axis is None or type_of(indices).ndim != 1:
        return take(*densified("take", [x, indices]), axis)
    if one_axis("take", axis, 2) == 1:
        return transposed(_take_rows_or_columns(transposed(x), indices, 0))
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
    axes = many_axes("flip", axis, 2)
    return getitem(x, tuple(_BACKWARDS if place in axes else _ALL for place in range(2)))


@repeat.sparse
def _repeat_stored(x: CSR, repeats: Any, axis: int | None) -> Any:
    if axis is None:
        return repeat(*densified("repeat", [x]), repeats, axis)
    if one_axis("repeat", axis, 2) == 1:
        return transposed(_repeat_stored(transposed(x), repeats, 0))
    starts, lengths = (repeat(part, repeats, 0) for part in (row_starts(x), row_lengths(x)))
    return take_rows(x, starts, lengths)


@tile.sparse
def _tile_stored(x: CSR, repeats: Any) -> Any:
    counts = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    counts = (1,) * (2 - len(counts)) + counts
    if len(counts) > 2 or min(counts) < 1:
        return tile(*densified("tile", [x]), repeats)
    return below([beside([x] * counts[1])] * counts[0])


@pad.sparse
def _pad_stored(x: CSR, pad_width: Any, mode: str, constant_values: float | None) -> Any:
    if mode != "constant" or constant_values:
        return pad(*densified("pad", [x]), pad_width, mode, constant_values)
    (above, under), (left, right) = _pairs(pad_width, 2)
    rows, columns = x.dims
    last = getitem(x.indptr, (("slice", -1, None, None),))
    bounds = [np.zeros(above, index_dtype(x)), x.indptr]
    if under:
        bounds.append(broadcast_to(last, (under,)))
    indices = x.indices + index_dtype(x).type(left)
    dims = rows + (above + under), columns + (left + right)
    return CSR(x.data, indices, join(bounds, 0), dims)
