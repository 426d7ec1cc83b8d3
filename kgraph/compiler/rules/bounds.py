"""Rows with bounds: sums of gathered rows, and a value for each row repeated over its items.

All are exact: the same items are added in the same order and divided by the same number, the rows
that are gathered are those that are repeated, and what is proved already needs no proof.
"""

from __future__ import annotations

from typing import Any

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, once, same_value, var
from kgraph.compiler.rewrite import rule
from kgraph.ops.arithmetic import divide, subtract
from kgraph.ops.casting import cast
from kgraph.ops.primitives.bounds import repeat_rows
from kgraph.ops.primitives.fused import gather_sum
from kgraph.ops.primitives.shape import reshape_to, strided_slice
from kgraph.ops.selection import maximum
from kgraph.types.dtypes import DType

table, ids, row_splits, values = var("table"), var("ids"), var("row_splits"), var("values")
gathered = once(P.gather_rows(table, ids))


def _is_bag(table: Tracer, ids: Tracer) -> bool:
    return table.ndim == 2 and ids.ndim == 1 and table.dtype.kind == "f"


@rule(P.segment_sum(gathered, row_splits))
def sum_of_gathered_rows(table: Tracer, ids: Tracer, row_splits: Tracer) -> Any:
    """segment_sum(gather_rows(table, ids), splits) -> gather_sum(table, ids, splits)."""
    return gather_sum(table, ids, row_splits) if _is_bag(table, ids) else None


@rule(P.segment_mean(gathered, row_splits))
def mean_of_gathered_rows(table: Tracer, ids: Tracer, row_splits: Tracer) -> Any:
    """segment_mean(gather_rows(table, ids), splits)
    -> gather_sum(table, ids, splits) / maximum(lengths of the rows, 1)."""
    if not _is_bag(table, ids):
        return None
    lengths = maximum(_row_lengths(row_splits), 1)
    return divide(gather_sum(table, ids, row_splits), _as_column(lengths, table.dtype))


def _row_lengths(row_splits: Tracer) -> Tracer:
    size = row_splits.type.dims[0]
    limits = strided_slice(row_splits, (1,), (size,), (1,))
    starts = strided_slice(row_splits, (0,), (size - 1,), (1,))
    return subtract(limits, starts)  # type: ignore[no-any-return]


def _as_column(row: Tracer, dtype: DType) -> Tracer:
    return reshape_to(cast(row, dtype), (row.type.dims[0], 1))  # type: ignore[no-any-return]


@rule(P.gather_rows(table, P.row_ids(row_splits, values)))
def rows_by_their_ids_are_repeated(table: Tracer, row_splits: Tracer, values: Tracer) -> Any:
    """gather_rows(x, row_ids(splits, values)) -> repeat_rows(x, splits), when x has a row for each
    row of the splits."""
    if table.type.dims[0] != row_splits.type.dims[0] - 1:
        return None
    return repeat_rows(table, row_splits, values.type.dims[0])


@rule(P.match_rows())
def rows_match_themselves(node: Node) -> Any:
    """match_rows(values, other, splits…, splits…) -> values, when both have the same splits."""
    values, _, *splits = node.inputs
    half = len(splits) // 2
    same = all(map(same_value, splits[:half], splits[half:]))
    return Tracer(values) if same and values.type == node.type else None


RULES = [
    sum_of_gathered_rows,
    mean_of_gathered_rows,
    rows_by_their_ids_are_repeated,
    rows_match_themselves,
]
