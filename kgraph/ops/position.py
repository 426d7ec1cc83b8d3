"""Where the extreme elements are, and in which order elements stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, Op, op
from kgraph.ops.primitives.reduce import reduce_argmax, reduce_argmin
from kgraph.ops.primitives.rows import (
    segment_argmax,
    segment_argmin,
    segment_argsort,
    segment_sort,
    whole_row,
)
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.ragged_axes import on_inner_axis, on_items, reduce_ragged
from kgraph.ops.reduction import drop_axes
from kgraph.ops.reshaping import ravel
from kgraph.ops.samples import f32
from kgraph.types.array_type import ArrayType
from kgraph.types.dtypes import int32

_X = f32([[1.5, 4, 4, -2], [0, -1, -1, np.nan]])
_CUBE = np.arange(24, dtype=np.int32).reshape(2, 3, 4) * 7 % 13


@op(dtypes=unchanged)
def argmax(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """Position of the greatest element along ``axis``; the first one of equals.

    Shapes    ``axis`` disappears, or stays with size 1 (``keepdims``); None flattens x first
    Dtypes    all; the result is int32
    Edges     nan counts as the greatest; -1 for a ragged row without items
    Errors    ValueError over no elements of a dense value
    Source    keras.ops.argmax, numpy.argmax

    >>> import kgraph as kg
    >>> kg.ops.argmax([[1, 5, 2], [7, 3, 7]], axis=1)
    array([1, 0], dtype=int32)
    """
    return np.argmax(x, axis, keepdims=keepdims).astype(np.int32)


@op(dtypes=unchanged)
def argmin(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """Position of the least element along ``axis``; the first one of equals.

    Shapes    ``axis`` disappears, or stays with size 1 (``keepdims``); None flattens x first
    Dtypes    all; the result is int32
    Edges     nan counts as the least; -1 for a ragged row without items
    Errors    ValueError over no elements of a dense value
    Source    keras.ops.argmin, numpy.argmin

    >>> import kgraph as kg
    >>> kg.ops.argmin([[1, 5, 2], [7, 3, 3]], axis=1)
    array([0, 1], dtype=int32)
    """
    return np.argmin(x, axis, keepdims=keepdims).astype(np.int32)


def _finds_position(made: Op, primitive: Op, segment: Op) -> None:
    @made.lower
    def along_axis(x: Any, axis: int | None, keepdims: bool) -> Any:
        if axis is None:
            flat = ravel(x)
            return cast(reshape_to(primitive(flat, 0), (1,) * x.ndim if keepdims else ()), int32)
        place = one_axis(made.name, axis, x.ndim)
        kept = primitive(x, place)
        return cast(kept if keepdims else drop_axes(kept, (place,)), int32)

    def by_row(flat: Any, row_splits: Any) -> Any:
        return cast(segment(flat, row_splits), int32)

    @made.ragged
    def along_rows(x: Any, axis: int | None, keepdims: bool) -> Any:
        if axis is None:
            items = ravel(x.flat_values)
            return reshape_to(by_row(items, whole_row(items)), (1,) * x.ndim if keepdims else ())
        if one_axis(made.name, axis, x.ndim) == x.ragged_rank:
            return reduce_ragged(made, by_row, x, axis, keepdims)
        return on_inner_axis(made, x, axis, keepdims=keepdims)

    made.sample(_X)
    made.sample(_X, axis=-1)
    made.sample(_CUBE, axis=1, keepdims=True)
    made.sample(_CUBE, keepdims=True)


_finds_position(argmax, reduce_argmax, segment_argmax)
_finds_position(argmin, reduce_argmin, segment_argmin)


@op(dtypes=unchanged)
def sort(x: Array, axis: int = -1) -> Array:
    """Elements in rising order along ``axis``.

    Shapes    the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Edges     nan comes last; each ragged row is sorted by itself
    Source    keras.ops.sort, numpy.sort

    >>> import kgraph as kg
    >>> kg.ops.sort([3, 1, 2])
    array([1, 2, 3], dtype=int32)
    """
    return np.sort(x, axis)


@sort.infer
def _sorted_type(x: ArrayType, axis: int) -> ArrayType:
    one_axis("sort", axis, x.ndim)
    return x


@sort.ragged
def _sort_items(x: Any, axis: int) -> Any:
    return on_items(sort, x, axis, segment_sort)


sort.sample(_X)
sort.sample(_CUBE, axis=0)


@op(dtypes=unchanged)
def argsort(x: Array, axis: int = -1) -> Array:
    """Positions that put the elements along ``axis`` in rising order; equals keep theirs.

    Shapes    the result has the shape of x
    Dtypes    all; the result is int32
    Edges     nan comes last; positions in a ragged row are counted from its first item
    Source    keras.ops.argsort, numpy.argsort(kind="stable")

    >>> import kgraph as kg
    >>> kg.ops.argsort([3, 1, 2])
    array([1, 2, 0], dtype=int32)
    """
    return np.argsort(x, axis, kind="stable").astype(np.int32)


@argsort.infer
def _order_type(x: ArrayType, axis: int) -> ArrayType:
    one_axis("argsort", axis, x.ndim)
    return x.with_dtype(int32)


@argsort.ragged
def _order_items(x: Any, axis: int) -> Any:
    return on_items(argsort, x, axis, lambda *parts: cast(segment_argsort(*parts), int32))


argsort.sample(_X)
argsort.sample(_CUBE, axis=0)
