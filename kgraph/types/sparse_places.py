"""Places of stored entries: their coordinates on each axis, and the keys that order them.

The key of an entry is its number in row-major order.  Whatever the rank, keys that rise are rows
one after the other: ``key // width`` is the row of an entry, ``key % width`` its column.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgraph.types.casting import Array
from kgraph.types.config import config
from kgraph.types.csr import CSR
from kgraph.types.dims import row_width
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphValueError, message

_MOST_PLACES = 2**63 - 1


def require_countable(shape: Sequence[int]) -> None:
    """Refuse a shape of more places than int64 counts."""
    places = 1
    for size in shape:
        places *= size
    if places > _MOST_PLACES:
        raise KGraphValueError(
            message(
                "a sparse value has more places than can be counted",
                received=f"shape {tuple(shape)}",
                expected=f"at most {_MOST_PLACES:,} places, stored or not",
            )
        )


def require_room_for_rows(rows: int) -> None:
    """Refuse so many rows that their bounds alone, of which each row has one, take too much."""
    needed = 8 * (rows + 1)
    if needed > config.densify_limit:
        raise KGraphValueError(
            message(
                "a sparse value has too many rows, its first axis",
                received=f"{rows:,} rows, whose bounds take {needed:,} bytes",
                expected=f"at most kgraph.config.densify_limit = {config.densify_limit:,} bytes",
                hint="put a shorter axis first: kg.sparse.reshape(x, (1, -1)), or transpose it",
            )
        )


def keys_of_places(coords: Sequence[Array], shape: Sequence[int]) -> Array:
    """The key of each entry.

    >>> keys_of_places([np.array([0, 1]), np.array([2, 0])], (2, 3))
    array([2, 3])
    """
    keys = np.zeros(len(coords[0]), np.int64)
    for places, size in zip(coords, shape, strict=True):
        keys = keys * size + places.astype(np.int64, copy=False)
    return keys


def places_of(csr: CSR) -> list[Array]:
    """The coordinates of each stored entry of a concrete value, axis by axis.

    >>> places_of(CSR(np.ones(1), np.array([5]), np.array([0, 1]), (1, 2, 3)))
    [array([0]), array([1]), array([2])]
    """
    rows = np.repeat(np.arange(len(csr.indptr) - 1), np.diff(csr.indptr))
    rest, inner = csr.indices, []
    for size in reversed(csr.dims[1:]):
        rest, places = np.divmod(rest, max(int(size), 1))
        inner.append(places)
    return [rows, *reversed(inner)]


def summed(keys: Array, data: Array) -> tuple[Array, Array]:
    """Keys that rise, each once, and the sums of the entries that share one."""
    order = np.argsort(keys, kind="stable")
    keys, data = keys[order], data[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    add = np.logical_or if data.dtype.kind == "b" else np.add
    return keys[first], add.reduceat(data, first, dtype=data.dtype) if len(first) else data


def rows_of_keys(keys: Array, data: Array, shape: Sequence[int], dtype: DType) -> CSR:
    """The value of ``shape`` with these entries at these rising keys."""
    require_room_for_rows(shape[0])
    width = int(row_width(tuple(shape)))
    bounds = np.searchsorted(keys, np.arange(shape[0] + 1) * width)
    indices = keys % max(width, 1)
    return CSR(data, indices.astype(dtype), bounds.astype(dtype), tuple(shape))
