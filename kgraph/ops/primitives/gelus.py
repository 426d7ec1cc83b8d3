"""The two forms of gelu, one loop each; ``gelu`` itself is written with other ops."""

from __future__ import annotations

import math

import numpy as np

from kgraph.ops.dtype_rules import floating
from kgraph.ops.elementwise import elementwise
from kgraph.ops.op import Array
from kgraph.ops.samples import f32
from kgraph.ops.special import erf

_BENDS = f32([-np.inf, -4, -1, -0.5, -0.0, 0, 0.1, 1, 3, np.inf, np.nan])


@elementwise(loop="gelu", dtypes=floating, zero_preserving=True)
def gelu_erf(x: Array) -> Array:
    """``x / 2 * (1 + erf(x / sqrt(2)))``."""
    return x * 0.5 * (1 + erf.reference_function(x * math.sqrt(0.5)))


@elementwise(loop="gelu_tanh", dtypes=floating, zero_preserving=True)
def gelu_tanh(x: Array) -> Array:
    """``x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))``."""
    return x * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


gelu_erf.sample(_BENDS)
gelu_tanh.sample(_BENDS)
