"""ActivityRegularization: nothing at inference."""

from __future__ import annotations

from typing import Any

from kgraph.layers.arguments import non_negative
from kgraph.layers.checked_layer import CheckedLayer


class ActivityRegularization(CheckedLayer):
    """Its input: what it adds to a loss matters for training only.

    Args
        l1, l2  weights of the sums of sizes and of squares: kept in the config

    Shapes    any -> the same
    Kinds     dense, ragged, sparse
    Source    keras.layers.ActivityRegularization

    >>> import kgraph as kg
    >>> kg.layers.ActivityRegularization(l2=0.1)([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """

    kinds = ("dense", "ragged", "sparse")
    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.l1 = non_negative("ActivityRegularization", "l1", l1)
        self.l2 = non_negative("ActivityRegularization", "l2", l2)

    def call(self, inputs: Any) -> Any:
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "l1": self.l1, "l2": self.l2}
