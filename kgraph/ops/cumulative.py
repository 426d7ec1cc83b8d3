"""Running sums and products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import arithmetic
from kgraph.ops.op import Array, Op, op
from kgraph.ops.primitives.rows import segment_cumprod, segment_cumsum
from kgraph.ops.ragged_axes import on_items
from kgraph.ops.reshaping import ravel
from kgraph.ops.samples import f32, i8
from kgraph.types.array_type import ArrayType
from kgraph.types.dtypes import DType

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

        return on_items(made, x, axis, by_row, dtype=dtype)

    made.sample(_X)
    made.sample(_X, axis=-1)
    made.sample(_WHOLE, axis=0)
    made.sample(_WHOLE > 0, axis=1)
    made.sample(_WHOLE, axis=1, dtype="float64")
    return scanned_type


_scans(cumsum, segment_cumsum)
_scans(cumprod, segment_cumprod)
