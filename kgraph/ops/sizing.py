"""Sizes as values, and constants that follow a symbolic value into its graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.operands import dims_of, find_recorder, type_of
from kgraph.ops.primitives.sizes import size_like
from kgraph.ops.selection import where
from kgraph.types.dims import Size
from kgraph.types.dtypes import DType


def size_on(x: Any, axis: int, like: Any) -> Any:
    """The size of ``x`` on ``axis`` as a number of the dtype of ``like``, an array of integers."""
    size = dims_of(x)[axis]
    dtype: DType = type_of(like).dtype
    if isinstance(size, int):
        return dtype.type(size)
    return cast(size_like(attached(like, x), size), dtype)


def number_of(size: Size, x: Any) -> Any:
    """A size made of the sizes of ``x`` as a number, int64; nothing of x is read."""
    if isinstance(size, int):
        return np.int64(size)
    return size_like(attached(np.int64(0), x), size)


def attached(value: Any, x: Any) -> Any:
    """``value``, recorded in the graph of ``x`` if it stands in none yet; nothing of x is read.

    An op on constants alone is computed at once.  One whose attributes are sizes of ``x`` must
    wait until these are known.
    """
    if find_recorder([value]) is not None or find_recorder([x]) is None:
        return value
    return where(size_like(x, 1) == 0, value, value)
