"""Matrix products take in the scales and shifts in front of them: Normalization, Rescaling.

What is not called exact computes the same sum with its factors gathered in another way: the result
differs by rounding.  What is folded must be static, so that it is computed once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.compiler.interpret import evaluate_static
from kgraph.compiler.ir import CONSTANT, Tracer
from kgraph.compiler.pattern import P, once, one_of, static, unspread, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.rules.linear import SCALE, SHIFT, as_row, is_weight, row_beside, with_shape
from kgraph.ops.arithmetic import negative
from kgraph.ops.op import lookup
from kgraph.ops.primitives.fused import dense
from kgraph.ops.primitives.linear import batched_matmul

x, w, b, s, r = var("x"), static("w"), static("b"), static("s"), static("r")

# A shift in front of a product becomes part of its bias: (x + r) @ w = x @ w + r @ w.  That cancels
# digits where x is near -r, log2(|r| / |x + r|) bits of them.  Networks are fed values of order 1,
# so a shift of this size costs some four bits at most; a larger one stays where it is.
_LARGEST_SHIFT = 16.0


def _scaled_rows(w: Tracer, row: Tracer, op: str) -> Tracer:
    """The weight whose row k is multiplied with (divided by) ``row[k]``."""
    column = with_shape(row, (row.type.dims[0], 1))
    return lookup(op)(w, column)  # type: ignore[no-any-return]


def _is_known(row: Tracer) -> bool:
    return unspread(row.node).op == CONSTANT


def _is_small(shift: Tracer) -> bool:
    return bool((np.abs(evaluate_static(shift.node)) <= _LARGEST_SHIFT).all())


def _shifted_bias(row: Tracer, w: Tracer, op: str) -> Tracer:
    """What the shift of the operand adds to the product."""
    moved = batched_matmul(with_shape(row, (1, row.type.dims[0])), w)
    moved = with_shape(moved, w.type.dims[1:])
    return negative(moved) if op == "subtract" else moved


def _product(x: Tracer, w: Tracer, b: Tracer | None) -> Tracer:
    return batched_matmul(x, w) if b is None else dense(x, w, b)  # type: ignore[no-any-return]


def _scale_before(inner: Tracer, x: Tracer, s: Tracer, w: Tracer, b: Tracer | None) -> Any:
    row = row_beside(s, x, inner.node)
    # A shift below the scale moves together with it, or not at all: `normalisation_before_dense`.
    if row is None or _is_shift_by_row(x):
        return None
    return _product(x, _scaled_rows(w, row, inner.node.op), b)


def _is_shift_by_row(x: Tracer) -> bool:
    node = x.node.inputs[0] if x.node.op == "reshape_to" else x.node
    return node.op in ("add", "subtract") and any(
        operand.is_static and as_row(Tracer(operand), node.type.dims[-1]) is not None
        for operand in node.inputs
    )


@rule(P.dense(once(var("inner", SCALE(x, s))), w, b))
def scale_before_dense(inner: Tracer, x: Tracer, s: Tracer, w: Tracer, b: Tracer) -> Any:
    """dense(x * s, w, b) -> dense(x, s[:, None] * w, b), for a row s; x / s likewise."""
    return _scale_before(inner, x, s, w, b)


@rule(P.batched_matmul(once(var("inner", SCALE(x, s))), w))
def scale_before_product(inner: Tracer, x: Tracer, s: Tracer, w: Tracer) -> Any:
    """batched_matmul(x * s, w) -> batched_matmul(x, s[:, None] * w), for a row s; so for x / s."""
    return _scale_before(inner, x, s, w, None)


def _shift_before(inner: Tracer, x: Tracer, r: Tracer, w: Tracer, b: Tracer | None) -> Any:
    row = row_beside(r, x, inner.node)
    if row is None or not is_weight(w, x) or not _is_known(r) or not _is_small(r):
        return None
    moved = _shifted_bias(row, w, inner.node.op)
    return dense(x, w, moved if b is None else moved + b)


@rule(P.dense(once(var("inner", SHIFT(x, r))), w, b))
def shift_before_dense(inner: Tracer, x: Tracer, r: Tracer, w: Tracer, b: Tracer) -> Any:
    """dense(x + r, w, b) -> dense(x, w, r @ w + b), for a small constant row r; x - r likewise."""
    return _shift_before(inner, x, r, w, b)


@rule(P.batched_matmul(once(var("inner", SHIFT(x, r))), w))
def shift_before_product(inner: Tracer, x: Tracer, r: Tracer, w: Tracer) -> Any:
    """batched_matmul(x + r, w) -> dense(x, w, r @ w), for a small constant row r; so for x - r."""
    return _shift_before(inner, x, r, w, None)


def _normalisation_before(
    scaled: Tracer, shifted: Tracer, x: Tracer, r: Tracer, s: Tracer, w: Tracer, b: Tracer | None
) -> Any:
    shift = row_beside(r, x, shifted.node)
    scale = row_beside(s, shifted, scaled.node)
    if shift is None or scale is None or not is_weight(w, x):
        return None
    # What counts is the shift in the unit in which the product sees it.
    if not _is_known(r) or not _is_known(s) or not _is_small(lookup(scaled.node.op)(r, s)):
        return None
    weight = _scaled_rows(w, scale, scaled.node.op)
    moved = _shifted_bias(shift, weight, shifted.node.op)
    return dense(x, weight, moved if b is None else moved + b)


_NORMALISED = once(var("scaled", SCALE(once(var("shifted", SHIFT(x, r))), s)))


@rule(P.dense(_NORMALISED, w, b))
def normalisation_before_dense(
    scaled: Tracer, shifted: Tracer, x: Tracer, r: Tracer, s: Tracer, w: Tracer, b: Tracer
) -> Any:
    """dense((x - r) / s, w, b) -> dense(x, v, b - r @ v) with v = w / s[:, None], for constant rows
    with a small r / s; (x + r) * s and the other combinations likewise."""
    return _normalisation_before(scaled, shifted, x, r, s, w, b)


@rule(P.batched_matmul(_NORMALISED, w))
def normalisation_before_product(
    scaled: Tracer, shifted: Tracer, x: Tracer, r: Tracer, s: Tracer, w: Tracer
) -> Any:
    """batched_matmul((x - r) / s, w) -> dense(x, v, -r @ v) with v = w / s[:, None], as above."""
    return _normalisation_before(scaled, shifted, x, r, s, w, None)


# -- a number in front of a reshape in front of the product: Rescaling, Flatten, Dense -----------


def _number_after_reshape(reshaped: Tracer, inner: Tracer, x: Tracer, s: Tracer) -> Any:
    if s.type.size != 1:
        return None
    return lookup(inner.node.op)(with_shape(x, reshaped.type.dims), with_shape(s, ()))


_BY_NUMBER = one_of("multiply", "divide", "add", "subtract")(x, s)
_RESHAPED = once(var("reshaped", P.reshape_to(once(var("inner", _BY_NUMBER)))))


@rule(P.dense(_RESHAPED, w, b))
def number_after_reshape_before_dense(
    reshaped: Tracer, inner: Tracer, x: Tracer, s: Tracer, w: Tracer, b: Tracer
) -> Any:
    """dense(reshape(x * s), w, b) -> dense(reshape(x) * s, w, b), for a single number s, and so for
    /, +, -: there it can become part of the weights.  Exact."""
    moved = _number_after_reshape(reshaped, inner, x, s)
    return None if moved is None else dense(moved, w, b)


@rule(P.batched_matmul(_RESHAPED, w))
def number_after_reshape_before_product(
    reshaped: Tracer, inner: Tracer, x: Tracer, s: Tracer, w: Tracer
) -> Any:
    """batched_matmul(reshape(x * s), w) -> batched_matmul(reshape(x) * s, w), as above.  Exact."""
    moved = _number_after_reshape(reshaped, inner, x, s)
    return None if moved is None else batched_matmul(moved, w)


RULES = [
    normalisation_before_dense,
    normalisation_before_product,
    scale_before_dense,
    scale_before_product,
    shift_before_dense,
    shift_before_product,
    number_after_reshape_before_dense,
    number_after_reshape_before_product,
]
