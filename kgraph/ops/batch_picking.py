"""``take`` with ``batch_dims``: each batch of positions picks in its own batch of the value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.ensuring import with_sizes
from kgraph.ops.logic import logical_and
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.bounds import row_ids
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.partitions import bounds_of_rows
from kgraph.ops.primitives.rows import counting
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.ragged_broadcast import aligned_flat_values, as_many_rows, bounds_over, lengths_of
from kgraph.ops.ragged_rows import (
    items_on,
    one_each,
    starts_of,
    take_rows,
    with_outer,
    with_ragged_rank,
)
from kgraph.ops.reshaping import permute
from kgraph.ops.selection import where
from kgraph.ops.sizing import size_on
from kgraph.types.dims import product
from kgraph.types.errors import KGraphValueError, ShapeError, message
from kgraph.types.ragged import RaggedTensor

_OUTSIDE = -1  # a position that no value has: the gather refuses it


def batches_and_axis(x: Any, indices: Any, axis: int | None, batch_dims: int) -> tuple[int, int]:
    """How many leading axes are batches, and the axis to pick on, which is none of them."""
    ndim, count = type_of(x).ndim, type_of(indices).ndim
    if isinstance(batch_dims, bool) or not -count <= batch_dims <= count:
        raise ShapeError(
            message(
                f"take: batch_dims = {batch_dims} is out of bounds",
                received=f"x = {type_of(x)}\nindices = {type_of(indices)}",
                expected=f"-{count} <= batch_dims <= {count}, the axes of indices",
            )
        )
    batches = batch_dims + count if batch_dims < 0 else batch_dims
    place = batches if axis is None else axis
    if batches >= ndim:
        raise ShapeError(
            message(
                "take: x has no axis behind those of the batches",
                received=f"x = {type_of(x)}, batch_dims = {batch_dims}",
                expected=f"x of more than {batches} axes",
            )
        )
    if one_axis("take", place, ndim) < batches:
        raise ShapeError(
            message(
                f"take: axis {place} is not behind the {batches} axes of batches",
                received=f"x = {type_of(x)}, axis = {axis}, batch_dims = {batch_dims}",
                expected=f"an axis from {batches} to {ndim - 1}",
            )
        )
    return batches, one_axis("take", place, ndim)


def reference(x: np.ndarray, indices: np.ndarray, axis: int | None, batch_dims: int) -> np.ndarray:
    """One ``np.take`` for each batch."""
    batches, place = batches_and_axis(x, indices, axis, batch_dims)
    _require_inside(indices, x.shape[place])
    lead = x.shape[:batches]
    taken = [np.take(x[at], indices[at], place - batches) for at in np.ndindex(lead)]
    shape = (*x.shape[:place], *indices.shape[batches:], *x.shape[place + 1 :])
    return np.array(taken, x.dtype).reshape(shape)


def take_in_batches(x: Any, indices: Any, axis: int | None, batch_dims: int) -> Any:
    """The batches of a dense value become one table, in which positions count from their batch."""
    batches, place = batches_and_axis(x, indices, axis, batch_dims)
    indices = _of_the_same_batches(x, indices, batches)
    dims, wanted = dims_of(x), dims_of(indices)
    lead, between, rest = dims[:batches], dims[batches:place], dims[place + 1 :]
    order = (*range(batches), place, *range(batches, place), *range(place + 1, len(dims)))
    table = reshape_to(permute(x, order), (product(lead) * dims[place], *between, *rest))
    lines = reshape_to(indices, (product(lead), product(wanted[batches:])))
    ids = cast(reshape_to(lines, (product(wanted),)), np.int64)
    size = size_on(x, place, ids)
    flat = _in_table(ids, row_ids(bounds_of_rows(lines), ids) * size, size)
    found = reshape_to(gather_rows(table, flat), (*wanted, *between, *rest))
    own = range(batches, len(wanted))
    moved = range(len(wanted), len(wanted) + len(between))
    behind = range(len(wanted) + len(between), len(wanted) + len(between) + len(rest))
    return permute(found, (*range(batches), *moved, *own, *behind))


def _of_the_same_batches(x: Any, indices: Any, batches: int) -> Any:
    """``indices`` with the batches of x, proved to be as many."""
    lead, found = dims_of(x)[:batches], dims_of(indices)
    for axis, (a, b) in enumerate(zip(lead, found, strict=False)):
        if isinstance(a, int) and isinstance(b, int) and a != b:
            raise ShapeError(
                message(
                    f"take: x and indices have different batches on axis {axis}",
                    received=f"x = {type_of(x)}\nindices = {type_of(indices)}",
                    expected=f"equal sizes on the first {batches} axes",
                )
            )
    return with_sizes(indices, (*lead, *found[batches:]))


def _in_table(ids: Any, starts: Any, lengths: Any) -> Any:
    """Positions in rows as positions in what holds all rows; negative ones count from the end."""
    if isinstance(ids, np.ndarray) and isinstance(lengths, np.ndarray):
        _require_inside(ids, lengths)
    place = where(ids < 0, ids + lengths, ids)
    return where(logical_and(place >= 0, place < lengths), place + starts, _OUTSIDE)


def _require_inside(ids: np.ndarray, lengths: Any) -> None:
    """Refuse, among known numbers, a position that its row of so many entries has not."""
    outside = (ids < -lengths) | (ids >= lengths)
    if outside.any():
        position, length = ids[outside][0], np.broadcast_to(lengths, ids.shape)[outside][0]
        raise KGraphValueError(
            message(
                f"take: position {position} is not in its row",
                received=f"a row of {length} entries",
                expected=f"-{length} <= position < {length}" if length else "no position",
            )
        )


# -- ragged values -------------------------------------------------------------------------------


def take_in_ragged_batches(x: Any, indices: Any, axis: int | None, batch_dims: int) -> Any:
    """As ``take_in_batches``, where the batches of x or of the positions are ragged rows."""
    batches, place = batches_and_axis(x, indices, axis, batch_dims)
    rows = with_ragged_rank(x, place)
    asked = indices if type_of(indices).ndim == 1 else _all_rows(indices)
    items, ids = items_on(rows, batches - 1), _in_the_batches_of(rows, asked, batches)
    outer = list(rows.nested_row_splits[: batches - 1])
    for _ in range(batches, place):  # each item on an axis between is asked for the same positions
        splits = items.nested_row_splits[0]
        inner = items_on(items, 1)
        ids = take_rows(ids, row_ids(splits, one_each(inner)))
        outer.append(splits)
        items = inner
    taken = _items_at(items, ids)
    if isinstance(ids, RaggedTensor):
        outer += ids.nested_row_splits
    dense = not isinstance(indices, RaggedTensor) and not isinstance(taken, RaggedTensor)
    if dense and batches == place == 1:
        return reshape_to(taken, (*dims_of(indices), *dims_of(taken)[1:]))
    return with_outer(outer, taken) if outer else taken


def _all_rows(x: Any) -> RaggedTensor:
    """A value of which every axis but the first is ragged."""
    return with_ragged_rank(x, type_of(x).ndim - 1)


def _in_the_batches_of(rows: RaggedTensor, asked: Any, batches: int) -> Any:
    """The positions for each batch end to end, proved to be for the batches of ``rows``."""
    wanted = rows.nested_row_splits
    own = asked.nested_row_splits if isinstance(asked, RaggedTensor) else ()
    if batches == 1 and not own:
        return _of_the_same_batches(lengths_of(wanted[0]), asked, 1)
    if len(own) < batches:  # one position for each batch
        return _aligned(asked.flat_values, own, lengths_of(wanted[batches - 1]), wanted)
    bounds = own[batches - 1]
    if batches > 1:
        bounds = _aligned(bounds, own[: batches - 1], wanted[batches - 1], wanted)
    else:
        _of_the_same_batches(lengths_of(wanted[0]), lengths_of(bounds), 1)
        bounds = as_many_rows(bounds, wanted[0])
    return RaggedTensor._make(asked.flat_values, (bounds, *own[batches:]))


def _aligned(flat: Any, own: Sequence[Any], model: Any, wanted: Sequence[Any]) -> Any:
    """``flat``, which lies in rows with the splits ``own``, proved to lie as ``model`` does."""
    value, like = (RaggedTensor._make(x, tuple(s[: len(own)])) for x, s in
                   ((flat, own), (model, wanted)))  # fmt: skip
    found = aligned_flat_values("take", value, like)
    return found if dims_of(found) == dims_of(model) else reshape_to(found, dims_of(model))


def _items_at(items: RaggedTensor, ids: Any) -> Any:
    """The items of each row at its positions, all of them end to end."""
    splits = items.nested_row_splits[0]
    flat = cast(ids.flat_values if isinstance(ids, RaggedTensor) else ids, np.int64)
    row = row_ids(bounds_over(ids, 0), flat) if isinstance(ids, RaggedTensor) else counting(flat)
    starts, lengths = (
        cast(gather_rows(part, row), np.int64) for part in (starts_of(splits), lengths_of(splits))
    )
    return take_rows(items_on(items, 1), _in_table(flat, starts, lengths))
