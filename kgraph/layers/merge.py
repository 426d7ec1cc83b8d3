"""Merge: the base of layers that make one value of several, element by element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from kgraph.graph.source import user_line
from kgraph.layers.checked_layer import CheckedLayer, kind_of
from kgraph.ops.operands import type_of
from kgraph.ops.primitives.shape import reshape_to
from kgraph.types.dims import Shape
from kgraph.types.errors import KGraphValueError, ShapeError, message


class Merge(CheckedLayer):
    """Base of Add, Multiply, Maximum, …: a list of inputs, broadcast to one output.

    Shapes    equal, or 1 on some axis; an input of lower rank takes axes of size 1 after the batch
    Kinds     dense; ragged with rows of equal lengths; sparse, which stays so where the op
              keeps zeros
    Errors    ValueError for no inputs, for batches of different sizes, for sizes that do not meet
    """

    kinds: ClassVar[tuple[str, ...]] = ("dense", "ragged", "sparse")
    supports_masking = True

    def _read_numbers(self, argument: Any) -> Any:
        if not isinstance(argument, list | tuple):
            return argument
        return [super(Merge, self)._read_numbers(item) for item in argument]

    def _build_for(self, args: tuple[Any, ...]) -> None:
        self._require_list(args)
        super()._build_for(args)
        self._check_shapes([type_of(x).shape for x in args[0]])

    def _require_list(self, args: tuple[Any, ...]) -> None:
        inputs = args[0] if args else None
        if not isinstance(inputs, list | tuple) or not inputs:
            received = "no inputs" if not inputs_given(inputs) else repr(inputs)
            raise KGraphValueError(
                message(
                    "A merge layer should be called on a list of at least 1 input",
                    where=self._place(),
                    received=received,
                    hint=f"{type(self).__name__}()([x, y])",
                )
            )

    def _check_shapes(self, shapes: Sequence[Shape]) -> None:
        batches = {shape[0] for shape in shapes if shape} - {None}
        if len(batches) > 1:
            raise ShapeError(
                message(
                    "Cannot merge tensors with different batch sizes. "
                    f"Received tensors with shapes {list(shapes)}",
                    where=self._place(),
                )
            )
        merged = shapes[0][1:]
        for shape in shapes[1:]:
            merged = self._meet(merged, shape[1:])

    def _meet(self, a: Shape, b: Shape) -> Shape:
        longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
        padded = (1,) * (len(longer) - len(shorter)) + tuple(shorter)
        met: list[int | None] = []
        for x, y in zip(longer, padded, strict=True):
            if x not in (y, 1, None) and y not in (1, None):
                raise ShapeError(
                    message(
                        f"Inputs have incompatible shapes. Received shapes {a} and {b}",
                        where=self._place(),
                        expected="equal sizes, or 1, on each axis",
                    )
                )
            met.append(y if x in (1, None) and y != 1 else x)
        return tuple(met)

    def _place(self) -> str:
        return f"layer {self.name!r} ({type(self).__name__}), {user_line()}"

    def call(self, inputs: Sequence[Any]) -> Any:
        return self._merge(_of_equal_rank(inputs))

    def _merge(self, values: list[Any]) -> Any:
        total = values[0]
        for value in values[1:]:
            total = self._merge_two(total, value)
        return total

    def _merge_two(self, x: Any, y: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no `_merge_two`")


def inputs_given(inputs: Any) -> bool:
    return inputs is not None and not (isinstance(inputs, list | tuple) and not inputs)


def _of_equal_rank(inputs: Sequence[Any]) -> list[Any]:
    """Dense values with axes of size 1 after the batch, until all have as many axes."""
    types = [type_of(value) for value in inputs]
    rank = max(type.ndim for type in types)
    found = []
    for value, type in zip(inputs, types, strict=True):
        missing = rank - type.ndim
        if missing and kind_of(type) == "dense" and type.ndim:
            batch, *inner = type.dims
            value = reshape_to(value, (batch, *(1,) * missing, *inner))
        found.append(value)
    return found
