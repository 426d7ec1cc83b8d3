"""SpatialDropout1D: nothing at inference."""

from __future__ import annotations

from typing import Any

from kgraph.layers.dropout import Dropout
from kgraph.layers.input_spec import InputSpec


class SpatialDropout1D(Dropout):
    """Its input at inference; with ``training=True`` whole features of a sequence become zeros.

    Args
        rate  share of the features that become 0, 0 <= rate <= 1
        seed  of the draws; without one they come from the common generator

    Shapes    (B, steps, features) -> the same
    Kinds     dense.  Ragged and sparse are refused
    Source    keras.layers.SpatialDropout1D; Tompson et al., CVPR 2015

    >>> import kgraph as kg
    >>> kg.layers.SpatialDropout1D(0.5)([[[1.0, 2.0]]])
    array([[[1., 2.]]], dtype=float32)
    """

    kinds = ("dense",)
    input_spec = InputSpec(ndim=3)

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, noise_shape=(None, 1, None), seed=seed, **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["noise_shape"]
        return config
