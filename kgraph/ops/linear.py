"""Products of matrices and vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.arithmetic import multiply
from kgraph.ops.axes import one_axis
from kgraph.ops.dtype_rules import arithmetic
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.linear import batched_matmul
from kgraph.ops.primitives.shape import reshape_to, transpose_axes
from kgraph.ops.samples import f32, i32
from kgraph.types.dims import product
from kgraph.types.errors import ShapeError, message
from kgraph.types.ragged import RaggedTensor

_MATRIX = f32([[1, 2, 3], [4, 5, -6]])
_VECTOR = f32([1, -1, 0.5])
_CUBE = np.arange(24, dtype=np.float32).reshape(2, 4, 3) / 8


@op(dtypes=arithmetic)
def matmul(x1: Array, x2: Array) -> Array:
    """Matrix product.

    Shapes    (..., M, K) @ (..., K, N) -> (..., M, N), leading axes broadcast; a vector counts as
              one row on the left, one column on the right; ragged (B, None, K) @ (K, N) works on
              the items; two sparse matrices give a sparse one, a sparse and a dense one a dense
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError where the inner sizes differ or an operand is a scalar
    Source    keras.ops.matmul, numpy.matmul

    >>> import kgraph as kg
    >>> kg.ops.matmul([[1, 2]], [[3], [4]])
    array([[11]], dtype=int32)
    """
    return np.matmul(x1, x2)


@matmul.lower
def _matmul_of_arrays(x1: Any, x2: Any) -> Any:
    dims1, dims2 = dims_of(x1), dims_of(x2)
    _require_inner_sizes("matmul", x1, x2)
    left = reshape_to(x1, (1, *dims1)) if len(dims1) == 1 else x1
    right = reshape_to(x2, (*dims2, 1)) if len(dims2) == 1 else x2
    found = batched_matmul(left, right)
    *batch, rows, columns = dims_of(found)
    kept = [*batch, *([rows] if len(dims1) > 1 else []), *([columns] if len(dims2) > 1 else [])]
    return found if len(kept) == len(batch) + 2 else reshape_to(found, tuple(kept))


def _require_inner_sizes(op_name: str, x1: Any, x2: Any) -> None:
    type1, type2 = type_of(x1), type_of(x2)
    if not type1.dims or not type2.dims:
        raise ShapeError(
            message(
                f"{op_name}: a scalar is no matrix",
                received=f"x1 = {type1}\nx2 = {type2}",
                hint="ops.multiply",
            )
        )
    inner1, inner2 = type1.dims[-1], type2.dims[-2] if type2.ndim > 1 else type2.dims[0]
    if isinstance(inner1, int) and isinstance(inner2, int) and inner1 != inner2:
        raise ShapeError(
            message(
                f"{op_name}: the inner sizes differ, {inner1} and {inner2}",
                received=f"x1 = {type1}\nx2 = {type2}",
                expected=f"x2 with {inner1} rows, or x1 with {inner2} columns",
            )
        )


@matmul.ragged
def _matmul_of_items(x1: Any, x2: Any) -> Any:
    items = isinstance(x1, RaggedTensor) and x1.type.flat.ndim > 1
    if not items or isinstance(x2, RaggedTensor) or type_of(x2).ndim > 2:
        raise ShapeError(
            message(
                "matmul: cannot multiply these along rows of different lengths",
                received=f"x1 = {type_of(x1)}\nx2 = {type_of(x2)}",
                expected="x1 ragged with an inner axis, x2 a matrix or a vector",
            )
        )
    return x1.with_flat_values(matmul(x1.flat_values, x2))


matmul.sample(_MATRIX, _MATRIX.T)
matmul.sample(_MATRIX, _VECTOR)
matmul.sample(_VECTOR, _MATRIX.T)
matmul.sample(_VECTOR, _VECTOR)
matmul.sample(_CUBE, _MATRIX.T)
matmul.sample(_CUBE[:, None], _CUBE.transpose(0, 2, 1))
matmul.sample(i32([[1, 2], [3, 4]]), i32([[5], [6]]))
matmul.sample(np.zeros((0, 3), np.float32), _MATRIX.T)


@op(dtypes=arithmetic)
def tensordot(x1: Array, x2: Array, axes: Any = 2) -> Array:
    """Sum of products over the given axes of both values.

    Shapes    ``axes``: how many axes at the end of x1 and the start of x2, or the axes of each;
              what is left of x1, then what is left of x2
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError where the sizes of paired axes differ
    Source    keras.ops.tensordot, numpy.tensordot

    >>> import kgraph as kg
    >>> kg.ops.tensordot([[1, 2], [3, 4]], [[1, 0], [0, 1]])
    array(5, dtype=int32)
    """
    return np.tensordot(x1, x2, axes)


@tensordot.lower
def _as_one_matmul(x1: Any, x2: Any, axes: Any) -> Any:
    dims1, dims2 = dims_of(x1), dims_of(x2)
    inner1, inner2 = _paired_axes(axes, len(dims1), len(dims2))
    for a, b in zip(inner1, inner2, strict=True):
        if isinstance(dims1[a], int) and isinstance(dims2[b], int) and dims1[a] != dims2[b]:
            raise ShapeError(
                message(
                    f"tensordot: axis {a} of x1 and axis {b} of x2 differ",
                    received=f"x1 = {type_of(x1)}\nx2 = {type_of(x2)}",
                )
            )
    outer1 = [axis for axis in range(len(dims1)) if axis not in inner1]
    outer2 = [axis for axis in range(len(dims2)) if axis not in inner2]
    rows, columns = [dims1[axis] for axis in outer1], [dims2[axis] for axis in outer2]
    left = reshape_to(
        transpose_axes(x1, (*outer1, *inner1)),
        (product(rows), product(dims1[axis] for axis in inner1)),
    )
    right = reshape_to(
        transpose_axes(x2, (*inner2, *outer2)),
        (product(dims2[axis] for axis in inner2), product(columns)),
    )
    return reshape_to(batched_matmul(left, right), (*rows, *columns))


def _paired_axes(axes: Any, ndim1: int, ndim2: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, int):
        if not 0 <= axes <= min(ndim1, ndim2):
            raise ShapeError(f"tensordot: {axes} axes are more than both operands have")
        return list(range(ndim1 - axes, ndim1)), list(range(axes))
    first, second = ([item] if isinstance(item, int) else list(item) for item in axes)
    if len(first) != len(second):
        raise ShapeError(f"tensordot: axes come in pairs, got {first} and {second}")
    return (
        [one_axis("tensordot", axis, ndim1) for axis in first],
        [one_axis("tensordot", axis, ndim2) for axis in second],
    )


tensordot.sample(_MATRIX, _MATRIX)
tensordot.sample(_CUBE, _MATRIX, axes=((2,), (1,)))
tensordot.sample(_CUBE, _CUBE, axes=(0, 0))
tensordot.sample(_VECTOR, _VECTOR, axes=0)


@op(dtypes=arithmetic)
def dot(x1: Array, x2: Array) -> Array:
    """Sum of products over the last axis of x1 and the last but one of x2.

    Shapes    scalars multiply; (..., K) . (K,) -> (...); (..., K) . (..., K, N) -> all other axes
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError where the inner sizes differ
    Source    keras.ops.dot, numpy.dot

    >>> import kgraph as kg
    >>> kg.ops.dot([1, 2], [3, 4])
    array(11, dtype=int32)
    """
    return np.dot(x1, x2)


@dot.lower
def _dot_by_rank(x1: Any, x2: Any) -> Any:
    rank1, rank2 = type_of(x1).ndim, type_of(x2).ndim
    if not rank1 or not rank2:
        return multiply(x1, x2)
    _require_inner_sizes("dot", x1, x2)
    if rank2 <= 2:
        return matmul(x1, x2)
    return tensordot(x1, x2, (rank1 - 1, rank2 - 2))


dot.sample(_MATRIX, _MATRIX.T)
dot.sample(_MATRIX, 3.0)
dot.sample(_CUBE, _CUBE.transpose(0, 2, 1))


@op(dtypes=arithmetic)
def outer(x1: Array, x2: Array) -> Array:
    """Every element of x1 times every element of x2.

    Shapes    any, flattened: (M,), (N,) -> (M, N)
    Dtypes    all; operands are promoted as in Keras 3
    Source    keras.ops.outer, numpy.outer

    >>> import kgraph as kg
    >>> kg.ops.outer([1, 2], [3, 4])
    array([[3, 4],
           [6, 8]], dtype=int32)
    """
    return np.outer(x1, x2)


@outer.lower
def _column_times_row(x1: Any, x2: Any) -> Any:
    column = reshape_to(x1, (product(dims_of(x1)), 1))
    return multiply(column, reshape_to(x2, (1, product(dims_of(x2)))))


outer.sample(_VECTOR, _MATRIX)
outer.sample(i32([1, 2]), 3)
