"""``freeze``: variables become constants of their present value.

%w: f32[8, 4] = variable
%0 = batched_matmul(%x, %w) : f32[B, 4]
→
%0 = constant() : f32[8, 4]
%1 = batched_matmul(%x, %0) : f32[B, 4]
"""

from __future__ import annotations

from kgraph.compiler.ir import CONSTANT, VARIABLE, Graph, Node, rebuild


def freeze(graph: Graph) -> Graph:
    """Take the weights as they are now.

    Nothing is copied: the array of a variable is read-only, and replaced when it is assigned.
    """
    if not any(node.op == VARIABLE for node in graph.nodes):
        return graph
    frozen: dict[int, Node] = {}

    def change(node: Node, operands: tuple[Node, ...]) -> Node:
        if node.op != VARIABLE:
            return node.with_inputs(operands)
        variable = id(node.attrs["variable"])
        if variable not in frozen:
            attrs = {"value": node.value}
            frozen[variable] = Node(CONSTANT, (), attrs, node.type, node.scope, node.line)
        return frozen[variable]

    return rebuild(graph, change)
