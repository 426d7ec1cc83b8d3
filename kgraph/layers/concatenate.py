"""Concatenate: inputs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from kgraph import ops
from kgraph.layers.arguments import one_or_many_axes
from kgraph.layers.checked_layer import kind_of
from kgraph.layers.masking import met
from kgraph.layers.merge import Merge
from kgraph.ops.axes import one_axis
from kgraph.ops.operands import type_of
from kgraph.types.dims import Shape
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message


class Concatenate(Merge):
    """Its inputs one after the other along an axis.

    Args
        axis  the axis along which sizes add up

    Shapes    equal but on ``axis``
    Kinds     dense; ragged along every axis: row after row, item after item of each row, or along
              an inner axis where rows have equal lengths; sparse, which stays so among sparse ones
    Errors    ValueError for no inputs, other sizes that differ, an axis that is not there
    Source    keras.layers.Concatenate

    >>> import kgraph as kg
    >>> kg.layers.Concatenate()([[[1.0, 2.0]], [[3.0]]])
    array([[1., 2., 3.]], dtype=float32)
    """

    kinds: ClassVar[tuple[str, ...]] = ("dense", "ragged", "sparse")
    supports_masking = False

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        chosen = one_or_many_axes("Concatenate", axis)
        if isinstance(chosen, tuple):
            raise KGraphTypeError(f"Concatenate: `axis` is an int. Received: axis={axis!r}")
        self.axis = chosen

    def _require_list(self, args: tuple[Any, ...]) -> None:
        if not args or not isinstance(args[0], list | tuple) or not args[0]:
            raise KGraphValueError(
                message(
                    "A `Concatenate` layer should be called on a list of at least 1 input",
                    where=self._place(),
                    hint="Concatenate()([x, y])",
                )
            )

    def _build_for(self, args: tuple[Any, ...]) -> None:
        super()._build_for(args)
        kinds = {kind_of(type_of(x)) for x in args[0]}
        if {"ragged", "sparse"} <= kinds:
            raise KGraphTypeError(
                message(
                    "Concatenate: sparse and ragged inputs do not join",
                    where=self._place(),
                    received="\n".join(str(type_of(x)) for x in args[0]),
                    hint="make the ragged ones dense with x.to_tensor()",
                )
            )

    def _check_shapes(self, shapes: Sequence[Shape]) -> None:
        axis = one_axis("Concatenate", self.axis, len(shapes[0]))
        if len({len(shape) for shape in shapes}) > 1 or any(
            len({shape[place] for shape in shapes} - {None}) > 1
            for place in range(len(shapes[0]))
            if place != axis
        ):
            raise ShapeError(
                message(
                    "A `Concatenate` layer requires inputs with matching shapes except for the "
                    f"concatenation axis. Received: input_shape={list(shapes)}",
                    where=self._place(),
                    expected=f"equal sizes on every axis but {axis}",
                )
            )

    def call(self, inputs: Sequence[Any]) -> Any:
        if len(inputs) == 1:
            return inputs[0]
        return ops.concatenate(inputs, axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Masks side by side, as their values; along features a step counts if it counts in all."""
        if mask is None or all(part is None for part in mask):
            return None
        axis = one_axis("Concatenate", self.axis, type_of(inputs[0]).ndim)
        if axis > 1:
            return met(mask)
        whole = [
            _all_count(x) if part is None else part for x, part in zip(inputs, mask, strict=True)
        ]
        return ops.concatenate(whole, axis=axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


def _all_count(x: Any) -> Any:
    """A mask (B, steps) that leaves out nothing."""
    return ops.ones_like(x[(slice(None), slice(None), *(0,) * (type_of(x).ndim - 2))], "bool")


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """``Concatenate(axis, **kwargs)(inputs)``."""
    return Concatenate(axis=axis, **kwargs)(inputs)
