"""What is true of numbers, and the parts of a complex number, of which graphs hold the real one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import absolute
from kgraph.ops.casting import promoted
from kgraph.ops.creation import full_like, zeros_like
from kgraph.ops.dtype_rules import floating, unchanged
from kgraph.ops.elementwise import elementwise, to_bool
from kgraph.ops.logic import isfinite, isnan, logical_and, logical_or
from kgraph.ops.op import Array, op
from kgraph.ops.reduction import all
from kgraph.ops.samples import f32, i32
from kgraph.types.dtypes import bool as bool_dtype

_X = f32([[1, -2, np.nan], [-0.0, np.inf, -np.inf]])
_WHOLE = i32([[6, -4, 0]])


@elementwise(dtypes=floating, result=to_bool)
def isclose(
    x1: Array, x2: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Array:
    """Whether x1 lies within ``atol + rtol * abs(x2)`` of x2.

    Shapes    broadcast as in NumPy
    Dtypes    all, compared as floats; the result is bool
    Edges     equal infinities are close; nan is close to nothing, or to nan (``equal_nan``)
    Source    keras.ops.isclose, numpy.isclose

    >>> import kgraph as kg
    >>> kg.ops.isclose([1.0, 2.0], [1.0000001, 2.1])
    array([ True, False])
    """
    return np.isclose(x1, x2, rtol, atol, equal_nan)


@isclose.lower
def _near_or_equal(x1: Any, x2: Any, rtol: float, atol: float, equal_nan: bool) -> Any:
    x1, x2 = promoted(isclose, x1, x2)
    near = absolute(x1 - x2) <= absolute(x2) * float(rtol) + float(atol)
    found = logical_or(x1 == x2, logical_and(near, isfinite(x2)))
    return logical_or(found, logical_and(isnan(x1), isnan(x2))) if equal_nan else found


isclose.sample(_X, _X)
isclose.sample(_X, f32([[1.000001, -2.1, np.nan]]), equal_nan=True)
isclose.sample(_WHOLE, 5, rtol=0.25)


@op(dtypes=floating)
def allclose(
    x1: Array, x2: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Array:
    """Whether every element of x1 lies within ``atol + rtol * abs(x2)`` of its element of x2.

    Shapes    broadcast as in NumPy -> ()
    Dtypes    all, compared as floats; the result is bool
    Edges     true where there are no elements; nan is close to nothing, or to nan (``equal_nan``)
    Source    keras.ops.allclose, numpy.allclose

    >>> import kgraph as kg
    >>> kg.ops.allclose([1.0, 2.0], [1.0000001, 2.1])
    array(False)
    """
    return np.all(np.isclose(x1, x2, rtol, atol, equal_nan))


@allclose.lower
@allclose.ragged
def _all_near(x1: Any, x2: Any, rtol: float, atol: float, equal_nan: bool) -> Any:
    return all(isclose(x1, x2, rtol, atol, equal_nan))


allclose.sample(_X, _X)
allclose.sample(_X, _X, equal_nan=True)
allclose.sample(_WHOLE, 5, rtol=9.0)
allclose.sample(np.zeros((0, 2), np.float32), f32([1, 2]))


@elementwise(dtypes=unchanged, result=to_bool)
def isneginf(x: Array) -> Array:
    """True where x is minus infinity.

    Shapes    any; the result has the shape of x
    Dtypes    all; integers are never infinite; the result is bool
    Source    keras.ops.isneginf, numpy.isneginf

    >>> import kgraph as kg
    >>> kg.ops.isneginf([1.0, float("-inf")])
    array([False,  True])
    """
    return np.asarray(x) == -np.inf


@isneginf.lower
def _is_minus_infinity(x: Any) -> Any:
    return x == -math.inf


@elementwise(dtypes=unchanged, result=to_bool)
def isposinf(x: Array) -> Array:
    """True where x is plus infinity.

    Shapes    any; the result has the shape of x
    Dtypes    all; integers are never infinite; the result is bool
    Source    keras.ops.isposinf, numpy.isposinf

    >>> import kgraph as kg
    >>> kg.ops.isposinf([1.0, float("inf")])
    array([False,  True])
    """
    return np.asarray(x) == np.inf


@isposinf.lower
def _is_plus_infinity(x: Any) -> Any:
    return x == math.inf


@elementwise(dtypes=unchanged, result=to_bool)
def isreal(x: Array) -> Array:
    """True everywhere: graphs hold real numbers.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result is bool
    Source    keras.ops.isreal, numpy.isreal

    >>> import kgraph as kg
    >>> kg.ops.isreal([1.0, float("nan")])
    array([ True,  True])
    """
    return np.isreal(x)


@isreal.lower
def _always(x: Any) -> Any:
    return full_like(x, True, bool_dtype)


@elementwise(dtypes=unchanged, zero_preserving=True)
def real(x: Array) -> Array:
    """The real part: x itself.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.real, numpy.real

    >>> import kgraph as kg
    >>> kg.ops.real([1.0, -2.0])
    array([ 1., -2.], dtype=float32)
    """
    return np.real(x)


@elementwise(dtypes=unchanged, zero_preserving=True)
def conj(x: Array) -> Array:
    """The complex conjugate: x itself.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.conj, numpy.conjugate

    >>> import kgraph as kg
    >>> kg.ops.conj([1.0, -2.0])
    array([ 1., -2.], dtype=float32)
    """
    return np.asarray(x)


@real.lower
@conj.lower
def _itself(x: Any) -> Any:
    return x


@elementwise(dtypes=unchanged, zero_preserving=True)
def imag(x: Array) -> Array:
    """The imaginary part: zeros.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.imag, numpy.imag

    >>> import kgraph as kg
    >>> kg.ops.imag([1.0, -2.0])
    array([0., 0.], dtype=float32)
    """
    return np.imag(x)


@imag.lower
def _nothing(x: Any) -> Any:
    return zeros_like(x)


for _op in (isneginf, isposinf, isreal, real, conj, imag):
    _op.sample(_X)
    _op.sample(_WHOLE)

conjugate = conj
