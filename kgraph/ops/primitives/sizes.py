"""Sizes that are known when a batch is bound: as values, and as what they must be."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.samples import f32
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Size
from kgraph.types.dtypes import as_dtype
from kgraph.types.errors import ShapeError


@op(dtypes=unchanged)
def size_like(x: Array, size: Size) -> Array:
    """The number ``size`` as a scalar of the dtype of ``x``; nothing of ``x`` is read."""
    return np.asarray(size, x.dtype)


@size_like.infer
def _size_type(x: ArrayType, size: Any) -> ArrayType:
    return ArrayType(as_dtype(x.dtype), ())


size_like.sample(f32([1, 2, 3]), size=3)


@op(dtypes=unchanged)
def with_equal(x: Array, size: Size, wanted: Size, axis: int | None) -> Array:
    """``x``, of which something else relies on two sizes being equal: a batch must prove it.

    They are those of one ``axis``, or whole numbers of elements.
    """
    if size != wanted:
        raise ShapeError(unequal(axis).format(size, wanted))
    return np.array(x)


def unequal(axis: int | None) -> str:
    """What is wrong if the sizes of ``with_equal`` differ, with braces for either of them."""
    if axis is None:
        return "{} numbers do not fill a shape of {}"
    return f"axis {axis} has {{}} entries, and {{}} are wanted"


@with_equal.infer
def _equal_type(x: ArrayType, size: Any, wanted: Any, axis: int | None) -> ArrayType:
    if isinstance(size, int) and isinstance(wanted, int) and size != wanted:
        raise ShapeError(unequal(axis).format(size, wanted))
    return x


with_equal.sample(f32([1, 2, 3]), size=3, wanted=3, axis=None)
with_equal.sample(f32([1, 2, 3]), size=2, wanted=2, axis=1)
