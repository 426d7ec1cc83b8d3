"""What ``kg.compile(..., fast_math=True)`` allows: the same formula, added in another order.

In numbers without rounding each of these is equal to what it replaces.  Rounded, digits that cancel
come out otherwise, and where a zero is no longer multiplied, or is now, inf and nan spread
differently.  A row still has the same bits in every batch.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from kgraph.compiler.costs import CostTable
from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, Var, finite, once, one_of, static, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.rules.joins import joined, reduced_parts
from kgraph.compiler.rules.kinds import (
    dense_product,
    dense_product_turned,
    known_product,
    known_product_turned,
)
from kgraph.compiler.rules.linear import is_weight
from kgraph.compiler.rules.one_hot import one_hot, positions_of, with_zero_row
from kgraph.ops.arithmetic import add, divide, multiply
from kgraph.ops.primitives.fused import dense, gather_sum
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.linear import batched_matmul
from kgraph.ops.primitives.reduce import reduce_sum
from kgraph.ops.primitives.shape import reshape_to
from kgraph.types.dims import evaluate, product

w, v, b, c = static("w"), static("v"), static("b"), static("c")


# -- reductions of joins: what is added lies in several values -----------------------------------

_ADDED = {"reduce_sum": add, "reduce_prod": multiply}


@rule(one_of(*_ADDED)(joined))
def sum_of_joined(joined: Tracer, node: Node) -> Any:
    """sum(join(a, b), axis) -> sum(a, axis) + sum(b, axis), along the axis on which they are
    joined; products likewise."""
    parts = reduced_parts(joined, node)
    return None if parts is None else reduce(_ADDED[node.op], parts)


@rule(P.reduce_mean(joined))
def mean_of_joined(joined: Tracer, node: Node) -> Any:
    """mean(join(a, b), axis) -> (sum(a, axis) + sum(b, axis)) / number, along the axis on which
    they are joined, if the number is known."""
    axes = node.attrs["axes"]
    count = product(joined.type.dims[axis] for axis in axes)
    total = reduce_sum(joined, axes)
    parts = reduced_parts(joined, total.node)
    if parts is None or not isinstance(count, int):
        return None
    return divide(reduce(add, parts), np.asarray(count, joined.dtype))


# -- products of weights -------------------------------------------------------------------------

# A product of three weights is computed once in either order, and must not be turned to and fro.
x = Var("x", test=lambda node: not node.is_static)
_first = once(P.batched_matmul(x, w))
_first_dense = once(P.dense(x, w, b))


def _pays(w: Tracer, v: Tracer) -> bool:
    """Whether w and v are matrices, and one product with w @ v costs no more than two."""
    if not w.ndim == v.ndim == 2:
        return False
    k, m, n = (evaluate(size, {}) for size in (*w.type.dims, v.type.dims[1]))  # they are static
    return k * n <= m * (k + n)


@rule(P.batched_matmul(_first, v))
def weights_meet_first(x: Tracer, w: Tracer, v: Tracer) -> Any:
    """batched_matmul(batched_matmul(x, w), v) -> batched_matmul(x, w @ v), if that costs less."""
    return batched_matmul(x, batched_matmul(w, v)) if _pays(w, v) else None


@rule(P.dense(_first, v, c))
def weights_meet_first_before_bias(x: Tracer, w: Tracer, v: Tracer, c: Tracer) -> Any:
    """dense(batched_matmul(x, w), v, c) -> dense(x, w @ v, c), if that costs less."""
    return dense(x, batched_matmul(w, v), c) if _pays(w, v) else None


@rule(P.batched_matmul(_first_dense, v))
def weights_meet_first_after_bias(x: Tracer, w: Tracer, b: Tracer, v: Tracer) -> Any:
    """batched_matmul(dense(x, w, b), v) -> dense(x, w @ v, b @ v), if that costs less."""
    return dense(x, batched_matmul(w, v), _row_times(b, v)) if _pays(w, v) else None


@rule(P.dense(_first_dense, v, c))
def weights_meet_first_between_biases(x: Tracer, w: Tracer, b: Tracer, v: Tracer, c: Tracer) -> Any:
    """dense(dense(x, w, b), v, c) -> dense(x, w @ v, b @ v + c), if that costs less."""
    return dense(x, batched_matmul(w, v), add(_row_times(b, v), c)) if _pays(w, v) else None


def _row_times(row: Tracer, w: Tracer) -> Tracer:
    product = batched_matmul(reshape_to(row, (1, *row.type.dims)), w)
    return reshape_to(product, w.type.dims[1:])  # type: ignore[no-any-return]


@rule(P.batched_matmul(w, once(P.batched_matmul(v, x))))
def weights_on_the_left_meet_first(w: Tracer, v: Tracer, x: Tracer) -> Any:
    """batched_matmul(w, batched_matmul(v, x)) -> batched_matmul(w @ v, x), if that costs less."""
    return batched_matmul(batched_matmul(w, v), x) if _pays(w, v) else None


# -- constant sparse matrices, whose zeros may meet inf and nan: for the pass `kinds` -------------


@rule(known_product)
def product_with_known_matrix_is_dense(
    data: Tracer, indices: Tracer, indptr: Tracer, x: Tracer, node: Node, costs: CostTable
) -> Any:
    """csr_matmul(a, x) -> batched_matmul(csr_to_dense(a), x), for a constant sparse a that is
    cheaper as a dense one: its zeros times inf and nan are nan then."""
    return dense_product(data, indices, indptr, x, node, costs)


@rule(known_product_turned)
def turned_product_with_known_matrix_is_dense(
    data: Tracer, indices: Tracer, indptr: Tracer, x: Tracer, node: Node, costs: CostTable
) -> Any:
    """transpose(csr_matmul(a, transpose(x))) -> batched_matmul(x, transpose(csr_to_dense(a))), for
    such an a."""
    return dense_product_turned(data, indices, indptr, x, node, costs)


KINDS = [product_with_known_matrix_is_dense, turned_product_with_known_matrix_is_dense]


# -- products with sums of one-hot rows ----------------------------------------------------------

table = finite("table")


@rule(P.batched_matmul(once(P.segment_sum(one_hot, var("splits"))), table))
def sums_of_one_hot_rows_are_bags(one_hot: Tracer, splits: Tracer, table: Tracer) -> Any:
    """batched_matmul(segment_sum(one_hot(ids), splits), w) -> gather_sum(w and a row of zeros, ids,
    splits), for a finite w: rows are added item by item, not class by class."""
    ids = positions_of(one_hot) if is_weight(table, one_hot) and one_hot.ndim == 2 else None
    return None if ids is None else gather_sum(with_zero_row(table), ids, splits)


_counts = once(P.reshape_to(once(var("counts", P.reduce_sum(one_hot)))))


@rule(P.batched_matmul(_counts, table))
def counts_of_classes_are_look_ups(
    counts: Tracer, one_hot: Tracer, table: Tracer, node: Node
) -> Any:
    """batched_matmul(sum(one_hot(ids), 1), w) -> sum(gather_rows(w and a row of zeros, ids), 1), as
    above, if a row of counts is one of w's."""
    if counts.node.attrs["axes"] != (1,) or one_hot.ndim != 3 or not is_weight(table, one_hot):
        return None
    ids = positions_of(one_hot)
    if ids is None or one_hot.type.dims[-1] != table.type.dims[0]:
        return None
    return reshape_to(reduce_sum(gather_rows(with_zero_row(table), ids), (1,)), node.type.dims)


RULES = [
    sum_of_joined,
    mean_of_joined,
    weights_meet_first,
    weights_meet_first_before_bias,
    weights_meet_first_after_bias,
    weights_meet_first_between_biases,
    weights_on_the_left_meet_first,
    sums_of_one_hot_rows_are_bags,
    counts_of_classes_are_look_ups,
]
