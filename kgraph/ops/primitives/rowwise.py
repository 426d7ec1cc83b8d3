"""Whole rows to whole rows: what one loop computes, and rules make of several nodes."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import floating, unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.primitives.bounds import repeat_rows, segment_max, segment_sum
from kgraph.ops.samples import f32, i64
from kgraph.types.array_type import ArrayType
from kgraph.types.errors import ShapeError


@op(dtypes=floating)
def softmax_rows(x: Array, axes: tuple[int, ...]) -> Array:
    """Exponentials of x, scaled so that they add up to 1 over ``axes``, which are the last ones.

    Shapes    (..., N) -> (..., N)
    Edges     does not overflow; nan where all of a row is -inf
    """
    powers = np.exp(x - np.max(x, axes, keepdims=True, initial=-np.inf))
    return powers / np.sum(powers, axes, keepdims=True)


@softmax_rows.infer
def _softmax_type(x: ArrayType, axes: tuple[int, ...]) -> ArrayType:
    if not axes or tuple(axes) != tuple(range(x.ndim - len(axes), x.ndim)):
        raise ShapeError(f"{axes} are not the last axes of {x}")
    return x


softmax_rows.sample(f32([[1, 2, -3], [1000, 999, -1000], [-np.inf, 0, 1]]), axes=(1,))
softmax_rows.sample(np.arange(24, dtype=np.float32).reshape(2, 3, 4) * 7 % 13, axes=(1, 2))


@op(dtypes=unchanged)
def segment_softmax(values: Array, row_splits: Array) -> Array:
    """Exponentials of the items, scaled so that those of each row add up to 1.

    Shapes    (T, ...), (B + 1,) -> (T, ...)
    Dtypes    float
    """
    most = repeat_rows.reference(segment_max.reference(values, row_splits), row_splits, len(values))
    powers = np.exp(values - most)
    total = segment_sum.reference(powers, row_splits)
    return powers / repeat_rows.reference(total, row_splits, len(values))


@segment_softmax.infer
def _segment_softmax_type(values: ArrayType, row_splits: ArrayType) -> ArrayType:
    return values


segment_softmax.sample(f32([1, 1000, 999, -np.inf, 2]), i64([0, 2, 2, 5]))
segment_softmax.sample(f32([[1, 2], [3, -4], [5, 5]]), i64([0, 2, 2, 3]))
