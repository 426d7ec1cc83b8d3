"""Look-ups in static tables: what is done to the rows found is done to the table, once.

All are exact: each element found goes through the same ops, before it is found and not after.  (The
table is made with NumPy; a sum of products in it may differ from a kernel's in the last digits.)  A
product with one-hot rows adds zeros to the row it picks; in what is picked here -0.0 became 0.0, as
it does there.  Sums of the rows found are added in another order, row by row of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.compiler.ir import CONSTANT, Node, Tracer, constant
from kgraph.compiler.lookups import whole_numbers
from kgraph.compiler.pattern import Elementwise, P, finite, once, static, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.rules.linear import is_weight
from kgraph.compiler.steps import FLOATS
from kgraph.graph.scope import place
from kgraph.ops.arithmetic import add, divide
from kgraph.ops.casting import cast
from kgraph.ops.comparison import greater_equal, less
from kgraph.ops.elementwise import ElementwiseOp
from kgraph.ops.logic import logical_and
from kgraph.ops.op import lookup
from kgraph.ops.primitives.fused import dense, gather_sum_uniform
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.linear import batched_matmul
from kgraph.ops.primitives.shape import join, reshape_to, strided_slice
from kgraph.ops.primitives.sizes import size_like
from kgraph.ops.selection import where
from kgraph.types.dims import evaluate, product
from kgraph.types.operators import OPS

table, ids = static("table"), var("ids")
kernel, bias = static("kernel"), static("bias")

# The changed table lies in memory beside the one that its layer holds.
_LARGEST_COPY = 1 << 24  # bytes


# -- elementwise ops after a look-up: Embedding, then BatchNormalization -------------------------


@rule(Elementwise(once(var("found", P.gather_rows(table, ids)))))
def rows_found_are_ready(found: Tracer, table: Tracer, ids: Tracer, node: Node) -> Any:
    """f(gather_rows(table, ids), row, g(ids)) -> gather_rows(f(table, row, g(0 .. N - 1)), ids),
    for an elementwise f of one look-up, static numbers or rows of its last axes, and numbers that
    the ids alone decide, if the table gets no larger."""
    if found.type.dims != node.type.dims or not _may_change(table, node):
        return None
    beside = (table if x is found.node else _beside_rows(x, table, ids.node) for x in node.inputs)
    operands = [x for x in beside if x is not None]
    if len(operands) < len(node.inputs):
        return None
    return _looked_up(found, table, lambda _: lookup(node.op)(*operands, **node.attrs), ids)


def _beside_rows(operand: Node, table: Tracer, ids: Node) -> Tracer | None:
    """What meets a row that is found, as it meets that row of the table."""
    if operand.is_static:
        return _last_axes(operand, table.ndim - 1) if _is_part_of_row(operand, table) else None
    within = (1,) * (table.ndim - 1)
    if operand.type.dims != (*ids.type.dims, *within):
        return None
    rows = evaluate(table.type.dims[0], {})
    made = _for_each_id(operand, rows, ids)
    return None if made is None else reshape_to(made, (rows, *within))


def _for_each_id(node: Node, rows: int, ids: Node) -> Tracer | None:
    """What is computed of each of ``ids`` alone, for the ids 0 .. ``rows`` - 1."""
    if node is ids or _are_these(node, ids):
        return Tracer(constant(np.arange(rows).astype(node.type.dtype)))
    if node.op == "reshape_to":
        return _for_each_id(node.inputs[0], rows, ids)
    if not isinstance(OPS.get(node.op), ElementwiseOp):
        return None
    operands: list[Tracer] = []
    for operand in node.inputs:
        made: Tracer | None = None
        if operand.is_static and operand.type.size == 1:
            made = _last_axes(operand, 0)
        elif operand.type.dims == node.type.dims:
            made = _for_each_id(operand, rows, ids)
        if made is None:
            return None
        operands.append(made)
    return lookup(node.op)(*operands, **node.attrs)  # type: ignore[no-any-return]


def _looked_up(
    found: Tracer, table: Tracer, change: Callable[[Tracer], Any], ids: Tracer
) -> Tracer:
    """The look-up that ``found`` was, in the changed table; errors speak of both as before."""
    with place(table.node.scope, table.node.line):
        changed = change(table)
    with place(found.node.scope, found.node.line):
        return gather_rows(changed, ids)  # type: ignore[no-any-return]


def _may_change(table: Tracer, node: Node) -> bool:
    """Whether a copy of the table, changed by ``node``, is not too large."""
    if table.dtype.itemsize < node.type.dtype.itemsize:
        return False
    return evaluate(table.type.size, {}) * table.dtype.itemsize <= _LARGEST_COPY


def _is_part_of_row(value: Node, table: Tracer) -> bool:
    """Whether a static operand is the same for all rows that are found."""
    extra = value.type.ndim - (table.ndim - 1)
    return all(size == 1 for size in value.type.dims[: max(extra, 0)])


def _last_axes(value: Node, count: int) -> Tracer:
    """The operand without the axes along which it is the same."""
    dims = value.type.dims
    if len(dims) <= count:
        return Tracer(value)
    return reshape_to(Tracer(value), dims[len(dims) - count :])  # type: ignore[no-any-return]


def _are_these(node: Node, ids: Node) -> bool:
    """Whether ``ids`` are the numbers of ``node`` in another dtype, where they are ids at all."""
    if ids.op == "cast" and node is ids.inputs[0]:
        return bool(np.can_cast(node.type.dtype, ids.type.dtype))
    return node is whole_numbers(ids)


# -- products after a look-up: Embedding, then Dense ---------------------------------------------


@rule(P.batched_matmul(once(var("found", P.gather_rows(table, ids))), kernel))
def rows_found_are_multiplied(found: Tracer, table: Tracer, ids: Tracer, kernel: Tracer) -> Any:
    """batched_matmul(gather_rows(table, ids), w) -> gather_rows(batched_matmul(table, w), ids), for
    a matrix w, if the table gets no larger."""
    if not _may_be_multiplied(table, kernel):
        return None
    return _looked_up(found, table, lambda table: batched_matmul(table, kernel), ids)


@rule(P.dense(once(var("found", P.gather_rows(table, ids))), kernel, bias))
def rows_found_are_multiplied_and_shifted(
    found: Tracer, table: Tracer, ids: Tracer, kernel: Tracer, bias: Tracer
) -> Any:
    """dense(gather_rows(table, ids), w, b) -> gather_rows(dense(table, w, b), ids), likewise."""
    if not _may_be_multiplied(table, kernel):
        return None
    return _looked_up(found, table, lambda table: dense(table, kernel, bias), ids)


def _may_be_multiplied(table: Tracer, w: Tracer) -> bool:
    if table.ndim != 2 or not is_weight(w, table) or table.dtype != w.dtype:
        return False
    rows, before, after = (evaluate(x, {}) for x in (*table.type.dims, w.type.dims[1]))
    return after <= before and rows * after * table.dtype.itemsize <= _LARGEST_COPY


@rule(P.strided_slice(once(var("found", P.gather_rows(table, ids)))))
def rows_found_are_cut(found: Tracer, table: Tracer, ids: Tracer, node: Node) -> Any:
    """strided_slice(gather_rows(table, ids)) -> gather_rows(strided_slice(table), ids), when all
    rows are kept, and only columns of them cut."""
    attrs, kept = node.attrs, ids.ndim
    cut = [tuple(attrs[key][axis] for key in _SLICE) for axis in range(node.type.ndim)]
    if cut[:kept] != [(0, size, 1) for size in ids.type.dims]:
        return None
    if evaluate(table.type.size, {}) * table.dtype.itemsize > _LARGEST_COPY:
        return None
    parts = [(0, table.type.dims[0], 1), *cut[kept:]]
    cuts = zip(*parts, strict=True)
    return _looked_up(found, table, lambda table: strided_slice(table, *cuts), ids)


_SLICE = ("starts", "stops", "steps")


# -- sums of the rows found: Embedding, then a sum or a mean over the steps -----------------------

whole_table = var("whole_table")
_found = once(P.gather_rows(whole_table, ids))


def _sum_of_found(table: Tracer, ids: Tracer, node: Node) -> Tracer | None:
    """The sums over the last axes of ``ids``, in the shape of ``node``."""
    axes = node.attrs["axes"]
    kept = ids.ndim - len(axes)
    if table.ndim != 2 or table.dtype not in FLOATS or not kept:
        return None
    if axes != tuple(range(kept, ids.ndim)):
        return None
    length = product(ids.type.dims[kept:])
    ids = reshape_to(ids, (*ids.type.dims[:kept], length))
    return reshape_to(gather_sum_uniform(table, ids), node.type.dims)  # type: ignore[no-any-return]


@rule(P.reduce_sum(_found))
def sum_of_rows_found(whole_table: Tracer, ids: Tracer, node: Node) -> Any:
    """reduce_sum(gather_rows(table, ids), steps) -> gather_sum_uniform(table, ids), for rows of
    floats, when the steps are the last axes of the ids, and not all."""
    return _sum_of_found(whole_table, ids, node)


@rule(P.reduce_mean(_found))
def mean_of_rows_found(whole_table: Tracer, ids: Tracer, node: Node) -> Any:
    """reduce_mean(gather_rows(table, ids), steps) -> gather_sum_uniform(table, ids) / number of
    steps, likewise."""
    total = _sum_of_found(whole_table, ids, node)
    if total is None:
        return None
    count = product(ids.type.dims[axis] for axis in node.attrs["axes"])
    return divide(total, size_like(total, count))


# -- products with one-hot rows ------------------------------------------------------------------

w, b = finite("w"), static("b")


def _is_one_hot(node: Node) -> bool:
    """Whether it is ``cast(equal(ids, [0, 1, .. K - 1]))``, for ids on a last axis of size 1."""
    if node.op != "cast" or node.inputs[0].op != "equal":
        return False
    ids, classes = node.inputs[0].inputs
    return ids.type.dims[-1:] == (1,) and ids.type.dtype.kind in "iu" and _counts_up(classes)


def _counts_up(node: Node) -> bool:
    if node.type.ndim != 1 or node.type.dtype.kind not in "iu":
        return False
    while node.op == "cast":
        (node,) = node.inputs
    return node.op == CONSTANT and bool((node.value == np.arange(len(node.value))).all())


one_hot = once(var("one_hot", P.cast(P.equal())))


def positions_of(one_hot: Tracer) -> Tracer | None:
    """Where each row of ``one_hot`` is 1, or the number of its columns where it is 0 throughout."""
    if not _is_one_hot(one_hot.node):
        return None
    ids = Tracer(one_hot.node.inputs[0].inputs[0])
    classes = one_hot.type.dims[-1]
    if ids.ndim != one_hot.ndim or not isinstance(classes, int) or classes == 0:
        return None
    ids = reshape_to(ids, ids.type.dims[:-1])
    if ids.dtype.itemsize < 4 or ids.dtype.kind == "u":
        ids = cast(ids, "int64")
    known = logical_and(greater_equal(ids, 0), less(ids, classes))
    return where(known, ids, classes)  # type: ignore[no-any-return]


def with_zero_row(w: Tracer) -> Tracer:
    """The table for the classes, and for none of them."""
    zero = np.zeros((1, w.type.dims[1]), w.dtype)
    return join([add(w, np.zeros((), w.dtype)), zero], 0)  # type: ignore[no-any-return]


def _picked(one_hot: Tracer, w: Tracer) -> Tracer | None:
    ids = positions_of(one_hot) if is_weight(w, one_hot) else None
    return None if ids is None else gather_rows(with_zero_row(w), ids)


@rule(P.batched_matmul(one_hot, w))
def product_with_one_hot_is_a_look_up(one_hot: Tracer, w: Tracer) -> Any:
    """batched_matmul(one_hot(ids), w) -> gather_rows(w and a row of zeros, ids), for a finite w;
    ids that are no class find the zeros."""
    return _picked(one_hot, w)


@rule(P.dense(one_hot, w, b))
def dense_of_one_hot_is_a_look_up(one_hot: Tracer, w: Tracer, b: Tracer) -> Any:
    """dense(one_hot(ids), w, b) -> gather_rows(w and a row of zeros, ids) + b, for a finite w; the
    sum becomes part of the table."""
    found = _picked(one_hot, w)
    return None if found is None else add(found, b)


RULES = [
    rows_found_are_ready,
    rows_found_are_multiplied,
    rows_found_are_multiplied_and_shifted,
    rows_found_are_cut,
    sum_of_rows_found,
    mean_of_rows_found,
    product_with_one_hot_is_a_look_up,
    dense_of_one_hot_is_a_look_up,
]
