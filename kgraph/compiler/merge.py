"""Pass ``merge``: narrow products of one value become one product.

    %0 = dense(%x, %w, %b) : f32[B, 2]
    %1 = dense(%x, %v, %c) : f32[B, 1]
    →
    %0 = join(%w, %v, axis=1) : f32[8, 3]
    %1 = join(%b, %c, axis=0) : f32[3]
    %2 = dense(%x, %0, %1) : f32[B, 3]
    %3 = strided_slice(%2, starts=(0, 0), stops=({B}, 2), steps=(1, 1)) : f32[B, 2]
    %4 = strided_slice(%2, starts=(0, 2), stops=({B}, 3), steps=(1, 1)) : f32[B, 1]

Kernels compute columns sixteen at a time, so a product with one column costs what sixteen do: the
heads of a network on a common trunk are such products.  Each element is the same sum in the same
order as before, to the bit.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from kgraph.compiler.ir import Graph, Node, Tracer, as_node, rebuild
from kgraph.graph.scope import place
from kgraph.ops.op import lookup
from kgraph.ops.primitives.shape import join, strided_slice
from kgraph.types.dims import evaluate

# Which operands of a product are weights: the matrix, and the row that is added.
_WEIGHTS = {"dense": (1, 2), "batched_matmul": (1,), "csr_dense": (3, 4), "csr_matmul": (3,)}
_STRIP = 16  # columns that a kernel computes at a time, see `_kernels/gemm_impl.h`
# Copying the columns apart costs, too.  With 3/4 of the strips left (four products of 12 columns of
# 128) 64 rows and more took 0.5 to 0.9 of the time, with half of them (two of 1 or 8 columns) 0.5
# to 0.85; with all (of 16, 32 and 64 columns) 1.0 to 1.1.  A single row took 0.96 to 1.0.
_LEFT = 0.75


def merge(graph: Graph) -> Graph:
    """Merge narrow products that read the same value; a second run changes nothing."""
    merged = {node: group for group in _groups(graph) if _pays(group) for node in group}
    if not merged:
        return graph
    made: dict[Node, Node] = {}
    new: dict[Node, Node] = {}

    def change(node: Node, operands: tuple[Node, ...]) -> Node:
        changed = node.with_inputs(operands)
        group = merged.get(node)
        if group is not None and group[0] not in made:
            made[group[0]] = _product(group, operands)
        new[node] = changed if group is None else _columns(made[group[0]], group, node)
        return new[node]

    return rebuild(graph, change)


def _groups(graph: Graph) -> Iterator[list[Node]]:
    """Narrow products of the same op on the same operands."""
    found: dict[Hashable, list[Node]] = {}
    for node in graph.nodes:
        if not node.is_static and _is_narrow(node):
            key = (node.op, node.type.dtype, *map(id, _others(node)))
            found.setdefault(key, []).append(node)
    yield from found.values()


def _is_narrow(node: Node) -> bool:
    places = _WEIGHTS.get(node.op, ())
    width = node.type.dims[-1] if places else None
    if not isinstance(width, int) or not 0 < width < _STRIP:
        return False
    weights = [node.inputs[at] for at in places]
    return all(w.is_static for w in weights) and weights[0].type.ndim == 2


def _others(node: Node) -> list[Node]:
    return [x for at, x in enumerate(node.inputs) if at not in _WEIGHTS[node.op]]


def _widths(group: Sequence[Node]) -> list[int]:
    return [evaluate(node.type.dims[-1], {}) for node in group]


def _pays(group: Sequence[Node]) -> bool:
    """Whether the strips of one product are few beside those of each alone."""
    strips = -(-sum(_widths(group)) // _STRIP)
    return strips <= _LEFT * len(group)


def _product(group: Sequence[Node], operands: Sequence[Node]) -> Node:
    """One product for all; ``operands`` are those of the first, of which the weights are left."""
    first, places = group[0], _WEIGHTS[group[0].op]
    with place(first.scope, first.line):
        inputs = [Tracer(x) for x in operands]
        for at in places:
            weights = [Tracer(node.inputs[at]) for node in group]
            inputs[at] = join(weights, weights[0].ndim - 1)
        return as_node(lookup(first.op)(*inputs))


def _columns(product: Node, group: Sequence[Node], node: Node) -> Node:
    """The columns of a merged product that ``node`` was."""
    number = group.index(node)
    begin = sum(_widths(group[:number]))
    full = node.type.dims[:-1]
    starts, stops = (*(0 for _ in full), begin), (*full, begin + _widths([node])[0])
    with place(node.scope, node.line):
        return as_node(strided_slice(Tracer(product), starts, stops, (1,) * node.type.ndim))
