"""The greatest elements of each line."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.arithmetic import subtract
from kgraph.ops.axes import one_axis
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.indexing import getitem
from kgraph.ops.op import Array, op
from kgraph.ops.operands import as_operand
from kgraph.ops.picking import take_along_axis
from kgraph.ops.position import argsort
from kgraph.ops.ragged_picking import top_of_rows
from kgraph.ops.repetition import flip
from kgraph.ops.samples import f32, i32
from kgraph.ops.sizing import size_on
from kgraph.types.ragged import RaggedTensor


@op(dtypes=unchanged)
def top_positions(x: Array, k: int) -> Array:
    """The positions of the k greatest elements along the last axis, greatest first.

    Shapes    (..., N) -> (..., k); of a ragged row with fewer items, all of them
    Dtypes    all; the result is int32
    Edges     of equal elements the first comes first; nan counts as the greatest
    Errors    ValueError if a dense line has fewer than k elements

    >>> import kgraph as kg
    >>> from kgraph.ops.ranking import top_positions
    >>> top_positions([3, 9, 5], 2)
    array([1, 2], dtype=int32)
    """
    rising = np.flip(np.argsort(np.flip(x, -1), -1, kind="stable"), -1)
    return (x.shape[-1] - 1 - rising[..., :k]).astype(np.int32)


@top_positions.lower
def _from_the_end(x: Any, k: int) -> Any:
    # equal elements keep their order if the line is read backwards before and after the sort
    one_axis("top_k", -1, x.ndim)
    rising = flip(argsort(flip(x, -1), -1), -1)
    return getitem(subtract(size_on(x, -1, rising) - 1, rising), (..., slice(k)))


@top_positions.ragged
def _of_each_row(x: RaggedTensor, k: int) -> RaggedTensor:
    if x.ndim > x.ragged_rank + 1:
        return x.with_flat_values(top_positions(x.flat_values, k))
    return top_of_rows(x, k)


top_positions.sample(f32([[1, 5, 5, 2], [0, np.nan, -1, 3]]), k=2)
top_positions.sample(i32([3, 9, 9]), k=3)


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """The k greatest elements along the last axis, greatest first, and their positions.

    Shapes    (..., N) -> (..., k), twice; of a ragged row with fewer items, all of them
    Dtypes    values: that of x; positions: int32
    Edges     of equal elements the first comes first; ``sorted`` is taken and always kept
    Source    keras.ops.top_k

    >>> import kgraph as kg
    >>> kg.ops.top_k([3, 9, 5], 2)
    (array([9, 5], dtype=int32), array([1, 2], dtype=int32))
    """
    x = as_operand(x, "top_k")
    positions = top_positions(x, k)
    return take_along_axis(x, positions, -1), positions
