"""Activation: an activation function as a layer."""

from __future__ import annotations

from typing import Any

from kgraph.layers import activations
from kgraph.layers.checked_layer import CheckedLayer


class Activation(CheckedLayer):
    """An activation function, applied to its input.

    Args
        activation  a name that Keras knows, or a function of one value, written with ops

    Shapes    any -> the same (``glu`` halves the last axis)
    Kinds     dense; ragged, item by item; sparse: stays so where the function takes 0 to 0 (relu,
              tanh, ...), else the result is dense
    Source    keras.layers.Activation

    >>> import kgraph as kg
    >>> kg.layers.Activation("relu")([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    """

    kinds = ("dense", "ragged", "sparse")
    supports_masking = True

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": activations.serialize(self.activation)}
