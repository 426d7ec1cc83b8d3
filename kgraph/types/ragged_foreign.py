"""Columns of nested lists of other libraries as ragged values: what Arrow and Awkward share.

Such a column is opened level by level into splits or a fixed length, down to the items; nothing is
copied but where its layout is another one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.types.casting import Array, known_array
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.ragged_tensor import RaggedTensor
from kgraph.types.row_partition import whole_number


class Lists:
    """One level of a column: rows with these bounds, or of one length, over ``items``."""

    __slots__ = ("count", "items", "length", "splits")

    def __init__(
        self, count: int, items: Any, splits: Array | None = None, length: int | None = None
    ) -> None:
        self.count, self.items, self.splits, self.length = count, items, splits, length

    def bounds(self) -> Array:
        if self.splits is not None:
            return self.splits
        assert self.length is not None
        return np.arange(self.count + 1, dtype=np.int64) * self.length

    def common_length(self) -> int | None:
        """The length of all rows, if they have one."""
        if self.length is not None:
            return self.length
        lengths = np.unique(np.diff(self.bounds()))
        return int(lengths[0]) if len(lengths) == 1 else None


Opened = Callable[[Any, str], "Lists | Array"]


def from_column(column: Any, open_level: Opened, ragged_rank: int | None, name: str) -> Any:
    """The ragged value of a column; ``open_level`` opens one level, or gives the items.

    Errors    KGraphTypeError for a column of no lists; KGraphValueError for too few levels, and for
              rows of different lengths where an inner axis should be
    """
    levels: list[Lists] = []
    items = open_level(column, name)
    while isinstance(items, Lists):
        levels.append(items)
        items = open_level(items.items, name)
    rank = _ragged_rank(ragged_rank, levels, name)
    inner = tuple(
        _inner_length(level, axis, name) for axis, level in enumerate(levels) if axis >= rank
    )
    count = levels[rank].count if inner else len(items)
    flat = known_array(items, name).reshape(count, *inner, *items.shape[1:])
    return RaggedTensor.from_nested_row_splits(flat, [level.bounds() for level in levels[:rank]])


def _ragged_rank(ragged_rank: int | None, levels: list[Lists], name: str) -> int:
    if not levels:
        raise KGraphTypeError(
            message(f"{name} is no column of lists", expected="a list for each row of the batch")
        )
    if ragged_rank is None:
        varying = [axis for axis, level in enumerate(levels, 1) if level.splits is not None]
        return max(varying, default=1)
    rank = whole_number(ragged_rank, "ragged_rank")
    if not 1 <= rank <= len(levels):
        raise KGraphValueError(
            message(
                f"{name} is not nested as deep as ragged_rank says",
                received=f"lists nested {len(levels)} deep",
                expected=f"{rank} levels of lists or more",
            )
        )
    return rank


def _inner_length(level: Lists, axis: int, name: str) -> int:
    length = level.common_length()
    if length is None and level.count:
        raise KGraphValueError(
            message(
                f"{name} has rows of different lengths on axis {axis + 1}",
                expected="one length there: it is an inner axis",
                hint=f"ragged_rank={axis + 1} makes it a ragged one",
            )
        )
    return length or 0


def refuse_missing(name: str, row: int) -> KGraphValueError:
    return KGraphValueError(
        message(
            f"{name} holds missing values",
            received=f"the first at position {row} of its level",
            expected="no nulls",
            hint="drop or fill them: a ragged row may be as short as it likes",
        )
    )
