"""Clones: the same graph over new layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph as kg

la = kg.layers


def batch(*shape: int) -> Any:
    return np.random.default_rng(4).normal(size=shape).astype("float32")


def draw() -> kg.Model:
    x = kg.Input(shape=(4,), name="x")
    step = la.Dense(4, name="step")
    inner = kg.Sequential([kg.Input(shape=(4,)), la.Dense(2, name="inside")], name="inner")
    return kg.Model({"x": x}, inner(step(step(x)) + 1.0), name="whole")


def test_a_clone_computes_the_same_with_the_same_weights() -> None:
    model = draw()
    twin = kg.models.clone_model(model)
    assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]
    assert not set(map(id, twin.weights)) & set(map(id, model.weights))
    assert not np.array_equal(twin.get_weights()[0], model.get_weights()[0])
    twin.set_weights(model.get_weights())
    feed = {"x": batch(3, 4)}
    np.testing.assert_array_equal(twin(feed), model(feed))


def test_a_clone_on_other_tensors() -> None:
    y = kg.Input(shape=(4,), name="y")
    twin = kg.models.clone_model(draw(), input_tensors=[y])
    assert twin.input["x"] is y


def test_a_sequential_stays_one() -> None:
    chain = kg.Sequential([kg.Input(shape=(4,)), la.Dense(2)])
    twin = kg.models.clone_model(chain)
    assert isinstance(twin, kg.Sequential)
    assert twin.output_shape == (None, 2)


def test_layers_may_be_replaced_on_the_way() -> None:
    def frozen(layer: la.Layer) -> la.Layer:
        twin = type(layer).from_config(layer.get_config())
        twin.trainable = False
        return twin

    x = kg.Input(shape=(4,))
    twin = kg.models.clone_model(kg.Model(x, la.Dense(2)(x)), clone_function=frozen)
    assert twin.trainable_weights == []


def test_a_clone_function_returns_layers() -> None:
    with pytest.raises(TypeError, match="`clone_function` returned no layer for 'step'"):
        kg.models.clone_model(draw(), clone_function=lambda layer: None)  # type: ignore[arg-type, return-value]


def test_a_subclass_with_a_call_of_its_own_cannot_be_cloned() -> None:
    class Own(kg.Model):
        def call(self, inputs: Any) -> Any:
            return inputs

    with pytest.raises(TypeError, match="takes functional and Sequential models"):
        kg.models.clone_model(Own())
