"""The greatest elements of each line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast, promoted
from kgraph.ops.comparison import equal
from kgraph.ops.cumulative import counted
from kgraph.ops.dtype_rules import Keys, floating, unchanged
from kgraph.ops.logic import isfinite, logical_and
from kgraph.ops.op import Array, op
from kgraph.ops.operands import as_operand, dims_of, type_of
from kgraph.ops.picking import take_along_axis
from kgraph.ops.position import argsort
from kgraph.ops.ragged_picking import top_of_rows
from kgraph.ops.reduction import all as all_
from kgraph.ops.reduction import any as any_
from kgraph.ops.reduction import max, sum
from kgraph.ops.reshaping import expand_dims, ravel
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import where
from kgraph.ops.whole_numbers import whole_number
from kgraph.types.array_type import ArrayType
from kgraph.types.dtypes import DType, int32
from kgraph.types.errors import KGraphTypeError, ShapeError, message
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
    # equal elements keep their order if the line is read backwards before and after the sort
    rising = np.flip(np.argsort(np.flip(x, -1), -1, kind="stable"), -1)
    return (x.shape[-1] - 1 - rising[..., :k]).astype(np.int32)


@top_positions.infer
def _positions_type(x: ArrayType, k: int) -> ArrayType:
    _require_elements(x, k)
    return ArrayType(int32, (*x.dims[:-1], k))


def _require_elements(x: ArrayType, k: int) -> None:
    """That a line of x, as far as is known, has ``k`` elements."""
    one_axis("top_k", -1, x.ndim)
    size = x.dims[-1]
    if isinstance(size, int) and size < k:
        raise ShapeError(
            message(
                f"top_k: {k} elements are asked for, and the last axis has {size}",
                received=f"x = {x}",
                expected=f"k <= {size}",
            )
        )


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
    Errors    ValueError if a dense line has fewer than k elements
    Source    keras.ops.top_k

    >>> import kgraph as kg
    >>> kg.ops.top_k([3, 9, 5], 2)
    (array([9, 5], dtype=int32), array([1, 2], dtype=int32))
    """
    x, k = as_operand(x, "top_k"), whole_number("top_k", "k", k)
    type = type_of(x)
    if isinstance(type, ArrayType):
        _require_elements(type, k)
    positions = top_positions(x, k)
    return take_along_axis(x, positions, -1), positions


@op(dtypes=unchanged)
def argpartition(x: Array, kth: Any, axis: int | None = -1) -> Array:
    """Positions that put the ``kth`` element in its place, less ones before, greater ones behind.

    Shapes    the result has the shape of x; ``axis=None`` flattens x first
    Dtypes    all; the result is int32
    Edges     ``kth`` is a position or several, negative ones count from the end; the order on both
              sides is not promised: all elements are sorted
    Errors    ValueError for a position that the axis has not
    Source    keras.ops.argpartition, numpy.argpartition

    >>> import kgraph as kg
    >>> kg.ops.argpartition([7, 1, 5], 1)
    array([1, 2, 0], dtype=int32)
    """
    return np.argsort(x, axis, kind="stable").astype(np.int32)


@argpartition.lower
def _sort_all(x: Any, kth: Any, axis: int | None) -> Any:
    if axis is None:
        x, axis = ravel(x), 0
    size = dims_of(x)[one_axis("argpartition", axis, type_of(x).ndim)]
    for place in kth if isinstance(kth, tuple) else (kth,):
        if isinstance(place, bool) or not isinstance(place, int):
            raise KGraphTypeError(f"argpartition: kth is a position or several, got {kth!r}")
        if isinstance(size, int) and not -size <= place < size:
            raise ShapeError(
                message(
                    f"argpartition: kth {place} is out of bounds",
                    received=f"axis {axis} of {type_of(x)}",
                    expected=f"-{size} <= kth < {size}" if size else "an axis with elements",
                )
            )
    return argsort(x, axis)


argpartition.sample(f32([[1, 5, 5, 2], [0, np.nan, -1, 3]]), kth=2)
argpartition.sample(i32([[3, 9], [4, 1]]), kth=(0, -1), axis=None)
argpartition.sample(i32([[3, 9], [4, 1]]), kth=-1, axis=0)


def _targets_and_scores(keys: Keys) -> list[DType]:
    target, scores = unchanged(keys)
    return [target, *floating([scores])]


@op(dtypes=_targets_and_scores)
def in_top_k(targets: Array, predictions: Array, k: int) -> Array:
    """Whether the score of each target is among the k greatest of its row.

    Shapes    (B,), (B, N) -> (B,)
    Dtypes    targets: integers; predictions: floats; the result is bool
    Edges     equal scores share a rank, so that more than k may be in; false for a target that is
              no column, and in a row with nan or infinities
    Errors    TypeError for targets that are no integers; ValueError where shapes do not fit
    Source    keras.ops.in_top_k

    >>> import kgraph as kg
    >>> kg.ops.in_top_k([1, 0], [[0.1, 0.7, 0.2], [0.1, 0.7, 0.2]], 2)
    array([ True, False])
    """
    columns = np.arange(predictions.shape[1])
    own = np.where(targets[:, None] == columns, predictions, -np.inf).max(1, keepdims=True)
    better = np.sum(predictions > own, 1)
    known = (targets >= 0) & (targets < len(columns))
    return known & np.isfinite(predictions).all(1) & (better < k)


@in_top_k.lower
def _fewer_are_better(targets: Any, predictions: Any, k: int) -> Any:
    row, table = type_of(targets), type_of(predictions)
    if row.dtype.kind not in "iu":
        raise KGraphTypeError(
            message(
                "in_top_k: targets are numbers of columns",
                received=str(row),
                hint="ops.cast(targets, 'int32') if they are whole numbers",
            )
        )
    sizes = (row.dims[0], table.dims[0]) if row.ndim == 1 and table.ndim == 2 else (0, 1)
    if all(isinstance(size, int) for size in sizes) and sizes[0] != sizes[1]:
        raise ShapeError(
            message(
                "in_top_k: each row of predictions has one target",
                received=f"targets = {row}\npredictions = {table}",
                expected="targets (B,), predictions (B, N)",
            )
        )
    whole_number("in_top_k", "k", k)
    _, predictions = promoted(in_top_k, targets, predictions)
    wanted = equal(expand_dims(targets, 1), counted(dims_of(predictions)[1], predictions))
    own = max(where(wanted, predictions, -math.inf), 1, True)
    better = sum(cast(predictions > own, int32), 1)
    usable = all_(isfinite(predictions), 1)
    return logical_and(logical_and(any_(wanted, 1), usable), better < k)


_SCORES = f32([[0.1, 0.7, 0.3], [0.5, 0.5, 0.5], [np.inf, 1, 2], [1, 2, 3], [0.1, 0.2, np.nan]])
in_top_k.sample(i32([1, 0, 2, 5, -1]), _SCORES, k=2)
in_top_k.sample(i32([2, 2]), f32([[3, 2, 1], [1, 2, 3]]), k=0)
in_top_k.sample(np.zeros(0, np.int64), np.zeros((0, 3), np.float64), k=1)
