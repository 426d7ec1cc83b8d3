"""Gelu, written out, is one loop.  Exact: the loop takes the same steps in the same order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, Test, is_filled, once, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.steps import FLOATS
from kgraph.ops.primitives.gelus import gelu_erf, gelu_tanh

x = var("x")


def _number(value: float) -> Test:
    """A constant whose elements are all ``value``, as its dtype has it."""
    return Test(lambda node: is_filled(node, np.asarray(value, node.type.dtype).item()))


_half = once(P.multiply(x, _number(0.5)))
_share = once(P.erf(once(P.multiply(x, _number(math.sqrt(0.5))))))
_cube = once(P.multiply(once(P.multiply(x, x)), x))
_cubic = once(P.add(x, once(P.multiply(_cube, _number(0.044715)))))
_about = once(P.tanh(once(P.multiply(_cubic, _number(math.sqrt(2 / math.pi))))))


def _is_plain(x: Tracer, node: Node) -> bool:
    return x.type == node.type and x.dtype in FLOATS


@rule(P.multiply(_half, once(P.add(_share, _number(1)))))
def gelu_is_one_loop(x: Tracer, node: Node) -> Any:
    """x * 0.5 * (erf(x * sqrt(0.5)) + 1) -> gelu_erf(x)."""
    return gelu_erf(x) if _is_plain(x, node) else None


@rule(P.multiply(_half, once(P.add(_about, _number(1)))))
def gelu_by_tanh_is_one_loop(x: Tracer, node: Node) -> Any:
    """x * 0.5 * (tanh((x + x**3 * 0.044715) * sqrt(2 / pi)) + 1) -> gelu_tanh(x)."""
    return gelu_tanh(x) if _is_plain(x, node) else None


RULES = [gelu_is_one_loop, gelu_by_tanh_is_one_loop]
