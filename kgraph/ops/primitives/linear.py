"""Matrix products."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import arithmetic
from kgraph.ops.op import Array, op
from kgraph.ops.samples import f32
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import broadcast_dims
from kgraph.types.errors import ShapeError


@op(dtypes=arithmetic)
def batched_matmul(x1: Array, x2: Array) -> Array:
    """Product of the matrices in the last two axes; the leading axes broadcast.

    Shapes    (..., M, K) @ (..., K, N) -> (..., M, N)
    """
    return np.matmul(x1, x2)


@batched_matmul.infer
def _matmul_type(x1: ArrayType, x2: ArrayType) -> ArrayType:
    inner1, inner2 = x1.dims[-1], x2.dims[-2]
    if isinstance(inner1, int) and isinstance(inner2, int) and inner1 != inner2:
        raise ShapeError(f"the inner sizes differ, {inner1} and {inner2}")
    batch = broadcast_dims(x1.dims[:-2], x2.dims[:-2])
    return x1.with_dims((*batch, x1.dims[-2], x2.dims[-1]))


batched_matmul.sample(f32([[1, 2, 3]]), f32([[1], [0], [2]]))
batched_matmul.sample(np.ones((2, 1, 2, 3), np.float32), np.ones((4, 3, 5), np.float32))
