"""What a model shows of its graph: inputs, outputs, layers."""

from __future__ import annotations

from typing import Any

from kgraph.graph.function import Function
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.layers.layer import Layer
from kgraph.layers.tracking import held
from kgraph.types import tree
from kgraph.types.calling import checked_methods
from kgraph.types.errors import KGraphValueError, did_you_mean, message


@checked_methods()
class GraphView:
    """The properties of ``keras.Model`` that read its graph."""

    _function: Function | None
    _layers: list[Layer]

    @property
    def function(self) -> Function:
        """The graph."""
        raise NotImplementedError

    @property
    def inputs(self) -> list[KerasTensor]:
        """The input tensors, flat; ``input`` has them as they were given."""
        return self.function.inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The output tensors, flat; ``output`` has them as they were given."""
        return self.function.outputs

    @property
    def input(self) -> Any:
        return self.function.inputs_structure

    @property
    def output(self) -> Any:
        return self.function.outputs_structure

    @property
    def input_names(self) -> list[str]:
        return [tensor.name for tensor in self.inputs]

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that make the outputs, numbered where one makes several."""
        names: list[str] = []
        for base in (tensor.node.name for tensor in self.outputs):
            count = sum(name == base or name.startswith(f"{base}_") for name in names)
            names.append(f"{base}_{count}" if base in names else base)
        return names

    @property
    def input_shape(self) -> Any:
        """The shapes of ``input``, batch included; None where a size is not known."""
        return tree.map_leaves(lambda tensor: tensor.shape, self.input)

    @property
    def output_shape(self) -> Any:
        """The shapes of ``output``, batch included; None where a size is not known."""
        return tree.map_leaves(lambda tensor: tensor.shape, self.output)

    @property
    def layers(self) -> list[Layer]:
        """The layers, each once, Inputs included; ops are not layers."""
        return self.inner_layers()

    def inner_layers(self) -> list[Layer]:
        """The layers of the graph, then those that are held as attributes."""
        inner = [*self._layers, *held(self, Layer)]
        return list({id(layer): layer for layer in inner}.values())

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer called ``name``, or the one at ``index`` in ``layers``.

        Errors    ValueError if there is none, or not exactly one of the two is given
        """
        if index is not None and name is not None:
            raise KGraphValueError(
                f"Provide only a layer name or a layer index. Received: index={index}, name={name}."
            )
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise KGraphValueError(
                    f"Was asked to retrieve layer at index {index} "
                    f"but model only has {len(layers)} layers."
                )
            return layers[index]
        if name is None:
            raise KGraphValueError("Provide either a layer name or layer index at `get_layer`.")
        for layer in layers:
            if layer.name == name:
                return layer
        existing = [layer.name for layer in layers]
        raise KGraphValueError(
            message(
                f"No such layer: {name}. Existing layers are: {existing}.",
                hint=did_you_mean(name, existing) or self._not_a_layer(name),
            )
        )

    def _not_a_layer(self, name: str) -> str | None:
        nodes = self._function.nodes if self._function is not None else []
        if any(node.name == name for node in nodes):
            return f"{name!r} is an op, and ops are no layers; summary() lists both"
        return None
