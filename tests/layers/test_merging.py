"""Add, Subtract, … and Concatenate: NumPy formulas, broadcasting, errors."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers

from .samples import floats, ragged, sparse

FORMULAS = {
    "Add": lambda values: functools.reduce(np.add, values),
    "Multiply": lambda values: functools.reduce(np.multiply, values),
    "Average": lambda values: functools.reduce(np.add, values) / np.float32(len(values)),
    "Maximum": lambda values: functools.reduce(np.maximum, values),
    "Minimum": lambda values: functools.reduce(np.minimum, values),
}
every_merge = pytest.mark.parametrize("name", sorted(FORMULAS))


@every_merge
@pytest.mark.parametrize("count", [1, 2, 3])
def test_result_is_the_formula_over_all_inputs(name: str, count: int) -> None:
    values = [floats(3, 4) for _ in range(count)]
    np.testing.assert_allclose(getattr(layers, name)()(values), FORMULAS[name](values), rtol=1e-6)


@every_merge
def test_lower_rank_takes_ones_after_the_batch(name: str) -> None:
    a, b = floats(2, 3, 4), floats(2, 4)
    np.testing.assert_allclose(
        getattr(layers, name)()([a, b]), FORMULAS[name]([a, b[:, None]]), rtol=1e-6
    )


@every_merge
def test_function_of_the_same_name_calls_the_layer(name: str) -> None:
    values = [floats(2, 3), floats(2, 3)]
    found = getattr(layers, name.lower())(values)
    np.testing.assert_array_equal(found, getattr(layers, name)()(values))


def test_subtract_takes_the_second_from_the_first() -> None:
    a, b = floats(2, 3), floats(2, 1)
    np.testing.assert_array_equal(layers.Subtract()([a, b]), a - b)
    np.testing.assert_array_equal(layers.subtract([a, b]), a - b)


@pytest.mark.parametrize("count", [1, 3])
def test_subtract_takes_exactly_two(count: int) -> None:
    with pytest.raises(ValueError, match="exactly 2 inputs"):
        layers.Subtract()([floats(2, 3)] * count)


@pytest.mark.parametrize("given", [[], np.zeros((2, 3), np.float32), None])
def test_merging_wants_a_list(given: Any) -> None:
    with pytest.raises(ValueError, match="should be called on a list of at least 1 input"):
        layers.Add()(given)


def test_sizes_must_meet() -> None:
    with pytest.raises(ValueError, match=r"Received shapes \(3,\) and \(4,\)"):
        layers.Add()([kg.Input((3,)), kg.Input((4,))])


def test_batches_must_be_equal() -> None:
    with pytest.raises(ValueError, match="Cannot merge tensors with different batch sizes"):
        layers.Add()([floats(2, 3), floats(3, 3)])
    with pytest.raises(ValueError, match="different batch sizes"):
        layers.Add()([kg.Input((3,), batch_size=2), kg.Input((3,), batch_size=3)])


def test_shared_layer_checks_each_call() -> None:
    layer = layers.Add()
    layer([floats(2, 3), floats(2, 3)])
    with pytest.raises(ValueError, match="incompatible shapes"):
        layer([floats(2, 3), floats(2, 4)])


def test_ragged_rows_of_different_lengths_do_not_merge() -> None:
    with pytest.raises(ValueError, match="rows of different lengths"):
        layers.Add()([ragged(2), ragged(2, splits=[0, 1, 4, 5])])


def test_sparse_forms_agree_with_dense_ones() -> None:
    a, b = sparse(3, 4), sparse(3, 4)
    for name, formula in FORMULAS.items():
        found = getattr(layers, name)()([a, b])
        np.testing.assert_allclose(found.toarray(), formula([a.toarray(), b.toarray()]), rtol=1e-6)


def test_average_of_integers_is_a_float() -> None:
    found = layers.Average()([np.int32([[1, 2]]), np.int32([[2, 2]])])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [[1.5, 2]])


# -- Concatenate


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2])
def test_concatenate_is_that_of_numpy(axis: int) -> None:
    values = [floats(2, 3, 4), floats(2, 3, 4)]
    found = layers.Concatenate(axis=axis)(values)
    np.testing.assert_array_equal(found, np.concatenate(values, axis))
    np.testing.assert_array_equal(layers.concatenate(values, axis=axis), found)


def test_concatenate_of_one_input_is_that_input() -> None:
    x = floats(2, 3)
    np.testing.assert_array_equal(layers.Concatenate()([x]), x)


def test_ragged_rows_are_joined_item_after_item() -> None:
    values = [ragged(2), ragged(2, splits=[0, 1, 4, 4]), ragged(2, splits=[0, 0, 1, 2])]
    found = layers.Concatenate(axis=1)(values)
    for row in range(3):
        np.testing.assert_array_equal(found[row], np.concatenate([x[row] for x in values]))


def test_ragged_features_are_joined_item_by_item() -> None:
    x = ragged(2)
    found = layers.Concatenate()([x, x.with_flat_values(floats(5, 1))])
    assert found.flat_values.shape == (5, 3)
    np.testing.assert_array_equal(found.row_splits, x.row_splits)


def test_ragged_batches_are_joined_row_after_row() -> None:
    a, b = ragged(2), ragged(2, splits=[0, 4])
    found = layers.Concatenate(axis=0)([a, b])
    np.testing.assert_array_equal(found.row_splits, [0, 2, 2, 5, 9])


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([floats(2, 3), floats(3, 3)], "matching shapes except for the concatenation axis"),
        ([floats(2, 3), floats(2, 3, 3)], "matching shapes except for the concatenation axis"),
        ([], "at least 1 input"),
        (floats(2, 3), "at least 1 input"),
    ],
)
def test_concatenate_refuses_what_does_not_fit(values: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        layers.Concatenate()(values)


def test_concatenate_refuses_an_axis_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="axis 5 is out of bounds"):
        layers.Concatenate(axis=5)([floats(2, 3), floats(2, 3)])
    with pytest.raises(TypeError, match="`axis` is an int"):
        layers.Concatenate(axis=(0, 1))


def test_dense_inputs_join_ragged_ones_as_rows_of_one_length() -> None:
    x, d = ragged(2), floats(3, 2, 2)
    found = layers.Concatenate(axis=1)([x, d])
    assert found.to_list() == [a + b for a, b in zip(x.to_list(), d.tolist(), strict=True)]
    with pytest.raises(ValueError, match="rows of different lengths"):
        layers.Concatenate(axis=2)([x, d])
