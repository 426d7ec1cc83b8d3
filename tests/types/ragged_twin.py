"""Ragged rows as plain nested lists, drawn by Hypothesis: the twin that RaggedTensor is held to."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ITEMS = st.integers(-100, 100)
ROWS = st.lists(st.lists(ITEMS, max_size=5), max_size=6)
NESTED_ROWS = st.lists(ROWS, max_size=4)


def flattened(rows: list[list[Any]]) -> list[Any]:
    return [item for row in rows for item in row]


def splits_of(rows: list[list[Any]]) -> list[int]:
    splits = [0]
    for row in rows:
        splits.append(splits[-1] + len(row))
    return splits


def padded(rows: list[list[Any]], height: int, width: int, fill: Any) -> list[list[Any]]:
    lines = [(row + [fill] * width)[:width] for row in rows[:height]]
    return lines + [[fill] * width for _ in range(height - len(lines))]


# ---- rows of any depth: the items of lists nested `rank` deep lie in `rank` ragged axes


def nested_rows(rank: int) -> st.SearchStrategy[list[Any]]:
    """Lists nested ``rank + 1`` deep, with empty ones at every depth."""
    rows: st.SearchStrategy[Any] = st.lists(ITEMS, max_size=4)
    for _ in range(rank):
        rows = st.lists(rows, max_size=3)
    return rows


def levels(rows: list[Any], rank: int) -> list[list[Any]]:
    """The rows, their items, the items of these, as deep as axes are ragged."""
    found = [rows]
    for _ in range(rank):
        found.append(flattened(found[-1]))
    return found


def longest(rows: list[Any]) -> int:
    return max(map(len, rows), default=0)


def lengths_at(rows: list[Any], axis: int) -> Any:
    """What ``row_lengths(axis)`` lists."""
    if axis == 0:
        return len(rows)
    return list(map(len, rows)) if axis == 1 else [lengths_at(row, axis - 1) for row in rows]


def at_depth(rows: list[Any], depth: int, change: Any) -> Any:
    """``change`` of every list that lies ``depth`` lists deep."""
    return change(rows) if depth == 0 else [at_depth(row, depth - 1, change) for row in rows]


def merged(rows: list[Any], outer: int, inner: int) -> Any:
    """Axes ``outer .. inner`` as one."""
    for _ in range(inner - outer):
        rows = at_depth(rows, outer, flattened)
    return rows


def dense(rows: Any, shape: tuple[int, ...], fill: Any) -> Any:
    """The rows cut or filled up to ``shape``."""
    if not shape:
        return rows
    empty = [] if len(shape) > 1 else fill
    filled = [*rows, *[empty] * (shape[0] - len(rows))][: shape[0]]
    return [dense(row, shape[1:], fill) for row in filled]
