"""Softmax: numbers made positive, with sum 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph import ops
from kgraph.layers.arguments import one_or_many_axes
from kgraph.layers.checked_layer import CheckedLayer


class Softmax(CheckedLayer):
    """``exp(x)`` divided by its sum along an axis.

    Args
        axis  an axis, or several that the sum runs over at once

    Shapes    any -> the same
    Dtypes    float; integers become ``floatx()``
    Kinds     dense; ragged along an inner axis, or along the items of each row (axis 1).  Sparse is
              refused: zeros have their share.  ``kg.sparse.softmax`` is of stored entries alone
    Source    keras.layers.Softmax

    >>> import kgraph as kg
    >>> kg.layers.Softmax()([[0.0, 0.0]])
    array([[0.5, 0.5]], dtype=float32)
    """

    kinds = ("dense", "ragged")
    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = one_or_many_axes("Softmax", axis)

    def call(self, inputs: Any) -> Any:
        return ops.softmax(inputs, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": list(self.axis) if isinstance(self.axis, tuple) else self.axis,
        }
