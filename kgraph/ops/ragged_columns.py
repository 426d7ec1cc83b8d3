"""Ops along an outer axis of a ragged value: its items are brought together, column by column.

The j-th items of all rows stand below each other; a row that ends before has none there.  So the
sum over axis 0 of rows of 2, 0 and 3 items has 3 entries, of two items, two items and one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kgraph.ops.primitives.bounds import segment_max
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.rows import column_lengths, column_order, counting
from kgraph.ops.ragged_broadcast import bounds_over, lengths_of
from kgraph.ops.ragged_rows import add_axis, items_on, one_each, splits_of, take_rows, with_outer
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor

ByRow = Callable[[Any, Any], Any]


def reduce_columns(x: RaggedTensor, axes: tuple[int, ...], by_row: ByRow) -> Any:
    """Reduce axes that lie together before the innermost ragged one.

    Shapes    the axes disappear; those behind them are ragged, and the first of them is the batch
              if axis 0 was among them
    """
    first, last = axes[0], axes[-1]
    if first == 0:
        found = reduce_columns(add_axis(items_on(x, last), 0), (1,), by_row)
        return items_on(found, 1)
    x = _merged(x, first, last)
    ids, splits = _columns(x, first)
    rows = by_row(gather_rows(x.flat_values, ids), splits[-1])
    return RaggedTensor._make(rows, splits[:-1])


def along_columns(x: RaggedTensor, axis: int, by_row: ByRow) -> RaggedTensor:
    """Apply what keeps all items along an axis before the innermost ragged one."""
    nested = add_axis(x, 0) if axis == 0 else x
    ids, splits = _columns(nested, axis or 1)
    found = by_row(gather_rows(x.flat_values, ids), splits[-1])
    return x.with_flat_values(gather_rows(found, OPS["argsort"](ids)))


def _columns(x: RaggedTensor, axis: int) -> tuple[Any, tuple[Any, ...]]:
    """Which flat values come when ``axis`` is the innermost, and the splits around them."""
    moved = x.with_flat_values(counting(x.flat_values))
    for place in range(axis, x.ragged_rank):
        moved = _swapped(moved, place)
    return moved.flat_values, moved.nested_row_splits


def _swapped(x: RaggedTensor, axis: int) -> RaggedTensor:
    """x with ``axis`` and the one behind it exchanged; both are ragged."""
    *around, outer, inner = x.nested_row_splits[: axis + 1]
    items = items_on(x, axis + 1)
    order = column_order(outer, inner, one_each(items))
    widths = OPS["maximum"](segment_max(lengths_of(inner), outer), 0)
    columns = splits_of(column_lengths(outer, inner))
    taken = take_rows(items, order, each_once=True)
    return with_outer((*around, splits_of(widths), columns), taken)


def _merged(x: RaggedTensor, first: int, last: int) -> RaggedTensor:
    """x with the ragged axes ``first .. last`` as one."""
    splits = x.nested_row_splits
    bounds = bounds_over(x, first - 1, last)
    return RaggedTensor._make(x.flat_values, (*splits[: first - 1], bounds, *splits[last:]))


def is_columns(x: RaggedTensor, axes: tuple[int, ...]) -> bool:
    """Whether ``axes`` lie together, before the innermost ragged axis."""
    together = axes == tuple(range(axes[0], axes[-1] + 1)) if axes else False
    return together and axes[-1] < x.ragged_rank
