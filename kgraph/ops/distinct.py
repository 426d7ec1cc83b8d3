"""The distinct elements of a value: how many there are, the numbers decide."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import as_dense, dims_of, type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.shape import broadcast_to, join, reshape_to
from kgraph.ops.reshaping import moveaxis, ravel
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import where
from kgraph.ops.sizing import attached
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import new_size, product
from kgraph.types.dtypes import int32, int64
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError

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
    _require_size(size, fill_value)
    entries, lines, place = _entries(x, axis)
    firsts = first_of_each(lines, bool(sorted), size)
    missing = 0 if fill_value is None else fill_value
    results = [moveaxis(_at(entries, firsts, size, missing), 0, place)]
    if return_index:
        found = cast(firsts, int32)
        results.append(found if size is None else where(found < 0, np.int32(1), found))
    if return_inverse:
        ranks = rank_of_each(lines, bool(sorted))
        results.append(reshape_to(ranks, dims_of(x)) if axis is None else ranks)
    if return_counts:
        results.append(_at(count_of_each(lines), firsts, size, 0))
    return tuple(results) if len(results) > 1 else results[0]


def _require_size(size: Any, fill_value: Any) -> None:
    if size is not None and (isinstance(size, bool) or not isinstance(size, int)):
        raise KGraphTypeError(f"unique: size is an int, got {size!r}")
    if size is not None and size < 0:
        raise KGraphValueError(f"unique: size is 0 or more, got {size}")
    if size is None and fill_value is not None:
        raise KGraphValueError("unique: nothing is filled without a size; give size, too")


def _entries(x: Any, axis: int | None) -> tuple[Any, Any, int]:
    """What is compared, entry by entry: as it is, and as lines; and on which axis it stands."""
    if axis is None:
        flat = ravel(x)
        return flat, reshape_to(flat, (*dims_of(flat), 1)), 0
    place = one_axis("unique", axis, type_of(x).ndim)
    entries = moveaxis(x, place, 0)
    count, *rest = dims_of(entries)
    return entries, reshape_to(entries, (count, product(rest))), place


def _at(entries: Any, firsts: Any, size: int | None, missing: float) -> Any:
    """The entries at these positions; where there is none, ``missing``."""
    if size is None:
        return gather_rows(entries, firsts)
    filler = type_of(entries).dtype.type(missing)
    row = broadcast_to(attached(np.asarray(filler), entries), (1, *dims_of(entries)[1:]))
    return gather_rows(join([row, entries], 0), firsts + 1)


@op(dtypes=unchanged)
def first_of_each(lines: Array, rising: bool, size: int | None) -> Array:
    """The positions at which distinct lines stand first: in their order, or as they stand.

    Shapes    (N, M) -> (how many they are,), or (size,), missing ones -1
    Dtypes    all; the result is int64

    >>> from kgraph.ops.distinct import first_of_each
    >>> first_of_each([[3], [1], [3]], True, 3)
    array([ 1,  0, -1])
    """
    firsts = _distinct(lines)[0]
    found = firsts if rising else np.sort(firsts)
    if size is None:
        return found
    return np.concatenate([found, np.full(max(0, size - len(found)), -1, np.int64)])[:size]


@first_of_each.infer
def _positions_type(lines: ArrayType, rising: bool, size: int | None) -> ArrayType:
    return ArrayType(int64, (new_size("unique") if size is None else size,))


@op(dtypes=unchanged)
def rank_of_each(lines: Array, rising: bool) -> Array:
    """Which of the distinct lines each line is, in their order or as they stand first.

    Shapes    (N, M) -> (N,)
    Dtypes    all; the result is int32

    >>> from kgraph.ops.distinct import rank_of_each
    >>> rank_of_each([[3], [1], [3]], True)
    array([1, 0, 1], dtype=int32)
    """
    firsts, ranks, _ = _distinct(lines)
    if not rising:
        ranks = np.argsort(np.argsort(firsts))[ranks]
    return ranks.astype(np.int32)


@op(dtypes=unchanged)
def count_of_each(lines: Array) -> Array:
    """How many lines are equal to each line, itself included.

    Shapes    (N, M) -> (N,)
    Dtypes    all; the result is int32

    >>> from kgraph.ops.distinct import count_of_each
    >>> count_of_each([[3], [1], [3]])
    array([2, 1, 2], dtype=int32)
    """
    _, ranks, counts = _distinct(lines)
    return counts[ranks].astype(np.int32)


def _distinct(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where distinct lines stand first, which of them each line is, and how often they occur."""
    if not lines.shape[1]:  # all lines without elements are one
        one = min(1, len(lines))
        return np.arange(one), np.zeros(len(lines), np.int64), np.full(one, len(lines))
    compared = lines[:, 0] if lines.shape[1] == 1 else lines
    axis = None if compared.ndim == 1 else 0
    _, firsts, ranks, counts = np.unique(compared, True, True, True, axis=axis)
    return firsts, ranks.reshape(-1), counts


@rank_of_each.infer
@count_of_each.infer
def _one_number_each(lines: ArrayType, rising: bool = True) -> ArrayType:
    if lines.ndim != 2:
        raise ShapeError(f"lines are a matrix, got {lines}")
    return ArrayType(int32, lines.dims[:1])


def _samples(made: Op, **attrs: Any) -> None:
    made.sample(_LINES, **attrs)
    made.sample(f32([[np.nan], [2], [np.nan]]), **attrs)
    made.sample(_LINES[:0], **attrs)
    made.sample(_LINES[:, :0], **attrs)


for _rising in (True, False):
    _samples(rank_of_each, rising=_rising)
    for _size in (None, 2, 5):
        _samples(first_of_each, rising=_rising, size=_size)
_samples(count_of_each)
