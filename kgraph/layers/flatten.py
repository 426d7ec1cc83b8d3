"""Flatten: all axes of a sample as one."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.layers.arguments import data_format as checked_data_format
from kgraph.layers.checked_layer import CheckedLayer, dense_dims
from kgraph.ops.operands import type_of
from kgraph.types.dims import product


class Flatten(CheckedLayer):
    """Each sample as one row of numbers.

    Args
        data_format  ``channels_last`` (the default), or ``channels_first``: the axis of channels is
                     moved from axis 1 to the end before

    Shapes    (B, a, b, ...) -> (B, a * b * ...); (B,) -> (B, 1)
    Dtypes    all; the result has the dtype of the input
    Kinds     dense; sparse, which stays so.  Ragged is refused: in one row, items would lose
              their place
    Source    keras.layers.Flatten

    >>> import kgraph as kg
    >>> kg.layers.Flatten()([[[1.0, 2.0], [3.0, 4.0]]])
    array([[1., 2., 3., 4.]], dtype=float32)
    """

    kinds = ("dense", "sparse")

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_data_format(data_format)

    def call(self, inputs: Any) -> Any:
        x = inputs
        rank = type_of(x).ndim
        if self.data_format == "channels_first" and rank > 2:
            x = ops.transpose(x, (0, *range(2, rank), 1))
        batch, *inner = dense_dims(x)
        return ops.reshape(x, (batch, product(inner)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}
