"""GaussianNoise: nothing at inference."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.layers.noise import Noise, share


class GaussianNoise(Noise):
    """Its input at inference; with ``training=True`` normal draws are added to it.

    Args
        stddev  standard deviation of the draws, 0 <= stddev <= 1
        seed    of the draws; without one they come from the common generator

    Shapes    any -> the same
    Kinds     dense; ragged: a draw for each item.  Sparse is refused: its zeros would not stay
    Edges     drawn with ``training=True`` it draws at each call of the model, which then computes
              op by op
    Errors    ValueError for ``kg.compile`` of such a graph: random draws are not compiled
    Source    keras.layers.GaussianNoise

    >>> import kgraph as kg
    >>> kg.layers.GaussianNoise(0.1)([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        self.stddev = share("stddev", stddev)
        super().__init__(seed=seed, **kwargs)

    def strength(self) -> float:
        return self.stddev

    def changed(self, x: np.ndarray, random: np.random.Generator) -> Any:
        return x + random.normal(0.0, self.stddev, x.shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stddev": self.stddev}
