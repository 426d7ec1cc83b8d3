"""The reference interpreter: any graph, node by node, with the ops' NumPy references.

It is the oracle of every pass and kernel: what is compiled must equal what is interpreted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kgraph.compiler.ir import CONSTANT, VARIABLE, Graph, Node, root
from kgraph.ops.op import lookup
from kgraph.types.dims import Dim, evaluate
from kgraph.types.errors import ShapeError


@dataclass
class Meter:
    """Bytes of the values that live, and the most that lived at a time: inputs and weights left
    out, views counted with the value they look into."""

    live: int = 0
    peak: int = 0

    def add(self, count: int) -> None:
        self.live += count
        self.peak = max(self.peak, self.live)


def interpret(
    graph: Graph, arrays: Sequence[np.ndarray], meter: Meter | None = None
) -> list[np.ndarray]:
    """Compute the outputs of ``graph`` on ``arrays``, one for each input.

    A value is let go as soon as nobody will read it; ``meter`` counts what is kept.
    """
    meter = meter or Meter()
    env = bind_sizes(graph, arrays)
    values: dict[Node, np.ndarray] = dict(zip(graph.inputs, arrays, strict=True))
    dying = _dying(graph)
    for node in graph.nodes:
        values[node] = compute_node(node, [values[operand] for operand in node.inputs], env)
        env |= sizes_made(node, values[node])
        meter.add(_own_bytes(node, values))
        for dead in dying.get(node, ()):
            meter.add(-_own_bytes(dead, values))
            values[dead] = _GONE
    return [values[node] for node in graph.outputs]


_GONE = np.empty(0)


def _own_bytes(node: Node, values: Mapping[Node, np.ndarray]) -> int:
    """Bytes that a value takes and no other holds already."""
    return 0 if node.is_leaf or root(node) is not node else values[node].nbytes


def _dying(graph: Graph) -> dict[Node, list[Node]]:
    """For each node the values that nobody reads after it; a view keeps its owner alive."""
    last: dict[Node, Node] = {}
    for node in graph.nodes:
        for value in (node, *node.inputs):
            last[value] = last[root(value)] = node
    kept = {held for node in graph.outputs for held in (node, root(node))}
    dying: dict[Node, list[Node]] = {}
    for value, node in last.items():
        if value not in kept:
            dying.setdefault(node, []).append(value)
    return dying


def evaluate_static(node: Node) -> np.ndarray:
    """The value of a node that depends on constants and variables alone."""
    return interpret(Graph((), (), ()).with_outputs([node]), [])[0]


def bind_sizes(graph: Graph, arrays: Sequence[np.ndarray]) -> dict[str, int]:
    """The value of each size symbol, read off the shapes of the inputs.

    Errors    ValueError if the shapes contradict the types or one another
    """
    env: dict[str, int] = {}
    for node, array in zip(graph.inputs, arrays, strict=True):
        for expected, size in zip(node.type.dims, array.shape, strict=True):
            told = symbol_and_offset(expected) if isinstance(expected, Dim) else None
            if told is not None:
                symbol, offset = told
                env.setdefault(symbol, size - offset)
            if evaluate(expected, env) != size:
                raise ShapeError(f"input {node.attrs['name']}: size {size}, expected {expected}")
    for symbol, index in graph.longest.items():
        env[symbol] = int(np.diff(arrays[index]).max(initial=0))
    return env


def sizes_made(node: Node, value: np.ndarray) -> dict[str, int]:
    """The sizes that a node brings into the graph, read off its value."""
    made = node.made
    if not made:
        return {}
    named = ((str(size), actual) for size, actual in zip(node.type.dims, value.shape, strict=True))
    return {name: actual for name, actual in named if name in made}


def symbol_and_offset(size: Dim) -> tuple[str, int] | None:
    """``N + 1`` as ("N", 1); None for a size that does not tell one symbol."""
    offset = size.terms[-1][1] if not size.terms[-1][0] else 0
    bare = size - offset
    symbol = bare.as_symbol() if isinstance(bare, Dim) else None
    return None if symbol is None else (symbol, offset)


def compute_node(node: Node, operands: Sequence[np.ndarray], env: Mapping[str, int]) -> np.ndarray:
    """The value of one node on the values of its operands; ``env`` tells the symbolic sizes."""
    if node.op in (CONSTANT, VARIABLE):
        return node.value
    attrs = {key: number(value, env) for key, value in node.attrs.items()}
    with np.errstate(all="ignore"):
        result = lookup(node.op).reference(*operands, **attrs)
    return np.asarray(result, node.type.dtype)


def number(attr: Any, env: Mapping[str, int]) -> Any:
    """An attribute with its symbolic sizes replaced by numbers."""
    if isinstance(attr, Dim):
        return evaluate(attr, env)
    if isinstance(attr, tuple):
        return tuple(number(item, env) for item in attr)
    return attr
