"""KerasTensor: the symbolic value that users hold, and the node that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgraph.graph.array_methods import ArrayMethods
from kgraph.graph.naming import unique_name
from kgraph.graph.ragged_methods import RaggedMethods
from kgraph.graph.source import user_line
from kgraph.graph.sparse_methods import SparseMethods
from kgraph.ops.op import Op
from kgraph.types import tree
from kgraph.types.array_type import ValueType
from kgraph.types.specs import TypeSpec, type_to_spec
from kgraph.types.symbolic import Symbolic


class Node:
    """One call of an op or a layer on symbolic values.

    ``args`` and ``kwargs`` are what it was called with; any leaf may be a KerasTensor.
    ``outputs`` are the KerasTensors it made, in the order of the leaves of its result.
    """

    __slots__ = ("args", "inputs", "kwargs", "line", "name", "operation", "outputs")

    def __init__(
        self,
        operation: Any,
        name: str,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        line: str = "",
    ) -> None:
        self.operation = operation
        self.name = name
        self.args = args
        self.kwargs = dict(kwargs or {})
        self.line = line
        leaves = tree.flatten((args, self.kwargs))
        self.inputs = [leaf for leaf in leaves if isinstance(leaf, KerasTensor)]
        self.outputs: list[KerasTensor] = []

    def make_outputs(self, types: Any) -> Any:
        """Create the tensors that the call returns, in a structure like that of ``types``."""
        if not tree.is_branch(types):
            self.outputs = [KerasTensor(types, self.name, self)]
            return self.outputs[0]
        leaves = tree.flatten(types)
        names = [self.name if i == 0 else f"{self.name}_out{i}" for i in range(len(leaves))]
        self.outputs = [KerasTensor(t, name, self) for t, name in zip(leaves, names, strict=True)]
        return tree.pack_like(types, self.outputs)

    def __repr__(self) -> str:
        return f"<Node {self.name}>"


class KerasTensor(ArrayMethods, RaggedMethods, SparseMethods, Symbolic):
    """A placeholder for a batch that is not there yet: a shape, a dtype and where it comes from.

    Operators, indexing, NumPy functions and every op of ``kgraph.ops`` work on it and build the
    graph.  It has no value: ``bool``, ``len``, ``float`` and ``np.asarray`` raise TypeError.

    Shapes    ``shape`` has None where a size is known only when a batch arrives
    Source    tf.keras.Input, keras.KerasTensor

    >>> import kgraph as kg
    >>> x = kg.Input((3,), name="x")
    >>> x * 2.0
    <KerasTensor: shape=(None, 3) dtype=float32 (created by layer 'multiply')>
    """

    __slots__ = ("__weakref__", "name", "node")

    def __init__(self, type: ValueType, name: str, node: Node) -> None:
        self.type = type
        self.name = name
        self.node = node

    def record(self, op: Op, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> KerasTensor:
        type = op.result_type(inputs, attrs)
        node = Node(op, unique_name(op.name), inputs, attrs, user_line())
        made: KerasTensor = node.make_outputs(type)
        return made

    @property
    def type_spec(self) -> TypeSpec:
        """The spec of a whole batch."""
        return type_to_spec(self.type)

    @property
    def layer(self) -> Any:
        """The layer or op that made this value."""
        return self.node.operation

    def ref(self) -> KerasTensor:
        """Itself: it is hashable by identity (kept for code written for TensorFlow)."""
        return self

    def __repr__(self) -> str:
        maker = f" (created by layer '{self.node.name}')"
        kind = " ragged" if self.ragged else " sparse" if self.sparse else ""
        return f"<KerasTensor:{kind} shape={self.shape} dtype={self.dtype}{maker}>"
