"""LayerNormalization, BatchNormalization, Normalization and Rescaling against NumPy formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.layers import BatchNormalization, LayerNormalization, Normalization, Rescaling

from .samples import floats, ragged, sparse


def standardized(x: np.ndarray, axis: Any, epsilon: float) -> np.ndarray:
    wide = x.astype(np.float64)
    mean, variance = wide.mean(axis, keepdims=True), wide.var(axis, keepdims=True)
    return (wide - mean) / np.sqrt(variance + epsilon)


@pytest.mark.parametrize("axis", [-1, 1, 2, [1, 2], (2, 1), [-1]])
def test_layer_normalization_is_the_formula(axis: Any) -> None:
    x = floats(2, 3, 4)
    layer = LayerNormalization(axis=axis, epsilon=0.25)
    layer(x)
    gamma, beta = (floats(*w.shape) for w in layer.get_weights())
    layer.set_weights([gamma, beta])
    axes = tuple(sorted(a % 3 for a in (axis if isinstance(axis, list | tuple) else [axis])))
    shape = [x.shape[a] if a in axes else 1 for a in range(3)]
    expected = standardized(x, axes, 0.25) * gamma.reshape(shape) + beta.reshape(shape)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-5)


def test_layer_normalization_of_ragged_rows_is_that_of_their_items() -> None:
    x = ragged(4)
    layer = LayerNormalization()
    np.testing.assert_array_equal(layer(x).flat_values, layer(x.flat_values[:, None])[:, 0])


def test_layer_normalization_of_float16_is_computed_in_float32() -> None:
    x = (floats(3, 64) * 100).astype(np.float16)  # squares overflow in float16
    found = LayerNormalization(dtype="float16")(x)
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, standardized(x, -1, 0.001), rtol=2e-3, atol=1e-3)


def test_layer_normalization_along_a_ragged_axis_is_refused() -> None:
    with pytest.raises(kg.KGraphError, match="axis 1"):
        LayerNormalization(axis=1)(kg.Input((None, 4), ragged=True))
    layer = LayerNormalization(axis=1)
    layer(floats(2, 3, 4))
    with pytest.raises(TypeError, match="rows of different lengths"):
        layer(ragged(4))


@pytest.mark.parametrize("cls", [LayerNormalization, BatchNormalization])
def test_size_of_the_axis_must_be_known(cls: type[kg.layers.Layer]) -> None:
    with pytest.raises(ValueError, match="size of axis 1 of its input is not known"):
        cls()(kg.Input((None,)))


@pytest.mark.parametrize("axis", ["a", 1.5, None, []])
def test_axes_must_be_integers(axis: Any) -> None:
    for cls in (LayerNormalization, BatchNormalization):
        with pytest.raises(TypeError, match="'axis'"):
            cls(axis=axis)


@pytest.mark.parametrize(("axis", "shape"), [(-1, (5, 4)), (1, (2, 3, 4)), (2, (2, 3, 4))])
def test_batch_normalization_is_the_formula(axis: int, shape: tuple[int, ...]) -> None:
    x = floats(*shape)
    layer = BatchNormalization(axis=axis, epsilon=0.25)
    layer(x)
    gamma, beta, mean = (floats(shape[axis]) for _ in range(3))
    variance = floats(shape[axis]) ** 2
    layer.set_weights([gamma, beta, mean, variance])
    across = [shape[axis] if a == axis % len(shape) else 1 for a in range(len(shape))]
    g, b, m, v = (w.reshape(across).astype(np.float64) for w in (gamma, beta, mean, variance))
    expected = (x - m) / np.sqrt(v + 0.25) * g + b
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-5)


def test_batch_normalization_weights_stand_in_the_order_of_keras() -> None:
    layer = BatchNormalization()
    layer(kg.Input((3,)))
    assert [w.name for w in layer.trainable_weights] == ["gamma", "beta"]
    assert [w.name for w in layer.non_trainable_weights] == ["moving_mean", "moving_variance"]


def test_training_takes_the_statistics_of_the_batch_and_keeps_no_state() -> None:
    layer, x = BatchNormalization(epsilon=0.25), floats(6, 3)
    before = layer(x)
    np.testing.assert_allclose(
        layer(x, training=True), standardized(x, 0, 0.25), rtol=1e-5, atol=1e-5
    )
    np.testing.assert_array_equal(layer(x), before)


def test_frozen_batch_normalization_does_not_train() -> None:
    layer, x = BatchNormalization(trainable=False), floats(6, 3)
    np.testing.assert_array_equal(layer(x, training=True), layer(x))


def test_batch_normalization_reads_the_axis_list_of_keras_2() -> None:
    assert BatchNormalization(axis=[3]).axis == 3
    with pytest.raises(TypeError, match="one int"):
        BatchNormalization(axis=[1, 2])


def test_batch_renormalization_is_refused_not_ignored() -> None:
    with pytest.raises(ValueError, match="`renorm` is not supported"):
        BatchNormalization(renorm=True)


# -- Rescaling


def test_rescaling_is_the_formula() -> None:
    x = np.uint8([[0, 128, 255]])
    np.testing.assert_allclose(Rescaling(1 / 127.5, offset=-1)(x), x / 127.5 - 1, atol=1e-6)


def test_rescaling_keeps_sparse_values_sparse_without_an_offset() -> None:
    x = sparse(3, 4)
    assert Rescaling(2.0)(x).nnz == x.nnz
    with pytest.warns(kg.DensifyWarning, match="add: a sparse value becomes dense"):
        moved = Rescaling(2.0, offset=1.0)(x)
    np.testing.assert_allclose(moved, x.toarray() * 2 + 1, rtol=1e-6)


def test_rescaling_wants_numbers() -> None:
    with pytest.raises(TypeError, match="`scale` is a number"):
        Rescaling("a")


# -- Normalization


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), None])
def test_adapted_data_has_mean_zero_and_variance_one(axis: Any) -> None:
    x = floats(40, 3, 2) * 3 + 5
    layer = Normalization(axis=axis)
    layer.adapt(x)
    kept = {-1: (2,), 1: (1,), (1, 2): (1, 2), None: ()}[axis]
    others = tuple(a for a in range(3) if a not in kept)
    np.testing.assert_allclose(layer(x), standardized(x, others, 0), rtol=1e-4, atol=1e-4)


def test_inverted_layer_undoes_the_other() -> None:
    x = floats(5, 3)
    mean, variance = [0.5, 1.0, -1.0], [4.0, 0.25, 1.0]
    scaled = Normalization(mean=mean, variance=variance)(x)
    back = Normalization(mean=mean, variance=variance, invert=True)(scaled)
    np.testing.assert_allclose(back, x, rtol=1e-5, atol=1e-6)


def test_given_statistics_are_no_weights() -> None:
    layer = Normalization(mean=[1.0], variance=4.0)
    np.testing.assert_allclose(layer(np.float32([[3.0, 5.0]])), [[1.0, 2.0]])
    assert layer.weights == []


def test_constant_feature_gives_no_nan() -> None:
    layer = Normalization()
    layer.adapt(np.float32([[2.0], [2.0]]))
    np.testing.assert_array_equal(layer(np.float32([[2.0]])), [[0.0]])


def test_unadapted_layer_changes_nothing() -> None:
    x = floats(2, 3)
    np.testing.assert_array_equal(Normalization()(x), x)


def test_errors_of_normalization() -> None:
    with pytest.raises(ValueError, match="both `mean` and `variance` must be set"):
        Normalization(mean=1.0)
    with pytest.raises(ValueError, match="size of axis 1 of its input is not known"):
        Normalization()(kg.Input((None,)))
    with pytest.raises(ValueError, match="axis 3 is out of bounds"):
        Normalization(axis=3)(kg.Input((4,)))
    with pytest.raises(ValueError, match="does not fit the input"):
        Normalization(mean=[1.0, 2.0], variance=[1.0, 2.0])(kg.Input((3,)))
    with pytest.raises(TypeError, match="were given"):
        Normalization(mean=0.0, variance=1.0).adapt(floats(2, 3))
    with pytest.raises(ValueError, match="at least one sample"):
        Normalization().adapt(floats(0, 3))
