"""Wrapper: the base of layers that hold another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kgraph.graph.scope import scope
from kgraph.graph.source import user_line
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.custom_objects import custom_object_scope
from kgraph.layers.layer import Layer
from kgraph.layers.serialization import deserialize, serialize
from kgraph.types.dims import Shape
from kgraph.types.errors import KGraphValueError, message


class Wrapper(CheckedLayer):
    """A layer around another one: it computes what that computes, unless a subclass has a ``call``.

    Args
        layer  the layer inside: ``self.layer`` in a subclass

    Shapes    those of the layer inside
    Kinds     dense, ragged, sparse: whatever the layer inside takes
    Errors    ValueError for what is no layer
    Source    keras.layers.Wrapper

    >>> import kgraph as kg
    >>> class Twice(kg.layers.Wrapper):
    ...     def call(self, inputs):
    ...         return self.layer(self.layer(inputs))
    >>> Twice(kg.layers.Rescaling(3.0))([1.0, 2.0])
    array([ 9., 18.], dtype=float32)
    """

    kinds: ClassVar[tuple[str, ...]] = ("dense", "ragged", "sparse")

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise KGraphValueError(
                message(
                    f"Please initialize `{type(self).__name__}` layer with a `Layer` instance",
                    where=user_line(),
                    received=f"{layer!r} of type {type(layer).__name__}",
                    hint=f"{type(self).__name__}(kg.layers.Dense(4))",
                )
            )
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Shape) -> None:
        """Build the layer inside for inputs of this shape; a model is built by its first batch."""
        if not self.layer.built and not hasattr(self.layer, "prepare"):
            with scope(self.layer.name):
                self.layer.build(input_shape)
            self.layer.built = True

    def call(self, inputs: Any) -> Any:
        return self.layer(inputs)

    def _autocast(self, leaf: Any) -> Any:
        return leaf  # the layer inside has a dtype of its own

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "layer": serialize(self.layer)}

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Wrapper:
        """A wrapper of the same layer with new weights.

        Errors    ValueError for a layer of an unknown class: name it in ``custom_objects``
        """
        arguments = dict(config)
        with custom_object_scope(custom_objects or {}):
            return cls(deserialize(arguments.pop("layer")), **arguments)
