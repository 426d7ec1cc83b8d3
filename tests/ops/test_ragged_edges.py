"""Rows without items, as docs/ragged.md promises them; graphs of ragged ops saved and loaded."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph import ops
from kgraph.types.ragged import RaggedTensor
from tests.ops.ragged_cases import NESTED, ROWS, drawn, every_way, plain, ragged

INF = float("inf")

# what a row without items gives: of floats, of int32, of bools
EMPTY: dict[str, tuple[Any, Any, Any]] = {
    "sum": (0, 0, 0),
    "prod": (1, 1, 1),
    "mean": (0, 0, 0),
    "var": (0, 0, 0),
    "std": (0, 0, 0),
    "max": (-INF, -(2**31), False),
    "min": (INF, 2**31 - 1, True),
    "any": (False, False, False),
    "all": (True, True, True),
    "count_nonzero": (0, 0, 0),
    "logsumexp": (-INF, -INF, -INF),
    "argmax": (-1, -1, -1),
    "argmin": (-1, -1, -1),
}
NO_ITEMS = ["softmax", "log_softmax", "sort", "argsort", "cumsum", "cumprod", "cummax", "flip"]


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("kind", [0, 1, 2], ids=["float32", "int32", "bool"])
def test_a_row_without_items(name: str, kind: int) -> None:
    dtype = ("float32", "int32", "bool")[kind]
    of_none = EMPTY[name][kind]

    def call(x: Any) -> Any:
        return getattr(ops, name)(x, axis=-1)

    assert every_way(call, ragged([[], [1], []], 1, dtype))[::2] == [of_none] * 2
    assert every_way(call, ragged([[], []], 1, dtype)) == [of_none] * 2
    assert every_way(call, ragged([], 1, dtype)) == []
    assert every_way(call, ragged([[[]], [], [[1], []]], 2, dtype))[0] == [of_none]
    pairs = RaggedTensor.from_row_lengths(np.ones((1, 2)).astype(dtype), [0, 1])
    found = every_way(lambda x: getattr(ops, name)(x, axis=1), pairs)
    assert found[0] == [of_none] * 2


@pytest.mark.parametrize("name", NO_ITEMS)
def test_no_items_stay_no_items(name: str) -> None:
    def call(x: Any) -> Any:
        return getattr(ops, name)(x, axis=-1)

    assert every_way(call, ragged([[], []])) == [[], []]
    assert every_way(call, ragged([])) == []
    assert every_way(call, ragged([[], [[]]], 2)) == [[], [[]]]


CALLS: dict[str, Callable[[Any], Any]] = {
    "broadcast": lambda x: x * np.array([[1], [2], [3], [4]], "float32"),
    "sort": lambda x: ops.sort(x, 1),
    "argmax": lambda x: ops.argmax(x, 1),
    "cumsum": lambda x: ops.cumsum(x, 1),
    "columns": lambda x: ops.mean(x, 0),
    "flip": lambda x: ops.flip(x),
    "repeat": lambda x: ops.repeat(x, 2, 0),
    "tile": lambda x: ops.tile(x, (1, 2)),
    "concatenate": lambda x: ops.concatenate([x, np.ones((4, 2), "float32"), x], 1),
    "numpy": lambda x: np.concatenate([x, x], axis=1),
    "stack": lambda x: ops.stack([x, x], 1),
    "take": lambda x: ops.take(x, [2, -1], 0),
    "top_k": lambda x: ops.top_k(x, 2)[0],
}


@pytest.mark.parametrize("name", CALLS)
def test_graphs_come_back_from_their_config_and_from_pickle(name: str) -> None:
    x = ragged(ROWS)
    model = drawn(CALLS[name], [x])
    expected = plain(model([x]))
    config = json.loads(json.dumps(model.get_config()))
    assert plain(kg.Model.from_config(config)([x])) == expected
    compiled = pickle.loads(pickle.dumps(kg.compile(model)))
    assert plain(compiled([x])) == expected


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_numpy_and_the_layer_join_as_the_op_does(axis: int) -> None:
    def join(xs: Any) -> Any:
        return ops.concatenate(xs, axis)

    expected = every_way(lambda x: join([x, x]), ragged(NESTED, 2))
    assert every_way(lambda x: np.concatenate([x, x], axis=axis), ragged(NESTED, 2)) == expected
    layer = kg.layers.Concatenate(axis=axis)
    assert every_way(lambda x: layer([x, x]), ragged(NESTED, 2)) == expected
