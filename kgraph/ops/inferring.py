"""Inferred types, kept: what a result type follows from, and which of them may be used again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import kgraph.ops.operands as operands
from kgraph.types import tree
from kgraph.types.array_type import (
    ArrayType,
    CompositeType,
    RaggedType,
    SparseType,
    ValueType,
)
from kgraph.types.densify import Said, say_densified
from kgraph.types.dims import Dim, Size, new_size, substitute, symbols
from kgraph.types.dtypes import default_float

KEPT_PER_OP = 512  # a graph has a few types for each op; nan, unlike itself, would fill memory
_PLAIN = (int, str, type(None))


class Question(NamedTuple):
    """What a result type follows from, with sizes that batches decide numbered from 0.

    They have other names at each call; all that follows from them is how they are alike.
    """

    key: tuple[Any, ...]
    names: dict[str, Size]
    """Which sizes of the call the numbers stand for."""


def question(inputs: Sequence[Any], attrs: Mapping[str, Any]) -> Question:
    types = tuple([_type_key(value) for value in inputs])
    numbers, names = _numbered(types)
    if numbers:
        types = tuple([_renamed(type, numbers) for type in types])
    return Question((types, _attrs_key(attrs, numbers), default_float()), names)


def _type_key(value: Any) -> Any:
    """What inference sees of an operand: its type, or itself if it is a Python number."""
    if isinstance(value, operands.NUMBERS):
        return (type(value), value)
    return operands.type_of(value)


def _numbered(types: Sequence[Any]) -> tuple[dict[str, Size], dict[str, Size]]:
    """A number for each size that batches decide, and the way back."""
    numbers: dict[str, Size] = {}
    names: dict[str, Size] = {}
    for type in types:
        if isinstance(type, tuple):
            continue
        for name in type.made:
            if name not in numbers:
                number = f"{_stem(name)}:{len(numbers)}"
                numbers[name], names[number] = Dim.symbol(number), Dim.symbol(name)
    return numbers, names


def _attrs_key(attrs: Mapping[str, Any], numbers: Mapping[str, Size]) -> tuple[Any, ...]:
    """Attributes as a hashable key, in which ``1``, ``1.0`` and ``True`` differ."""
    return tuple([(name, _with_class(value, numbers)) for name, value in attrs.items()])


def _with_class(value: Any, numbers: Mapping[str, Size]) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, tuple):
        return tuple([_with_class(item, numbers) for item in value])
    return (type(value), substitute(value, numbers) if isinstance(value, Dim) else value)


class Kept(NamedTuple):
    """The answer to a question; ``made`` are its sizes that are new at each call.

    ``said`` are the sparse values that became dense on the way, of which the user hears each time.
    """

    type: ValueType
    made: tuple[str, ...]
    said: tuple[Said, ...]

    def again(self, names: Mapping[str, Size]) -> ValueType:
        """The type of another call: what numbers decide is a new symbol at each."""
        for op_name, type in self.said:
            say_densified(op_name, _renamed(type, names))
        new = {name: new_size(_stem(name)) for name in self.made}
        found: ValueType = _renamed(self.type, {**names, **new})
        return found


def kept(
    found: ValueType, inputs: Sequence[Any], attrs: Mapping[str, Any], said: Sequence[Said]
) -> Kept | None:
    """What later calls on the same types are told; None for a type that is not renewed."""
    if not isinstance(found, ArrayType | RaggedType | SparseType):
        return None
    types = [_type_key(value) for value in inputs]
    numbers, _ = _numbered(types)
    given = _names(type for type in types if not isinstance(type, tuple))
    told = _symbols_of(size for size in tree.flatten(attrs) if isinstance(size, Dim))
    made = sorted(_names([found]) - given - told)
    new = {name: f"{_stem(name)}:{len(numbers) + at}" for at, name in enumerate(made)}
    numbers |= {name: Dim.symbol(number) for name, number in new.items()}
    return Kept(
        _with_sizes(found, numbers) if numbers else found,
        tuple(new.values()),
        tuple([(op_name, _with_sizes(type, numbers)) for op_name, type in said]),
    )


def _stem(name: str) -> str:
    return name.rstrip("0123456789").rstrip(".:")


def _renamed(type: Any, sizes: Mapping[str, Size]) -> Any:
    """``type`` with symbols of `new_size` replaced; a number, and what has none, as it is."""
    if isinstance(type, tuple) or not type.made:
        return type
    return _with_sizes(type, sizes, _renamed)


def _with_sizes(type: Any, sizes: Mapping[str, Size], change: Any = None) -> Any:
    """``type`` with some of its symbols replaced; ``change`` does that to the types in it."""
    change = change or _with_sizes
    if isinstance(type, ArrayType):
        return type.with_dims(tuple([substitute(size, sizes) for size in type.dims]))
    if isinstance(type, RaggedType):
        splits = tuple([change(part, sizes) for part in type.splits])
        return RaggedType(change(type.flat, sizes), splits, type.uniform)
    if isinstance(type, SparseType):
        data, indices, indptr, *told = [change(part, sizes) for part in type.parts]
        dims = tuple([substitute(size, sizes) for size in type.dims])
        return SparseType(data, indices, indptr, dims, *told)
    assert isinstance(type, CompositeType)
    return type.with_parts(tuple([change(part, sizes) for part in type.parts]))


def _names(types: Iterable[ValueType]) -> set[str]:
    """The symbols in the sizes of these types."""
    names: set[str] = set()
    for type in types:
        for part in operands.component_types(type):
            names |= _symbols_of(part.dims)
        if isinstance(type, SparseType):
            names |= _symbols_of(type.dims)
    return names


def _symbols_of(dims: Iterable[Size]) -> set[str]:
    return set().union(*map(symbols, dims))
