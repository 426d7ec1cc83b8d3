"""Pass ``combine``: several nodes that one kernel computes become one.

    %0 = reduce_max(%x, axes=(1,)) : f32[B, 1]
    %1 = subtract(%x, %0) : f32[B, 8]
    %2 = exp(%1) : f32[B, 8]
    %3 = reduce_sum(%2, axes=(1,)) : f32[B, 1]
    %4 = divide(%2, %3) : f32[B, 8]
    →
    %0 = softmax_rows(%x, axes=(1,)) : f32[B, 8]

It comes after ``canonicalize``, whose rules see through the parts of what is one thing here: the
logarithm of a softmax, say.
"""

from __future__ import annotations

from kgraph.compiler.ir import Graph
from kgraph.compiler.rewrite import rewrite
from kgraph.compiler.rules import attention, gelu, rowwise, shapes

# Attention takes in the transposes around it; what is left of them cancels or merges.
COMBINE = [*rowwise.RULES, *attention.RULES, *gelu.RULES, *shapes.RULES]


def combine(graph: Graph) -> Graph:
    """Apply every rule until none fits."""
    return rewrite(graph, COMBINE)
