"""Sizes as values, and constants that follow a symbolic value into its graph."""

from __future__ import annotations

from typing import Any

from kgraph.ops.casting import cast
from kgraph.ops.operands import dims_of, find_recorder, type_of
from kgraph.ops.primitives.sizes import size_like
from kgraph.ops.selection import where
from kgraph.types.dtypes import DType


def size_on(x: Any, axis: int, like: Any) -> Any:
    """The size of ``x`` on ``axis`` as a number of the dtype of ``like``, an array of integers."""
    size = dims_of(x)[axis]
    dtype: DType = type_of(like).dtype
    if isinstance(size, int):
        return dtype.type(size)
    return cast(size_like(attached(like, x), size), dtype)


def attached(value: Any, x: Any) -> Any:
    """``value``, recorded in the graph of ``x`` if it stands in none yet; nothing of x is read.

    An op on constants alone is computed at once.  One whose attributes are sizes of ``x`` must
    wait until these are known.
    """
    if find_recorder([value]) is not None or find_recorder([x]) is None:
        return value
    return where(size_like(x, 1) == 0, value, value)
