"""Masking: the mask of a padded sequence."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.layers.arguments import number
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.input_spec import InputSpec


class Masking(CheckedLayer):
    """Its input, with the steps zeroed and masked in which every feature is ``mask_value``.

    Args
        mask_value  what padding consists of

    Shapes    (B, steps, features) -> the same; the mask is (B, steps)
    Kinds     dense.  Ragged rows need no padding; sparse is refused: it has no steps
    Source    keras.layers.Masking

    >>> import kgraph as kg
    >>> layer = kg.layers.Masking(mask_value=-1.0)
    >>> layer([[[1.0, -1.0], [-1.0, -1.0]]])
    array([[[ 1., -1.],
            [ 0.,  0.]]], dtype=float32)
    """

    supports_masking = True
    input_spec = InputSpec(min_ndim=2)

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = number("Masking", "mask_value", mask_value)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """True where a feature of the step is not ``mask_value``."""
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        counts = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return ops.where(counts, inputs, ops.zeros_like(inputs))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mask_value": self.mask_value}
