"""Layouts: how the values of a program lie over rows, columns, and segments of rows.

A program works over one ``full`` shape whose axes part, at a *split*, into rows and columns; with
``bounds`` its rows come in segments.  The block VM (``_kernels/program.pyx``) has registers for

    full, row                     an element for each row and column, or for each row
    segment_full, segment_row     an element for each segment and column, or for each segment
    columns, scalar               the same for all rows; read only

A node *fits* a layout if its operands and its result lie so, and one instruction makes the one from
the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kgraph.compiler.ir import Node, root
from kgraph.compiler.loop_names import (
    REDUCTIONS,
    ROWWISE,
    ROWWISE_SEGMENTS,
    SEGMENTS,
    WEIGHED,
    loop_name,
    reduced_axes,
    reduction_name,
    rowwise_name,
)
from kgraph.types.dims import Dims, Size, product

_BETWEEN_LEVELS = frozenset({*SEGMENTS, *ROWWISE_SEGMENTS, *WEIGHED, "repeat_rows"})
OWN = ("full", "row", "segment_full", "segment_row")  # what a program can make


class Fit(NamedTuple):
    """How a node runs: the instruction, its shape, and how result and operands lie."""

    instruction: str
    shape: str
    result: str
    operands: tuple[str, ...]


def fit(node: Node, full: Dims, split: int, bounds: Node | None = None) -> Fit | None:
    """How ``node`` runs in a program over ``full``, split there; None if it cannot."""
    if node.op in _BETWEEN_LEVELS:
        return _fit_between(node, full, split, bounds)
    found = _fit_rows(node, full, split)
    if found is not None or bounds is None:
        return found
    found = _fit_rows(node, (_segments(bounds), *full[1:]), split)
    return None if found is None else _of_segments(found)


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
    if node.op in ROWWISE:
        suffix = tuple(range(split, len(full)))
        fits = dims == full and node.attrs["axes"] == suffix and rowwise_name(node) is not None
        numbers = ("scalar",) * (len(node.inputs) - 1)
        return Fit("rowwise", "full", "full", ("full", *numbers)) if fits else None
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

    def __init__(self, full: Dims, bounds: Node | None = None) -> None:
        self.full = full
        self.bounds = bounds
        self.splits = {1} if bounds is not None else set(range(len(full) + 1))
        self.fits: dict[Node, dict[int, Fit]] = {}
        self._readers: dict[Node, list[tuple[Node, int]]] = {}  # by what they read: who, where

    @staticmethod
    def of(nodes: Iterable[Node], full: Dims, bounds: Node | None) -> Layout | None:
        """The layout of these nodes in one program, if there is one."""
        made = Layout(full, bounds)
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
        own = OWN[:2] if self.bounds is None else OWN[2:]
        return self.fit(node).operands[place] not in own

    def add(self, node: Node) -> bool:
        """Take the node in, if the program can run it."""
        fits = {split: fit(node, self.full, split, self.bounds) for split in self.splits}
        good = {
            split: found
            for split, found in fits.items()
            if found is not None and self._agrees(node, found, split)
        }
        if not good:
            return False
        self.splits &= good.keys()
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
        if self.bounds not in (None, bounds):
            return None
        for full in dict.fromkeys((self.full, other.full)):
            if bounds is not None and full and full[0] == _segments(bounds):
                continue  # rows and segments could not be told apart
            if self._is_alike(full, bounds) and other._is_alike(full, bounds):
                found = self._absorbed(other)
            else:
                found = Layout.of((*self.fits, *other.fits), full, bounds)
            if found is not None:
                return found
        return None

    def _is_alike(self, full: Dims, bounds: Node | None) -> bool:
        return self.full == full and self.bounds is bounds

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
