"""Which variables a graph reads, and whether any was assigned since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kgraph.layers.layer import Layer
from kgraph.types import tree
from kgraph.types.variable import Variable


def variables_of(layer: Layer) -> list[Variable]:
    """Every variable that ``layer`` may read: its weights, those it holds untracked, and those
    that stand bare in the ops of a graph."""
    found: dict[int, Variable] = {}
    seen: set[int] = set()
    stack = [layer]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        found |= {id(v): v for v in _held_by(current)}
        stack.extend(current.inner_layers())
    return list(found.values())


def versions_of(variables: Iterable[Variable]) -> list[int]:
    return [variable.version for variable in variables]


def _held_by(layer: Layer) -> Iterator[Variable]:
    yield from layer._variables
    for held in tree.flatten(list(vars(layer).values())):
        if isinstance(held, Variable):
            yield held
    function = getattr(layer, "_function", None)
    for node in function.nodes if function is not None else ():
        for leaf in tree.flatten(list(node.args)):
            if isinstance(leaf, Variable):
                yield leaf
