"""TimeDistributed and Wrapper: layers around layers."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.layers import (
    Add,
    BatchNormalization,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Lambda,
    Layer,
    Masking,
    TimeDistributed,
    Wrapper,
)
from tests.tolerances import tolerance

RNG = np.random.default_rng(8)
X = RNG.normal(size=(3, 5, 4)).astype(np.float32)
LENGTHS = [2, 0, 3]
ROWS = kg.RaggedTensor.from_row_lengths(X[0], LENGTHS)


def close(found: Any, wanted: Any) -> None:
    rtol, atol = tolerance(np.dtype(np.float32))
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol)


@pytest.mark.parametrize("steps", [5, None])
def test_a_layer_is_applied_at_each_step(steps: int | None) -> None:
    inside = Dense(2, activation="tanh")
    x = kg.Input((steps, 4))
    y = TimeDistributed(inside)(x)
    assert y.shape == (None, steps, 2)
    model = kg.Model(x, y)
    wanted = np.stack([inside(X[:, step]) for step in range(5)], axis=1)
    close(model(X), wanted)
    close(model.function(X), wanted)
    assert model(X[:0]).shape == (0, 5, 2)
    assert model.count_params() == 10


def test_a_layer_takes_away_axes_and_adds_them() -> None:
    x = kg.Input((None, 2, 3))
    data = RNG.normal(size=(2, 4, 2, 3)).astype(np.float32)
    flat = TimeDistributed(Flatten())(x)
    assert flat.shape == (None, None, 6)
    np.testing.assert_array_equal(kg.Model(x, flat)(data), data.reshape(2, 4, 6))
    pooled = TimeDistributed(GlobalAveragePooling1D())(x)
    close(kg.Model(x, pooled)(data), data.mean(2))


def test_items_of_ragged_rows_are_the_steps() -> None:
    inside = Dense(2)
    x = kg.Input((None, 4), ragged=True)
    model = kg.Model(x, TimeDistributed(inside)(x))
    found = model(ROWS)
    np.testing.assert_array_equal(found.row_splits, ROWS.row_splits)
    close(found.flat_values, inside(X[0]))
    close(TimeDistributed(inside)(ROWS).flat_values, inside(X[0]))


def test_rows_of_rows_are_steps_that_are_ragged() -> None:
    deep = kg.RaggedTensor.from_row_lengths(ROWS, [1, 2])
    x = kg.Input((None, None, 4), ragged=True)
    model = kg.Model(x, TimeDistributed(GlobalAveragePooling1D())(x))
    found = model(deep)
    np.testing.assert_array_equal(found.row_splits, [0, 1, 3])
    close(found.flat_values, GlobalAveragePooling1D()(ROWS))


class SumAndDifference(Layer):
    """Two results of two inputs."""

    def call(self, inputs: Any) -> Any:
        a, b = inputs
        return {"sum": a + b, "difference": a - b}


def test_a_layer_of_several_inputs_and_results() -> None:
    a, b = kg.Input((None, 4)), kg.Input((None, 4))
    model = kg.Model([a, b], TimeDistributed(SumAndDifference())([a, b]))
    found = model([X, X[::-1]])
    close(found["sum"], X + X[::-1])
    close(found["difference"], X - X[::-1])


def test_ragged_inputs_have_rows_of_equal_lengths() -> None:
    a, b = (kg.Input((None, 4), ragged=True) for _ in range(2))
    model = kg.Model([a, b], TimeDistributed(Add())([a, b]))
    close(model([ROWS, ROWS]).flat_values, 2 * X[0])
    with pytest.raises(ValueError, match="rows"):
        model([ROWS, kg.RaggedTensor.from_row_lengths(X[0], [3, 2, 0])])
    with pytest.raises(TypeError, match="no steps in common"):
        TimeDistributed(Add())([a, kg.Input((None, 4))])


def test_a_model_inside_and_statistics_of_a_batch() -> None:
    x = kg.Input((4,))
    inside = kg.Model(x, Dense(2)(BatchNormalization()(x)))
    s = kg.Input((5, 4))
    model = kg.Model(s, TimeDistributed(inside)(s))
    close(model(X).reshape(15, 2), inside(X.reshape(15, 4)))
    close(model(X, training=True).reshape(15, 2), inside(X.reshape(15, 4), training=True))
    chain = kg.Sequential([Dense(3), Dense(2)])
    deferred = kg.Model(s, TimeDistributed(chain)(s))
    close(deferred(X).reshape(15, 2), chain(X.reshape(15, 4)))


class Doubled(Layer):
    """A layer of the user, with a weight."""

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor * 2.0


def test_copies_have_the_layer_inside() -> None:
    x = kg.Input((5, 4), name="x")
    h = TimeDistributed(Dense(3, name="inside"), name="steps")(x)
    model = kg.Model(x, TimeDistributed(Doubled(name="doubled"))(h))
    model.set_weights([RNG.normal(size=w.shape) for w in model.get_weights()])
    config = json.loads(json.dumps(model.get_config()))
    by_config = kg.Model.from_config(config, custom_objects={"Doubled": Doubled})
    copies = [by_config, kg.models.clone_model(model), pickle.loads(pickle.dumps(model))]
    for twin in copies:
        assert [w.path for w in twin.weights] == [w.path for w in model.weights]
        twin.set_weights(model.get_weights())
        np.testing.assert_array_equal(twin(X), model(X))


def test_only_steps_that_stay_apart_can_be_put_back() -> None:
    with pytest.raises(kg.KGraphError, match="'mixed' inside mixes steps"):
        TimeDistributed(Lambda(lambda x: kg.sum(x, axis=0), name="mixed"))(kg.Input((5, 4)))
    with pytest.raises(ValueError, match="expected min_ndim=3, found ndim=2"):
        TimeDistributed(Dense(2))(kg.Input((4,)))
    with pytest.raises(ValueError, match="initialize `TimeDistributed` layer with a `Layer`"):
        TimeDistributed("Dense")


# -- masks -----------------------------------------------------------------------------------------

IDS = np.int32([[1, 2, 0], [3, 0, 0], [4, 4, 4]])
TABLE = RNG.normal(size=(5, 2)).astype(np.float32)


def test_a_mask_of_the_steps_goes_on() -> None:
    ids = kg.Input((3,), dtype="int32")
    e = Embedding(5, 2, weights=[TABLE], mask_zero=True)(ids)
    h = TimeDistributed(Dense(2, kernel_initializer="identity"))(e)
    model = kg.Model(ids, GlobalAveragePooling1D()(h))
    close(model(IDS), [TABLE[row[row > 0]].mean(0) for row in IDS])


def test_a_mask_within_steps_goes_into_the_layer_and_out_of_it() -> None:
    words = np.int32([[[1, 2, 0], [3, 0, 0]], [[4, 4, 4], [2, 0, 1]]])
    ids = kg.Input((None, 3), dtype="int32")
    inside = Embedding(5, 2, weights=[TABLE], mask_zero=True)
    e = TimeDistributed(inside)(ids)
    assert e._keras_mask.shape == (None, None, 3)
    sentences = TimeDistributed(GlobalAveragePooling1D())(e)
    model = kg.Model(ids, sentences)
    wanted = [[TABLE[row[row > 0]].mean(0) for row in text] for text in words]
    close(model(words), wanted)
    close(model.function(words), wanted)


def test_steps_in_which_nothing_counts_are_left_out() -> None:
    words = np.int32([[[1, 2, 0], [0, 0, 0]], [[4, 4, 4], [2, 0, 1]]])
    ids = kg.Input((2, 3), dtype="int32")
    e = TimeDistributed(Embedding(5, 2, weights=[TABLE], mask_zero=True))(ids)
    flat = TimeDistributed(Flatten())(e)
    model = kg.Model(ids, GlobalAveragePooling1D()(flat))
    wanted = [TABLE[words[0, 0]].reshape(-1), TABLE[words[1]].reshape(2, -1).mean(0)]
    close(model(words), wanted)


def test_the_layer_inside_may_be_what_makes_the_mask() -> None:
    x = kg.Input((2, 3, 1))
    h = TimeDistributed(Masking())(x)
    assert h._keras_mask.shape == (None, 2, 3)


# -- Wrapper ---------------------------------------------------------------------------------------


class Twice(Wrapper):
    """The layer inside, two times."""

    def call(self, inputs: Any) -> Any:
        return self.layer(self.layer(inputs))


def test_a_wrapper_of_the_user_owns_the_weights_inside() -> None:
    layer = Twice(Dense(4, name="inside"), name="twice")
    layer.build((None, 4))
    assert [w.path for w in layer.weights] == ["inside/kernel", "inside/bias"]
    x = kg.Input((4,))
    model = kg.Model(x, layer(x))
    close(model(X[0]), layer.layer(layer.layer(X[0])))
    twin = Twice.from_config(json.loads(json.dumps(layer.get_config())))
    twin(x)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(X[0]), layer(X[0]))


def test_a_wrapper_needs_a_layer() -> None:
    with pytest.raises(ValueError, match="initialize `Wrapper` layer with a `Layer` instance"):
        Wrapper(lambda x: x)
