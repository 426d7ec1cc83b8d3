"""What one loop over whole rows computes: softmax, along the last axes or over ragged rows.

The quotient becomes a product with the reciprocal, so results differ by rounding.
"""

from __future__ import annotations

from typing import Any

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, once, twice, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.steps import FLOATS
from kgraph.ops.primitives.rowwise import segment_softmax, softmax_rows

x, row_splits = var("x"), var("row_splits")


def _has_loop(x: Tracer) -> bool:
    return x.dtype in FLOATS


_most = var("most", P.reduce_max(x))
_powers = twice(var("powers", P.exp(once(P.subtract(x, once(_most))))))
_total = var("total", P.reduce_sum(_powers))


@rule(P.divide(_powers, once(_total)))
def softmax_is_one_loop(x: Tracer, most: Tracer, total: Tracer) -> Any:
    """exp(x - max(x, a)) / sum(exp(x - max(x, a)), a) -> softmax_rows(x, a), a the last axes."""
    axes = most.node.attrs["axes"]
    is_suffix = axes == tuple(range(x.ndim - len(axes), x.ndim))
    if not _has_loop(x) or not is_suffix or total.node.attrs["axes"] != axes:
        return None
    return softmax_rows(x, axes)


_best = once(P.repeat_rows(once(P.segment_max(x, row_splits)), row_splits))
_row_powers = twice(var("powers", P.exp(once(P.subtract(x, _best)))))
_row_total = once(P.repeat_rows(once(P.segment_sum(_row_powers, row_splits)), row_splits))


@rule(P.divide(_row_powers, _row_total))
def softmax_of_ragged_rows_is_one_loop(x: Tracer, row_splits: Tracer, node: Node) -> Any:
    """The same over the items of each row -> segment_softmax(x, splits), for one number an item."""
    one = all(size == 1 for size in x.type.dims[1:])
    return segment_softmax(x, row_splits) if one and _has_loop(x) else None


RULES = [softmax_is_one_loop, softmax_of_ragged_rows_is_one_loop]
