"""The order in which Keras lists the layers of a graph: weights are saved in it.

Layers are sorted by depth, the longest way to an output, deepest first; layers of equal depth in
the order in which a walk back from the outputs meets them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from kgraph.graph.function import Function
from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.layers.input_layer import InputLayer
from kgraph.layers.layer import Layer
from kgraph.types.errors import KGraphValueError, message


class Topology:
    """The calls that make up a Function, grouped by operation, in the order of Keras.

    ``operations`` lists the calls of each operation: all calls of one layer stand together, and
    each call of an op stands alone.  The Inputs of the function are among them.
    """

    def __init__(self, function: Function) -> None:
        inputs = [x.node for x in function.inputs if is_input(x)]
        met = _meeting_order(function)
        depths = _operation_depths(function)
        calls: dict[int, list[Node]] = {}
        for node in [*inputs, *function.nodes]:
            calls.setdefault(_key(node), []).append(node)
        order = sorted(calls, key=lambda operation: (-depths[operation], met[operation]))
        self.operations = [calls[operation] for operation in order]
        firsts = [nodes[0].operation for nodes in self.operations]
        self.layers: list[Layer] = [layer for layer in firsts if isinstance(layer, Layer)]
        _check_names(self.layers)


def is_input(tensor: KerasTensor) -> bool:
    """Was it made by an Input, rather than by a layer or an op?"""
    return isinstance(tensor.node.operation, InputLayer)


def _key(node: Node) -> int:
    """What has a depth: a layer with all its calls, or one call of an op."""
    operation: Any = node.operation
    return id(operation) if isinstance(operation, Layer) else id(node)


def _meeting_order(function: Function) -> dict[int, int]:
    """When a depth-first walk back from the outputs first meets each operation."""
    boundary = {id(x) for x in function.inputs}
    met: dict[int, int] = {}
    done: set[int] = set()
    stack = list(reversed(function.outputs))
    while stack:
        tensor = stack.pop()
        node = tensor.node
        if id(node) in done:
            continue
        met.setdefault(_key(node), len(met))
        if id(tensor) not in boundary:
            done.add(id(node))
            stack.extend(reversed(node.inputs))
    for tensor in function.inputs:  # an input that no output needs stands before its equals
        met.setdefault(_key(tensor.node), -1)
    return met


def _operation_depths(function: Function) -> dict[int, int]:
    """The longest way from each operation to an output, in calls; a layer takes its deepest."""
    nodes: dict[int, int] = {}
    operations: dict[int, int] = {}
    for node in reversed(function.nodes):
        depth = max(nodes.get(id(node), 0), operations.get(_key(node), 0))
        operations[_key(node)] = nodes[id(node)] = depth
        for tensor in node.inputs:
            nodes[id(tensor.node)] = max(depth + 1, nodes.get(id(tensor.node), 0))
    for tensor in function.inputs:
        if is_input(tensor):
            operations[_key(tensor.node)] = nodes.get(id(tensor.node), 0)
    return operations


def _check_names(layers: list[Layer]) -> None:
    for name, count in Counter(layer.name for layer in layers).items():
        if count > 1:
            raise KGraphValueError(
                message(
                    f'The name "{name}" is used {count} times in the model. '
                    "All layer names should be unique.",
                    hint="give one of the layers another `name`",
                )
            )
