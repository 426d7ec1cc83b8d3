"""Special functions: integrals without a closed form."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import floating, floating_by_width
from kgraph.ops.elementwise import elementwise
from kgraph.ops.op import Array
from kgraph.ops.samples import f32, i32, i64

_TAILS = f32([[-9, -1, -1e-4], [0, 0.5, 3]])


@elementwise(loop="erf", dtypes=floating, zero_preserving=True)
def erf(x: Array) -> Array:
    """Error function: the share of a normal distribution of variance 1/2 within -x .. x.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     -1 and 1 at the infinities
    Source    keras.ops.erf, scipy.special.erf

    >>> import kgraph as kg
    >>> kg.ops.erf([0.0, 1.0]).round(4)
    array([0.    , 0.8427], dtype=float32)
    """
    from scipy import special

    return special.erf(x)


erf.sample(_TAILS)
erf.sample(i32([0, 1]))


@elementwise(loop="erfc", dtypes=floating)
def erfc(x: Array) -> Array:
    """``1 - erf(x)``, exact in the upper tail.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     2 and 0 at the infinities
    Source    keras.ops.erfc, scipy.special.erfc

    >>> import kgraph as kg
    >>> kg.ops.erfc([0.0, 1.0]).round(4)
    array([1.    , 0.1573], dtype=float32)
    """
    from scipy import special

    return special.erfc(x)


erfc.sample(_TAILS)
erfc.sample(i32([0, 1]))


@elementwise(dtypes=floating, zero_preserving=True)
def erfinv(x: Array) -> Array:
    """Inverse of ``erf``: the number whose error function is x.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     infinite at -1 and 1, nan beyond
    Cost      a host step: one pass of SciPy
    Source    keras.ops.erfinv, scipy.special.erfinv

    >>> import kgraph as kg
    >>> kg.ops.erfinv([0.0, 0.5]).round(4)
    array([0.    , 0.4769], dtype=float32)
    """
    from scipy import special

    return special.erfinv(x).astype(x.dtype)


erfinv.sample(f32([[-1, -0.5, 0], [0.25, 1, 1.5]]))
erfinv.sample(i32([0, 1]))


@elementwise(dtypes=floating_by_width)
def i0(x: Array) -> Array:
    """Modified Bessel function of the first kind, of order 0.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``, int64 becomes float64
    Cost      a host step: one pass of SciPy
    Source    keras.ops.i0, numpy.i0, scipy.special.i0

    >>> import kgraph as kg
    >>> kg.ops.i0([0.0, 1.0]).round(4)
    array([1.    , 1.2661], dtype=float32)
    """
    from scipy import special

    return special.i0(x).astype(x.dtype)


i0.sample(f32([[-3, -0.5, 0], [0.25, 1, np.nan]]))
i0.sample(i32([0, 1]))
i0.sample(i64([2]))
