"""Ragged values beside others: what fits row by row is computed, anything else is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import kgraph as kg
from kgraph.types.errors import ShapeError
from kgraph.types.ragged import RaggedTensor
from tests.ops.ragged_cases import NESTED, ROWS, EveryWay, Rows, drawn, every_way, ragged, rows

SETTINGS = settings(max_examples=15, deadline=None)


def added(nested: Rows, number: float) -> Any:
    """``number`` added to every item."""
    return [added(x, number) for x in nested] if isinstance(nested, list) else nested + number


def add(x: Any, y: Any) -> Any:
    return kg.ops.add(x, y)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_one_number_for_each_row(depth: int) -> None:
    after, before = EveryWay(add), EveryWay(lambda x, d: d + x)

    @SETTINGS
    @given(rows(depth))
    def check(nested: Rows) -> None:
        x = ragged(nested, depth)
        column = np.arange(len(nested), dtype="float32").reshape(-1, *(1,) * depth)
        expected = [added(row, place) for place, row in enumerate(nested)]
        assert after(x, column) == expected
        assert before(x, column) == expected

    check()


def test_one_number_for_each_row_of_rank_four() -> None:
    deep = RaggedTensor.from_nested_row_lengths(
        np.arange(6, dtype="float32"), ([1, 1, 1], [1, 1, 1], [1, 0, 2], [2, 1, 3])
    )
    column = np.array([10, 20, 30], "float32").reshape(3, 1, 1, 1, 1)
    assert every_way(add, deep, column) == [[[[[10, 11]]]], [[[]]], [[[[32], [33, 34, 35]]]]]


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_number_for_all(shape: tuple[int, ...]) -> None:
    one = np.full(shape, 2, "float32")
    assert every_way(lambda x: x + one, ragged(ROWS)) == added(ROWS, 2)
    assert every_way(lambda x: one + x, ragged(NESTED, 2)) == added(NESTED, 2)


def test_one_number_for_each_inner_row() -> None:
    x = ragged(NESTED, 2)
    one_each = x.with_values(np.arange(7, dtype="float32")[: len(x.values)].reshape(-1, 1))
    places = iter(range(7))
    expected = [[added(inner, next(places)) for inner in row] for row in NESTED]
    assert every_way(add, x, one_each) == expected
    assert every_way(add, one_each, x) == expected


def test_inner_axes_broadcast_as_in_numpy() -> None:
    items = np.arange(10, dtype="float32").reshape(5, 1, 2)
    x = RaggedTensor.from_row_lengths(items, [2, 0, 3])
    ids = [0, 0, 2, 2, 2]
    for other in (np.ones((3, 2)), np.ones((1, 1, 3, 1)), np.arange(2.0)):
        other = other.astype("float32")
        expected = items + other.reshape(other.shape[-2:])
        assert every_way(lambda x, other=other: x * 1 + other, x) == [
            expected[:2].tolist(),
            [],
            expected[2:].tolist(),
        ]
    per_row = np.arange(9, dtype="float32").reshape(3, 1, 3, 1)
    expected = items + per_row[ids, 0]
    found = every_way(add, x, per_row)
    assert found == [expected[:2].tolist(), [], expected[2:].tolist()]


def test_a_constant_with_one_number_for_each_row_needs_that_many_rows() -> None:
    column = np.array([[1.0], [2], [3], [4]], "float32")
    x = ragged(ROWS)
    assert every_way(lambda x: x + column, x) == [added(row, n + 1) for n, row in enumerate(ROWS)]
    model = drawn(lambda x: x + column, [x])
    for few in (x[:3], x[:1], x[:0]):
        with pytest.raises(ShapeError, match=r"sizes of this batch|does not spread"):
            model([few])
    with pytest.raises(ShapeError, match="expected  4 rows, or 1"):
        x + column[:3]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda x, d: x + np.ones(5, "float32"), id="a row vector"),
        pytest.param(lambda x, d: x + np.ones((4, 2), "float32"), id="a matrix"),
        pytest.param(lambda x, d: x + d, id="a matrix of unknown width"),
        pytest.param(lambda x, d: x + d[:, 0], id="a vector of the batch"),
        pytest.param(lambda x, d: x + np.ones((4, 1, 1), "float32"), id="more axes"),
        pytest.param(lambda x, d: x + kg.ops.expand_dims(x, 2), id="a ragged value of more axes"),
    ],
)
def test_what_does_not_fit_is_refused_while_the_graph_is_drawn(other: Any) -> None:
    x = ragged(ROWS)
    with pytest.raises(ShapeError, match="add: the operands do not broadcast together"):
        other(x, np.ones((4, 3), "float32"))
    with pytest.raises(ShapeError, match="x1 = ragged f32"):
        other(kg.Input((None,), ragged=True), kg.Input((None,)))


def test_a_number_for_each_row_needs_an_axis_for_each_ragged_one() -> None:
    d = kg.Input((1,))
    with pytest.raises(ShapeError, match=r"ops.expand_dims\(y, -1\)"):
        kg.Input((None, None), ragged=True) + d
    with pytest.raises(ShapeError, match=r"ops.expand_dims\(y, -1\)"):
        kg.Input((None, 3), ragged=True) + d
    with pytest.raises(ShapeError, match=r"ops.expand_dims\(y, -1\)"):
        ragged(ROWS) + np.arange(4.0)


def test_rows_of_other_lengths_are_found_when_the_batch_is_there() -> None:
    x = kg.Input((None,), ragged=True, name="left")
    y = kg.Input((None,), ragged=True, name="right")
    model = kg.Model([x, y], x * y)
    assert model([ragged(ROWS), ragged(ROWS)]).to_list() == [[a * a for a in row] for row in ROWS]
    for _ in range(2):
        with pytest.raises(ShapeError, match="rows of different lengths") as caught:
            model([ragged(ROWS), ragged(ROWS[::-1])])
    assert "right.row_splits, left.row_splits" in str(caught.value)
    with pytest.raises(ShapeError, match="rows of 2, 0, 3, 1 items"):
        ragged(ROWS) * ragged(ROWS[::-1])


def test_constant_rows_need_as_many_rows_of_their_lengths() -> None:
    constant = ragged([[10.0, 20.0], [], [30.0, 40.0]])
    model = drawn(lambda x: x + constant, [constant])
    assert model([ragged([[1, 2], [], [3, 4]])]).to_list() == [[11, 22], [], [33, 44]]
    for other in ([[1, 2], [], [3, 4], []], [[1, 2], []], [], [[1, 2], [3, 4], []]):
        with pytest.raises(ShapeError):
            model([ragged(other)])


def test_row_splits_of_both_dtypes_meet() -> None:
    narrow = kg.Input(type_spec=kg.RaggedTensorSpec((None, None), row_splits_dtype="int32"))
    wide = kg.Input((None,), ragged=True)
    x = ragged(ROWS)
    for inputs in ([narrow, wide], [wide, narrow]):
        model = kg.Model(inputs, kg.ops.add(*inputs))
        assert model([x, x]).to_list() == [[2 * item for item in row] for row in ROWS]
        with pytest.raises(ShapeError, match="rows of different lengths"):
            model([x, ragged(ROWS[::-1])])


def test_equal_sizes_are_no_proof_of_equal_rows() -> None:
    x = kg.Input((None,), ragged=True)
    y = kg.Input((None,), ragged=True)
    joined = kg.ops.concatenate([x, y], 0) + kg.ops.concatenate([y, x], 0)
    model = kg.Model([x, y], joined)
    with pytest.raises(ShapeError, match="rows of different lengths"):
        model([ragged([[1.0], [2, 3]]), ragged([[1.0, 2], [3]])])
    same = [[1.0], [2, 3]]
    assert model([ragged(same), ragged(same)]).to_list() == [[2], [4, 6]] * 2


def test_conditions_and_choices_broadcast_too() -> None:
    x = ragged(ROWS)
    kept = np.array([[True], [True], [False], [True]])
    found = every_way(lambda x: kg.ops.where(kept, x, 0.0), x)
    assert found == [[1.5, -2.0], [], [0, 0, 0], [4.0]]
