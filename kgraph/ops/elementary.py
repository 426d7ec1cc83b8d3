"""Elementary functions that are made of others, element by element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import absolute, divide, mod, multiply, negative
from kgraph.ops.casting import promoted
from kgraph.ops.dtype_rules import arithmetic, common, float_then_whole, floating, unchanged, whole
from kgraph.ops.elementwise import elementwise, to_bool
from kgraph.ops.exponential import logaddexp, power
from kgraph.ops.logic import isnan, logical_and, logical_or
from kgraph.ops.op import Array
from kgraph.ops.operands import type_of
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import maximum, minimum, where
from kgraph.ops.trigonometric import sin
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import broadcast_dims

_X = f32([[1, -2, np.nan], [-0.0, np.inf, -np.inf]])
_Y = f32([[0.5], [-3]])
_WHOLE = i32([[6, -4, 0]])


@elementwise(dtypes=floating, zero_preserving=True)
def cbrt(x: Array) -> Array:
    """Cube root, of negative numbers too.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.cbrt, numpy.cbrt

    >>> import kgraph as kg
    >>> kg.ops.cbrt([8.0, -27.0]).round(4)
    array([ 2., -3.], dtype=float32)
    """
    return np.cbrt(x)


@cbrt.lower
def _power_and_one_newton_step(x: Any) -> Any:
    (x,) = promoted(cbrt, x)
    size = absolute(x)
    root = power(size, 1 / 3)  # off by the rounding of 1/3, which the step mends
    root = root - (root - size / (root * root)) / 3
    root = where(logical_and(size > 0, size < math.inf), root, size)
    return where(x < 0, negative(root), root)


cbrt.sample(f32([[8, -27, 0.5], [1e-30, -1e30, 3]]))
cbrt.sample(_X)
cbrt.sample(_WHOLE)


@elementwise(dtypes=floating)
def sinc(x: Array) -> Array:
    """``sin(pi x) / (pi x)``, the transform of a box.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     1 at 0
    Source    keras.ops.sinc, numpy.sinc

    >>> import kgraph as kg
    >>> kg.ops.sinc([0.0, 0.5]).round(4)
    array([1.    , 0.6366], dtype=float32)
    """
    return np.sinc(x)


@sinc.lower
def _sine_over_angle(x: Any) -> Any:
    (x,) = promoted(sinc, x)
    angle = multiply(x, math.pi)
    return where(x == 0, 1.0, sin(angle) / angle)


sinc.sample(f32([[0, 0.25, -1.5], [0.5, 2.25, -0.75]]))


@elementwise(dtypes=floating)
def logaddexp2(x1: Array, x2: Array) -> Array:
    """Logarithm to base 2 of ``2**x1 + 2**x2``.

    Shapes    broadcast as in NumPy
    Dtypes    float; integers become ``floatx()``
    Edges     -inf where both are
    Source    keras.ops.logaddexp2, numpy.logaddexp2

    >>> import kgraph as kg
    >>> kg.ops.logaddexp2([1.0, 3.0], [1.0, 3.0])
    array([2., 4.], dtype=float32)
    """
    return np.logaddexp2(x1, x2)


@logaddexp2.lower
def _to_base_e_and_back(x1: Any, x2: Any) -> Any:
    x1, x2 = promoted(logaddexp2, x1, x2)
    log_of_2 = math.log(2)
    return divide(logaddexp(multiply(x1, log_of_2), multiply(x2, log_of_2)), log_of_2)


logaddexp2.sample(f32([[1, -2, -np.inf]]), f32([[0.5], [-np.inf]]))
logaddexp2.sample(f32([[20, -40]]), 3)


@elementwise(dtypes=floating)
def heaviside(x1: Array, x2: Array) -> Array:
    """0 below zero, 1 above, and x2 at zero.

    Shapes    broadcast as in NumPy
    Dtypes    float; integers become ``floatx()``
    Edges     nan stays nan
    Source    keras.ops.heaviside, numpy.heaviside

    >>> import kgraph as kg
    >>> kg.ops.heaviside([-2.0, 0.0, 3.0], 0.5)
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return np.heaviside(x1, x2)


@heaviside.lower
def _step(x1: Any, x2: Any) -> Any:
    x1, x2 = promoted(heaviside, x1, x2)
    return where(x1 < 0, 0.0, where(x1 > 0, 1.0, where(x1 == 0, x2, x1)))


heaviside.sample(_X, 0.5)
heaviside.sample(_WHOLE, f32([[1], [2]]))


@elementwise(dtypes=common)
def fmax(x1: Array, x2: Array) -> Array:
    """The greater of two values; a number rather than nan.

    Shapes    broadcast as in NumPy
    Dtypes    all; operands are promoted as in Keras 3
    Edges     nan only where both are
    Source    numpy.fmax

    >>> import kgraph as kg
    >>> kg.ops.fmax([1.0, float("nan")], 0.0)
    array([1., 0.], dtype=float32)
    """
    return np.fmax(x1, x2)


@fmax.lower
def _greater_number(x1: Any, x2: Any) -> Any:
    x1, x2 = promoted(fmax, x1, x2)
    return where(isnan(x1), x2, where(isnan(x2), x1, maximum(x1, x2)))


@elementwise(dtypes=common)
def fmin(x1: Array, x2: Array) -> Array:
    """The less of two values; a number rather than nan.

    Shapes    broadcast as in NumPy
    Dtypes    all; operands are promoted as in Keras 3
    Edges     nan only where both are
    Source    numpy.fmin

    >>> import kgraph as kg
    >>> kg.ops.fmin([1.0, float("nan")], 0.0)
    array([0., 0.], dtype=float32)
    """
    return np.fmin(x1, x2)


@fmin.lower
def _lesser_number(x1: Any, x2: Any) -> Any:
    x1, x2 = promoted(fmin, x1, x2)
    return where(isnan(x1), x2, where(isnan(x2), x1, minimum(x1, x2)))


for _op in (fmax, fmin):
    _op.sample(_X, f32([[0.5], [np.nan]]))
    _op.sample(_WHOLE, 2)


@elementwise(dtypes=arithmetic)
def fmod(x1: Array, x2: Array) -> Array:
    """Remainder of a division that rounds towards zero; it has the sign of x1.

    Shapes    broadcast as in NumPy
    Dtypes    all; operands are promoted as in Keras 3, bools count as int32
    Edges     floats: modulo 0 is nan, and a result of 0 has the sign of x1; integers: modulo 0 is 0
    Source    numpy.fmod, C's fmod

    >>> import kgraph as kg
    >>> kg.ops.fmod([7, -7], 3)
    array([ 1, -1], dtype=int32)
    """
    return np.fmod(x1, x2)


@fmod.lower
def _remainder_of_sizes(x1: Any, x2: Any) -> Any:
    x1, x2 = promoted(fmod, x1, x2)
    size = mod(absolute(x1), absolute(x2))
    return where(signbit(x1), negative(size), size)


fmod.sample(f32([[7, -7, 0.5]]), f32([[2], [-0.75]]))
fmod.sample(i32([[7, -7, 5]]), i32([[2], [-3]]))
fmod.sample(f32([3, -3]), 0.0)
fmod.sample(f32([0.0, -0.0, -4.0]), 2.0)


@elementwise(dtypes=unchanged, result=to_bool)
def signbit(x: Array) -> Array:
    """Whether x is below zero, or the zero that is: -0.0.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result is bool
    Edges     False for nan, whatever its sign
    Source    keras.ops.signbit, numpy.signbit

    >>> import kgraph as kg
    >>> kg.ops.signbit([-0.0, 0.0, -3.0])
    array([ True, False,  True])
    """
    return np.signbit(x) & (x == x) if x.dtype.kind == "f" else np.asarray(x) < 0


@signbit.lower
def _below_zero(x: Any) -> Any:
    below = x < 0
    if type_of(x).dtype.kind != "f":
        return below
    return logical_or(below, logical_and(x == 0, divide(1.0, x) < 0))


signbit.sample(_X)
signbit.sample(_WHOLE)


@elementwise(dtypes=floating)
def copysign(x1: Array, x2: Array) -> Array:
    """The size of x1 with the sign of x2.

    Shapes    broadcast as in NumPy
    Dtypes    float; integers become ``floatx()``
    Edges     -0.0 is negative; nan in x2 counts as positive
    Source    numpy.copysign

    >>> import kgraph as kg
    >>> kg.ops.copysign([1.0, -2.0], [-0.0, 3.0])
    array([-1.,  2.], dtype=float32)
    """
    return np.where(signbit.reference_function(x2), -np.abs(x1), np.abs(x1))


@copysign.lower
def _size_with_sign(x1: Any, x2: Any) -> Any:
    x1, x2 = promoted(copysign, x1, x2)
    size = absolute(x1)
    return where(signbit(x2), negative(size), size)


copysign.sample(_X, f32([[0.5], [-0.0]]))
copysign.sample(_WHOLE, -1)


@elementwise(dtypes=floating, zero_preserving=True)
def divide_no_nan(x1: Array, x2: Array) -> Array:
    """Quotient of two values; 0 where x2 is 0.

    Shapes    broadcast as in NumPy
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.divide_no_nan

    >>> import kgraph as kg
    >>> kg.ops.divide_no_nan([1.0, 2.0], [4.0, 0.0])
    array([0.25, 0.  ], dtype=float32)
    """
    zero = x2 == 0
    return np.where(zero, 0, x1 / np.where(zero, 1, x2))


@divide_no_nan.lower
def _divide_by_what_is_not_zero(x1: Any, x2: Any) -> Any:
    x1, x2 = promoted(divide_no_nan, x1, x2)
    zero = x2 == 0
    return where(zero, 0.0, divide(x1, where(zero, 1.0, x2)))


divide_no_nan.sample(f32([[1, -2, 0]]), f32([[0.5], [0]]))
divide_no_nan.sample(i32([1, 7]), 0)


@elementwise(dtypes=float_then_whole)
def ldexp(x1: Array, x2: Array) -> Array:
    """``x1 * 2**x2``, exactly.

    Shapes    broadcast as in NumPy
    Dtypes    x1: float, integers become ``floatx()``; x2: integers
    Edges     inf where it overflows, 0 where it underflows
    Cost      a host step: one pass of NumPy
    Source    keras.ops.ldexp, numpy.ldexp

    >>> import kgraph as kg
    >>> kg.ops.ldexp([0.75, 1.0], [2, -1])
    array([3. , 0.5], dtype=float32)
    """
    return np.ldexp(x1, x2)


@ldexp.infer
def _of_the_first(x1: ArrayType, x2: ArrayType) -> ArrayType:
    return ArrayType(x1.dtype, broadcast_dims(x1.dims, x2.dims))


ldexp.sample(f32([[0.75, -1, np.inf]]), i32([[2], [-200]]))
ldexp.sample(_WHOLE, 3)


@elementwise(dtypes=whole)
def gcd(x1: Array, x2: Array) -> Array:
    """Greatest common divisor.

    Shapes    broadcast as in NumPy
    Dtypes    integers; operands are promoted as in Keras 3
    Edges     gcd(0, n) is n's size
    Errors    TypeError for floats
    Cost      a host step: one pass of NumPy
    Source    keras.ops.gcd, numpy.gcd

    >>> import kgraph as kg
    >>> kg.ops.gcd([12, 7], 8)
    array([4, 1], dtype=int32)
    """
    return np.gcd(x1, x2)


@elementwise(dtypes=whole)
def lcm(x1: Array, x2: Array) -> Array:
    """Least common multiple.

    Shapes    broadcast as in NumPy
    Dtypes    integers; operands are promoted as in Keras 3
    Edges     lcm(0, n) is 0
    Errors    TypeError for floats
    Cost      a host step: one pass of NumPy
    Source    keras.ops.lcm, numpy.lcm

    >>> import kgraph as kg
    >>> kg.ops.lcm([12, 7], 8)
    array([24, 56], dtype=int32)
    """
    return np.lcm(x1, x2)


for _op in (gcd, lcm):
    _op.sample(_WHOLE, i32([[4], [-9]]))
    _op.sample(_WHOLE, 8)


@elementwise(dtypes=floating)
def nextafter(x1: Array, x2: Array) -> Array:
    """The next number after x1 on the way to x2 that the dtype can hold.

    Shapes    broadcast as in NumPy
    Dtypes    float; integers become ``floatx()``
    Edges     x1 where both are equal; nan if either is nan
    Cost      a host step: one pass of NumPy
    Source    keras.ops.nextafter, numpy.nextafter; Keras on TensorFlow takes the steps of float64

    >>> import kgraph as kg
    >>> kg.ops.nextafter([1.0, 1.0], [2.0, 1.0])
    array([1.0000001, 1.       ], dtype=float32)
    """
    return np.nextafter(x1, x2)


nextafter.sample(_X, _Y)
nextafter.sample(_WHOLE, 8)
