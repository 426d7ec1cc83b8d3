"""Rows: a level as rows of nodes with links from each row to the next, in an order with few
crossings.

An edge over several rows bends in each of them; edges of one owner from one item share their
bends.  The order is found by barycenters: a node moves to the mean of its neighbours, down and up
again, and the order with the fewest crossings is kept.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from kgraph.drawing.levels import Edge, Item, Level, Owner, Port

_SWEEPS = 12
_ENOUGH = 200_000  # nodes times sweeps: large graphs are swept less often


class Bend(NamedTuple):
    """Where lines from ``tail`` pass the row ``rank``."""

    tail: Item
    port: Port | None
    owner: Owner
    rank: int


Node: TypeAlias = "Item | Bend"
# Where on a node, from 0 on the left to 1, a line ends.
Share = Callable[[Node, "Port | None"], float]


@dataclass(frozen=True)
class Link:
    """A piece of a line, from a node to one in the next row."""

    tail: Node
    head: Node
    owner: Owner
    tail_port: Port | None = None
    head_port: Port | None = None


@dataclass(frozen=True)
class Rows:
    rows: list[list[Node]]
    links: list[Link]


def rows_of(level: Level, ranks: Mapping[Item, int], share: Share) -> Rows:
    """The rows of a level, each in its order."""
    rows: list[dict[Node, None]] = [{} for _ in range(max(ranks.values(), default=-1) + 1)]
    for item in level.items:
        rows[ranks[item]][item] = None
    links: dict[Link, None] = {}
    for edge in level.edges:
        for link in _links(edge, ranks):
            links[link] = None
            if isinstance(link.head, Bend):
                rows[link.head.rank][link.head] = None
    return _in_order(Rows([list(row) for row in rows], list(links)), share)


def _links(edge: Edge, ranks: Mapping[Item, int]) -> list[Link]:
    passed = range(ranks[edge.tail] + 1, ranks[edge.head])
    bends = [Bend(edge.tail, edge.tail_port, edge.owner, rank) for rank in passed]
    nodes: list[Node] = [edge.tail, *bends, edge.head]
    last = len(nodes) - 2
    return [
        Link(
            nodes[at],
            nodes[at + 1],
            edge.owner,
            None if at else edge.tail_port,
            edge.head_port if at == last else None,
        )
        for at in range(last + 1)
    ]


def _in_order(rows: Rows, share: Share) -> Rows:
    above: dict[Node, list[Link]] = {}
    below: dict[Node, list[Link]] = {}
    for link in rows.links:
        above.setdefault(link.head, []).append(link)
        below.setdefault(link.tail, []).append(link)
    order = _Order(rows.rows, above, below, share)
    best, fewest = order.rows, order.crossings()
    nodes = sum(map(len, rows.rows))
    for _ in range(min(_SWEEPS, max(2, _ENOUGH // (nodes + 1)))):
        if not fewest:
            break
        order.sweep()
        crossings = order.crossings()
        if crossings < fewest:
            best, fewest = order.rows, crossings
    return Rows(best, rows.links)


class _Order:
    """An order of the nodes in their rows, while it gets better."""

    def __init__(
        self,
        rows: list[list[Node]],
        above: Mapping[Node, list[Link]],
        below: Mapping[Node, list[Link]],
        share: Share,
    ) -> None:
        self.rows, self.above, self.below, self.share = rows, above, below, share
        self.place = {node: at for row in rows for at, node in enumerate(row)}
        for number in range(1, len(rows)):
            self._sort(number, self._upper)

    def sweep(self) -> None:
        """Down, then up again."""
        for number in range(1, len(self.rows)):
            self._sort(number, self._upper)
        for number in range(len(self.rows) - 2, -1, -1):
            self._sort(number, self._lower)

    def crossings(self) -> int:
        return sum(self._crossings_below(row) for row in self.rows)

    def _sort(self, number: int, neighbours: Callable[[Node], list[float]]) -> None:
        def barycenter(node: Node) -> float:
            found = neighbours(node)
            return sum(found) / len(found) if found else self.place[node] + 0.5

        row = sorted(self.rows[number], key=barycenter)  # stable: equals keep their order
        self.rows = [*self.rows[:number], row, *self.rows[number + 1 :]]
        self.place.update((node, at) for at, node in enumerate(row))

    def _upper(self, node: Node) -> list[float]:
        return [self._end(link.tail, link.tail_port) for link in self.above.get(node, ())]

    def _lower(self, node: Node) -> list[float]:
        return [self._end(link.head, link.head_port) for link in self.below.get(node, ())]

    def _end(self, node: Node, port: Port | None) -> float:
        return self.place[node] + self.share(node, port)

    def _crossings_below(self, row: list[Node]) -> int:
        ends = sorted(
            (self._end(node, link.tail_port), self._end(link.head, link.head_port))
            for node in row
            for link in self.below.get(node, ())
        )
        count = 0
        passed: list[float] = []
        for _, end in ends:
            count += len(passed) - bisect_right(passed, end)
            insort(passed, end)
        return count
