"""Rows of a table picked by position."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import indices_second
from kgraph.ops.op import Array, op
from kgraph.ops.samples import i32
from kgraph.types.array_type import ArrayType
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError


@op(dtypes=indices_second)
def gather_rows(table: Array, ids: Array) -> Array:
    """The rows of ``table`` at the positions ``ids``.

    Shapes    (N, ...), any -> ids.shape + table.shape[1:]
    Errors    ValueError if a position lies outside 0 .. N - 1
    """
    outside = (ids < 0) | (ids >= len(table))
    if outside.any():
        first = ids[outside].flat[0]
        raise KGraphValueError(f"position {first} is not in 0 .. {len(table) - 1}")
    return table[ids]


@gather_rows.infer
def _gather_type(table: ArrayType, ids: ArrayType) -> ArrayType:
    if ids.dtype.kind not in "iu":
        raise KGraphTypeError(
            "positions are integers; use ops.cast(ids, 'int32') if they are whole"
        )
    if not table.dims:
        raise ShapeError("a scalar has no rows")
    return table.with_dims((*ids.dims, *table.dims[1:]))


gather_rows.sample(np.arange(8, dtype=np.float32).reshape(4, 2), i32([[3, 0, 0]]))
