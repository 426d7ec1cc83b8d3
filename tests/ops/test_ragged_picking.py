"""Rows and items of ragged values picked by positions that are values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import kgraph as kg
from kgraph import ops
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError
from tests.ops.ragged_cases import NESTED, ROWS, EveryWay, Rows, every_way, ragged, rows

SETTINGS = settings(max_examples=12, deadline=None)


@pytest.mark.parametrize("depth", [1, 2])
def test_rows_are_taken_whole(depth: int) -> None:
    take = EveryWay(lambda x, ids: ops.take(x, ids, 0))

    @SETTINGS
    @given(rows(depth))
    def check(nested: Rows) -> None:
        count = len(nested)
        ids = np.resize(np.arange(-count, count)[::-3], count).astype("int32")
        expected = [nested[place] for place in ids.tolist()]
        assert take(ragged(nested, depth), ids) == expected

    check()


def test_rows_in_the_shape_of_the_positions() -> None:
    x, pairs = ragged(ROWS), np.array([[2, -1], [0, 0], [1, 3], [3, 2]])
    found = every_way(lambda x, ids: ops.take(x, ids, 0), x, pairs)
    assert found == [[ROWS[i] for i in pair] for pair in pairs.tolist()]
    ids = [[0, 1], [], [3], [2, 2]]
    found = every_way(lambda x, ids: ops.take(x, ids, 0), x, ragged(ids, 1, "int64"))
    assert found == [[ROWS[i] for i in row] for row in ids]
    assert every_way(lambda x: ops.take(x, 2, 0), x) == ROWS[2]
    assert every_way(lambda x: ops.take(x, 2, 0), ragged(NESTED, 2)) == NESTED[2]
    assert every_way(lambda x: ops.take(x, [0, -1]), x) == [1.5, 4.0]


def test_positions_of_rows_that_are_not_there_are_refused() -> None:
    x = ragged(ROWS)
    for ids in ([4], [-5]):
        with pytest.raises(KGraphValueError, match=r"is not in 0 \.\. 3"):
            ops.take(x, ids, 0)
    with pytest.raises(KGraphTypeError, match="positions are integers"):
        ops.take(x, [0.5], 0)
    inputs = [kg.Input((None,), ragged=True), kg.Input(batch_shape=(None,), dtype="int32")]
    model = kg.Model(inputs, ops.take(*inputs, axis=0))
    assert model([x, np.array([0, 1, 2, 0])]).to_list() == [ROWS[0], ROWS[1], ROWS[2], ROWS[0]]
    for _ in range(2):
        with pytest.raises(KGraphValueError, match="4 is outside the table"):
            model([x, np.array([0, 1, 2, 4])])
    with pytest.raises(ShapeError, match="take_along_axis picks by positions in each row"):
        ops.take(x, [0], 1)


def greatest(row: list[Any], k: int) -> list[int]:
    return sorted(range(len(row)), key=lambda place: (-row[place], place))[:k]


@pytest.mark.parametrize("k", [0, 1, 3])
def test_top_k_of_each_row(k: int) -> None:
    both = EveryWay(lambda x: ops.top_k(x, k))

    @SETTINGS
    @given(rows(1), rows(2, 3))
    def check(flat: Rows, nested: Rows) -> None:
        _, places = ops.top_k(ragged(flat), k)
        assert places.to_list() == [greatest(row, k) for row in flat]
        assert both(ragged(flat)) is not None
        values, places = ops.top_k(ragged(nested, 2), k)
        expected = [[greatest(items, k) for items in row] for row in nested]
        assert places.to_list() == expected
        assert values.to_list() == [
            [[items[p] for p in chosen] for items, chosen in zip(row, picks, strict=True)]
            for row, picks in zip(nested, expected, strict=True)
        ]

    check()
    every_way(lambda x: ops.top_k(x, k), ragged(NESTED, 2))


def test_top_k_puts_nan_first_and_equals_in_order() -> None:
    found = every_way(lambda x: ops.top_k(x, 3)[1], ragged([[1, np.nan, 5], [], [2, 2, 2, 2]]))
    assert found == [[1, 2, 0], [], [0, 1, 2]]


def test_items_of_each_row_by_position() -> None:
    def pick(x: Any, ids: Any) -> Any:
        return ops.take_along_axis(x, ids, 1)

    x = ragged(ROWS)
    ids = ragged([[-1, 0, 1], [], [2], [0, 0]], 1, "int32")
    assert every_way(pick, x, ids) == [[-2.0, 1.5, -2.0], [], [0.5], [4.0, 4.0]]
    full = ragged([[1.0], [2.0, 3.0]])
    assert every_way(pick, full, np.array([[0, -1], [1, 0]])) == [[1, 1], [3, 2]]
    order = every_way(lambda x: ops.take_along_axis(x, ops.argsort(x, 1), 1), x)
    assert order == [sorted(row) for row in ROWS]


@pytest.mark.parametrize("ids", [[[2], [], [0], [0]], [[0], [0], [0], [0]], [[-3], [], [], []]])
def test_a_position_that_its_row_has_not_is_refused(ids: Rows) -> None:
    x, places = ragged(ROWS), ragged(ids, 1, "int32")
    with pytest.raises(KGraphValueError, match="position"):
        ops.take_along_axis(x, places, 1)
    inputs = [kg.Input((None,), ragged=True), kg.Input((None,), ragged=True, dtype="int32")]
    model = kg.Model(inputs, ops.take_along_axis(*inputs, 1))
    for _ in range(2):
        with pytest.raises(KGraphValueError, match="position"):
            model([x, places])


def test_positions_in_other_rows_are_refused() -> None:
    x = ragged(NESTED, 2)
    with pytest.raises(ShapeError, match="same nesting"):
        ops.take_along_axis(x, ragged(ROWS, 1, "int32"), 2)
    with pytest.raises(ShapeError, match="rows of different lengths"):
        ops.take_along_axis(x, ragged([[[0]], [[0]], [[]], [[]]], 2, "int32"), 2)
    with pytest.raises(ShapeError, match="has no meaning along this axis"):
        ops.take_along_axis(x, ragged(NESTED, 2, "int32"), 0)
