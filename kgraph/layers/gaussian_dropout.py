"""GaussianDropout: nothing at inference."""

from __future__ import annotations

from math import sqrt
from typing import Any, ClassVar

import numpy as np

from kgraph.layers.noise import Noise, share


class GaussianDropout(Noise):
    """Its input at inference; with ``training=True`` it is multiplied by normal draws around 1.

    Args
        rate  the draws have the standard deviation sqrt(rate / (1 - rate)), 0 <= rate < 1
        seed  of the draws; without one they come from the common generator

    Shapes    any -> the same
    Kinds     dense; ragged (draws for each item) and sparse (for each stored entry)
    Edges     drawn with ``training=True`` it draws at each call of the model, which then computes
              op by op
    Errors    ValueError for ``kg.compile`` of such a graph: random draws are not compiled
    Source    keras.layers.GaussianDropout; Srivastava et al., JMLR 2014

    >>> import kgraph as kg
    >>> kg.layers.GaussianDropout(0.5)([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """

    kinds: ClassVar[tuple[str, ...]] = ("dense", "ragged", "sparse")

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        self.rate = share("rate", rate, below_one=True)
        super().__init__(seed=seed, **kwargs)

    def strength(self) -> float:
        return self.rate

    def changed(self, x: np.ndarray, random: np.random.Generator) -> Any:
        return x * random.normal(1.0, sqrt(self.rate / (1 - self.rate)), x.shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate}
