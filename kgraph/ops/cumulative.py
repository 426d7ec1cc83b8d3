"""Running sums and products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast, in_dtype_of
from kgraph.ops.dtype_rules import arithmetic, unchanged
from kgraph.ops.op import Array, Op, op
from kgraph.ops.primitives.rows import (
    counting,
    segment_cummax,
    segment_cummin,
    segment_cumprod,
    segment_cumsum,
)
from kgraph.ops.primitives.shape import broadcast_to
from kgraph.ops.ragged_axes import on_items
from kgraph.ops.ragged_columns import along_columns
from kgraph.ops.reshaping import ravel
from kgraph.ops.samples import f32, i8
from kgraph.ops.sizing import attached
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Size
from kgraph.types.dtypes import DType, int32

_X = f32([[1.5, -2, 3], [4, 0, -6]])
_WHOLE = i8([[1, 2, 3], [0, -7, 1]])


@op(dtypes=arithmetic)
def cumsum(x: Array, axis: int | None = None, dtype: DType | None = None) -> Array:
    """Sum of all elements up to each one along ``axis``.

    Shapes    the result has the shape of x; None flattens x first; along the rows of a ragged
              value each of them begins anew
    Dtypes    all; the result has ``dtype``, or that of x, bools count as int32
    Source    keras.ops.cumsum, numpy.cumsum

    >>> import kgraph as kg
    >>> kg.ops.cumsum([1, 2, 3])
    array([1, 3, 6], dtype=int32)
    """
    return np.cumsum(x, axis, dtype=dtype or x.dtype)


@op(dtypes=arithmetic)
def cumprod(x: Array, axis: int | None = None, dtype: DType | None = None) -> Array:
    """Product of all elements up to each one along ``axis``.

    Shapes    the result has the shape of x; None flattens x first; along the rows of a ragged
              value each of them begins anew
    Dtypes    all; the result has ``dtype``, or that of x, bools count as int32
    Source    keras.ops.cumprod, numpy.cumprod

    >>> import kgraph as kg
    >>> kg.ops.cumprod([1, 2, 3])
    array([1, 2, 6], dtype=int32)
    """
    return np.cumprod(x, axis, dtype=dtype or x.dtype)


def _scans(made: Op, segment: Op) -> Callable[..., Any]:
    @made.infer
    def scanned_type(x: ArrayType, axis: int | None, dtype: DType | None) -> ArrayType:
        if axis is None:
            return ArrayType(dtype or x.dtype, (x.size,))
        one_axis(made.name, axis, x.ndim)
        return x.with_dtype(dtype or x.dtype)

    @made.ragged
    def scan_items(x: Any, axis: int | None, dtype: DType | None) -> Any:
        if axis is None:
            return made(ravel(x.flat_values), dtype=dtype)

        def by_row(flat: Any, row_splits: Any) -> Any:
            return segment(flat if dtype is None else cast(flat, dtype), row_splits)

        place = one_axis(made.name, axis, x.ndim)
        if place < x.ragged_rank:
            wide = x.with_flat_values(in_dtype_of(made, x.flat_values))
            return along_columns(wide, place, by_row)
        return on_items(made, x, place, by_row, dtype=dtype)

    made.sample(_X)
    made.sample(_X, axis=-1)
    made.sample(_WHOLE, axis=0)
    made.sample(_WHOLE > 0, axis=1)
    made.sample(_WHOLE, axis=1, dtype="float64")
    return scanned_type


_scans(cumsum, segment_cumsum)
_scans(cumprod, segment_cumprod)


@op(dtypes=unchanged)
def cummax(x: Array, axis: int = -1) -> Array:
    """Greatest element up to each one along ``axis``.

    Shapes    the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Edges     nan from the first nan on
    Cost      a host step: one pass of NumPy
    Source    numpy.maximum.accumulate

    >>> import kgraph as kg
    >>> kg.ops.cummax([1, 3, 2])
    array([1, 3, 3], dtype=int32)
    """
    return np.maximum.accumulate(x, axis)


@op(dtypes=unchanged)
def cummin(x: Array, axis: int = -1) -> Array:
    """Least element up to each one along ``axis``.

    Shapes    the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Edges     nan from the first nan on
    Cost      a host step: one pass of NumPy
    Source    numpy.minimum.accumulate

    >>> import kgraph as kg
    >>> kg.ops.cummin([2, 3, 1])
    array([2, 2, 1], dtype=int32)
    """
    return np.minimum.accumulate(x, axis)


def _keeps_extreme(made: Op, segment: Op) -> None:
    @made.infer
    def same_type(x: ArrayType, axis: int) -> ArrayType:
        one_axis(made.name, axis, x.ndim)
        return x

    @made.ragged
    def scan_items(x: Any, axis: int) -> Any:
        place = one_axis(made.name, axis, x.ndim)
        if place < x.ragged_rank:
            return along_columns(x, place, segment)
        return on_items(made, x, place, segment)

    made.sample(_X)
    made.sample(_WHOLE, axis=0)
    made.sample(f32([1, np.nan, 3]))


_keeps_extreme(cummax, segment_cummax)
_keeps_extreme(cummin, segment_cummin)


def counted(size: Size, x: Any) -> Any:
    """0, 1, 2, … as many as ``size`` says, which is made of sizes of ``x``; nothing of x is read.

    >>> counted(3, np.zeros((2, 3)))
    array([0, 1, 2], dtype=int32)
    """
    if isinstance(size, int):
        return np.arange(size, dtype=np.int32)
    return cast(counting(broadcast_to(attached(np.int32(0), x), (size,))), int32)
