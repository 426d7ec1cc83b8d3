"""Permute: the axes of a sample in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph import ops
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.input_spec import InputSpec
from kgraph.types.errors import KGraphValueError


class Permute(CheckedLayer):
    """The axes of each sample in the order of ``dims``.

    Args
        dims  axes of the input, counted from 1: the batch stays in front

    Shapes    (B, a, b) -> (B, b, a) for ``dims=(2, 1)``
    Dtypes    all; the result has the dtype of the input
    Kinds     dense; sparse, which stays so.  Ragged is refused: its axes have an order of their own
    Errors    ValueError if ``dims`` is no permutation of 1, 2, …, or of other axes than the input's
    Source    keras.layers.Permute

    >>> import kgraph as kg
    >>> kg.layers.Permute((2, 1))([[[1.0, 2.0], [3.0, 4.0]]])
    array([[[1., 3.],
            [2., 4.]]], dtype=float32)
    """

    kinds = ("dense", "sparse")

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        axes = tuple(dims) if isinstance(dims, list | tuple) else (dims,)
        if sorted(axes, key=repr) != sorted(range(1, len(axes) + 1), key=repr):
            raise KGraphValueError(
                "Invalid permutation argument `dims` for Permute Layer. The set of indices in "
                f"`dims` must be consecutive and start from 1. Received dims={dims}"
            )
        self.dims = axes
        self.input_spec = InputSpec(ndim=len(axes) + 1)

    def call(self, inputs: Any) -> Any:
        return ops.transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": list(self.dims)}
