"""Configs: a graph as JSON and back, exactly."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph.models import graph_config
from kgraph.models.values_config import Decoder, Encoder

la = kg.layers


def batch(*shape: int) -> Any:
    return np.random.default_rng(2).normal(size=shape).astype("float32")


def again(model: kg.Model, **objects: Any) -> Any:
    """The model by way of JSON text, with the same weights."""
    twin = kg.models.model_from_json(model.to_json(), objects)
    twin.set_weights(model.get_weights())
    return twin


def leaves(structure: Any) -> list[Any]:
    return kg.types.tree.flatten(structure)


def require_equal(model: kg.Model, twin: Any, feed: Any) -> None:
    assert twin.to_json() == model.to_json()
    for left, right in zip(leaves(model(feed)), leaves(twin(feed)), strict=True):
        np.testing.assert_array_equal(left, right)


# -- graphs ----------------------------------------------------------------------------------------


def residual() -> tuple[kg.Model, Any]:
    x = kg.Input(shape=(4,), name="x")
    return kg.Model(x, la.Dense(4, activation="relu")(x) + x), batch(3, 4)


def diamond() -> tuple[kg.Model, Any]:
    x = kg.Input(shape=(4,))
    top = la.Dense(5)(x)
    return kg.Model(x, la.Multiply()([la.Dense(3)(top), la.Dense(3)(top)])), batch(3, 4)


def nested_structures() -> tuple[kg.Model, Any]:
    a, b, c = (kg.Input(shape=(2,), name=name) for name in "abc")
    model = kg.Model({"u": [a, b], "v": {"w": c}}, {"sum": a + b, "rest": [c * 2.0]})
    return model, {"u": [batch(3, 2), batch(3, 2)], "v": {"w": batch(3, 2)}}


def layer_shared_along_a_path() -> tuple[kg.Model, Any]:
    x = kg.Input(shape=(4,))
    step = la.Dense(4)
    between = la.Dense(4)
    return kg.Model(x, step(between(step(kg.tanh(step(x)))))), batch(3, 4)


def nested_models() -> tuple[kg.Model, Any]:
    u, v = kg.Input(shape=(4,)), kg.Input(shape=(4,))
    inner = kg.Model([u, v], [la.Dense(4)(u), u * v])
    chain = kg.Sequential([kg.Input(shape=(4,)), la.Dense(4), la.Dense(2)])
    x = kg.Input(shape=(4,))
    first, second = inner([x, x * 2.0])
    first, second = inner([second, first])
    return kg.Model(x, [chain(first), chain(second)]), batch(3, 4)


def slices_and_constants() -> tuple[kg.Model, Any]:
    x = kg.Input(shape=(4, 6))
    y = x[:, 1:, ..., ::2] * batch(3) + np.float64(0.5)
    z = kg.concatenate([y, kg.cast(y > 0.0, "float32")], axis=-1)
    return kg.Model(x, [kg.reshape(z, (-1, 18)), kg.sum(z, axis=(1, 2))]), batch(2, 4, 6)


def cut_off_graph() -> tuple[kg.Model, Any]:
    x = kg.Input(shape=(4,))
    h = la.Dense(3, name="h")(x)
    return kg.Model(h, la.Dense(2)(kg.exp(h))), batch(3, 3)


def sequential() -> tuple[kg.Model, Any]:
    return kg.Sequential([kg.Input(shape=(4,)), la.Dense(3), la.Dense(2)]), batch(3, 4)


GRAPHS = [
    residual, diamond, nested_structures, layer_shared_along_a_path, nested_models,
    slices_and_constants, cut_off_graph, sequential,
]  # fmt: skip


@pytest.mark.parametrize("draw", GRAPHS, ids=lambda f: f.__name__)
def test_a_model_comes_back_from_json(draw: Any) -> None:
    model, feed = draw()
    twin = again(model)
    require_equal(model, twin, feed)
    if draw is not cut_off_graph:  # there an Input stands for what was cut off
        assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]
    assert [w.path for w in twin.weights] == [w.path for w in model.weights]


@pytest.mark.parametrize("kind", ["ragged", "sparse"])
def test_kinds_of_inputs_come_back(kind: str) -> None:
    x = kg.Input(shape=(None,) if kind == "ragged" else (4,), **{kind: True})
    twin = again(kg.Model(x, x * 2.0))
    assert twin.inputs[0].type_spec == x.type_spec


def test_a_shared_variable_stays_shared() -> None:
    x = kg.Input(shape=(1,))
    scale = kg.Variable([3.0], name="scale")
    model = kg.Model(x, [x * scale, x + scale])
    twin = again(model)
    first, second = (node.args[1] for node in twin.function.nodes)
    assert first is second
    assert (first.name, first.numpy().tolist()) == ("scale", [3.0])
    assert first is not scale


def test_weights_are_made_anew() -> None:
    model, _ = residual()
    twin = kg.Model.from_config(model.get_config())
    assert not np.array_equal(twin.get_weights()[0], model.get_weights()[0])


def test_frozen_layers_stay_frozen() -> None:
    model, _ = diamond()
    model.layers[1].trainable = False
    twin = again(model)
    assert [layer.trainable for layer in twin.layers] == [layer.trainable for layer in model.layers]
    model.trainable = False
    assert again(model).trainable_weights == []


def test_the_config_has_the_layout_of_keras() -> None:
    model, _ = residual()
    config = model.get_config()
    assert sorted(config) == ["input_layers", "layers", "name", "output_layers", "trainable"]
    entry = config["layers"][1]
    assert (entry["class_name"], entry["module"]) == ("Dense", "kgraph.layers")
    assert entry["inbound_nodes"][0]["args"][0] == {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 4], "dtype": "float32", "keras_history": ["x", 0, 0]},
    }


def test_a_config_of_keras_3_is_read() -> None:
    tensor = {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 3], "dtype": "float32", "keras_history": ["inp", 0, 0]},
    }
    entries = [
        {
            "module": "keras.layers", "class_name": "InputLayer", "registered_name": None,
            "config": {"batch_shape": [None, 3], "dtype": "float32", "sparse": False,
                       "ragged": False, "name": "inp"},
            "name": "inp", "inbound_nodes": [],
        },
        {
            "module": "keras.layers", "class_name": "Dense", "registered_name": None,
            "config": {"name": "d", "trainable": True, "units": 2, "activation": "relu"},
            "name": "d", "inbound_nodes": [{"args": [tensor], "kwargs": {}}],
        },
    ]  # fmt: skip
    config = {
        "name": "m", "trainable": True, "layers": entries,
        "input_layers": [["inp", 0, 0]], "output_layers": [["d", 0, 0]],
    }  # fmt: skip
    entry = {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}
    model = kg.models.model_from_json(json.dumps(entry))
    assert (model.name, model.input_names, model.count_params()) == ("m", ["inp"], 8)


# -- custom classes --------------------------------------------------------------------------------


class Shift(la.Layer):
    def __init__(self, by: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by = by

    def call(self, inputs: Any) -> Any:
        return inputs + self.by

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "by": self.by}


def shifted() -> kg.Model:
    x = kg.Input(shape=(1,))
    return kg.Model(x, Shift(3.0)(x))


def test_a_custom_layer_is_found_in_custom_objects() -> None:
    assert again(shifted(), Shift=Shift)(np.zeros((1, 1), "float32")).item() == 3.0
    with kg.models.custom_object_scope({"Shift": Shift}):
        assert again(shifted())(np.zeros((1, 1), "float32")).item() == 3.0


def test_an_unknown_class_is_named_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"(?s)class 'Shift' that is not known.*custom_objects="):
        again(shifted())


def test_a_module_in_a_config_is_never_imported() -> None:
    entry = {"module": "antigravity", "class_name": "Dense", "config": {"units": 1}}
    with pytest.raises(ValueError, match="class 'Dense' that is not known"):
        kg.models.model_from_config(entry)


def test_a_registered_class_is_found_by_its_name() -> None:
    @kg.models.register_keras_serializable("tests_of_configs")
    class Registered(Shift):
        pass

    x = kg.Input(shape=(1,))
    model = kg.Model(x, Registered(2.0)(x))
    entry = model.get_config()["layers"][1]
    assert entry["registered_name"] == "tests_of_configs>Registered"
    assert again(model)(np.zeros((1, 1), "float32")).item() == 2.0
    assert kg.models.get_custom_objects()["tests_of_configs>Registered"] is Registered


def test_a_class_without_get_config_cannot_be_registered() -> None:
    with pytest.raises(ValueError, match="does not have a get_config"):
        kg.models.register_keras_serializable()(type("Bare", (), {}))


def test_a_subclass_must_describe_itself() -> None:
    class Own(kg.Model):
        def call(self, inputs: Any) -> Any:
            return inputs

    with pytest.raises(TypeError, match="Own is a subclass of Model that is made in a way"):
        Own().get_config()


def test_a_config_of_something_else() -> None:
    with pytest.raises(ValueError, match="not the config of a graph"):
        kg.Model.from_config({"units": 3})


def test_a_config_whose_values_come_from_nowhere() -> None:
    model, _ = residual()
    config = json.loads(json.dumps(model.get_config()))
    history = config["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"]
    history[0] = "nowhere"
    with pytest.raises(ValueError, match="the config is broken"):
        kg.Model.from_config(config)


# -- values ----------------------------------------------------------------------------------------


def through_json(value: Any) -> Any:
    def refuse(leaf: Any) -> Any:
        raise AssertionError(leaf)

    text = json.dumps(Encoder(refuse).encode(value), allow_nan=False)
    return Decoder(graph_config.decode_spec).decode(json.loads(text))


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 0.1, float("inf"), "text", Ellipsis, (1, (2, None)), [1, [2.5]],
        slice(1, None, 2), (slice(None), 0, Ellipsis), {"axis": -1, "deep": {"k": (1,)}},
        np.dtype("int8"),
        kg.TensorSpec((None, 3), "float64"), kg.RaggedTensorSpec((None, None), ragged_rank=1),
    ],
    ids=repr,
)  # fmt: skip
def test_values_come_back_as_they_were(value: Any) -> None:
    result = through_json(value)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint64", "bool"])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3), (9, 11)])
def test_arrays_keep_every_bit(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).normal(size=shape).astype(dtype)
    result = through_json(array)
    assert (result.dtype, result.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(result, array)


def test_what_is_not_finite_comes_back_too() -> None:
    np.testing.assert_array_equal(
        through_json(np.float32([np.nan, -np.inf])), np.float32([np.nan, -np.inf])
    )


def test_ragged_and_sparse_constants_come_back() -> None:
    rows = kg.RaggedTensor.from_row_splits(np.float32([1, 2, 3]), [0, 2, 2, 3])
    assert through_json(rows).to_list() == rows.to_list()
    matrix = scipy.sparse.csr_array(np.float32([[0, 1], [2, 0]]))
    np.testing.assert_array_equal(through_json(matrix).toarray(), matrix.toarray())
