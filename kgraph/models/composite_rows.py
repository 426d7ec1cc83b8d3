"""Rows of values that are made of others: every field with a batch gives or takes its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.models import rows
from kgraph.types.array_type import CompositeType, ValueType
from kgraph.types.composite import parts_of, value_of
from kgraph.types.dims import Dim
from kgraph.types.errors import KGraphValueError, message

_BATCH = Dim.symbol("B")


def has_rows(type: ValueType) -> bool:
    """Does a batch decide the size of its first axis?"""
    if isinstance(type, CompositeType):
        return any(map(has_rows, type.parts))
    return type.dims[:1] == (_BATCH,)


class CompositeRows:
    """A composite value that gives its rows by slicing, as arrays do."""

    def __init__(self, value: Any, type: CompositeType, name: str) -> None:
        self.spec = value._type_spec
        self.parts = [
            _sliceable(part, inner, own) if has_rows(inner) else part
            for part, inner, own in zip(
                parts_of(value), type.parts, type.part_names(name), strict=True
            )
        ]
        self.cut = [has_rows(inner) for inner in type.parts]
        self.name = name
        self.fixed = type.dims[:1]  # a batch of so many rows comes whole

    def __len__(self) -> int:
        pairs = zip(self.parts, self.cut, strict=True)
        counts = [rows.count(part) for part, cut in pairs if cut]
        if not counts and isinstance(self.fixed[0] if self.fixed else None, int):
            return int(str(self.fixed[0]))
        if not counts:
            raise KGraphValueError(f"predict: input {self.name!r} has no field with rows")
        if len(set(counts)) > 1:
            raise KGraphValueError(
                message(
                    f"predict: the fields of input {self.name!r} differ in their number of rows",
                    received=", ".join(map(str, counts)),
                )
            )
        return counts[0]

    def __getitem__(self, key: slice) -> Any:
        pairs = zip(self.parts, self.cut, strict=True)
        return value_of(self.spec, [part[key] if cut else part for part, cut in pairs])


def _sliceable(part: Any, type: ValueType, name: str) -> Any:
    if isinstance(type, CompositeType):
        return CompositeRows(part, type, name)
    return rows.sliceable(part, name)


def join(values: Sequence[Any], type: CompositeType, name: str) -> Any:
    """Composite batches end to end; what has no rows must be equal in all of them."""
    if len(values) == 1:
        return values[0]
    columns = zip(*map(parts_of, values), strict=True)
    joined = list(map(_join_part, columns, type.parts, type.part_names(name)))
    return value_of(values[0]._type_spec, joined)


def _join_part(column: Sequence[Any], type: ValueType, name: str) -> Any:
    if isinstance(type, CompositeType):
        return join(column, type, name)
    if has_rows(type):
        return rows.concatenate(column, name)
    if any(not np.array_equal(column[0], other) for other in column[1:]):
        raise KGraphValueError(
            message(
                f"predict: {name!r} has no rows, and differs between batches",
                hint="batch_size=None takes all rows at once",
            )
        )
    return column[0]
