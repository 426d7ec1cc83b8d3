"""BatchNormalization, with the statistics that training left behind."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.layers import initializers
from kgraph.layers.arguments import kept, number, one_or_many_axes, refuse
from kgraph.layers.checked_layer import CheckedLayer, on_flat_values
from kgraph.layers.input_spec import InputSpec
from kgraph.ops.axes import one_axis
from kgraph.ops.operands import type_of
from kgraph.types.dims import Shape
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.ragged import RaggedTensor


class BatchNormalization(CheckedLayer):
    """``(x - mean) / sqrt(variance + epsilon) * gamma + beta`` for each feature.

    At inference mean and variance are the moving ones, which are weights.  With ``training=True``
    they are those of the batch at hand, and the moving ones are *not* updated: kgraph runs models
    that are trained already.

    Args
        axis      the axis of the features
        momentum  of the moving statistics: kept in the config
        epsilon   added to the variance
        center    whether ``beta`` is added
        scale     whether to multiply by ``gamma``
        *_initializer                of gamma, beta, moving_mean, moving_variance: one number for
                                     each feature; the weights stand in this order
        *_regularizer, *_constraint  matter for training only: kept in the config

    Shapes    any -> the same
    Dtypes    float; integers become ``floatx()``
    Kinds     dense; ragged if the features lie on an inner axis, item by item
    Errors    ValueError if the size on ``axis`` is not known, or differs from the weights
    Source    keras.layers.BatchNormalization; Ioffe and Szegedy, ICML 2015

    >>> import kgraph as kg
    >>> layer = kg.layers.BatchNormalization(epsilon=0.0, moving_mean_initializer="ones")
    >>> layer([[1.0, 3.0]])
    array([[0., 2.]], dtype=float32)
    """

    kinds = ("dense", "ragged")
    supports_masking = True

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        refuse("BatchNormalization", renorm=renorm)
        super().__init__(**kwargs)
        self.axis = _one_axis(axis)
        self.momentum = number("BatchNormalization", "momentum", momentum)
        self.epsilon = number("BatchNormalization", "epsilon", epsilon)
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self._kept = {
            "beta_regularizer": kept(beta_regularizer),
            "gamma_regularizer": kept(gamma_regularizer),
            "beta_constraint": kept(beta_constraint),
            "gamma_constraint": kept(gamma_constraint),
            "synchronized": synchronized,
        }

    def build(self, input_shape: Shape) -> None:
        axis = one_axis("BatchNormalization", self.axis, len(input_shape))
        size = (self._known_size(input_shape, axis),)
        self.gamma = (
            self.add_weight(size, self.gamma_initializer, name="gamma") if self.scale else None
        )
        self.beta = (
            self.add_weight(size, self.beta_initializer, name="beta") if self.center else None
        )
        self.moving_mean = self.add_weight(
            size, self.moving_mean_initializer, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            size, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={axis: size[0]})

    def call(self, inputs: Any, training: bool = False) -> Any:
        axis = one_axis("BatchNormalization", self.axis, type_of(inputs).ndim)
        if not isinstance(inputs, RaggedTensor):
            return self._normalize(inputs, axis, training)
        if axis <= inputs.ragged_rank:
            raise KGraphTypeError(
                message(
                    f"layer {self.name!r}: the features of a BatchNormalization cannot lie on a "
                    "ragged axis",
                    received=f"axis {axis} of {type_of(inputs)}",
                )
            )
        return on_flat_values(self._normalize, inputs, axis - inputs.ragged_rank, training)

    def _normalize(self, inputs: Any, axis: int, training: bool) -> Any:
        x = ops.cast(inputs, self.dtype)
        mean: Any = self.moving_mean
        variance: Any = self.moving_variance
        rank = type_of(x).ndim
        if training and self.trainable:
            others = tuple(place for place in range(rank) if place != axis)
            mean, variance = ops.mean(x, axis=others), ops.var(x, axis=others)
        beta, gamma = self.beta, self.gamma
        return ops.batch_normalization(x, mean, variance, axis, beta, gamma, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            **self._kept,
        }


def _one_axis(axis: Any) -> int:
    """``axis`` as an int; Keras 2 wrote it as a list of one."""
    found = one_or_many_axes("BatchNormalization", axis)
    if isinstance(found, int):
        return found
    if len(found) > 1:
        raise KGraphTypeError(f"BatchNormalization: `axis` is one int. Received: axis={axis!r}")
    return found[0]
