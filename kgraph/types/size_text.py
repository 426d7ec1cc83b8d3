"""Sizes as text, read back."""

from __future__ import annotations

import re

from kgraph.types.dims import FUNCTIONS, Dim, Size, opaque
from kgraph.types.errors import ShapeError

# Patterns as text, which `re` compiles when a size is first read: few programs ever read one.
_NUMBER = r"[0-9]+"
_NAME = r"[A-Za-z_][\w./]*"
_TOKEN = rf"\s*({_NUMBER}|{_NAME}|\S)"


def parse_size(text: str) -> Size:
    """Read back what ``str`` printed.

    >>> parse_size("2*B*T + max(B, 3) - 1")
    2*B*T + max(B, 3) - 1
    """
    size, rest = _parse_sum(re.findall(_TOKEN, text))
    if rest:
        raise ShapeError(f"cannot read the size {text!r}")
    return size


def _parse_sum(tokens: list[str]) -> tuple[Size, list[str]]:
    sign = 1
    if tokens and tokens[0] == "-":
        sign, tokens = -1, tokens[1:]
    total, tokens = _parse_product(tokens)
    total = total * sign
    while tokens and tokens[0] in "+-":
        sign = 1 if tokens[0] == "+" else -1
        piece, tokens = _parse_product(tokens[1:])
        total = total + piece * sign
    return total, tokens


def _parse_product(tokens: list[str]) -> tuple[Size, list[str]]:
    total, tokens = _parse_factor(tokens)
    while tokens and tokens[0] == "*":
        factor, tokens = _parse_factor(tokens[1:])
        total = total * factor
    return total, tokens


def _parse_factor(tokens: list[str]) -> tuple[Size, list[str]]:
    if not tokens:
        raise ShapeError("a size ends too early")
    head, rest = tokens[0], tokens[1:]
    if re.fullmatch(_NUMBER, head):
        return int(head), rest
    if not re.fullmatch(_NAME, head):
        raise ShapeError(f"cannot read the size: {head!r} is no name and no number")
    if rest[:1] != ["("]:
        return Dim.symbol(head), rest
    if head not in FUNCTIONS:
        raise ShapeError(f"cannot read the size: there is no function {head!r} of sizes")
    args: list[Size] = []
    while rest and rest[0] in "(,":
        arg, rest = _parse_sum(rest[1:])
        args.append(arg)
    if rest[:1] != [")"]:
        raise ShapeError("a size ends too early: a bracket is not closed")
    return opaque(head, *args), rest[1:]
