"""Parts of matrices: diagonals and triangles, and matrices turned by quarters."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.comparison import less_equal
from kgraph.ops.cumulative import counted
from kgraph.ops.dtype_rules import accumulating, unchanged
from kgraph.ops.indexing import getitem
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.shape import reshape_to, strided_slice, transpose_axes
from kgraph.ops.reduction import sum
from kgraph.ops.repetition import flip
from kgraph.ops.reshaping import expand_dims
from kgraph.ops.samples import f32, i8, i32
from kgraph.ops.selection import where
from kgraph.types import dtypes
from kgraph.types.dims import product
from kgraph.types.dtypes import as_dtype
from kgraph.types.errors import ShapeError, message

_MATRIX = f32([[1, 2, 3], [4, 5, 6]])
_CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@op(dtypes=unchanged)
def diagonal(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The elements with equal positions on two axes, or positions that differ by ``offset``.

    Shapes    ``axis1`` and ``axis2`` go, the diagonal becomes the last axis; both sizes must be
              known when the graph is drawn
    Dtypes    all; the result has the dtype of x
    Errors    ValueError if a size is not known, or both axes are the same
    Source    keras.ops.diagonal, numpy.diagonal

    >>> import kgraph as kg
    >>> kg.ops.diagonal([[1, 2, 3], [4, 5, 6]], offset=1)
    array([2, 6], dtype=int32)
    """
    return np.diagonal(x, offset, axis1, axis2)


@diagonal.lower
def _diagonal_of_batch(x: Any, offset: int, axis1: int, axis2: int) -> Any:
    return every_step("diagonal", x, offset, axis1, axis2)


def every_step(name: str, x: Any, offset: int, axis1: int, axis2: int) -> Any:
    """The diagonal as every n-th element of the flattened matrix."""
    x = _axes_last(name, x, axis1, axis2)
    *batch, rows, columns = dims_of(x)
    if not isinstance(rows, int) or not isinstance(columns, int):
        raise ShapeError(
            message(
                f"{name}: the sizes of both axes of a diagonal must be known",
                received=str(type_of(x)),
                hint="give axis1 and axis2; the default is the first two axes",
            )
        )
    first = offset if offset >= 0 else -offset * columns
    count = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    flat = reshape_to(x, (*batch, rows * columns))
    # one past the last element, counted in steps from the first
    last = first + (count - 1) * (columns + 1) + 1 if count else first
    whole = (0,) * len(batch)
    steps = (*(1,) * len(batch), columns + 1)
    return strided_slice(flat, (*whole, first), (*batch, last), steps)


def _axes_last(name: str, x: Any, axis1: int, axis2: int) -> Any:
    """x with its two axes behind all others."""
    ndim = type_of(x).ndim
    if ndim < 2:
        raise ShapeError(f"{name}: needs two axes, got {type_of(x)}")
    first, second = one_axis(name, axis1, ndim), one_axis(name, axis2, ndim)
    if first == second:
        raise ShapeError(f"{name}: the two axes are the same, {first}")
    rest = [axis for axis in range(ndim) if axis not in (first, second)]
    order = (*rest, first, second)
    return x if order == tuple(range(ndim)) else transpose_axes(x, order)


for _offset in (0, 1, -1, 3, -5):
    diagonal.sample(_MATRIX, offset=_offset)
diagonal.sample(_CUBE, axis1=-1, axis2=-2)


@op(dtypes=accumulating)
def trace(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Sum of a diagonal.

    Shapes    ``axis1`` and ``axis2`` go; both sizes must be known when the graph is drawn
    Dtypes    all; bools and small integers become 32 bits wide
    Source    keras.ops.trace, numpy.trace

    >>> import kgraph as kg
    >>> kg.ops.trace([[1, 2], [3, 4]])
    array(5, dtype=int32)
    """
    return np.trace(x, offset, axis1, axis2, dtype=x.dtype)


@trace.lower
def _sum_of_diagonal(x: Any, offset: int, axis1: int, axis2: int) -> Any:
    return sum(every_step("trace", x, offset, axis1, axis2), -1)


trace.sample(_MATRIX, offset=1)
trace.sample(_CUBE, axis1=1, axis2=2)
trace.sample(i8([[100, 1], [2, 100]]))


@op(dtypes=unchanged)
def diag(x: Array, k: int = 0) -> Array:
    """A matrix with the vector x on its diagonal ``k``; of a matrix, that diagonal.

    Shapes    (N,) -> (N + abs(k), N + abs(k)); (M, N) -> (size of the diagonal,)
    Dtypes    all; the result has the dtype of x
    Errors    ValueError for other ranks, or where a size is not known
    Source    keras.ops.diag, numpy.diag

    >>> import kgraph as kg
    >>> kg.ops.diag([1, 2])
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return np.diag(x, k)


@diag.lower
def _to_or_from_a_matrix(x: Any, k: int) -> Any:
    dims = dims_of(x)
    if len(dims) == 2:
        return every_step("diag", x, k, 0, 1)
    if len(dims) != 1 or not isinstance(dims[0], int):
        raise ShapeError(
            message(
                "diag: takes a vector or a matrix of known size",
                received=str(type_of(x)),
                hint="ops.diagonal and ops.eye work on batches: x[..., None] * ops.eye(n)",
            )
        )
    size = dims[0] + abs(k)
    # the element of x that stands in each place; the mask hides where there is none
    row = np.arange(size) - max(0, -k)
    places = np.clip(row, 0, max(dims[0] - 1, 0))
    mask = np.eye(size, k=k, dtype=bool)
    if not dims[0]:
        return reshape_to(x, (0, 0)) if not k else np.zeros((size, size), type_of(x).dtype)
    column = getitem(getitem(x, places.tolist()), (slice(None), None))
    return where(mask, column, np.zeros((), type_of(x).dtype))


diag.sample(f32([1, 2, 3]))
diag.sample(i32([1, 2]), k=1)
diag.sample(i32([1, 2]), k=-2)
diag.sample(_MATRIX, k=1)


@op(dtypes=unchanged)
def diagflat(x: Array, k: int = 0) -> Array:
    """A matrix with all elements of x on its diagonal ``k``.

    Shapes    any, of N elements -> (N + abs(k), N + abs(k))
    Dtypes    all; the result has the dtype of x
    Errors    ValueError where a size is not known
    Source    keras.ops.diagflat, numpy.diagflat

    >>> import kgraph as kg
    >>> kg.ops.diagflat([[1, 2]])
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return np.diagflat(x, k)


@diagflat.lower
def _diagonal_of_all(x: Any, k: int) -> Any:
    dims = dims_of(x)
    if not all(isinstance(size, int) for size in dims):
        raise ShapeError(f"diagflat: the size of the matrix must be known, got {type_of(x)}")
    return diag(reshape_to(x, (product(dims),)), k)


diagflat.sample(_MATRIX, k=-1)
diagflat.sample(i32([1, 2]))
diagflat.sample(np.zeros((0, 2), np.float32), k=1)


def below_diagonal(x: Any, k: int = 0) -> Any:
    """Where the elements of the matrices in the last two axes lie on diagonal ``k`` or below.

    >>> below_diagonal(np.zeros((2, 3)))
    array([[ True, False, False],
           [ True,  True, False]])
    """
    *_, rows, columns = dims_of(x)
    distance = counted(columns, x) - expand_dims(counted(rows, x), 1)
    return less_equal(distance, k)


def _matrices(name: str, x: Any) -> Any:
    if type_of(x).ndim < 2:
        raise ShapeError(f"{name}: a triangle needs two axes, got {type_of(x)}")
    return x


@op(dtypes=unchanged)
def tril(x: Array, k: int = 0) -> Array:
    """The lower triangle of each matrix: zeros above diagonal ``k``.

    Shapes    (..., M, N); the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.tril, numpy.tril

    >>> import kgraph as kg
    >>> kg.ops.tril([[1, 2], [3, 4]])
    array([[1, 0],
           [3, 4]], dtype=int32)
    """
    return np.tril(x, k)


@tril.lower
def _below(x: Any, k: int) -> Any:
    return where(below_diagonal(_matrices("tril", x), k), x, np.zeros((), x.dtype))


@op(dtypes=unchanged)
def triu(x: Array, k: int = 0) -> Array:
    """The upper triangle of each matrix: zeros below diagonal ``k``.

    Shapes    (..., M, N); the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.triu, numpy.triu

    >>> import kgraph as kg
    >>> kg.ops.triu([[1, 2], [3, 4]])
    array([[1, 2],
           [0, 4]], dtype=int32)
    """
    return np.triu(x, k)


@triu.lower
def _above(x: Any, k: int) -> Any:
    return where(below_diagonal(_matrices("triu", x), k - 1), np.zeros((), x.dtype), x)


for _op in (tril, triu):
    _op.sample(_MATRIX)
    _op.sample(_CUBE, k=1)
    _op.sample(i32([[1, 2], [3, 4], [5, 6]]), k=-1)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> np.ndarray:
    """Ones on and below diagonal ``k``, zeros above; ``floatx()`` unless ``dtype`` is given.

    >>> import kgraph as kg
    >>> kg.ops.tri(2)
    array([[1., 0.],
           [1., 1.]], dtype=float32)
    """
    return np.tri(N, M, k, dtypes.default_float() if dtype is None else as_dtype(dtype))


@op(dtypes=unchanged)
def rot90(x: Array, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """x turned by ``k`` quarters in the plane of two axes, from the first to the second.

    Shapes    the sizes of both axes are swapped where ``k`` is odd
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.rot90, numpy.rot90

    >>> import kgraph as kg
    >>> kg.ops.rot90([[1, 2], [3, 4]])
    array([[2, 4],
           [1, 3]], dtype=int32)
    """
    return np.rot90(x, k, axes)


@rot90.lower
def _flip_and_swap(x: Any, k: int, axes: tuple[int, int]) -> Any:
    ndim = type_of(x).ndim
    first, second = (one_axis("rot90", axis, ndim) for axis in axes)
    if first == second:
        raise ShapeError(f"rot90: the two axes are the same, {first}")
    order = list(range(ndim))
    order[first], order[second] = second, first
    quarter = k % 4
    if quarter == 0:
        return x
    if quarter == 2:
        return flip(flip(x, first), second)
    if quarter == 1:
        return transpose_axes(flip(x, second), tuple(order))
    return flip(transpose_axes(x, tuple(order)), second)


for _k in (0, 1, 2, 3, -1):
    rot90.sample(_MATRIX, k=_k)
rot90.sample(_CUBE, axes=(2, 0))
