"""Ragged values of any rank for the suites: from nested lists, and as the inputs of a model."""

from __future__ import annotations

from typing import Any

import numpy as np

import kgraph as kg
from kgraph.types.ragged import RaggedTensor
from tests.types.ragged_twin import levels, splits_of

Config = tuple[int, str, tuple[int, ...]]  # ragged rank, dtype of the row splits, inner axes

CONFIGS: list[Config] = [
    (1, "int64", ()),
    (1, "int32", (2,)),
    (2, "int64", ()),
    (2, "int32", (3,)),
    (3, "int64", (2,)),
    (4, "int32", ()),
]


def value_of(rows: list[Any], config: Config) -> RaggedTensor:
    """The rows as a ragged value; each item is spread over the inner axes, counting up."""
    rank, dtype, inner = config
    *outer, items = levels(rows, rank)
    flat = np.array(items, np.float32).reshape(-1, *(1 for _ in inner))
    flat = flat + np.arange(int(np.prod(inner)), dtype=np.float32).reshape(inner)
    splits = [np.array(splits_of(level), dtype) for level in outer]
    return RaggedTensor.from_nested_row_splits(flat, splits)


def input_of(config: Config, name: str = "x") -> Any:
    rank, dtype, inner = config
    spec = kg.RaggedTensorSpec((None,) * (rank + 1) + inner, "float32", rank, dtype)
    return kg.Input(type_spec=spec, name=name)


def same(found: Any, expected: Any) -> None:
    """Types, row splits and numbers alike."""
    if isinstance(expected, RaggedTensor):
        assert isinstance(found, RaggedTensor)
        assert found.ragged_rank == expected.ragged_rank
        pairs = zip(found.nested_row_splits, expected.nested_row_splits, strict=True)
        for a, b in (*pairs, (found.flat_values, expected.flat_values)):
            same(a, b)
        return
    assert not isinstance(found, RaggedTensor)
    assert (found.dtype, found.shape) == (np.asarray(expected).dtype, np.shape(expected))
    np.testing.assert_array_equal(found, expected)
