"""Dense: a matrix product, a bias and an activation."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.layers import activations, initializers
from kgraph.layers.arguments import kept, positive_int, refuse
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.input_spec import InputSpec
from kgraph.types.dims import Shape
from kgraph.types.errors import KGraphValueError, message


class Dense(CheckedLayer):
    """``activation(inputs @ kernel + bias)`` along the last axis.

    Args
        units               size of the last axis of the result
        activation          name or function; None means no activation
        use_bias            whether a bias is added
        kernel_initializer  of the kernel (features, units)
        bias_initializer    of the bias (units,)
        *_regularizer, *_constraint  matter for training only: kept in the config

    Shapes    (B, ..., features) -> (B, ..., units)
    Kinds     dense; ragged with a uniform last axis, item by item; sparse, of which only the stored
              entries are read, gives a dense result
    Errors    ValueError if the last axis is not known when the layer is built, or differs from it
    Source    keras.layers.Dense

    >>> import kgraph as kg
    >>> layer = kg.layers.Dense(2, activation="relu", kernel_initializer="ones")
    >>> layer([[1.0, 2.0], [-3.0, 1.0]])
    array([[3., 3.],
           [0., 0.]], dtype=float32)
    """

    kinds = ("dense", "ragged", "sparse")
    supports_masking = True
    input_spec = InputSpec(min_ndim=2)

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        self.units = positive_int("units", units)
        refuse("Dense", lora_rank=lora_rank, quantization_config=quantization_config)
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self._kept = {
            "kernel_regularizer": kept(kernel_regularizer),
            "bias_regularizer": kept(bias_regularizer),
            "activity_regularizer": kept(activity_regularizer),
            "kernel_constraint": kept(kernel_constraint),
            "bias_constraint": kept(bias_constraint),
        }

    def build(self, input_shape: Shape) -> None:
        features = self._known_size(input_shape, -1)
        self.kernel = self.add_weight(
            (features, self.units), self.kernel_initializer, name="kernel"
        )
        self.bias = (
            self.add_weight((self.units,), self.bias_initializer, name="bias")
            if self.use_bias
            else None
        )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, inputs: Any) -> Any:
        x = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            x = ops.add(x, self.bias)
        return self.activation(x)

    def enable_lora(self, rank: int, *args: Any, **kwargs: Any) -> None:
        """Not supported: low-rank adapters are for training."""
        raise KGraphValueError(
            message(
                f"layer {self.name!r}: low-rank adapters are not supported",
                received=f"rank={rank}",
                hint="merge the adapter into the kernel and assign it with set_weights",
            )
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            **self._kept,
        }
