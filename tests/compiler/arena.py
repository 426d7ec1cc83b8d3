"""What must hold of an arena, checked region by region and from the graph alone: no line of the
placer or the packer is used."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from kgraph.compiler.ir import Node
from kgraph.compiler.kernels import Fused
from kgraph.compiler.place import Placement


def owner(node: Node) -> Node:
    """A reshape holds the memory of what it reshapes."""
    while node.op == "reshape_to":
        (node,) = node.inputs
    return node


def live_in_each_region(fused: Fused) -> list[set[Node]]:
    """For each region the values whose memory must hold while it runs: those it makes or reads, and
    those that were made before it and are read after it, through views or not."""
    region_of = {node: at for at, region in enumerate(fused.regions) for node in region.nodes}
    live: list[set[Node]] = [set() for _ in fused.regions]
    for node, first in region_of.items():
        live[first].add(node)
    for reader, at in region_of.items():
        for operand in reader.inputs:
            held = owner(operand)
            if held in region_of:
                for region in range(region_of[held], at + 1):
                    live[region].add(held)
    return live


def written_over(fused: Fused, node: Node, other: Node) -> bool:
    """Whether one of two values that share a slot is an operand of the program that makes the
    other, which is all that may be written over."""
    for region in fused.regions:
        for step in region.steps:
            own = set(step.nodes)
            if step.kind == "program" and node in own and other not in own:
                read = {owner(x) for made in step.nodes for x in made.inputs}
                return other in read and other.type.size == node.type.size
    return False


def check_lifetimes(fused: Fused, placement: Placement) -> None:
    """No slot holds two values at once, but for one that is written over its operand."""
    arena = {n: at for n, (kind, at) in placement.of.items() if kind == "arena"}
    for at, live in enumerate(live_in_each_region(fused)):
        here = [node for node in live if node in arena]
        for number, node in enumerate(here):
            first, last = placement.lifetimes[arena[node]]
            assert first <= at <= last
            for other in here[:number]:
                if arena[node] == arena[other]:
                    assert written_over(fused, node, other) or written_over(fused, other, node)


def check_packing(
    lifetimes: Sequence[tuple[int, int]], sizes: Sequence[int], starts: Sequence[int], total: int
) -> None:
    """Byte ranges of slots that live in one region are apart, and all lie in the arena."""
    for region in range(1 + max((last for _, last in lifetimes), default=0)):
        live = [i for i, (first, last) in enumerate(lifetimes) if first <= region <= last]
        ranges = sorted((starts[i], starts[i] + sizes[i]) for i in live if sizes[i])
        for (_, stop), (start, _) in pairwise(ranges):
            assert stop <= start
    assert all(s >= 0 and s + n <= total for s, n in zip(starts, sizes, strict=True))


def most_live(lifetimes: Sequence[tuple[int, int]], sizes: Sequence[int]) -> int:
    """No packing can do with fewer bytes."""
    regions = range(1 + max((last for _, last in lifetimes), default=0))
    return max(
        sum(n for (a, b), n in zip(lifetimes, sizes, strict=True) if a <= at <= b) for at in regions
    )
