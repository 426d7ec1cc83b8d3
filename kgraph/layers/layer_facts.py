"""What a layer tells of its calls and its results, without being run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgraph.graph.keras_tensor import Node
from kgraph.layers.abstract_call import output_shape, output_spec
from kgraph.layers.complaints import refuse_training
from kgraph.layers.masking import met
from kgraph.ops.operands import type_of
from kgraph.types import tree
from kgraph.types.calling import checked_methods
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphAttributeError, KGraphValueError

if TYPE_CHECKING:
    pass


@checked_methods()
class LayerFacts:
    """The properties of ``keras.Layer`` that neither build it nor call it on values."""

    name: str
    dtype: DType
    supports_masking: bool
    _nodes: list[Node]

    def _only_node(self, what: str) -> Node:
        if len(self._nodes) == 1:
            return self._nodes[0]
        problem = "is not connected yet" if not self._nodes else "has several calls"
        raise KGraphAttributeError(
            f"layer {self.name!r} {problem}: no single `{what}` is defined for it"
        )

    @property
    def input(self) -> Any:
        """What the layer was called with, if it was called once."""
        arguments = self._only_node("input").args
        return arguments[0] if len(arguments) == 1 else arguments

    @property
    def output(self) -> Any:
        """What the layer returned, if it was called once."""
        outputs = self._only_node("output").outputs
        return outputs[0] if len(outputs) == 1 else outputs

    @property
    def input_shape(self) -> Any:
        """The shape of what the layer was called with; calls that agree count as one."""
        return self._only_shape("input_shape", [_shapes_of(node.args) for node in self._nodes])

    @property
    def output_shape(self) -> Any:
        """The shape of what the layer returned; calls that agree count as one."""
        return self._only_shape("output_shape", [_shapes_of(node.outputs) for node in self._nodes])

    def _only_shape(self, what: str, shapes: list[Any]) -> Any:
        if any(shape != shapes[0] for shape in shapes) or not shapes:
            self._only_node(what)
        return shapes[0]

    def get_input_at(self, node_index: int) -> Any:
        """What the layer was called with in call number ``node_index``."""
        arguments = self._node_at(node_index).args
        return arguments[0] if len(arguments) == 1 else arguments

    def get_output_at(self, node_index: int) -> Any:
        """What the layer returned in call number ``node_index``."""
        outputs = self._node_at(node_index).outputs
        return outputs[0] if len(outputs) == 1 else outputs

    def _node_at(self, index: int) -> Node:
        if not 0 <= index < len(self._nodes):
            raise KGraphValueError(
                f"layer {self.name!r} has no call {index}: it was called "
                f"{len(self._nodes)} times on symbolic values"
            )
        return self._nodes[index]

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The TypeSpecs of the result for KerasTensors, values or TypeSpecs.

        The layer is built for them if it is not built yet; nothing is added to a graph.
        """
        return output_spec(self, args, kwargs)

    def compute_output_shape(self, *input_shapes: Any) -> Any:
        """The shape of the result for dense inputs of these shapes, batch included.

        The layer is built for them if it is not built yet.

        >>> import kgraph as kg
        >>> kg.layers.Dense(4).compute_output_shape((None, 3))
        (None, 4)
        """
        return output_shape(self, input_shapes)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the result, for a result of one value: True where a step counts.

        Where ``supports_masking`` is set, the mask of the input; several meet in one.
        """
        return met(mask) if self.supports_masking else None

    # -- what training would ask for -----------------------------------------------------------

    @property
    def losses(self) -> list[Any]:
        """Always empty: kgraph runs models and does not train them."""
        return []

    @property
    def metrics(self) -> list[Any]:
        """Always empty: kgraph runs models and does not train them."""
        return []

    def add_loss(self, *args: Any, **kwargs: Any) -> None:
        """Not there: kgraph runs models and does not train them.

        Errors    always a TypeError
        """
        refuse_training(self.name, "add_loss")

    @property
    def compute_dtype(self) -> str:
        """The name of the dtype that floats are cast to."""
        return self.dtype.name

    @property
    def variable_dtype(self) -> str:
        """The name of the dtype of the weights."""
        return self.dtype.name

    @property
    def path(self) -> str:
        """The name."""
        return self.name


def _shapes_of(values: Any) -> Any:
    shapes = tree.map_leaves(lambda leaf: None if leaf is None else type_of(leaf).shape, values)
    return shapes[0] if len(shapes) == 1 else list(shapes)
