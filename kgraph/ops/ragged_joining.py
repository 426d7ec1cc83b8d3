"""Ragged values joined: row after row, item after item of each row, or item beside item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph.ops.casting import cast
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.bounds import row_ids
from kgraph.ops.primitives.shape import join, reshape_to
from kgraph.ops.ragged_broadcast import aligned_flat_values
from kgraph.ops.ragged_rows import (
    items_on,
    one_each,
    rows_after_rows,
    take_rows,
    with_outer,
    with_ragged_rank,
)
from kgraph.ops.sizing import attached
from kgraph.types.dtypes import int64
from kgraph.types.errors import ShapeError, message
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor


def join_rows(xs: Sequence[Any], axis: int) -> Any:
    """Ragged and dense values of one rank, joined on ``axis``.

    Errors    ValueError where the rows around the axis certainly differ; where that is not known,
              it is proved when a batch is there
    """
    rank = max(x.ragged_rank for x in xs if isinstance(x, RaggedTensor))
    parts = _of_one_splits_dtype([with_ragged_rank(x, rank) for x in xs])
    first = parts[0]
    if axis == 0:
        return rows_after_rows(parts)
    if axis > rank:
        flat = [aligned_flat_values("concatenate", part, first) for part in parts]
        return first.with_flat_values(OPS["concatenate"](flat, axis - rank))
    return _item_after_item(parts, axis)


def _item_after_item(parts: Sequence[RaggedTensor], axis: int) -> RaggedTensor:
    """Each row of the result holds the items on ``axis`` of that row of each value, in turn."""
    outer = parts[0].nested_row_splits[: axis - 1]
    splits = [_of_the_same_rows(part, parts[0], axis) for part in parts]
    items = [items_on(part, axis) for part in parts]
    rows = join([row_ids(s, one_each(item)) for s, item in zip(splits, items, strict=True)], 0)
    total = splits[0]
    for more in splits[1:]:
        total = OPS["add"](total, more)
    # the sort is stable: within a row, items keep the order of the values
    taken = take_rows(rows_after_rows(items), OPS["argsort"](rows), each_once=True)
    return with_outer((*outer, total), taken)


def _of_the_same_rows(part: RaggedTensor, model: RaggedTensor, axis: int) -> Any:
    """The splits of ``part`` on ``axis``, proved to bound as many rows, nested alike, as others."""
    own, wanted = part.nested_row_splits[:axis], model.nested_row_splits[:axis]
    _require_as_many(part, model)
    if axis == 1 and dims_of(own[0]) != dims_of(wanted[0]):
        return reshape_to(attached(own[0], wanted[0]), dims_of(wanted[0]))
    if axis == 1:
        return own[0]
    rows, wanted_rows = (RaggedTensor._make(s[-1], s[:-1]) for s in (own, wanted))
    return aligned_flat_values("concatenate", rows, wanted_rows)


def _require_as_many(part: RaggedTensor, model: RaggedTensor) -> None:
    sizes = [dims_of(x.row_splits)[0] for x in (part, model)]
    if all(isinstance(size, int) for size in sizes) and sizes[0] != sizes[1]:
        raise ShapeError(
            message(
                "concatenate: the values have different numbers of rows",
                received=f"{type_of(model)}\n{type_of(part)}",
                expected="the same number, except on axis 0",
            )
        )


def _of_one_splits_dtype(parts: Sequence[RaggedTensor]) -> Sequence[RaggedTensor]:
    """Splits as int64 where some are int32."""
    dtypes = {type_of(splits).dtype for part in parts for splits in part.nested_row_splits}
    if len(dtypes) == 1:
        return parts
    return [
        RaggedTensor._make(x.flat_values, tuple(_as_int64(s) for s in x.nested_row_splits))
        for x in parts
    ]


def _as_int64(splits: Any) -> Any:
    return splits if type_of(splits).dtype == int64 else cast(splits, int64)
