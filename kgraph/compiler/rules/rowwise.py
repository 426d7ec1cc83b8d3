"""What one loop over whole rows computes: softmax, standardising, weighted sums of ragged rows.

Quotients become products with a reciprocal, and sums run in another order: results differ by
rounding.
"""

from __future__ import annotations

from typing import Any

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, once, static, twice, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.rules.linear import with_shape
from kgraph.compiler.steps import FLOATS
from kgraph.ops.primitives.rowwise import (
    segment_softmax,
    segment_weighted_sum,
    softmax_rows,
    standardize_rows,
)

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


_mean = var("mean", P.reduce_mean(x))
_centred = twice(var("centred", P.subtract(x, once(_mean))))
_variance = once(var("variance", P.reduce_mean(once(P.square(_centred)))))
epsilon = static("epsilon")
_shifted = once(P.add(_variance, epsilon))


def _standardized(x: Tracer, mean: Tracer, variance: Tracer, epsilon: Tracer) -> Any:
    axes = mean.node.attrs["axes"]
    is_suffix = axes == tuple(range(x.ndim - len(axes), x.ndim))
    if not _has_loop(x) or not is_suffix or variance.node.attrs["axes"] != axes:
        return None
    if epsilon.type.size != 1 or epsilon.ndim > x.ndim:
        return None
    return standardize_rows(x, with_shape(epsilon, ()), axes)


@rule(P.multiply(_centred, once(P.rsqrt(_shifted))))
def standardizing_is_one_loop(x: Tracer, mean: Tracer, variance: Tracer, epsilon: Tracer) -> Any:
    """c * rsqrt(mean(c**2, a) + e), c = x - mean(x, a) -> standardize_rows(x, e, a), a the last
    axes and e a number."""
    return _standardized(x, mean, variance, epsilon)


@rule(P.divide(_centred, once(P.sqrt(_shifted))))
def standardizing_by_a_root_is_one_loop(
    x: Tracer, mean: Tracer, variance: Tracer, epsilon: Tracer
) -> Any:
    """c / sqrt(mean(c**2, a) + e) likewise."""
    return _standardized(x, mean, variance, epsilon)


values, weights = var("values"), var("weights")


@rule(P.segment_sum(once(P.multiply(values, weights)), row_splits))
def weighted_sum_of_rows_is_one_loop(values: Tracer, weights: Tracer, row_splits: Tracer) -> Any:
    """segment_sum(x * w, splits) -> segment_weighted_sum(x, w, splits), for one weight an item."""
    if values.ndim != 2 or weights.type.dims != (values.type.dims[0], 1):
        return None
    if values.type.dims[1] == 1 or not _has_loop(values):
        return None
    return segment_weighted_sum(values, weights, row_splits)


RULES = [
    softmax_is_one_loop,
    softmax_of_ragged_rows_is_one_loop,
    standardizing_is_one_loop,
    standardizing_by_a_root_is_one_loop,
    weighted_sum_of_rows_is_one_loop,
]
