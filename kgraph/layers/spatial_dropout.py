"""SpatialDropout1D: nothing at inference."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.layers.arguments import refuse
from kgraph.layers.dropout import Dropout, scaled
from kgraph.layers.input_spec import InputSpec
from kgraph.ops.operands import type_of
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.ragged import RaggedTensor


class SpatialDropout1D(Dropout):
    """Its input at inference; with ``training=True`` whole features of a sequence become zeros.

    Args
        rate         share of the features that become 0, 0 <= rate <= 1
        seed         of the draws; without one they come from the common generator
        noise_shape  None, as Keras 2 writes it in configs

    Shapes    (B, steps, features) -> the same
    Kinds     dense; ragged (B, None, features): one draw for each row and feature.  Sparse is
              refused
    Source    keras.layers.SpatialDropout1D; Tompson et al., CVPR 2015

    >>> import kgraph as kg
    >>> kg.layers.SpatialDropout1D(0.5)([[[1.0, 2.0]]])
    array([[[1., 2.]]], dtype=float32)
    """

    kinds = ("dense", "ragged")
    input_spec = InputSpec(ndim=3)

    def __init__(
        self, rate: float, seed: int | None = None, noise_shape: None = None, **kwargs: Any
    ) -> None:
        refuse("SpatialDropout1D", noise_shape=noise_shape)
        super().__init__(rate, noise_shape=(None, 1, None), seed=seed, **kwargs)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if isinstance(inputs, RaggedTensor) and inputs.ragged_rank != 1:
            raise KGraphTypeError(
                message(
                    f"layer {self.name!r}: cannot drop features of these rows",
                    received=str(type_of(inputs)),
                    expected="ragged rows of vectors: (B, None, features)",
                )
            )
        return super().call(inputs, training)

    def _with_noise(self, x: Any) -> Any:
        if not isinstance(x, RaggedTensor):
            return super()._with_noise(x)
        lengths = np.asarray(x.row_lengths())

        def row_by_row(items: np.ndarray, random: np.random.Generator) -> Any:
            kept = random.random((len(lengths), items.shape[1])) >= self.rate
            return scaled(items, np.repeat(kept, lengths, axis=0), self.rate)

        return x.with_flat_values(self._changed_floats(x.flat_values, row_by_row))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["noise_shape"]
        return config
