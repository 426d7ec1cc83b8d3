"""Inferred types, kept: what a result type follows from, and which of them may be used again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kgraph.ops import operands
from kgraph.types.array_type import SparseType, ValueType
from kgraph.types.dims import Size, symbols

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


def may_be_kept(found: ValueType, inputs: Sequence[Any]) -> bool:
    """Whether another call on the same types gives the same type, and nothing else happens.

    A size that only the numbers of a batch decide is a new symbol at each call.  A sparse value
    that became dense may have told the user so.
    """
    given = [type for type in inputs if not isinstance(type, tuple)]
    if any(isinstance(type, SparseType) for type in given) and not isinstance(found, SparseType):
        return False
    return _names([found]) <= _names(given)


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
