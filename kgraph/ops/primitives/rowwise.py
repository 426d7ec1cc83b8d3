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


@op(dtypes=floating)
def standardize_rows(x: Array, epsilon: Array, axes: tuple[int, ...]) -> Array:
    """x less its mean, by the root of its variance + ``epsilon``, over ``axes``, the last ones.

    Shapes    (..., N), () -> (..., N)
    Source    Ba et al., Layer Normalization (2016)
    """
    centred = x - np.mean(x, axes, keepdims=True, dtype=x.dtype)
    return centred / np.sqrt(np.mean(np.square(centred), axes, keepdims=True) + epsilon)


@standardize_rows.infer
def _standardize_type(x: ArrayType, epsilon: ArrayType, axes: tuple[int, ...]) -> ArrayType:
    if epsilon.ndim:
        raise ShapeError(f"epsilon is one number, got {epsilon}")
    return _softmax_type(x, axes)


standardize_rows.sample(f32([[1, 2, -3], [4, 4, 4], [1e3, -1e3, 0]]), f32(1e-3), axes=(1,))
standardize_rows.sample(np.arange(24, dtype=np.float32).reshape(2, 3, 4), f32(0.1), axes=(1, 2))


@op(dtypes=unchanged)
def segment_weighted_sum(values: Array, weights: Array, row_splits: Array) -> Array:
    """Sum of each row's items, each times its weight; zeros for a row without items.

    Shapes    (T, D), (T, 1), (B + 1,) -> (B, D)
    Dtypes    float
    """
    return segment_sum.reference(values * weights, row_splits)


@segment_weighted_sum.infer
def _weighted_sum_type(values: ArrayType, weights: ArrayType, row_splits: ArrayType) -> ArrayType:
    if values.ndim != 2 or weights.ndim != 2 or weights.dims[1] != 1:
        raise ShapeError(f"expected items (T, D) and weights (T, 1), got {values}, {weights}")
    return values.with_dims((row_splits.dims[0] - 1, values.dims[1]))


segment_weighted_sum.sample(
    f32([[1, 2], [3, -4], [5, 5]]), f32([[0.5], [2], [-1]]), i64([0, 2, 2, 3])
)
