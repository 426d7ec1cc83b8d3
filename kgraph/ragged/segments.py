"""Row splits as the number of the row of each item, and back."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.ops.operands import as_operand
from kgraph.ops.ragged_ranges import segment_ids_of
from kgraph.types import row_partition
from kgraph.types.ragged import RaggedTensor


def row_splits_to_segment_ids(splits: Any, name: str | None = None, out_type: Any = None) -> Any:
    """The row in which each item lies.

    Shapes    (B + 1,)  ->  (T,), where T = splits[-1]
    Dtypes    ``out_type``, or that of the splits: int32 or int64
    Errors    ValueError for splits that do not start at 0, or decrease
    Source    tf.ragged.row_splits_to_segment_ids

    >>> import kgraph as kg
    >>> kg.ragged.row_splits_to_segment_ids([0, 3, 3, 5])
    array([0, 0, 0, 2, 2])
    """
    dtype = None if out_type is None else row_partition.splits_dtype(out_type)
    bounds = splits if hasattr(splits, "dtype") else row_partition.index_array(splits, "splits")
    found = segment_ids_of(as_operand(bounds, "row_splits_to_segment_ids"))
    return found if dtype is None else ops.cast(found, dtype)


def segment_ids_to_row_splits(
    segment_ids: Any, num_segments: int | None = None, out_type: Any = None, name: str | None = None
) -> Any:
    """Where the items of each segment begin, and where those of the last one end.

    Shapes    (T,)  ->  (num_segments + 1,); the largest id tells ``num_segments`` if it is None
    Dtypes    ``out_type``, or that of the ids: int32 or int64
    Errors    ValueError for ids that decrease, are negative or not below ``num_segments``
    Source    tf.ragged.segment_ids_to_row_splits

    >>> import kgraph as kg
    >>> kg.ragged.segment_ids_to_row_splits([0, 0, 0, 2, 2, 3])
    array([0, 3, 3, 5, 6])
    """
    dtype = None if out_type is None else row_partition.splits_dtype(out_type)
    given = hasattr(segment_ids, "dtype")
    ids = segment_ids if given else row_partition.index_array(segment_ids, "segment_ids")
    splits = RaggedTensor.from_value_rowids(ids, ids, nrows=num_segments).row_splits
    return splits if dtype is None else ops.cast(splits, dtype)
