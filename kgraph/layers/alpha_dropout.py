"""AlphaDropout: nothing at inference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.layers.dropout import drawn_shape
from kgraph.layers.noise import Noise, share

_SATURATED = -1.6732632423543772 * 1.0507009873554805  # what selu tends to, far below 0


class AlphaDropout(Noise):
    """Its input at inference; with ``training=True`` random places take the lower limit of selu.

    What comes out is scaled and moved, so that inputs of mean 0 and variance 1 keep both.

    Args
        rate         share of the elements that are dropped, 0 <= rate < 1
        noise_shape  shape of the drawn mask, which is broadcast; None in it takes the input's size
        seed         of the draws; without one they come from the common generator

    Shapes    any -> the same
    Kinds     dense; ragged: a draw for each item.  Sparse is refused: its zeros would not stay
    Edges     drawn with ``training=True`` it drops at each call of the model, which then computes
              op by op
    Errors    ValueError for ``kg.compile`` of such a graph: random draws are not compiled
    Source    keras.layers.AlphaDropout; Klambauer et al., NeurIPS 2017

    >>> import kgraph as kg
    >>> kg.layers.AlphaDropout(0.5)([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.rate = share("rate", rate, below_one=True)
        super().__init__(seed=seed, **kwargs)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def strength(self) -> float:
        return self.rate

    def changed(self, x: np.ndarray, random: np.random.Generator) -> Any:
        kept = random.random(drawn_shape(self.name, x, self.noise_shape)) >= self.rate
        scale = ((1 - self.rate) * (1 + self.rate * _SATURATED**2)) ** -0.5
        return scale * (np.where(kept, x, _SATURATED) - _SATURATED * self.rate)

    def get_config(self) -> dict[str, Any]:
        shape = None if self.noise_shape is None else list(self.noise_shape)
        return {**super().get_config(), "rate": self.rate, "noise_shape": shape}
