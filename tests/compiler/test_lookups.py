"""Which look-ups take positions from an input, so that a batch is refused before it runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph import ops
from kgraph.compiler.lookups import lookups
from kgraph.layers import Embedding, Flatten, GlobalAveragePooling1D

TABLE = np.arange(20, dtype=np.float32).reshape(10, 2)


def ids(dtype: str | None = "int32", **kwargs: Any) -> Any:
    return kg.Input((None,) if kwargs else (3,), dtype=dtype, name="ids", **kwargs)


def found(x: Any, y: Any, passes: str = "default") -> list[tuple[str, bool]]:
    graph = kg.compile(kg.Model(x, y), passes=passes).graph
    return [(str(lookup.ids.attrs["name"]), lookup.wraps) for lookup in lookups(graph.nodes)]


@pytest.mark.parametrize("passes", ["default", "none"])
@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64", None])
def test_ids_of_an_embedding_are_an_input(dtype: str | None, passes: str) -> None:
    x = ids(dtype)
    assert found(x, Flatten()(Embedding(10, 2)(ops.reshape(x, (-1, 3, 1)))), passes) == [
        ("ids", False)
    ]


def test_ragged_ids_are_their_values() -> None:
    x = ids(ragged=True)
    assert found(x, GlobalAveragePooling1D()(Embedding(10, 2)(x))) == [("ids.values", False)]


def test_positions_that_count_from_the_end_wrap() -> None:
    x = ids()
    assert found(x, ops.take(TABLE, x, 0)) == [("ids", True)]
    assert found(x, ops.take(ops.reshape(x, (-1,)), x, 0)) == [("ids", True)]


def test_numbers_of_segments_are_looked_up_among_them() -> None:
    x = kg.Input((), dtype="int32", name="ids")
    ones = ops.ones_like(x)
    assert found(x, ops.segment_max(ones, x, 4, sorted=True)) == [("ids", False)]
    assert found(x, ops.segment_max(ones, x + 1, 4, sorted=True)) == []
    assert found(x, ops.segment_max(ones, x, sorted=True)) == []


def test_computed_positions_are_no_input() -> None:
    x = ids()
    whole = ops.where(ops.equal(x, ops.floor(x)), x, 0)
    for computed in (x + 1, x[:, :2], ops.abs(x), ops.where(x < 0, x + 9, x), whole):
        assert found(x, Embedding(10, 2)(computed)) == []


def test_narrow_ids_are_left_to_the_kernel() -> None:
    x = ids("int8")
    assert found(x, Embedding(10, 2)(x)) == []
