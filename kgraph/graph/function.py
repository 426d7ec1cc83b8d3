"""Function: a graph of layer and op calls that can be replayed on values of any kind."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kgraph.graph.blame import place
from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.graph.masks import Mask, MaskFlow
from kgraph.graph.scope import scope
from kgraph.ops.op import Op
from kgraph.ops.operands import as_operand
from kgraph.types import tree
from kgraph.types.calling import checked_methods
from kgraph.types.densify import densifying_quietly
from kgraph.types.errors import (
    KGraphError,
    KGraphTypeError,
    KGraphValueError,
    locate,
    message,
)

Apply = Callable[[Node, tuple[Any, ...], Mapping[str, Any], Any], tuple[Any, Sequence[Mask | None]]]
"""Runs a node on arguments, with the masks of the first, nested like it; None if it has none.

It returns what the call returned, and the masks of that, one for each leaf; none for no masks."""


@checked_methods(also=("__call__",), but=("replay", "replay_with_masks"))
class Function:
    """The computation that leads from some KerasTensors to others.

    Shapes    those of ``inputs`` and ``outputs``, any nesting of lists, tuples and dicts
    Errors    TypeError if a leaf is not a KerasTensor; ValueError if an output does not depend
              on the inputs alone, or an input stands twice

    >>> import kgraph as kg
    >>> x = kg.Input((2,))
    >>> f = kg.Function(x, x * 2.0 + 1.0)
    >>> f([[1.0, 2.0]])
    array([[3., 5.]], dtype=float32)
    """

    def __init__(self, inputs: Any, outputs: Any, name: str = "function") -> None:
        self.name = name
        self.inputs_structure = inputs
        self.outputs_structure = outputs
        self.inputs = _keras_tensors(inputs, "inputs")
        self.outputs = _keras_tensors(outputs, "outputs")
        if len({id(x) for x in self.inputs}) < len(self.inputs):
            raise KGraphValueError(
                message(
                    "the same input stands more than once among the inputs",
                    received=str([x.name for x in self.inputs]),
                    hint="list each input once; use it as often as you like in the graph",
                )
            )
        self.nodes = _sort(self.inputs, self.outputs)
        self.absent: list[KerasTensor] = []

    def without(self, positions: Sequence[int]) -> Function:
        """The same computation with None for the inputs at these positions."""
        made = copy.copy(self)
        made.absent = [*self.absent, *(self.inputs[position] for position in positions)]
        made.inputs = [x for at, x in enumerate(self.inputs) if at not in positions]
        made.inputs_structure = made.inputs
        return made

    def replay(self, values: Sequence[Any], apply: Apply) -> list[Any]:
        """Run every node through ``apply`` on ``values``, one for each input."""
        return self.replay_with_masks(values, apply)[0]

    def replay_with_masks(
        self, values: Sequence[Any], apply: Apply, masks: Sequence[Mask | None] = ()
    ) -> tuple[list[Any], list[Mask | None]]:
        """``replay`` on values that have masks, one for each or none at all.

        Returns the values of the outputs, and their masks.
        """
        known: dict[int, Any] = {id(x): value for x, value in zip(self.inputs, values, strict=True)}
        known.update((id(x), None) for x in self.absent)
        given, flow = frozenset(known), MaskFlow(self.inputs, masks)

        def fill(leaf: Any) -> Any:
            if not isinstance(leaf, KerasTensor):
                return leaf
            return known[id(leaf)] if id(leaf) in known else flow.value_of(leaf)

        for node in self.nodes:
            args = tree.map_leaves(fill, node.args)
            kwargs = {key: tree.map_leaves(fill, value) for key, value in node.kwargs.items()}
            try:
                with scope("", node.line), densifying_quietly():
                    result, made = apply(node, args, kwargs, flow.of_argument(node))
            except KGraphError as error:
                locate(error, where=place(node))
                raise
            for tensor, value in zip(node.outputs, tree.flatten(result), strict=True):
                if id(tensor) not in given:  # or a mask made beside it was asked for
                    known[id(tensor)] = value
            flow.add(node, made)
        return [fill(x) for x in self.outputs], [flow.of(x) for x in self.outputs]

    def __call__(self, *values: Any) -> Any:
        """Compute op by op, with NumPy: the reference that compiled graphs are held against."""
        given = values if len(values) == len(self.inputs) else tree.flatten(list(values))
        flat = [_as_value(value) for value in given]
        if len(flat) != len(self.inputs):
            raise KGraphValueError(
                f"function {self.name!r} takes {len(self.inputs)} inputs, got {len(flat)}"
            )
        return tree.pack_like(self.outputs_structure, self.replay(flat, call_operation))

    def __repr__(self) -> str:
        return f"<Function {self.name} inputs={self.inputs} nodes={len(self.nodes)}>"


def _as_value(value: Any) -> Any:
    return as_operand(value, "function")


def call_operation(
    node: Node, args: tuple[Any, ...], kwargs: Mapping[str, Any], masks: Any
) -> tuple[Any, Sequence[Mask | None]]:
    """Call the node's op or layer on its arguments, and on the masks of the first of them."""
    operation = node.operation
    if isinstance(operation, Op):
        _refuse_absent(node, args)
        return operation.apply(args, kwargs), [masks] if operation.keeps_masks else ()
    result, made = operation.call_with_masks(args, kwargs, masks)
    return result, made


def _refuse_absent(node: Node, args: tuple[Any, ...]) -> None:
    """Layers may know what to do with the None of an optional input; no op does."""
    for given, value in zip(node.args, args, strict=True):
        if value is None and isinstance(given, KerasTensor):
            raise KGraphValueError(
                message(
                    f"{node.name}: its input {given.name!r} is None in this call",
                    where=node.line,
                    expected="a value: ops do not take None",
                    hint=f"feed {given.name!r}, or use it in a Layer whose `call` takes None",
                )
            )


def _keras_tensors(structure: Any, role: str) -> list[KerasTensor]:
    leaves = tree.flatten(structure)
    for path, leaf in zip(tree.paths(structure), leaves, strict=True):
        if not isinstance(leaf, KerasTensor):
            raise KGraphTypeError(
                message(
                    f"{role}{path} is not a KerasTensor",
                    received=f"{leaf!r} of type {type(leaf).__name__}",
                    expected="what Input, a layer or an op returned",
                )
            )
    if not leaves:
        raise KGraphValueError(f"a graph needs at least one tensor among its {role}")
    return leaves


def _sort(inputs: list[KerasTensor], outputs: list[KerasTensor]) -> list[Node]:
    """The nodes between inputs and outputs, each after those it depends on.

    Iterative: graphs may be deeper than Python's stack.
    """
    given = {id(x) for x in inputs}
    order: list[Node] = []
    done: set[int] = set()
    stack: list[tuple[KerasTensor, bool]] = [(x, False) for x in reversed(outputs)]
    while stack:
        tensor, ready = stack.pop()
        node = tensor.node
        if id(tensor) in given or id(node) in done:
            continue
        if ready:
            done.add(id(node))
            order.append(node)
            continue
        if not node.inputs:
            _refuse_disconnected(tensor, inputs)
        stack.append((tensor, True))
        stack.extend((x, False) for x in reversed(node.inputs))
    return order


def _refuse_disconnected(tensor: KerasTensor, inputs: list[KerasTensor]) -> None:
    raise KGraphValueError(
        message(
            f"the outputs depend on {tensor.name!r}, which is not among the inputs",
            where=tensor.node.line,
            received="inputs " + ", ".join(repr(x.name) for x in inputs),
            hint=f"add {tensor.name!r} to the inputs of the model",
        )
    )
