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
from kgraph.types.dims import product

joined = once(var("joined", P.join()))

_MEET: dict[str, Op] = {
    "reduce_max": maximum,
    "reduce_min": minimum,
    "reduce_any": logical_or,
    "reduce_all": logical_and,
}


# A kernel for each part costs more than copying short parts beside each other: parts of 4 numbers
# took 0.9 to 1.4 of the time with it, of 8 0.94 to 1.05, of 16 and more 0.7 to 0.9.
_FEW = 16


def reduced_parts(joined: Tracer, node: Node) -> list[Tracer] | None:
    """Each part of a join, reduced as ``node`` reduces them all along the axis on which they are
    joined; None if the axis is another, or parts are short, or only hoped to fit."""
    axis = joined.node.attrs["axis"]
    if axis not in node.attrs["axes"] or _are_short(joined) or not _fit(joined):
        return None
    return [lookup(node.op)(Tracer(part), node.attrs["axes"]) for part in joined.node.inputs]


def _are_short(joined: Tracer) -> bool:
    """Whether the parts of one row have few elements, on average."""
    size = product(joined.type.dims[joined.node.attrs["axis"] :])
    return isinstance(size, int) and size // len(joined.node.inputs) < _FEW


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
    are joined, if they are long; so for min, any and all."""
    parts = reduced_parts(joined, node)
    return None if parts is None else reduce(_MEET[node.op], parts)


RULES = [extreme_of_joined]
