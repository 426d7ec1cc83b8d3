"""Activation functions with a threshold: they move, cut or replace what lies beyond it."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import arithmetic, floating
from kgraph.ops.elementwise import elementwise
from kgraph.ops.exponential import square
from kgraph.ops.op import Array
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import clip, where
from kgraph.ops.trigonometric import tanh

_BENDS = f32([[-90, -6, -3, -2.5, -1, -0.25], [0, 0.25, 0.5, 1, 3, 90]])
_WHOLE = i32([[-7, -1, 0], [2, 6, 8]])


@elementwise(dtypes=floating, zero_preserving=True)
def tanh_shrink(x: Array) -> Array:
    """``x - tanh(x)``.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.tanh_shrink

    >>> import kgraph as kg
    >>> kg.ops.tanh_shrink([0.0, 2.0]).round(4)
    array([0.   , 1.036], dtype=float32)
    """
    return x - np.tanh(x)


@tanh_shrink.lower
def _(x: Array) -> Array:
    return x - tanh(x)


tanh_shrink.sample(_BENDS)
tanh_shrink.sample(_WHOLE)


@elementwise(dtypes=floating, zero_preserving=True)
def soft_shrink(x: Array, threshold: float = 0.5) -> Array:
    """x moved towards zero by ``threshold``; zero where it would pass it.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.soft_shrink

    >>> import kgraph as kg
    >>> kg.ops.soft_shrink([-1.0, 0.25, 2.0])
    array([-0.5,  0. ,  1.5], dtype=float32)
    """
    return x - np.clip(x, -threshold, threshold)


@soft_shrink.lower
def _(x: Array, threshold: float) -> Array:
    return x - clip(x, -float(threshold), float(threshold))


soft_shrink.sample(_BENDS)
soft_shrink.sample(_WHOLE, threshold=1)


@elementwise(dtypes=floating, zero_preserving=True)
def hard_shrink(x: Array, threshold: float = 0.5) -> Array:
    """x where it lies further than ``threshold`` from zero, else zero.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.hard_shrink

    >>> import kgraph as kg
    >>> kg.ops.hard_shrink([-1.0, 0.25, 2.0])
    array([-1.,  0.,  2.], dtype=float32)
    """
    return np.where(np.abs(x) > threshold, x, 0)


@hard_shrink.lower
def _(x: Array, threshold: float) -> Array:
    return where(abs(x) > float(threshold), x, 0.0)


hard_shrink.sample(_BENDS)
hard_shrink.sample(_WHOLE, threshold=1)


@elementwise(dtypes=arithmetic)
def threshold(x: Array, threshold: float, default_value: float) -> Array:
    """x where it is above ``threshold``, else ``default_value``.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x, bools count as int32
    Source    keras.ops.threshold

    >>> import kgraph as kg
    >>> kg.ops.threshold([0.25, 2.0], 0.5, -1.0)
    array([-1.,  2.], dtype=float32)
    """
    return np.where(x > threshold, x, x.dtype.type(default_value))


@threshold.lower
def _(x: Array, threshold: float, default_value: float) -> Array:
    integers = x.dtype.kind in "biu"
    return where(x > threshold, x, int(default_value) if integers else float(default_value))


threshold.sample(_BENDS, threshold=0.5, default_value=-1.0)
threshold.sample(_WHOLE, threshold=1, default_value=20)


@elementwise(dtypes=floating)
def sparse_plus(x: Array) -> Array:
    """0 below -1, x above 1, a parabola between: the softplus of sparsemax.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.sparse_plus

    >>> import kgraph as kg
    >>> kg.ops.sparse_plus([-2.0, 0.0, 3.0])
    array([0.  , 0.25, 3.  ], dtype=float32)
    """
    return np.where(x <= -1, 0, np.where(x < 1, np.square(x + 1) / 4, x))


@sparse_plus.lower
def _(x: Array) -> Array:
    return where(x <= -1, 0.0, where(x < 1, square(x + 1) * 0.25, x))


sparse_plus.sample(_BENDS)
sparse_plus.sample(_WHOLE)
