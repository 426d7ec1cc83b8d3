"""The logistic function and its kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.dtype_rules import arithmetic, floating
from kgraph.ops.elementwise import elementwise
from kgraph.ops.indexing import take_range
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import clip
from kgraph.types.errors import ShapeError, message

_BENDS = f32([[-90, -6, -3, -2.5, -1, -0.25], [0, 0.25, 0.5, 1, 3, 90]])
_WHOLE = i32([[-7, -1], [0, 2]])


@elementwise(loop="sigmoid", dtypes=floating)
def sigmoid(x: Array) -> Array:
    """``1 / (1 + exp(-x))``.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     0 and 1 at the infinities
    Source    keras.ops.sigmoid

    >>> import kgraph as kg
    >>> kg.ops.sigmoid([0.0, 1.0]).round(4)
    array([0.5   , 0.7311], dtype=float32)
    """
    small = np.exp(-np.abs(x))  # never overflows
    return np.where(x >= 0, 1, small) / (1 + small)


sigmoid.sample(_BENDS)
sigmoid.sample(_WHOLE)


@elementwise(loop="log_sigmoid", dtypes=floating)
def log_sigmoid(x: Array) -> Array:
    """``log(sigmoid(x))``, without underflow.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.log_sigmoid

    >>> import kgraph as kg
    >>> kg.ops.log_sigmoid([0.0, -100.0]).round(4)
    array([  -0.6931, -100.    ], dtype=float32)
    """
    return -np.logaddexp(-x, x.dtype.type(0))


log_sigmoid.sample(_BENDS)
log_sigmoid.sample(_WHOLE)


@elementwise(dtypes=floating, zero_preserving=True)
def silu(x: Array) -> Array:
    """``x * sigmoid(x)``, also called swish.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.silu; Ramachandran et al. 2017

    >>> import kgraph as kg
    >>> kg.ops.silu([0.0, 1.0]).round(4)
    array([0.    , 0.7311], dtype=float32)
    """
    return x * sigmoid.reference_function(x)


@silu.lower
def _(x: Array) -> Array:
    return x * sigmoid(x)


silu.sample(_BENDS)
silu.sample(_WHOLE)


@elementwise(dtypes=floating)
def hard_sigmoid(x: Array) -> Array:
    """``x / 6 + 1/2``, cut to 0 .. 1.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.hard_sigmoid

    >>> import kgraph as kg
    >>> kg.ops.hard_sigmoid([-9.0, 0.0, 1.5])
    array([0.  , 0.5 , 0.75], dtype=float32)
    """
    return np.clip(x / 6 + x.dtype.type(0.5), 0, 1)


@hard_sigmoid.lower
def _(x: Array) -> Array:
    return clip(x / 6 + 0.5, 0, 1)


hard_sigmoid.sample(_BENDS)
hard_sigmoid.sample(_WHOLE)


@elementwise(dtypes=floating, zero_preserving=True)
def hard_silu(x: Array) -> Array:
    """``x * hard_sigmoid(x)``, also called hard swish.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.hard_silu; Howard et al., ICCV 2019

    >>> import kgraph as kg
    >>> kg.ops.hard_silu([-9.0, 0.0, 1.5])
    array([-0.   ,  0.   ,  1.125], dtype=float32)
    """
    return x * np.clip(x / 6 + x.dtype.type(0.5), 0, 1)


@hard_silu.lower
def _(x: Array) -> Array:
    return x * hard_sigmoid(x)


hard_silu.sample(_BENDS)
hard_silu.sample(_WHOLE)


@elementwise(dtypes=arithmetic, zero_preserving=True)
def hard_tanh(x: Array) -> Array:
    """x, cut to -1 .. 1.

    Shapes    any; the result has the shape of x
    Dtypes    all; the result has the dtype of x, bools count as int32
    Source    keras.ops.hard_tanh

    >>> import kgraph as kg
    >>> kg.ops.hard_tanh([-9.0, 0.5, 1.5])
    array([-1. ,  0.5,  1. ], dtype=float32)
    """
    return np.clip(x, -1, 1)


@hard_tanh.lower
def _(x: Array) -> Array:
    return clip(x, 0 if x.dtype.kind == "u" else -1, 1)


hard_tanh.sample(_BENDS)
hard_tanh.sample(_WHOLE)


@elementwise(dtypes=floating)
def sparse_sigmoid(x: Array) -> Array:
    """``(x + 1) / 2``, cut to 0 .. 1.

    Shapes    any; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Source    keras.ops.sparse_sigmoid

    >>> import kgraph as kg
    >>> kg.ops.sparse_sigmoid([-9.0, 0.0, 0.5])
    array([0.  , 0.5 , 0.75], dtype=float32)
    """
    return np.clip((x + 1) / 2, 0, 1)


@sparse_sigmoid.lower
def _(x: Array) -> Array:
    return clip((x + 1) * 0.5, 0, 1)


sparse_sigmoid.sample(_BENDS)
sparse_sigmoid.sample(_WHOLE)


@op(dtypes=floating)
def glu(x: Array, axis: int = -1) -> Array:
    """The first half of x along ``axis``, weighted by the sigmoid of the second half.

    Shapes    any with an even size on ``axis``; that size is halved
    Dtypes    float; integers become ``floatx()``
    Errors    ValueError where the size is odd or unknown
    Source    keras.ops.glu; Dauphin et al., ICML 2017

    >>> import kgraph as kg
    >>> kg.ops.glu([4.0, 0.0])
    array([2.], dtype=float32)
    """
    first, second = np.split(x, 2, axis)
    return first * sigmoid.reference_function(second)


@glu.lower
def _halve_and_gate(x: Array, axis: int) -> Array:
    dims = dims_of(x)
    axis = one_axis("glu", axis, len(dims))
    size = dims[axis]
    if not isinstance(size, int) or size % 2:
        raise ShapeError(
            message("glu: cannot halve this axis", received=f"size {size}", expected="an even size")
        )
    return take_range(x, axis, 0, size // 2) * sigmoid(take_range(x, axis, size // 2, size))


@glu.ragged
def _glu_of_items(x: Any, axis: int) -> Any:
    axis = one_axis("glu", axis, x.type.ndim)
    if axis <= x.type.ragged_rank:
        raise ShapeError(f"glu: axis {axis} of a ragged value has no halves; take an inner axis")
    return x.with_flat_values(glu(x.flat_values, axis - x.type.ragged_rank))


glu.sample(_BENDS)
glu.sample(_BENDS, axis=0)

swish = silu
hard_swish = hard_silu
