"""Softmax and its kin: shares of a whole, made stable by taking the greatest element away."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.axes import Axis, many_axes
from kgraph.ops.casting import in_dtype_of
from kgraph.ops.dtype_rules import floating
from kgraph.ops.exponential import exp, log
from kgraph.ops.logic import isfinite
from kgraph.ops.op import Array, Op, op
from kgraph.ops.primitives import bounds
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.ragged_axes import reduce_ragged
from kgraph.ops.ragged_columns import along_columns
from kgraph.ops.reduction import drop_axes, max, sum
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import where
from kgraph.types.array_type import ArrayType
from kgraph.types.errors import ShapeError, message
from kgraph.types.ragged import RaggedTensor

_X = f32([[1, 2, -3], [1000, 999, -1000], [-np.inf, 0, 1]])
_CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4) * 7 % 13


@op(dtypes=floating)
def softmax(x: Array, axis: Axis = -1) -> Array:
    """Exponentials of x, scaled so that they add up to 1 over ``axis``.

    Shapes    the result has the shape of x; ``axis``: one, several or None for all;
              a ragged axis means: over the items of each row, an axis before it: over the items
              at the same place of all rows
    Dtypes    float; integers become ``floatx()``
    Edges     does not overflow; nan where all of ``axis`` is -inf, as in Keras
    Source    keras.ops.softmax

    >>> import kgraph as kg
    >>> kg.ops.softmax([[0.0, 0.0], [1000.0, 0.0]])
    array([[0.5, 0.5],
           [1. , 0. ]], dtype=float32)
    """
    powers = np.exp(x - np.max(x, axis, keepdims=True, initial=-np.inf))
    return powers / np.sum(powers, axis, keepdims=True)


@softmax.lower
def _shares(x: Any, axis: Axis) -> Any:
    x = in_dtype_of(softmax, x)
    powers = exp(x - max(x, axis, keepdims=True))
    return powers / sum(powers, axis, keepdims=True)


@softmax.ragged
def _shares_of_rows(x: RaggedTensor, axis: Axis) -> Any:
    return _by_kind(softmax, x, axis, _segment_softmax)


def _segment_softmax(x: Any, row_splits: Any) -> Any:
    row = bounds.row_ids(row_splits, x)
    powers = exp(x - gather_rows(bounds.segment_max(x, row_splits), row))
    return powers / gather_rows(bounds.segment_sum(powers, row_splits), row)


@op(dtypes=floating)
def log_softmax(x: Array, axis: Axis = -1) -> Array:
    """Logarithm of ``softmax``, without underflow.

    Shapes    as ``softmax``
    Dtypes    float; integers become ``floatx()``
    Edges     nan where all of ``axis`` is -inf, as in Keras
    Source    keras.ops.log_softmax

    >>> import kgraph as kg
    >>> kg.ops.log_softmax([[0.0, 0.0], [10.0, 0.0]]).round(2)
    array([[ -0.69,  -0.69],
           [ -0.  , -10.  ]], dtype=float32)
    """
    below = x - np.max(x, axis, keepdims=True, initial=-np.inf)
    return below - np.log(np.sum(np.exp(below), axis, keepdims=True))


@log_softmax.lower
def _log_shares(x: Any, axis: Axis) -> Any:
    x = in_dtype_of(log_softmax, x)
    below = x - max(x, axis, keepdims=True)
    return below - log(sum(exp(below), axis, keepdims=True))


@log_softmax.ragged
def _log_shares_of_rows(x: RaggedTensor, axis: Axis) -> Any:
    return _by_kind(log_softmax, x, axis, _segment_log_softmax)


def _segment_log_softmax(x: Any, row_splits: Any) -> Any:
    row = bounds.row_ids(row_splits, x)
    below = x - gather_rows(bounds.segment_max(x, row_splits), row)
    return below - gather_rows(log(bounds.segment_sum(exp(below), row_splits)), row)


def _by_kind(made: Op, x: RaggedTensor, axis: Axis, by_row: Any) -> RaggedTensor:
    """Inner axes on the flat values; the ragged axis row by row."""
    rank = x.type.ragged_rank
    axes = many_axes(made.name, axis, x.type.ndim)
    flat = in_dtype_of(made, x.flat_values)
    if axes == (rank,):
        return x.with_flat_values(by_row(flat, x.nested_row_splits[-1]))
    if len(axes) == 1 and axes[0] < rank:
        return along_columns(x.with_flat_values(flat), axes[0], by_row)
    if axes[0] > rank:
        return x.with_flat_values(made(flat, tuple(place - rank for place in axes)))
    raise ShapeError(
        message(
            f"{made.name}: has no meaning over these axes of a ragged value",
            received=f"axis {axes} of {x.type}",
            expected="one axis up to the last ragged one, or inner axes",
        )
    )


for _op in (softmax, log_softmax):
    _op.sample(_X)
    _op.sample(_X, axis=None)
    _op.sample(_CUBE, axis=1)
    _op.sample(_CUBE, axis=(1, 2))
    _op.sample(i32([[1, 2, 3]]))
    _op.sample(np.zeros((0, 3), np.float32))


@op(dtypes=floating)
def logsumexp(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Logarithm of the sum of exponentials over ``axis``, without overflow.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    float; integers become ``floatx()``
    Edges     -inf where all of ``axis`` is -inf, and for a ragged row without items
    Source    keras.ops.logsumexp, scipy.special.logsumexp

    >>> import kgraph as kg
    >>> kg.ops.logsumexp([[0.0, 0.0], [10.0, 10.0]], axis=1).round(2)
    array([ 0.69, 10.69], dtype=float32)
    """
    top = np.max(x, axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    total = np.sum(np.exp(x - top), axis, keepdims=True)
    kept = np.log(total) + top
    return kept if keepdims else np.squeeze(kept, many_axes("logsumexp", axis, x.ndim))


@logsumexp.lower
def _log_of_sum(x: Any, axis: Axis, keepdims: bool) -> Any:
    x = in_dtype_of(logsumexp, x)
    top = _finite(max(x, axis, keepdims=True))
    kept = log(sum(exp(x - top), axis, keepdims=True)) + top
    return kept if keepdims else drop_axes(kept, many_axes("logsumexp", axis, x.ndim))


def _finite(top: Any) -> Any:
    """-inf - -inf would be nan; 0 serves as well."""
    return where(isfinite(top), top, 0.0)


@logsumexp.ragged
def _log_of_row_sums(x: RaggedTensor, axis: Axis, keepdims: bool) -> Any:
    return reduce_ragged(logsumexp, _segment_logsumexp, x, axis, keepdims)


def _segment_logsumexp(x: Any, row_splits: Any) -> Any:
    top = _finite(bounds.segment_max(x, row_splits))
    below = x - gather_rows(top, bounds.row_ids(row_splits, x))
    return log(bounds.segment_sum(exp(below), row_splits)) + top


logsumexp.sample(_X)
logsumexp.sample(_X, axis=-1, keepdims=True)
logsumexp.sample(_CUBE, axis=(0, 2))
logsumexp.sample(f32([[-np.inf, -np.inf]]), axis=1)
logsumexp.sample(i32([[1, 2, 3]]))


@op(dtypes=floating)
def sparsemax(x: Array, axis: int = -1) -> Array:
    """A softmax with true zeros along ``axis``, as Keras 3 computes it.

    Shapes    the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     Keras takes the sum of all supported running sums for its threshold where the paper
              takes the last of them, so that results add up to 1 only where one element is
              chosen; models trained with it need the same numbers, hence it is kept
    Source    keras.ops.sparsemax; after Martins and Astudillo, ICML 2016

    >>> import kgraph as kg
    >>> kg.ops.sparsemax([0.5, 3.0, -1.0])
    array([0., 1., 0.], dtype=float32)
    """
    falling = np.flip(np.sort(x, axis), axis)
    total = np.cumsum(falling, axis)
    place = many_axes("sparsemax", axis, x.ndim)[0]
    rank = np.arange(1, x.shape[place] + 1, dtype=x.dtype).reshape(-1, *(1,) * (x.ndim - 1 - place))
    support = falling - (total - 1) / rank > 0
    size = np.sum(support, axis, keepdims=True, dtype=x.dtype)
    threshold = (np.sum(np.where(support, total, 0), axis, keepdims=True) - 1) / size
    return np.maximum(x - threshold, 0)


@sparsemax.infer
def _same_type(x: ArrayType, axis: int) -> ArrayType:
    many_axes("sparsemax", axis, x.ndim)
    return x


sparsemax.sample(_CUBE, axis=1)
sparsemax.sample(f32([[0.5, 0.25, -1], [3, 3, 3], [-90, 0, 90]]))
