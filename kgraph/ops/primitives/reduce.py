"""Primitives that reduce along axes; the reduced axes stay, with size 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import boolean, unchanged
from kgraph.ops.op import Array, DTypeRule, Op, op
from kgraph.ops.samples import f32
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Size
from kgraph.types.errors import ShapeError


def _keep_axes(x: ArrayType, axes: tuple[int, ...]) -> tuple[Size, ...]:
    return tuple(1 if axis in axes else size for axis, size in enumerate(x.dims))


def reduction(*, dtypes: DTypeRule = unchanged) -> Callable[[Callable[..., Any]], Op]:
    """Define a reduction; it gives the dtype it computes in."""

    def define(reference: Callable[..., Any]) -> Op:
        made = op(dtypes=dtypes)(reference)

        @made.infer
        def infer(x: ArrayType, axes: tuple[int, ...]) -> ArrayType:
            return x.with_dims(_keep_axes(x, axes))

        return made

    return define


@reduction()
def reduce_sum(x: Array, axes: tuple[int, ...]) -> Array:
    """Sum; zero over no elements.  Floats are added in a fixed order that depends on the length."""
    return np.sum(x, axes, dtype=x.dtype, keepdims=True)


@reduction()
def reduce_prod(x: Array, axes: tuple[int, ...]) -> Array:
    """Product; one over no elements."""
    return np.prod(x, axes, dtype=x.dtype, keepdims=True)


@reduction()
def reduce_mean(x: Array, axes: tuple[int, ...]) -> Array:
    """Sum divided by the number of elements; nan over none.  Floats only."""
    count = np.prod([x.shape[axis] for axis in axes], dtype=x.dtype)
    return np.sum(x, axes, dtype=x.dtype, keepdims=True) / count


def lowest(dtype: Any) -> Any:
    """The identity of ``max``."""
    if dtype.kind == "f":
        return -np.inf
    return False if dtype.kind == "b" else np.iinfo(dtype).min


def highest(dtype: Any) -> Any:
    """The identity of ``min``."""
    if dtype.kind == "f":
        return np.inf
    return True if dtype.kind == "b" else np.iinfo(dtype).max


@reduction()
def reduce_max(x: Array, axes: tuple[int, ...]) -> Array:
    """Greatest element; the lowest value of the dtype over none.  NaN wins."""
    return np.max(x, axes, keepdims=True, initial=lowest(x.dtype))


@reduction()
def reduce_min(x: Array, axes: tuple[int, ...]) -> Array:
    """Least element; the highest value of the dtype over none.  NaN wins."""
    return np.min(x, axes, keepdims=True, initial=highest(x.dtype))


@reduction(dtypes=boolean)
def reduce_any(x: Array, axes: tuple[int, ...]) -> Array:
    """Whether any element is true."""
    return np.any(x, axes, keepdims=True)


@reduction(dtypes=boolean)
def reduce_all(x: Array, axes: tuple[int, ...]) -> Array:
    """Whether all elements are true."""
    return np.all(x, axes, keepdims=True)


_x = f32([[1.5, -2, 3], [4, 5, -6]])
for _op in (reduce_sum, reduce_prod, reduce_mean, reduce_max, reduce_min):
    _op.sample(_x, axes=(1,))
    _op.sample(_x.reshape(1, 2, 3), axes=(0, 1))
for _op in (reduce_any, reduce_all):
    _op.sample(_x > 2, axes=(1,))


@op(dtypes=unchanged)
def reduce_argmax(x: Array, axis: int) -> Array:
    """Position of the greatest element, the first of equals; NaN wins."""
    return np.argmax(x, axis, keepdims=True)


@op(dtypes=unchanged)
def reduce_argmin(x: Array, axis: int) -> Array:
    """Position of the least element, the first of equals; NaN wins."""
    return np.argmin(x, axis, keepdims=True)


@reduce_argmax.infer
@reduce_argmin.infer
def _position_type(x: ArrayType, axis: int) -> ArrayType:
    if x.dims[axis] == 0:
        raise ShapeError("an empty axis has no position of its extreme")
    return ArrayType(np.dtype("int64"), _keep_axes(x, (axis,)))


reduce_argmax.sample(_x, axis=1)
reduce_argmin.sample(_x, axis=0)
