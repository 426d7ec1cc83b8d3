"""Ragged rows that count, and the rows that counting tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.composite_op import composite
from kgraph.ops.dtype_rules import arithmetic, unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.operands import NUMBERS, dims_of, type_of
from kgraph.ops.primitives.bounds import row_ids
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.partitions import row_partition_of
from kgraph.ops.primitives.positions import spans
from kgraph.ops.primitives.shape import broadcast_to
from kgraph.ops.ragged_broadcast import lengths_of
from kgraph.ops.ragged_groups import over
from kgraph.ops.ragged_rows import splits_of, starts_of
from kgraph.ops.samples import f32, i32, i64
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import broadcast_dims
from kgraph.types.dtypes import DType, int64
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.ragged import RaggedTensor


@op(dtypes=arithmetic)
def range_lengths(starts: Array, limits: Array, deltas: Array) -> Array:
    """How many numbers there are from each start to before its limit, ``delta`` apart.

    Shapes    vectors or scalars that broadcast to (B,)  ->  (B,)
    Dtypes    integers and floats; the result is int64
    Errors    ValueError for a delta of 0

    >>> from kgraph.ops.ragged_ranges import range_lengths
    >>> range_lengths([0, 5], [3, 0], [2, -1])
    array([2, 5])
    """
    if not np.all(deltas):
        raise KGraphValueError(
            message("range: a delta must not be 0", received=f"deltas = {deltas}")
        )
    whole = np.asarray(deltas).dtype.kind != "f"
    steps = -((starts - limits) // deltas) if whole else np.ceil((limits - starts) / deltas)
    if not np.all(np.isfinite(steps)):
        raise KGraphValueError(
            message("range: the bounds must be finite", received=f"{starts} .. {limits}")
        )
    return np.atleast_1d(np.maximum(steps, 0)).astype(np.int64)


@range_lengths.infer
def _lengths_type(starts: ArrayType, limits: ArrayType, deltas: ArrayType) -> ArrayType:
    dims = broadcast_dims(starts.dims, limits.dims, deltas.dims)
    if len(dims) > 1:
        raise ShapeError("range: starts, limits and deltas are scalars or vectors")
    return ArrayType(int64, dims or (1,))


range_lengths.sample(i32([0, 5]), i32([3, 0]), i32([2, -1]))
range_lengths.sample(f32([0.5, 0, 3]), np.float32(2), np.float32(0.5))


@composite(dtypes=arithmetic)
def ragged_range(starts: Array, limits: Array, deltas: Array, dtype: DType | None = None) -> Array:
    """Rows of numbers that count from a start, by a delta, up to a limit that they do not reach.

    Shapes    scalars or (B,) each  ->  ragged (B, None)
    Dtypes    integers and floats; ``dtype``, or what the arguments are promoted to
    Edges     a limit that lies behind the start gives an empty row
    Errors    ValueError for a delta of 0, and for vectors of different lengths
    Source    tf.ragged.range

    >>> from kgraph.ops.ragged_ranges import ragged_range
    >>> ragged_range([0, 5], [3, 0], [2, -1]).to_list()
    [[0, 2], [5, 4, 3, 2, 1]]
    """
    kind = dtype or arithmetic([_key(value) for value in (starts, limits, deltas)])[0]
    parts = [np.atleast_1d(np.asarray(part, kind)) for part in (starts, limits, deltas)]
    rows = [
        first + np.arange(range_lengths.reference(first, limit, delta)[0]).astype(kind) * delta
        for first, limit, delta in zip(*np.broadcast_arrays(*parts), strict=True)
    ]
    flat = np.concatenate([np.zeros(0, kind), *rows])
    return RaggedTensor.from_row_lengths(flat, np.array([len(row) for row in rows], np.int64))


def _key(value: Any) -> Any:
    return type_of(value).dtype if not isinstance(value, NUMBERS) else type(value)


@ragged_range.rule
def _count(starts: Any, limits: Any, deltas: Any, dtype: DType | None) -> Any:
    given = (starts, limits, deltas)
    if any(isinstance(part, RaggedTensor) for part in given):
        raise KGraphTypeError("range: starts, limits and deltas are dense")
    kind = dtype or ragged_range.promoted_dtypes(given)[0]
    starts, limits, deltas = (
        np.asarray(part, kind) if isinstance(part, NUMBERS) else cast(part, kind) for part in given
    )
    lengths = range_lengths(starts, limits, deltas)
    splits = splits_of(lengths)
    inside = spans(lengths * 0, lengths)
    rows = row_ids(splits, inside)
    firsts, steps = (_of_row(part, dims_of(lengths), rows) for part in (starts, deltas))
    return over(splits, firsts + cast(inside, kind) * steps)


def _of_row(part: Any, dims: Any, rows: Any) -> Any:
    """The number of the row that each item lies in; the one number of all as it is."""
    found = dims_of(part)
    if found in ((), (1,)):
        return part
    return gather_rows(part if found == dims else broadcast_to(part, dims), rows)


ragged_range.sample(i32([0, 5]), i32([3, 0]), i32([2, -1]))
ragged_range.sample(0, i64([3, 0, 2]), 1)
ragged_range.sample(f32([0.5, 0]), f32([2]), 0.5)
ragged_range.sample(i32([0, 2]), i32([3, 3]), 1, dtype="float64")


@op(dtypes=unchanged)
def segment_ids_of(row_splits: Array) -> Array:
    """The row in which each item lies.

    Shapes    (B + 1,)  ->  (T,), where T = row_splits[-1]
    Dtypes    int32 or int64
    Errors    ValueError for splits that do not start at 0, or decrease
    Source    tf.ragged.row_splits_to_segment_ids

    >>> from kgraph.ops.ragged_ranges import segment_ids_of
    >>> segment_ids_of(np.array([0, 3, 3, 5]))
    array([0, 0, 0, 2, 2])
    """
    items = np.empty(int(row_splits[-1]) if len(row_splits) else 0)
    splits = row_partition_of.reference(row_splits, items, "row_splits")
    return np.repeat(np.arange(len(splits) - 1, dtype=splits.dtype), np.diff(splits))


@segment_ids_of.lower
def _ids(row_splits: Any) -> Any:
    dims, dtype = dims_of(row_splits), type_of(row_splits).dtype
    if len(dims) != 1 or dtype.kind not in "iu":
        raise KGraphTypeError(f"row_splits are a vector of integers, got {type_of(row_splits)}")
    if dims[0] == 0:
        raise KGraphValueError("row_splits must have at least one element")
    items = spans(starts_of(row_splits), lengths_of(row_splits))
    splits = row_partition_of(row_splits, items, "row_splits")
    return cast(row_ids(splits, items), type_of(splits).dtype)


segment_ids_of.sample(i64([0, 3, 3, 5]))
segment_ids_of.sample(i32([0, 1]))
