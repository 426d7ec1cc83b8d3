"""Arithmetic that does nothing, or less than it says.

Every rule here is exact, to the bit and for NaN and -0.0 too (a NaN may come out with another
payload), save ``power_of_two_is_square`` and ``power_of_minus_one_is_reciprocal``, which round
once where ``power`` may round otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, const, filled, is_filled, once, one_of, var
from kgraph.compiler.rewrite import rule
from kgraph.ops.casting import cast
from kgraph.ops.exponential import reciprocal, square
from kgraph.ops.op import lookup
from kgraph.ops.primitives.shape import broadcast_to
from kgraph.types.dtypes import DType

x, y, condition = var("x"), var("y"), var("condition")


def _if_same_type(value: Tracer, node: Node) -> Tracer | None:
    return value if value.type == node.type else None


@rule(P.multiply(x, filled(1)))
def times_one_is_itself(x: Tracer, node: Node) -> Any:
    """multiply(x, 1) -> x, unless the ones make it larger."""
    return _if_same_type(x, node)


@rule(P.divide(x, filled(1)))
def over_one_is_itself(x: Tracer, node: Node) -> Any:
    """divide(x, 1) -> x, unless the ones make it larger."""
    return _if_same_type(x, node)


@rule(P.subtract(x, filled(0.0)))
def minus_zero_is_itself(x: Tracer, node: Node) -> Any:
    """subtract(x, 0) -> x; not for a float -0.0, which would turn x = -0.0 into 0.0."""
    return _if_same_type(x, node)


@rule(P.add(x, filled(-0.0)))
def plus_zero_is_itself(x: Tracer, node: Node) -> Any:
    """add(x, 0) -> x for integers; for floats only -0.0 changes no x, and 0.0 turns -0.0 round."""
    return _if_same_type(x, node)


@rule(P.power(x, filled(1)))
def power_of_one_is_itself(x: Tracer, node: Node) -> Any:
    """power(x, 1) -> x."""
    return _if_same_type(x, node)


@rule(P.power(x, filled(2)))
def power_of_two_is_square(x: Tracer, node: Node) -> Any:
    """power(x, 2) -> square(x)."""
    return square(x) if x.type == node.type else None


@rule(P.power(x, filled(-1)))
def power_of_minus_one_is_reciprocal(x: Tracer, node: Node) -> Any:
    """power(x, -1) -> reciprocal(x) for floats; an integer to a negative power is an error."""
    return reciprocal(x) if x.type == node.type and x.dtype.kind == "f" else None


@rule(P.negative(P.negative(x)))
def negatives_cancel(x: Tracer) -> Any:
    """negative(negative(x)) -> x."""
    return x


@rule(one_of("absolute", "relu", "floor", "ceil", "trunc", "rint", "sign")(y))
def second_time_changes_nothing(y: Tracer, node: Node) -> Any:
    """f(f(x)) -> f(x) for absolute, relu, sign and the ways of rounding."""
    return y if y.node.op == node.op else None


@rule(P.absolute(var("y", one_of("square", "exp", "sigmoid")())))
def no_negative_needs_no_absolute(y: Tracer) -> Any:
    """absolute(f(x)) -> f(x) where f gives no negative float; squares of integers wrap round."""
    return y if y.dtype.kind == "f" else None


@rule(one_of("maximum", "minimum", "logical_and", "logical_or")(x, x))
def with_itself_is_itself(x: Tracer, node: Node) -> Any:
    """maximum(x, x) -> x, and so for minimum, logical_and, logical_or."""
    return _if_same_type(x, node)


_BOUND = one_of("maximum", "minimum")


@rule(_BOUND(once(var("inner", _BOUND(x, const("a")))), const("b")))
def bounds_merge(inner: Tracer, x: Tracer, a: Tracer, b: Tracer, node: Node) -> Any:
    """maximum(maximum(x, a), b) -> maximum(x, maximum(a, b)) for scalars; minimum likewise."""
    low, high = a.node.value, b.node.value
    if inner.node.op != node.op or low.ndim or high.ndim:
        return None
    if low == high and low.tobytes() != high.tobytes():  # zeros of two signs
        return None
    return lookup(node.op)(x, lookup(node.op)(low, high))


@rule(P.where(condition, x, y))
def known_choice(condition: Tracer, x: Tracer, y: Tracer, node: Node) -> Any:
    """where(True, x, y) -> x and where(False, x, y) -> y; where(c, x, x) -> x."""
    if x.node is y.node or is_filled(condition.node, True):
        chosen = x
    elif is_filled(condition.node, False):
        chosen = y
    else:
        return None
    return chosen if chosen.type == node.type else broadcast_to(chosen, node.type.dims)


@rule(P.logical_not(P.logical_not(x)))
def negations_cancel(x: Tracer) -> Any:
    """logical_not(logical_not(x)) -> x."""
    return x


@rule(P.cast(x))
def cast_to_its_own_dtype(x: Tracer, node: Node) -> Any:
    """cast(x, dtype of x) -> x."""
    return _if_same_type(x, node)


@rule(P.cast(var("wide", P.cast(x))))
def cast_there_and_back(x: Tracer, wide: Tracer, node: Node) -> Any:
    """cast(cast(x, wide), narrow) -> cast(x, narrow), when ``wide`` holds every value of x and
    ``narrow`` is x's own dtype or holds every value of ``wide``."""
    if not _holds(wide.dtype, x.dtype):
        return None
    if node.type.dtype == x.dtype or _holds(node.type.dtype, wide.dtype):
        return cast(x, node.type.dtype)
    return None


def _holds(wide: DType, narrow: DType) -> bool:
    """Whether each value of ``narrow`` is a value of ``wide``.

    NumPy calls int64 -> float64 safe, though 2**53 + 1 does not survive it.
    """
    if wide.kind == "f":
        return narrow.itemsize < wide.itemsize
    return bool(np.can_cast(narrow, wide, "safe"))


RULES = [
    times_one_is_itself,
    over_one_is_itself,
    minus_zero_is_itself,
    plus_zero_is_itself,
    power_of_one_is_itself,
    power_of_two_is_square,
    power_of_minus_one_is_reciprocal,
    negatives_cancel,
    second_time_changes_nothing,
    no_negative_needs_no_absolute,
    with_itself_is_itself,
    bounds_merge,
    known_choice,
    negations_cancel,
    cast_to_its_own_dtype,
    cast_there_and_back,
]
