"""PReLU: x above zero, a learned slope below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph import ops
from kgraph.layers import initializers
from kgraph.layers.arguments import kept, one_or_many_axes
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.types.dims import Shape


class PReLU(CheckedLayer):
    """x above zero, ``alpha * x`` below, with an alpha for each place of a row.

    Args
        alpha_initializer  of the slopes, which have the shape of a row
        shared_axes        axes along which the slope is the same: an axis, or several
        alpha_regularizer, alpha_constraint  matter for training only: kept in the config

    Shapes    (B, ...) -> the same; all sizes but that of the batch and of shared axes are known
    Dtypes    float; integers become ``floatx()``
    Kinds     dense.  Ragged and sparse are refused: a slope belongs to a place
    Source    keras.layers.PReLU; He et al., Delving Deep into Rectifiers, ICCV 2015

    >>> import kgraph as kg
    >>> kg.layers.PReLU(alpha_initializer="ones")([[-2.0, 1.0]])
    array([[-2.,  1.]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        shared = () if shared_axes is None else one_or_many_axes("PReLU", shared_axes)
        self.shared_axes = (shared,) if isinstance(shared, int) else shared
        self._kept = {
            "alpha_regularizer": kept(alpha_regularizer),
            "alpha_constraint": kept(alpha_constraint),
        }

    def build(self, input_shape: Shape) -> None:
        shape = tuple(
            1 if axis in self.shared_axes else self._known_size(input_shape, axis)
            for axis in range(1, len(input_shape))
        )
        self.alpha = self.add_weight(shape, self.alpha_initializer, name="alpha")
        self.built = True

    def call(self, inputs: Any) -> Any:
        return ops.subtract(ops.relu(inputs), ops.multiply(self.alpha, ops.relu(-inputs)))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "alpha_initializer": initializers.serialize(self.alpha_initializer),
            "shared_axes": list(self.shared_axes) or None,
            **self._kept,
        }
