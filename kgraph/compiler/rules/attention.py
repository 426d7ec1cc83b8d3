"""Attention written out: two products with a softmax between them become one kernel.

It computes the same sums, with the factor taken into the queries: results differ by rounding.  A
factor above 1 stays where it is: queries might overflow where scores do not.

What is done to the scores before the softmax, adding a mask or hiding some, is done in the kernel,
block by block (``attention_masks.py`` tells what they are).
"""

from __future__ import annotations

from typing import Any

from kgraph.compiler.attention_masks import Masking, masked, masking_of
from kgraph.compiler.ir import CONSTANT, Node, Tracer, as_node
from kgraph.compiler.pattern import P, Test, Var, filled, once, unspread, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.steps import FLOATS
from kgraph.ops.primitives.attention import attention, masked_attention
from kgraph.ops.primitives.shape import reshape_to, transpose_axes

_HEADS = (0, 2, 1, 3)  # (B, T, H, D) to (B, H, T, D), and back


def _number(node: Node) -> bool:
    base = unspread(node)
    return base.op == CONSTANT and base.type.size == 1


def _axes(node: Node) -> tuple[int, ...] | None:
    return node.attrs["axes"] if node.op == "transpose_axes" else None


q, k, v = var("q"), var("k"), var("v")
number = Var("number", test=_number)
_products = once(P.batched_matmul(q, k))
_by_number = once(P.multiply(_products, number))
_by_quotient = once(P.divide(_products, number))


def _attend(
    q: Tracer, k: Tracer, v: Tracer, softmax: Node, scale: float, masking: Masking | None = None
) -> Any:
    """The kernel on operands as they lie before their heads come first; None if they do not."""
    if q.dtype not in FLOATS or softmax.attrs["axes"] != (q.ndim - 1,) or not abs(scale) <= 1:
        return None
    if q.type.dims[:-2] != k.type.dims[:-2] or q.type.dims[:-2] != v.type.dims[:-2]:
        return None
    found = [_items_first(q.node), _keys_first(k.node), _items_first(v.node)]
    operands = [Tracer(node) for node in found if node is not None]
    if len(operands) < len(found):
        return None
    if masking is None:
        made = attention(*operands, scale)
    else:
        xs = [*operands, *masking.masks]
        attrs = masking._asdict()
        del attrs["masks"]
        made = masked_attention(xs, scale=scale, **attrs)
    dims = (*q.type.dims[:-1], v.type.dims[-1])
    return transpose_axes(made, _HEADS) if q.ndim == 4 else reshape_to(made, dims)


def _items_first(node: Node) -> Node | None:
    """(B, H, T, D), or (B, T, D), as (B, T, H, D) if it lies so."""
    if _axes(node) == _HEADS:
        return node.inputs[0]
    return _one_head(node)


def _keys_first(node: Node) -> Node | None:
    """(B, H, D, S), or (B, D, S), as (B, S, H, D) if it lies so."""
    if _axes(node) == (0, 2, 3, 1):
        return node.inputs[0]
    swapped = _axes(node) == (*range(node.type.ndim - 2), node.type.ndim - 1, node.type.ndim - 2)
    return _one_head(node.inputs[0]) if swapped else None


def _one_head(node: Node) -> Node | None:
    """With a single head its axis may stand anywhere."""
    dims = node.type.dims
    if len(dims) != 3 and (len(dims) != 4 or dims[1] != 1):
        return None
    return as_node(reshape_to(Tracer(node), (dims[0], dims[-2], 1, dims[-1])))


@rule(P.batched_matmul(once(P.softmax_rows(_products)), v))
def attention_is_one_kernel(q: Tracer, k: Tracer, v: Tracer, node: Node) -> Any:
    """softmax(q @ k.T) @ v -> attention(q, k, v, 1), with heads split off by transposes or one."""
    return _attend(q, k, v, node.inputs[0], 1.0)


@rule(P.batched_matmul(once(P.softmax_rows(_by_number)), v))
def scaled_attention_is_one_kernel(
    q: Tracer, k: Tracer, v: Tracer, number: Tracer, node: Node
) -> Any:
    """softmax(q @ k.T * s) @ v -> attention(q, k, v, s), likewise."""
    return _attend(q, k, v, node.inputs[0], float(unspread(number.node).value.reshape(())))


@rule(P.batched_matmul(once(P.softmax_rows(_by_quotient)), v))
def divided_attention_is_one_kernel(
    q: Tracer, k: Tracer, v: Tracer, number: Tracer, node: Node
) -> Any:
    """softmax(q @ k.T / s) @ v -> attention(q, k, v, 1 / s), likewise."""
    divisor = float(unspread(number.node).value.reshape(()))
    return _attend(q, k, v, node.inputs[0], 1 / divisor) if divisor else None


def _scaled(scores: Node) -> tuple[Node, float] | None:
    """The product that was scaled to be ``scores``, and by what."""
    if scores.op == "batched_matmul":
        return scores, 1.0
    product, number = scores.inputs
    if scores.op == "multiply" and _number(product):
        product, number = number, product
    if product.op != "batched_matmul" or not _number(number):
        return None
    factor = float(unspread(number).value.reshape(()))
    if scores.op == "divide":
        return (product, 1 / factor) if factor else None
    return product, factor


_scores = Test(lambda node: node.op in ("batched_matmul", "multiply", "divide"))


@rule(P.batched_matmul(once(P.softmax_rows(masked(var("scores", _scores)))), v))
def masked_attention_is_one_kernel(scores: Tracer, v: Tracer, node: Node) -> Any:
    """softmax(mask(q @ k.T * s)) @ v -> masked_attention(q, k, v, masks, s), for masks that are
    added or hide scores, and are each of the size of the scores, or 1, on every axis."""
    return _attend_masked(scores.node, v, node.inputs[0])


def _attend_masked(scores: Node, v: Tracer, softmax: Node, seen: Node | None = None) -> Any:
    found, masking = _scaled(scores), masking_of(softmax.inputs[0], scores, seen)
    if found is None or masking is None:
        return None
    q, k = map(Tracer, found[0].inputs)
    return _attend(q, k, v, softmax, found[1], masking)


_shares = once(var("shares", P.softmax_rows(masked(var("scores", _scores)))))


@rule(P.batched_matmul(once(P.where(var("seen"), _shares, filled(0))), v))
def attention_without_what_is_hidden_is_one_kernel(
    scores: Tracer, shares: Tracer, seen: Tracer, v: Tracer
) -> Any:
    """where(seen, softmax(where(seen, q @ k.T * s, h)), 0) @ v -> masked_attention(q, k, v, seen,
    s, h, dropped), likewise."""
    return _attend_masked(scores.node, v, shares.node, seen.node)


RULES = [
    attention_is_one_kernel,
    scaled_attention_is_one_kernel,
    divided_attention_is_one_kernel,
    masked_attention_is_one_kernel,
    attention_without_what_is_hidden_is_one_kernel,
]
