"""Layers that move steps of a sequence, bend numbers, or do nothing at inference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.layers import (
    ELU,
    Cropping1D,
    Embedding,
    PReLU,
    RMSNormalization,
    SpatialDropout1D,
    UnitNormalization,
    UpSampling1D,
    ZeroPadding1D,
)
from kgraph.types.errors import DroppedMaskWarning
from tests.tolerances import tolerance

X = np.random.default_rng(4).normal(size=(3, 5, 2)).astype(np.float32)


def run(layer: Any, x: np.ndarray = X) -> Any:
    """The layer in a graph with an unknown number of steps, compiled."""
    inputs = kg.Input((None, x.shape[2]))
    return kg.Model(inputs, layer(inputs))(x)


@pytest.mark.parametrize(("cropping", "pair"), [(1, (1, 1)), ((2, 0), (2, 0)), ((0, 0), (0, 0))])
def test_cropping_leaves_out_steps(cropping: Any, pair: tuple[int, int]) -> None:
    np.testing.assert_array_equal(run(Cropping1D(cropping)), X[:, pair[0] : 5 - pair[1]])


def test_cropping_that_leaves_no_step_is_refused() -> None:
    with pytest.raises(kg.KGraphError, match="cropping leaves no step"):
        Cropping1D((3, 2))(kg.Input((5, 2)))


@pytest.mark.parametrize("layer", [Cropping1D, ZeroPadding1D])
@pytest.mark.parametrize("bad", [-1, (1, 2, 3), 1.5, "a", (1, -1), True])
def test_counts_are_whole_and_not_negative(layer: Any, bad: Any) -> None:
    with pytest.raises(ValueError, match="is a number of steps, or two of them"):
        layer(bad)


def test_zero_padding_adds_steps() -> None:
    np.testing.assert_array_equal(run(ZeroPadding1D((1, 2))), np.pad(X, ((0, 0), (1, 2), (0, 0))))
    with pytest.raises(ValueError, match="`data_format` is not supported"):
        ZeroPadding1D(1, data_format="channels_first")


def test_up_sampling_repeats_steps() -> None:
    np.testing.assert_array_equal(run(UpSampling1D(3)), np.repeat(X, 3, 1))


def test_elu_levels_off_at_minus_alpha() -> None:
    rtol, atol = tolerance(X.dtype)
    wanted = np.where(X > 0, X, 0.5 * np.expm1(X))
    np.testing.assert_allclose(run(ELU(0.5)), wanted, rtol=rtol, atol=atol)


def test_prelu_has_a_slope_for_each_place() -> None:
    layer = PReLU()
    layer.build((None, 5, 2))
    slopes = np.arange(10, dtype=np.float32).reshape(5, 2)
    layer.set_weights([slopes])
    inputs = kg.Input((5, 2))
    np.testing.assert_array_equal(
        kg.Model(inputs, layer(inputs))(X), np.where(X > 0, X, slopes * X)
    )


def test_prelu_shares_slopes_along_axes_of_any_size() -> None:
    layer = PReLU("ones", shared_axes=[1])
    np.testing.assert_array_equal(run(layer), X)
    assert layer.alpha.shape == (1, 2)
    with pytest.raises(kg.KGraphError, match="the size of axis 1"):
        PReLU()(kg.Input((None, 2)))


@pytest.mark.parametrize("axis", [-1, 1, [1, 2]])
def test_unit_normalization_gives_vectors_of_length_one(axis: Any) -> None:
    axes = tuple(axis) if isinstance(axis, list) else axis
    x = X.copy()
    x[1] = 0
    norm = np.sqrt(np.square(x).sum(axes, keepdims=True))
    rtol, atol = tolerance(x.dtype)
    wanted = x / np.where(norm == 0, 1, norm)
    np.testing.assert_allclose(run(UnitNormalization(axis), x), wanted, rtol=rtol, atol=atol)


def test_spatial_dropout_drops_whole_features() -> None:
    layer = SpatialDropout1D(0.5, seed=3)
    np.testing.assert_array_equal(run(layer), X)
    ones = np.ones((50, 4, 6), np.float32)
    dropped = layer(ones, training=True)
    np.testing.assert_array_equal(dropped, np.broadcast_to(dropped[:, :1], ones.shape))
    assert set(np.unique(dropped)) == {0.0, 2.0}


@pytest.mark.parametrize(
    "layer", [Cropping1D(1), ZeroPadding1D(1), UpSampling1D(2)], ids=lambda x: type(x).__name__
)
def test_a_mask_ends_where_steps_are_moved(layer: Any) -> None:
    """As in Keras; but it is told."""
    x = kg.Input((5,), dtype="int32")
    h = Embedding(5, 2, mask_zero=True, name="words")(x)
    with pytest.warns(DroppedMaskWarning, match=rf"(?s)'words' ends here.*{layer.name!r}"):
        assert layer(h)._keras_mask is None


def test_unit_normalization_of_the_items_of_ragged_rows() -> None:
    rows = kg.RaggedTensor.from_row_lengths(X, [2, 0, 1])
    x = kg.Input((None, 5, 2), ragged=True)
    for axis in (-1, [2, 3]):
        found = kg.Model(x, UnitNormalization(axis)(x))(rows)
        wanted = UnitNormalization(-1 if axis == -1 else [1, 2])(X)
        np.testing.assert_array_equal(found.row_splits, rows.row_splits)
        rtol, atol = tolerance(X.dtype)
        np.testing.assert_allclose(found.flat_values, wanted, rtol=rtol, atol=atol)
    with pytest.raises(TypeError, match="UnitNormalization cannot run along rows of different"):
        UnitNormalization(1)(x)


@pytest.mark.parametrize("axis", [-1, [1, 2], 1])
def test_rms_normalization_gives_a_mean_square_of_one(axis: Any) -> None:
    layer = RMSNormalization(axis=axis, epsilon=0.25)
    inputs = kg.Input((5, 2))
    outputs = layer(inputs)
    scale = np.random.default_rng(1).normal(size=layer.scale.shape).astype(np.float32)
    layer.set_weights([scale])
    axes = tuple(axis) if isinstance(axis, list) else axis
    along = scale[:, None] if axis == 1 else scale
    wanted = X / np.sqrt(np.square(X).mean(axes, keepdims=True) + 0.25) * along
    rtol, atol = tolerance(X.dtype)
    found = kg.Model(inputs, outputs)(X)
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol)


def test_a_mask_ends_at_rms_normalization_as_in_keras() -> None:
    x = kg.Input((5,), dtype="int32")
    h = Embedding(5, 2, mask_zero=True)(x)
    with pytest.warns(DroppedMaskWarning, match="rms_normalization"):
        RMSNormalization()(h)
