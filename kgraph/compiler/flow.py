"""What flows between regions: the values that leave one, and the regions that read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Fused, Region
from kgraph.types.dims import Size, estimate, symbols

NOMINAL = 64  # what an unknown size is taken for when bytes are compared
LARGE = 4 * NOMINAL  # one that outgrows the others


@dataclass(frozen=True)
class Value:
    """Memory that a region needs for what it makes: its bytes, and the regions that read it."""

    maker: int
    bytes: int
    readers: tuple[int, ...]


@dataclass(frozen=True)
class Flow:
    """The values of the arena, by number, and for each region those that it reads and makes.

    ``needs`` holds all the regions that must come before, those that make outputs among them.
    """

    values: tuple[Value, ...]
    reads: tuple[tuple[int, ...], ...]
    makes: tuple[tuple[int, ...], ...]
    needs: tuple[tuple[int, ...], ...]


def nominal_bytes(node: Node, sizes: Mapping[str, int] | None = None) -> int:
    """Bytes of a value when ``sizes`` are these and every other unknown one is ``NOMINAL``."""
    size: Size = node.type.size
    env = dict.fromkeys(symbols(size), NOMINAL) | dict(sizes or {})
    return estimate(size, env) * node.type.dtype.itemsize


def size_samples(nodes: Iterable[Node]) -> list[dict[str, int]]:
    """Batches to compare orders on: one with all sizes alike, and for each size that outgrows the
    others one, if there are others: how many items or entries its rows have is up to a batch."""
    names = sorted(set().union(*(symbols(node.type.size) for node in nodes)))
    return [{}] if len(names) < 2 else [{}, *({name: LARGE} for name in names)]


def reads_of(region: Region) -> dict[Node, None]:
    """What a region reads from outside, each once."""
    inside = set(region.nodes)
    return {value: None for step in region.steps for value in step.reads if value not in inside}


def readers_of(regions: Sequence[Region]) -> dict[Node, list[int]]:
    """Which regions read each value from outside, in their order."""
    readers: dict[Node, list[int]] = {}
    for number, region in enumerate(regions):
        for value in reads_of(region):
            readers.setdefault(value, []).append(number)
    return readers


def flow_of(fused: Fused, sizes: Mapping[str, int] | None = None) -> Flow:
    """What flows between the regions; an output needs no room in the arena."""
    readers = readers_of(fused.regions)
    outputs = {root(node) for node in fused.graph.outputs}
    makers = {node: number for number, region in enumerate(fused.regions) for node in region.nodes}
    values: list[Value] = []
    reads: list[list[int]] = [[] for _ in fused.regions]
    makes: list[list[int]] = [[] for _ in fused.regions]
    needs: list[list[int]] = [
        sorted({makers[value] for value in reads_of(region) if value in makers})
        for region in fused.regions
    ]
    for number, region in enumerate(fused.regions):
        for node in region.nodes:
            if node not in readers or node in outputs:
                continue
            made = Value(number, nominal_bytes(node, sizes), tuple(readers[node]))
            makes[number].append(len(values))
            for reader in made.readers:
                reads[reader].append(len(values))
            values.append(made)
    return Flow(tuple(values), *(tuple(map(tuple, lists)) for lists in (reads, makes, needs)))
