"""Normalization: features brought to mean 0 and variance 1 by statistics of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph import ops
from kgraph.layers.arguments import one_or_many_axes
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.ops.axes import many_axes
from kgraph.ops.operands import as_operand, type_of
from kgraph.ops.primitives.shape import reshape_to
from kgraph.types.dims import Shape
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message

_LEAST_DEVIATION = 1e-7


class Normalization(CheckedLayer):
    """``(inputs - mean) / sqrt(variance)``.

    Mean and variance are given, or found by ``adapt``; those that are not given are weights (mean,
    variance, count; none of them trainable), so that saved models keep them.

    Args
        axis            the axis, or axes, that have a mean and a variance for each entry; None: one
                        mean and one variance for all
        mean, variance  numbers or arrays that broadcast to the sizes of ``axis``; both or neither
        invert          compute ``inputs * sqrt(variance) + mean`` instead

    Shapes    any -> the same
    Dtypes    the input is cast to the dtype of the layer
    Kinds     dense
    Edges     the deviation is taken as at least 1e-7, so that a constant feature gives no nan
    Errors    ValueError if a size on ``axis`` is not known; for one of mean and variance alone
    Source    keras.layers.Normalization

    >>> import kgraph as kg
    >>> layer = kg.layers.Normalization()
    >>> layer.adapt([[0.0, 5.0], [2.0, 9.0]])
    >>> layer([[2.0, 5.0]])
    array([[ 1., -1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (mean is None) != (variance is None):
            raise KGraphValueError(
                "When setting values directly, both `mean` and `variance` must be set. "
                f"Received: mean={mean!r} and variance={variance!r}"
            )
        axes = () if axis is None else one_or_many_axes("Normalization", axis)
        self.axis = axes if isinstance(axes, tuple) else (axes,)
        self.input_mean = _numbers("mean", mean)
        self.input_variance = _numbers("variance", variance)
        self.invert = invert
        self.mean: Any = None
        self.variance: Any = None

    def build(self, input_shape: Shape) -> None:
        axes = many_axes("Normalization", self.axis, len(input_shape))
        sizes = tuple(self._known_size(input_shape, axis) for axis in axes)
        if self.input_mean is None:
            self.mean = self.add_weight(sizes, "zeros", trainable=False, name="mean")
            self.variance = self.add_weight(sizes, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", "int64", trainable=False, name="count")
        else:
            self.mean = self._broadcast("mean", self.input_mean, sizes)
            self.variance = self._broadcast("variance", self.input_variance, sizes)
        self.built = True

    def _broadcast(self, name: str, value: Any, sizes: tuple[int, ...]) -> np.ndarray:
        array = np.asarray(value, self.dtype)
        try:
            # leading axes of size 1 may stand before: Keras writes (1, features)
            return np.broadcast_to(array, (1,) * (array.ndim - len(sizes)) + sizes).reshape(sizes)
        except ValueError:
            raise ShapeError(
                message(
                    f"layer {self.name!r}: `{name}` does not fit the input",
                    received=f"shape {array.shape}",
                    expected=f"shape {sizes}, the sizes of axis {self.axis}",
                )
            ) from None

    def adapt(self, data: Any) -> None:
        """Take mean and variance from an array: a data set, samples along axis 0.

        Errors    TypeError if the layer was given mean and variance, or for no dense array;
                  ValueError for no samples
        """
        if self.input_mean is not None:
            raise KGraphTypeError(
                message(
                    f"layer {self.name!r}: mean and variance were given and cannot be adapted",
                    hint="make the layer without `mean` and `variance`",
                )
            )
        values = as_operand(data, "Normalization.adapt")
        if not isinstance(values, np.ndarray) or not values.ndim or not len(values):
            raise KGraphValueError(
                message(
                    f"layer {self.name!r}: adapt takes an array with at least one sample",
                    received=f"{type(data).__name__}, {type_of(values)}",
                )
            )
        if not self.built:
            self.build((None, *values.shape[1:]))
        axes = many_axes("Normalization", self.axis, values.ndim)
        others = tuple(axis for axis in range(values.ndim) if axis not in axes)
        self.mean.assign(values.mean(others, np.float64))
        self.variance.assign(values.var(others, np.float64))

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, self.dtype)
        mean, variance = self._aligned(self.mean, x), self._aligned(self.variance, x)
        deviation = ops.maximum(ops.sqrt(variance), _LEAST_DEVIATION)
        if self.invert:
            return ops.add(ops.multiply(x, deviation), mean)
        return ops.divide(ops.subtract(x, mean), deviation)

    def _aligned(self, statistic: Any, x: Any) -> Any:
        """A statistic with axes of size 1 where it is the same for all entries."""
        rank = type_of(x).ndim
        axes = many_axes("Normalization", self.axis, rank)
        if axes == tuple(range(rank - len(axes), rank)):
            return statistic
        sizes = iter(statistic.shape)
        shape = tuple(next(sizes) if axis in axes else 1 for axis in range(axes[0], rank))
        return reshape_to(statistic, shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": list(self.axis) if self.axis else None,
            "invert": self.invert,
            "mean": self.input_mean,
            "variance": self.input_variance,
        }


def _numbers(name: str, value: Any) -> Any:
    """None, a number or nested lists of them, as JSON has them."""
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise KGraphTypeError(f"Normalization: `{name}` is an array of numbers, got {value!r}")
    return array.tolist()
