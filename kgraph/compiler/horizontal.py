"""Independent ends of a graph that work over the same rows run together.

    region over B               region over B
      program  %0 = tanh(%x)      program  %0 = tanh(%x)  %1 = exp(%y)
    region over B          →
      program  %1 = exp(%y)

Regions that nobody waits for have no order among themselves.  Those that read the same values of
other regions, or none, become one: fewer kernels to start, fewer times that threads are woken, and
no value lives any longer than before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kgraph.compiler.flow import reads_of
from kgraph.compiler.ir import Node
from kgraph.compiler.kernels import Region, Step
from kgraph.types.dims import Size

_MOST_STEPS = 64  # of a region: its panels hold what all of them make


def merge_ends(regions: Sequence[Region], join: Callable[[Step, Step], bool]) -> list[Region]:
    """The regions, ends merged; ``join`` makes one program of two, or says that it cannot."""
    made = {node for region in regions for node in region.nodes}
    read = {value for region in regions for value in reads_of(region)}
    ends: dict[frozenset[Node], list[Region]] = {}
    kept: list[Region] = []
    for region in regions:
        if not _is_end(region, read):
            kept.append(region)
            continue
        needs = frozenset(value for value in reads_of(region) if value in made)
        others = ends.setdefault(needs, [])
        if not any(_merge(other, region, join) for other in others):
            others.append(region)
            kept.append(region)
    return kept


def _is_end(region: Region, read: set[Node]) -> bool:
    return region.aligned and not any(node in read for node in region.nodes)


def _merge(into: Region, region: Region, join: Callable[[Step, Step], bool]) -> bool:
    allowed: list[Size] = [size for size in into.allowed if size in region.allowed]
    if not allowed or len(into.steps) + len(region.steps) > _MOST_STEPS:
        return False
    into.allowed = allowed
    if len(region.steps) > 1 or not any(join(step, region.steps[0]) for step in into.steps):
        into.steps += region.steps
    return True
