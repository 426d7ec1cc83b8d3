"""Reshape: the numbers of each sample under another shape."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from kgraph import ops
from kgraph.layers.checked_layer import CheckedLayer, dense_dims
from kgraph.ops.reshaping import resolve_shape
from kgraph.types.errors import KGraphTypeError, KGraphValueError


class Reshape(CheckedLayer):
    """The same numbers, in row-major order, under another shape.

    Args
        target_shape  sizes without the batch; one may be -1: it is worked out from the others

    Shapes    (B, ...) -> (B, *target_shape)
    Dtypes    all; the result has the dtype of the input
    Kinds     dense; sparse, which stays so.  Ragged is refused: items would lose their place
    Errors    ValueError if a sample has another number of elements
    Source    keras.layers.Reshape

    >>> import kgraph as kg
    >>> kg.layers.Reshape((-1, 2))([[1.0, 2.0, 3.0, 4.0]])
    array([[[1., 2.],
            [3., 4.]]], dtype=float32)
    """

    kinds = ("dense", "sparse")

    def __init__(self, target_shape: Sequence[int], **kwargs: Any) -> None:
        self.target_shape = _checked(target_shape)
        super().__init__(**kwargs)

    def call(self, inputs: Any) -> Any:
        batch, *inner = dense_dims(inputs)
        return ops.reshape(inputs, (batch, *resolve_shape(tuple(inner), self.target_shape)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": list(self.target_shape)}


def _checked(target_shape: Any) -> tuple[int, ...]:
    sizes = target_shape if isinstance(target_shape, list | tuple) else (target_shape,)
    try:
        shape = tuple(operator.index(size) for size in sizes)
    except TypeError:
        raise KGraphTypeError(
            f"Reshape: `target_shape` is a tuple of integers. Received: {target_shape!r}"
        ) from None
    if shape.count(-1) > 1:
        raise KGraphValueError(
            "There must be at most one unknown dimension (-1) in `target_shape`. "
            f"Received: target_shape={shape}"
        )
    if any(size < -1 for size in shape):
        raise KGraphValueError(f"Reshape: a size is negative. Received: target_shape={shape}")
    return shape
