"""A size as a value: how many there are of something is known when a batch is bound."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.samples import f32
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Size
from kgraph.types.dtypes import as_dtype


@op(dtypes=unchanged)
def size_like(x: Array, size: Size) -> Array:
    """The number ``size`` as a scalar of the dtype of ``x``; nothing of ``x`` is read."""
    return np.asarray(size, x.dtype)


@size_like.infer
def _size_type(x: ArrayType, size: Any) -> ArrayType:
    return ArrayType(as_dtype(x.dtype), ())


size_like.sample(f32([1, 2, 3]), size=3)
