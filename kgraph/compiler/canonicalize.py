"""``canonicalize``: one spelling for each computation, by rewrite rules.

    %0 = batched_matmul(%x, %w) : f32[B, 4]
    %1 = add(%0, %b) : f32[B, 4]
    %2 = multiply(%1, 1.0:f32[]) : f32[B, 4]
    return %2
    →
    %0 = dense(%x, %w, %b) : f32[B, 4]
    return %0

The rules stand in ``rules/``, a file for each idea; each says in one sentence what it does.  None
changes a result by more than rounding, save those of ``rules/reassociate.py``, which are left out
unless ``fast_math`` asks for them.
"""

from __future__ import annotations

from kgraph.compiler.ir import Graph
from kgraph.compiler.rewrite import rewrite
from kgraph.compiler.rules import (
    bounds,
    entries,
    identities,
    joins,
    linear,
    masked,
    normalise,
    one_hot,
    padding,
    reassociate,
    shapes,
    slices,
    stable,
    tables,
)

CANONICALIZE = [
    *identities.RULES,
    *shapes.RULES,
    *slices.RULES,
    *joins.RULES,
    *linear.RULES,
    *normalise.RULES,
    *entries.RULES,
    *stable.RULES,
    *masked.RULES,
    *bounds.RULES,
    *tables.RULES,
    *one_hot.RULES,
    *padding.RULES,
]


REASSOCIATE = reassociate.RULES


def canonicalize(graph: Graph) -> Graph:
    """Apply every rule until none fits."""
    return rewrite(graph, CANONICALIZE)


def canonicalize_fast(graph: Graph) -> Graph:
    """The same with the rules that ``fast_math`` allows."""
    return rewrite(graph, [*CANONICALIZE, *REASSOCIATE])
