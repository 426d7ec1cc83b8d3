"""Patterns of sparse matrices as sorted keys: entry (i, j) of n columns has the key i * n + j.

Keys are int64, rising and distinct.  How many a new pattern has, only the numbers of a batch tell.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, Arrays, op
from kgraph.ops.samples import f32, i32, i64
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import new_size
from kgraph.types.errors import ShapeError

_INT64 = np.dtype("int64")


@op(dtypes=unchanged)
def union_keys(xs: Arrays) -> Array:
    """All keys that stand in any of several patterns.

    Shapes    (N,), (M,), ... -> (number of distinct keys,) int64
    """
    return np.unique(np.concatenate(xs))


@union_keys.infer
def _union_type(*types: ArrayType) -> ArrayType:
    return ArrayType(_INT64, (new_size("n"),))


union_keys.sample([i64([0, 3, 7]), i64([1, 3]), i64([])])


@op(dtypes=unchanged)
def stored_at(data: Array, keys: Array, wanted: Array) -> Array:
    """The entries of a pattern at the ``wanted`` keys; 0 where it has none.

    Shapes    data (N,), keys (N,), wanted (M,) -> (M,)
    """
    found = np.asarray(np.searchsorted(keys, wanted))
    out = np.zeros(len(wanted), data.dtype)
    inside = np.flatnonzero(found < len(keys))
    there = inside[keys[found[inside]] == wanted[inside]]
    out[there] = data[found[there]]
    return out


@stored_at.infer
def _stored_type(data: ArrayType, keys: ArrayType, wanted: ArrayType) -> ArrayType:
    return data.with_dims(wanted.dims)


stored_at.sample(f32([1, 2, 3]), i64([0, 3, 7]), i64([3, 5, 7, 9]))
stored_at.sample(f32([]), i64([]), i64([3]))
stored_at.sample(np.array([True]), i64([4]), i64([]))


@op(dtypes=unchanged)
def row_bounds(keys: Array, widths: Array) -> Array:
    """Where the entries of each row begin, and where those of the last one end.

    ``widths`` holds the number of columns, once for each row and once more: it tells both.

    Shapes    keys (N,), widths (B + 1,) -> (B + 1,) int64
    """
    return np.searchsorted(keys, np.arange(len(widths)) * widths).astype(np.int64)


@row_bounds.infer
def _bounds_type(keys: ArrayType, widths: ArrayType) -> ArrayType:
    return widths.with_dtype(_INT64)


row_bounds.sample(i64([0, 3, 7]), i64([4, 4, 4, 4]))
row_bounds.sample(i64([]), i64([2]))


@op(dtypes=unchanged)
def product_keys(
    indices1: Array, indptr1: Array, indices2: Array, indptr2: Array, columns: Array
) -> Array:
    """The pattern of the product of two CSR matrices, of which the second has ``columns``.

    Shapes    (N,), (B + 1,), (M,), (K + 1,), () -> (number of entries,) int64
    Errors    ValueError if a column of the first is no row of the second
    """
    ones = np.ones(len(indices1), bool), np.ones(len(indices2), bool)
    return _product(ones[0], indices1, indptr1, ones[1], indices2, indptr2, int(columns))[0]


@product_keys.infer
def _product_keys_type(*types: ArrayType) -> ArrayType:
    return ArrayType(_INT64, (new_size("n"),))


def _product(
    data1: Any, indices1: Any, indptr1: Any, data2: Any, indices2: Any, indptr2: Any, columns: int
) -> tuple[Any, Any]:
    """Keys and entries of the product; each entry is summed in the order of the first's columns."""
    if len(indices1) and indices1.max() >= len(indptr2) - 1:
        raise ShapeError("the inner sizes of a sparse product differ")
    starts, lengths = indptr2[indices1], np.diff(indptr2)[indices1]
    ends = np.cumsum(lengths, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    # entry p of the first meets the whole of row indices1[p] of the second
    partner = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    rows = np.repeat(np.arange(len(indptr1) - 1), np.diff(indptr1))
    keys = np.repeat(rows, lengths) * columns + indices2[partner]
    terms = np.repeat(data1, lengths) * data2[partner]
    order = np.argsort(keys, kind="stable")
    keys, terms = keys[order], terms[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    if not len(first):
        return keys.astype(np.int64), terms
    add = np.logical_or if terms.dtype.kind == "b" else np.add
    return keys[first].astype(np.int64), add.reduceat(terms, first, dtype=terms.dtype)


_ONE = f32([1, 2, 3]), i32([0, 2, 1]), i32([0, 2, 2, 3])
_OTHER = f32([4, 5, 6, 7]), i32([1, 0, 1, 0]), i32([0, 1, 3, 4])
product_keys.sample(*_ONE[1:], *_OTHER[1:], i64(2))
product_keys.sample(i32([]), i32([0, 0]), *_OTHER[1:], i64(2))


@op(dtypes=unchanged)
def product_entries(
    data1: Array,
    indices1: Array,
    indptr1: Array,
    data2: Array,
    indices2: Array,
    indptr2: Array,
    keys: Array,
    columns: Array,
) -> Array:
    """The entries of the product of two CSR matrices, whose pattern ``keys`` is.

    Shapes    CSR (B, K), CSR (K, columns), (N,), () -> (N,)
    """
    first, second = (data1, indices1, indptr1), (data2, indices2, indptr2)
    return _product(*first, *second, int(columns))[1]


@product_entries.infer
def _entries_type(data1: ArrayType, *others: ArrayType) -> ArrayType:
    return data1.with_dims(others[-2].dims)


product_entries.sample(*_ONE, *_OTHER, i64([0, 1, 2, 3, 4, 5])[[0, 1, 4, 5]], i64(2))


@op(dtypes=unchanged)
def same_places(
    data: Array, indices: Array, indptr: Array, indices2: Array, indptr2: Array
) -> Array:
    """The entries of a CSR matrix, proved to be at the places of those of another.

    Shapes    (N,), (N,), (B + 1,), (M,), (B + 1,) -> (M,)
    Errors    ValueError if an entry has another place
    """
    if not (np.array_equal(indptr, indptr2) and np.array_equal(indices, indices2)):
        raise ShapeError("the sparse values store their entries at other places")
    return np.array(data)


@same_places.infer
def _same_places_type(data: ArrayType, *others: ArrayType) -> ArrayType:
    return data.with_dims(others[2].dims)


same_places.sample(f32([1, 2]), i32([0, 1]), i32([0, 2]), i32([0, 1]), i32([0, 2]))
