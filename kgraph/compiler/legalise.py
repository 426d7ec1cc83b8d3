"""Pass ``legalise``: say everything in the words for which there are kernels.

    %0 = reduce_mean(%x, axes=(1,)) : f32[B, 1]
    →
    %0 = reduce_sum(%x, axes=(1,)) : f32[B, 1]
    %1 = size_like(%0, size=8) : f32[]
    %2 = divide(%0, %1) : f32[B, 1]

Means become sums and quotients; reductions over scattered axes become one after another; float16 is
computed in float32; positions and row bounds get a dtype that kernels take; an operand that the
block VM cannot broadcast is written out, and so is a size that anything but the block VM reads.

``own_outputs``, which comes last, gives an output that is an input, a weight or another output
memory of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from kgraph.compiler.ir import Graph, Node, Tracer, as_node, constant, rebuild, root
from kgraph.compiler.kernels import is_input_view
from kgraph.compiler.layout import can_broadcast, is_spread
from kgraph.compiler.loop_names import REDUCTIONS, ROWWISE_SEGMENTS, SCANS, SEGMENTS, WEIGHED
from kgraph.compiler.steps import make_step
from kgraph.graph.scope import scope
from kgraph.ops.elementwise import ElementwiseOp
from kgraph.ops.op import lookup
from kgraph.types.dims import Dims, product
from kgraph.types.dtypes import DType
from kgraph.types.operators import OPS

FLOAT16, FLOAT32 = np.dtype("float16"), np.dtype("float32")


def legalise(graph: Graph) -> Graph:
    """Rewrite what no kernel computes as it stands; a second run changes nothing."""

    def change(node: Node, inputs: tuple[Node, ...]) -> Node:
        if node.is_leaf or node.is_static:
            return node.with_inputs(inputs)
        with scope(*node.place):
            return _legal(node.with_inputs(inputs))

    return rebuild(graph, change)


def _legal(node: Node) -> Node:
    for rule in _RULES:
        changed = rule(node)
        if changed is not None:
            return _written_sizes(changed)
    return _written_sizes(node)


def _call(op: str, *inputs: Node, **attrs: Any) -> Node:
    """``op`` called on nodes."""
    return as_node(OPS[op](*(Tracer(node) for node in inputs), **attrs))


def _widen_float16(node: Node) -> Node | None:
    """Compute a float16 node in float32; rounding to float16 comes last."""
    arithmetic = isinstance(lookup(node.op), ElementwiseOp) or node.op in REDUCTIONS
    arithmetic = arithmetic or node.op in ("reduce_mean", "batched_matmul", "dense", "size_like")
    halves = [operand for operand in node.inputs if operand.type.dtype == FLOAT16]
    if node.op == "cast" or not arithmetic or not halves:
        return None
    wide = [
        _call("cast", operand, dtype="float32") if operand.type.dtype == FLOAT16 else operand
        for operand in node.inputs
    ]
    dtype = FLOAT32 if node.type.dtype == FLOAT16 else node.type.dtype
    single = Node(node.op, tuple(wide), node.attrs, node.type.with_dtype(dtype), *node.place)
    legal = _legal(single)
    return legal if dtype == node.type.dtype else _call("cast", legal, dtype="float16")


def _mean(node: Node) -> Node | None:
    if node.op != "reduce_mean":
        return None
    source, axes = node.inputs[0], node.attrs["axes"]
    total = _legal(_call("reduce_sum", source, axes=axes))
    count = _call("size_like", total, size=product(source.type.dims[axis] for axis in axes))
    return _legal(_call("divide", total, count))


def _segment_mean(node: Node) -> Node | None:
    """The sum of each row by its length; an empty row, whose sum is zero, by one."""
    if node.op != "segment_mean":
        return None
    values, splits = node.inputs
    rows = node.type.dims[0]
    total = _call("segment_sum", values, splits)
    ends = _call("strided_slice", splits, starts=(1,), stops=(rows + 1,), steps=(1,))
    starts = _call("strided_slice", splits, starts=(0,), stops=(rows,), steps=(1,))
    lengths = _call("maximum", _call("subtract", ends, starts), constant(splits.type.dtype.type(1)))
    counts = _call("cast", lengths, dtype=values.type.dtype.name)
    counts = _call("reshape_to", counts, shape=(rows, *(1,) * (values.type.ndim - 1)))
    return _legal(_call("divide", _legal(total), counts))


def _scanned_dtype(node: Node) -> Node | None:
    """Running sums in another dtype than their terms are those of terms that have it."""
    if node.op not in SCANS or node.inputs[0].type.dtype == node.type.dtype:
        return None
    terms = _call("cast", node.inputs[0], dtype=node.type.dtype.name)
    return _call(node.op, terms, axis=node.attrs["axis"])


def _scattered_axes(node: Node) -> Node | None:
    """Reduce runs of neighbouring axes one after another, the last first."""
    if node.op not in REDUCTIONS or "axes" not in node.attrs:
        return None
    runs = _runs(node.attrs["axes"])
    if len(runs) == 1:
        return None
    value = node.inputs[0]
    for run in reversed(runs):
        value = _call(node.op, value, axes=run)
    return value


def _runs(axes: Sequence[int]) -> list[tuple[int, ...]]:
    runs: list[tuple[int, ...]] = []
    for axis in axes:
        if runs and runs[-1][-1] == axis - 1:
            runs[-1] = (*runs[-1], axis)
        else:
            runs.append((axis,))
    return runs


def _spread_matmul(node: Node) -> Node | None:
    """Batches of unequal shapes are broadcast; a weight or one matrix for all serves as it is."""
    if node.op != "batched_matmul" or node.inputs[1].type.ndim == 2:
        return None
    batch = node.type.dims[:-2]
    operands = [_with_dims(x, (*batch, *x.type.dims[-2:])) for x in node.inputs]
    return (
        None
        if all(a is b for a, b in zip(operands, node.inputs, strict=True))
        else node.with_inputs(operands)
    )


def _spread(node: Node) -> Node | None:
    """Write out the operands that are neither full, nor one number per row, column or in all."""
    if not isinstance(lookup(node.op), ElementwiseOp) or can_broadcast(node):
        return None
    full = node.type.dims
    operands = [x if is_spread(x, full) else _with_dims(x, full) for x in node.inputs]
    return node.with_inputs(operands)


def _with_dims(node: Node, dims: Dims) -> Node:
    return node if node.type.dims == dims else _call("broadcast_to", node, shape=dims)


DTypes: TypeAlias = tuple[DType, ...]
_I32: DType = np.dtype("int32")
_I64: DType = np.dtype("int64")
_BOUNDS: set[DTypes] = {(_I64,)}
_ROWS: set[DTypes] = {(_I32, _I32), (_I64, _I64), (_I32, _I64)}
# Which operands are positions or row bounds, and the dtypes in which kernels take them.
_INDICES: dict[str, tuple[tuple[int, ...], set[DTypes]]] = {
    **dict.fromkeys((*SEGMENTS, *ROWWISE_SEGMENTS), ((1,), _BOUNDS)),
    "row_ids": ((0,), _BOUNDS),
    "repeat_rows": ((1,), _BOUNDS),
    "ragged_to_dense": ((1,), _BOUNDS),
    **dict.fromkeys(WEIGHED, ((2,), _BOUNDS)),
    "segment_attention": ((3, 4), {(_I64, _I64)}),
    "gather_rows": ((1,), {(_I32,), (_I64,)}),
    "gather_sum": ((1, 2), _ROWS),
    "gather_sum_uniform": ((1,), {(_I32,), (_I64,)}),
    "csr_matmul": ((1, 2), _ROWS),
    "csr_dense": ((1, 2), _ROWS),
    "csr_to_dense": ((1, 2), {(_I32, _I32), (_I64, _I64)}),
}


def _index_dtypes(node: Node) -> Node | None:
    """Positions and row bounds of a dtype for which there is no kernel become int64."""
    positions, known = _INDICES.get(node.op, ((), set()))
    if not positions or tuple(node.inputs[at].type.dtype for at in positions) in known:
        return None
    inputs = list(node.inputs)
    for at in positions:
        if inputs[at].type.dtype != np.int64:
            inputs[at] = _call("cast", inputs[at], dtype="int64")
    return node.with_inputs(inputs)


def _written_sizes(node: Node) -> Node:
    """The block VM reads a size as a number; any other kernel wants it in memory."""
    sizes = [operand for operand in node.inputs if root(operand).op == "size_like"]
    if not sizes or node.op == "reshape_to" or make_step(node).kind == "program":
        return node
    return node.with_inputs([_written(x) if x in sizes else x for x in node.inputs])


def _written(size: Node) -> Node:
    return _call("cast", size, dtype=size.type.dtype.name)


_RULES = (
    _widen_float16,
    _mean,
    _segment_mean,
    _scanned_dtype,
    _scattered_axes,
    _spread_matmul,
    _spread,
    _index_dtypes,
)


def own_outputs(graph: Graph) -> Graph:
    """Give each output memory of its own; a second run changes nothing."""
    taken: set[Node] = set()
    outputs = []
    for node in graph.outputs:
        base = root(node)
        if base.op == "size_like":
            node = base = _written(node)
        elif base.is_leaf or base.is_static or base in taken or is_input_view(base):
            node = base = _copy(node)
        taken.add(base)
        outputs.append(node)
    return graph if tuple(outputs) == graph.outputs else graph.with_outputs(outputs)


def _copy(node: Node) -> Node:
    return Node("copy", (node,), {}, node.type, node.scope, node.line)
