"""InputSpec: what a layer demands of the shape of an input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgraph.types.dims import Shape
from kgraph.types.value import Value


class InputSpec(Value):
    """Rank and sizes that an input must have; None (a size known only later) fits anything.

    Args
        shape     sizes of all axes, None for any
        ndim      number of axes; ``min_ndim`` and ``max_ndim`` bound it
        axes      ``{axis: size}``, axes may count from the end

    Source    keras.layers.InputSpec

    >>> InputSpec(min_ndim=2, axes={-1: 4}).problem((None, 5))
    'expected axis -1 of input shape to have value 4, but received input with shape (None, 5)'
    """

    __match_args__ = ("shape", "ndim", "max_ndim", "min_ndim", "axes")
    shape: Shape | None
    ndim: int | None
    max_ndim: int | None
    min_ndim: int | None
    axes: Mapping[int, int | None] | None

    def __init__(
        self,
        shape: Shape | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
    ) -> None:
        vars(self).update(shape=shape, ndim=ndim)
        vars(self).update(max_ndim=max_ndim, min_ndim=min_ndim, axes=axes)

    def problem(self, shape: Shape) -> str | None:
        """What is wrong with an input of this shape; None if nothing is."""
        rank = len(shape)
        full = f"Full shape received: {shape}"
        expected = len(self.shape) if self.shape is not None else self.ndim
        if expected is not None and rank != expected:
            return f"expected ndim={expected}, found ndim={rank}. {full}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"expected min_ndim={self.min_ndim}, found ndim={rank}. {full}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"expected max_ndim={self.max_ndim}, found ndim={rank}. {full}"
        for axis, size in (self.axes or {}).items():
            if not -rank <= axis < rank:
                return f"expected an axis {axis}, found ndim={rank}. {full}"
            if size is not None and shape[axis] not in (size, None):
                return (
                    f"expected axis {axis} of input shape to have value {size}, "
                    f"but received input with shape {shape}"
                )
        if self.shape is not None and not _fits(self.shape, shape):
            return f"expected shape={tuple(self.shape)}, found shape={shape}"
        return None

    def get_config(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}


def _fits(expected: Shape, shape: Shape) -> bool:
    return all(a is None or b is None or a == b for a, b in zip(expected, shape, strict=True))
