"""Ragged rows that were padded to be reduced are reduced as they are.

    to_tensor, mask, sum over the steps  ->  the sum of each ragged row

The same is added or compared; a mean is divided by the length to which rows were padded, as before.
Sums of scalar items may add it in another order, which no longer depends on the longest row of the
batch; all else is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from kgraph.compiler.ir import CONSTANT, INPUT, Node, Tracer, constant, in_order
from kgraph.compiler.pattern import P, once, one_of, var
from kgraph.compiler.rewrite import rule
from kgraph.ops.arithmetic import divide
from kgraph.ops.comparison import less
from kgraph.ops.elementwise import ElementwiseOp
from kgraph.ops.op import Op, lookup
from kgraph.ops.primitives.bounds import segment_max, segment_min, segment_prod, segment_sum
from kgraph.ops.primitives.reduce import highest, lowest
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.primitives.sizes import size_like
from kgraph.ops.ragged_broadcast import lengths_of
from kgraph.ops.selection import maximum, minimum, where
from kgraph.types.dims import Dims, Size
from kgraph.types.operators import OPS

# For a reduction of padded rows that of ragged ones, and what the padding must be to count for
# nothing.
_OF_ROWS: dict[str, tuple[Op, Any]] = {
    "reduce_sum": (segment_sum, lambda dtype: 0),
    "reduce_mean": (segment_sum, lambda dtype: 0),
    "reduce_prod": (segment_prod, lambda dtype: 1),
    "reduce_max": (segment_max, lowest),
    "reduce_min": (segment_min, highest),
}
_EXTREMES = {"reduce_max": maximum, "reduce_min": minimum}
_WITHIN_ITEMS = frozenset({*_OF_ROWS, "reduce_any", "reduce_all"})


@rule(one_of(*_OF_ROWS)(once(var("padded"))))
def reduction_of_padded_rows(padded: Tracer, node: Node) -> Any:
    """reduce_sum(f(ragged_to_dense(x, splits)), steps) -> segment_sum(f(x), splits), if f, which
    works on each item alone, makes 0 of the padding; so for means, which are sums divided by the
    padded length, and for prod and 1.  Of max and min the padding may be any number: it is compared
    where a row is shorter than the longest."""
    return _of_ragged_rows(padded, node)


@rule(one_of(*_OF_ROWS)(var("padded", P.ragged_to_dense())))
def reduction_of_rows_just_padded(padded: Tracer, node: Node) -> Any:
    """reduce_sum(ragged_to_dense(x, splits), steps) -> segment_sum(x, splits), likewise, though
    others read the padded rows, too: no number is computed twice."""
    return _of_ragged_rows(padded, node)


def _of_ragged_rows(padded: Tracer, node: Node) -> Tracer | None:
    unpadded = _unpadded(padded.node) if node.attrs["axes"] == (1,) else None
    if unpadded is None:
        return None
    row_splits, rows = Tracer(unpadded[0]), unpadded[1]
    reduce, identity = _OF_ROWS[node.op]
    neutral = bool((rows.padding == identity(node.type.dtype)).all())
    if not neutral and node.op not in _EXTREMES:
        return None
    found = reduce(Tracer(rows.values), row_splits)
    length = padded.type.dims[1]
    if not neutral:
        extreme = _EXTREMES[node.op](found, rows.padding)
        found = where(_shorter(row_splits, length, found.type.dims[1:]), extreme, found)
    if node.op == "reduce_mean":
        found = divide(found, size_like(found, length))
    return reshape_to(found, node.type.dims)  # type: ignore[no-any-return]


def _shorter(row_splits: Tracer, length: Size, within: Dims) -> Tracer:
    """Which rows have fewer items than ``length``, beside values with the axes ``within``."""
    lengths = lengths_of(row_splits)
    shorter = less(lengths, size_like(lengths, length))
    return reshape_to(shorter, (*lengths.type.dims, *(1 for _ in within)))  # type: ignore[no-any-return]


class _Items(NamedTuple):
    """The items of a padded value without the padding, and one item of padding."""

    values: Node
    padding: np.ndarray


def _unpadded(padded: Node) -> tuple[Node, _Items] | None:
    """The splits of the rows that were padded, all the same, and what the value makes of their
    items; None if it is computed from anything else, too."""
    order = in_order([padded], _read_by_item)
    splits = {node.inputs[1] for node in order if node.op == "ragged_to_dense"}
    if len(splits) != 1:
        return None
    made: dict[Node, _Items] = {}
    for node in order:
        if node.type.dims[:2] != padded.type.dims[:2] or not _known(node.type.dims[2:]):
            return None
        found = _just_padded(node) if node.op == "ragged_to_dense" else _by_item(node, made)
        if found is None:
            return None
        made[node] = found
    return splits.pop(), made[padded]


def _read_by_item(node: Node) -> list[Node]:
    """The operands of a node that works on each item alone, but those that are weights."""
    return [x for x in node.inputs if not x.is_static] if _is_by_item(node) else []


def _is_by_item(node: Node) -> bool:
    """Whether an item of the result depends on the items at its place alone."""
    if node.op in _WITHIN_ITEMS:
        return bool(min(node.attrs["axes"]) > 1)
    return node.op == "reshape_to" or isinstance(OPS.get(node.op), ElementwiseOp)


def _just_padded(node: Node) -> _Items | None:
    """Rows of an input, if they are filled up with a constant to the longest of them."""
    values, splits, fill = node.inputs
    longest = f"longest_{values.type.dims[0]}"
    if str(node.attrs["length"]) != longest or splits.op != INPUT or fill.op != CONSTANT:
        return None
    return _Items(values, np.full((1, *node.type.dims[2:]), fill.value))


def _by_item(node: Node, made: Mapping[Node, _Items]) -> _Items | None:
    """What a node that works on each item alone makes of its operands.

    None of them lacks axes: its longest row would meet an axis whose size is a number.
    """
    if not _is_by_item(node):
        return None
    within = node.type.ndim - 2
    operands = [_row_for_all(x, within) if x.is_static else made.get(x) for x in node.inputs]
    found = [operand for operand in operands if operand is not None]
    if len(found) < len(operands):
        return None
    op, (first, *_) = lookup(node.op), found
    values = op(*(Tracer(x.values) for x in found), **_attrs(node, first.values.type.dims))
    with np.errstate(all="ignore"):
        padding = op.reference(*(x.padding for x in found), **_attrs(node, first.padding.shape))
    return _Items(values.node, np.asarray(padding, node.type.dtype))


def _attrs(node: Node, operand: Dims) -> dict[str, Any]:
    """The attributes of ``node`` for an ``operand`` with one axis of items in place of two."""
    attrs = dict(node.attrs)
    if "axes" in attrs:
        attrs["axes"] = tuple(axis - 1 for axis in attrs["axes"])
    if "shape" in attrs:
        attrs["shape"] = (*operand[:1], *node.type.dims[2:])
    return attrs


def _row_for_all(operand: Node, ndim: int) -> _Items | None:
    """A constant that is the same for all items: what it is beside each."""
    if operand.op != CONSTANT:
        return None
    row = operand.value
    while row.ndim > ndim and len(row) == 1:
        row = row[0]
    return _Items(constant(row), row) if row.ndim <= ndim else None


def _known(dims: Dims) -> bool:
    return all(isinstance(size, int) for size in dims)


RULES = [reduction_of_padded_rows, reduction_of_rows_just_padded]
