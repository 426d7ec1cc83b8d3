"""Ranks: which row of its level each item stands in.

The longest path decides: an item stands one row below the lowest of those with an edge to it.  What
has no edge from above sinks to just above its first reader, so that lines are short.  Ports have
the first and the last row for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from kgraph.drawing.levels import Item, Level, Port


def ranks_of(level: Level) -> dict[Item, int]:
    """The row of each item, from 0."""
    heads: dict[Item, list[Item]] = {item: [] for item in level.items}
    waiting: dict[Item, int] = dict.fromkeys(level.items, 0)
    for edge in level.edges:
        heads[edge.tail].append(edge.head)
        waiting[edge.head] += 1
    starts = [item for item, count in waiting.items() if not count]
    has_top = any(isinstance(item, Port) and item.top for item in level.items)
    ranks = {item: int(has_top and not isinstance(item, Port)) for item in starts}
    order = list(starts)
    for item in order:
        for head in heads[item]:
            ranks[head] = max(ranks.get(head, 0), ranks[item] + 1)
            waiting[head] -= 1
            if not waiting[head]:
                order.append(head)
    _sink(starts, heads, ranks)
    _lower_ports(level, ranks)
    return ranks


def _sink(starts: list[Item], heads: Mapping[Item, list[Item]], ranks: dict[Item, int]) -> None:
    for item in starts:
        if heads[item] and not isinstance(item, Port):
            ranks[item] = min(ranks[head] for head in heads[item]) - 1


def _lower_ports(level: Level, ranks: dict[Item, int]) -> None:
    inner = [rank for item, rank in ranks.items() if not _is_exit(item)]
    last = max(inner, default=-1) + 1
    for item in level.items:
        if _is_exit(item):
            ranks[item] = last


def _is_exit(item: Item) -> bool:
    return isinstance(item, Port) and not item.top
