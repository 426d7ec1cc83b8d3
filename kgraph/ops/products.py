"""Products of vectors, and of every block of one value with another."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.arithmetic import multiply
from kgraph.ops.axes import one_axis
from kgraph.ops.casting import promoted
from kgraph.ops.dtype_rules import arithmetic
from kgraph.ops.linear import matmul, tensordot
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.reduction import sum
from kgraph.ops.reshaping import expand_dims, moveaxis, ravel, squeeze
from kgraph.ops.samples import f32, i32
from kgraph.types.errors import ShapeError, message

_MATRIX = f32([[1, 2, 3], [4, 5, -6]])
_VECTOR = f32([1, -1, 0.5])
_CUBE = np.arange(24, dtype=np.float32).reshape(2, 4, 3) / 8


@op(dtypes=arithmetic)
def inner(x1: Array, x2: Array) -> Array:
    """Sum of products over the last axes of both values.

    Shapes    (..., K), (..., K) -> all other axes of x1, then those of x2; scalars multiply
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError where the last sizes differ
    Source    keras.ops.inner, numpy.inner

    >>> import kgraph as kg
    >>> kg.ops.inner([[1, 2], [3, 4]], [10, 1])
    array([12, 34], dtype=int32)
    """
    return np.inner(x1, x2)


@inner.lower
def _over_last_axes(x1: Any, x2: Any) -> Any:
    rank1, rank2 = type_of(x1).ndim, type_of(x2).ndim
    if not rank1 or not rank2:
        return multiply(x1, x2)
    return tensordot(x1, x2, (rank1 - 1, rank2 - 1))


inner.sample(_VECTOR, _VECTOR)
inner.sample(_CUBE, _MATRIX)
inner.sample(_MATRIX, 2)


@op(dtypes=arithmetic)
def vdot(x1: Array, x2: Array) -> Array:
    """Sum of the products of all elements.

    Shapes    both are flattened; the result is a scalar
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError where the numbers of elements differ
    Source    keras.ops.vdot, numpy.vdot

    >>> import kgraph as kg
    >>> kg.ops.vdot([[1, 2], [3, 4]], [[1, 0], [0, 1]])
    array(5, dtype=int32)
    """
    return np.vdot(x1, x2)


@vdot.lower
def _of_flat_values(x1: Any, x2: Any) -> Any:
    return matmul(ravel(x1), ravel(x2))


vdot.sample(_MATRIX, _MATRIX)
vdot.sample(i32([1, 2]), i32([3, 4]))


@op(dtypes=arithmetic)
def vecdot(x1: Array, x2: Array, axis: int = -1) -> Array:
    """Sum of products along one axis of both values; the other axes broadcast.

    Shapes    ``axis`` disappears
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError where the sizes differ
    Source    keras.ops.vecdot, numpy.vecdot

    >>> import kgraph as kg
    >>> kg.ops.vecdot([[1, 2], [3, 4]], [[1, 0], [1, 1]])
    array([1, 7], dtype=int32)
    """
    products = np.moveaxis(x1, axis, -1) * np.moveaxis(x2, axis, -1)
    return np.sum(products, -1, dtype=x1.dtype)


@vecdot.lower
def _sum_of_products(x1: Any, x2: Any, axis: int) -> Any:
    x1, x2 = (moveaxis(x, one_axis("vecdot", axis, type_of(x).ndim), -1) for x in (x1, x2))
    size1, size2 = dims_of(x1)[-1], dims_of(x2)[-1]
    if isinstance(size1, int) and isinstance(size2, int) and size1 != size2:
        raise ShapeError(
            message(
                f"vecdot: the sizes on axis {axis} differ, {size1} and {size2}",
                received=f"x1 = {type_of(x1)}\nx2 = {type_of(x2)}",
            )
        )
    x1, x2 = promoted(vecdot, x1, x2)
    return sum(multiply(x1, x2), -1)


vecdot.sample(_CUBE, _VECTOR)
vecdot.sample(_MATRIX, f32([[1, 2, 3]]), axis=1)
vecdot.sample(_CUBE, _CUBE, axis=1)


@op(dtypes=arithmetic)
def kron(x1: Array, x2: Array) -> Array:
    """x1 with each element replaced by itself times x2.

    Shapes    the sizes multiply, axis by axis; the value of fewer axes has leading ones
    Dtypes    all; operands are promoted as in Keras 3
    Source    keras.ops.kron, numpy.kron

    >>> import kgraph as kg
    >>> kg.ops.kron([1, 10], [1, 2])
    array([ 1,  2, 10, 20], dtype=int32)
    """
    return np.kron(x1, x2)


@kron.lower
def _block_by_block(x1: Any, x2: Any) -> Any:
    x1, x2 = promoted(kron, x1, x2)
    ndim = max(type_of(x1).ndim, type_of(x2).ndim)
    dims1 = (1,) * (ndim - type_of(x1).ndim) + dims_of(x1)
    dims2 = (1,) * (ndim - type_of(x2).ndim) + dims_of(x2)
    blocks = reshape_to(x1, tuple(size for dim in dims1 for size in (dim, 1)))
    inside = reshape_to(x2, tuple(size for dim in dims2 for size in (1, dim)))
    shape = tuple(a * b for a, b in zip(dims1, dims2, strict=True))
    return reshape_to(multiply(blocks, inside), shape)


kron.sample(_MATRIX, _MATRIX)
kron.sample(_VECTOR, _MATRIX)
kron.sample(i32([[1], [2]]), 3)


def matvec(x1: Any, x2: Any) -> Any:
    """Each matrix times its vector: (..., M, N), (..., N) -> (..., M).

    >>> matvec(np.eye(2, dtype="float32"), np.float32([3, 4]))
    array([3., 4.], dtype=float32)
    """
    return squeeze(matmul(x1, expand_dims(x2, -1)), -1)


def vecmat(x1: Any, x2: Any) -> Any:
    """Each vector times its matrix: (..., M), (..., M, N) -> (..., N).

    >>> vecmat(np.float32([3, 4]), np.eye(2, dtype="float32"))
    array([3., 4.], dtype=float32)
    """
    return squeeze(matmul(expand_dims(x1, -2), x2), -2)
