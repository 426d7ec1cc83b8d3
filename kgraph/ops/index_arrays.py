"""The part of an index that picks by positions and masks: NumPy's "advanced" indexing.

Each array, list or mask of a key is a *pick*: positions on an axis, or on several, which a mask
covers and which count as one here.  Picks broadcast against each other, as in NumPy:
``x[[0, 1], [1, 2]]`` has the elements (0, 1) and (1, 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import add, multiply
from kgraph.ops.casting import cast
from kgraph.ops.ensuring import with_sizes
from kgraph.ops.gathering import from_the_front, pick
from kgraph.ops.index_key import WHOLE, constant_array, is_array
from kgraph.ops.index_slices import axes_of, take_slices
from kgraph.ops.logic import logical_and
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import true_positions
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.reshaping import permute
from kgraph.ops.selection import where
from kgraph.ops.sizing import size_on
from kgraph.ops.slicing import resolve_index
from kgraph.types.dims import Dims, product
from kgraph.types.errors import KGraphError, ShapeError, message


class Pick:
    """An item that picks, and the axes it picks on, counted after integers have dropped theirs."""

    __slots__ = ("axis", "count", "item")

    def __init__(self, item: Any, axis: int, count: int) -> None:
        self.item = item
        self.axis = axis
        self.count = count


def index_by_arrays(x: Any, items: Sequence[Any], values: Sequence[Any] = ()) -> Any:
    """``x[items]`` where some items are arrays and every axis has its item.

    Slices and integers come first.  Then the axes that are picked on move to the front and become
    one, and its rows are gathered.
    """
    picks, place = _picks(items, values)
    x = take_slices(x, _without_arrays(items, values), values)
    if len(picks) == 1 and place == picks[0].axis and picks[0].item[0] == "take":
        return _pick_known(x, picks[0])
    axes = [axis for p in picks for axis in range(p.axis, p.axis + p.count)]
    x = _with_checked_masks(x, picks, values)
    kept = [axis for axis in range(type_of(x).ndim) if axis not in axes]
    dims = dims_of(x)
    sizes = tuple(product(dims[p.axis : p.axis + p.count]) for p in picks)
    rest = tuple(dims[axis] for axis in kept)
    moved = permute(x, (*axes, *kept))
    table = moved if dims_of(moved) == (*sizes, *rest) else reshape_to(moved, (*sizes, *rest))
    found = [_positions(table, i, p, values) for i, p in enumerate(picks)]
    positions = _flat_positions(table, found)
    rows = table if len(picks) == 1 else reshape_to(table, (product(sizes), *rest))
    return _moved_back(gather_rows(rows, positions), type_of(positions).ndim, place)


def _picks(items: Sequence[Any], values: Sequence[Any]) -> tuple[list[Pick], int]:
    """The picks, and the axis of the result at which what they picked stands.

    That is where the first stood if all stand side by side (integers stand with them), else 0.
    """
    picks: list[Pick] = []
    axis = 0
    beside: list[int] = []  # places in the key of all that is no slice
    first = 0
    for place, item in enumerate(items):
        if is_array(item) or isinstance(item, int):
            first = axis if not beside else first
            beside.append(place)
        if is_array(item):
            picks.append(Pick(item, axis, axes_of(item, values)))
        axis += 0 if isinstance(item, int) else max(axes_of(item, values), 1)
    apart = beside[-1] - beside[0] + 1 > len(beside)
    return picks, 0 if apart else first


def _without_arrays(items: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    left: list[Any] = []
    for item in items:
        left += [WHOLE] * axes_of(item, values) if is_array(item) else [item]
    return left


def _pick_known(x: Any, found: Pick) -> Any:
    positions = constant_array(found.item)
    flat = pick(x, found.axis, tuple(positions.ravel().tolist()))
    if positions.ndim == 1:
        return flat
    dims = dims_of(x)
    return reshape_to(flat, (*dims[: found.axis], *positions.shape, *dims[found.axis + 1 :]))


# -- masks ---------------------------------------------------------------------------------------


def _mask_sizes(p: Pick, values: Sequence[Any]) -> Dims | None:
    """The shape of the mask, if the item is one."""
    if p.item[0] == "mask":
        return tuple(p.item[2])
    if p.item[0] == "value" and type_of(values[p.item[1]]).dtype.kind == "b":
        return dims_of(values[p.item[1]])
    return None


def _with_checked_masks(x: Any, picks: Sequence[Pick], values: Sequence[Any]) -> Any:
    """``x``, whose sizes are those of its masks: proved now, or when a batch arrives."""
    for p in picks:
        sizes = _mask_sizes(p, values)
        if sizes is None:
            continue
        dims = dims_of(x)
        mine = dims[p.axis : p.axis + p.count]
        if not sizes or any(
            isinstance(a, int) and isinstance(b, int) and a != b
            for a, b in zip(sizes, mine, strict=True)
        ):
            raise ShapeError(
                message(
                    f"getitem: a mask of shape {_listed(sizes)} does not fit the sizes that it "
                    f"masks, {_listed(mine)}",
                    received=str(type_of(x)),
                )
            )
        x = with_sizes(x, (*dims[: p.axis], *sizes, *dims[p.axis + p.count :]))
    return x


def _listed(sizes: Dims) -> str:
    return f"({', '.join(map(str, sizes))})"


# -- positions -------------------------------------------------------------------------------------


class Positions:
    """Positions on an axis, counted from its start; ``certain`` if the axis surely has them."""

    __slots__ = ("certain", "ids")

    def __init__(self, ids: Any, certain: bool) -> None:
        self.ids = ids
        self.certain = certain


def _positions(table: Any, axis: int, p: Pick, values: Sequence[Any]) -> Positions:
    """Where a pick picks on ``axis`` of ``table``, which stands for all axes of a mask."""
    tag, content = p.item[0], p.item[1]
    if tag == "mask":
        return Positions(np.array(content, np.int64), certain=True)
    if tag == "take":
        return _known_positions(table, axis, constant_array(p.item))
    value = values[content]
    if type_of(value).dtype.kind != "b":
        ids = from_the_front(table, cast(value, np.int64), axis)
        return Positions(ids, certain=False)
    if type_of(value).ndim != 1:
        value = reshape_to(value, (product(dims_of(value)),))
    return Positions(true_positions(value), certain=True)


def _known_positions(table: Any, axis: int, ids: np.ndarray) -> Positions:
    size = dims_of(table)[axis]
    found = [resolve_index(int(position), axis, size) for position in ids.ravel()]
    if isinstance(size, int):
        return Positions(np.array(found, np.int64).reshape(ids.shape), certain=True)
    return Positions(from_the_front(table, ids, axis) if (ids < 0).any() else ids, certain=False)


def _flat_positions(table: Any, positions: Sequence[Positions]) -> Any:
    """Positions on the first axes of ``table`` as positions on the one that they will become.

    One that its own axis has not becomes -1, which no axis has: ``gather_rows`` refuses it.
    """
    first, *others = positions
    flat, certain = first.ids, first.certain
    for axis, more in enumerate(others, 1):
        size = size_on(table, axis, more.ids)
        try:
            moved = add(multiply(flat, size), more.ids)
        except KGraphError as error:
            raise ShapeError(
                message(
                    "getitem: the positions for several axes do not broadcast together",
                    received=", ".join(str(type_of(part.ids)) for part in positions),
                )
            ) from error
        if not more.certain:
            moved = where(logical_and(more.ids >= 0, more.ids < size), moved, -1)
        flat = moved if certain else where(flat >= 0, moved, -1)
        certain = certain and more.certain
    return flat


def _moved_back(x: Any, count: int, place: int) -> Any:
    """``x`` with its first ``count`` axes moved behind ``place`` others."""
    ndim = type_of(x).ndim
    others = range(count, ndim)
    return permute(x, (*others[:place], *range(count), *others[place:]))
