"""ZeroPadding1D: steps of zeros around a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph import ops
from kgraph.layers.arguments import refuse, two_counts
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.input_spec import InputSpec


class ZeroPadding1D(CheckedLayer):
    """A sequence with steps of zeros before and after.

    Args
        padding      how many steps to add at either end: a number, or one for each end
        data_format  "channels_last" alone

    Shapes    (B, steps, features) -> (B, steps + both, features)
    Dtypes    all; the result has the dtype of the input
    Kinds     dense.  Ragged and sparse are refused: ragged rows need no padding
    Edges     a mask of the steps ends here, as in Keras, and the user is warned
    Source    keras.layers.ZeroPadding1D

    >>> import kgraph as kg
    >>> kg.layers.ZeroPadding1D((0, 1))([[[1.0], [2.0]]])
    array([[[1.],
            [2.],
            [0.]]], dtype=float32)
    """

    input_spec = InputSpec(ndim=3)

    def __init__(
        self, padding: int | Sequence[int] = 1, data_format: str | None = None, **kwargs: Any
    ) -> None:
        if data_format != "channels_last":
            refuse("ZeroPadding1D", data_format=data_format)
        super().__init__(**kwargs)
        self.padding = two_counts("ZeroPadding1D", "padding", padding)

    def call(self, inputs: Any) -> Any:
        return ops.pad(inputs, ((0, 0), self.padding, (0, 0)))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "padding": list(self.padding),
            "data_format": "channels_last",
        }
