"""Rescaling: a factor and an offset."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph import ops
from kgraph.layers.arguments import is_number
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.types.errors import KGraphTypeError


class Rescaling(CheckedLayer):
    """``inputs * scale + offset``.

    Args
        scale, offset  numbers, or lists of one for each entry of the last axis

    Shapes    any -> the same
    Dtypes    the input is cast to the dtype of the layer: uint8 images become floats
    Kinds     dense; ragged, item by item; sparse: stays so with a number as scale and no offset
    Source    keras.layers.Rescaling

    >>> import kgraph as kg
    >>> kg.layers.Rescaling(0.5, offset=-1.0)([0, 1, 4])
    array([-1. , -0.5,  1. ], dtype=float32)
    """

    kinds = ("dense", "ragged", "sparse")
    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = _numbers("scale", scale)
        self.offset = _numbers("offset", offset)

    def call(self, inputs: Any) -> Any:
        x = ops.multiply(ops.cast(inputs, self.dtype), self._operand(self.scale))
        if is_number(self.offset) and not self.offset:
            return x
        return ops.add(x, self._operand(self.offset))

    def _operand(self, value: Any) -> Any:
        return value if is_number(value) else np.asarray(value, self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


def _numbers(name: str, value: Any) -> Any:
    """A number or nested lists of them, as JSON has them."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise KGraphTypeError(f"Rescaling: `{name}` is a number, or a list. Received: {value!r}")
    return array.tolist()
