"""``cse``: what is computed twice is computed once.

%0 = exp(%x) : f32[B]
%1 = exp(%x) : f32[B]
%2 = add(%0, %1) : f32[B]
→
%0 = exp(%x) : f32[B]
%1 = add(%0, %0) : f32[B]
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from kgraph.compiler.ir import CONSTANT, VARIABLE, Graph, Node, rebuild


def cse(graph: Graph) -> Graph:
    """Merge equal applications, equal constants and equal variables; the first keeps its scope.

    Constants are equal bit by bit: NaN equals NaN, 0.0 and -0.0 differ.
    """
    first: dict[Hashable, Node] = {}
    digests = _digests(graph)

    def change(node: Node, operands: tuple[Node, ...]) -> Node:
        node = node.with_inputs(operands)
        return first.setdefault(_key(node, digests), node)

    result = rebuild(graph, change)
    return result if len(first) < len(graph.nodes) else graph


def _key(node: Node, digests: Mapping[Node, Hashable]) -> Hashable:
    if node.op == VARIABLE:
        return VARIABLE, id(node.attrs["variable"])
    if node.op == CONSTANT:
        return CONSTANT, node.type, digests[node]
    return node.op, tuple(map(id, node.inputs)), node.type, attr_key(node.attrs)


def _digests(graph: Graph) -> dict[Node, Hashable]:
    """What tells each constant from others of its type; one that has no such others is not read."""
    by_type: dict[Hashable, list[Node]] = {}
    for node in graph.nodes:
        if node.op == CONSTANT:
            by_type.setdefault(node.type, []).append(node)
    digests: dict[Node, Hashable] = {}
    for nodes in by_type.values():
        arrays = {id(node.value): node.value for node in nodes}
        known = {key: array_key(array) if len(arrays) > 1 else 0 for key, array in arrays.items()}
        digests.update((node, known[id(node.value)]) for node in nodes)
    return digests


def array_key(array: np.ndarray) -> Hashable:
    """A value that arrays of one type share only if they are equal bit by bit."""
    if array.dtype.kind not in "biuf":
        return repr(array.tolist())
    raw = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return blake2b(raw.data, digest_size=16).digest()


def attr_key(value: Any) -> Hashable:
    """An attribute as something that can be compared and hashed; 1, 1.0 and True differ."""
    if isinstance(value, Mapping):
        return tuple(sorted((key, attr_key(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return tuple(map(attr_key, value))
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, array_key(value)
    if isinstance(value, bool | int | float):
        return type(value), repr(value)  # nan equals nan, 0.0 is not -0.0
    return value if isinstance(value, Hashable) else id(value)
