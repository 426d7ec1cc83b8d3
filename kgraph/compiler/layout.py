"""Layouts: how the values of a program lie over rows, columns, and segments of rows.

A program works over one ``full`` shape whose axes part, at a *split*, into rows and columns; with
``bounds`` its rows come in segments.  The block VM (``_kernels/program.pyx``) has registers for

    full, row                     an element for each row and column, or for each row
    narrow                        an element for each row and each of fewer columns
    segment_full, segment_row     an element for each segment and column, or for each segment
    columns, scalar               the same for all rows; read only

A program has narrow rows of one width, or bounds, or neither: the k greatest of each row make them,
and what is done to these is done to narrow rows as it would be to full ones.

A node *fits* a layout if its operands and its result lie so, and one instruction makes the one from
the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kgraph.compiler.ir import Node, root
from kgraph.compiler.loop_names import (
    ORDERS,
    REDUCTIONS,
    ROWWISE,
    ROWWISE_SEGMENTS,
    SEGMENTS,
    TOP,
    WEIGHED,
    loop_name,
    reduced_axes,
    reduction_name,
    rowwise_name,
)
from kgraph.types.dims import Dims, Size, product

_BETWEEN_LEVELS = frozenset({*SEGMENTS, *ROWWISE_SEGMENTS, *WEIGHED, "repeat_rows"})
PICKING = frozenset({*TOP, "take_along_axis"})  # some columns of each row
ACROSS = frozenset(
    {"top", "pick", "order"}
)  # instructions that read on where they have begun to write
_OF_ROWS, _OF_SEGMENTS = ("full", "row", "narrow"), ("segment_full", "segment_row")
OWN = (*_OF_ROWS, *_OF_SEGMENTS)  # what a program can make


class Fit(NamedTuple):
    """How a node runs: the instruction, its shape, and how result and operands lie."""

    instruction: str
    shape: str
    result: str
    operands: tuple[str, ...]


def fit(
    node: Node, full: Dims, split: int, bounds: Node | None = None, narrow: Size | None = None
) -> Fit | None:
    """How ``node`` runs in a program over ``full``, split there; None if it cannot."""
    if node.op in _BETWEEN_LEVELS:
        return _fit_between(node, full, split, bounds)
    if node.op in PICKING:
        return _fit_picking(node, full, split, narrow)
    found = _fit_rows(node, full, split)
    if found is not None:
        return found
    if bounds is not None:
        found = _fit_rows(node, (_segments(bounds), *full[1:]), split)
        return None if found is None else _of_segments(found)
    if narrow is not None and split == len(full) - 1:
        found = _fit_rows(node, (*full[:-1], narrow), split)
        return None if found is None else _of_narrow_rows(found)
    return None


def _segments(bounds: Node) -> Size:
    return bounds.type.dims[0] - 1


def _of_segments(found: Fit) -> Fit:
    return Fit(
        found.instruction,
        _raised(found.shape),
        _raised(found.result),
        tuple(map(_raised, found.operands)),
    )


def _raised(lie: str) -> str:
    return f"segment_{lie}" if lie in ("full", "row") else lie


def _of_narrow_rows(found: Fit) -> Fit | None:
    if "columns" in found.operands:
        return None  # there are registers for those of full rows alone
    return Fit(
        found.instruction,
        _narrowed(found.shape),
        _narrowed(found.result),
        tuple(map(_narrowed, found.operands)),
    )


def _narrowed(lie: str) -> str:
    return "narrow" if lie == "full" else lie


def narrow_width(node: Node, full: Dims) -> Size | None:
    """The width of the narrow rows that a node makes of full ones; None if it makes none."""
    if node.op not in PICKING or not full or node.inputs[0].type.dims != full:
        return None
    width = node.type.dims[-1]
    return None if width in (1, full[-1]) else width


def _fit_picking(node: Node, full: Dims, split: int, narrow: Size | None) -> Fit | None:
    """Some columns of each row, or their positions."""
    dims = node.type.dims
    if node.inputs[0].type.dims != full or split != len(full) - 1 or dims[:-1] != full[:-1]:
        return None
    width = narrow_width(node, full)
    if width != narrow and width is not None:
        return None
    result = "narrow" if width is not None else "full" if dims == full else "row"
    if node.op in TOP:
        return Fit("top", result, result, ("full",)) if rowwise_name(node) else None
    return Fit("pick", result, result, ("full", result)) if _picks_within_rows(node) else None


def _picks_within_rows(node: Node) -> bool:
    """Whether no position can be outside of its row: nothing looks when the program runs."""
    x, positions = node.inputs
    made, last = root(positions), (-1, x.type.ndim - 1)
    return (
        node.attrs["axis"] in last
        and (made.op in TOP or (made.op in ORDERS and made.attrs["axis"] in last))
        and made.type.dims == positions.type.dims == node.type.dims
        and made.inputs[0].type.dims == x.type.dims
    )


def _fit_between(node: Node, full: Dims, split: int, bounds: Node | None) -> Fit | None:
    """Rows of a segment to one, one row to all of its segment, or all rows of it together."""
    if bounds is None or root(node.inputs[-1]) is not bounds or split != 1:
        return None
    items = node if node.op == "repeat_rows" else node.inputs[0]
    lie = _lie(items.type.dims, items.type.dims, full, split)
    if lie not in ("full", "row"):
        return None
    if node.op == "repeat_rows":
        return Fit("repeat_rows", lie, lie, (_raised(lie), "bounds"))
    if node.op in ROWWISE_SEGMENTS:
        single = lie == "row" or product(full[split:]) == 1  # one element an item
        fits = single and rowwise_name(node) is not None
        return Fit("rowwise_rows", lie, lie, (lie, "bounds")) if fits else None
    if node.op in WEIGHED:
        weights = _lie(node.inputs[1].type.dims, items.type.dims, full, split)
        fits = (lie, weights) == ("full", "row") and rowwise_name(node) is not None
        return Fit("weigh_rows", lie, "segment_full", (lie, "row", "bounds")) if fits else None
    if reduction_name(node) is None:
        return None
    return Fit("reduce_rows", lie, _raised(lie), (lie, "bounds"))


def _fit_rows(node: Node, full: Dims, split: int) -> Fit | None:
    if node.op in REDUCTIONS:
        suffix = tuple(range(split, len(full)))
        fits = node.inputs[0].type.dims == full and reduced_axes(node) == suffix
        return Fit("reduce", "full", "row", ("full",)) if fits and reduction_name(node) else None
    dims = node.type.dims
    if node.op in ROWWISE or node.op in ORDERS:
        suffix = tuple(range(split, len(full)))
        fits = dims == full == node.inputs[0].type.dims and reduced_axes(node) == suffix
        instruction = "order" if node.op in ORDERS else "rowwise"
        numbers = ("scalar",) * (len(node.inputs) - 1)
        found = Fit(instruction, "full", "full", ("full", *numbers))
        return found if fits and rowwise_name(node) is not None else None
    result = _lie(dims, dims, full, split)
    if result not in ("full", "row"):
        return None
    operands = [_lie(operand.type.dims, dims, full, split) for operand in node.inputs]
    if None in operands or loop_name(node) is None:
        return None
    return Fit("loop", result, result, tuple(filter(None, operands)))


def _lie(dims: Dims, out: Dims, full: Dims, split: int) -> str | None:
    """How an operand lies; ``out`` is the shape of its node's result, to which it is broadcast."""
    rank = len(full)
    if len(out) > rank and all(size == 1 for size in out[rank:]):
        dims, out = ((1,) * (len(out) - len(dims)) + dims)[:rank], out[:rank]
    if out == full[:split] and len(out) < rank:  # rows without axes for columns
        return "row" if dims == out else "scalar" if all(size == 1 for size in dims) else None
    if len(dims) > rank:
        extra, dims = dims[: len(dims) - rank], dims[len(dims) - rank :]
        if any(size != 1 for size in extra):
            return None
    padded = (1,) * (rank - len(dims)) + dims
    if padded == full:
        return "full"
    if all(size == 1 for size in padded):
        return "scalar"
    head, tail = padded[:split], padded[split:]
    if head == full[:split] and all(size == 1 for size in tail):
        return "row"
    if tail == full[split:] and all(size == 1 for size in head):
        return "columns"
    return None


class Layout:
    """A full shape, the splits that suit all nodes so far, and how each runs at each of them."""

    def __init__(self, full: Dims, bounds: Node | None = None, narrow: Size | None = None) -> None:
        self.full = full
        self.bounds = bounds
        self.narrow = narrow
        self.splits = {1} if bounds is not None else set(range(len(full) + 1))
        self.fits: dict[Node, dict[int, Fit]] = {}
        self._readers: dict[Node, list[tuple[Node, int]]] = {}  # by what they read: who, where

    @staticmethod
    def of(
        nodes: Iterable[Node], full: Dims, bounds: Node | None, narrow: Size | None = None
    ) -> Layout | None:
        """The layout of these nodes in one program, if there is one."""
        made = Layout(full, bounds, narrow)
        return made if all(made.add(node) for node in nodes) else None

    @property
    def split(self) -> int:
        """The axis at which columns begin."""
        return max(self.splits)

    @property
    def lead(self) -> Dims:
        """What the program can be handed out in: its rows, or its segments."""
        return self.full[: self.split] if self.bounds is None else (_segments(self.bounds),)

    @property
    def columns(self) -> Size:
        return product(self.full[self.split :])

    def fit(self, node: Node) -> Fit:
        """How a node of the program runs."""
        return self.fits[node][self.split]

    def is_whole(self, node: Node, place: int) -> bool:
        """Whether an operand is needed whole, whatever rows of ``lead`` the program works on."""
        own = _OF_ROWS if self.bounds is None else _OF_SEGMENTS
        return self.fit(node).operands[place] not in own

    def add(self, node: Node) -> bool:
        """Take the node in, if the program can run it."""
        narrow = self.narrow
        if narrow is None and self.bounds is None:
            narrow = narrow_width(node, self.full)
        fits = {split: fit(node, self.full, split, self.bounds, narrow) for split in self.splits}
        good = {
            split: found
            for split, found in fits.items()
            if found is not None and self._agrees(node, found, split)
        }
        if not good:
            return False
        self.splits &= good.keys()
        self.narrow = narrow
        self.fits[node] = good
        self._note_reads(node)
        return True

    def _agrees(self, node: Node, found: Fit, split: int) -> bool:
        """Whether what the program makes is read as it lies: operands, and ``node`` itself."""
        for operand, lie in zip(node.inputs, found.operands, strict=True):
            maker = self.fits.get(root(operand))
            if maker is not None and maker[split].result != lie:
                return False
        return all(
            self.fits[reader][split].operands[place] == found.result
            for reader, place in self._readers.get(node, ())
        )

    def _note_reads(self, node: Node) -> None:
        for place, operand in enumerate(node.inputs):
            self._readers.setdefault(root(operand), []).append((node, place))

    def joined(self, other: Layout) -> Layout | None:
        """The layout of the nodes of both in one program, if there is one.

        Layouts of one shape become the larger of the two; neither is to be used thereafter.
        """
        bounds = self.bounds if other.bounds is None else other.bounds
        narrow = self.narrow if other.narrow is None else other.narrow
        if self.bounds not in (None, bounds) or self.narrow not in (None, narrow):
            return None
        if bounds is not None and narrow is not None:
            return None
        for full in dict.fromkeys((self.full, other.full)):
            if bounds is not None and full and full[0] == _segments(bounds):
                continue  # rows and segments could not be told apart
            a, b = self._over(full, bounds, narrow), other._over(full, bounds, narrow)
            found = None if a is None or b is None else a._absorbed(b)
            if found is not None:
                return found
        return None

    def _over(self, full: Dims, bounds: Node | None, narrow: Size | None) -> Layout | None:
        """The layout of the same nodes over another shape, if there is one."""
        if (self.full, self.narrow) == (full, narrow) and self.bounds is bounds:
            return self
        return Layout.of(self.fits, full, bounds, narrow)

    def _absorbed(self, other: Layout) -> Layout | None:
        small, large = sorted((self, other), key=lambda layout: len(layout.fits))
        splits = {split for split in large.splits & small.splits if large._takes(small, split)}
        if not splits:
            return None
        large.splits = splits
        large.fits |= small.fits
        for node in small.fits:
            large._note_reads(node)
        return large

    def _takes(self, small: Layout, split: int) -> bool:
        return all(self._agrees(node, found[split], split) for node, found in small.fits.items())


def can_broadcast(node: Node) -> bool:
    """Whether the operands of an elementwise node lie as the block VM can read them."""
    full = node.type.dims
    return any(
        all(_lie(operand.type.dims, full, full, split) for operand in node.inputs)
        for split in range(len(full) + 1)
    )


def is_spread(operand: Node, full: Dims) -> bool:
    """Whether an operand of a node of shape ``full`` can be read wherever rows end."""
    return _lie(operand.type.dims, full, full, len(full)) is not None
