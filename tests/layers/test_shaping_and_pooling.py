"""Flatten, Reshape, Softmax, ReLU, LeakyReLU, Dropout and the global poolings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph import layers
from kgraph.layers import initializers

from .samples import floats, ragged, sparse

# -- Flatten and Reshape


def test_flatten_keeps_row_major_order() -> None:
    x = floats(2, 3, 4)
    np.testing.assert_array_equal(layers.Flatten()(x), x.reshape(2, 12))
    assert layers.Flatten()(floats(5)).shape == (5, 1)


def test_flatten_moves_channels_to_the_end() -> None:
    x = floats(2, 3, 4, 5)
    expected = x.transpose(0, 2, 3, 1).reshape(2, 60)
    np.testing.assert_array_equal(layers.Flatten(data_format="channels_first")(x), expected)


def test_flatten_of_unknown_sizes_is_unknown() -> None:
    assert layers.Flatten()(kg.Input((None, 3))).shape == (None, None)
    assert layers.Flatten()(kg.Input((2, 3))).shape == (None, 6)


@pytest.mark.parametrize("target", [(4, 3), (-1,), (2, -1), (1, 12, 1), [3, -1, 2], 12])
def test_reshape_keeps_row_major_order(target: Any) -> None:
    x = floats(2, 3, 4)
    shape = (target,) if isinstance(target, int) else tuple(target)
    np.testing.assert_array_equal(layers.Reshape(target)(x), x.reshape(2, *shape))


@pytest.mark.parametrize(
    ("target", "error", "text"),
    [
        ((2, -1, -1), ValueError, "at most one unknown dimension"),
        ((2, -3), ValueError, "negative"),
        ((2.5,), TypeError, "tuple of integers"),
        ("ab", TypeError, "tuple of integers"),
    ],
)
def test_reshape_refuses_what_is_no_shape(target: Any, error: type, text: str) -> None:
    with pytest.raises(error, match=text):
        layers.Reshape(target)


@pytest.mark.parametrize("target", [(5,), (5, -1)])
def test_number_of_elements_must_be_equal(target: tuple[int, ...]) -> None:
    for given in (kg.Input((4,)), floats(2, 4)):
        with pytest.raises(ValueError, match="elements"):
            layers.Reshape(target)(given)


# -- Softmax and ReLU


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), [0]])
def test_softmax_is_the_formula(axis: Any) -> None:
    x = floats(2, 3, 4)
    axes = axis if isinstance(axis, int) else tuple(axis)
    powers = np.exp(x)
    expected = powers / powers.sum(axes, keepdims=True)
    np.testing.assert_allclose(layers.Softmax(axis=axis)(x), expected, rtol=1e-5)


def test_softmax_over_the_items_of_ragged_rows() -> None:
    x = ragged(2)
    found = layers.Softmax(axis=1)(x)
    for row in (0, 2):
        np.testing.assert_allclose(found[row].sum(0), [1, 1], rtol=1e-6)


@pytest.mark.parametrize("kwargs", [
    {}, {"max_value": 6.0}, {"max_value": 1.0}, {"negative_slope": 0.25}, {"threshold": 0.5},
    {"max_value": 1.0, "negative_slope": 0.25, "threshold": 0.5},
])  # fmt: skip
def test_relu_is_the_formula(kwargs: dict[str, float]) -> None:
    x = np.float32([-9, -0.5, 0, 0.25, 0.5, 0.75, 1, 5, 9, np.nan, np.inf, -np.inf])
    bend, slope = kwargs.get("threshold", 0), kwargs.get("negative_slope", 0)
    below = slope * (x - bend) if slope else np.zeros_like(x)
    expected = np.where(x <= bend, below, np.minimum(x, kwargs.get("max_value", np.inf)))
    np.testing.assert_array_equal(layers.ReLU(**kwargs)(x), expected.astype(np.float32))


def test_relu_keeps_sparse_values_sparse() -> None:
    x = sparse(3, 4)
    assert layers.ReLU()(x).format == "csr"
    assert layers.LeakyReLU()(x).nnz == x.nnz


def test_leaky_relu_takes_the_old_name_of_its_slope() -> None:
    layer = layers.LeakyReLU.from_config({"name": "old", "alpha": 0.25})
    assert layer.get_config()["negative_slope"] == 0.25
    np.testing.assert_array_equal(layer(np.float32([-4, 4])), [-1, 4])


@pytest.mark.parametrize("kwargs", [{"max_value": -1}, {"negative_slope": None}, {"threshold": -1}])
def test_relu_refuses_negative_arguments(kwargs: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(kwargs))}.* cannot be None or a negative"):
        layers.ReLU(**kwargs)


# -- Dropout


def test_dropout_at_inference_is_its_input() -> None:
    x = floats(3, 4)
    np.testing.assert_array_equal(layers.Dropout(0.9)(x), x)


def test_dropout_in_training_keeps_the_mean_and_drops_the_rate() -> None:
    found = layers.Dropout(0.25, seed=1)(np.ones((100, 100), np.float32), training=True)
    assert set(np.unique(found)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs((found == 0).mean() - 0.25) < 0.02


def test_equal_seeds_draw_equal_masks() -> None:
    x = np.ones((50, 5), np.float32)
    first, second = (layers.Dropout(0.5, seed=4)(x, training=True) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    initializers.set_seed(9)
    third = layers.Dropout(0.5)(x, training=True)
    initializers.set_seed(9)
    np.testing.assert_array_equal(layers.Dropout(0.5)(x, training=True), third)


def test_noise_shape_is_broadcast() -> None:
    found = layers.Dropout(0.5, noise_shape=(None, 1), seed=2)(floats(40, 6) + 9, training=True)
    assert {int(count) for count in (found == 0).sum(1)} == {0, 6}


def test_dropout_works_on_items_and_on_stored_entries() -> None:
    rows, matrix = ragged(4), scipy.sparse.csr_array(floats(3, 4) + 9)
    dropped = layers.Dropout(0.5, seed=1)(rows, training=True)
    assert (dropped.flat_values == 0).any()
    np.testing.assert_array_equal(dropped.row_splits, rows.row_splits)
    found = layers.Dropout(0.5, seed=1)(matrix, training=True)
    assert 0 < np.count_nonzero(found.data) < matrix.nnz
    assert matrix.nnz == np.count_nonzero(matrix.data)


def test_dropout_of_everything_gives_zeros() -> None:
    np.testing.assert_array_equal(layers.Dropout(1)(floats(2, 3), training=True), np.zeros((2, 3)))


def test_training_dropout_draws_in_a_graph_but_refuses_to_be_compiled() -> None:
    x = kg.Input((4,))
    y = layers.Dropout(0.5)(x, training=True)
    assert y.shape == (None, 4)

    class Tracer(kg.types.symbolic.Symbolic):
        def record(self, op: Any, inputs: Any, attrs: Any) -> Any:
            return self

    tracer = Tracer()
    tracer.type = x.type
    with pytest.raises(ValueError, match="random draws are not compiled"):
        layers.Dropout(0.5)(tracer, training=True)


@pytest.mark.parametrize("rate", [1.5, -0.1, "a", None])
def test_rate_must_lie_between_zero_and_one(rate: Any) -> None:
    with pytest.raises(ValueError, match="Expected a float value between 0 and 1"):
        layers.Dropout(rate)


# -- pooling

POOLINGS = [("GlobalAveragePooling1D", np.mean), ("GlobalMaxPooling1D", np.max)]


@pytest.mark.parametrize(("name", "reduce"), POOLINGS)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(("data_format", "axis"), [("channels_last", 1), ("channels_first", 2)])
def test_pooling_is_the_formula(
    name: str, reduce: Any, keepdims: bool, data_format: str, axis: int
) -> None:
    x = floats(2, 3, 4)
    layer = getattr(layers, name)(data_format=data_format, keepdims=keepdims)
    np.testing.assert_allclose(layer(x), reduce(x, axis, keepdims=keepdims), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "empty"), [("GlobalAveragePooling1D", 0.0), ("GlobalMaxPooling1D", -np.inf)]
)
def test_ragged_rows_are_pooled_one_by_one(name: str, empty: float) -> None:
    x, layer = ragged(2), getattr(layers, name)()
    found = layer(x)
    np.testing.assert_array_equal(found[1], [empty, empty])
    for row in (0, 2):
        np.testing.assert_allclose(found[row], layer(x[row][None])[0], rtol=1e-6)
    kept = getattr(layers, name)(keepdims=True)(x)
    np.testing.assert_array_equal(kept, found[:, None])


def test_masked_steps_do_not_count() -> None:
    x, mask = floats(2, 3, 4), np.array([[True, False, True], [False, False, True]])
    found = layers.GlobalAveragePooling1D()(x, mask=mask)
    expected = np.stack([x[0, [0, 2]].mean(0), x[1, 2]])
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    with pytest.raises(TypeError, match="take no mask"):
        layers.GlobalAveragePooling1D()(ragged(2), mask=mask)


def test_pooling_refuses_other_ranks_and_formats() -> None:
    with pytest.raises(ValueError, match="expected ndim=3, found ndim=2"):
        layers.GlobalAveragePooling1D()(floats(2, 3))
    with pytest.raises(ValueError, match="`data_format` argument must be one of"):
        layers.GlobalMaxPooling1D(data_format="x")
    with pytest.raises(TypeError, match="cannot pool these rows"):
        layers.GlobalMaxPooling1D(data_format="channels_first")(ragged(2))
