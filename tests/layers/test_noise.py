"""Layers that draw at random in training, and do nothing at inference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph.layers import AlphaDropout, Dropout, GaussianDropout, GaussianNoise, SpatialDropout1D

MAKERS = {
    "Dropout": lambda **more: Dropout(0.5, **more),
    "GaussianNoise": lambda **more: GaussianNoise(0.5, **more),
    "GaussianDropout": lambda **more: GaussianDropout(0.5, **more),
    "AlphaDropout": lambda **more: AlphaDropout(0.5, **more),
}
every_noise = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
X = np.random.default_rng(3).normal(size=(200, 100)).astype(np.float32)


@every_noise
def test_noise_is_drawn_in_training_alone(make: Any) -> None:
    layer = make(seed=1)
    np.testing.assert_array_equal(layer(X), X)
    noisy = layer(X, training=True)
    assert noisy.dtype == X.dtype
    assert not np.array_equal(noisy, X)
    assert not np.array_equal(layer(X, training=True), noisy)
    np.testing.assert_array_equal(make(seed=1)(X, training=True), noisy)


@every_noise
def test_a_model_draws_at_each_call_and_compiles_without(make: Any) -> None:
    x = kg.Input((100,))
    model = kg.Model(x, make()(x) * 1.0)
    np.testing.assert_array_equal(model(X), X)
    assert not np.array_equal(model(X, training=True), model(X, training=True))
    always = kg.Model(x, make()(x, training=True))
    assert not np.array_equal(always(X), always(X))
    with pytest.raises(ValueError, match="random draws are not compiled"):
        kg.compile(always)


@every_noise
def test_integers_are_refused_in_training(make: Any) -> None:
    with pytest.raises(TypeError, match="changes floats, got dtype int32"):
        make(name="noise")(np.int32([1, 2]), training=True)


@every_noise
def test_items_of_ragged_rows_are_drawn_for_one_by_one(make: Any) -> None:
    rows = kg.RaggedTensor.from_row_lengths(X[:3], [2, 0, 1])
    noisy = make(seed=5)(rows, training=True)
    np.testing.assert_array_equal(noisy.row_splits, rows.row_splits)
    np.testing.assert_array_equal(noisy.flat_values, make(seed=5)(X[:3], training=True))


def test_normal_noise_has_the_deviation_that_was_asked_for() -> None:
    noise = GaussianNoise(0.25, seed=2)(X, training=True) - X
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 0.25) < 0.01
    ones = GaussianDropout(0.2, seed=2)(np.ones_like(X), training=True)
    assert abs(ones.mean() - 1) < 0.01
    assert abs(ones.std() - 0.5) < 0.01


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    dropped = AlphaDropout(0.3, seed=2)(X, training=True)
    assert abs(dropped.mean() - X.mean()) < 0.03
    assert abs(dropped.std() - X.std()) < 0.03
    scale = ((1 - 0.3) * (1 + 0.3 * 1.7580993408473766**2)) ** -0.5
    low = np.float32(-scale * 1.7580993408473766 * (1 - 0.3))
    assert abs((dropped == low).mean() - 0.3) < 0.02
    kept = dropped != low
    np.testing.assert_allclose(
        dropped[kept], (scale * (X + 1.7580993408473766 * 0.3))[kept], rtol=1e-4, atol=1e-5
    )


def test_alpha_dropout_draws_in_the_shape_it_is_given() -> None:
    dropped = AlphaDropout(0.5, noise_shape=(None, 1), seed=2)(np.ones((50, 4)), training=True)
    np.testing.assert_array_equal(dropped, np.broadcast_to(dropped[:, :1], dropped.shape))
    with pytest.raises(ValueError, match="another number of axes"):
        AlphaDropout(0.5, noise_shape=(1,))(X, training=True)


def test_stored_entries_are_multiplied() -> None:
    matrix = scipy.sparse.csr_array(np.float32([[0, 2], [3, 0]]))
    noisy = GaussianDropout(0.5, seed=1)(matrix, training=True)
    assert noisy.nnz == 2
    assert not np.array_equal(noisy.data, matrix.data)


@pytest.mark.parametrize("bad", [-0.1, 1.1, None, "a", True])
@pytest.mark.parametrize("layer", [Dropout, GaussianDropout, GaussianNoise, AlphaDropout])
def test_a_share_is_between_0_and_1(layer: Any, bad: Any) -> None:
    with pytest.raises(ValueError, match="Expected a float value between 0 and 1"):
        layer(bad)


@pytest.mark.parametrize("layer", [GaussianDropout, AlphaDropout])
def test_noise_without_bounds_is_refused(layer: Any) -> None:
    with pytest.raises(ValueError, match=r"and below 1. Received: rate=1"):
        layer(1)


@pytest.mark.parametrize("layer", [GaussianDropout, GaussianNoise, AlphaDropout])
def test_no_noise_is_none_in_training_either(layer: Any) -> None:
    np.testing.assert_array_equal(layer(0)(X, training=True), X)


# -- features of a sequence ------------------------------------------------------------------------


def test_spatial_dropout_drops_whole_features_of_ragged_rows() -> None:
    rows = kg.RaggedTensor.from_row_lengths(np.ones((300, 6), np.float32), [100, 0, 150, 50])
    layer = SpatialDropout1D(0.5, seed=3)
    np.testing.assert_array_equal(layer(rows).flat_values, rows.flat_values)
    dropped = layer(rows, training=True)
    np.testing.assert_array_equal(dropped.row_splits, rows.row_splits)
    assert set(np.unique(dropped.flat_values)) == {0.0, 2.0}
    patterns = [np.unique(dropped[row], axis=0) for row in (0, 2, 3)]
    assert [len(pattern) for pattern in patterns] == [1, 1, 1]
    assert len({pattern.tobytes() for pattern in patterns}) > 1


def test_spatial_dropout_in_a_graph_of_ragged_rows() -> None:
    x = kg.Input((None, 3), ragged=True)
    model = kg.Model(x, SpatialDropout1D(0.5, seed=1)(x))
    rows = kg.RaggedTensor.from_row_lengths(X[:5, :3], [2, 0, 3])
    np.testing.assert_array_equal(model(rows).flat_values, rows.flat_values)
    assert not np.array_equal(model(rows, training=True).flat_values, rows.flat_values)
    with pytest.raises(TypeError, match="cannot drop features of these rows"):
        SpatialDropout1D(0.5)(kg.Input((None, None), ragged=True))
