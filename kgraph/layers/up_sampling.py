"""UpSampling1D: each step several times."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.layers.arguments import positive_int
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.input_spec import InputSpec


class UpSampling1D(CheckedLayer):
    """Each step of a sequence ``size`` times.

    Args
        size  how often a step stands in the result

    Shapes    (B, steps, features) -> (B, steps * size, features)
    Dtypes    all; the result has the dtype of the input
    Kinds     dense.  Ragged and sparse are refused
    Edges     a mask of the steps ends here, as in Keras, and the user is warned
    Source    keras.layers.UpSampling1D

    >>> import kgraph as kg
    >>> kg.layers.UpSampling1D(2)([[[1.0], [2.0]]])
    array([[[1.],
            [1.],
            [2.],
            [2.]]], dtype=float32)
    """

    input_spec = InputSpec(ndim=3)

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = positive_int("size", size)

    def call(self, inputs: Any) -> Any:
        return ops.repeat(inputs, self.size, axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}
