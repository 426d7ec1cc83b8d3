"""Look-ups in static tables: what is done to the rows found is done to the table, once.

All are exact: each element found goes through the same ops, before it is found and not after.  (The
table is made with NumPy; a sum of products in it may differ from a kernel's in the last digits.)
Sums of the rows found are added in another order, row by row of the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from kgraph.compiler.cost import nbytes
from kgraph.compiler.ir import Node, Tracer, constant, in_order
from kgraph.compiler.lookups import whole_numbers
from kgraph.compiler.pattern import Elementwise, P, once, static, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.steps import FLOATS
from kgraph.graph.scope import place
from kgraph.ops.arithmetic import divide
from kgraph.ops.elementwise import ElementwiseOp
from kgraph.ops.op import lookup
from kgraph.ops.primitives.fused import dense, gather_sum_uniform
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.linear import batched_matmul
from kgraph.ops.primitives.shape import reshape_to, strided_slice
from kgraph.ops.primitives.sizes import size_like
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
    if found.type.dims != node.type.dims:
        return None
    beside = (table if x is found.node else _beside_rows(x, table, ids.node) for x in node.inputs)
    operands = [x for x in beside if x is not None]
    if len(operands) < len(node.inputs):
        return None
    return _looked_up(found, table, lambda _: lookup(node.op)(*operands, **node.attrs), ids)


def _beside_rows(operand: Node, table: Tracer, ids: Node) -> Tracer | None:
    """What meets a row that is found, as it meets that row of the table."""
    rows, *within = table.type.dims
    if operand.is_static:
        return _last_axes(operand, len(within))
    ones = [1 for _ in within]
    if operand.type.dims != (*ids.type.dims, *ones):
        return None
    made = _for_each_id(operand, evaluate(rows, {}), ids)
    return None if made is None else reshape_to(made, (rows, *ones))


def _for_each_id(value: Node, rows: int, ids: Node) -> Tracer | None:
    """What is computed of each of ``ids`` alone, for the ids 0 .. ``rows`` - 1.

    A ``value`` of as many elements as there are ids meets none of them with another.
    """
    numbers = np.arange(rows)
    made = {x: Tracer(constant(numbers.astype(x.type.dtype))) for x in _same_numbers(ids)}

    def operands(node: Node) -> tuple[Node, ...]:
        return node.inputs if node not in made and _is_by_element(node) else ()

    for node in in_order([value], operands):
        if node not in made:
            found = _by_element(node, made)
            if found is None:
                return None
            made[node] = found
    return made.get(value)


def _is_by_element(node: Node) -> bool:
    return node.op == "reshape_to" or isinstance(OPS.get(node.op), ElementwiseOp)


def _by_element(node: Node, made: Mapping[Node, Tracer]) -> Tracer | None:
    """A static number, or what a node makes of its operands."""
    if node.is_static:
        return _last_axes(node, 0)
    operands = [made[x] for x in node.inputs if x in made]
    if len(operands) < len(node.inputs) or not _is_by_element(node):
        return None
    if node.op == "reshape_to":
        return operands[0]
    return lookup(node.op)(*operands, **node.attrs)  # type: ignore[no-any-return]


def _same_numbers(ids: Node) -> Iterator[Node]:
    """Values that hold the numbers of ``ids``, in another dtype, where they are ids at all."""
    yield ids
    if ids.op == "cast" and np.can_cast(ids.inputs[0].type.dtype, ids.type.dtype):
        yield ids.inputs[0]
    whole = whole_numbers(ids)
    if whole is not None:
        yield whole


def _last_axes(value: Node, count: int) -> Tracer | None:
    """A static value without all but its last axes, if it is the same along those."""
    dims = value.type.dims
    before = len(dims) - count
    if before <= 0:
        return Tracer(value)
    same = all(size == 1 for size in dims[:before])
    return reshape_to(Tracer(value), dims[before:]) if same else None


def _looked_up(
    found: Tracer, table: Tracer, change: Callable[[Tracer], Any], ids: Tracer
) -> Tracer | None:
    """The look-up that ``found`` was, in the changed table, if that is no larger, and not too large
    a copy; errors speak of both as before."""
    with place(table.node.scope, table.node.line):
        changed = change(table)
    size, before = (evaluate(nbytes(x.node), {}) for x in (changed, table))
    if size > before or size > _LARGEST_COPY:
        return None
    with place(found.node.scope, found.node.line):
        return gather_rows(changed, ids)  # type: ignore[no-any-return]


# -- products after a look-up: Embedding, then Dense ---------------------------------------------


@rule(P.batched_matmul(once(var("found", P.gather_rows(table, ids))), kernel))
def rows_found_are_multiplied(found: Tracer, table: Tracer, ids: Tracer, kernel: Tracer) -> Any:
    """batched_matmul(gather_rows(table, ids), w) -> gather_rows(batched_matmul(table, w), ids), for
    a matrix w, if the table gets no larger."""
    if table.ndim != 2 or kernel.ndim != 2:
        return None
    return _looked_up(found, table, lambda table: batched_matmul(table, kernel), ids)


@rule(P.dense(once(var("found", P.gather_rows(table, ids))), kernel, bias))
def rows_found_are_multiplied_and_shifted(
    found: Tracer, table: Tracer, ids: Tracer, kernel: Tracer, bias: Tracer
) -> Any:
    """dense(gather_rows(table, ids), w, b) -> gather_rows(dense(table, w, b), ids), likewise."""
    if table.ndim != 2:
        return None
    return _looked_up(found, table, lambda table: dense(table, kernel, bias), ids)


@rule(P.strided_slice(once(var("found", P.gather_rows(table, ids)))))
def rows_found_are_cut(found: Tracer, table: Tracer, ids: Tracer, node: Node) -> Any:
    """strided_slice(gather_rows(table, ids)) -> gather_rows(strided_slice(table), ids), when all
    rows are kept, and only columns of them cut."""
    attrs, kept = node.attrs, ids.ndim
    all_rows = {"starts": 0, "stops": table.type.dims[0], "steps": 1}
    cut = [[attrs[key][axis] for key in all_rows] for axis in range(kept)]
    if cut != [[0, size, 1] for size in ids.type.dims]:
        return None
    cuts = {key: (first, *attrs[key][kept:]) for key, first in all_rows.items()}
    return _looked_up(found, table, lambda table: strided_slice(table, **cuts), ids)


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


RULES = [
    rows_found_are_ready,
    rows_found_are_multiplied,
    rows_found_are_multiplied_and_shifted,
    rows_found_are_cut,
    sum_of_rows_found,
    mean_of_rows_found,
]
