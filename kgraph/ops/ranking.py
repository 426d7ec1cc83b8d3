"""The greatest elements of each line."""

from __future__ import annotations

from typing import Any

from kgraph.ops.arithmetic import subtract
from kgraph.ops.indexing import getitem
from kgraph.ops.operands import as_operand
from kgraph.ops.picking import take_along_axis
from kgraph.ops.position import argsort
from kgraph.ops.repetition import flip
from kgraph.ops.sizing import size_on


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """The k greatest elements along the last axis, greatest first, and their positions.

    Shapes    (..., N) -> (..., k), twice
    Dtypes    values: that of x; positions: int32
    Edges     of equal elements the first comes first; ``sorted`` is taken and always kept
    Source    keras.ops.top_k

    >>> import kgraph as kg
    >>> kg.ops.top_k([3, 9, 5], 2)
    (array([9, 5], dtype=int32), array([1, 2], dtype=int32))
    """
    # equal elements keep their order if the line is read backwards before and after the sort
    x = as_operand(x, "top_k")
    rising = flip(argsort(flip(x, -1), -1), -1)
    positions = getitem(subtract(size_on(x, -1, rising) - 1, rising), (..., slice(k)))
    return take_along_axis(x, positions, -1), positions
