"""Look-ups whose positions are an input: a batch is refused for a bad one before any kernel runs.

    %0 = gather_rows(%table, %ids)          ids in 0 .. rows - 1

An ``Embedding`` casts ids from float, of which one with a fraction becomes -1, and NumPy's indexing
counts negative positions from the end; both are known here by their nodes:

    %3 = cast(where(equal(%ids, floor(%ids)), %ids, -1.0), dtype='int32')
    %3 = where(less(%ids, 0), add(%ids, rows), %ids)        ids in -rows .. rows - 1

Numbers of segments are looked up in as many segments as there are:

    %0 = bounds_of_segments(%ids, %items, count=4)          ids in 0 .. 3

Positions that the graph computes are found by the kernel; see ``Plan.may_fail``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from kgraph.compiler.ir import CONSTANT, INPUT, Node
from kgraph.types.dims import Size
from kgraph.types.dtypes import short_name

_TABLES = {"gather_rows": (0, 1), "gather_sum": (0, 1), "gather_sum_uniform": (0, 1)}
FALLIBLE = frozenset({*_TABLES, "match_rows"})
"""Ops whose kernels may find that the numbers before them are none they can go by."""
_CHECKED = ("i32", "i64", "f32", "f64")


class Lookup(NamedTuple):
    """A node that picks rows of a table at positions that ``ids``, an input, holds.

    ``wraps``: negative positions are counted from the end.  ``table`` is what they are looked up
    in, in words.  ``maker`` is the node of the table, or the node itself.
    """

    node: Node
    maker: Node
    ids: Node
    wraps: bool
    rows: Size
    table: str


def lookups(nodes: Iterable[Node]) -> Iterator[Lookup]:
    """Those of the nodes that pick rows at positions that are an input."""
    for node in nodes:
        found = _in_a_table(node) if node.op in _TABLES else _in_segments(node)
        if found is not None and short_name(found.ids.type.dtype) in _CHECKED:
            yield found


def _in_a_table(node: Node) -> Lookup | None:
    table, ids = (node.inputs[place] for place in _TABLES[node.op])
    rows = table.type.dims[0]
    source, wraps = _source(ids, rows)
    return None if source is None else Lookup(node, table, source, wraps, rows, "the table")


def _in_segments(node: Node) -> Lookup | None:
    if node.op != "bounds_of_segments" or node.attrs["count"] is None:
        return None
    source = _given(node.inputs[0])
    if source is None:
        return None
    return Lookup(node, node, source, False, node.attrs["count"], "the segments")


def _source(ids: Node, rows: Size) -> tuple[Node | None, bool]:
    """The input that positions come from, and whether negative ones are counted from the end."""
    whole = whole_numbers(ids)
    if whole is not None:
        return _given(whole), False
    ids = _unshaped(ids)
    if ids.op == "where":
        wrapped = _wrapped(ids, rows)
        return (None if wrapped is None else _given(wrapped)), True
    return _given(ids), False


def _given(ids: Node) -> Node | None:
    ids = _unshaped(ids)
    return ids if ids.op == INPUT else None


def _unshaped(node: Node) -> Node:
    while node.op == "reshape_to":
        (node,) = node.inputs
    return node


def whole_numbers(ids: Node) -> Node | None:
    """x of ``cast(where(equal(x, floor(x)), x, -1.0), dtype='int32')``."""
    ids = _unshaped(ids)
    if ids.op != "cast" or ids.inputs[0].op != "where" or short_name(ids.type.dtype) != "i32":
        return None
    same, x, other = ids.inputs[0].inputs
    if same.op != "equal" or not _is_number(other, -1):
        return None
    left, right = same.inputs
    is_floor = left is x and right.op == "floor" and right.inputs[0] is x
    return x if is_floor else None


def _wrapped(ids: Node, rows: Size) -> Node | None:
    """x of ``where(less(x, 0), add(x, rows), x)``."""
    below, moved, x = ids.inputs
    fits = (
        below.op == "less"
        and below.inputs[0] is x
        and _is_number(below.inputs[1], 0)
        and moved.op == "add"
        and moved.inputs[0] is x
        and _is_size(moved.inputs[1], rows)
    )
    return x if fits else None


def _is_number(node: Node, number: int) -> bool:
    return node.op == CONSTANT and bool(np.all(node.value == number))


def _is_size(node: Node, size: Size) -> bool:
    if isinstance(size, int):
        return _is_number(node, size)
    return node.op == "size_like" and node.attrs["size"] == size
