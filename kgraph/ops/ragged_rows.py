"""Rows of a ragged value as things to move: taken by number, put one after another, nested deeper.

*Level* ``n`` of a ragged value are the rows along axis ``n + 1``: its splits say where each of them
lies among the items of axis ``n + 1``, which are the rows of the next level or the flat values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.bounds import row_ids
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import spans
from kgraph.ops.primitives.rows import counting, spans_like, whole_row
from kgraph.ops.primitives.shape import join, reshape_to, strided_slice
from kgraph.ops.ragged_broadcast import lengths_of
from kgraph.ops.sizing import size_on
from kgraph.types.dims import Size
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor


def items_on(x: RaggedTensor, axis: int) -> Any:
    """The items of axis ``axis`` end to end: the flat values, or ragged themselves."""
    inner = x.nested_row_splits[axis:]
    return RaggedTensor._make(x.flat_values, inner) if inner else x.flat_values


def with_outer(splits: Sequence[Any], items: Any) -> RaggedTensor:
    """``items``, dense or ragged, in rows with these splits, level by level."""
    if isinstance(items, RaggedTensor):
        splits, items = (*splits, *items.nested_row_splits), items.flat_values
    return RaggedTensor._make(items, tuple(splits))


def one_each(items: Any) -> Any:
    """Some array with an entry for each item."""
    return lengths_of(items.row_splits) if isinstance(items, RaggedTensor) else items


# -- bounds ----------------------------------------------------------------------------------------


def starts_of(splits: Any) -> Any:
    return strided_slice(splits, (0,), (dims_of(splits)[0] - 1,), (1,))


def limits_of(splits: Any) -> Any:
    size = dims_of(splits)[0]
    return strided_slice(splits, (1,), (size,), (1,))


def splits_of(lengths: Any) -> Any:
    """The bounds of rows of these lengths, one after another."""
    zero = np.zeros(1, type_of(lengths).dtype)
    return join([zero, OPS["cumsum"](lengths)], 0)


def uniform_splits(items: Any, length: Size | Any) -> Any:
    """Bounds that give each of ``items`` a row of ``length`` items; the length may be a value."""
    ends = OPS["multiply"](counting(one_each(items)) + 1, length)
    return join([np.zeros(1, np.int64), ends], 0)


def _like_the_others(splits: Any, others: Sequence[Any]) -> Any:
    dtype = type_of(others[0]).dtype
    return splits if type_of(splits).dtype == dtype else cast(splits, dtype)


# -- rows ------------------------------------------------------------------------------------------


def take_rows(x: Any, ids: Any, each_once: bool = False) -> Any:
    """The rows ``ids`` of a dense or ragged value, counted from the front.

    Where the ids hold every row once, all sizes of the result are known.

    Errors    ValueError if a position lies outside 0 .. rows - 1
    """
    if not isinstance(x, RaggedTensor):
        return gather_rows(x, ids)
    levels: list[Any] = []
    for axis, splits in enumerate(x.nested_row_splits, 1):
        starts, lengths = gather_rows(starts_of(splits), ids), gather_rows(lengths_of(splits), ids)
        levels.append(splits_of(lengths))
        if each_once:
            ids = spans_like(starts, lengths, one_each(items_on(x, axis)))
        else:
            ids = spans(starts, lengths)
    return RaggedTensor._make(gather_rows(x.flat_values, ids), tuple(levels))


def rows_after_rows(xs: Sequence[Any]) -> Any:
    """All rows of the first value, then those of the next; all are of one ragged rank."""
    if not isinstance(xs[0], RaggedTensor):
        return OPS["concatenate"](xs, 0)
    levels = [
        _joined_splits(parts) for parts in zip(*(x.nested_row_splits for x in xs), strict=True)
    ]
    return RaggedTensor._make(OPS["concatenate"]([x.flat_values for x in xs], 0), tuple(levels))


def _joined_splits(parts: Sequence[Any]) -> Any:
    splits = parts[0]
    for more in parts[1:]:
        size = dims_of(splits)[0]
        last = strided_slice(splits, (size - 1,), (size,), (1,))
        splits = join([splits, OPS["add"](limits_of(more), last)], 0)
    return splits


def reversed_on(x: RaggedTensor, axis: int) -> RaggedTensor:
    """x with the items of a row on ``axis`` in reverse order, those on further axes with them."""
    items = items_on(x, axis)
    places = counting(one_each(items))
    if axis == 0:
        last = limits_of(whole_row(places)) - 1
        return take_rows(x, last - places, each_once=True)  # type: ignore[no-any-return]
    splits = x.nested_row_splits[axis - 1]
    ends = OPS["add"](starts_of(splits), limits_of(splits)) - 1
    mirrored = gather_rows(ends, row_ids(splits, one_each(items))) - places
    return with_outer(x.nested_row_splits[:axis], take_rows(items, mirrored, each_once=True))


def repeated_on(x: RaggedTensor, axis: int, times: int) -> RaggedTensor:
    """x with every item on ``axis`` several times in a row."""
    items = items_on(x, axis)
    ids = OPS["repeat"](counting(one_each(items)), times, 0)
    taken = take_rows(items, ids)
    if axis == 0:
        return taken  # type: ignore[no-any-return]
    *outer, splits = x.nested_row_splits[:axis]
    return with_outer((*outer, splits * times), taken)


# -- more axes -------------------------------------------------------------------------------------


def add_axis(x: RaggedTensor, axis: int) -> RaggedTensor:
    """x with a new axis of size 1 before its items on ``axis``, which is 0 or a ragged one."""
    splits = x.nested_row_splits
    if axis == 0:
        return with_outer((_like_the_others(whole_row(one_each(x)), splits),), x)
    ones = _like_the_others(counting(splits[axis - 1]), splits)
    return RaggedTensor._make(x.flat_values, (*splits[: axis - 1], ones, *splits[axis - 1 :]))


def with_ragged_rank(x: Any, rank: int) -> RaggedTensor:
    """A dense value, or one of fewer ragged axes, with its next axes as ragged ones."""
    outer = x.nested_row_splits if isinstance(x, RaggedTensor) else ()
    items = x.flat_values if isinstance(x, RaggedTensor) else x
    while len(outer) < rank:
        count, length, *inner = dims_of(items)
        outer = (*outer, uniform_splits(items, size_on(items, 1, np.zeros((), np.int64))))
        items = reshape_to(items, (count * length, *inner))
    return RaggedTensor._make(items, tuple(outer))
