"""Ragged values: how they are made, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .answers import Answerer, answers, expressions, floats, rows
from .registry import Ragged

V = np.float32([3, 1, 4, 1, 5, 9, 2, 6])
SPLITS = [0, 4, 4, 7, 8, 8]


def factory(name: str, *args: Any, **kwargs: Any) -> Answerer:
    """What `RaggedTensor.name` makes of arrays."""
    return lambda k: getattr(k.RaggedTensor, name)(*args, **kwargs)


answers(
    "ragged-from",
    {
        "row-splits": factory("from_row_splits", V, SPLITS),
        "row-splits-int32": factory("from_row_splits", V, np.int32(SPLITS)),
        "row-splits-inner": factory("from_row_splits", floats(4, 2), [0, 1, 4]),
        "row-splits-no-row": factory("from_row_splits", V[:0], [0]),
        "row-splits-ints": factory("from_row_splits", np.int64([1, 2, 3]), [0, 2, 3]),
        "row-lengths": factory("from_row_lengths", V, [4, 0, 3, 1, 0]),
        "row-starts": factory("from_row_starts", V, [0, 4, 4, 7, 8]),
        "row-limits": factory("from_row_limits", V, [4, 4, 7, 8, 8]),
        "value-rowids": factory("from_value_rowids", V, [0, 0, 0, 0, 2, 2, 2, 3], nrows=5),
        "value-rowids-alone": factory("from_value_rowids", V, [0, 0, 0, 0, 2, 2, 2, 3]),
        "uniform-row-length": factory("from_uniform_row_length", V, 2),
        "nested-row-splits": factory("from_nested_row_splits", V, [[0, 1, 1, 5], SPLITS]),
        "nested-row-lengths": factory("from_nested_row_lengths", V, [[1, 0, 4], [4, 0, 3, 1, 0]]),
        "nested-value-rowids": factory(
            "from_nested_value_rowids", V, [[0, 2, 2, 2, 2], [0, 0, 0, 0, 2, 2, 2, 3]], [3, 5]
        ),
        "tensor": factory("from_tensor", floats(2, 3)),
        "tensor-lengths": factory("from_tensor", floats(3, 3), lengths=[1, 0, 3]),
        "tensor-padding": factory("from_tensor", np.float32([[1, 0, 0], [2, 3, 0]]), padding=0),
        "tensor-rank-2": factory("from_tensor", floats(2, 3, 2), ragged_rank=2),
        "splits-not-from-0": factory("from_row_splits", V, [1, 8]),
        "splits-short": factory("from_row_splits", V, [0, 7]),
        "splits-falling": factory("from_row_splits", V, [0, 5, 4, 8]),
        "splits-empty": factory("from_row_splits", V, []),
        "lengths-negative": factory("from_row_lengths", V, [9, -1]),
        "lengths-short": factory("from_row_lengths", V, [4, 3]),
        "rowids-unsorted": factory("from_value_rowids", V, [0, 0, 0, 0, 2, 2, 3, 2]),
        "rowids-beyond": factory("from_value_rowids", V, [0, 0, 0, 0, 2, 2, 2, 3], nrows=2),
    },
)  # fmt: skip

answers(
    "ragged-constant",
    {
        "floats": lambda k: k.ragged.constant([[1.0, 2.0], [], [3.0]]),
        "dtype": lambda k: k.ragged.constant([[1, 2], [], [3]], dtype="float64"),
        "deep": lambda k: k.ragged.constant([[[1.0], []], [], [[2.0, 3.0]]]),
        "inner": lambda k: k.ragged.constant([[[1.0, 2.0]], [], [[3.0, 4.0]]], ragged_rank=1),
        "inner-shape": lambda k: k.ragged.constant([[[1.0, 2.0]], []], inner_shape=(2,)),
        "strings": lambda k: k.ragged.constant([["a", "bc"], [], ["d"]]),
        "no-rows": lambda k: k.ragged.constant([], dtype="float32", ragged_rank=1),
        "mixed-depth": lambda k: k.ragged.constant([[1.0], 2.0]),
    },
)  # fmt: skip
answers(
    "ragged-range",
    {
        "limits": lambda k: k.ragged.range(np.int32([3, 0, 2])),
        "starts": lambda k: k.ragged.range(np.int32([1, 5]), np.int32([4, 9])),
        "deltas": lambda k: k.ragged.range(np.int32([0, 9]), np.int32([6, 3]), np.int32([2, -3])),
        "scalar": lambda k: k.ragged.range(4),
        "delta-zero": lambda k: k.ragged.range(np.int32([1]), np.int32([4]), np.int32([0])),
    },
)
answers(
    "ragged-ids",
    {
        "of-splits": lambda k: k.ragged.row_splits_to_segment_ids(np.int64([0, 2, 2, 5])),
        "to-splits": lambda k: k.ragged.segment_ids_to_row_splits(np.int64([0, 0, 2, 2, 2])),
        "to-splits-more": lambda k: k.ragged.segment_ids_to_row_splits(np.int64([0, 2]), 5),
    },
)

R = rows(3, 0, 1, 4)
INNER = rows(2, 0, 3, inner=(2,))
DEEP = Ragged.of(floats(7), [0, 2, 2, 4], [0, 3, 3, 4, 7])
INTS = rows(2, 3, 0, dtype="int64")


def by_axis(parts: Iterable[Any]) -> dict[str, Any]:
    """The parts in a dict: a list of one would come back bare from a model."""
    return {str(axis): part for axis, part in enumerate(parts)}


PARTS: dict[str, Answerer] = {
    "values": lambda k, r: r.values,
    "flat-values": lambda k, r: r.flat_values,
    "row-splits": lambda k, r: r.row_splits,
    "row-lengths": lambda k, r: r.row_lengths(),
    "value-rowids": lambda k, r: r.value_rowids(),
    "nrows": lambda k, r: r.nrows(),
    "row-starts": lambda k, r: r.row_starts(),
    "row-limits": lambda k, r: r.row_limits(),
    "nested-row-splits": lambda k, r: by_axis(r.nested_row_splits),
    "nested-row-lengths": lambda k, r: by_axis(r.nested_row_lengths()),
    "bounding-shape": lambda k, r: r.bounding_shape(),
    "bounding-shape-axis": lambda k, r: r.bounding_shape(axis=1),
    "to-tensor": lambda k, r: r.to_tensor(),
    "to-tensor-default": lambda k, r: r.to_tensor(-1),
    "with-values": lambda k, r: r.with_values(r.values * 2),
    "with-flat-values": lambda k, r: r.with_flat_values(r.flat_values + 1),
}  # fmt: skip
for family, value in {"ragged": R, "ragged-inner": INNER, "ragged-deep": DEEP}.items():
    expressions(f"{family}-part", value, PARTS)
expressions(
    "ragged-part", R,
    {
        "to-tensor-wide": lambda k, r: r.to_tensor(shape=(None, 6)),
        "to-tensor-narrow": lambda k, r: r.to_tensor(shape=(None, 2)),
        "to-tensor-fixed": lambda k, r: r.to_tensor(0.5, shape=(4, 3)),
        "to-sparse": lambda k, r: r.to_sparse(),
    },
)  # fmt: skip
expressions(
    "ragged-deep-part", DEEP,
    {
        "merge-dims": lambda k, r: r.merge_dims(0, 1),
        "merge-inner": lambda k, r: r.merge_dims(1, 2),
        "row-lengths-inner": lambda k, r: r.row_lengths(axis=2),
        "to-tensor-shape": lambda k, r: r.to_tensor(shape=(None, 2, 2)),
    },
)  # fmt: skip
EMPTY = Ragged.of(floats(0), [0, 0, 0])
expressions(
    "ragged-empty-part", EMPTY,
    {name: PARTS[name] for name in ("values", "row-lengths", "to-tensor", "nrows")},
)  # fmt: skip
