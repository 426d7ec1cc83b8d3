"""Exponentials, logarithms, powers and roots."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import arithmetic, floating
from kgraph.ops.elementwise import elementwise
from kgraph.ops.op import Array
from kgraph.ops.samples import f32, i32

_ANY = f32([[-20, -1, -1e-4], [0, 1.5, np.nan]])
_POSITIVE = f32([[1e-6, 0.5], [1, 2.5], [1e6, np.inf]])
_WHOLE = i32([1, 2, 7])


@elementwise(loop="exp", dtypes=floating)
def exp(x: Array) -> Array:
    """e to the power of x.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     inf where it overflows, 0 at -inf
    Source    keras.ops.exp, numpy.exp

    >>> import kgraph as kg
    >>> kg.ops.exp([0.0, 1.0]).round(4)
    array([1.    , 2.7183], dtype=float32)
    """
    return np.exp(x)


exp.sample(_ANY)
exp.sample(_WHOLE)


@elementwise(loop="exp2", dtypes=floating)
def exp2(x: Array) -> Array:
    """2 to the power of x.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     inf where it overflows, 0 at -inf
    Source    keras.ops.exp2, numpy.exp2

    >>> import kgraph as kg
    >>> kg.ops.exp2([0.0, 3.0])
    array([1., 8.], dtype=float32)
    """
    return np.exp2(x)


exp2.sample(_ANY)
exp2.sample(_WHOLE)


@elementwise(loop="expm1", dtypes=floating, zero_preserving=True)
def expm1(x: Array) -> Array:
    """e to the power of x, minus 1; exact near 0.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     inf where it overflows, -1 at -inf
    Source    keras.ops.expm1, numpy.expm1

    >>> import kgraph as kg
    >>> kg.ops.expm1([0.0, 1.0]).round(4)
    array([0.    , 1.7183], dtype=float32)
    """
    return np.expm1(x)


expm1.sample(_ANY)
expm1.sample(_WHOLE)


@elementwise(loop="log", dtypes=floating)
def log(x: Array) -> Array:
    """Natural logarithm.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     -inf at 0, nan below
    Source    keras.ops.log, numpy.log

    >>> import kgraph as kg
    >>> kg.ops.log([1.0, 0.0])
    array([  0., -inf], dtype=float32)
    """
    return np.log(x)


log.sample(_POSITIVE)
log.sample(_ANY)
log.sample(_WHOLE)


@elementwise(loop="log2", dtypes=floating)
def log2(x: Array) -> Array:
    """Logarithm to base 2.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     -inf at 0, nan below
    Source    keras.ops.log2, numpy.log2

    >>> import kgraph as kg
    >>> kg.ops.log2([1.0, 8.0])
    array([0., 3.], dtype=float32)
    """
    return np.log2(x)


log2.sample(_POSITIVE)
log2.sample(_WHOLE)


@elementwise(loop="log10", dtypes=floating)
def log10(x: Array) -> Array:
    """Logarithm to base 10.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     -inf at 0, nan below
    Source    keras.ops.log10, numpy.log10

    >>> import kgraph as kg
    >>> kg.ops.log10([1.0, 10.0])
    array([0., 1.], dtype=float32)
    """
    return np.log10(x)


log10.sample(_POSITIVE)
log10.sample(_WHOLE)


@elementwise(loop="log1p", dtypes=floating, zero_preserving=True)
def log1p(x: Array) -> Array:
    """Natural logarithm of 1 + x; exact near 0.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     -inf at -1, nan below
    Source    keras.ops.log1p, numpy.log1p

    >>> import kgraph as kg
    >>> kg.ops.log1p([0.0, -1.0])
    array([  0., -inf], dtype=float32)
    """
    return np.log1p(x)


log1p.sample(_POSITIVE)
log1p.sample(_ANY)
log1p.sample(_WHOLE)


@elementwise(loop="logaddexp", dtypes=floating)
def logaddexp(x1: Array, x2: Array) -> Array:
    """``log(exp(x1) + exp(x2))`` without overflow.

    Shapes    broadcast as in NumPy
    Dtypes    float; integers become ``floatx()``
    Edges     -inf where both are -inf
    Source    keras.ops.logaddexp, numpy.logaddexp

    >>> import kgraph as kg
    >>> kg.ops.logaddexp([1000.0], [1000.0]).round(2)
    array([1000.69], dtype=float32)
    """
    return np.logaddexp(x1, x2)


logaddexp.sample(_ANY, f32([[1], [-30]]))
logaddexp.sample(f32([-np.inf, np.inf, 90]), f32([-np.inf, 0, -90]))


@elementwise(loop="sqrt", dtypes=floating, zero_preserving=True)
def sqrt(x: Array) -> Array:
    """Square root.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     nan below 0
    Source    keras.ops.sqrt, numpy.sqrt

    >>> import kgraph as kg
    >>> kg.ops.sqrt([4, 9])
    array([2., 3.], dtype=float32)
    """
    return np.sqrt(x)


sqrt.sample(_POSITIVE)
sqrt.sample(_ANY)
sqrt.sample(_WHOLE)


@elementwise(loop="rsqrt", dtypes=floating)
def rsqrt(x: Array) -> Array:
    """One over the square root.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     inf at 0, nan below
    Source    keras.ops.rsqrt

    >>> import kgraph as kg
    >>> kg.ops.rsqrt([4.0, 0.0])
    array([0.5, inf], dtype=float32)
    """
    return 1 / np.sqrt(x)


rsqrt.sample(_POSITIVE)
rsqrt.sample(_WHOLE)


@elementwise(loop="square", dtypes=arithmetic, zero_preserving=True)
def square(x: Array) -> Array:
    """``x * x``.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x, bools count as int32
    Source    keras.ops.square, numpy.square

    >>> import kgraph as kg
    >>> kg.ops.square([3, -2])
    array([9, 4], dtype=int32)
    """
    return np.square(x)


square.sample(_ANY)
square.sample(_WHOLE)
square.sample(np.array([True, False]))


@elementwise(loop="reciprocal", dtypes=floating)
def reciprocal(x: Array) -> Array:
    """``1 / x``.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     1 / 0 is inf, 1 / -0.0 is -inf
    Source    keras.ops.reciprocal, numpy.reciprocal

    >>> import kgraph as kg
    >>> kg.ops.reciprocal([4.0, 0.0])
    array([0.25,  inf], dtype=float32)
    """
    return 1 / x


reciprocal.sample(_POSITIVE)
reciprocal.sample(f32([[0, -0.0, -4]]))
reciprocal.sample(_WHOLE)


@elementwise(loop="pow", dtypes=arithmetic)
def power(x1: Array, x2: Array) -> Array:
    """x1 to the power of x2.

    Shapes    broadcast as in NumPy
    Dtypes    all; operands are promoted as in Keras 3
    Edges     nan for a negative base with an exponent that is not whole; integers wrap round
    Errors    ValueError for an integer with a negative exponent: make one of them a float
    Source    keras.ops.power, numpy.power

    >>> import kgraph as kg
    >>> kg.ops.power([2, 3], 2)
    array([4, 9], dtype=int32)
    """
    return np.power(x1, x2)


power.sample(_POSITIVE, f32([[0.5, -2]]))
power.sample(f32([-2, -0.5, 0]), f32([3, -2, 0]))
power.sample(_WHOLE, 3)


@elementwise(loop="hypot", dtypes=floating)
def hypot(x1: Array, x2: Array) -> Array:
    """``sqrt(x1**2 + x2**2)`` without overflow.

    Shapes    broadcast as in NumPy
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.hypot, numpy.hypot

    >>> import kgraph as kg
    >>> kg.ops.hypot(3, 4)
    array(5., dtype=float32)
    """
    return np.hypot(x1, x2)


hypot.sample(_ANY, f32([[1e20], [-30]]))
hypot.sample(_WHOLE, 2)

pow = power
