"""What must hold for each layer; the layers are found by walking the package."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph.types import tree

from .samples import SAMPLES, floats, layer_classes, ragged, sparse

# some layers make sparse values dense, with other arguments than these perhaps not
pytestmark = pytest.mark.filterwarnings("ignore::kgraph.types.densify.DensifyWarning")

CLASSES = layer_classes()
KINDS = ("dense", "ragged", "sparse")
MODULES = [module.name for module in pkgutil.iter_modules(kg.layers.__path__)]
KERAS_CONFIGS = json.loads((Path(__file__).parent / "keras_configs.json").read_text())

# Entries of Keras configs that say nothing about what the layer computes at inference.
NOT_KEPT = {"quantization_config", "renorm", "renorm_clipping", "renorm_momentum", "alpha"}
NOT_KEPT |= {"batch_input_shape", "input_length", "SpatialDropout1D.noise_shape"}

WRITTEN_ANEW = {
    ("Activation", "activation", "swish"): "silu",
    ("BatchNormalization", "axis", "[3]"): 3,
}

every_layer = pytest.mark.parametrize("name", sorted(SAMPLES))
every_kind = pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name in sorted(SAMPLES) for kind in SAMPLES[name].inputs]
)


def make(name: str) -> Any:
    return CLASSES[name](**SAMPLES[name].kwargs)


def call(layer: Any, value: Any) -> Any:
    """The layer on a value, or on the several arguments that its sample lists."""
    return layer(*value) if SAMPLES[type(layer).__name__].apart else layer(value)


def placeholder(value: Any) -> Any:
    """An Input that takes ``value``, of unknown batch size."""
    if isinstance(value, list):
        return [placeholder(item) for item in value]
    dtype = value.dtype
    if scipy.sparse.issparse(value):
        return kg.Input(value.shape[1:], dtype=dtype, sparse=True)
    if isinstance(value, kg.RaggedTensor):
        return kg.Input((None, *value.flat_values.shape[1:]), dtype=dtype, ragged=True)
    return kg.Input(value.shape[1:], dtype=dtype)


def symbols_for(name: str, kind: str) -> Any:
    """What the layer is called on: ragged operands need rows that are certainly equally long,
    so that one Input stands for all of them."""
    value = SAMPLES[name].inputs[kind]
    if kind == "ragged" and isinstance(value, list) and name != "Concatenate":
        return [placeholder(value[0])] * len(value)
    return placeholder(value)


def kind_of(value: Any) -> str:
    if isinstance(value, kg.KerasTensor):
        return "ragged" if value.ragged else "sparse" if value.sparse else "dense"
    if isinstance(value, kg.RaggedTensor):
        return "ragged"
    return "sparse" if scipy.sparse.issparse(value) else "dense"


def parts(value: Any) -> list[np.ndarray]:
    """The arrays a value is made of."""
    if isinstance(value, kg.RaggedTensor):
        return [value.flat_values, *value.nested_row_splits]
    if scipy.sparse.issparse(value):
        return [value.toarray()]
    return [np.asarray(value)]


def require_equal(actual: Any, expected: Any) -> None:
    assert kind_of(actual) == kind_of(expected)
    for a, b in zip(parts(actual), parts(expected), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def randomize(layer: Any) -> None:
    """Weights that are neither zeros nor ones; variances stay positive."""
    rng = np.random.default_rng(5)
    layer.set_weights([rng.uniform(0.5, 2, w.shape).astype(w.dtype) for w in layer.get_weights()])


def test_every_layer_of_the_package_is_tried_and_exported() -> None:
    assert set(CLASSES) == {*SAMPLES, "InputLayer"}
    assert set(CLASSES) <= set(kg.layers.__all__)


def test_all_names_the_public_face() -> None:
    assert len(set(kg.layers.__all__)) == len(kg.layers.__all__)
    assert all(hasattr(kg.layers, name) for name in kg.layers.__all__)


@every_layer
def test_samples_try_each_kind_that_is_claimed(name: str) -> None:
    assert set(SAMPLES[name].inputs) == set(CLASSES[name].kinds)


@every_kind
def test_symbolic_type_is_the_type_of_the_eager_result(name: str, kind: str) -> None:
    layer, value = make(name), SAMPLES[name].inputs[kind]
    symbol = call(layer, symbols_for(name, kind))
    result = call(layer, value)
    assert kind_of(symbol) == kind_of(result)
    assert symbol.dtype == result.dtype
    assert len(symbol.shape) == result.ndim
    for known, found in zip(symbol.shape, result.shape, strict=True):
        assert known in (None, found)


@every_kind
def test_replayed_graph_gives_the_eager_result(name: str, kind: str) -> None:
    layer, value = make(name), SAMPLES[name].inputs[kind]
    symbols = symbols_for(name, kind)
    feed = {id(s): v for s, v in zip(tree.flatten(symbols), tree.flatten(value), strict=True)}
    inputs = {id(s): s for s in tree.flatten(symbols)}
    outputs = call(layer, symbols)
    randomize(layer)
    expected = call(layer, tree.map_leaves(lambda symbol: feed[id(symbol)], symbols))
    require_equal(kg.Function(list(inputs.values()), outputs)(*feed.values()), expected)


@every_kind
def test_layer_made_from_its_config_computes_the_same(name: str, kind: str) -> None:
    layer, value = make(name), SAMPLES[name].inputs[kind]
    result = call(layer, value)
    config = layer.get_config()
    twin = CLASSES[name].from_config(json.loads(json.dumps(config)))
    assert json.dumps(twin.get_config()) == json.dumps(config)
    call(twin, value)
    twin.set_weights(layer.get_weights())
    require_equal(call(twin, value), result)


@pytest.mark.parametrize(
    ("source", "name"), [(s, n) for s in KERAS_CONFIGS for n in sorted(KERAS_CONFIGS[s])]
)
def test_configs_that_keras_writes_are_read_and_kept(source: str, name: str) -> None:
    config = KERAS_CONFIGS[source][name]
    ours = CLASSES[name].from_config(config).get_config()
    kept = {key: value for key, value in config.items() if not {key, f"{name}.{key}"} & NOT_KEPT}
    assert set(kept) <= set(ours)
    for key, value in kept.items():
        if not isinstance(value, dict):
            assert ours[key] == WRITTEN_ANEW.get((name, key, str(value)), value)


@every_kind
def test_weights_have_the_names_shapes_and_order_of_keras(name: str, kind: str) -> None:
    layer = make(name)
    call(layer, symbols_for(name, kind))
    expected = SAMPLES[name].weights
    assert [(w.name, w.shape) for w in layer.weights] == list(expected.items())
    owner = getattr(layer, "layer", layer)  # a wrapper has the weights of the layer inside
    assert all(w.path == f"{owner.name}/{w.name}" for w in layer.weights)
    assert layer.count_params() == sum(int(np.prod(shape)) for shape in expected.values())


@pytest.mark.parametrize("name", [name for name in sorted(SAMPLES) if SAMPLES[name].weights])
def test_weights_are_set_and_read_back(name: str) -> None:
    layer = make(name)
    call(layer, SAMPLES[name].inputs["dense"])
    randomize(layer)
    arrays = layer.get_weights()
    layer.set_weights([array + 1 for array in arrays])
    for found, array in zip(layer.get_weights(), arrays, strict=True):
        np.testing.assert_array_equal(found, array + 1)
    with pytest.raises(ValueError, match="another number of weights"):
        layer.set_weights(arrays[1:])
    with pytest.raises(ValueError, match="another shape"):
        layer.set_weights([np.zeros((7, 7)), *arrays[1:]])


@pytest.mark.parametrize(
    ("name", "kind"),
    [(n, k) for n in sorted(SAMPLES) for k in KINDS if k not in SAMPLES[n].inputs],
)
def test_a_kind_that_is_not_claimed_is_refused_when_the_graph_is_drawn(
    name: str, kind: str
) -> None:
    value = {"dense": floats(3, 4), "ragged": ragged(4), "sparse": sparse(3, 4)}[kind]
    several = isinstance(SAMPLES[name].inputs["dense"], list)
    for given in (placeholder(value), value):
        layer = make(name)
        with pytest.raises(kg.KGraphError, match=kind) as caught:
            call(layer, [given, given] if several else given)
        assert isinstance(caught.value, TypeError)
        assert repr(layer.name) in str(caught.value)
        assert "try " in str(caught.value)


@every_layer
def test_repr_names_class_and_layer(name: str) -> None:
    layer = make(name)
    assert repr(layer) == f"<{name} name={layer.name}, built=False>"


@every_layer
def test_unknown_arguments_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="colour"):
        CLASSES[name](**SAMPLES[name].kwargs, colour="red")


@every_layer
def test_none_is_refused(name: str) -> None:
    several = isinstance(SAMPLES[name].inputs["dense"], list)
    with pytest.raises(TypeError, match="is None"):
        call(make(name), [None, None] if several else None)


@every_layer
def test_empty_batch_gives_an_empty_result(name: str) -> None:
    layer, value = make(name), SAMPLES[name].inputs["dense"]
    full = call(layer, value)
    empty = call(layer, [item[:0] for item in value] if isinstance(value, list) else value[:0])
    assert empty.dtype == full.dtype
    if name != "Concatenate" or layer.axis != 0:
        assert empty.shape == (0, *full.shape[1:])


@every_layer
def test_float64_layer_computes_in_float64(name: str) -> None:
    value = SAMPLES[name].inputs["dense"]
    layer = CLASSES[name](**SAMPLES[name].kwargs, dtype="float64")
    wide = tree.map_leaves(lambda x: x if x.dtype.kind == "i" else x.astype(np.float64), value)
    decides = getattr(layer, "layer", layer)  # a wrapper leaves it to the layer inside
    assert call(layer, wide).dtype == decides.dtype


@every_layer
def test_docstring_says_what_a_user_asks(name: str) -> None:
    text = CLASSES[name].__doc__ or ""
    for heading in ("Shapes ", "Kinds ", "Source ", ">>>"):
        assert heading in text, heading


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module: str) -> None:
    found = importlib.import_module(f"kgraph.layers.{module}")
    assert doctest.testmod(found).failed == 0


def test_input_layer_makes_a_placeholder_and_round_trips() -> None:
    layer = kg.layers.InputLayer(shape=(4,), dtype="int32", name="ids")
    assert (layer.output.shape, layer.output.dtype, layer.weights) == ((None, 4), "int32", [])
    config = json.loads(json.dumps(layer.get_config()))
    twin = kg.layers.InputLayer.from_config(config)
    assert twin.type_spec == layer.type_spec
    assert twin.get_config() == layer.get_config()
    assert repr(layer) == "<InputLayer name=ids, built=True>"


@pytest.mark.parametrize("kwargs", [{"ragged": True}, {"sparse": True}, {"batch_size": 3}])
def test_input_layer_of_each_kind_round_trips(kwargs: dict[str, Any]) -> None:
    shape = (None,) if "ragged" in kwargs else (7,)
    layer = kg.layers.InputLayer(shape, **kwargs)
    twin = kg.layers.InputLayer.from_config(json.loads(json.dumps(layer.get_config())))
    assert twin.output.type_spec == layer.output.type_spec
