"""Add, Subtract, Multiply, Average, Maximum, Minimum, and the functions of their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph import ops
from kgraph.layers.merge import Merge
from kgraph.types.errors import KGraphValueError, message


class Add(Merge):
    """Sum of its inputs.

    Shapes    as all merging layers: equal, or 1 on some axis; fewer axes take 1s after the batch
    Kinds     dense; ragged with rows of equal lengths; sparse with sparse stays so
    Source    keras.layers.Add

    >>> import kgraph as kg
    >>> kg.layers.Add()([[[1.0, 2.0]], [[3.0, 4.0]]])
    array([[4., 6.]], dtype=float32)
    """

    def _merge_two(self, x: Any, y: Any) -> Any:
        return ops.add(x, y)


class Subtract(Merge):
    """First input minus the second; exactly two.

    Shapes    as all merging layers
    Kinds     dense; ragged with rows of equal lengths; sparse with sparse stays so
    Errors    ValueError for another number of inputs
    Source    keras.layers.Subtract

    >>> import kgraph as kg
    >>> kg.layers.Subtract()([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[-2., -3.]], dtype=float32)
    """

    def _require_list(self, args: tuple[Any, ...]) -> None:
        super()._require_list(args)
        if len(args[0]) != 2:
            raise KGraphValueError(
                message(
                    "A `Subtract` layer should be called on exactly 2 inputs",
                    where=self._place(),
                    received=f"{len(args[0])} inputs",
                )
            )

    def _merge_two(self, x: Any, y: Any) -> Any:
        return ops.subtract(x, y)


class Multiply(Merge):
    """Product of its inputs.

    Shapes    as all merging layers
    Kinds     dense; ragged with rows of equal lengths; sparse stays so, beside anything
    Source    keras.layers.Multiply

    >>> import kgraph as kg
    >>> kg.layers.Multiply()([[[1.0, 2.0]], [[3.0, 4.0]]])
    array([[3., 8.]], dtype=float32)
    """

    def _merge_two(self, x: Any, y: Any) -> Any:
        return ops.multiply(x, y)


class Average(Add):
    """Mean of its inputs; integers become ``floatx()``.

    Shapes    as all merging layers
    Kinds     dense; ragged with rows of equal lengths; sparse with sparse stays so
    Source    keras.layers.Average

    >>> import kgraph as kg
    >>> kg.layers.Average()([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[2. , 3.5]], dtype=float32)
    """

    def _merge(self, values: list[Any]) -> Any:
        return ops.divide(super()._merge(values), len(values))


class Maximum(Merge):
    """Greatest of its inputs, element by element; nan wins.

    Shapes    as all merging layers
    Kinds     dense; ragged with rows of equal lengths; sparse with sparse stays so
    Source    keras.layers.Maximum

    >>> import kgraph as kg
    >>> kg.layers.Maximum()([[[1.0, 5.0]], [[3.0, 4.0]]])
    array([[3., 5.]], dtype=float32)
    """

    def _merge_two(self, x: Any, y: Any) -> Any:
        return ops.maximum(x, y)


class Minimum(Merge):
    """Least of its inputs, element by element; nan wins.

    Shapes    as all merging layers
    Kinds     dense; ragged with rows of equal lengths; sparse with sparse stays so
    Source    keras.layers.Minimum

    >>> import kgraph as kg
    >>> kg.layers.Minimum()([[[1.0, 5.0]], [[3.0, 4.0]]])
    array([[1., 4.]], dtype=float32)
    """

    def _merge_two(self, x: Any, y: Any) -> Any:
        return ops.minimum(x, y)


def add(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Add(**kwargs)(inputs)``."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Subtract(**kwargs)(inputs)``."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Multiply(**kwargs)(inputs)``."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Average(**kwargs)(inputs)``."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Maximum(**kwargs)(inputs)``."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Minimum(**kwargs)(inputs)``."""
    return Minimum(**kwargs)(inputs)
