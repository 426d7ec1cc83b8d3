"""Sequential: a chain of layers, which may wait for its first batch to know its shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from kgraph.graph.function import Function
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.layers.complaints import refuse_keywords
from kgraph.layers.custom_objects import custom_object_scope
from kgraph.layers.input_layer import Input, InputLayer
from kgraph.layers.layer import Layer
from kgraph.layers.serialization import serialize
from kgraph.models.model import Model
from kgraph.models.topology import is_input
from kgraph.ops.operands import as_operand, type_of
from kgraph.types import tree
from kgraph.types.array_type import RaggedType, SparseType
from kgraph.types.calling import checked_methods
from kgraph.types.dtypes import default_float, is_float
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.specs import RaggedTensorSpec, SparseTensorSpec, TensorSpec, TypeSpec


@checked_methods()
class Sequential(Model):
    """Layers one after another, each with one input and one output.

    Without an Input the model is built when it is first called, or by ``build``.

    Args
        layers  the layers in order; an Input may stand first
        name    ``sequential``, ``sequential_1``, … if it is not given

    Errors    ValueError for two layers of one name, and for an Input that is not the first
    Source    keras.Sequential

    >>> import kgraph as kg
    >>> model = kg.Sequential([kg.Input(shape=(4,)), kg.layers.Dense(2)])
    >>> model.output_shape
    (None, 2)
    """

    def __init__(
        self,
        layers: Iterable[Any] | None = None,
        name: str | None = None,
        trainable: bool = True,
        **unknown: Any,
    ) -> None:
        if unknown:
            refuse_keywords(type(self), unknown)
        super().__init__(name=name, trainable=trainable)
        self._stack: list[Layer] = []
        self._tensors: list[KerasTensor] = []  # the Input's, then what each layer makes of it
        for layer in layers or ():
            self.add(layer)

    # -- the chain -------------------------------------------------------------------------------

    def add(self, layer: Any) -> None:
        """Put a layer at the end.

        Errors    ValueError for what is no layer, or has several outputs
        """
        if isinstance(layer, KerasTensor) and is_input(layer):
            layer = layer.node.operation
        if not isinstance(layer, Layer):
            raise KGraphValueError(
                "Only instances of `Layer` can be added to a Sequential model. "
                f"Received: {layer!r} (of type {type(layer)})"
            )
        self._check_name(layer)
        if isinstance(layer, InputLayer):
            self._start(layer.output)
            return
        if not self._stack and not self._tensors:
            self._start_for(layer)
        self._stack.append(layer)
        self._follow()

    def pop(self) -> Layer:
        """Take the last layer away and return it.

        Errors    ValueError if there is none
        """
        if not self._stack:
            raise KGraphValueError("There are no layers in the model.")
        layer = self._stack.pop()
        del self._tensors[len(self._stack) + 1 :]
        self._follow()
        return layer

    def _check_name(self, layer: Layer) -> None:
        if any(layer.name == other.name for other in self._all_layers()):
            raise KGraphValueError(
                "All layers added to a Sequential model should have unique names. "
                f"Name '{layer.name}' is already the name of a layer in this model. "
                "Update the `name` argument to pass a unique name."
            )

    def _start(self, tensor: KerasTensor) -> None:
        if self._tensors:
            raise KGraphValueError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{self._tensors[0].shape}. You cannot add a different Input layer to it."
            )
        self._tensors = [tensor]
        self._follow()

    def _start_for(self, first: Layer) -> None:
        """Begin with an Input if the first layer says what it takes."""
        if first._input_shape_argument is not None:
            self._start(Input(shape=first._input_shape_argument))
        elif _takes_one_input(first):
            self._start(Input(type_spec=first.inputs[0].type_spec))

    def _follow(self) -> None:
        """Call the layers that were added on what the chain makes so far."""
        self._adopt(None)
        while self._tensors and len(self._tensors) <= len(self._stack):
            layer = self._stack[len(self._tensors) - 1]
            try:
                self._tensors.append(_only_tensor(layer(self._tensors[-1]), layer))
            except Exception:
                del self._stack[len(self._tensors) - 1 :]
                self._adopt(None)
                raise

    def _adopt(self, function: Function | None) -> None:
        super()._adopt(function)
        self._layers = list(self.__dict__.get("_stack", ()))
        self.built = bool(self.__dict__.get("_tensors")) and bool(self._layers)

    @property
    def function(self) -> Function:
        """The graph of the chain, once its input is known."""
        if not (self._tensors and self._stack):
            raise AttributeError(
                f"Sequential model '{self.name}' has no defined inputs and outputs yet: "
                "call it on data, or add an Input and a layer"
            )
        if self._function is None:
            self._adopt(Function(self._tensors[0], self._tensors[-1], self.name))
        assert self._function is not None
        return self._function

    @property
    def layers(self) -> list[Layer]:
        """The layers in order, without the Input."""
        return list(self._stack)

    def _all_layers(self) -> list[Layer]:
        return [*(tensor.node.operation for tensor in self._tensors[:1]), *self._stack]

    # -- building --------------------------------------------------------------------------------

    def build(self, input_shape: Any = None) -> None:
        """Create the weights for inputs of ``input_shape``, batch included."""
        if not self._tensors:
            self._start(Input(batch_shape=tuple(input_shape)))

    def prepare(self, inputs: Any) -> None:
        """Build for the kind, sizes and dtype of ``inputs`` if no Input was given.

        Errors    ValueError if there are no layers
        """
        if not self._stack:
            raise KGraphValueError(
                f"Sequential model {self.name} cannot be built because it has no layers. "
                "Call `model.add(layer)`."
            )
        if not self._tensors:
            self._start(InputLayer(_spec_of(inputs, self.name)).output)

    # -- configuration ---------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The layers in order, as JSON-able values; the Input among them once it is known."""
        layers = [serialize(layer) for layer in self._all_layers()]
        return {"name": self.name, "trainable": self.trainable, "layers": layers}

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Model:
        """A chain of the same layers with new weights."""
        from kgraph.models.graph_config import layer_from_entry

        with custom_object_scope(custom_objects or {}):
            layers = [layer_from_entry(entry) for entry in config["layers"]]
        model = cls(layers, name=config.get("name"))
        shape = config.get("build_input_shape")
        if shape and not model._tensors:
            model.build(shape)
        if not config.get("trainable", True):
            model._trainable = False  # the layers have their own word on it
        return model


def _takes_one_input(layer: Layer) -> TypeGuard[Model]:
    is_known = isinstance(layer, Model) and layer.built and layer.has_graph
    return is_known and len(layer.inputs) == 1  # type: ignore[attr-defined]


def _only_tensor(result: Any, layer: Layer) -> KerasTensor:
    if isinstance(result, KerasTensor):
        return result
    raise KGraphValueError(
        message(
            "All layers in a Sequential model should have a single output tensor. "
            "For multi-output layers, use the functional API.",
            received=f"{len(tree.flatten(result))} outputs of layer {layer.name!r}",
        )
    )


def _spec_of(inputs: Any, model: str) -> TypeSpec:
    """What an Input for batches like ``inputs`` expects: any number of rows, floats as floatx."""
    if isinstance(inputs, KerasTensor):
        return inputs.type_spec
    if isinstance(inputs, dict):
        raise KGraphTypeError(
            f"Sequential model {model!r} takes one input, got a dict of {len(inputs)}"
        )
    if isinstance(inputs, list | tuple) and len(inputs) == 1 and hasattr(inputs[0], "dtype"):
        inputs = inputs[0]
    type = type_of(as_operand(inputs, model))
    if not type.shape:
        raise KGraphValueError(f"Sequential model {model!r} takes batches, got a single number")
    dtype = default_float() if is_float(type.dtype) else type.dtype
    shape = (None, *type.shape[1:])
    if isinstance(type, RaggedType):
        return RaggedTensorSpec(shape, dtype, type.ragged_rank, type.splits[0].dtype)
    if isinstance(type, SparseType):
        return SparseTensorSpec(shape, dtype)
    return TensorSpec(shape, dtype)
