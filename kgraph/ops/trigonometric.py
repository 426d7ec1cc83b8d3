"""Trigonometric and hyperbolic functions, and their inverses."""

from __future__ import annotations

import math

import numpy as np

from kgraph.ops.dtype_rules import floating
from kgraph.ops.elementwise import elementwise
from kgraph.ops.op import Array
from kgraph.ops.samples import f32, i32

_ANGLES = f32([[-100, -1.5, -0.1], [0, 1, 3]])
_UNIT = f32([[-0.9, -0.1], [0, 1e-6], [0.5, 1]])
_WHOLE = i32([1, 0, 1])


@elementwise(loop="sin", dtypes=floating, zero_preserving=True)
def sin(x: Array) -> Array:
    """Sine of an angle in radians.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     nan at the infinities
    Source    keras.ops.sin, numpy.sin

    >>> import kgraph as kg
    >>> kg.ops.sin([0.0, 1.0]).round(4)
    array([0.    , 0.8415], dtype=float32)
    """
    return np.sin(x)


sin.sample(_ANGLES)
sin.sample(_WHOLE)


@elementwise(loop="cos", dtypes=floating)
def cos(x: Array) -> Array:
    """Cosine of an angle in radians.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     nan at the infinities
    Source    keras.ops.cos, numpy.cos

    >>> import kgraph as kg
    >>> kg.ops.cos([0.0, 1.0]).round(4)
    array([1.    , 0.5403], dtype=float32)
    """
    return np.cos(x)


cos.sample(_ANGLES)
cos.sample(_WHOLE)


@elementwise(loop="tan", dtypes=floating, zero_preserving=True)
def tan(x: Array) -> Array:
    """Tangent of an angle in radians.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     nan at the infinities
    Source    keras.ops.tan, numpy.tan

    >>> import kgraph as kg
    >>> kg.ops.tan([0.0, 1.0]).round(4)
    array([0.    , 1.5574], dtype=float32)
    """
    return np.tan(x)


tan.sample(_ANGLES)
tan.sample(_WHOLE)


@elementwise(loop="arcsin", dtypes=floating, zero_preserving=True)
def arcsin(x: Array) -> Array:
    """Angle whose sine is x, in radians.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     nan outside -1 .. 1
    Source    keras.ops.arcsin, numpy.arcsin

    >>> import kgraph as kg
    >>> kg.ops.arcsin([0.0, 1.0]).round(4)
    array([0.    , 1.5708], dtype=float32)
    """
    return np.arcsin(x)


arcsin.sample(_UNIT)
arcsin.sample(_WHOLE)


@elementwise(loop="arccos", dtypes=floating)
def arccos(x: Array) -> Array:
    """Angle whose cosine is x, in radians.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     nan outside -1 .. 1
    Source    keras.ops.arccos, numpy.arccos

    >>> import kgraph as kg
    >>> kg.ops.arccos([1.0, 0.0]).round(4)
    array([0.    , 1.5708], dtype=float32)
    """
    return np.arccos(x)


arccos.sample(_UNIT)
arccos.sample(_WHOLE)


@elementwise(loop="arctan", dtypes=floating, zero_preserving=True)
def arctan(x: Array) -> Array:
    """Angle whose tangent is x, in radians.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.arctan, numpy.arctan

    >>> import kgraph as kg
    >>> kg.ops.arctan([0.0, 1.0]).round(4)
    array([0.    , 0.7854], dtype=float32)
    """
    return np.arctan(x)


arctan.sample(_ANGLES)
arctan.sample(_WHOLE)


@elementwise(loop="arctan2", dtypes=floating)
def arctan2(x1: Array, x2: Array) -> Array:
    """Angle of the point with ordinate x1 and abscissa x2, in radians, in the right quadrant.

    Shapes    broadcast as in NumPy
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.arctan2, numpy.arctan2

    >>> import kgraph as kg
    >>> kg.ops.arctan2([1.0, -1.0], -1.0).round(4)
    array([ 2.3562, -2.3562], dtype=float32)
    """
    return np.arctan2(x1, x2)


arctan2.sample(_ANGLES, f32([[2], [-0.5]]))
arctan2.sample(f32([0, -0.0, 1]), f32([-1, -1, 0]))
arctan2.sample(_WHOLE, 2)


@elementwise(loop="sinh", dtypes=floating, zero_preserving=True)
def sinh(x: Array) -> Array:
    """Hyperbolic sine.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.sinh, numpy.sinh

    >>> import kgraph as kg
    >>> kg.ops.sinh([0.0, 1.0]).round(4)
    array([0.    , 1.1752], dtype=float32)
    """
    return np.sinh(x)


sinh.sample(_UNIT * 20)
sinh.sample(_WHOLE)


@elementwise(loop="cosh", dtypes=floating)
def cosh(x: Array) -> Array:
    """Hyperbolic cosine.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.cosh, numpy.cosh

    >>> import kgraph as kg
    >>> kg.ops.cosh([0.0, 1.0]).round(4)
    array([1.    , 1.5431], dtype=float32)
    """
    return np.cosh(x)


cosh.sample(_UNIT * 20)
cosh.sample(_WHOLE)


@elementwise(loop="tanh", dtypes=floating, zero_preserving=True)
def tanh(x: Array) -> Array:
    """Hyperbolic tangent.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     -1 and 1 at the infinities
    Source    keras.ops.tanh, numpy.tanh

    >>> import kgraph as kg
    >>> kg.ops.tanh([0.0, 1.0]).round(4)
    array([0.    , 0.7616], dtype=float32)
    """
    return np.tanh(x)


tanh.sample(_ANGLES)
tanh.sample(_WHOLE)


@elementwise(loop="arcsinh", dtypes=floating, zero_preserving=True)
def arcsinh(x: Array) -> Array:
    """Number whose hyperbolic sine is x.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.arcsinh, numpy.arcsinh

    >>> import kgraph as kg
    >>> kg.ops.arcsinh([0.0, 1.0]).round(4)
    array([0.    , 0.8814], dtype=float32)
    """
    return np.arcsinh(x)


arcsinh.sample(_ANGLES)
arcsinh.sample(_WHOLE)


@elementwise(loop="arccosh", dtypes=floating)
def arccosh(x: Array) -> Array:
    """Number >= 0 whose hyperbolic cosine is x.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     nan below 1
    Source    keras.ops.arccosh, numpy.arccosh

    >>> import kgraph as kg
    >>> kg.ops.arccosh([1.0, 2.0]).round(4)
    array([0.   , 1.317], dtype=float32)
    """
    return np.arccosh(x)


arccosh.sample(f32([[1, 1.5, 100]]))
arccosh.sample(_WHOLE)


@elementwise(loop="arctanh", dtypes=floating, zero_preserving=True)
def arctanh(x: Array) -> Array:
    """Number whose hyperbolic tangent is x.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     the infinities at -1 and 1, nan outside
    Source    keras.ops.arctanh, numpy.arctanh

    >>> import kgraph as kg
    >>> kg.ops.arctanh([0.0, 0.5]).round(4)
    array([0.    , 0.5493], dtype=float32)
    """
    return np.arctanh(x)


arctanh.sample(_UNIT)
arctanh.sample(_WHOLE)


@elementwise(dtypes=floating, zero_preserving=True)
def deg2rad(x: Array) -> Array:
    """Degrees as radians.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.deg2rad, numpy.deg2rad

    >>> import kgraph as kg
    >>> kg.ops.deg2rad([0, 180]).round(4)
    array([0.    , 3.1416], dtype=float32)
    """
    return np.deg2rad(x)


@deg2rad.lower
def _degrees_by_radian(x: Array) -> Array:
    return x * (math.pi / 180)


deg2rad.sample(_ANGLES)


@elementwise(dtypes=floating, zero_preserving=True)
def rad2deg(x: Array) -> Array:
    """Radians as degrees.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.rad2deg, numpy.rad2deg

    >>> import kgraph as kg
    >>> kg.ops.rad2deg([0.0, 1.0]).round(4)
    array([ 0.    , 57.2958], dtype=float32)
    """
    return np.rad2deg(x)


@rad2deg.lower
def _radians_by_degree(x: Array) -> Array:
    return x * (180 / math.pi)


rad2deg.sample(_ANGLES)
