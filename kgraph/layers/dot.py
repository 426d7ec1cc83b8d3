"""Dot: products of the samples of two inputs, along one axis of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from kgraph import ops
from kgraph.layers.arguments import one_or_many_axes
from kgraph.layers.checked_layer import dense_dims
from kgraph.layers.merge import Merge
from kgraph.ops.axes import one_axis
from kgraph.ops.primitives.shape import reshape_to
from kgraph.types.dims import Shape, product
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message

_TINY = 1e-12  # the least squared length, as in tf.math.l2_normalize


class Dot(Merge):
    """For each sample, the sum over products along ``axes``: one axis of each of two inputs.

    Args
        axes       an axis of both inputs, or a pair of axes; the batch, axis 0, is none of them
        normalize  make rows along the axes of length 1 before: then it is the cosine

    Shapes    (B, a, k), (B, b, k) with ``axes=2`` -> (B, a, b); (B, k), (B, k) -> (B, 1)
    Kinds     dense.  Ragged and sparse are refused
    Errors    ValueError if the axes differ in size, or if there are not two inputs
    Source    keras.layers.Dot

    >>> import kgraph as kg
    >>> kg.layers.Dot(axes=1)([[[1.0, 2.0]], [[3.0, 4.0]]])
    array([[11.]], dtype=float32)
    """

    kinds: ClassVar[tuple[str, ...]] = ("dense",)
    supports_masking = False

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axes = one_or_many_axes("Dot", axes)
        if isinstance(self.axes, tuple) and len(self.axes) != 2:
            raise KGraphValueError(
                f"Dot: `axes` is one axis or a pair of them. Received: axes={axes!r}"
            )
        self.normalize = bool(normalize)

    def _require_list(self, args: tuple[Any, ...]) -> None:
        super()._require_list(args)
        if len(args[0]) != 2:
            raise KGraphValueError(
                message(
                    "A `Dot` layer should be called on a list of 2 inputs",
                    where=self._place(),
                    received=f"{len(args[0])} inputs",
                )
            )

    def _check_shapes(self, shapes: Sequence[Shape]) -> None:
        x, y = self._axes(len(shapes[0]), len(shapes[1]))
        if shapes[0][x] != shapes[1][y] and None not in (shapes[0][x], shapes[1][y]):
            raise ShapeError(
                message(
                    f"Dot: the axes {x} and {y} have {shapes[0][x]} and {shapes[1][y]} entries",
                    where=self._place(),
                    received=f"shapes {shapes[0]} and {shapes[1]}",
                    expected="equally many",
                )
            )

    def _axes(self, *ranks: int) -> tuple[int, int]:
        given = self.axes if isinstance(self.axes, tuple) else (self.axes, self.axes)
        pairs = zip(given, ranks, strict=True)
        x, y = (one_axis("Dot", axis, rank) for axis, rank in pairs)
        if 0 in (x, y):
            raise KGraphTypeError(
                message(
                    "Dot: axis 0 is the batch, and samples do not meet",
                    where=self._place(),
                    received=f"axes={self.axes}",
                )
            )
        return x, y

    def call(self, inputs: Sequence[Any]) -> Any:
        x, y = inputs
        x_axis, y_axis = self._axes(len(dense_dims(x)), len(dense_dims(y)))
        if self.normalize:
            x, y = _normalized(x, x_axis), _normalized(y, y_axis)
        x, y = ops.moveaxis(x, x_axis, -1), ops.moveaxis(y, y_axis, 1)
        (batch, *rows, inner), (_, _, *columns) = dense_dims(x), dense_dims(y)
        x = reshape_to(x, (batch, product(rows), inner))
        y = reshape_to(y, (batch, inner, product(columns)))
        return reshape_to(ops.matmul(x, y), (batch, *([*rows, *columns] or [1])))

    def get_config(self) -> dict[str, Any]:
        axes = list(self.axes) if isinstance(self.axes, tuple) else self.axes
        return {**super().get_config(), "axes": axes, "normalize": self.normalize}


def _normalized(x: Any, axis: int) -> Any:
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(squares, _TINY)))


def dot(inputs: Sequence[Any], axes: int | Sequence[int] = -1, **kwargs: Any) -> Any:
    """``Dot(axes, **kwargs)(inputs)``."""
    return Dot(axes=axes, **kwargs)(inputs)
