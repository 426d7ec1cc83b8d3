"""Rounding to whole numbers, and to a number of decimals."""

from __future__ import annotations

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import arithmetic, floating
from kgraph.ops.elementwise import elementwise
from kgraph.ops.op import Array
from kgraph.ops.samples import f32, i32
from kgraph.types.dtypes import int32

_HALVES = f32([[-2.5, -1.5, -0.5], [0.5, 1.26, np.inf]])
_WHOLE = i32([-25, 0, 135])


@elementwise(loop="floor", dtypes=floating, zero_preserving=True)
def floor(x: Array) -> Array:
    """Greatest whole number that is not above x.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.floor, numpy.floor

    >>> import kgraph as kg
    >>> kg.ops.floor([1.5, -1.5])
    array([ 1., -2.], dtype=float32)
    """
    return np.floor(x)


floor.sample(_HALVES)
floor.sample(_WHOLE)


@elementwise(loop="ceil", dtypes=floating, zero_preserving=True)
def ceil(x: Array) -> Array:
    """Least whole number that is not below x.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.ceil, numpy.ceil

    >>> import kgraph as kg
    >>> kg.ops.ceil([1.5, -1.5])
    array([ 2., -1.], dtype=float32)
    """
    return np.ceil(x)


ceil.sample(_HALVES)
ceil.sample(_WHOLE)


@elementwise(loop="trunc", zero_preserving=True)
def trunc(x: Array) -> Array:
    """x without its fraction: rounded towards zero.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.trunc, numpy.trunc

    >>> import kgraph as kg
    >>> kg.ops.trunc([1.5, -1.5])
    array([ 1., -1.], dtype=float32)
    """
    return np.trunc(x)


trunc.sample(_HALVES)
trunc.sample(_WHOLE)


@elementwise(loop="round", dtypes=floating, zero_preserving=True)
def rint(x: Array) -> Array:
    """Nearest whole number; halves go to the even one.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    numpy.rint

    >>> from kgraph.ops.rounding import rint
    >>> rint([0.5, 1.5, -0.7])
    array([ 0.,  2., -1.], dtype=float32)
    """
    return np.rint(x)


rint.sample(_HALVES)


@elementwise(dtypes=arithmetic, zero_preserving=True)
def round(x: Array, decimals: int = 0) -> Array:
    """x rounded to ``decimals`` places after the point; halves go to the even neighbour.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x, bools count as int32
    Edges     negative ``decimals`` round to tens, hundreds, ...; integers too
    Source    keras.ops.round, numpy.round

    >>> import kgraph as kg
    >>> kg.ops.round([0.5, 1.5, 2.26], decimals=1)
    array([0.5, 1.5, 2.3], dtype=float32)
    """
    return np.round(x, decimals)


@round.lower
def _round_scaled(x: Array, decimals: int) -> Array:
    if x.dtype.kind in "biu":
        return _round_integers(x, decimals)
    if decimals == 0:
        return rint(x)
    scale = 10.0 ** abs(decimals)
    return rint(x * scale) / scale if decimals > 0 else rint(x / scale) * scale


def _round_integers(x: Array, decimals: int) -> Array:
    """Whole numbers to whole tens: the rest below half goes, above half it comes."""
    x = cast(x, int32) if x.dtype.kind == "b" else x
    if decimals >= 0:
        return x
    scale = 10**-decimals
    tens = x // scale
    rest = x - tens * scale
    up = (rest * 2 > scale) | ((rest * 2 == scale) & (tens % 2 == 1))
    return (tens + cast(up, x.dtype)) * scale


round.sample(_HALVES)
round.sample(_HALVES, decimals=1)
round.sample(f32([[1234, -55, 150]]), decimals=-2)
round.sample(_WHOLE)
round.sample(_WHOLE, decimals=-1)
