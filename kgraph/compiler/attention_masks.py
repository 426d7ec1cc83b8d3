"""What is done to the scores of an attention before they become shares: its masks.

    where(mask, scores, -inf)        hides: padding, what comes later, what a caller says
    add(scores, bias)                adds: -1e9, or a distance

Masks are read as small as they are.  Those that must all be true, (B, T, 1) and (B, 1, S) say, stay
apart: together they would be as large as the scores.  A causal mask is not read at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kgraph.compiler.ir import CONSTANT, Node, Tracer, as_node, constant
from kgraph.compiler.pattern import Found, Pattern, Uses, is_filled, same_value, unspread
from kgraph.ops.arithmetic import negative
from kgraph.ops.logic import logical_not
from kgraph.ops.primitives.shape import reshape_to
from kgraph.types.dims import Dims, Size, evaluate

_B, _H, _T, _S = range(4)


class Masking(NamedTuple):
    """Masks (B, H, T, S), those that are added first; the score of what the others hide.

    ``dropped``: what they hide has no share even where all is hidden.
    """

    masks: list[Tracer]
    hidden: float
    causal: bool
    dropped: bool


# -- the ops between the scores and the softmax --------------------------------------------------

_SCORES = {"where": (1, 2), "add": (0, 1), "subtract": (0,)}
"""Ops that mask scores, and which of their operands may be the scores."""


@dataclass(frozen=True)
class _Masked(Pattern):
    scores: Pattern

    def matches(self, node: Node, found: Found, uses: Uses) -> Iterator[Found]:
        stack = [node]
        while stack:
            reader = stack.pop()
            if uses[reader] == 1:
                if reader is not node:
                    yield from self.scores.matches(reader, found, uses)
                stack += [operand for _, operand in _may_be_scores(reader)][::-1]


def masked(scores: Pattern) -> Pattern:
    """What one op or several make of ``scores`` to mask them; nobody else reads any of it."""
    return _Masked(scores)


def _may_be_scores(node: Node) -> Iterator[tuple[int, Node]]:
    for place in _SCORES.get(node.op, ()):
        if node.inputs[place].type == node.type:
            yield place, node.inputs[place]


def _on_the_way(node: Node, scores: Node) -> list[tuple[Node, int]]:
    """The ops that mask ``scores`` until they are ``node``, and where each reads them."""
    reader: dict[Node, tuple[Node, int]] = {}
    stack = [node]
    while stack:
        found = stack.pop()
        for place, operand in _may_be_scores(found):
            if operand not in reader:
                reader[operand] = found, place
                stack.append(operand)
    way = []
    while scores is not node:
        scores, place = reader[scores]
        way.append((scores, place))
    return way


class _Mask(NamedTuple):
    """A mask; what it hides scores ``hidden``, or it is added."""

    node: Node
    hidden: float | None


def _mask(node: Node, place: int) -> _Mask | None:
    """What an op does to scores, which are its operand at ``place``."""
    if node.op != "where":
        other = node.inputs[1 - place]
        return _Mask(as_node(negative(Tracer(other))) if node.op == "subtract" else other, None)
    hidden = unspread(node.inputs[3 - place])
    if hidden.op != CONSTANT or hidden.type.size != 1:
        return None
    mask = node.inputs[0]
    return _Mask(mask if place == 1 else _opposite(mask), float(hidden.value.reshape(())))


def _opposite(mask: Node) -> Node:
    if mask.op == CONSTANT:
        return constant(~mask.value)
    return as_node(logical_not(Tracer(mask)))


def masking_of(node: Node, scores: Node, seen: Node | None = None) -> Masking | None:
    """How ``scores`` (B, T, S), or with heads, are masked to be ``node``, as the kernel does it.

    ``seen`` is where shares are kept, if not everywhere: it must be the one mask that hides.
    """
    found = [_mask(*step) for step in _on_the_way(node, scores)]
    steps = [mask for mask in found if mask is not None]
    kinds = [mask.hidden is not None for mask in steps]
    hidden = {mask.hidden for mask in steps if mask.hidden is not None}
    if len(steps) < len(found) or kinds != sorted(kinds) or len(hidden) > 1:
        return None
    hiding = [mask.node for mask in steps if mask.hidden is not None]
    if seen is not None and not (len(hiding) == 1 and same_value(hiding[0], seen)):
        return None
    axes = (_B, _T, _S) if scores.type.ndim == 3 else (_B, _H, _T, _S)
    full = _Laid(scores, axes).sizes()
    parts = [part for mask in steps for part in _parts(_aligned(mask.node, axes))]
    read = [part for part in parts if not _is_causal(part, full)]
    if any(size != full[axis] for part in read for size, axis in part.along()):
        return None
    masks = [part.with_all_axes() for part in read]
    causal = len(read) < len(parts)
    return Masking(masks, next(iter(hidden), -np.inf), causal, dropped=seen is not None)


# -- how a mask lies beside the scores -----------------------------------------------------------


class _Laid(NamedTuple):
    """A value, and along which axis of the scores (B, H, T, S) each of its axes lies."""

    node: Node
    axes: tuple[int, ...]

    def along(self) -> list[tuple[Size, int]]:
        """The sizes of its axes, and where these lie; those of size 1 may lie anywhere."""
        pairs = zip(self.node.type.dims, self.axes, strict=True)
        return [(size, axis) for size, axis in pairs if size != 1]

    def sizes(self) -> Dims:
        """Its shape with all four axes."""
        sizes: list[Size] = [1, 1, 1, 1]
        for size, axis in self.along():
            sizes[axis] = size
        return tuple(sizes)

    def with_all_axes(self) -> Tracer:
        value = Tracer(self.node)
        return value if value.type.dims == self.sizes() else reshape_to(value, self.sizes())


def _aligned(node: Node, axes: tuple[int, ...]) -> _Laid:
    """An operand of an op whose result lies along ``axes``: the last axes are the same."""
    return _Laid(node, axes[len(axes) - node.type.ndim :])


def _bare(laid: _Laid) -> _Laid:
    """The value that was repeated, or got other axes of size 1."""
    node, axes = laid
    while node.op in ("broadcast_to", "reshape_to"):
        (operand,) = node.inputs
        if node.op == "broadcast_to":
            axes = _aligned(operand, axes).axes
        else:
            kept = _Laid(node, axes).along()
            if [size for size, _ in kept] != [size for size in operand.type.dims if size != 1]:
                break
            left = iter(axis for _, axis in kept)
            axes = tuple(_B if size == 1 else next(left) for size in operand.type.dims)
        node = operand
    return _Laid(node, axes)


def _parts(laid: _Laid) -> list[_Laid]:
    """The masks that must all be true where this one is, each once."""
    found: dict[_Laid, None] = {}
    stack = [laid]
    while stack:
        part = _bare(stack.pop())
        if part not in found:
            found[part] = None
            if part.node.op == "logical_and":
                stack += [_aligned(x, part.axes) for x in reversed(part.node.inputs)]
    return [part for part in found if part.node.op != "logical_and"]


# -- causal masks --------------------------------------------------------------------------------


def _is_causal(mask: _Laid, full: Dims) -> bool:
    """Whether it is true, for scores of the shape ``full``, where no key comes after the query."""
    node, axes = mask
    if mask.sizes() != (1, 1, *full[2:]) or node.type.dtype.kind != "b":
        return False
    if node.op == CONSTANT:
        queries, keys = (evaluate(size, {}) for size in full[2:])
        return bool((node.value.reshape(queries, keys) == np.tri(queries, keys)).all())
    if node.op not in ("less_equal", "greater_equal"):
        return False
    low, high = (_bare(_aligned(operand, axes)) for operand in node.inputs)
    if node.op == "greater_equal":
        low, high = high, low
    if _is_difference(low.node) and is_filled(high.node, 0):  # key - query <= 0
        low, high = (_aligned(operand, low.axes) for operand in low.node.inputs)
    elif _is_difference(high.node) and is_filled(low.node, 0):  # 0 <= query - key
        high, low = (_aligned(operand, high.axes) for operand in high.node.inputs)
    return _counts_along(low) == _S and _counts_along(high) == _T


def _is_difference(node: Node) -> bool:
    """Whether its sign tells which of two numbers is larger: none is below 0 without a sign."""
    return node.op == "subtract" and node.type.dtype.kind != "u"


def _counts_along(laid: _Laid) -> int | None:
    """The axis along which a value is 0, 1, 2, ..; None if it is anything else."""
    laid = _bare(laid)
    while laid.node.op == "cast" and laid.node.type.dtype in (np.int32, np.int64):
        laid = _bare(_Laid(laid.node.inputs[0], laid.axes))
    node, along = laid.node, laid.along()
    if len(along) != 1:
        return None
    if node.op == CONSTANT:
        counts = bool((node.value.ravel() == np.arange(node.value.size)).all())
    else:
        counts = node.op == "counting"
    return along[0][1] if counts else None
