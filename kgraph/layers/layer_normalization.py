"""LayerNormalization: each sample brought to mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph import ops
from kgraph.layers import initializers
from kgraph.layers.arguments import kept, number, one_or_many_axes, refuse
from kgraph.layers.checked_layer import CheckedLayer, along_inner_axes
from kgraph.ops.axes import many_axes
from kgraph.types.dims import Shape


class LayerNormalization(CheckedLayer):
    """``(x - mean) / sqrt(variance + epsilon) * gamma + beta``, mean and variance over ``axis``.

    Args
        axis     an axis, or several, that mean and variance run over
        epsilon  added to the variance
        center   whether ``beta`` is added
        scale    whether to multiply by ``gamma``
        *_initializer                of gamma and beta, whose shape is the sizes of ``axis``
        *_regularizer, *_constraint  matter for training only: kept in the config

    Shapes    any -> the same
    Dtypes    float; integers become ``floatx()``; float16 is computed in float32
    Kinds     dense; ragged along inner axes, item by item
    Errors    ValueError if a size on ``axis`` is not known; TypeError if ``axis`` is ragged
    Source    keras.layers.LayerNormalization; Ba et al., arXiv:1607.06450

    >>> import kgraph as kg
    >>> kg.layers.LayerNormalization(epsilon=0.0)([[1.0, 3.0]])
    array([[-1.,  1.]], dtype=float32)
    """

    kinds = ("dense", "ragged")
    supports_masking = True

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        rms_scaling: bool = False,
        **kwargs: Any,
    ) -> None:
        refuse("LayerNormalization", rms_scaling=rms_scaling)
        super().__init__(**kwargs)
        self.axis = one_or_many_axes("LayerNormalization", axis)
        self.epsilon = number("LayerNormalization", "epsilon", epsilon)
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self._kept = {
            "beta_regularizer": kept(beta_regularizer),
            "gamma_regularizer": kept(gamma_regularizer),
            "beta_constraint": kept(beta_constraint),
            "gamma_constraint": kept(gamma_constraint),
        }

    def build(self, input_shape: Shape) -> None:
        axes = many_axes("LayerNormalization", self.axis, len(input_shape))
        sizes = tuple(self._known_size(input_shape, axis) for axis in axes)
        self.gamma = (
            self.add_weight(sizes, self.gamma_initializer, name="gamma") if self.scale else None
        )
        self.beta = (
            self.add_weight(sizes, self.beta_initializer, name="beta") if self.center else None
        )

    def call(self, inputs: Any) -> Any:
        return along_inner_axes(self, self._normalize, inputs, self.axis)

    def _normalize(self, inputs: Any, axes: tuple[int, ...]) -> Any:
        x = ops.cast(inputs, self.dtype)
        return ops.layer_normalization(x, self.gamma, self.beta, axes, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": list(self.axis) if isinstance(self.axis, tuple) else self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "rms_scaling": False,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            **self._kept,
        }
