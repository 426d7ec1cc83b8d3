"""Reductions of joined values: each part is reduced where it is, and nothing is copied.

All are exact: of several numbers, or several extremes, the greatest is the greatest of all.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, once, one_of, var
from kgraph.compiler.rewrite import rule
from kgraph.ops.logic import logical_and, logical_or
from kgraph.ops.op import Op, lookup
from kgraph.ops.selection import maximum, minimum

joined = once(var("joined", P.join()))

_MEET: dict[str, Op] = {
    "reduce_max": maximum,
    "reduce_min": minimum,
    "reduce_any": logical_or,
    "reduce_all": logical_and,
}


def reduced_parts(joined: Tracer, node: Node) -> list[Tracer] | None:
    """Each part of a join, reduced as ``node`` reduces them all along the axis on which they are
    joined; None if the axis is another, or the parts are only hoped to fit."""
    axis = joined.node.attrs["axis"]
    if axis not in node.attrs["axes"]:
        return None
    parts = [lookup(node.op)(Tracer(part), node.attrs["axes"]) for part in joined.node.inputs]
    return parts if all(part.type == node.type for part in parts) and _fit(joined) else None


def _fit(joined: Tracer) -> bool:
    """Whether the sizes beside the joined axis are equal for certain."""
    axis, whole = joined.node.attrs["axis"], joined.type.dims
    return all(
        size == whole[place]
        for part in joined.node.inputs
        for place, size in enumerate(part.type.dims)
        if place != axis
    )


@rule(one_of(*_MEET)(joined))
def extreme_of_joined(joined: Tracer, node: Node) -> Any:
    """max(join(a, b), axis) -> maximum(max(a, axis), max(b, axis)), along the axis on which they
    are joined; so for min, any and all."""
    parts = reduced_parts(joined, node)
    return None if parts is None else reduce(_MEET[node.op], parts)


RULES = [extreme_of_joined]
