"""UnitNormalization: vectors of length 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph import ops
from kgraph.layers.arguments import one_or_many_axes
from kgraph.layers.checked_layer import CheckedLayer, along_inner_axes


class UnitNormalization(CheckedLayer):
    """x divided by its Euclidean norm along an axis.

    Args
        axis  an axis, or several that the norm runs over at once

    Shapes    any -> the same
    Dtypes    float; integers become ``floatx()``
    Kinds     dense; ragged along inner axes, item by item.  Sparse is refused
    Edges     a vector of zeros stays one: the norm counts as 1e-12 at the least
    Errors    TypeError if ``axis`` is ragged
    Source    keras.layers.UnitNormalization

    >>> import kgraph as kg
    >>> kg.layers.UnitNormalization()([[3.0, 4.0]]).round(4)
    array([[0.6, 0.8]], dtype=float32)
    """

    kinds = ("dense", "ragged")
    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = one_or_many_axes("UnitNormalization", axis)

    def call(self, inputs: Any) -> Any:
        return along_inner_axes(self, _of_length_one, inputs, self.axis)

    def get_config(self) -> dict[str, Any]:
        axis = list(self.axis) if isinstance(self.axis, tuple) else self.axis
        return {**super().get_config(), "axis": axis}


def _of_length_one(x: Any, axes: tuple[int, ...]) -> Any:
    squares = ops.sum(ops.square(x), axis=axes, keepdims=True)
    return ops.multiply(x, ops.minimum(ops.rsqrt(squares), 1e12))
