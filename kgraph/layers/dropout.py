"""Dropout: nothing at inference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from kgraph import ops
from kgraph.layers.arguments import is_number
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.initializer import generator
from kgraph.ops.op import Abstract
from kgraph.ops.operands import components, type_of
from kgraph.types.csr import CSR
from kgraph.types.errors import KGraphTypeError, KGraphValueError, RandomDrawError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import from_csr, is_sparse, to_csr
from kgraph.types.symbolic import Symbolic


class Dropout(CheckedLayer):
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
    supports_masking = True

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        if not is_number(rate) or not 0 <= rate <= 1:
            raise KGraphValueError(
                "Invalid value received for argument `rate`. "
                f"Expected a float value between 0 and 1. Received: rate={rate!r}"
            )
        super().__init__(**kwargs)
        self.rate = rate
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed = seed
        self._generator = None if seed is None else generator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        parts = components(inputs)
        if any(isinstance(part, Symbolic) and not isinstance(part, Abstract) for part in parts):
            raise RandomDrawError(
                message(
                    f"layer {self.name!r}: Dropout with training=True draws at random, "
                    "and random draws are not compiled",
                    hint="call the model itself, which computes such graphs op by op; or draw it "
                    "without training=True",
                )
            )
        if any(isinstance(part, Symbolic) for part in parts):
            return inputs  # only its type is asked for
        return self._drop(inputs)

    def _drop(self, x: Any) -> Any:
        if isinstance(x, RaggedTensor):
            return x.with_flat_values(self._scaled(x.flat_values))
        if isinstance(x, CSR):
            return x.with_data(self._scaled(x.data))
        if is_sparse(x):
            return from_csr(self._drop(to_csr(x)))
        return self._scaled(np.asarray(x))

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        if x.dtype.kind != "f":
            raise KGraphTypeError(
                f"layer {self.name!r}: Dropout scales floats, got dtype {x.dtype}"
            )
        source = self._generator if self._generator is not None else generator()
        kept = source.random(self._mask_shape(x)) >= self.rate
        scale = 0.0 if self.rate == 1 else 1 / (1 - self.rate)
        return np.asarray(ops.where(kept, ops.multiply(x, scale), 0.0), x.dtype)

    def _mask_shape(self, x: np.ndarray) -> tuple[int, ...]:
        if self.noise_shape is None:
            return x.shape
        if len(self.noise_shape) != x.ndim:
            raise KGraphValueError(
                message(
                    f"layer {self.name!r}: `noise_shape` has another number of axes than the input",
                    received=f"noise_shape={self.noise_shape}, input {type_of(x)}",
                )
            )
        return tuple(
            own if own else size for own, size in zip(self.noise_shape, x.shape, strict=True)
        )

    def get_config(self) -> dict[str, Any]:
        shape = None if self.noise_shape is None else list(self.noise_shape)
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, "noise_shape": shape}
