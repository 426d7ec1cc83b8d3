"""Functional models: what they are made of, and what they say of themselves."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from tests.tolerances import tolerance

la = kg.layers


def batch(*shape: int) -> Any:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def residual() -> kg.Model:
    x = kg.Input(shape=(4,), name="x")
    h = la.Dense(4, activation="relu", name="inner")(x)
    return kg.Model(x, la.Dense(2, name="head")(x + h), name="residual")


# -- the examples of the documentation of tf.keras.Input -------------------------------------------


def test_logistic_regression() -> None:
    x = kg.Input(shape=(32,))
    y = la.Dense(16, activation="softmax")(x)
    model = kg.Model(x, y)
    probabilities = model(batch(5, 32))
    assert probabilities.shape == (5, 16)
    np.testing.assert_allclose(probabilities.sum(axis=1), np.ones(5), *tolerance("float32"))


def test_an_op_is_treated_like_a_layer() -> None:
    x = kg.Input(shape=(32,))
    y = kg.square(x)
    model = kg.Model(x, y)
    data = batch(3, 32)
    np.testing.assert_array_equal(model(data), data * data)
    assert [type(layer).__name__ for layer in model.layers] == ["InputLayer"]


def test_values_of_a_ragged_input() -> None:
    x = kg.Input(type_spec=kg.RaggedTensorSpec(shape=[None, None], dtype=kg.float32, ragged_rank=1))
    y = x.values
    model = kg.Model(x, y)
    rows = kg.RaggedTensor.from_row_splits(np.float32([1, 2, 3]), [0, 2, 2, 3])
    np.testing.assert_array_equal(model(rows), np.float32([1, 2, 3]))


def test_input_and_output_are_spellings_of_inputs_and_outputs() -> None:
    a, b = kg.Input(shape=(2,)), kg.Input(shape=(2,))
    model = kg.Model(input=[a, b], output=a + b)
    np.testing.assert_array_equal(
        model([np.ones((1, 2), "float32"), np.ones((1, 2), "float32")]), [[2.0, 2.0]]
    )


# -- structures ------------------------------------------------------------------------------------


def test_outputs_come_back_in_the_structure_that_was_given() -> None:
    x = kg.Input(shape=(2,), name="x")
    model = kg.Model(x, {"twice": x * 2.0, "rest": [x + 1.0, (x - 1.0,)]})
    result = model(np.zeros((1, 2), "float32"))
    assert list(result) == ["twice", "rest"]
    assert isinstance(result["rest"][1], tuple)
    np.testing.assert_array_equal(result["rest"][1][0], [[-1.0, -1.0]])


def test_a_list_of_one_output_stands_for_the_output() -> None:
    x = kg.Input(shape=(2,))
    assert isinstance(kg.Model(x, [x * 2.0])(np.ones((1, 2), "float32")), np.ndarray)


def test_one_tensor_may_be_several_outputs() -> None:
    x = kg.Input(shape=(2,))
    y = x * 3.0
    first, second = kg.Model(x, [y, y])(np.ones((1, 2), "float32"))
    np.testing.assert_array_equal(first, second)


def test_shapes_and_names() -> None:
    a, b = kg.Input(shape=(4,), name="a"), kg.Input(shape=(None, 2), name="b")
    dense = la.Dense(3, name="dense_of_a")
    model = kg.Model({"left": a, "right": b}, [dense(a), dense(a * 2.0), b], name="pair")
    assert model.input_names == ["a", "b"]
    assert model.output_names == ["dense_of_a", "dense_of_a_1", "b"]
    assert model.input_shape == {"left": (None, 4), "right": (None, None, 2)}
    assert model.output_shape == [(None, 3), (None, 3), (None, None, 2)]
    assert model.inputs[0] is a
    assert model.input["right"] is b
    assert len(model.outputs) == 3
    assert repr(model) == "<Model name=pair, built=True>"


def test_models_are_named_and_numbered() -> None:
    kg.clear_session()
    x = kg.Input(shape=(1,))
    assert [kg.Model(x, x + 1.0).name for _ in range(2)] == ["model", "model_1"]
    assert [kg.Sequential().name for _ in range(2)] == ["sequential", "sequential_1"]


# -- weights ---------------------------------------------------------------------------------------


def test_a_shared_layer_has_its_weights_once() -> None:
    a, b = kg.Input(shape=(4,)), kg.Input(shape=(4,))
    encode = la.Dense(3)
    model = kg.Model([a, b], encode(a) - encode(b))
    assert model.layers.count(encode) == 1
    assert model.count_params() == 4 * 3 + 3
    data = batch(2, 4)
    np.testing.assert_array_equal(model([data, data]), np.zeros((2, 3)))


def test_a_model_sees_weights_assigned_after_its_first_call() -> None:
    x = kg.Input(shape=(2,))
    dense = la.Dense(1, use_bias=False)
    model = kg.Model(x, dense(x))
    data = np.ones((1, 2), "float32")
    model(data)
    dense.set_weights([np.float32([[2.0], [3.0]])])
    np.testing.assert_array_equal(model(data), [[5.0]])
    np.testing.assert_array_equal(model(data), [[5.0]])


def test_a_model_sees_a_bare_variable_assigned_anew() -> None:
    x = kg.Input(shape=(1,))
    scale = kg.Variable([2.0], name="scale")
    model = kg.Model(x, x * scale)
    data = np.ones((1, 1), "float32")
    before = model(data)
    scale.assign([7.0])
    assert (before.item(), model(data).item()) == (2.0, 7.0)
    assert model.weights == []


def test_trainable_reaches_the_layers_inside() -> None:
    model = residual()
    assert len(model.trainable_weights) == 4
    model.trainable = False
    assert model.trainable_weights == []
    assert len(model.non_trainable_weights) == 4
    assert not model.get_layer("inner").trainable
    model.trainable = True
    model.get_layer("inner").trainable = False
    assert [v.path for v in model.trainable_weights] == ["head/kernel", "head/bias"]


def test_set_weights_refuses_another_number() -> None:
    with pytest.raises(ValueError, match="another number of weights"):
        residual().set_weights([np.zeros((4, 4))])


# -- nesting ---------------------------------------------------------------------------------------


def test_a_model_is_a_layer_of_another() -> None:
    inner = residual()
    x = kg.Input(shape=(4,))
    outer = kg.Model(x, inner(x) * 2.0)
    assert outer.layers[1] is inner
    assert outer.count_params() == inner.count_params()
    data = batch(3, 4)
    np.testing.assert_allclose(outer(data), inner(data) * 2.0, *tolerance("float32"))


def test_head_and_tail_of_a_graph_compose() -> None:
    x = kg.Input(shape=(4,))
    h = la.Dense(3)(x)
    y = la.Dense(2)(h)
    whole, head, tail = kg.Model(x, y), kg.Model(x, h), kg.Model(h, y)
    data = batch(3, 4)
    np.testing.assert_allclose(tail(head(data)), whole(data), *tolerance("float32"))
    assert tail.input_shape == (None, 3)
    assert [layer.name for layer in tail.layers] == [y.node.name]


def test_a_nested_model_checks_what_it_is_called_on() -> None:
    inner = residual()
    with pytest.raises(ValueError, match=r"expected shape=\(None, 4\), found shape=\(None, 5\)"):
        inner(kg.Input(shape=(5,)))


def test_a_nested_model_casts_to_the_dtype_of_its_inputs() -> None:
    x = kg.Input(shape=(2,), dtype="float64")
    inner = kg.Model(x, x + 1.0)
    assert inner(kg.Input(shape=(2,), dtype="int32")).dtype == "float64"


# -- getting layers --------------------------------------------------------------------------------


def test_get_layer() -> None:
    model = residual()
    assert model.get_layer("inner").name == "inner"
    assert model.get_layer(index=0).name == "x"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"name": "nope"}, r"No such layer: nope\. Existing layers are: \['x', 'inner', 'head'\]"),
        ({"index": 9}, "Was asked to retrieve layer at index 9 but model only has 3 layers"),
        ({}, "Provide either a layer name or layer index at `get_layer`"),
        (
            {"name": "x", "index": 1},
            r"Provide only a layer name or a layer index\. Received: index=1, name=x",
        ),
    ],
)
def test_get_layer_says_what_is_wrong(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        residual().get_layer(**arguments)


# -- errors ----------------------------------------------------------------------------------------


def test_two_layers_of_one_name() -> None:
    x = kg.Input(shape=(2,))
    y = la.Dense(2, name="z")(la.Dense(2, name="z")(x))
    text = 'The name "z" is used 2 times in the model. All layer names should be unique.'
    with pytest.raises(ValueError, match=text):
        kg.Model(x, y)


def test_an_output_that_needs_another_input() -> None:
    x, v = kg.Input(shape=(2,)), kg.Input(shape=(2,), name="forgotten")
    with pytest.raises(ValueError, match="depend on 'forgotten', which is not among the inputs"):
        kg.Model(x, x + v)


def test_an_input_given_twice() -> None:
    x = kg.Input(shape=(2,))
    with pytest.raises(ValueError, match="stands more than once"):
        kg.Model([x, x], x + 1.0)


def test_an_output_that_is_no_tensor() -> None:
    x = kg.Input(shape=(2,))
    with pytest.raises(TypeError, match="outputs is not a KerasTensor"):
        kg.Model(x, np.ones(2))


def test_inputs_without_outputs() -> None:
    with pytest.raises(ValueError, match="`outputs` is missing"):
        kg.Model(kg.Input(shape=(2,)))


def test_an_unused_input_must_still_be_fed() -> None:
    a, b = kg.Input(shape=(2,), name="a"), kg.Input(shape=(2,), name="b")
    model = kg.Model([a, b], a * 2.0)
    assert [layer.name for layer in model.layers] == ["a", "b"]
    data = np.ones((1, 2), "float32")
    np.testing.assert_array_equal(model([data, data]), [[2.0, 2.0]])
    with pytest.raises(ValueError, match="input"):
        model([data])


# -- training --------------------------------------------------------------------------------------


class Noise(la.Layer):
    """Adds one in training."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        return inputs + 1.0 if training else inputs


def test_training_reaches_layers_and_the_models_inside() -> None:
    u = kg.Input(shape=(1,))
    inner = kg.Model(u, Noise()(u))
    x = kg.Input(shape=(1,))
    model = kg.Model(x, Noise()(inner(x)))
    data = np.zeros((1, 1), "float32")
    assert [model(data).item(), model(data, training=True).item()] == [0.0, 2.0]
    assert model(data, training=False).item() == 0.0


def masked_mean() -> kg.Model:
    x = kg.Input(shape=(None, 2))
    return kg.Model(x, la.GlobalAveragePooling1D()(la.Identity()(x)))


def test_a_mask_that_is_given_reaches_the_layers_inside() -> None:
    data = np.arange(12, dtype="float32").reshape(2, 3, 2)
    mask = np.array([[True, True, False], [True, False, False]])
    wanted = [data[0, :2].mean(0), data[1, 0]]
    np.testing.assert_allclose(masked_mean()(data, mask=mask), wanted)
    np.testing.assert_allclose(masked_mean()(data), data.mean(1))


@pytest.mark.promise("A3.masks")
def test_masks_travel_into_nested_models_and_out_of_them() -> None:
    ids = kg.Input(shape=(3,), dtype="int32")
    rows = np.int32([[1, 2, 0], [3, 0, 0]])
    embed = la.Embedding(4, 2, mask_zero=True)
    inside = kg.Model(ids, masked_mean()(embed(ids)))
    table = embed.get_weights()[0]
    wanted = np.stack([table[[1, 2]].mean(0), table[3]])
    np.testing.assert_allclose(inside(rows), wanted, rtol=1e-6)
    encoder = kg.Model(ids, la.Identity()(embed(ids)), name="encoder")
    x = kg.Input(shape=(3,), dtype="int32")
    outside = kg.Model(x, la.GlobalAveragePooling1D()(encoder(x)))
    np.testing.assert_allclose(outside(rows), wanted, rtol=1e-6)
    twin = kg.Model.from_config(outside.get_config())
    twin.set_weights(outside.get_weights())
    np.testing.assert_array_equal(twin(rows), outside(rows))


# -- subclasses ------------------------------------------------------------------------------------


class Tower(kg.Model):
    """Two layers, written as a subclass."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.first = la.Dense(units, activation="relu")
        self.second = la.Dense(1)

    def call(self, inputs: Any, training: bool = False) -> Any:
        hidden = self.first(inputs)
        return self.second(hidden + 1.0 if training else hidden)


def test_a_subclass_computes_eagerly_and_owns_the_weights_of_its_layers() -> None:
    model = Tower(3)
    data = batch(5, 4)
    result = model(data)
    assert result.shape == (5, 1)
    assert model.count_params() == 4 * 3 + 3 + 3 + 1
    np.testing.assert_allclose(
        model.predict(data, batch_size=2, verbose=0), result, *tolerance("float32")
    )
    assert not np.array_equal(model(data, training=True), result)


def test_a_subclass_is_a_layer_of_a_graph() -> None:
    tower = Tower(3)
    x = kg.Input(shape=(4,))
    model = kg.Model(x, tower(x))
    data = batch(2, 4)
    np.testing.assert_allclose(model(data), tower(data), *tolerance("float32"))


class Doubler(kg.Model):
    """A graph drawn by a constructor of its own."""

    def __init__(self, width: int) -> None:
        x = kg.Input(shape=(width,))
        super().__init__(x, x * 2.0)
        self.width = width


def test_a_subclass_may_draw_its_graph_itself() -> None:
    model = Doubler(2)
    data = batch(3, 2)
    np.testing.assert_array_equal(model(data), data * 2)
    twin = pickle.loads(pickle.dumps(model))
    assert (type(twin), twin.width) == (Doubler, 2)
    np.testing.assert_array_equal(twin(data), data * 2)


def test_a_layer_called_in_training_stays_so_inside_a_graph() -> None:
    u = kg.Input(shape=(1,))
    inner = kg.Model(u, Noise()(u))
    x = kg.Input(shape=(1,))
    model = kg.Model(x, inner(x, training=True))
    assert model(np.zeros((1, 1), "float32")).item() == 1.0


def test_a_model_called_by_a_layer_in_training_trains() -> None:
    u = kg.Input(shape=(1,))
    inner = kg.Model(u, Noise()(u))

    class Wrapper(la.Layer):
        def call(self, inputs: Any) -> Any:
            return inner(inputs)

    data = np.zeros((1, 1), "float32")
    inner(data)  # compiled by now
    assert Wrapper()(data, training=True).item() == 1.0
    assert Wrapper()(data).item() == 0.0


def test_a_subclass_without_call_says_so() -> None:
    class Empty(kg.Model):
        pass

    with pytest.raises(TypeError, match=r"Model Empty does not have a `call\(\)` method"):
        Empty()(batch(1, 2))


def test_a_subclass_pickles() -> None:
    model = Tower(3)
    data = batch(2, 4)
    expected = model(data)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model))(data), expected)


# -- copies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_have_equal_weights_of_their_own(duplicate: Any) -> None:
    model = residual()
    data = batch(3, 4)
    expected = model(data)
    twin = duplicate(model)
    np.testing.assert_array_equal(twin(data), expected)
    twin.set_weights([np.zeros_like(w) for w in twin.get_weights()])
    np.testing.assert_array_equal(twin(data), np.zeros((3, 2)))
    np.testing.assert_array_equal(model(data), expected)


def test_a_deep_graph_pickles() -> None:
    x = y = kg.Input(shape=(1,))
    for _ in range(1500):
        y = y + 1.0
    twin = pickle.loads(pickle.dumps(kg.Model(x, y)))
    assert twin(np.zeros((1, 1), "float32")).item() == 1500.0


def test_a_custom_layer_pickles_without_being_registered() -> None:
    x = kg.Input(shape=(1,))
    model = pickle.loads(pickle.dumps(kg.Model(x, Noise(name="noise")(x))))
    assert type(model.get_layer("noise")) is Noise


@pytest.mark.promise("A3.training-flag")
def test_a_dropout_that_is_frozen_on_drops_at_each_call() -> None:
    x = kg.Input(shape=(50,))
    model = kg.Model(x, la.Dropout(0.5)(x, training=True) * 2.0)
    data = np.ones((4, 50), "float32")
    first, second = model(data), model(data)
    assert set(np.unique(first)) == {0.0, 4.0}
    assert not np.array_equal(first, second)
    assert set(np.unique(model.predict(data, batch_size=2, verbose=0))) == {0.0, 4.0}
    with pytest.raises(ValueError, match="random draws are not compiled"):
        kg.compile(model)
