"""The distinct elements of a value: how many there are, the numbers decide."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import indices_second, unchanged
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import as_dense, dims_of, type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.shape import broadcast_to, join
from kgraph.ops.reshaping import moveaxis, ravel
from kgraph.ops.samples import f32, i32, i64
from kgraph.ops.selection import where
from kgraph.ops.sizing import attached
from kgraph.ops.whole_numbers import whole_number
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import new_size
from kgraph.types.dtypes import int32, int64
from kgraph.types.errors import KGraphValueError

_LINES = i32([[3, 1], [0, 5], [3, 1], [0, 2]])


def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: float | None = None,
) -> Any:
    """The distinct elements of x, or its distinct entries along ``axis``.

    Shapes    without ``axis`` a vector, else x with another size on ``axis``: ``size``, or what the
              numbers decide, a size of a batch's own
    Dtypes    all; positions and counts are int32
    Edges     in rising order, or as they stand first (``sorted=False``); all nan are one element;
              with ``size`` those beyond it are left out, and missing ones are ``fill_value`` (0),
              with position 1 and count 0, as in Keras on TensorFlow
    Returns   the elements, or a tuple: the elements; where each stands first (``return_index``);
              for each entry of x which of them it is, in the shape of x without ``axis``
              (``return_inverse``); how often each occurs (``return_counts``)
    Errors    ValueError for an axis that x has not, and a negative ``size``
    Cost      a host step for each result: a sort
    Source    keras.ops.unique, numpy.unique

    >>> import kgraph as kg
    >>> kg.ops.unique([3, 1, 2, 1])
    array([1, 2, 3], dtype=int32)
    >>> kg.ops.unique([3, 1, 2, 1], return_counts=True, size=4)
    (array([1, 2, 3, 0], dtype=int32), array([2, 1, 1, 0], dtype=int32))
    """
    x = as_dense(x, "unique")
    size = _checked_size(size, fill_value)
    place = None if axis is None else one_axis("unique", axis, type_of(x).ndim)
    firsts = first_of_each(x, place, bool(sorted), size)
    entries = ravel(x) if place is None else moveaxis(x, place, 0)
    missing = 0 if fill_value is None else fill_value
    results = [moveaxis(_at(entries, firsts, size, missing), 0, place or 0)]
    if return_index:
        found = cast(firsts, int32)
        results.append(found if size is None else where(found < 0, np.int32(1), found))
    if return_inverse:
        results.append(rank_of_each(x, place, bool(sorted)))
    if return_counts:
        results.append(_at(count_of_each(x, place), firsts, size, 0))
    return tuple(results) if len(results) > 1 else results[0]


def _checked_size(size: Any, fill_value: Any) -> int | None:
    if size is not None:
        return whole_number("unique", "size", size)
    if fill_value is not None:
        raise KGraphValueError("unique: nothing is filled without a size; give size, too")
    return None


def _at(entries: Any, positions: Any, size: int | None, missing: float) -> Any:
    """The entries at these positions, none of which is missing unless ``size`` asks for it."""
    if size is None:
        return gather_rows(entries, positions)
    return pick_or_fill(entries, positions, missing)


@op(dtypes=unchanged)
def first_of_each(x: Array, axis: int | None, rising: bool, size: int | None) -> Array:
    """The positions at which distinct entries stand first: in their order, or as they stand.

    Shapes    any -> (how many they are,), or (size,), missing ones -1
    Dtypes    all; the result is int64

    >>> from kgraph.ops.distinct import first_of_each
    >>> first_of_each([3, 1, 3], None, True, 3)
    array([ 1,  0, -1])
    """
    firsts = _distinct(x, axis)[0]
    found = firsts if rising else np.sort(firsts)
    if size is None:
        return found
    return np.concatenate([found, np.full(max(0, size - len(found)), -1, np.int64)])[:size]


@first_of_each.infer
def _positions_type(x: ArrayType, axis: int | None, rising: bool, size: int | None) -> ArrayType:
    return ArrayType(int64, (new_size("unique") if size is None else size,))


@op(dtypes=unchanged)
def rank_of_each(x: Array, axis: int | None, rising: bool) -> Array:
    """Which of the distinct entries each entry is, in their order or as they stand first.

    Shapes    the entries on ``axis``: (N,); None: the shape of x
    Dtypes    all; the result is int32

    >>> from kgraph.ops.distinct import rank_of_each
    >>> rank_of_each([3, 1, 3], None, True)
    array([1, 0, 1], dtype=int32)
    """
    firsts, ranks, _ = _distinct(x, axis)
    if not rising:
        ranks = np.argsort(np.argsort(firsts))[ranks]
    return ranks.reshape(x.shape if axis is None else -1).astype(np.int32)


@rank_of_each.infer
def _ranks_type(x: ArrayType, axis: int | None, rising: bool) -> ArrayType:
    return ArrayType(int32, x.dims if axis is None else (x.dims[axis],))


@op(dtypes=unchanged)
def count_of_each(x: Array, axis: int | None) -> Array:
    """How many entries are equal to each entry, itself included.

    Shapes    the entries on ``axis``, or all elements: (N,)
    Dtypes    all; the result is int32

    >>> from kgraph.ops.distinct import count_of_each
    >>> count_of_each([3, 1, 3], None)
    array([2, 1, 2], dtype=int32)
    """
    _, ranks, counts = _distinct(x, axis)
    return counts[ranks].astype(np.int32)


@count_of_each.infer
def _counts_type(x: ArrayType, axis: int | None) -> ArrayType:
    return ArrayType(int32, (x.size if axis is None else x.dims[axis],))


def _distinct(x: np.ndarray, axis: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where distinct entries stand first, which of them each entry is, and how often they occur."""
    flat = axis is None or x.ndim == 1
    if axis is not None and not flat and not x.size:  # all entries without elements are one
        count = x.shape[axis]
        one = min(1, count)
        return np.arange(one), np.zeros(count, np.int64), np.full(one, count)
    _, firsts, ranks, counts = np.unique(x, True, True, True, axis=None if flat else axis)
    return firsts, ranks.reshape(-1), counts


@op(dtypes=indices_second)
def pick_or_fill(entries: Array, positions: Array, missing: float) -> Array:
    """The entries at these positions; for a position -1 all elements are ``missing``.

    Shapes    (N, ...), (M,) -> (M, ...)
    Dtypes    entries: all; positions: integers; the result has the dtype of entries

    >>> from kgraph.ops.distinct import pick_or_fill
    >>> pick_or_fill([7, 9], [1, -1], 5)
    array([9, 5], dtype=int32)
    """
    row = np.full((1, *entries.shape[1:]), missing).astype(entries.dtype)
    return np.concatenate([row, entries])[positions + 1]


@pick_or_fill.lower
def _behind_a_filler(entries: Any, positions: Any, missing: float) -> Any:
    filler = np.asarray(missing).astype(type_of(entries).dtype)
    row = broadcast_to(attached(filler, entries), (1, *dims_of(entries)[1:]))
    return gather_rows(join([row, entries], 0), positions + 1)


pick_or_fill.sample(f32([[1, 2], [3, 4]]), i64([1, -1, 0]), missing=-0.5)
pick_or_fill.sample(i32([]), i64([-1]), missing=3)


def _samples(made: Op, **attrs: Any) -> None:
    for axis in (None, 0, 1):
        made.sample(_LINES, axis=axis, **attrs)
        made.sample(_LINES[:0], axis=axis, **attrs)
    made.sample(f32([np.nan, 2, np.nan]), axis=None, **attrs)
    made.sample(np.array([True, False, True]), axis=0, **attrs)


for _rising in (True, False):
    _samples(rank_of_each, rising=_rising)
    for _size in (None, 2, 5):
        _samples(first_of_each, rising=_rising, size=_size)
_samples(count_of_each)
