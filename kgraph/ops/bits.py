"""Bits of integers."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import integral, shifting
from kgraph.ops.elementwise import elementwise
from kgraph.ops.logic import logical_not
from kgraph.ops.op import Array
from kgraph.ops.samples import i32, u8

_TRUTHS = np.array([[True, False, True]]), np.array([[False], [True]])
_BITS = i32([[6, -1, 0]]), i32([[3], [8]])


@elementwise(loop="bitwise_and", dtypes=integral)
def bitwise_and(x1: Array, x2: Array) -> Array:
    """Bits that both have.

    Shapes    broadcast as in NumPy
    Dtypes    bool and integers
    Errors    TypeError on floats
    Source    keras.ops.bitwise_and, numpy.bitwise_and

    >>> import kgraph as kg
    >>> kg.ops.bitwise_and([6, 5], 3)
    array([2, 1], dtype=int32)
    """
    return np.bitwise_and(x1, x2)


bitwise_and.sample(*_BITS)
bitwise_and.sample(*_TRUTHS)


@elementwise(loop="bitwise_or", dtypes=integral)
def bitwise_or(x1: Array, x2: Array) -> Array:
    """Bits that either has.

    Shapes    broadcast as in NumPy
    Dtypes    bool and integers
    Errors    TypeError on floats
    Source    keras.ops.bitwise_or, numpy.bitwise_or

    >>> import kgraph as kg
    >>> kg.ops.bitwise_or([6, 5], 3)
    array([7, 7], dtype=int32)
    """
    return np.bitwise_or(x1, x2)


bitwise_or.sample(*_BITS)
bitwise_or.sample(*_TRUTHS)


@elementwise(loop="bitwise_xor", dtypes=integral)
def bitwise_xor(x1: Array, x2: Array) -> Array:
    """Bits that one has and the other has not.

    Shapes    broadcast as in NumPy
    Dtypes    bool and integers
    Errors    TypeError on floats
    Source    keras.ops.bitwise_xor, numpy.bitwise_xor

    >>> import kgraph as kg
    >>> kg.ops.bitwise_xor([6, 5], 3)
    array([5, 6], dtype=int32)
    """
    return np.bitwise_xor(x1, x2)


bitwise_xor.sample(*_BITS)
bitwise_xor.sample(*_TRUTHS)


@elementwise(loop="invert", dtypes=shifting)
def invert(x: Array) -> Array:
    """Every bit of an integer turned over.

    Shapes    any; the result has the shape of x
    Dtypes    integers; bools count as int32: ``bitwise_invert`` knows them as truth values
    Source    numpy.invert

    >>> from kgraph.ops.bits import invert
    >>> import numpy as np
    >>> invert(np.int8([0, 5]))
    array([-1, -6], dtype=int8)
    """
    return np.invert(x)


invert.sample(i32([[6, -1, 0]]))


@elementwise(dtypes=integral)
def bitwise_invert(x: Array) -> Array:
    """Every bit turned over; of a bool: the other one.

    Shapes    any; the result has the shape of x
    Dtypes    bool and integers
    Errors    TypeError on floats
    Source    keras.ops.bitwise_invert, numpy.invert

    >>> import kgraph as kg
    >>> kg.ops.bitwise_invert([0, 5])
    array([-1, -6], dtype=int32)
    """
    return np.invert(x)


@bitwise_invert.lower
def _invert_bits(x: Array) -> Array:
    return logical_not(x) if x.dtype.kind == "b" else invert(x)


bitwise_invert.sample(i32([[6, -1, 0]]))
bitwise_invert.sample(_TRUTHS[0])


@elementwise(loop="left_shift", dtypes=shifting)
def left_shift(x1: Array, x2: Array) -> Array:
    """Bits of x1 moved x2 places up.

    Shapes    broadcast as in NumPy
    Dtypes    integers; bools count as int32
    Edges     shifting out all bits gives 0
    Errors    TypeError on floats
    Source    keras.ops.left_shift, numpy.left_shift

    >>> import kgraph as kg
    >>> kg.ops.left_shift([1, 5], 2)
    array([ 4, 20], dtype=int32)
    """
    return np.left_shift(x1, x2)


left_shift.sample(*_BITS)
left_shift.sample(u8([1, 3, 255]), 3)


@elementwise(loop="right_shift", dtypes=shifting)
def right_shift(x1: Array, x2: Array) -> Array:
    """Bits of x1 moved x2 places down; the sign stays.

    Shapes    broadcast as in NumPy
    Dtypes    integers; bools count as int32
    Edges     shifting out all bits gives 0, or -1 for a negative number
    Errors    TypeError on floats
    Source    keras.ops.right_shift, numpy.right_shift

    >>> import kgraph as kg
    >>> kg.ops.right_shift([20, -5], 2)
    array([ 5, -2], dtype=int32)
    """
    return np.right_shift(x1, x2)


right_shift.sample(*_BITS)
right_shift.sample(u8([1, 3, 255]), 3)

bitwise_not = bitwise_invert
bitwise_left_shift = left_shift
bitwise_right_shift = right_shift
