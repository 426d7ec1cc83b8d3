"""Means with weights, norms, and reductions that pass over nan."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import absolute, divide
from kgraph.ops.axes import Axis, many_axes, one_axis
from kgraph.ops.casting import cast, in_dtype_of, promoted
from kgraph.ops.dtype_rules import accumulating, common, floating
from kgraph.ops.exponential import power, sqrt, square
from kgraph.ops.logic import isnan, logical_not
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.shape import broadcast_to, reshape_to
from kgraph.ops.reduction import all, max, mean, min, prod, sum, var
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import maximum, where
from kgraph.types.errors import KGraphValueError, ShapeError, message

_X = f32([[1, 4, np.nan, -16], [2, 3, 5, 7], [0, np.nan, 1, 2]])
_CUBE = np.arange(-12, 12, dtype=np.float32).reshape(2, 3, 4) * 7 % 13
_WHOLE = i32([[3, -4, 0], [1, 2, 2]])


@op(dtypes=floating)
def average(x: Array, weights: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Mean over ``axis`` in which each entry counts as much as its weight.

    Shapes    ``weights`` has the shape of x, or is a vector along one ``axis``; the reduced axes
              disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Edges     nan where the weights add up to 0
    Errors    ValueError where the weights do not fit
    Source    keras.ops.average, numpy.average

    >>> import kgraph as kg
    >>> kg.ops.average([1.0, 2.0, 6.0], [1.0, 1.0, 2.0])
    array(3.75, dtype=float32)
    """
    if weights.ndim != x.ndim:
        weights = np.moveaxis(np.reshape(weights, (-1, *(1,) * (x.ndim - 1))), 0, axis)
    weighed = np.broadcast_to(weights, x.shape)
    total = np.sum(x * weights, axis, keepdims=keepdims)
    return total / np.sum(weighed, axis, keepdims=keepdims, dtype=x.dtype)


@average.lower
def _weighted_sum_over_weights(x: Any, weights: Any, axis: Axis, keepdims: bool) -> Any:
    x, weights = promoted(average, x, weights)
    ndim, rank = type_of(x).ndim, type_of(weights).ndim
    if rank != ndim:
        if rank != 1 or not isinstance(axis, int):
            raise ShapeError(
                message(
                    "average: weights of fewer axes are a vector along one axis",
                    received=f"x = {type_of(x)}\nweights = {type_of(weights)}, axis {axis}",
                )
            )
        place = one_axis("average", axis, ndim)
        shape = (*(1,) * place, dims_of(weights)[0], *(1,) * (ndim - place - 1))
        weights = reshape_to(weights, shape)
    weights = broadcast_to(weights, dims_of(x)) if rank == ndim else weights
    total = sum(x * weights, axis, keepdims)
    parts = sum(weights, axis, keepdims) if rank == ndim else sum(weights)
    return divide(total, parts)


average.sample(_CUBE, np.abs(_CUBE) + 1, axis=1)
average.sample(_CUBE, f32([1, 2, 0, 0.5]), axis=-1, keepdims=True)
average.sample(_WHOLE, i32([1, 3]), axis=0)


# -- reductions that pass over nan -----------------------------------------------------------------


def _fills_nan(made: Op, reduce: Callable[..., Any], neutral: float) -> None:
    @made.lower
    @made.ragged
    def reduce_numbers(x: Any, axis: Axis, keepdims: bool) -> Any:
        filled = where(isnan(x), neutral, x) if x.dtype.kind == "f" else x
        return reduce(filled, axis, keepdims)

    _samples(made)


def _samples(made: Op) -> None:
    made.sample(_X)
    made.sample(_X, axis=1)
    made.sample(_CUBE, axis=(0, 2), keepdims=True)
    made.sample(_WHOLE, axis=0)


@op(dtypes=accumulating)
def nansum(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Sum over ``axis``, in which nan counts as 0.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; bools and small integers become 32 bits wide
    Source    keras.ops.nansum, numpy.nansum

    >>> import kgraph as kg
    >>> kg.ops.nansum([1.0, float("nan"), 2.0])
    array(3., dtype=float32)
    """
    return np.nansum(x, axis, dtype=x.dtype, keepdims=keepdims)


@op(dtypes=accumulating)
def nanprod(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Product over ``axis``, in which nan counts as 1.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; bools and small integers become 32 bits wide
    Source    keras.ops.nanprod, numpy.nanprod

    >>> import kgraph as kg
    >>> kg.ops.nanprod([3.0, float("nan"), 2.0])
    array(6., dtype=float32)
    """
    return np.nanprod(x, axis, dtype=x.dtype, keepdims=keepdims)


_fills_nan(nansum, sum, 0.0)
_fills_nan(nanprod, prod, 1.0)


@op(dtypes=common)
def nanmax(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Greatest number over ``axis``, passing over nan.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; the result has the dtype of x
    Edges     nan where all are nan
    Source    keras.ops.nanmax, numpy.nanmax

    >>> import kgraph as kg
    >>> kg.ops.nanmax([1.0, float("nan"), 2.0])
    array(2., dtype=float32)
    """
    reduce: Any = np.fmax.reduce
    return reduce(x, axis, keepdims=keepdims)


@op(dtypes=common)
def nanmin(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Least number over ``axis``, passing over nan.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; the result has the dtype of x
    Edges     nan where all are nan
    Source    keras.ops.nanmin, numpy.nanmin

    >>> import kgraph as kg
    >>> kg.ops.nanmin([1.0, float("nan"), 2.0])
    array(1., dtype=float32)
    """
    reduce: Any = np.fmin.reduce
    return reduce(x, axis, keepdims=keepdims)


def _finds_number(made: Op, reduce: Op, worst: float) -> None:
    @made.lower
    @made.ragged
    def reduce_numbers(x: Any, axis: Axis, keepdims: bool) -> Any:
        if x.dtype.kind != "f":
            return reduce(x, axis, keepdims)
        missing = isnan(x)
        found = reduce(where(missing, worst, x), axis, keepdims)
        return where(all(missing, axis, keepdims), math.nan, found)

    _samples(made)
    made.sample(f32([[np.nan, np.nan], [1, np.nan]]), axis=1)


_finds_number(nanmax, max, -math.inf)
_finds_number(nanmin, min, math.inf)


@op(dtypes=floating)
def nanmean(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Mean of the numbers over ``axis``, passing over nan.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Edges     nan where all are nan
    Source    keras.ops.nanmean, numpy.nanmean

    >>> import kgraph as kg
    >>> kg.ops.nanmean([1.0, float("nan"), 2.0])
    array(1.5, dtype=float32)
    """
    count = np.sum(x == x, axis, keepdims=keepdims)
    return (np.nansum(x, axis, keepdims=keepdims) / count).astype(x.dtype)


@nanmean.lower
def _sum_over_count(x: Any, axis: Axis, keepdims: bool) -> Any:
    x = in_dtype_of(nanmean, x)
    numbers = cast(logical_not(isnan(x)), x.dtype)
    return divide(nansum(x, axis, keepdims), sum(numbers, axis, keepdims))


_samples(nanmean)
nanmean.sample(f32([[np.nan, np.nan], [1, np.nan]]), axis=1)


@op(dtypes=floating)
def nanvar(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Variance of the numbers over ``axis``, passing over nan.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Edges     nan where all are nan
    Source    keras.ops.nanvar, numpy.nanvar

    >>> import kgraph as kg
    >>> kg.ops.nanvar([1.0, float("nan"), 3.0])
    array(1., dtype=float32)
    """
    centred = x - nanmean.reference_function(x, axis, True)
    return nanmean.reference_function(np.square(centred), axis, keepdims)


@nanvar.lower
def _mean_square_distance(x: Any, axis: Axis, keepdims: bool) -> Any:
    x = in_dtype_of(nanvar, x)
    return nanmean(square(x - nanmean(x, axis, True)), axis, keepdims)


@op(dtypes=floating)
def nanstd(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Standard deviation of the numbers over ``axis``, passing over nan.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Edges     nan where all are nan
    Source    keras.ops.nanstd, numpy.nanstd

    >>> import kgraph as kg
    >>> kg.ops.nanstd([1.0, float("nan"), 3.0])
    array(1., dtype=float32)
    """
    return np.sqrt(nanvar.reference_function(x, axis, keepdims))


@nanstd.lower
def _root_of_variance(x: Any, axis: Axis, keepdims: bool) -> Any:
    return sqrt(nanvar(x, axis, keepdims))


_samples(nanvar)
_samples(nanstd)


# -- norms -----------------------------------------------------------------------------------------


@op(dtypes=floating)
def norm(x: Array, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Array:
    """Length of the vectors along ``axis``, or a norm of the matrices in two axes.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``); None flattens x
    Dtypes    float; integers become ``floatx()``
    Edges     ``ord``: None or 2 for the Euclidean length, a number p, inf, -inf, 0 (how many are
              not zero); of matrices "fro", 1, -1, inf and -inf
    Errors    ValueError for another norm: those from singular values are not computed in graphs
    Source    keras.ops.norm, numpy.linalg.norm

    >>> import kgraph as kg
    >>> kg.ops.norm([[3.0, 4.0], [0.0, 2.0]], axis=1)
    array([5., 2.], dtype=float32)
    """
    return np.linalg.norm(x, ord, axis, keepdims).astype(x.dtype)


@norm.lower
def _norm_by_kind(x: Any, ord: Any, axis: Axis, keepdims: bool) -> Any:
    x = in_dtype_of(norm, x)
    axes = many_axes("norm", axis, type_of(x).ndim)
    if ord is None or (ord == "fro" and len(axes) == 2):
        return sqrt(sum(square(x), axes, keepdims))
    if len(axes) == 1 and not isinstance(ord, str):
        return _vector_norm(x, ord, axes, keepdims)
    if len(axes) == 2 and ord in (1, -1, math.inf, -math.inf):
        rows, columns = axis if isinstance(axis, tuple) else axes
        first, second = (rows, columns) if _size(ord) == 1 else (columns, rows)
        sums = sum(absolute(x), first, True)
        found = (max if ord > 0 else min)(sums, second, True)
        return found if keepdims else sum(found, axes)
    raise KGraphValueError(
        message(
            "norm: this norm is not computed in graphs",
            received=f"ord={ord!r} over axes {axes} of {type_of(x)}",
            expected="vectors: a number or inf; matrices: 'fro', 1, -1, inf or -inf",
        )
    )


def _size(number: float) -> float:
    return -number if number < 0 else number


def _vector_norm(x: Any, ord: float, axes: tuple[int, ...], keepdims: bool) -> Any:
    if _size(ord) == math.inf:
        return (max if ord > 0 else min)(absolute(x), axes, keepdims)
    if ord == 0:
        return sum(cast(x != 0, x.dtype), axes, keepdims)
    if ord == 1:
        return sum(absolute(x), axes, keepdims)
    if ord == 2:
        return sqrt(sum(square(x), axes, keepdims))
    return power(sum(power(absolute(x), float(ord)), axes, keepdims), 1.0 / ord)


norm.sample(_CUBE)
norm.sample(_WHOLE, axis=1, keepdims=True)
for _ord in (0, 1, 2, 3, -2.5, math.inf, -math.inf):
    norm.sample(_CUBE + 0.5, ord=_ord, axis=1)
for _matrix_ord in ("fro", 1, -1, math.inf, -math.inf):
    norm.sample(_CUBE, ord=_matrix_ord, axis=(0, 2))
norm.sample(_CUBE, ord=1, axis=(2, 1), keepdims=True)


@op(dtypes=floating)
def normalize(x: Array, axis: int = -1, order: float = 2, epsilon: float | None = None) -> Array:
    """x divided by the norm of the vectors along ``axis``.

    Shapes    the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     norms below ``epsilon`` count as ``epsilon``, by default the step at 1 of the dtype
    Source    keras.ops.normalize

    >>> import kgraph as kg
    >>> kg.ops.normalize([[3.0, 4.0]])
    array([[0.6, 0.8]], dtype=float32)
    """
    least = np.finfo(x.dtype).eps if epsilon is None else epsilon
    return x / np.maximum(np.linalg.norm(x, order, axis, keepdims=True), least).astype(x.dtype)


@normalize.lower
def _over_its_norm(x: Any, axis: int, order: float, epsilon: float | None) -> Any:
    x = in_dtype_of(normalize, x)
    least = float(np.finfo(x.dtype).eps) if epsilon is None else float(epsilon)
    return divide(x, maximum(norm(x, order, axis, True), least))


normalize.sample(_CUBE)
normalize.sample(_WHOLE, axis=0, order=1)
normalize.sample(np.zeros((2, 3), np.float32), epsilon=1e-3)


def moments(
    x: Any, axes: Axis, keepdims: bool = False, synchronized: bool = False
) -> tuple[Any, Any]:
    """Mean and variance over ``axes``.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.moments

    >>> import kgraph as kg
    >>> kg.ops.moments([1.0, 2.0, 3.0], 0)
    (array(2., dtype=float32), array(0.6666667, dtype=float32))
    """
    return mean(x, axes, keepdims), var(x, axes, keepdims)
