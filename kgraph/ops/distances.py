"""How far apart rows are, and how alike they vary."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.casting import cast, in_dtype_of, promoted
from kgraph.ops.dtype_rules import floating, floating_by_width
from kgraph.ops.exponential import sqrt, square
from kgraph.ops.linear import matmul
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.reduction import mean, sum
from kgraph.ops.reshaping import expand_dims, swapaxes
from kgraph.ops.samples import f32, i32, i64
from kgraph.ops.selection import clip, maximum
from kgraph.ops.sizing import number_of
from kgraph.types.errors import ShapeError, message

_X = f32([[1, 2, 4], [0, -1, 3.5], [2, 2, 2]])


@op(dtypes=floating)
def cdist(x: Array, y: Array) -> Array:
    """The Euclidean distance from each row of x to each row of y.

    Shapes    (..., M, D), (..., N, D) -> (..., M, N); the leading axes broadcast
    Dtypes    float; integers become ``floatx()``
    Errors    ValueError for vectors, or where rows differ in length
    Cost      M * N * D differences, of which none is kept
    Source    keras.ops.cdist, scipy.spatial.distance.cdist

    >>> import kgraph as kg
    >>> kg.ops.cdist([[0.0, 0.0], [3.0, 0.0]], [[3.0, 4.0]])
    array([[5.],
           [4.]], dtype=float32)
    """
    apart = x[..., :, None, :] - y[..., None, :, :]
    return np.sqrt(np.sum(np.square(apart), -1, dtype=x.dtype))


@cdist.lower
def _length_of_differences(x: Any, y: Any) -> Any:
    first, second = dims_of(x), dims_of(y)
    widths = [dims[-1] for dims in (first, second) if len(dims) > 1 and isinstance(dims[-1], int)]
    if min(len(first), len(second)) < 2 or len(set(widths)) > 1:
        raise ShapeError(
            message(
                "cdist: takes rows of equal length",
                received=f"x = {type_of(x)}\ny = {type_of(y)}",
                expected="(..., M, D) and (..., N, D)",
            )
        )
    x, y = promoted(cdist, x, y)
    return sqrt(sum(square(expand_dims(x, -2) - expand_dims(y, -3)), -1))


cdist.sample(_X, f32([[1, 2, 4], [5, 5, 5]]))
cdist.sample(i32([[[1, 2]], [[3, 4]]]), i32([[0, 0], [1, 2], [-1, 7]]))
cdist.sample(_X[:, :0], _X[:, :0])


@op(dtypes=floating_by_width)
def corrcoef(x: Array) -> Array:
    """The correlation of each row with each: from -1 to 1, as they vary against or with another.

    Shapes    (M, N) -> (M, M); (N,) -> (); () -> ()
    Dtypes    float; integers become ``floatx()``, int64 becomes float64
    Edges     nan for a row that does not vary, and for a scalar
    Errors    ValueError for more than two axes
    Source    keras.ops.corrcoef, numpy.corrcoef

    >>> import kgraph as kg
    >>> kg.ops.corrcoef([[1.0, 2.0], [5.0, 3.0]])
    array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    if not x.ndim:
        return np.asarray(np.nan, x.dtype)
    centred = x - x.mean(-1, keepdims=True)
    rows = np.atleast_2d(centred)
    lengths = np.sqrt(np.sum(np.square(rows), -1, dtype=x.dtype))
    found = np.clip(rows @ rows.T / lengths[:, None] / lengths, -1, 1)
    return found if x.ndim == 2 else found[0, 0]


@corrcoef.lower
def _products_of_centred_rows(x: Any) -> Any:
    ndim = type_of(x).ndim
    if ndim > 2:
        raise ShapeError(
            message(
                "corrcoef: takes a matrix, whose rows are compared, or a vector",
                received=str(type_of(x)),
                hint="ops.reshape(x, (rows, -1))",
            )
        )
    x = in_dtype_of(corrcoef, x)
    if not ndim:
        return x * float("nan")
    rows = expand_dims(x, 0) if ndim == 1 else x
    centred = rows - mean(rows, -1, True)
    lengths = sqrt(sum(square(centred), -1, True))
    found = clip(
        matmul(centred, swapaxes(centred, 0, 1)) / lengths / swapaxes(lengths, 0, 1), -1, 1
    )
    return found if ndim == 2 else reshape_to(found, ())


corrcoef.sample(_X[:2])
corrcoef.sample(_X)
corrcoef.sample(i32([3, 1, 2]))
corrcoef.sample(i64([[3, 1, 2], [0, 0, 1]]))
corrcoef.sample(np.float32(3))


@op(dtypes=floating_by_width)
def covariance(x: Array, ddof: float = 1) -> Array:
    """How each row varies with each: the mean of the products of their distances to their means.

    Shapes    (M, N) -> (M, M)
    Dtypes    float; integers become ``floatx()``, int64 becomes float64
    Edges     of N samples N - ``ddof`` count; inf or nan where none does

    >>> from kgraph.ops.distances import covariance
    >>> covariance([[1.0, 3.0], [5.0, 1.0]])
    array([[ 2., -4.],
           [-4.,  8.]], dtype=float32)
    """
    centred = x - x.mean(1, keepdims=True)
    return centred @ centred.T / x.dtype.type(max(x.shape[1] - ddof, 0))


@covariance.lower
def _mean_of_products(x: Any, ddof: float) -> Any:
    x = in_dtype_of(covariance, x)
    centred = x - mean(x, 1, True)
    count = cast(number_of(dims_of(x)[1], x), type_of(x).dtype)
    return matmul(centred, swapaxes(centred, 0, 1)) / maximum(count - float(ddof), 0)


covariance.sample(_X)
covariance.sample(_X, ddof=0)
covariance.sample(i32([[3, 1], [2, 7]]), ddof=2)
