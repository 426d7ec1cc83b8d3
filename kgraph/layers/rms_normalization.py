"""RMSNormalization: each sample brought to a mean square of 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph import ops
from kgraph.layers.arguments import number, one_or_many_axes
from kgraph.layers.checked_layer import CheckedLayer, along_inner_axes
from kgraph.ops.axes import many_axes
from kgraph.types.dims import Shape


class RMSNormalization(CheckedLayer):
    """``x / sqrt(mean(x ** 2) + epsilon) * scale``, the mean over ``axis``.

    Args
        axis     an axis, or several, that the mean runs over
        epsilon  added to the mean of squares

    Shapes    any -> the same
    Dtypes    float; integers become ``floatx()``; float16 is computed in float32
    Kinds     dense; ragged along inner axes, item by item.  Sparse is refused
    Edges     a mask ends here, as in Keras
    Errors    ValueError if a size on ``axis`` is not known; TypeError if ``axis`` is ragged
    Source    keras.layers.RMSNormalization; Zhang and Sennrich, NeurIPS 2019

    >>> import kgraph as kg
    >>> kg.layers.RMSNormalization(epsilon=0.0)([[3.0, 4.0]]).round(4)
    array([[0.8485, 1.1314]], dtype=float32)
    """

    kinds = ("dense", "ragged")

    def __init__(
        self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.axis = one_or_many_axes("RMSNormalization", axis)
        self.epsilon = number("RMSNormalization", "epsilon", epsilon)

    def build(self, input_shape: Shape) -> None:
        axes = many_axes("RMSNormalization", self.axis, len(input_shape))
        sizes = tuple(self._known_size(input_shape, axis) for axis in axes)
        self.scale = self.add_weight(sizes, "ones", name="scale")

    def call(self, inputs: Any) -> Any:
        return along_inner_axes(self, self._normalize, inputs, self.axis)

    def _normalize(self, inputs: Any, axes: tuple[int, ...]) -> Any:
        x = ops.cast(inputs, self.dtype)
        return ops.rms_normalization(x, self.scale, axes, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        axis = list(self.axis) if isinstance(self.axis, tuple) else self.axis
        return {**super().get_config(), "axis": axis, "epsilon": self.epsilon}
