"""ReLU and LeakyReLU."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.layers import activations
from kgraph.layers.arguments import non_negative
from kgraph.layers.checked_layer import CheckedLayer


class ReLU(CheckedLayer):
    """x above ``threshold``, at most ``max_value``; ``negative_slope * (x - threshold)`` below.

    Args
        max_value       greatest value of the result; None means no limit
        negative_slope  slope below the threshold
        threshold       where the bend lies

    Shapes    any -> the same
    Kinds     dense; ragged, item by item; sparse: stays so without a threshold and without
              ``max_value`` and ``negative_slope`` together, else the result is dense
    Edges     at ``threshold`` itself 0; nan stays nan
    Source    keras.layers.ReLU

    >>> import kgraph as kg
    >>> kg.layers.ReLU(max_value=6.0, negative_slope=0.5)([-2.0, 1.0, 9.0])
    array([-1.,  1.,  6.], dtype=float32)
    """

    kinds = ("dense", "ragged", "sparse")
    supports_masking = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float | None = 0.0,
        threshold: float | None = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.max_value = max_value if max_value is None else _checked("max_value", max_value)
        self.negative_slope = _checked("negative_slope", negative_slope)
        self.threshold = _checked("threshold", threshold)

    def call(self, inputs: Any) -> Any:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


def _checked(name: str, value: Any) -> float:
    return non_negative("ReLU", name, value)


class LeakyReLU(CheckedLayer):
    """x above zero, ``negative_slope * x`` below.

    Args
        negative_slope  slope below zero; ``alpha`` is its old name

    Shapes    any -> the same
    Dtypes    float; integers become ``floatx()``
    Kinds     dense; ragged, item by item; sparse stays sparse
    Source    keras.layers.LeakyReLU

    >>> import kgraph as kg
    >>> kg.layers.LeakyReLU(0.5)([-2.0, 1.0])
    array([-1.,  1.], dtype=float32)
    """

    kinds = ("dense", "ragged", "sparse")
    supports_masking = True

    def __init__(self, negative_slope: float | None = 0.3, **kwargs: Any) -> None:
        slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        self.negative_slope = non_negative("LeakyReLU", "negative_slope", slope)

    def call(self, inputs: Any) -> Any:
        return ops.leaky_relu(inputs, negative_slope=self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}
