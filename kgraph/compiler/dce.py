"""``dce``: nodes that no output needs go away.

%0 = exp(%x) : f32[B]
%1 = log(%x) : f32[B]
return %0
→
%0 = exp(%x) : f32[B]
return %0
"""

from __future__ import annotations

from dataclasses import replace

from kgraph.compiler.ir import Graph, sort_nodes


def dce(graph: Graph) -> Graph:
    """Drop dead nodes; the others keep their order, and all inputs stay: a call brings them."""
    live = set(sort_nodes(graph.outputs, graph.makers))
    if len(live) == len(graph.nodes):
        return graph
    return replace(graph, nodes=tuple(node for node in graph.nodes if node in live))
