"""Patterns: what a rewrite rule looks for, written as the algebra it matches.

    x, w, b = var("x"), static("w"), static("b")
    P.add(once(P.batched_matmul(x, w)), b)

``P.add`` matches both orders of its operands, as every commutative op does.  A variable that stands
twice must be the same value in both places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kgraph.compiler.finite import is_finite
from kgraph.compiler.ir import CONSTANT, VARIABLE, Node
from kgraph.ops.elementwise import ElementwiseOp
from kgraph.types.operators import OPS

Found = dict[str, Node]
Uses = Mapping[Node, int]

COMMUTATIVE = frozenset(
    {"add", "multiply", "maximum", "minimum", "logical_and", "logical_or", "logical_xor"}
)


class Pattern:
    """Matches a node and what it is computed from."""

    def may_match(self, op: str) -> bool:
        """Whether a node of this op can match at all; the driver sorts rules by it."""
        return True

    def matches(self, node: Node, found: Found, uses: Uses) -> Iterator[Found]:
        """Each way in which ``node`` fits: ``found``, and the variables bound on the way."""
        raise NotImplementedError


@dataclass(frozen=True)
class Var(Pattern):
    """Any value that passes ``test`` and fits ``inner``; the rule gets it by its name."""

    name: str
    inner: Pattern | None = None
    test: Callable[[Node], bool] | None = None

    def may_match(self, op: str) -> bool:
        return self.inner is None or self.inner.may_match(op)

    def matches(self, node: Node, found: Found, uses: Uses) -> Iterator[Found]:
        if self.test is not None and not self.test(node):
            return
        bound = found.get(self.name)
        if bound is not None:
            if same_value(bound, node):
                yield found
            return
        found = {**found, self.name: node}
        if self.inner is None:
            yield found
        else:
            yield from self.inner.matches(node, found, uses)


@dataclass(frozen=True)
class OpPattern(Pattern):
    """A node of one of ``ops`` whose operands fit; without patterns for them, any operands do."""

    ops: frozenset[str]
    operands: tuple[Pattern, ...]

    def may_match(self, op: str) -> bool:
        return op in self.ops

    def matches(self, node: Node, found: Found, uses: Uses) -> Iterator[Found]:
        if node.op not in self.ops:
            return
        if not self.operands:
            yield found
            return
        if len(node.inputs) != len(self.operands):
            return
        yield from _match_all(self.operands, node.inputs, found, uses)
        if node.op in COMMUTATIVE and node.inputs[0] is not node.inputs[1]:
            yield from _match_all(self.operands, node.inputs[::-1], found, uses)


@dataclass(frozen=True)
class Used(Pattern):
    """A value that is read ``count`` times in all."""

    inner: Pattern
    count: int

    def may_match(self, op: str) -> bool:
        return self.inner.may_match(op)

    def matches(self, node: Node, found: Found, uses: Uses) -> Iterator[Found]:
        if uses[node] == self.count:
            yield from self.inner.matches(node, found, uses)


@dataclass(frozen=True)
class Test(Pattern):
    """A value that passes ``test``; the rule does not ask for it."""

    __test__ = False  # no test class, whatever pytest thinks of its name
    test: Callable[[Node], bool]

    def matches(self, node: Node, found: Found, uses: Uses) -> Iterator[Found]:
        if self.test(node):
            yield found


@dataclass(frozen=True)
class Elementwise(Pattern):
    """A node of any elementwise op; with ``operand``, one that has an operand that fits it."""

    operand: Pattern | None = None

    def may_match(self, op: str) -> bool:
        return isinstance(OPS.get(op), ElementwiseOp)

    def matches(self, node: Node, found: Found, uses: Uses) -> Iterator[Found]:
        if not self.may_match(node.op):
            return
        if self.operand is None:
            yield found
            return
        for operand in node.inputs:
            yield from self.operand.matches(operand, found, uses)


def _match_all(
    patterns: tuple[Pattern, ...], nodes: tuple[Node, ...], found: Found, uses: Uses
) -> Iterator[Found]:
    if not patterns:
        yield found
        return
    for first in patterns[0].matches(nodes[0], found, uses):
        yield from _match_all(patterns[1:], nodes[1:], first, uses)


# -- how rules spell them ------------------------------------------------------------------------


class _Ops:
    """``P.add(x, y)``: the pattern of an op; ``P.add()`` takes any operands."""

    def __getattr__(self, op: str) -> Callable[..., OpPattern]:
        return one_of(op)


P = _Ops()


def one_of(*ops: str) -> Callable[..., OpPattern]:
    """``one_of("add", "subtract")(x, y)``: a pattern of several ops."""

    def of(*operands: Pattern) -> OpPattern:
        return OpPattern(frozenset(ops), operands)

    return of


def once(pattern: Pattern) -> Used:
    """A value that nobody else reads."""
    return Used(pattern, 1)


def twice(pattern: Pattern) -> Used:
    """A value that stands twice in what is looked for, and nobody else reads."""
    return Used(pattern, 2)


def var(name: str, inner: Pattern | None = None) -> Var:
    return Var(name, inner)


def static(name: str) -> Var:
    """A weight: a value that no input has a part in."""
    return Var(name, test=lambda node: node.is_static)


def const(name: str) -> Var:
    """A constant: its numbers are known."""
    return Var(name, test=lambda node: node.op == CONSTANT)


def finite(name: str) -> Var:
    """A weight that holds neither inf nor nan, so that its product with 0 is 0."""
    return Var(name, test=lambda node: node.is_static and is_finite(node))


def filled(number: float) -> Test:
    """A constant of any shape whose elements are all ``number``; 0.0 and -0.0 differ."""
    return Test(lambda node: is_filled(node, number))


def is_filled(node: Node, number: float) -> bool:
    node = unspread(node)
    if node.op != CONSTANT:
        return False
    value = node.value
    if not value.size or value.dtype.kind not in "biuf" or value.flat[0] != number:
        return False  # most constants leave here
    signs_agree = number != 0 or value.dtype.kind != "f" or _same_sign(value, number)
    return signs_agree and bool((value == number).all())


def unspread(node: Node) -> Node:
    """What a value repeats or lays out anew; it has the same elements."""
    while node.op in ("broadcast_to", "reshape_to"):
        node = node.inputs[0]
    return node


def _same_sign(value: np.ndarray, number: float) -> bool:
    return bool((np.signbit(value) == np.signbit(number)).all())


def same_value(a: Node, b: Node) -> bool:
    """Whether two nodes certainly hold the same bits."""
    if a is b:
        return True
    if a.op != b.op or a.type != b.type:
        return False
    if a.op == VARIABLE:
        return a.attrs["variable"] is b.attrs["variable"]
    return a.op == CONSTANT and (a.value is b.value or a.value.tobytes() == b.value.tobytes())
