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
