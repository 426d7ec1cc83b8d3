"""Arithmetic: one element in, one element out."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import arithmetic, common, floating
from kgraph.ops.elementwise import elementwise
from kgraph.ops.op import Array, cast_operand
from kgraph.ops.samples import f32, i32, i64


@elementwise(loop="add", dtypes=arithmetic)
def add(x1: Array, x2: Array) -> Array:
    """Sum of two values, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all; operands are promoted as in Keras 3
    Source    keras.ops.add, numpy.add

    >>> import kgraph as kg
    >>> kg.ops.add([1.0, 2.0], 3)
    array([4., 5.], dtype=float32)
    """
    return np.add(x1, x2)


add.sample(f32([[1, -2, 3]]), f32([[0.5], [4]]))
add.sample(i32([1, 2]), 7)
add.sample(np.ones((3, 0), np.float32), 1.5)


@elementwise(loop="sub", dtypes=arithmetic)
def subtract(x1: Array, x2: Array) -> Array:
    """Difference of two values, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all; operands are promoted as in Keras 3, bools count as int32
    Source    keras.ops.subtract, numpy.subtract

    >>> import kgraph as kg
    >>> kg.ops.subtract([1.0, 2.0], 3)
    array([-2., -1.], dtype=float32)
    """
    return np.subtract(x1, x2)


subtract.sample(f32([[1, -2, 3]]), f32([[0.5], [4]]))
subtract.sample(7, i64([1, 2]))


@elementwise(loop="mul", dtypes=arithmetic, zero_preserving=True)
def multiply(x1: Array, x2: Array) -> Array:
    """Product of two values, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all; operands are promoted as in Keras 3, bools count as int32
    Edges     0 * inf is nan; a sparse value stays sparse, and beside a dense one 0 where it stores
              nothing; times inf or nan, as a number, it is dense
    Source    keras.ops.multiply, numpy.multiply

    >>> import kgraph as kg
    >>> kg.ops.multiply([1, 2], 0.5)
    array([0.5, 1. ], dtype=float32)
    """
    return np.multiply(x1, x2)


multiply.sample(f32([[1, -2, 3]]), f32([[0.5], [4]]))
multiply.sample(i32([[1], [2], [0]]), 3)


@elementwise(loop="div", dtypes=floating)
def divide(x1: Array, x2: Array) -> Array:
    """Quotient of two values, element by element; integers become floats.

    Shapes    broadcast as in NumPy
    Dtypes    float; integer operands become ``floatx()``
    Edges     x / 0 is inf, -inf or nan; a sparse value over a dense one, or over a finite number
              but 0, stays sparse: 0 where it stores nothing
    Source    keras.ops.divide, numpy.true_divide

    >>> import kgraph as kg
    >>> kg.ops.divide(1, 4)
    array(0.25, dtype=float32)
    """
    return np.divide(x1, x2)


divide.sample(f32([1, 2, 0]), f32([2, 0, 0]))
divide.sample(i32([[1, 2, 7]]), i32([[2], [3]]))


@elementwise(loop="floor_divide", dtypes=arithmetic)
def floor_divide(x1: Array, x2: Array) -> Array:
    """Quotient rounded down, element by element.

    Shapes    broadcast as in NumPy
    Dtypes    all; operands are promoted as in Keras 3
    Edges     floats: x // 0 is inf, -inf or nan; integers: x // 0 is 0
    Source    keras.ops.floor_divide, numpy.floor_divide

    >>> import kgraph as kg
    >>> kg.ops.floor_divide([7, -7], 2)
    array([ 3, -4], dtype=int32)
    """
    return np.floor_divide(x1, x2)


floor_divide.sample(f32([7, -7, 0.5]), f32([2, 2, -0.25]))
floor_divide.sample(i32([[7, -7, 5]]), i32([[2], [-3]]))


@elementwise(loop="mod", dtypes=arithmetic)
def mod(x1: Array, x2: Array) -> Array:
    """Remainder of ``floor_divide``, element by element; it has the sign of ``x2``.

    Shapes    broadcast as in NumPy
    Dtypes    all; operands are promoted as in Keras 3
    Edges     floats: modulo 0 is nan; integers: modulo 0 is 0
    Source    keras.ops.mod, numpy.mod

    >>> import kgraph as kg
    >>> kg.ops.mod([7, -7], 3)
    array([1, 2], dtype=int32)
    """
    return np.mod(x1, x2)


mod.sample(f32([7, -7, 0.5]), f32([2, 2, -0.75]))
mod.sample(i32([[7, -7, 5]]), i32([[2], [-3]]))


@elementwise(loop="neg", dtypes=arithmetic, zero_preserving=True)
def negative(x: Array) -> Array:
    """``-x``.

    Shapes    any; the result has the shape of x
    Dtypes    all; bools count as int32, unsigned integers wrap round
    Source    keras.ops.negative, numpy.negative

    >>> import kgraph as kg
    >>> kg.ops.negative([1, -2])
    array([-1,  2], dtype=int32)
    """
    return np.negative(x)


negative.sample(f32([[1, -2, 0]]))
negative.sample(i64([[3], [-4]]))


@elementwise(loop="abs", dtypes=common, zero_preserving=True)
def absolute(x: Array) -> Array:
    """Absolute value.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Edges     the least integer of a dtype has no positive twin and stays as it is
    Source    keras.ops.absolute, numpy.absolute

    >>> import kgraph as kg
    >>> kg.ops.absolute([1.5, -2.0])
    array([1.5, 2. ], dtype=float32)
    """
    return np.absolute(x)


absolute.sample(f32([[1, -2, -0.0], [np.nan, -np.inf, 3]]))
absolute.sample(i32([3, -4, 0]))


@elementwise(dtypes=floating, zero_preserving=True)
def fabs(x: Array) -> Array:
    """Absolute value as a float.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers and bools become ``floatx()``
    Source    keras.ops.fabs, numpy.fabs

    >>> import kgraph as kg
    >>> kg.ops.fabs([1, -2])
    array([1., 2.], dtype=float32)
    """
    return np.fabs(x)


@fabs.lower
def _absolute_float(x: Any) -> Any:
    return absolute(cast_operand(x, fabs.promoted_dtypes([x])[0]))


fabs.sample(f32([[1, -2, -0.0], [np.nan, -np.inf, 3]]))
fabs.sample(i32([3, -4, 0]))


@elementwise(loop="sign", dtypes=arithmetic, zero_preserving=True)
def sign(x: Array) -> Array:
    """-1, 0 or 1, as x is below, at or above zero.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x, bools count as int32
    Edges     nan stays nan
    Source    keras.ops.sign, numpy.sign

    >>> import kgraph as kg
    >>> kg.ops.sign([1.5, -2.0, 0.0])
    array([ 1., -1.,  0.], dtype=float32)
    """
    return np.sign(x)


sign.sample(f32([[1, -2, 0], [np.nan, -np.inf, 3]]))
sign.sample(i32([3, -4, 0]))

abs = absolute
true_divide = divide
