"""Masks and positions of what is not zero, in graphs: NumPy says what they are."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg

BATCH = np.float32([[1, 0, -2, 0], [0, 0, 3, 4], [0, 5, 0, 0]])
MASK = BATCH != 0


def same(draw: Callable[[Any], Any], expected: Any, *, batch: np.ndarray = BATCH) -> None:
    """The compiled graph gives ``expected``, and so does the graph made of its config."""
    x = kg.Input(batch.shape[1:], dtype=batch.dtype)
    model = kg.Model(x, draw(x))
    wanted = expected if isinstance(expected, tuple) else (expected,)
    for made in (model, kg.Model.from_config(model.get_config())):
        found = made(batch)
        for one, other in zip(found if len(wanted) > 1 else [found], wanted, strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("batch", [BATCH, BATCH[:0], BATCH * 0])
def test_positions_of_what_is_not_zero(batch: np.ndarray) -> None:
    same(kg.flatnonzero, np.flatnonzero(batch), batch=batch)
    same(kg.argwhere, np.argwhere(batch), batch=batch)
    same(kg.nonzero, np.nonzero(batch), batch=batch)
    same(lambda x: kg.where(x != 0), np.nonzero(batch), batch=batch)
    same(lambda x: x.nonzero(), np.nonzero(batch), batch=batch)


def test_numpy_functions_of_masks() -> None:
    same(np.flatnonzero, np.flatnonzero(BATCH))
    same(np.argwhere, np.argwhere(BATCH))
    same(np.nonzero, np.nonzero(BATCH))
    rows = np.array([True, False, True])
    same(lambda x: np.compress(rows, x, 0), np.compress(rows, BATCH, 0))
    same(lambda x: x.compress(MASK[0], axis=1), BATCH.compress(MASK[0], 1))
    same(lambda x: np.extract(x != 0, x), np.extract(MASK, BATCH))


def test_boolean_mask() -> None:
    same(lambda x: kg.boolean_mask(x, x > 1), BATCH[BATCH > 1])
    same(lambda x: kg.boolean_mask(x, x[:, 2] > 0), BATCH[BATCH[:, 2] > 0])
    same(lambda x: kg.boolean_mask(x, [True, False, False, True], axis=1), BATCH[:, [0, 3]])
    same(lambda x: kg.boolean_mask(x, x[0] == 0, axis=-1), BATCH[:, BATCH[0] == 0])


def test_positions_can_be_used_at_once() -> None:
    same(lambda x: x[kg.nonzero(x)], BATCH[np.nonzero(BATCH)])
    same(lambda x: kg.take(x, kg.nonzero(x[:, 0])[0], axis=0), BATCH[:1])


def test_choosing_by_value_is_as_it_was() -> None:
    same(lambda x: kg.where(x > 0, x, 0.0), np.maximum(BATCH, 0))
    same(lambda x: kg.where(condition=x > 0, x1=x, x2=-x), np.abs(BATCH))
    with pytest.raises(TypeError, match="where"):
        kg.where(kg.Input((2,)) > 0, 1.0)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda x: kg.boolean_mask(x, x), "a mask is boolean"),
        (lambda x: kg.boolean_mask(x, x > 0, axis=1), "a mask from axis 1 on has 1 to 1 axes"),
        (lambda x: kg.boolean_mask(x, True), "a mask from axis 0 on has 1 to 2 axes"),
        (lambda x: kg.boolean_mask(x, [True], axis=1), "does not fit the sizes that it masks"),
        (lambda x: kg.boolean_mask(x, [True], axis=2), "boolean_mask: "),
        (lambda x: kg.argwhere(x[0, 0]), "a scalar has no positions"),
    ],
)
def test_masks_that_fit_nothing(draw: Any, words: str) -> None:
    with pytest.raises(kg.KGraphError, match=words):
        draw(kg.Input((4,)))


def test_a_size_is_told_where_nothing_of_the_value_is_read() -> None:
    same(lambda x: kg.ones_like(x[x > 0]), np.ones(4, np.float32))
    same(lambda x: kg.zeros_like(kg.flatnonzero(x)), np.zeros(5, np.int64))


def test_what_a_mask_picks_meets_values_that_know_nothing_of_it() -> None:
    x, y = kg.Input((4,)), kg.Input(batch_shape=(None,))
    model = kg.Model([x, y], [y * 2 + x[x > 0], x[x != 0] * y[:1]])
    total, scaled = model([BATCH, np.float32([1, 2, 3, 4])])
    np.testing.assert_array_equal(total, [3, 7, 10, 13])
    np.testing.assert_array_equal(scaled, BATCH[MASK])
    with pytest.raises(ValueError, match="cannot be broadcast together"):
        model([BATCH, np.float32([1, 2, 3])])


def test_a_compiled_graph_with_masks_pickles() -> None:
    x = kg.Input((4,))
    compiled = kg.compile(kg.Model(x, x[x > 0] + kg.ones_like(x[x > 0])))
    twin = pickle.loads(pickle.dumps(compiled))
    np.testing.assert_array_equal(twin(BATCH), BATCH[BATCH > 0] + 1)


def test_rows_and_items_of_ragged_values() -> None:
    rows = kg.RaggedTensor.from_row_lengths(np.float32([1, -2, 3, 4]), [2, 0, 2])
    x, mask = kg.Input((None,), ragged=True), kg.Input(batch_shape=(None,), dtype="bool")
    whole, items = kg.Model([x, mask], [kg.boolean_mask(x, mask), kg.boolean_mask(x, x > 0)])(
        [rows, np.array([False, True, True])]
    )
    assert whole.to_list() == [[], [3, 4]]
    assert items.to_list() == [[1], [], [3, 4]]
    with pytest.raises(ValueError, match="begins with its rows"):
        kg.boolean_mask(x, mask, axis=1)
