"""Choosing between elements."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import arithmetic, common, condition_first
from kgraph.ops.elementwise import ElementwiseOp, elementwise
from kgraph.ops.op import Array
from kgraph.ops.samples import f32, i32
from kgraph.types.dtypes import int32

_X = f32([[1, -2, np.nan], [-0.0, np.inf, -np.inf]])


class Where(ElementwiseOp):
    """The op ``where``, which with a condition alone is another one."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given = self._by_name(args, kwargs)
        if given.get("x1") is None and given.get("x2") is None and "condition" in given:
            from kgraph.ops.masking import nonzero  # which is written with this op

            return nonzero(given["condition"])
        return super().__call__(**given)


@elementwise(loop="where", dtypes=condition_first, made_as=Where)
def where(condition: Array, x1: Array, x2: Array) -> Array:
    """x1 where ``condition`` is true, else x2; of the condition alone: where it is true.

    Shapes    all three broadcast as in NumPy; ``where(condition)`` is ``nonzero(condition)``
    Dtypes    ``condition`` is taken as a truth value; x1 and x2 are promoted as in Keras 3
    Edges     nan in the element that is not chosen does no harm
    Source    keras.ops.where, numpy.where

    >>> import kgraph as kg
    >>> kg.ops.where([True, False], 1.5, [7, 8])
    array([1.5, 8. ], dtype=float32)
    """
    return np.where(condition, x1, x2)


where.sample(np.array([[True], [False]]), _X, f32([[7, 8, 9]]))
where.sample(i32([0, 2, -1]), 1, 0)


@elementwise(loop="maximum", dtypes=common)
def maximum(x1: Array, x2: Array) -> Array:
    """The greater of two values, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all; operands are promoted as in Keras 3
    Edges     nan if either is nan
    Source    keras.ops.maximum, numpy.maximum

    >>> import kgraph as kg
    >>> kg.ops.maximum([1, 5], 3)
    array([3, 5], dtype=int32)
    """
    return np.maximum(x1, x2)


maximum.sample(_X, f32([[0.5], [4]]))
maximum.sample(i32([3, -4, 0]), 1)


@elementwise(loop="minimum", dtypes=common)
def minimum(x1: Array, x2: Array) -> Array:
    """The less of two values, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all; operands are promoted as in Keras 3
    Edges     nan if either is nan
    Source    keras.ops.minimum, numpy.minimum

    >>> import kgraph as kg
    >>> kg.ops.minimum([1, 5], 3)
    array([1, 3], dtype=int32)
    """
    return np.minimum(x1, x2)


minimum.sample(_X, f32([[0.5], [4]]))
minimum.sample(i32([3, -4, 0]), 1)


@elementwise(dtypes=arithmetic)
def clip(x: Array, x_min: Array, x_max: Array) -> Array:
    """x, cut to ``x_min`` .. ``x_max``.

    Shapes    all three broadcast as in NumPy
    Dtypes    all; promoted as in Keras 3, bools count as int32
    Edges     nan stays nan; where ``x_min > x_max`` the result is ``x_max``
    Source    keras.ops.clip, numpy.clip

    >>> import kgraph as kg
    >>> kg.ops.clip([-1.0, 0.5, 9.0], 0, 1)
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return np.minimum(np.maximum(x, x_min), x_max)


@clip.lower
def _cut_below_then_above(x: Array, x_min: Array, x_max: Array) -> Array:
    if x.dtype.kind == "b":
        x = cast(x, int32)
    return minimum(maximum(x, x_min), x_max)


clip.sample(_X, -1, 1.5)
clip.sample(_X, f32([[0], [3]]), f32([[2], [2]]))
clip.sample(i32([-9, 2, 7]), 0, 5)


@elementwise(dtypes=arithmetic)
def nan_to_num(
    x: Array, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Array:
    """x with numbers in place of nan and the infinities.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x, bools count as int32
    Edges     ``posinf=None`` and ``neginf=None`` mean the greatest and least finite number
    Source    keras.ops.nan_to_num, numpy.nan_to_num

    >>> import kgraph as kg
    >>> kg.ops.nan_to_num([float("nan"), 2.0, float("inf")], posinf=9.0)
    array([0., 2., 9.], dtype=float32)
    """
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


@nan_to_num.lower
def _replace_one_by_one(x: Array, nan: float, posinf: float | None, neginf: float | None) -> Array:
    if x.dtype.kind != "f":
        return cast(x, int32) if x.dtype.kind == "b" else x
    limit = float(np.finfo(x.dtype).max)
    x = where(x == math.inf, limit if posinf is None else float(posinf), x)
    x = where(x == -math.inf, -limit if neginf is None else float(neginf), x)
    return where(x != x, float(nan), x)


nan_to_num.sample(_X)
nan_to_num.sample(_X, nan=1.0, posinf=2.0, neginf=-3.0)
nan_to_num.sample(i32([1, 0]))
