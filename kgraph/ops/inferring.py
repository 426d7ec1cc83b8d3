"""Inferred types, kept: what a result type follows from, and which of them may be used again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import kgraph.ops.operands as operands
from kgraph.types.array_type import ArrayType, RaggedType, SparseType, ValueType
from kgraph.types.dims import Size, new_size, substitute, symbols

KEPT_PER_OP = 512  # a graph has a few types for each op; nan, unlike itself, would fill memory
_PLAIN = (int, str, type(None))


def type_key(value: Any) -> Any:
    """What inference sees of an operand: its type, or itself if it is a Python number."""
    if isinstance(value, operands.NUMBERS):
        return (type(value), value)
    return operands.type_of(value)


def attrs_key(attrs: Mapping[str, Any]) -> tuple[Any, ...]:
    """Attributes as a hashable key, in which ``1``, ``1.0`` and ``True`` differ."""
    return tuple([(name, _with_class(value)) for name, value in attrs.items()])


def _with_class(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_with_class(item) for item in value])
    return value if type(value) in _PLAIN else (type(value), value)


class Kept(NamedTuple):
    """A result type; ``made`` are its sizes that only the numbers of a batch decide."""

    type: ValueType
    made: frozenset[str]

    def again(self) -> ValueType:
        """The type of another call: what numbers decide is a new symbol at each."""
        if not self.made:
            return self.type
        return _with_sizes(self.type, {name: new_size(_stem(name)) for name in self.made})


def kept(found: ValueType, inputs: Sequence[Any]) -> Kept | None:
    """What other calls on the same types are told; None where more happens than is told.

    A sparse value that became dense may have told the user so.
    """
    given = [type for type in inputs if not isinstance(type, tuple)]
    if any(isinstance(type, SparseType) for type in given) and not isinstance(found, SparseType):
        return None
    if not isinstance(found, ArrayType | RaggedType | SparseType):
        return None
    return Kept(found, frozenset(_names([found]) - _names(given)))


def _stem(name: str) -> str:
    return name.rstrip("0123456789").rstrip(".")


def _with_sizes(type: ValueType, sizes: Mapping[str, Size]) -> ValueType:
    def renewed(part: ArrayType) -> ArrayType:
        return part.with_dims(tuple(substitute(size, sizes) for size in part.dims))

    if isinstance(type, ArrayType):
        return renewed(type)
    if isinstance(type, RaggedType):
        return RaggedType(renewed(type.flat), tuple(map(renewed, type.splits)), type.uniform)
    assert isinstance(type, SparseType)
    data, indices, indptr = map(renewed, operands.component_types(type))
    return SparseType(data, indices, indptr, tuple(substitute(size, sizes) for size in type.dims))


def _names(types: Iterable[ValueType]) -> set[str]:
    """The symbols in the sizes of these types."""
    names: set[str] = set()
    for type in types:
        for part in operands.component_types(type):
            for size in part.dims:
                names |= symbols(size)
        if isinstance(type, SparseType):
            names |= _symbols_of(type.dims)
    return names


def _symbols_of(dims: Sequence[Size]) -> set[str]:
    return set().union(*map(symbols, dims))
