"""Activation functions that bend: piecewise ones, and those made of exponentials."""

from __future__ import annotations

import math

import numpy as np

from kgraph.ops.dtype_rules import arithmetic, floating
from kgraph.ops.elementwise import elementwise
from kgraph.ops.exponential import expm1, sqrt, square
from kgraph.ops.op import Array
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import minimum, where
from kgraph.ops.special import erf
from kgraph.ops.trigonometric import tanh

_BENDS = f32([[-90, -6, -3, -2.5, -1, -0.25], [0, 0.25, 0.5, 1, 3, 90]])
_WHOLE = i32([[-7, -1, 0], [2, 6, 8]])


@elementwise(loop="relu", dtypes=arithmetic, zero_preserving=True)
def relu(x: Array) -> Array:
    """``max(x, 0)``.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x, bools count as int32
    Edges     nan stays nan
    Source    keras.ops.relu

    >>> import kgraph as kg
    >>> kg.ops.relu([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    """
    return np.maximum(x, 0)


relu.sample(_BENDS)
relu.sample(_WHOLE)


@elementwise(dtypes=arithmetic, zero_preserving=True)
def relu6(x: Array) -> Array:
    """``min(max(x, 0), 6)``.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x, bools count as int32
    Source    keras.ops.relu6

    >>> import kgraph as kg
    >>> kg.ops.relu6([-1.0, 2.0, 9.0])
    array([0., 2., 6.], dtype=float32)
    """
    return np.clip(x, 0, 6)


@relu6.lower
def _(x: Array) -> Array:
    return minimum(relu(x), 6)


relu6.sample(_BENDS)
relu6.sample(_WHOLE)


@elementwise(dtypes=floating, zero_preserving=True)
def leaky_relu(x: Array, negative_slope: float = 0.2) -> Array:
    """x above zero, ``negative_slope * x`` below.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.leaky_relu

    >>> import kgraph as kg
    >>> kg.ops.leaky_relu([-1.0, 2.0])
    array([-0.2,  2. ], dtype=float32)
    """
    return np.where(x > 0, x, x * x.dtype.type(negative_slope))


@leaky_relu.lower
def _(x: Array, negative_slope: float) -> Array:
    return where(x > 0, x, x * float(negative_slope))


leaky_relu.sample(_BENDS)
leaky_relu.sample(_BENDS, negative_slope=0)
leaky_relu.sample(_WHOLE, negative_slope=1.5)


@elementwise(dtypes=floating, zero_preserving=True)
def elu(x: Array, alpha: float = 1.0) -> Array:
    """x above zero, ``alpha * (exp(x) - 1)`` below.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.elu; Clevert et al., ICLR 2016

    >>> import kgraph as kg
    >>> kg.ops.elu([-1.0, 2.0]).round(4)
    array([-0.6321,  2.    ], dtype=float32)
    """
    return np.where(x > 0, x, x.dtype.type(alpha) * np.expm1(x))


@elu.lower
def _(x: Array, alpha: float) -> Array:
    below = expm1(x)
    return where(x > 0, x, below if alpha == 1 else below * float(alpha))


elu.sample(_BENDS)
elu.sample(_WHOLE, alpha=0.5)

_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772


@elementwise(dtypes=floating, zero_preserving=True)
def selu(x: Array) -> Array:
    """Scaled ``elu`` that keeps mean 0 and variance 1 from layer to layer.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.selu; Klambauer et al., NeurIPS 2017

    >>> import kgraph as kg
    >>> kg.ops.selu([-1.0, 2.0]).round(4)
    array([-1.1113,  2.1014], dtype=float32)
    """
    scale, alpha = x.dtype.type(_SELU_SCALE), x.dtype.type(_SELU_ALPHA)
    return scale * np.where(x > 0, x, alpha * np.expm1(x))


@selu.lower
def _(x: Array) -> Array:
    return elu(x, _SELU_ALPHA) * _SELU_SCALE


selu.sample(_BENDS)
selu.sample(_WHOLE)


@elementwise(dtypes=floating, zero_preserving=True)
def celu(x: Array, alpha: float = 1.0) -> Array:
    """x above zero, ``alpha * (exp(x / alpha) - 1)`` below.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.celu; Barron 2017

    >>> import kgraph as kg
    >>> kg.ops.celu([-1.0, 2.0], alpha=2.0).round(4)
    array([-0.7869,  2.    ], dtype=float32)
    """
    slope = x.dtype.type(alpha)
    return np.where(x > 0, x, slope * np.expm1(x / slope))


@celu.lower
def _(x: Array, alpha: float) -> Array:
    return where(x > 0, x, expm1(x / float(alpha)) * float(alpha))


celu.sample(_BENDS)
celu.sample(_WHOLE, alpha=0.5)


@elementwise(dtypes=floating, zero_preserving=True)
def gelu(x: Array, approximate: bool = True) -> Array:
    """x times the normal distribution's share below x.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     ``approximate`` takes tanh for the distribution; the ``Activation`` layer does not
    Source    keras.ops.gelu; Hendrycks and Gimpel 2016

    >>> import kgraph as kg
    >>> kg.ops.gelu([-1.0, 2.0]).round(4)
    array([-0.1588,  1.9546], dtype=float32)
    """
    if approximate:
        return x * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x * 0.5 * (1 + erf.reference_function(x * math.sqrt(0.5)))


@gelu.lower
def _(x: Array, approximate: bool) -> Array:
    half = x * 0.5
    if approximate:
        return half * (tanh((x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)) + 1)
    return half * (erf(x * math.sqrt(0.5)) + 1)


gelu.sample(_BENDS)
gelu.sample(_BENDS, approximate=False)
gelu.sample(_WHOLE)


@elementwise(loop="softplus", dtypes=floating)
def softplus(x: Array) -> Array:
    """``log(1 + exp(x))``, without overflow.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.softplus

    >>> import kgraph as kg
    >>> kg.ops.softplus([0.0, 100.0]).round(4)
    array([  0.6931, 100.    ], dtype=float32)
    """
    return np.logaddexp(x, x.dtype.type(0))


softplus.sample(_BENDS)
softplus.sample(_WHOLE)


@elementwise(dtypes=floating, zero_preserving=True)
def softsign(x: Array) -> Array:
    """``x / (1 + abs(x))``.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.softsign

    >>> import kgraph as kg
    >>> kg.ops.softsign([-1.0, 3.0])
    array([-0.5 ,  0.75], dtype=float32)
    """
    return x / (1 + np.abs(x))


@softsign.lower
def _(x: Array) -> Array:
    return x / (abs(x) + 1)


softsign.sample(_BENDS)
softsign.sample(_WHOLE)


@elementwise(dtypes=floating, zero_preserving=True)
def mish(x: Array) -> Array:
    """``x * tanh(softplus(x))``.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.activations.mish; Misra, BMVC 2020

    >>> import kgraph as kg
    >>> kg.ops.mish([-1.0, 2.0]).round(4)
    array([-0.3034,  1.944 ], dtype=float32)
    """
    return x * np.tanh(np.logaddexp(x, x.dtype.type(0)))


@mish.lower
def _(x: Array) -> Array:
    return x * tanh(softplus(x))


mish.sample(_BENDS)
mish.sample(_WHOLE)


@elementwise(dtypes=floating)
def squareplus(x: Array, b: float = 4) -> Array:
    """``(x + sqrt(x**2 + b)) / 2``: a softplus made of a root.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.squareplus; Barron 2021

    >>> import kgraph as kg
    >>> kg.ops.squareplus([-1.5, 0.0, 1.5])
    array([0.5, 1. , 2. ], dtype=float32)
    """
    return (x + np.sqrt(x * x + x.dtype.type(b))) / 2


@squareplus.lower
def _(x: Array, b: float) -> Array:
    return (x + sqrt(square(x) + float(b))) * 0.5


squareplus.sample(_BENDS)
squareplus.sample(_WHOLE, b=1)
