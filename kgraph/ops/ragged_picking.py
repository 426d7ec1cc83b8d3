"""Items picked from each ragged row: by positions in it, or the greatest."""

from __future__ import annotations

from typing import Any

from kgraph.ops.operands import type_of
from kgraph.ops.primitives.bounds import row_ids
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import spans
from kgraph.ops.primitives.rows import whole_row
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.ragged_broadcast import aligned_flat_values, lengths_of
from kgraph.ops.ragged_rows import limits_of, splits_of, starts_of
from kgraph.types.errors import ShapeError, message
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor


def pick_along_rows(x: RaggedTensor, indices: Any) -> Any:
    """The items of each innermost row at the positions in that row of ``indices``.

    Errors    ValueError for a position that a row has not, and for other rows of positions
    """
    splits = x.nested_row_splits[-1]
    if not isinstance(indices, RaggedTensor):
        return _as_many_of_each_row(x, indices)
    if indices.ragged_rank != x.ragged_rank or type_of(indices.flat_values).ndim != 1:
        raise _refusal(x, indices)
    own, wanted = (_rows(value) for value in (indices, x))
    bounds = own[-1] if len(own) == 1 else _aligned(own, wanted)
    row = row_ids(bounds, indices.flat_values)
    starts, lengths = gather_rows(starts_of(splits), row), gather_rows(lengths_of(splits), row)
    return indices.with_flat_values(_items_at(x, indices.flat_values, starts, lengths))


def _rows(x: RaggedTensor) -> tuple[Any, ...]:
    return x.nested_row_splits


def _aligned(own: tuple[Any, ...], wanted: tuple[Any, ...]) -> Any:
    """The innermost splits of the positions, whose outer rows are proved to be those of x."""
    values = (RaggedTensor._make(splits[-1], splits[:-1]) for splits in (own, wanted))
    return aligned_flat_values("take_along_axis", *values)


def _as_many_of_each_row(x: RaggedTensor, indices: Any) -> Any:
    """A dense matrix of positions: so many for each row of a value of one ragged axis."""
    if x.ragged_rank != 1 or type_of(indices).ndim != 2:
        raise _refusal(x, indices)
    splits = x.nested_row_splits[0]
    rows = type_of(indices).dims[0]
    starts = reshape_to(starts_of(splits), (rows, 1))
    return _items_at(x, indices, starts, reshape_to(lengths_of(splits), (rows, 1)))


def _items_at(x: RaggedTensor, indices: Any, starts: Any, lengths: Any) -> Any:
    where = OPS["where"]
    place = OPS["cast"](indices, type_of(lengths).dtype)
    place = where(place < 0, place + lengths, place)
    inside = OPS["logical_and"](place >= 0, place < lengths)
    none = limits_of(whole_row(x.flat_values))  # behind the last item: refused by the gather
    return gather_rows(x.flat_values, where(inside, place + starts, none))


def _refusal(x: RaggedTensor, indices: Any) -> ShapeError:
    return ShapeError(
        message(
            "take_along_axis: positions in ragged rows are ragged rows of the same nesting",
            received=f"x = {type_of(x)}\nindices = {type_of(indices)}",
            hint="for a value of one ragged axis also a matrix: so many positions for each row",
        )
    )


def top_of_rows(x: RaggedTensor, k: int) -> RaggedTensor:
    """Positions of the k greatest items of each innermost row, greatest first; or all."""
    *outer, splits = x.nested_row_splits
    turned = OPS["flip"](x, -1)
    # equal items keep their order if the row is read backwards before and after the sort
    rising = OPS["flip"](OPS["argsort"](turned, -1), -1)
    lengths = lengths_of(splits)
    last = gather_rows(lengths, row_ids(splits, x.flat_values)) - 1
    positions = OPS["cast"](last, "int32") - rising.flat_values
    kept = OPS["minimum"](lengths, k)
    chosen = gather_rows(positions, spans(starts_of(splits), kept))
    return RaggedTensor._make(chosen, (*outer, splits_of(kept)))
