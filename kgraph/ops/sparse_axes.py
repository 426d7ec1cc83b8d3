"""The axes of sparse values of any rank: places on them, other orders, parts along one of them.

All of it is arithmetic on keys; a value whose rows stay where they are keeps its arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from kgraph.ops.arithmetic import add, floor_divide, mod, multiply
from kgraph.ops.casting import cast
from kgraph.ops.indexing import take_range
from kgraph.ops.logic import logical_and
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import true_positions
from kgraph.ops.primitives.shape import join
from kgraph.ops.primitives.sizes import with_equal
from kgraph.ops.sizing import attached
from kgraph.ops.slicing import Bounds, resolve_slice
from kgraph.ops.sparse_pattern import (
    drawn_among,
    from_keys,
    index_dtype,
    keys_of,
    number,
    rows_of,
    sorted_by_keys,
    transposed,
)
from kgraph.types.csr import CSR
from kgraph.types.dims import Dims, Size, product
from kgraph.types.dtypes import int64
from kgraph.types.sparse import index_dtype_for


def coordinates(x: CSR) -> list[Any]:
    """The place of each stored entry, axis by axis: int64.

    >>> x = CSR(np.ones(1), np.array([5]), np.array([0, 1]), (1, 2, 3))
    >>> [places.tolist() for places in coordinates(x)]
    [[0], [1], [2]]
    """
    inner: list[Any] = []
    rest = cast(x.indices, int64)
    for size in reversed(x.dims[2:]):
        width = number(size, x.indices)
        inner.append(mod(rest, width))
        rest = floor_divide(rest, width)
    return [rows_of(x), *([rest] if x.ndim > 1 else []), *reversed(inner)]


def keys_at(places: Sequence[Any], dims: Sequence[Size], like: Any) -> Any:
    """The keys of entries at these places, one array of them for each axis."""
    keys = places[0]
    for axis, size in list(enumerate(dims))[1:]:
        keys = add(multiply(keys, number(size, like)), places[axis])
    return keys


def regrouped(x: CSR, dims: Dims) -> CSR:
    """The same elements in row-major order along other axes; ``dims`` hold as many.

    If it is not certain that they do, it is proved when a batch is there.
    """
    if x.dims == dims:
        return x
    total, wanted = product(x.dims), product(dims)
    if total != wanted:
        indptr = with_equal(attached(x.indptr, x.indices), total, wanted, None)
        x = CSR(x.data, x.indices, indptr, x.dims)
    if x.dims[0] == dims[0]:
        return x.with_dims(dims)
    return from_keys(keys_of(x), x.data, dims, index_dtype(x))


def permuted(x: CSR, order: Sequence[int]) -> CSR:
    """Axis ``i`` of the result is axis ``order[i]`` of x."""
    dims = tuple(x.dims[axis] for axis in order)
    wide = [axis for axis in order if x.dims[axis] != 1]
    if wide == sorted(wide):  # what moves has one place
        return regrouped(x, dims)
    if x.ndim == 2:
        return transposed(x)
    places = coordinates(x)
    keys = keys_at([places[axis] for axis in order], dims, x.indices)
    return sorted_by_keys(keys, x.data, dims, index_dtype(x))


def moved(x: CSR, axis: int, to: int) -> CSR:
    """One axis at another place; the others keep their order."""
    order = [place for place in range(x.ndim) if place != axis]
    order.insert(to, axis)
    return permuted(x, order)


def on_rows(x: CSR, axis: int, change: Callable[[CSR], CSR]) -> CSR:
    """What ``change``, which sees the places on ``axis`` as rows, makes of x."""
    found = moved(change(moved(x, axis, 0)), 0, axis)
    # a row was as wide as the batch is long in between, and its columns were wide for that alone
    index = index_dtype_for(found.dims, index_dtype(x))
    return CSR(found.data, cast(found.indices, index), cast(found.indptr, index), found.dims)


def lines_along(x: CSR, axes: Sequence[int]) -> CSR:
    """A matrix: a row for each place on the other axes, and in it all that lies along ``axes``."""
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    if not kept:
        return as_one_row(x)
    sizes = (product(x.dims[axis] for axis in some) for some in (kept, axes))
    return regrouped(permuted(x, (*kept, *axes)), tuple(sizes))


def as_one_row(x: CSR) -> CSR:
    """All entries in one row; their columns have no meaning then."""
    rows = x.dims[0]
    bounds = [take_range(x.indptr, 0, 0, 1), take_range(x.indptr, 0, rows, rows + 1)]
    return CSR(x.data, x.indices, join(bounds, 0), (1, product(x.dims)))


class Along(NamedTuple):
    """Entries by their place on one axis: the key is (outer * size + place) * after + inner.

    Of the last axis there is no ``inner``, and ``after`` is 1.
    """

    outer: Any
    place: Any
    inner: Any | None
    after: Any


def along(x: CSR, axis: int) -> Along:
    """The entries of x as seen from ``axis``."""
    after = number(product(x.dims[axis + 1 :]), x.indices)
    if axis == 0:
        inner = cast(x.indices, int64) if x.ndim > 1 else None
        return Along(np.int64(0), rows_of(x), inner, after)
    outer, rest = rows_of(x), cast(x.indices, int64)
    if axis > 1:
        before, whole = (number(product(s), x.indices) for s in (x.dims[1:axis], x.dims[axis:]))
        outer = add(multiply(outer, before), floor_divide(rest, whole))
        rest = mod(rest, whole)
    if axis == x.ndim - 1:
        return Along(outer, rest, None, after)
    return Along(outer, floor_divide(rest, after), mod(rest, after), after)


def keys_along(entries: Along, place: Any, size: Any) -> Any:
    """The keys of the same entries at another ``place`` of an axis that has ``size`` now."""
    keys = add(multiply(entries.outer, size), place)
    if entries.inner is None:
        return keys
    return add(multiply(keys, entries.after), entries.inner)


def sliced(x: CSR, axis: int, bounds: Bounds) -> CSR:
    """What lies between bounds on one axis, with a step above 0."""
    start, stop, step, count = resolve_slice(bounds, x.dims[axis])
    entries = along(x, axis)
    first = number(start, x.indices)
    inside = logical_and(entries.place >= first, entries.place < number(stop, x.indices))
    place = entries.place - first
    if step != 1:
        inside = logical_and(inside, place % step == 0)
        place = place // step
    kept = true_positions(inside)
    keys = gather_rows(keys_along(entries, place, number(count, x.indices)), kept)
    return from_keys(
        keys, gather_rows(x.data, kept), with_size(x.dims, axis, count), index_dtype(x)
    )


def joined(xs: Sequence[CSR], axis: int) -> CSR:
    """Each value after the one before along an axis but the first; other sizes are equal."""
    like = drawn_among(xs)
    total: Size = 0
    starts = []
    for x in xs:
        starts.append(total)
        total = total + x.dims[axis]
    size = number(total, like)
    keys = []
    for x, start in zip(xs, starts, strict=True):
        entries = along(x, axis)
        keys.append(keys_along(entries, add(entries.place, number(start, like)), size))
    data = join([x.data for x in xs], 0)
    index = np.result_type(*(index_dtype(x) for x in xs))
    return sorted_by_keys(join(keys, 0), data, with_size(xs[0].dims, axis, total), index)


def padded(x: CSR, widths: Sequence[tuple[int, int]]) -> CSR:
    """Empty places before and after those on each axis."""
    dims = tuple(size + sum(width) for size, width in zip(x.dims, widths, strict=True))
    places = [
        add(place, np.int64(before))
        for place, (before, _) in zip(coordinates(x), widths, strict=True)
    ]
    return from_keys(keys_at(places, dims, x.indices), x.data, dims, index_dtype(x))


def with_size(dims: Dims, axis: int, size: Size) -> Dims:
    """``dims`` with another size on one axis."""
    return (*dims[:axis], size, *dims[axis + 1 :])
