"""Columns: where in its row each node stands.

A node wants to stand where its lines are straight: at the mean of its neighbours.  In a row these
wishes are met as well as the order and the widths allow, in the sense of least squares: that is an
isotonic regression, which pooling adjacent violators solves exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from kgraph.drawing.levels import Port
from kgraph.drawing.rows import Bend, Link, Node, Rows

_SWEEPS = 8
_BOX_GAP, _BEND_GAP = 24.0, 14.0
_STAYING = 0.01  # the weight of staying where one is
_STRAIGHT = 8.0  # of a line between two bends: long lines should be straight

# From the left of a node: where a line ends.
Offset = Callable[[Node, "Port | None"], float]


def columns_of(rows: Rows, width: Callable[[Node], float], offset: Offset) -> dict[Node, float]:
    """The left end of each node; the leftmost stands at 0."""
    placing = _Placing(rows, width, offset)
    for sweep in range(_SWEEPS):
        numbers = range(len(rows.rows))
        if sweep % 2:
            numbers = range(len(rows.rows) - 1, -1, -1)
        for number in numbers:
            placing.settle(number, up=sweep % 2 == 0, down=sweep % 2 == 1)
    for number in range(len(rows.rows)):
        placing.settle(number, up=True, down=True)
    leftmost = min(placing.left.values(), default=0.0)
    return {node: left - leftmost for node, left in placing.left.items()}


class _Placing:
    def __init__(self, rows: Rows, width: Callable[[Node], float], offset: Offset) -> None:
        self.rows, self.width, self.offset = rows.rows, width, offset
        self.above = _grouped(rows.links, lambda link: link.head)
        self.below = _grouped(rows.links, lambda link: link.tail)
        self.left: dict[Node, float] = {}
        for row in rows.rows:
            ends = _cumulated(self._steps(row))
            self.left.update((node, end) for node, end in zip(row, ends, strict=True))

    def settle(self, number: int, *, up: bool, down: bool) -> None:
        """Move the nodes of a row towards their neighbours above (up) and below (down)."""
        row = self.rows[number]
        wanted, weights = [], []
        for node in row:
            wishes = [(self.left[node], _STAYING)]
            if up:
                wishes += (self._under(link) for link in self.above.get(node, ()))
            if down:
                wishes += (self._over(link) for link in self.below.get(node, ()))
            weight = sum(one for _, one in wishes)
            wanted.append(sum(place * one for place, one in wishes) / weight)
            weights.append(weight)
        places = nearest_apart(wanted, weights, self._steps(row))
        self.left.update(zip(row, places, strict=True))

    def _under(self, link: Link) -> tuple[float, float]:
        """Where the head of a link stands if the link is upright, and how much that matters."""
        end = self.left[link.tail] + self.offset(link.tail, link.tail_port)
        return end - self.offset(link.head, link.head_port), _weight(link)

    def _over(self, link: Link) -> tuple[float, float]:
        end = self.left[link.head] + self.offset(link.head, link.head_port)
        return end - self.offset(link.tail, link.tail_port), _weight(link)

    def _steps(self, row: Sequence[Node]) -> list[float]:
        """How far apart the left ends of neighbours in a row are at least."""
        return [
            self.width(a) + (_BEND_GAP if isinstance(a, Bend) or isinstance(b, Bend) else _BOX_GAP)
            for a, b in pairwise(row)
        ]


def nearest_apart(
    wanted: Sequence[float], weights: Sequence[float], steps: Sequence[float]
) -> list[float]:
    """The places nearest to the wanted ones that are ``steps`` apart, each weighted square counted.

    >>> nearest_apart([0.0, 0.0], [1.0, 1.0], [10.0])
    [-5.0, 5.0]
    """
    shifts = _cumulated(steps)[: len(wanted)]
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for want, weight, shift in zip(wanted, weights, shifts, strict=True):
        mean, count = want - shift, 1
        while pools and pools[-1][0] >= mean:
            other, other_weight, members = pools.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight, count = weight + other_weight, count + members
        pools.append((mean, weight, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + shift for mean, shift in zip(means, shifts, strict=True)]


def _cumulated(steps: Iterable[float]) -> list[float]:
    ends = [0.0]
    for step in steps:
        ends.append(ends[-1] + step)
    return ends


def _weight(link: Link) -> float:
    bends = isinstance(link.tail, Bend) + isinstance(link.head, Bend)
    return (1.0, 2.0, _STRAIGHT)[bends]


def _grouped(links: Iterable[Link], key: Callable[[Link], Node]) -> Mapping[Node, list[Link]]:
    found: dict[Node, list[Link]] = {}
    for link in links:
        found.setdefault(key(link), []).append(link)
    return found
