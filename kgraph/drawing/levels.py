"""Levels: each cluster is laid out on its own, as if the clusters in it were boxes.

An arrow between boxes of two clusters becomes edges of several levels: within each cluster from the
box to a *port* on its border, and between the clusters where both lie.

    cluster a          the level of a        p -> port        (bottom)
      p                the outermost level   a -> b           (from port to port)
    cluster b          the level of b        port -> q        (top)
      q

All edges of a level go down.  Those of a cycle that go up are turned, and remember it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from kgraph.drawing.diagram import Arrow, Diagram


class Owner(NamedTuple):
    """Whose line it is: all edges from one box share theirs; ``turned`` ones come from below."""

    box: str
    turned: bool


class Port(NamedTuple):
    """A point on the border of a cluster, where lines of an owner come in (top) or go out."""

    cluster: str
    top: bool
    owner: Owner


Item: TypeAlias = "str | Port"  # a box or a cluster by its key, or a port


@dataclass(frozen=True)
class Edge:
    """From an item down to another; the ports are those of the items that are clusters."""

    tail: Item
    head: Item
    owner: Owner
    tail_port: Port | None = None
    head_port: Port | None = None


@dataclass
class Level:
    """What lies in one cluster, and the edges between."""

    items: list[Item] = field(default_factory=list)
    edges: dict[Edge, None] = field(default_factory=dict)  # each once, in order


def levels_of(diagram: Diagram) -> dict[str | None, Level]:
    """The level of each cluster, by its key; that of None is the outermost."""
    home = {box.key: box.cluster for box in diagram.boxes}
    home |= {cluster.key: cluster.parent for cluster in diagram.clusters}
    levels: dict[str | None, Level] = {None: Level()}
    levels |= {cluster.key: Level() for cluster in diagram.clusters}
    for key, cluster_key in home.items():
        levels[cluster_key].items.append(key)
    for arrow, owner in _downward(diagram, home):
        _enter(arrow, owner, home, levels)
    return levels


def _downward(diagram: Diagram, home: Mapping[str, str | None]) -> list[tuple[Arrow, Owner]]:
    """The arrows, those that close a cycle turned; arrows from a box to itself are left out."""
    lifted: dict[str | None, dict[str, list[str]]] = {}
    ends = []
    for arrow in diagram.arrows:
        if arrow.tail != arrow.head:
            level, tail, head = _meeting(arrow, home)
            lifted.setdefault(level, {}).setdefault(tail, []).append(head)
            ends.append((arrow, level, tail, head))
    closing = {level: _closing(nexts) for level, nexts in lifted.items()}
    found = []
    for arrow, level, tail, head in ends:
        turned = (tail, head) in closing[level]
        down = Arrow(arrow.head, arrow.tail) if turned else arrow
        found.append((down, Owner(down.tail, turned)))
    return found


def _meeting(arrow: Arrow, home: Mapping[str, str | None]) -> tuple[str | None, str, str]:
    """The innermost level that holds both ends, and what holds each of them there."""
    tails, heads = _chain(arrow.tail, home), _chain(arrow.head, home)
    while len(tails) > 1 and len(heads) > 1 and tails[-1] == heads[-1]:
        tails.pop()
        heads.pop()
    return home[tails[-1]], tails[-1], heads[-1]


def _chain(key: str, home: Mapping[str, str | None]) -> list[str]:
    """A box, the cluster it lies in, the cluster that lies in, …"""
    chain = [key]
    while (above := home[chain[-1]]) is not None:
        chain.append(above)
    return chain


def _closing(nexts: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
    """The edges that lead back to an item on the way to them, depth first."""
    closing: set[tuple[str, str]] = set()
    entered: set[str] = set()
    on_way: set[str] = set()
    for start in nexts:
        if start in entered:
            continue
        entered.add(start)
        on_way.add(start)
        stack = [(start, iter(nexts[start]))]
        while stack:
            item, heads = stack[-1]
            head = next(heads, None)
            if head is None:
                on_way.discard(item)
                stack.pop()
            elif head in on_way:
                closing.add((item, head))
            elif head not in entered:
                entered.add(head)
                on_way.add(head)
                stack.append((head, iter(nexts.get(head, ()))))
    return closing


def _enter(
    arrow: Arrow, owner: Owner, home: Mapping[str, str | None], levels: dict[str | None, Level]
) -> None:
    """Make the edges of an arrow, in all levels that it passes."""
    level, tail, head = _meeting(arrow, home)
    tail_port = _leave(arrow.tail, tail, owner, home, levels, top=False)
    head_port = _leave(arrow.head, head, owner, home, levels, top=True)
    levels[level].edges[Edge(tail, head, owner, tail_port, head_port)] = None


def _leave(
    box: str,
    last: str,
    owner: Owner,
    home: Mapping[str, str | None],
    levels: dict[str | None, Level],
    *,
    top: bool,
) -> Port | None:
    """Lead a line from a box to the border of each cluster up to ``last``; its port there."""
    port = None
    for item in _chain(box, home):
        if item == last:
            break
        cluster = home[item]
        assert cluster is not None
        inner, port = port, Port(cluster, top, owner)
        level = levels[cluster]
        if port not in level.items:
            level.items.append(port)
        edge = Edge(port, item, owner, None, inner) if top else Edge(item, port, owner, inner, None)
        level.edges[edge] = None
    return port
