"""Pass ``place``: where values lie.

A value that only its own region needs lies in the panel, among its rows or their items, one that a
program alone needs in a register of it.  A product that only its epilogue needs lies where the
result of the epilogue will stand, or in the tile.  All others get a *slot* of the arena, which
lives from the region that makes it to the last that reads it:

    region 0: %0 = dense(…)        slot 0 lives in regions 0 .. 1
    region 1: %1 = dense(%0, …)    slot 1 lives in regions 1 .. 2
    region 2: %2 = tanh(%1)        … written over %1, and slot 1 lives on to the reader of %2

Where a slot begins is decided when a batch is bound (``_kernels/packing.pyx``): only then are
sizes known.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from kgraph.compiler.flow import readers_of
from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Fused, Region, Step
from kgraph.compiler.layout import ACROSS

Lifetime = tuple[int, int]  # the first and the last region

# Of these each value has a part of its own.
PANEL, ITEMS, BAG, TILE = ("panel", 0), ("items", 0), ("bag", 0), ("tile", 0)


@dataclass(frozen=True)
class Placement:
    """Where the value of each node lies.

    ("tile", 0), ("panel", 0), ("items", 0), ("bag", 0), ("arena", slot) or ("output", number); a
    node ``under`` another lies where that one will be written.  ``lifetimes`` are of the slots.
    """

    of: Mapping[Node, tuple[str, int]]
    lifetimes: tuple[Lifetime, ...]
    under: Mapping[Node, Node]

    def is_in_memory(self, node: Node) -> bool:
        """Whether a value lies anywhere; others are in a register of their program."""
        return node in self.of or node in self.under

    def memory(self, node: Node) -> Hashable:
        """Where a value lies: whoever writes there overwrites all that have the same memory."""
        node = self.under.get(node, node)
        spot = self.of.get(node, PANEL)
        return node if spot in (PANEL, ITEMS, BAG, TILE) else spot


def place(fused: Fused) -> Placement:
    """Give every value that leaves its step a place."""
    readers = readers_of(fused.regions)
    outputs = {root(node): number for number, node in enumerate(fused.graph.outputs)}
    spots: dict[Node, tuple[str, int]] = {}
    lifetimes: list[Lifetime] = []
    under: dict[Node, Node] = {}
    for number, region in enumerate(fused.regions):
        inside = {value for step in region.steps for value in step.reads}
        for step in region.steps:
            for node in step.nodes:
                if node in outputs:
                    spots[node] = ("output", outputs[node])
                elif node in readers:
                    last = readers[node][-1]
                    slot = _dying(node, step, region, number, spots, lifetimes)
                    if slot is None:
                        slot = len(lifetimes)
                        lifetimes.append((number, last))
                    lifetimes[slot] = (lifetimes[slot][0], last)
                    spots[node] = ("arena", slot)
                elif node in inside:
                    spots[node] = _part_of_panel(node, step, region)
            _place_products(step, spots, under)
    return Placement(spots, tuple(lifetimes), under)


def _part_of_panel(node: Node, step: Step, region: Region) -> tuple[str, int]:
    """Kernels over rows want all items of a row at once, those over items do not."""
    if not step.of_items:
        return PANEL
    by_rows = any(node in other.reads for other in region.steps if not other.of_items)
    return BAG if by_rows else ITEMS


def _place_products(
    step: Step, spots: dict[Node, tuple[str, int]], under: dict[Node, Node]
) -> None:
    """Where a kernel of several parts puts the products that nobody else reads."""
    for part in step.parts[:-1]:
        made = part.nodes[-1]
        if made not in spots:
            over = _written_over(made, step.parts[-1], spots)
            if over is None or over in under.values():
                spots[made] = TILE
            else:
                under[made] = over


def _written_over(made: Node, program: Step, spots: Mapping[Node, tuple[str, int]]) -> Node | None:
    """A result of the program that may be written over an operand that it alone reads."""
    for node in program.nodes:
        if node in spots and _lies_as(made, node, program):
            return node
    return None


def _dying(
    node: Node,
    step: Step,
    region: Region,
    number: int,
    spots: Mapping[Node, tuple[str, int]],
    lifetimes: list[Lifetime],
) -> int | None:
    """The slot of an operand that dies in this region and that ``node`` may be written over."""
    if step.kind != "program":
        return None
    for base in step.reads:
        kind, slot = spots.get(base, PANEL)
        dies = kind == "arena" and lifetimes[slot][1] == number  # nor has another taken the slot
        if dies and may_overwrite(node, base, step, region):
            return slot
    return None


def may_overwrite(node: Node, base: Node, step: Step, region: Region) -> bool:
    """Whether every element of ``base`` has been read when its place in ``node`` is written.

    A program runs tile by tile, each instruction over the whole tile, and a loop reads an element
    before it writes there, as those ``ACROSS`` do not.  So both must lie alike, and no later
    instruction may read ``base``; nor a later step, nor one that reads other rows than its own:
    threads are not in step.
    """
    at = region.steps.index(step)
    if any(base in later.reads for later in region.steps[at + 1 :]):
        return False
    if any(base in one.reads and base not in one.local for one in region.steps):
        return False
    return _lies_as(base, node, step)


def _lies_as(base: Node, node: Node, step: Step) -> bool:
    """Whether both have an element of the same bytes for each row and column of the program."""
    assert step.layout is not None
    how = step.layout.fit(node)
    if base.type.dtype.itemsize != node.type.dtype.itemsize:
        return False
    if how.result != "full" or how.instruction in ACROSS:
        return False
    written = False
    for instruction in step.nodes:
        fit = step.layout.fit(instruction)
        for operand, lie in zip(instruction.inputs, fit.operands, strict=True):
            if root(operand) is base and (written or lie != "full"):
                return False
        written = written or instruction is node
    return True
