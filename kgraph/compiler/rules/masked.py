"""Ragged rows that were masked to be reduced are reduced as they are.

    boolean_mask, mean of each row  ->  the sum of what counts, by how much of it there is

How many items a mask keeps is known only when it is computed, so its rows need a phase of their own
and memory for what is kept.  Items left out add 0, or are compared as the least or greatest number;
of a sum that may change the sign of a zero, all else is exact.
"""

from __future__ import annotations

from typing import Any

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, Test, is_filled, once, one_of, var
from kgraph.compiler.rewrite import rule
from kgraph.ops.arithmetic import divide
from kgraph.ops.casting import cast
from kgraph.ops.op import lookup
from kgraph.ops.primitives.bounds import segment_sum
from kgraph.ops.primitives.reduce import highest, lowest
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.selection import maximum, where

x, mask, row_splits = var("x"), var("mask"), var("row_splits")
_kept = once(P.gather_rows(x, P.true_positions(mask)))
_zero = Test(lambda node: node.type.size == 1 and is_filled(node, 0))
_counted = P.join(_zero, P.cumsum(P.cast(mask)))
_bounds = P.gather_rows(_counted, row_splits)

_LEFT_OUT = {
    "segment_sum": lambda dtype: dtype.type(0),
    "segment_prod": lambda dtype: dtype.type(1),
    "segment_max": lowest,
    "segment_min": highest,
}


def _along(values: Tracer, x: Tracer) -> Tracer:
    """One number for each item of x, or row of it, beside all of it."""
    return reshape_to(values, (values.type.dims[0], *(1,) * (x.ndim - 1)))  # type: ignore[no-any-return]


def _reduced(op: str, x: Tracer, mask: Tracer, row_splits: Tracer) -> Tracer | None:
    """The reduction by ``op`` of the items for which the mask is true."""
    if x.type.dims[0] != mask.type.dims[0]:
        return None  # items lie beyond the mask, or the mask, all false there, beyond them
    counted = where(_along(mask, x), x, _LEFT_OUT[op](x.dtype))
    return lookup(op)(counted, row_splits)  # type: ignore[no-any-return]


@rule(one_of(*_LEFT_OUT)(_kept, _bounds))
def reduction_of_masked_rows(x: Tracer, mask: Tracer, row_splits: Tracer, node: Node) -> Any:
    """segment_sum(x[mask], splits of what is left) -> segment_sum(where(mask, x, 0), splits); so
    for prod and 1, max and the lowest number, min and the highest."""
    return _reduced(node.op, x, mask, row_splits)


@rule(P.segment_mean(_kept, _bounds))
def mean_of_masked_rows(x: Tracer, mask: Tracer, row_splits: Tracer) -> Any:
    """segment_mean(x[mask], splits of what is left)
    -> segment_sum(where(mask, x, 0), splits) / maximum(segment_sum(mask, splits), 1)."""
    total = _reduced("segment_sum", x, mask, row_splits)
    if total is None:
        return None
    count = maximum(segment_sum(cast(mask, "int64"), row_splits), 1)
    return divide(total, _along(cast(count, x.dtype), x))


RULES = [reduction_of_masked_rows, mean_of_masked_rows]
