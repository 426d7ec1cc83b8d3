"""ELU: x above zero, an exponential that levels off below."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.layers.arguments import non_negative
from kgraph.layers.checked_layer import CheckedLayer


class ELU(CheckedLayer):
    """x above zero, ``alpha * (exp(x) - 1)`` below.

    Args
        alpha  what the result nears, with a minus, far below zero

    Shapes    any -> the same
    Dtypes    float; integers become ``floatx()``
    Kinds     dense; ragged, item by item; sparse stays sparse
    Source    keras.layers.ELU; Clevert et al., Fast and Accurate Deep Networks by ELUs, 2015

    >>> import kgraph as kg
    >>> kg.layers.ELU()([0.0, 2.0])
    array([0., 2.], dtype=float32)
    """

    kinds = ("dense", "ragged", "sparse")
    supports_masking = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = non_negative("ELU", "alpha", alpha)

    def call(self, inputs: Any) -> Any:
        return ops.elu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}
