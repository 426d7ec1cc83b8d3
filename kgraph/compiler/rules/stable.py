"""Formulas that overflow, underflow or round twice, in the form that does not.

``one_over_root_is_rsqrt`` is exact.  The others are nearer to the true value than what was written;
where that did not overflow or underflow they differ from it by rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, filled, once, var
from kgraph.compiler.rewrite import rule
from kgraph.ops.activation import softplus
from kgraph.ops.arithmetic import add, negative, subtract
from kgraph.ops.exponential import exp, log, rsqrt
from kgraph.ops.logic import isfinite
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.reduce import reduce_max, reduce_sum
from kgraph.ops.selection import where
from kgraph.ops.sigmoids import log_sigmoid

x = var("x")
powers = var("powers", P.exp(x))


@rule(P.log(P.sigmoid(x)))
def log_of_sigmoid(x: Tracer) -> Any:
    """log(sigmoid(x)) -> log_sigmoid(x), which is x and not -inf far below zero."""
    return log_sigmoid(x)


@rule(P.log1p(P.exp(x)))
def log_of_one_plus_exp(x: Tracer) -> Any:
    """log1p(exp(x)) -> softplus(x), which is x and not inf far above zero."""
    return softplus(x)


@rule(P.log(P.add(filled(1), P.exp(x))))
def log_of_one_plus_exp_written_out(x: Tracer, node: Node) -> Any:
    """log(1 + exp(x)) -> softplus(x), unless the ones make it larger."""
    return softplus(x) if x.type == node.type else None


@rule(P.log(P.subtract(filled(1), once(P.sigmoid(x)))))
def log_of_other_sigmoid(x: Tracer, node: Node) -> Any:
    """log(1 - sigmoid(x)) -> log_sigmoid(-x), unless the ones make it larger; far above zero it is
    -x and not -inf."""
    return log_sigmoid(negative(x)) if x.type == node.type else None


@rule(P.log(once(var("total", P.reduce_sum(once(powers))))))
def log_of_sum_of_exp(x: Tracer, total: Tracer) -> Any:
    """log(sum(exp(x))) -> log(sum(exp(x - max))) + max, the greatest of each sum (0 where that is
    no number), unless x has it taken off already; far above zero it is not inf."""
    axes = total.node.attrs["axes"]
    if _is_below_its_max(x.node):
        return None
    greatest = reduce_max(x, axes)
    greatest = where(isfinite(greatest), greatest, np.zeros((), x.dtype))
    return add(log(reduce_sum(exp(subtract(x, greatest)), axes)), greatest)


def _is_below_its_max(node: Node) -> bool:
    """Whether it is ``x - max(x)``, also with 0 where the maximum is no number."""
    if node.op != "subtract":
        return False
    below = node.inputs[1]
    if below.op == "where":
        below = below.inputs[1]
    return below.op == "reduce_max"


@rule(P.log(P.divide(powers, P.reduce_sum(powers))))
def log_of_shares(x: Tracer, node: Node) -> Any:
    """log(exp(x) / sum(exp(x))) -> x - log(sum(exp(x))): the logarithm of a softmax.

    x is what stands below the exponential, its maximum already taken off.
    """
    return subtract(x, log(Tracer(node.inputs[0].inputs[1])))


_total = var("total", P.segment_sum(powers, var("row_splits")))


@rule(P.log(P.divide(powers, P.gather_rows(_total, var("rows")))))
def log_of_shares_of_rows(x: Tracer, total: Tracer, rows: Tracer) -> Any:
    """log(exp(x) / sum(exp(x)) of the row) -> x - log(sum) of the row: the same on ragged rows."""
    return subtract(x, gather_rows(log(total), rows))


@rule(P.reciprocal(once(P.sqrt(x))))
def reciprocal_root_is_rsqrt(x: Tracer) -> Any:
    """reciprocal(sqrt(x)) -> rsqrt(x), when nobody else wants the root.  Exact."""
    return rsqrt(x)


@rule(P.divide(filled(1), once(P.sqrt(x))))
def one_over_root_is_rsqrt(x: Tracer, node: Node) -> Any:
    """divide(1, sqrt(x)) -> rsqrt(x), when nobody else wants the root.  Exact."""
    return rsqrt(x) if x.type == node.type else None


RULES = [
    log_of_sigmoid,
    log_of_one_plus_exp,
    log_of_one_plus_exp_written_out,
    log_of_other_sigmoid,
    log_of_sum_of_exp,
    log_of_shares,
    log_of_shares_of_rows,
    reciprocal_root_is_rsqrt,
    one_over_root_is_rsqrt,
]
