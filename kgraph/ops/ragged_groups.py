"""Rows put around items: what indexing and building of ragged values are made of."""

from __future__ import annotations

from typing import Any

from kgraph.ops.casting import cast
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.bounds import row_ids
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import spans
from kgraph.ops.ragged_rows import splits_of, take_rows
from kgraph.types.dims import Size
from kgraph.types.dtypes import int64
from kgraph.types.ragged import RaggedTensor


def rows_in(value: Any) -> Size:
    """How many rows a ragged or dense value has."""
    if isinstance(value, RaggedTensor):
        return dims_of(value.row_splits)[0] - 1
    return dims_of(value)[0]


def over(splits: Any, items: Any, width: int | None = None) -> RaggedTensor:
    """Rows with these bounds over dense or ragged ``items``; ``width`` is their known length."""
    if not isinstance(items, RaggedTensor):
        return RaggedTensor._make(items, (splits,), (width,))
    nested = in_one_dtype(splits, *items.nested_row_splits)
    return RaggedTensor._make(items.flat_values, nested, (width, *items._uniform))


def in_one_dtype(*splits: Any) -> tuple[Any, ...]:
    """Splits of one dtype: int64 as soon as one of them is."""
    if len({type_of(part).dtype for part in splits}) == 1:
        return splits
    return tuple(part if type_of(part).dtype == int64 else cast(part, int64) for part in splits)


def regroup(
    x: RaggedTensor, starts: Any, lengths: Any, step: int = 1, width: int | None = None
) -> RaggedTensor:
    """Rows that take ``lengths[i]`` items of ``x`` from ``starts[i]`` on, ``step`` apart."""
    splits = splits_of(lengths)
    if step == 1:
        positions = spans(starts, lengths)
    else:
        inside = spans(starts * 0, lengths)
        positions = gather_rows(starts, row_ids(splits, inside)) + inside * step
    return over(splits, take_rows(x.values, positions), width)
