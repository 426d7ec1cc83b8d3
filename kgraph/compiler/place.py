"""Passes ``schedule`` and ``place``: in which order regions run, and where their values lie.

A value that only its own region needs lies in the panel, one that a program alone needs in a
register of it.  All others get a slot of the arena; a slot serves one value after another, never
two that live at once.  Sizes may be unknown here: a slot is as large as the largest value it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Fused, Region
from kgraph.types.dims import Size, estimate, symbols

NOMINAL = 64  # what an unknown size is taken for when orders are compared


@dataclass(frozen=True)
class Placement:
    """Where the value of each node lies: ("panel", 0), ("arena", slot) or ("output", number)."""

    of: Mapping[Node, tuple[str, int]]
    arena_slots: int


def nominal_bytes(node: Node) -> int:
    """Bytes of a value when every unknown size is ``NOMINAL``."""
    size: Size = node.type.size
    return estimate(size, dict.fromkeys(symbols(size), NOMINAL)) * node.type.dtype.itemsize


def schedule(fused: Fused) -> Fused:
    """Order the regions so that as few bytes as possible are live at a time (greedily)."""
    readers, makers = _flow(fused.regions)
    kept = {root(node) for node in fused.graph.outputs}
    waiting = {
        i: {makers[v] for v in _reads(r) if v in makers} - {i} for i, r in enumerate(fused.regions)
    }
    left = {value: set(users) for value, users in readers.items()}
    order: list[int] = []
    while waiting:
        ready = [number for number, needs in waiting.items() if not needs]

        def growth(number: int) -> int:
            made = sum(nominal_bytes(v) for v in _exports(fused, number, readers, kept))
            freed = [v for v in _reads(fused.regions[number]) if left.get(v) == {number}]
            return made - sum(nominal_bytes(v) for v in freed if v not in kept and v in makers)

        chosen = min(ready, key=lambda number: (growth(number), number))
        order.append(chosen)
        del waiting[chosen]
        for needs in waiting.values():
            needs.discard(chosen)
        for users in left.values():
            users.discard(chosen)
    return Fused(fused.graph, [fused.regions[number] for number in order])


def _reads(region: Region) -> set[Node]:
    inside = set(region.nodes)
    return {value for step in region.steps for value in step.reads} - inside


def _flow(regions: Sequence[Region]) -> tuple[dict[Node, set[int]], dict[Node, int]]:
    """Which regions read each value from outside, and which region makes it."""
    readers: dict[Node, set[int]] = {}
    for number, region in enumerate(regions):
        for value in _reads(region):
            readers.setdefault(value, set()).add(number)
    makers = {node: number for number, region in enumerate(regions) for node in region.nodes}
    return readers, makers


def _exports(
    fused: Fused, number: int, readers: Mapping[Node, set[int]], kept: set[Node]
) -> list[Node]:
    return [node for node in fused.regions[number].nodes if node in readers or node in kept]


def place(fused: Fused) -> Placement:
    """Give every value that leaves its step a place."""
    readers, _ = _flow(fused.regions)
    outputs = {root(node): number for number, node in enumerate(fused.graph.outputs)}
    spots: dict[Node, tuple[str, int]] = {}
    slots = _Slots()
    for number, region in enumerate(fused.regions):
        inside = {value for step in region.steps for value in step.reads}
        for step in region.steps:
            for node in step.nodes:
                if node in outputs:
                    spots[node] = ("output", outputs[node])
                elif node in readers or (node in inside and not step.aligned):
                    last = max(readers.get(node, {number}))
                    spots[node] = ("arena", slots.take(number, last, nominal_bytes(node)))
                elif node in inside:
                    spots[node] = ("panel", 0)
    return Placement(spots, slots.count)


class _Slots:
    """Arena slots and when each is free again."""

    def __init__(self) -> None:
        self.free_after: list[int] = []
        self.bytes: list[int] = []

    @property
    def count(self) -> int:
        return len(self.free_after)

    def take(self, first: int, last: int, size: int) -> int:
        """A slot that nothing live occupies from region ``first`` to ``last``: the one whose size
        fits best."""
        free = [slot for slot, until in enumerate(self.free_after) if until < first]
        if free:
            slot = min(free, key=lambda s: abs(self.bytes[s] - size))
            self.free_after[slot] = last
            self.bytes[slot] = max(self.bytes[slot], size)
            return slot
        self.free_after.append(last)
        self.bytes.append(size)
        return len(self.free_after) - 1
