"""Comparisons: two elements in, one truth value out."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import common
from kgraph.ops.elementwise import elementwise, to_bool
from kgraph.ops.op import Array
from kgraph.ops.samples import f32, i32

_FLOATS = f32([[1, -2, np.nan], [0.5, 3, np.inf]]), f32([[1], [3]])
_INTS = i32([3, -4, 0]), 0


@elementwise(loop="equal", dtypes=common, result=to_bool)
def equal(x1: Array, x2: Array) -> Array:
    """``x1 == x2``, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all, compared in the promoted dtype; the result is bool
    Edges     nan equals nothing, itself included
    Source    keras.ops.equal, numpy.equal

    >>> import kgraph as kg
    >>> kg.ops.equal([1, 2], 2)
    array([False,  True])
    """
    return np.equal(x1, x2)


equal.sample(*_FLOATS)
equal.sample(*_INTS)


@elementwise(loop="not_equal", dtypes=common, result=to_bool)
def not_equal(x1: Array, x2: Array) -> Array:
    """``x1 != x2``, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all, compared in the promoted dtype; the result is bool
    Edges     nan differs from everything, itself included
    Source    keras.ops.not_equal, numpy.not_equal

    >>> import kgraph as kg
    >>> kg.ops.not_equal([1, 2], 2)
    array([ True, False])
    """
    return np.not_equal(x1, x2)


not_equal.sample(*_FLOATS)
not_equal.sample(*_INTS)


@elementwise(loop="less", dtypes=common, result=to_bool)
def less(x1: Array, x2: Array) -> Array:
    """``x1 < x2``, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all, compared in the promoted dtype; the result is bool
    Edges     False where either is nan
    Source    keras.ops.less, numpy.less

    >>> import kgraph as kg
    >>> kg.ops.less([1, 2], 2)
    array([ True, False])
    """
    return np.less(x1, x2)


less.sample(*_FLOATS)
less.sample(*_INTS)


@elementwise(loop="less_equal", dtypes=common, result=to_bool)
def less_equal(x1: Array, x2: Array) -> Array:
    """``x1 <= x2``, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all, compared in the promoted dtype; the result is bool
    Edges     False where either is nan
    Source    keras.ops.less_equal, numpy.less_equal

    >>> import kgraph as kg
    >>> kg.ops.less_equal([1, 2, 3], 2)
    array([ True,  True, False])
    """
    return np.less_equal(x1, x2)


less_equal.sample(*_FLOATS)
less_equal.sample(*_INTS)


@elementwise(loop="greater", dtypes=common, result=to_bool)
def greater(x1: Array, x2: Array) -> Array:
    """``x1 > x2``, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all, compared in the promoted dtype; the result is bool
    Edges     False where either is nan
    Source    keras.ops.greater, numpy.greater

    >>> import kgraph as kg
    >>> kg.ops.greater([1, 3], 2)
    array([False,  True])
    """
    return np.greater(x1, x2)


greater.sample(*_FLOATS)
greater.sample(*_INTS)


@elementwise(loop="greater_equal", dtypes=common, result=to_bool)
def greater_equal(x1: Array, x2: Array) -> Array:
    """``x1 >= x2``, element by element.

    Shapes    broadcast as in NumPy; on ragged values rows must have equal lengths
    Dtypes    all, compared in the promoted dtype; the result is bool
    Edges     False where either is nan
    Source    keras.ops.greater_equal, numpy.greater_equal

    >>> import kgraph as kg
    >>> kg.ops.greater_equal([1, 2, 3], 2)
    array([False,  True,  True])
    """
    return np.greater_equal(x1, x2)


greater_equal.sample(*_FLOATS)
greater_equal.sample(*_INTS)
