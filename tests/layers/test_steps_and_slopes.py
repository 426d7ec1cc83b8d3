"""Layers that move steps of a sequence, bend numbers, or do nothing at inference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.layers import (
    ELU,
    Cropping1D,
    PReLU,
    SpatialDropout1D,
    UnitNormalization,
    UpSampling1D,
    ZeroPadding1D,
)
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
