"""CheckedLayer: a layer that says which inputs it takes, and holds each call to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from kgraph.graph.source import user_line
from kgraph.layers.input_spec import InputSpec
from kgraph.layers.layer import Layer
from kgraph.ops.axes import many_axes
from kgraph.ops.operands import as_operand, type_of
from kgraph.types import tree
from kgraph.types.array_type import (
    ArrayType,
    CompositeType,
    RaggedType,
    SparseType,
    ValueType,
)
from kgraph.types.dims import Dims, Shape
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.ragged import RaggedTensor

_ADVICE = {
    "ragged": "make the rows equally long with x.to_tensor(), or work on x.flat_values",
    "extension": "give it one of the fields, say x.values",
    "sparse": "make it dense with ops.to_dense(x), or leave out `sparse=True` in Input",
}


class CheckedLayer(Layer):
    """Base of the layers of kgraph.

    ``kinds`` names the kinds of values the layer takes, ``input_spec`` the shapes; both are checked
    when the layer is called, on symbolic values (so when the graph is drawn) and on arrays.
    """

    kinds: ClassVar[tuple[str, ...]] = ("dense",)
    input_spec: InputSpec | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not args:
            args, kwargs = self._inputs_first(kwargs)
        return super().__call__(*map(self._read_numbers, args), **kwargs)

    def _read_numbers(self, argument: Any) -> Any:
        """Lists are structures of inputs; but one that holds numbers alone is meant as an array."""
        if not isinstance(argument, list | tuple) or not argument:
            return argument
        if not all(isinstance(leaf, bool | int | float) for leaf in tree.flatten(argument)):
            return argument
        try:
            return as_operand(argument, self.name)
        except ValueError as error:
            raise KGraphValueError(
                message(
                    f"layer {self.name!r}: the lists it was called on are not equally long",
                    where=user_line(),
                    hint="kg.RaggedTensor.from_row_lengths(values, row_lengths) for ragged rows",
                )
            ) from error

    def _build_for(self, args: tuple[Any, ...]) -> None:
        for position, leaf in enumerate(tree.flatten(args)):
            self._check_input(position, leaf)
        super()._build_for(args)

    def _check_input(self, position: int, value: Any) -> None:
        if value is None:
            raise KGraphTypeError(self._complaint(position, "is None", None))
        found = type_of(value)
        kind = kind_of(found)
        if kind not in self.kinds:
            raise KGraphTypeError(
                message(
                    f"Input {position} of layer {self.name!r} is {kind}: "
                    f"{type(self).__name__} has no meaning on it",
                    where=user_line(),
                    received=str(found),
                    expected=" or ".join(self.kinds),
                    hint=_ADVICE.get(kind),
                )
            )
        problem = self.input_spec and self.input_spec.problem(found.shape)
        if problem:
            text = f"is incompatible with the layer: {problem}"
            raise ShapeError(self._complaint(position, text, found))

    def _complaint(self, position: int, problem: str, found: ValueType | None) -> str:
        return message(
            f'Input {position} of layer "{self.name}" {problem}',
            where=user_line(),
            received=None if found is None else str(found),
        )

    def _known_size(self, shape: Shape, axis: int) -> int:
        """The size of an axis that a weight is made for."""
        size = shape[axis]
        if size is None:
            raise KGraphValueError(
                message(
                    f"layer {self.name!r}: the size of axis {axis} of its input is not known, "
                    "and its weights depend on it",
                    where=user_line(),
                    received=f"shape {shape}",
                    hint="give the Input a number there: Input((None, 8)), not Input((8, None))",
                )
            )
        return size


def kind_of(type: ValueType) -> str:
    """``dense``, ``ragged`` or ``sparse``; ``extension`` for a value made of others."""
    if isinstance(type, CompositeType):
        return "extension"
    if isinstance(type, RaggedType):
        return "ragged"
    return "sparse" if isinstance(type, SparseType) else "dense"


def dense_dims(value: Any) -> Dims:
    """The sizes of a dense or sparse value, symbols among them."""
    found = type_of(value)
    assert isinstance(found, ArrayType | SparseType)
    return found.dims


def along_inner_axes(
    layer: Layer, function: Callable[..., Any], x: Any, axis: int | tuple[int, ...]
) -> Any:
    """``function(x, axes)``; for a ragged value on all its items, along the axes they have.

    Errors    TypeError for a ragged axis, or the batch of a ragged value
    """
    axes = many_axes(type(layer).__name__, axis, type_of(x).ndim)
    if not isinstance(x, RaggedTensor):
        return function(x, axes)
    rank = x.ragged_rank
    if axes[0] <= rank:
        raise KGraphTypeError(
            message(
                f"layer {layer.name!r}: {type(layer).__name__} cannot run along rows of different "
                "lengths",
                received=f"axis {axes} of {type_of(x)}",
                expected=f"inner axes: more than {rank}",
            )
        )
    return on_flat_values(function, x, tuple(axis - rank for axis in axes))


def on_flat_values(function: Callable[..., Any], x: Any, *args: Any) -> Any:
    """Apply a function of rows of features to a value, or to all items of a ragged one."""
    if isinstance(x, RaggedTensor):
        return x.with_flat_values(function(x.flat_values, *args))
    return function(x, *args)
