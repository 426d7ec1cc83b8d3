"""KerasTensor: the symbolic value that users hold, and the node that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgraph.graph.naming import unique_name
from kgraph.graph.source import user_line
from kgraph.ops.op import Op
from kgraph.types import tree
from kgraph.types.array_type import RaggedType, ValueType
from kgraph.types.errors import KGraphTypeError
from kgraph.types.operators import OPS
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


class KerasTensor(Symbolic):
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

    # -- ragged and sparse components ----------------------------------------------------------

    def _require_ragged(self, attribute: str) -> RaggedType:
        if not isinstance(self.type, RaggedType):
            raise KGraphTypeError(f"only a ragged value has `{attribute}`; this is {self!r}")
        return self.type

    @property
    def ragged_rank(self) -> int:
        return self._require_ragged("ragged_rank").ragged_rank

    @property
    def values(self) -> Any:
        """The rows of a ragged value end to end, or the stored entries of a sparse one."""
        return OPS["values"](self)

    @property
    def flat_values(self) -> Any:
        self._require_ragged("flat_values")
        return OPS["flat_values"](self)

    @property
    def row_splits(self) -> Any:
        self._require_ragged("row_splits")
        return OPS["row_splits"](self)

    def row_lengths(self) -> Any:
        self._require_ragged("row_lengths")
        return OPS["row_lengths"](self)

    def value_rowids(self) -> Any:
        self._require_ragged("value_rowids")
        return OPS["value_rowids"](self)

    def nrows(self) -> Any:
        self._require_ragged("nrows")
        return OPS["nrows"](self)

    def to_tensor(self, default_value: Any = 0, shape: Any = None) -> Any:
        """Rows filled up with ``default_value`` to the length ``shape[1]``, or to the longest."""
        self._require_ragged("to_tensor")
        return OPS["to_dense"](self, default_value, None if shape is None else shape[1])

    # -- methods of an array ---------------------------------------------------------------------

    @property
    def T(self) -> Any:
        return OPS["transpose"](self)

    def reshape(self, *shape: Any) -> Any:
        return OPS["reshape"](self, shape[0] if len(shape) == 1 else shape)

    def astype(self, dtype: Any) -> Any:
        return OPS["cast"](self, dtype)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        return OPS["sum"](self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        return OPS["mean"](self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        return OPS["max"](self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        return OPS["min"](self, axis=axis, keepdims=keepdims)

    def __repr__(self) -> str:
        maker = f" (created by layer '{self.node.name}')"
        kind = " ragged" if self.ragged else " sparse" if self.sparse else ""
        return f"<KerasTensor:{kind} shape={self.shape} dtype={self.dtype}{maker}>"
