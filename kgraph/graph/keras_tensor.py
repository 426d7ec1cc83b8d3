"""KerasTensor: the symbolic value that users hold, and the node that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from kgraph.graph.blame import blame_op
from kgraph.graph.masks import pass_masks_by_op
from kgraph.graph.naming import unique_name
from kgraph.graph.ragged_methods import RaggedMethods
from kgraph.graph.source import user_line
from kgraph.graph.sparse_methods import SparseMethods
from kgraph.graph.variables import notice_untracked
from kgraph.ops.op import Op
from kgraph.types import tree
from kgraph.types.array_type import CompositeType, ValueType
from kgraph.types.calling import checked_methods
from kgraph.types.dims import Shape
from kgraph.types.dtypes import as_dtype, default_float
from kgraph.types.errors import KGraphError, KGraphTypeError, KGraphValueError, message
from kgraph.types.operators import OPS
from kgraph.types.shapes import as_shape
from kgraph.types.specs import (
    RaggedTensorSpec,
    SparseTensorSpec,
    TensorSpec,
    TypeSpec,
    spec_to_type,
    type_to_spec,
)
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
        # The attributes of an op hold no values, and its values stand side by side.
        leaves = args if isinstance(operation, Op) else tree.flatten((args, self.kwargs))
        self.inputs = [leaf for leaf in leaves if isinstance(leaf, KerasTensor)]
        self.outputs: list[KerasTensor] = []

    def make_outputs(self, types: Any) -> Any:
        """Create the tensors that the call returns, in a structure like that of ``types``."""
        if not tree.is_branch(types):
            self.outputs = [KerasTensor._of(types, self.name, self)]
            return self.outputs[0]
        leaves = tree.flatten(types)
        names = [self.name if i == 0 else f"{self.name}_out{i}" for i in range(len(leaves))]
        self.outputs = [
            KerasTensor._of(t, name, self) for t, name in zip(leaves, names, strict=True)
        ]
        return tree.pack_like(types, self.outputs)

    def __repr__(self) -> str:
        return f"<Node {self.name}>"


class KerasHistory(NamedTuple):
    """Where a KerasTensor comes from: which result of which call of what."""

    operation: Any
    node_index: int
    tensor_index: int


@checked_methods(but=("record",))
class KerasTensor(RaggedMethods, SparseMethods, Symbolic):
    """A placeholder for a batch that is not there yet: a shape, a dtype and where it comes from.

    Operators, indexing, NumPy functions and every op of ``kgraph.ops`` work on it and build the
    graph.  It has no value: ``bool``, ``len``, ``float`` and ``np.asarray`` raise TypeError.
    ``Input``, layers and ops make KerasTensors; one made by hand comes from nowhere, and can be an
    input of a Function or a Model.

    Args
        shape   sizes with the batch, None where a size is known only when a batch arrives
        dtype   ``floatx()`` if it is not given
        sparse, ragged, ragged_rank, row_splits_dtype
                the kind of the value; the None in the shape of a ragged one are its ragged axes
        name    ``keras_tensor``, ``keras_tensor_1``, … if it is not given

    Errors    ValueError for both ``sparse`` and ``ragged``; TypeError or ValueError for what is no
              shape or no dtype
    Source    tf.keras.Input, keras.KerasTensor

    >>> import kgraph as kg
    >>> x = kg.Input((3,), name="x")
    >>> x * 2.0
    <KerasTensor: shape=(None, 3) dtype=float32 (created by layer 'multiply')>
    """

    __slots__ = ("__weakref__", "_keras_mask", "mask_maker", "name", "node")

    _keras_mask: KerasTensor | None
    """Which steps of a padded sequence count, (B, steps): a second result of the call that made
    this value; None if all do."""
    mask_maker: str
    """The name of the layer that made the mask."""

    composes = True

    def __init__(
        self,
        shape: Any,
        dtype: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        name: str | None = None,
        ragged_rank: int | None = None,
        row_splits_dtype: Any = "int64",
    ) -> None:
        if name is not None and not isinstance(name, str):
            raise KGraphTypeError(f"KerasTensor: `name` is a string, got {name!r}")
        if sparse and ragged:
            raise KGraphValueError("KerasTensor: cannot set both `sparse` and `ragged`; choose one")
        kind = default_float() if dtype is None else as_dtype(dtype)
        spec: TypeSpec = TensorSpec(shape, kind)
        if sparse:
            spec = SparseTensorSpec(shape, kind)
        elif ragged:
            spec = RaggedTensorSpec(
                shape, kind, ragged_rank or _last_unknown(shape), row_splits_dtype
            )
        self.name = name or unique_name("keras_tensor")
        self.type = spec_to_type(spec, self.name)
        self._keras_mask, self.mask_maker = None, ""
        self.node = Node(None, self.name, line=user_line())
        self.node.outputs = [self]

    @classmethod
    def _of(cls, type: ValueType, name: str, node: Node) -> KerasTensor:
        """A result of ``node``."""
        if isinstance(type, CompositeType):
            from kgraph.graph.fields import CompositeTensor as cls  # it derives from this class
        self = object.__new__(cls)
        self.type, self.name, self.node = type, name, node
        self._keras_mask, self.mask_maker = None, ""
        return self

    def record(self, op: Op, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> KerasTensor:
        line = user_line()
        try:
            _refuse_composites(op, inputs)
            type = op.result_type(inputs, attrs)
        except KGraphError as error:
            blame_op(error, op, inputs, line)
            raise
        node = Node(op, unique_name(op.name), inputs, attrs, line)
        made: KerasTensor = node.make_outputs(type)
        notice_untracked(node)
        pass_masks_by_op(node)
        return made

    @property
    def type_spec(self) -> TypeSpec:
        """The spec of a whole batch."""
        return type_to_spec(self.type)

    @property
    def layer(self) -> Any:
        """The layer or op that made this value."""
        return self.node.operation

    op = layer

    @property
    def source(self) -> str:
        """The line of the user's program that made this value: ``train.py:41``."""
        return self.node.line

    @property
    def rank(self) -> int:
        return self.ndim

    @property
    def _keras_history(self) -> KerasHistory:
        calls = getattr(self.layer, "_nodes", [self.node])
        call = next((at for at, node in enumerate(calls) if node is self.node), 0)
        outputs = enumerate(self.node.outputs)
        place = next(i for i, x in outputs if x is self or x._keras_mask is self)
        return KerasHistory(self.layer, call, place)

    def hang_mask(self, type: ValueType, maker: str) -> None:
        """Say that the call which made this value makes a mask for it, too."""
        self._keras_mask = KerasTensor._of(type, f"{self.name}_mask", self.node)
        self.mask_maker = maker

    def get_shape(self) -> Shape:
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Make sizes known that were not: from here on a batch must have them.

        Errors    ValueError if a size contradicts; TypeError on ragged and sparse values
        """
        if self.ragged or self.sparse:
            raise KGraphTypeError(
                message(
                    "set_shape: the kind of this value has its sizes elsewhere",
                    received=repr(self),
                    hint="give the Input the shape that it has",
                )
            )
        before = KerasTensor._of(self.type, self.name, self.node)
        before._keras_mask, before.mask_maker = self._keras_mask, self.mask_maker
        ensured = OPS["ensure_shape"](before, as_shape(shape))
        if ensured.shape != self.shape:
            self.node.outputs = [before if x is self else x for x in self.node.outputs]
            self.type, self.node = ensured.type, ensured.node
            self._keras_mask = ensured._keras_mask
            self.node.outputs = [self]

    def __bool__(self) -> NoReturn:
        if self.layer is OPS["equal"]:
            self._refuse(
                "`==` gives one truth value for each element, and `x in values` asks for a single "
                "one",
                "Compare identities: any(x is y for y in values); choose by value: ops.where.",
            )
        super().__bool__()

    def ref(self) -> KerasTensor:
        """Itself: it is hashable by identity (kept for code written for TensorFlow)."""
        return self

    def __repr__(self) -> str:
        maker = f" (created by layer '{self.node.name}')"
        kind = " ragged" if self.ragged else " sparse" if self.sparse else ""
        return f"<KerasTensor:{kind} shape={self.shape} dtype={self.dtype}{maker}>"

    def __str__(self) -> str:
        about = f"type_spec={self.type_spec!r}, name={self.name!r}"
        return f"KerasTensor({about}, description=\"created by layer '{self.node.name}'\")"


def _refuse_composites(op: Op, inputs: tuple[Any, ...]) -> None:
    """Ops compute with arrays; of a value made of others they may have a field."""
    for value in inputs:
        if isinstance(value, KerasTensor) and isinstance(value.type, CompositeType):
            if getattr(op, "takes_composites", False):
                continue
            raise KGraphTypeError(
                message(
                    f"{op.name}: has no meaning on {value.type.kind} values",
                    hint=f"take one of its components: {', '.join(value.type.labels)}",
                )
            )


def _last_unknown(shape: Any) -> int | None:
    """The last axis after the rows whose size is None: ragged axes go as far as that."""
    unknown = [axis for axis, size in enumerate(shape or ()) if size is None and axis]
    return unknown[-1] if unknown else None
