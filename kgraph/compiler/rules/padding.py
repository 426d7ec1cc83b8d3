"""Ragged rows that were padded to be reduced are reduced as they are.

    to_tensor, mask, sum over the steps  ->  the sum of each ragged row

The same is added or compared; a mean is divided by the length to which rows were padded, as before.
Sums of scalar items may add it in another order, which no longer depends on the longest row of the
batch; all else is exact.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kgraph.compiler.ir import CONSTANT, INPUT, Node, Tracer, constant
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
from kgraph.types.dims import Dim, Dims, Size
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
    if node.attrs["axes"] != (1,):
        return None
    source = _padding_below(padded.node)
    rows = None if source is None else _Rows(source).of(padded.node)
    if source is None or rows is None:
        return None
    reduce, identity = _OF_ROWS[node.op]
    neutral = bool((rows.padding == identity(node.type.dtype)).all())
    if not neutral and node.op not in _EXTREMES:
        return None
    row_splits = Tracer(source.inputs[1])
    found = reduce(Tracer(rows.values), row_splits)
    length = source.attrs["length"]
    if not neutral:
        extreme = _EXTREMES[node.op](found, rows.padding)
        found = where(_shorter(row_splits, length, found.ndim), extreme, found)
    if node.op == "reduce_mean":
        found = divide(found, size_like(found, length))
    return reshape_to(found, node.type.dims)  # type: ignore[no-any-return]


def _shorter(row_splits: Tracer, length: Size, ndim: int) -> Tracer:
    """Which rows have fewer items than ``length``, for values of ``ndim`` axes."""
    lengths = lengths_of(row_splits)
    shorter = less(lengths, size_like(lengths, length))
    return reshape_to(shorter, (*lengths.type.dims, *(1,) * (ndim - 1)))  # type: ignore[no-any-return]


def _padding_below(node: Node) -> Node | None:
    """The first ``ragged_to_dense`` that a value is computed from, if it cuts no row."""
    stack, seen = [node], {node}
    while stack:
        found = stack.pop()
        if found.op == "ragged_to_dense":
            return found if _keeps_all_items(found) else None
        if _is_by_item(found):
            stack += [x for x in found.inputs if not x.is_static and x not in seen]
            seen.update(found.inputs)
    return None


def _keeps_all_items(padded: Node) -> bool:
    """Whether rows of an input are filled up to the longest of them."""
    values, splits = padded.inputs[:2]
    (items, *_), length = values.type.dims, padded.attrs["length"]
    longest = isinstance(items, Dim) and str(length) == f"longest_{items}"
    return bool(longest and splits.op == INPUT)


def _is_by_item(node: Node) -> bool:
    """Whether an item of the result depends on the items at its place alone."""
    if node.op in _WITHIN_ITEMS:
        return bool(min(node.attrs["axes"]) > 1)
    return node.op == "reshape_to" or isinstance(OPS.get(node.op), ElementwiseOp)


class _Items(NamedTuple):
    """The items of a padded value without the padding, and one item of padding."""

    values: Node
    padding: np.ndarray


class _Rows:
    """Values as they would be, had ``source`` not been padded."""

    def __init__(self, source: Node) -> None:
        self.source = source
        self.frame = source.type.dims[:2]  # rows, and the items of each
        self.known: dict[Node, _Items | None] = {}

    def of(self, node: Node) -> _Items | None:
        """The items of a padded value; None if it is computed from anything else, too."""
        if node not in self.known:
            self.known[node] = self._of(node)
        return self.known[node]

    def _of(self, node: Node) -> _Items | None:
        if node.type.dims[:2] != self.frame or not _known(node.type.dims[2:]):
            return None
        if node.op == "ragged_to_dense":
            return self._unpadded(node)
        if not _is_by_item(node):
            return None
        operands = [self._operand(x, node) for x in node.inputs]
        found = [operand for operand in operands if operand is not None]
        if len(found) < len(operands):
            return None
        made = lookup(node.op)
        values = made(*(Tracer(x.values) for x in found), **_attrs(node, self.n_items))
        with np.errstate(all="ignore"):
            padding = made.reference(*(x.padding for x in found), **_attrs(node, 1))
        return _Items(values.node, np.asarray(padding, node.type.dtype))

    def _unpadded(self, node: Node) -> _Items | None:
        values, splits, fill = node.inputs
        same = splits is self.source.inputs[1] and values.type.dims[0] == self.n_items
        if not same or fill.op != CONSTANT or not _keeps_all_items(node):
            return None
        return _Items(values, np.full((1, *node.type.dims[2:]), fill.value))

    @property
    def n_items(self) -> Size:
        return self.source.inputs[0].type.dims[0]

    def _operand(self, operand: Node, node: Node) -> _Items | None:
        if operand.is_static:
            return _row_for_all(operand, node.type.ndim - 2)
        aligned = operand.type.ndim == node.type.ndim or not isinstance(
            lookup(node.op), ElementwiseOp
        )
        return self.of(operand) if aligned else None


def _attrs(node: Node, n_items: Size) -> dict[str, Any]:
    """The attributes of ``node`` for values that have one axis of items in place of two."""
    attrs = dict(node.attrs)
    if "axes" in attrs:
        attrs["axes"] = tuple(axis - 1 for axis in attrs["axes"])
    if "shape" in attrs:
        attrs["shape"] = (n_items, *node.type.dims[2:])
    return attrs


def _row_for_all(operand: Node, ndim: int) -> _Items | None:
    """A constant that is the same for all items: what it is beside each."""
    before = max(operand.type.ndim - ndim, 0)
    if operand.op != CONSTANT or any(size != 1 for size in operand.type.dims[:before]):
        return None
    row = operand.value.reshape(operand.value.shape[before:])
    return _Items(operand if not before else constant(row), row)


def _known(dims: Dims) -> bool:
    return all(isinstance(size, int) for size in dims)


RULES = [reduction_of_padded_rows, reduction_of_rows_just_padded]
