"""Dropout: nothing at inference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from kgraph import ops
from kgraph.layers.noise import Noise, share
from kgraph.ops.operands import type_of
from kgraph.types.errors import KGraphValueError, message

Sizes = tuple[int | None, ...]


class Dropout(Noise):
    """Its input at inference; with ``training=True`` zeros at random places, the rest scaled up.

    Args
        rate         share of the elements that become 0, 0 <= rate <= 1
        noise_shape  shape of the drawn mask, which is broadcast; None in it takes the input's size
        seed         of the draws; without one they come from the common generator

    Shapes    any -> the same
    Kinds     dense; ragged (draws for each item) and sparse (for each stored entry)
    Edges     drawn with ``training=True`` it drops at each call of the model, which then computes
              op by op
    Errors    ValueError for ``kg.compile`` of such a graph: random draws are not compiled
    Source    keras.layers.Dropout; Srivastava et al., JMLR 2014

    >>> import kgraph as kg
    >>> layer = kg.layers.Dropout(0.5, seed=7)
    >>> layer([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """

    kinds: ClassVar[tuple[str, ...]] = ("dense", "ragged", "sparse")

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.rate = share("rate", rate)
        super().__init__(seed=seed, **kwargs)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def strength(self) -> float:
        return self.rate

    def changed(self, x: np.ndarray, random: np.random.Generator) -> Any:
        kept = random.random(drawn_shape(self.name, x, self.noise_shape)) >= self.rate
        return scaled(x, kept, self.rate)

    def get_config(self) -> dict[str, Any]:
        shape = None if self.noise_shape is None else list(self.noise_shape)
        return {**super().get_config(), "rate": self.rate, "noise_shape": shape}


def scaled(x: np.ndarray, kept: np.ndarray, rate: float) -> Any:
    """``x`` where it is kept, larger by as much as falls away elsewhere."""
    return ops.where(kept, ops.multiply(x, 0.0 if rate == 1 else 1 / (1 - rate)), 0.0)


def drawn_shape(layer: str, x: np.ndarray, noise_shape: Sizes | None) -> tuple[int, ...]:
    """The shape of what is drawn for ``x``: its own where ``noise_shape`` says nothing else."""
    if noise_shape is None:
        return x.shape
    if len(noise_shape) != x.ndim:
        raise KGraphValueError(
            message(
                f"layer {layer!r}: `noise_shape` has another number of axes than the input",
                received=f"noise_shape={noise_shape}, input {type_of(x)}",
            )
        )
    return tuple(own if own else size for own, size in zip(noise_shape, x.shape, strict=True))
