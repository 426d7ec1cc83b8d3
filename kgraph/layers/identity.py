"""Identity: a layer that changes nothing."""

from __future__ import annotations

from typing import Any

from kgraph.layers.checked_layer import CheckedLayer


class Identity(CheckedLayer):
    """Its input, unchanged: a place to name a value, or to leave a layer out.

    Shapes    any -> the same
    Kinds     dense, ragged, sparse
    Source    keras.layers.Identity

    >>> import kgraph as kg
    >>> kg.layers.Identity()([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """

    kinds = ("dense", "ragged", "sparse")
    supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs
