"""Input: values as default feeds, optional inputs, static sizes of ragged axes, and configs."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph import Input, Model, RaggedTensor
from kgraph.layers.input_layer import InputLayer

DENSE = np.float32([[1, 2, 3], [4, 5, 6]])
ROWS = RaggedTensor.from_row_lengths(np.float32([1, 2, 3]), [2, 1])
MATRIX = scipy.sparse.coo_array(np.float32([[0, 2, 0], [1, 0, 0]]))


def plain(value: Any) -> Any:
    if hasattr(value, "toarray"):
        return value.toarray().tolist()
    return value.to_list() if isinstance(value, RaggedTensor) else np.asarray(value).tolist()


def copies(model: Model) -> list[Model]:
    """The model, and what its config, its pickle and its clone give."""
    config = json.loads(json.dumps(model.get_config()))
    pickled = pickle.loads(pickle.dumps(model))
    return [model, Model.from_config(config), pickled, kg.models.clone_model(model)]


# -- tensor: the type of a value, and the value as what is fed by default ------------------------


@pytest.mark.promise("A1.tensor", "seed.tensor")
@pytest.mark.parametrize("value", [DENSE, ROWS, MATRIX, MATRIX.tocsr(), kg.Variable(DENSE)])
def test_a_value_is_fed_where_nothing_is(value: Any) -> None:
    x = Input(tensor=value)
    model = Model(x, x * 2)
    expected = plain(model(value))
    for copy in copies(model):
        assert plain(copy()) == plain(copy(None)) == expected
        assert plain(copy.predict(verbose=0)) == plain(copy.predict(None, verbose=0)) == expected
        assert plain(copy.predict_on_batch(None)) == expected
    compiled = kg.compile(model)
    for graph in (compiled, pickle.loads(pickle.dumps(compiled))):
        assert plain(graph()) == plain(graph(None)) == expected


@pytest.mark.promise("A1.tensor")
def test_what_is_fed_wins_over_the_value() -> None:
    x = Input(tensor=DENSE)
    model = Model(x, x + 1)
    assert model(np.zeros((2, 3))).tolist() == [[1, 1, 1], [1, 1, 1]]
    assert model.predict(np.zeros((2, 3)), verbose=0).tolist() == [[1, 1, 1], [1, 1, 1]]


def test_the_value_is_taken_as_it_is_now() -> None:
    array = DENSE.copy()
    x = Input(tensor=array)
    array[:] = 0
    assert Model(x, x * 1)().tolist() == DENSE.tolist()


@pytest.mark.parametrize("feed", [[None, DENSE], {"y": DENSE}, {"x": None, "y": DENSE}])
def test_other_inputs_are_fed_beside_the_value(feed: Any) -> None:
    x, y = Input(tensor=DENSE, name="x"), Input((3,), name="y")
    for model in copies(Model([x, y], x - y)):
        assert not model(feed).any()
        assert not model.predict(feed, verbose=0).any()
        assert not model(feed, training=True).any()


def test_a_value_of_many_rows_is_one_batch() -> None:
    x, y = Input(tensor=np.ones((100, 2), np.float32)), Input((2,), name="y")
    assert Model(x, x * 2).predict(verbose=0, batch_size=7).shape == (100, 2)
    model = Model([x, y], x + y)
    assert model.predict({"y": np.ones((100, 2))}, verbose=0).shape == (100, 2)


def test_a_model_with_a_value_is_called_on_symbols() -> None:
    x, y = Input(tensor=DENSE), Input((3,), batch_size=2)
    inner = Model([x, y], x + y)
    assert Model(y, inner([None, y]))(DENSE).tolist() == (DENSE * 2).tolist()


@pytest.mark.promise("A1.tensor", "seed.tensor")
@pytest.mark.parametrize(
    ("value", "shape", "dtype"),
    [
        ([[1.0, 2.0]], (1, 2), "float32"),
        ([[1, 2]], (1, 2), "int32"),
        (["a", "b"], (2,), "string"),
        (np.array(["a"]), (1,), "string"),
        (3.0, (), "float32"),
        (np.float64(3), (), "float64"),
        (memoryview(b"ab"), (2,), "uint8"),
    ],
)
def test_what_numpy_reads_is_a_value(value: Any, shape: tuple[int, ...], dtype: str) -> None:
    x = Input(tensor=value)
    assert x.shape == shape
    assert x.dtype == kg.types.dtypes.as_dtype(dtype)


@pytest.mark.promise("A1.tensor")
def test_a_keras_tensor_gives_its_type_to_another_placeholder() -> None:
    x = Input((None,), ragged=True, dtype="int32")
    y = Input(tensor=x)
    assert y is not x
    assert y.type_spec == x.type_spec
    assert Model(y, y + 1)([[1], [2, 3]]).to_list() == [[2], [3, 4]]


@pytest.mark.promise("A1.tensor")
@pytest.mark.parametrize(
    "same",
    [
        {"shape": (3,)},
        {"shape": (None,)},
        {"batch_size": 2},
        {"batch_shape": (2, 3)},
        {"dtype": "float32"},
        {"sparse": False},
        {"ragged": False},
    ],
)
def test_arguments_may_repeat_what_the_value_says(same: dict[str, Any]) -> None:
    assert Input(tensor=DENSE, **same).type_spec == kg.TensorSpec((2, 3))


# -- optional ------------------------------------------------------------------------------------


class AddIfThere(kg.layers.Layer):
    def call(self, a: Any, b: Any = None) -> Any:
        return a if b is None else a + b


@pytest.fixture
def optional() -> Model:
    a, b = Input((3,), name="a"), Input((3,), name="b", optional=True)
    return Model([a, b], AddIfThere()(a, b))


@pytest.mark.promise("A3.optional")
@pytest.mark.parametrize("feed", [[DENSE, None], {"a": DENSE}, {"a": DENSE, "b": None}])
def test_layers_get_none_for_an_optional_input(optional: Model, feed: Any) -> None:
    assert optional([DENSE, DENSE]).tolist() == (DENSE * 2).tolist()
    for training in (None, True):
        assert optional(feed, training=training).tolist() == DENSE.tolist()
    assert optional.predict(feed, batch_size=1, verbose=0).tolist() == DENSE.tolist()
    assert optional([DENSE, DENSE]).tolist() == (DENSE * 2).tolist()


def test_weights_are_followed_with_and_without_an_optional_input() -> None:
    a, b = Input((2,)), Input((2,), optional=True)
    layer = kg.layers.Dense(1, use_bias=False)
    model = Model([a, b], AddIfThere()(layer(a), b))
    for size in (1.0, 2.0):
        layer.set_weights([np.full((2, 1), size)])
        assert model([np.ones((1, 2)), None]).tolist() == [[2 * size]]
    following = kg.compile(model, freeze=False)
    following(np.ones((1, 2)), None)
    layer.set_weights([np.full((2, 1), 5.0)])
    assert following(np.ones((1, 2)), None).tolist() == [[10.0]]


def test_graphs_with_optional_inputs_are_pickled_whole(optional: Model) -> None:
    custom = {"AddIfThere": AddIfThere}
    assert (
        Model.from_config(optional.get_config(), custom)([DENSE, None]).tolist() == DENSE.tolist()
    )
    for copy in map(pickle.dumps, (optional, kg.compile(optional))):
        assert pickle.loads(copy)([DENSE, None]).tolist() == DENSE.tolist()
        assert pickle.loads(copy)([DENSE, DENSE]).tolist() == (DENSE * 2).tolist()


def test_a_model_is_called_on_symbols_and_none(optional: Model) -> None:
    x = Input((3,))
    assert Model(x, optional([x, None]))(DENSE).tolist() == DENSE.tolist()


def test_ops_refuse_none_and_name_the_line() -> None:
    a, b = Input((3,), name="a"), Input((3,), name="b", optional=True)
    model = Model([a, b], kg.multiply(a, b))
    assert model([DENSE, DENSE]).tolist() == (DENSE**2).tolist()
    for _ in range(2):
        with pytest.raises(ValueError, match=r"multiply.*'b' is None(.|\n)*test_input\.py:\d+"):
            model([DENSE, None])
    with pytest.raises(ValueError, match="'b' is None"):
        model([DENSE, None], training=True)


def test_none_is_refused_where_it_cannot_be_meant(optional: Model) -> None:
    for feed in ([None, DENSE], [None, None], None, {"b": DENSE}):
        with pytest.raises(ValueError, match="a"):
            optional(feed)
    b = Input((3,), name="b", optional=True)
    with pytest.raises(ValueError, match="output 'b' is None without 'b'"):
        Model([optional.inputs[0], b], [optional.inputs[0] * 1, b])([DENSE, None])
    with pytest.raises(ValueError, match="all of its inputs are None"):
        Model(b, b * 2)(None)
    with pytest.raises(ValueError, match="no rows"):
        Model(b, b * 2).predict(None, verbose=0)


def test_an_optional_input_may_have_a_spec_and_a_value() -> None:
    b = Input(type_spec=kg.TensorSpec((None, 3)), optional=True)
    assert isinstance(b.layer, InputLayer)
    assert b.layer.optional
    c = Input(tensor=DENSE, optional=True)
    assert Model([b, c], c * 1)([None, None]).tolist() == DENSE.tolist()


def test_a_model_has_one_spelling_of_its_inputs() -> None:
    x = Input((3,))
    with pytest.raises(ValueError, match="`inputs` or `input`, not both"):
        Model(inputs=x, input=x, outputs=x)
    with pytest.raises(ValueError, match="`outputs` or `output`, not both"):
        Model(inputs=x, output=x, outputs=x)


# -- ragged axes of one length -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "right", "wrong"),
    [
        (
            kg.RaggedTensorSpec((None, 2), ragged_rank=1),
            [[1.0, 2.0], [3.0, 4.0]],
            [[1.0, 2.0], [3.0]],
        ),
        (
            kg.RaggedTensorSpec((None, 2, None), ragged_rank=2),
            [[[1.0], []], [[2.0], [3.0, 4.0]]],
            [[[1.0], []], [[2.0]]],
        ),
    ],
)
def test_a_known_size_of_a_ragged_axis_is_held_to(spec: Any, right: Any, wrong: Any) -> None:
    x = Input(type_spec=spec, name="x")
    assert x.shape == spec.shape
    assert x.type_spec == spec
    model = Model(x, x * 1)
    ready = kg.types.ragged.constant(wrong)
    for _ in range(2):
        assert model(right).to_list() == right
        for bad in (wrong, ready):
            for run in (model, model.predict, lambda v: model(v, training=True)):
                with pytest.raises(kg.types.errors.ShapeError, match=r"'x'.*row 1 of axis 1 has 1"):
                    run(bad)
    again = Model.from_config(model.get_config())
    assert again.inputs[0].shape == spec.shape


def test_sizes_before_a_ragged_axis_are_kept() -> None:
    assert Input((3, None), ragged=True).shape == (None, 3, None)


# -- configs ---------------------------------------------------------------------------------------


def test_an_input_layer_is_made_anew_from_its_config() -> None:
    made = InputLayer(kg.TensorSpec((2, 3)), "x", True, DENSE)
    config = json.loads(json.dumps(made.get_config()))
    twin = InputLayer.from_config(config)
    assert twin.get_config() == made.get_config()
    assert twin.optional
    assert twin.default.tolist() == DENSE.tolist()
    assert InputLayer(input_tensor=DENSE).default.tolist() == DENSE.tolist()


def test_strings_and_large_values_stand_in_configs() -> None:
    for value in (np.array(["a", "ö"]), np.arange(1000.0) / 7, np.array([np.nan])):
        x = Input(tensor=value)
        assert isinstance(x.layer, InputLayer)
        twin = InputLayer.from_config(json.loads(json.dumps(x.layer.get_config())))
        np.testing.assert_array_equal(twin.default, x.layer.default)
