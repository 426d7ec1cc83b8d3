"""``fold``: what depends on constants alone is computed now.

%0 = constant() : f32[8, 4]
%1 = constant() : f32[4]
%2 = multiply(%0, %1) : f32[8, 4]
%3 = batched_matmul(%x, %2) : f32[B, 4]
→
%0 = constant() : f32[8, 4]
%1 = batched_matmul(%x, %0) : f32[B, 4]
"""

from __future__ import annotations

import numpy as np

from kgraph.compiler.interpret import compute_node
from kgraph.compiler.ir import CONSTANT, Graph, Node, rebuild

_LARGE = 1 << 20  # bytes; below this a constant is worth more than the work it saves
_GROWTH = 4


def fold(graph: Graph) -> Graph:
    """Compute constant nodes; variables are left alone, ``freeze`` makes constants of them."""
    changed = False

    def change(node: Node, operands: tuple[Node, ...]) -> Node:
        nonlocal changed
        node = node.with_inputs(operands)
        folded = _folded(node)
        changed = changed or folded is not None
        return folded or node

    result = rebuild(graph, change)
    return result if changed else graph


def _folded(node: Node) -> Node | None:
    if node.is_leaf or not node.is_static or _grows(node):
        return None
    if any(operand.op != CONSTANT for operand in node.inputs):
        return None
    try:
        value = compute_node(node, [operand.value for operand in node.inputs], {})
    except ValueError:  # a bad position, say: the call raises it, with the layer's name
        return None
    attrs = {"value": np.asarray(value, order="C")}
    return Node(CONSTANT, (), attrs, node.type, node.scope, node.line)


def _grows(node: Node) -> bool:
    """Whether the result is large, and much larger than what it is made of: a broadcast."""
    size = node.type.size
    assert isinstance(size, int)
    result = size * node.type.dtype.itemsize
    operands = sum(operand.value.nbytes for operand in node.inputs if operand.op == CONSTANT)
    return result > _LARGE and result > _GROWTH * operands
