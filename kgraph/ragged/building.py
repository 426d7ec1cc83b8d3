"""Ragged values made from lists, numbers, rows and partitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph import ops
from kgraph.ops.operands import as_operand, type_of
from kgraph.ops.ragged_building import from_tensor
from kgraph.ops.ragged_ranges import ragged_range
from kgraph.types import ragged as _values
from kgraph.types.array_type import RaggedType
from kgraph.types.dtypes import DType, as_dtype
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.ragged import RaggedTensor


def constant(
    pylist: Any,
    dtype: Any = None,
    ragged_rank: int | None = None,
    inner_shape: Sequence[int] | None = None,
    name: str | None = None,
    row_splits_dtype: Any = np.int64,
) -> Any:
    """A ragged value from nested lists; a plain array if no axis is ragged.

    Shapes    lists nested K deep  ->  rank K; ragged_rank defaults to K - 1 - len(inner_shape)
    Dtypes    ``dtype``, or int32 / floatx / bool / string after the items, or the arrays' own
    Edges     an empty list stands for a row of any depth
    Errors    ValueError for lists of mixed depth or uneven inner parts; TypeError for None or
              objects among the items
    Source    tf.ragged.constant

    >>> import kgraph as kg
    >>> kg.ragged.constant([[1, 2], [], [3]])
    <kgraph.RaggedTensor [[1, 2], [], [3]] shape=(3, None) dtype=int32>
    """
    return _values.constant(pylist, dtype, ragged_rank, inner_shape, row_splits_dtype)


def range(
    starts: Any,
    limits: Any = None,
    deltas: Any = 1,
    dtype: Any = None,
    name: str | None = None,
    row_splits_dtype: Any = np.int64,
) -> Any:
    """Rows of numbers that count from a start, by a delta, up to a limit that they do not reach.

    Shapes    scalars or (B,) each  ->  ragged (B, None); one argument is the limits, from 0 on
    Dtypes    integers and floats; ``dtype``, or what the arguments are promoted to
    Edges     a limit that lies behind the start gives an empty row
    Errors    ValueError for a delta of 0, and for vectors of different lengths
    Source    tf.ragged.range

    >>> import kgraph as kg
    >>> kg.ragged.range([3, 0, 5]).to_list()
    [[0, 1, 2], [], [0, 1, 2, 3, 4]]
    >>> kg.ragged.range([5, 0], [0, 5], [-2, 3]).to_list()
    [[5, 3, 1], [0, 3]]
    """
    if limits is None:
        starts, limits = 0, starts
    wanted: DType | None = None if dtype is None else as_dtype(dtype)
    made = ragged_range(starts, limits, deltas, dtype=wanted)
    return made.with_row_splits_dtype(row_splits_dtype)


def stack(values: Sequence[Any], axis: int = 0, name: str | None = None) -> Any:
    """Values beside each other along a new axis; on that axis and behind it they may differ.

    Shapes    n values of rank K  ->  rank K + 1, n on ``axis``; scalars give a dense vector
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError for ranks that differ
    Source    tf.ragged.stack

    >>> import kgraph as kg
    >>> kg.ragged.stack([[1, 2], [3]]).to_list()
    [[1, 2], [3]]
    """
    operands = _operands(values, "stack")
    ranks = {type_of(value).ndim for value in operands}
    if ranks == {0}:
        return ops.stack(operands, 0)
    if ranks == {1} and axis in (0, -2):
        rows = [_with_rows(ops.expand_dims(value, 0)) for value in operands]
        return ops.concatenate(rows, 0)
    return ops.stack([_with_rows(value) for value in operands], axis)


def concat(values: Sequence[Any], axis: int, name: str | None = None) -> Any:
    """Values one after the other along ``axis``; behind it they may differ.

    Shapes    n values of one rank  ->  that rank, the sizes on ``axis`` added up
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError for ranks that differ
    Source    tf.concat of ragged values

    >>> import kgraph as kg
    >>> x = kg.ragged.constant([[1, 2], []])
    >>> kg.ragged.concat([x, [[3], [4]]], axis=1).to_list()
    [[1, 2, 3], [4]]
    """
    operands = _operands(values, "concat")
    if all(type_of(value).ndim == 1 for value in operands):
        return ops.concatenate(operands, axis)
    return ops.concatenate([_with_rows(value) for value in operands], axis)


def _operands(values: Any, name: str) -> list[Any]:
    if not isinstance(values, (list, tuple)) or not values:
        raise KGraphTypeError(
            message(
                f"kg.ragged.{name} takes a list of values",
                received=repr(values)[:200],
                expected="at least one value in a list or tuple",
            )
        )
    return [as_operand(value, name) for value in values]


def _with_rows(value: Any) -> Any:
    """A dense matrix, or one of more axes, as ragged rows; a ragged value as it is."""
    found = type_of(value)
    if isinstance(found, RaggedType) or found.ndim < 2:
        return value
    return from_tensor([value], ragged_rank=found.ndim - 1)


def stack_dynamic_partitions(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> Any:
    """The rows of data by the partition they belong to, in their order.

    Shapes    data (N, ...), partitions (N,)  ->  ragged (num_partitions, None, ...)
    Dtypes    data of all dtypes, ragged too; partitions of integers
    Errors    ValueError for a partition outside 0 .. num_partitions - 1
    Source    tf.ragged.stack_dynamic_partitions

    >>> import kgraph as kg
    >>> kg.ragged.stack_dynamic_partitions([1, 2, 3, 4], [1, 0, 2, 1], 4).to_list()
    [[2], [1, 4], [3], []]
    """
    data, partitions = as_operand(data, "data"), as_operand(partitions, "partitions")
    order = ops.argsort(partitions, axis=0)
    sorted_rows = ops.take(data, order, axis=0)
    ids = ops.take(partitions, order, axis=0)
    return RaggedTensor.from_value_rowids(sorted_rows, ids, nrows=num_partitions)
