"""Entries at positions along an axis: what indexing, ``take`` and embeddings are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.shape import transpose_axes
from kgraph.ops.selection import where
from kgraph.ops.sizing import size_on
from kgraph.ops.slicing import resolve_index


def pick(x: Any, axis: int, positions: tuple[int, ...]) -> Any:
    """The entries of ``x`` at known ``positions`` along ``axis``."""
    size = dims_of(x)[axis]
    found = [resolve_index(position, axis, size) for position in positions]
    if not all(isinstance(position, int) for position in found):
        return gather_along(x, from_the_front(x, np.array(positions, np.int64), axis), axis)
    return gather_along(x, np.array(found, np.int64), axis)


def gather_along(x: Any, ids: Any, axis: int) -> Any:
    """``gather_rows`` on any axis: the axes of ``ids`` stand where ``axis`` stood."""
    ndim, count = type_of(x).ndim, type_of(ids).ndim
    if axis == 0:
        return gather_rows(x, ids)
    front = tuple(range(axis))
    table = transpose_axes(x, (axis, *front, *range(axis + 1, ndim)))
    moved = tuple(range(count, count + axis))
    rest = tuple(range(count + axis, count + ndim - 1))
    return transpose_axes(gather_rows(table, ids), (*moved, *range(count), *rest))


def from_the_front(x: Any, indices: Any, axis: int) -> Any:
    """Positions on ``axis`` of ``x`` of which negative ones are counted from the end."""
    if type_of(indices).dtype.kind == "u":
        return indices
    indices = cast(indices, np.int64) if type_of(indices).dtype.itemsize < 4 else indices
    return where(indices < 0, indices + size_on(x, axis, indices), indices)
