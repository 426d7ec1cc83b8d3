"""Truth values, and what is true of a float."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import boolean, floating
from kgraph.ops.elementwise import elementwise, to_bool
from kgraph.ops.op import Array
from kgraph.ops.samples import f32, i32

_TRUTHS = np.array([[True, False, True]]), np.array([[False], [True]])


@elementwise(loop="logical_and", dtypes=boolean)
def logical_and(x1: Array, x2: Array) -> Array:
    """True where both are.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all, taken as truth values: everything but 0 is true; the result is bool
    Source    keras.ops.logical_and, numpy.logical_and

    >>> import kgraph as kg
    >>> kg.ops.logical_and([True, True], [True, False])
    array([ True, False])
    """
    return np.logical_and(x1, x2)


logical_and.sample(*_TRUTHS)
logical_and.sample(f32([0, 0.5, np.nan]), i32([1, 1, 1]))


@elementwise(loop="logical_or", dtypes=boolean)
def logical_or(x1: Array, x2: Array) -> Array:
    """True where either is.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all, taken as truth values: everything but 0 is true; the result is bool
    Source    keras.ops.logical_or, numpy.logical_or

    >>> import kgraph as kg
    >>> kg.ops.logical_or([True, False], [False, False])
    array([ True, False])
    """
    return np.logical_or(x1, x2)


logical_or.sample(*_TRUTHS)
logical_or.sample(f32([0, 0.5, np.nan]), 0)


@elementwise(loop="logical_xor", dtypes=boolean)
def logical_xor(x1: Array, x2: Array) -> Array:
    """True where one is and the other is not.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all, taken as truth values: everything but 0 is true; the result is bool
    Source    keras.ops.logical_xor, numpy.logical_xor

    >>> import kgraph as kg
    >>> kg.ops.logical_xor([True, False], [True, True])
    array([False,  True])
    """
    return np.logical_xor(x1, x2)


logical_xor.sample(*_TRUTHS)
logical_xor.sample(i32([0, 2, -1]), True)


@elementwise(loop="logical_not", dtypes=boolean)
def logical_not(x: Array) -> Array:
    """True where x is not.

    Shapes    any; the result has the shape of x
    Dtypes    all, taken as truth values: everything but 0 is true; the result is bool
    Source    keras.ops.logical_not, numpy.logical_not

    >>> import kgraph as kg
    >>> kg.ops.logical_not([1.0, 0.0])
    array([False,  True])
    """
    return np.logical_not(x)


logical_not.sample(_TRUTHS[0])
logical_not.sample(f32([[0], [np.nan], [2]]))


@elementwise(loop="isnan", dtypes=floating, result=to_bool)
def isnan(x: Array) -> Array:
    """True where x is nan.

    Shapes    any; the result has the shape of x
    Dtypes    all; integers are never nan; the result is bool
    Source    keras.ops.isnan, numpy.isnan

    >>> import kgraph as kg
    >>> kg.ops.isnan([1.0, float("nan")])
    array([False,  True])
    """
    return np.isnan(x)


isnan.sample(f32([[1, np.nan, -np.inf]]))
isnan.sample(i32([1, 0]))


@elementwise(loop="isinf", dtypes=floating, result=to_bool)
def isinf(x: Array) -> Array:
    """True where x is infinite.

    Shapes    any; the result has the shape of x
    Dtypes    all; integers are never infinite; the result is bool
    Source    keras.ops.isinf, numpy.isinf

    >>> import kgraph as kg
    >>> kg.ops.isinf([1.0, float("-inf")])
    array([False,  True])
    """
    return np.isinf(x)


isinf.sample(f32([[1, np.nan, -np.inf]]))
isinf.sample(i32([1, 0]))


@elementwise(loop="isfinite", dtypes=floating, result=to_bool)
def isfinite(x: Array) -> Array:
    """True where x is neither infinite nor nan.

    Shapes    any; the result has the shape of x
    Dtypes    all; integers are always finite; the result is bool
    Source    keras.ops.isfinite, numpy.isfinite

    >>> import kgraph as kg
    >>> kg.ops.isfinite([1.0, float("-inf")])
    array([ True, False])
    """
    return np.isfinite(x)


isfinite.sample(f32([[1, np.nan, -np.inf]]))
isfinite.sample(i32([1, 0]))
