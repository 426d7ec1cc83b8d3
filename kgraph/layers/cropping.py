"""Cropping1D: the steps between the first and the last few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph import ops
from kgraph.layers.arguments import two_counts
from kgraph.layers.checked_layer import CheckedLayer, dense_dims
from kgraph.layers.input_spec import InputSpec
from kgraph.types.errors import ShapeError, message


class Cropping1D(CheckedLayer):
    """A sequence without its first and last steps.

    Args
        cropping  how many steps to leave out at either end: a number, or one for each end

    Shapes    (B, steps, features) -> (B, steps - both, features)
    Dtypes    all; the result has the dtype of the input
    Kinds     dense.  Ragged and sparse are refused: ``x[:, 1:]`` slices ragged rows
    Edges     a mask of the steps ends here, as in Keras, and the user is warned
    Errors    ValueError if no step would be left
    Source    keras.layers.Cropping1D

    >>> import kgraph as kg
    >>> kg.layers.Cropping1D((1, 0))([[[1.0], [2.0], [3.0]]])
    array([[[2.],
            [3.]]], dtype=float32)
    """

    input_spec = InputSpec(ndim=3)

    def __init__(self, cropping: int | Sequence[int] = (1, 1), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cropping = two_counts("Cropping1D", "cropping", cropping)

    def call(self, inputs: Any) -> Any:
        before, after = self.cropping
        steps = dense_dims(inputs)[1]
        if isinstance(steps, int) and before + after >= steps:
            raise ShapeError(
                message(
                    f"layer {self.name!r}: cropping leaves no step",
                    received=f"{steps} steps, cropping={self.cropping}",
                    expected=f"more than {before + after} steps",
                )
            )
        return ops.getitem(inputs, (slice(None), slice(before, -after or None)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "cropping": list(self.cropping)}
