"""What a model takes, gives and refuses."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph import Input, Model
from kgraph.layers import Dense, Dropout, Embedding, GlobalAveragePooling1D, GlobalMaxPooling1D

A = np.float32([[1, 2, 3, 4], [5, 6, 7, 8]])


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    kg.clear_session()


@pytest.fixture
def double() -> Model:
    x = Input((4,), name="x")
    return Model(x, x * 2)


@pytest.fixture
def two() -> Model:
    a, b = Input((2,), name="a"), Input((2,), name="b")
    return Model([a, b], a - b)


@pytest.mark.promise("A3.structures")
def test_inputs_and_outputs_may_be_nested() -> None:
    a, b, x = (Input((1,), name=name) for name in "abx")
    outputs = {"sum": a + b, "all": [a, (b, x * 2)]}
    model = Model({"u": [a, b], "v": {"w": x}}, outputs)
    got = model({"u": [[[1.0]], [[2.0]]], "v": {"w": [[3.0]]}})
    assert got["sum"].tolist() == [[3.0]]
    assert got["all"][1][1].tolist() == [[6.0]]
    assert Model(a, [a * 2])([[1.0]]).tolist() == [[2.0]]
    assert set(Model(a, {"y": a * 2})([[1.0]])) == {"y"}


@pytest.mark.promise("A3.dict-model-list-feed")
def test_a_model_of_a_dict_takes_a_list_if_its_order_is_no_guess() -> None:
    a, b = Input((1,), name="a"), Input((1,), name="b")
    sorted_keys, other = Model({"a": a, "b": b}, a - b), Model({"b": b, "a": a}, a - b)
    feed = [np.float32([[2.0]]), np.float32([[5.0]])]
    assert sorted_keys(feed).tolist() == sorted_keys.predict(feed, verbose=0).tolist() == [[-3.0]]
    for run in (other, lambda feed: other.predict(feed, verbose=0)):
        with pytest.raises(ValueError, match="dict"):
            run(feed)


@pytest.mark.promise("A3.list-model-dict-feed")
def test_a_model_of_a_list_takes_a_dict_of_names(two: Model) -> None:
    feed = {"b": np.ones((1, 2)), "a": np.full((1, 2), 3.0)}
    assert two(feed).tolist() == two.predict(feed, verbose=0).tolist() == [[2.0, 2.0]]


@pytest.mark.promise("A3.extra-key", "A3.missing-key", "A3.wrong-number")
@pytest.mark.parametrize(
    ("feed", "said"),
    [
        ({"a": A[:, :2], "b": A[:, :2], "c": A}, "'c'"),
        ({"a": A[:, :2]}, "'b'"),
        ([A[:, :2]], "2"),
        ([A[:, :2]] * 3, "2"),
    ],
    ids=["extra", "missing", "too few", "too many"],
)
def test_feeds_that_do_not_fit_the_inputs_are_refused(two: Model, feed, said: str) -> None:
    for run in (two, lambda feed: two.predict(feed, verbose=0)):
        with pytest.raises(ValueError, match=said):
            run(feed)


@pytest.mark.promise("A3.wrong-width", "A3.wrong-rank", "A3.checks-stay")
@pytest.mark.parametrize("shape", [(3, 5), (3, 3), (4,), (3, 4, 4)], ids=str)
def test_a_wrong_shape_is_refused_at_every_call(double: Model, shape) -> None:
    for run in (double, lambda feed: double.predict(feed, verbose=0)):
        for _ in range(2):
            assert run(A).shape == (2, 4)
            with pytest.raises(ValueError, match=r"'x'(.|\n)*4"):
                run(np.ones(shape))


@pytest.mark.promise("A3.checks-stay")
def test_a_sparse_batch_of_a_wrong_width_is_refused_after_a_good_one(double: Model) -> None:
    assert double.predict(scipy.sparse.csr_array(A), verbose=0).shape == (2, 4)
    with pytest.raises(ValueError, match="'x'"):
        double.predict(scipy.sparse.csr_array(A[:, :3]), verbose=0)


@pytest.mark.promise("A3.wrong-rank")
def test_a_last_axis_of_one_is_squeezed(double: Model) -> None:
    assert double(A[..., None]).tolist() == (A * 2).tolist()


@pytest.mark.promise("A3.feed-dtype")
@pytest.mark.parametrize("dtype", ["int8", "int64", "uint16", "bool", "float16", "float64"])
def test_numbers_are_cast_to_the_dtype_of_the_input(double: Model, dtype: str) -> None:
    result = double(A.astype(dtype))
    assert result.dtype == "float32"
    assert result.tolist() == (A.astype(dtype).astype("float32") * 2).tolist()


@pytest.mark.promise("A3.feed-dtype")
@pytest.mark.parametrize(
    "feed", [A * 1j, [["a"] * 4], [[None] * 4]], ids=["complex", "str", "None"]
)
def test_what_is_no_number_is_refused(double: Model, feed) -> None:
    with pytest.raises((TypeError, ValueError), match="'x'"):
        double(feed)


@pytest.mark.promise("A3.list-feed")
def test_nested_lists_of_numbers_are_arrays(double: Model) -> None:
    assert double([[1, 2, 3, 4]]).tolist() == [[2, 4, 6, 8]]
    assert double.predict([[1, 2, 3, 4]], verbose=0).tolist() == [[2, 4, 6, 8]]


@pytest.mark.promise("A3.empty-batch")
def test_a_batch_may_be_empty(double: Model) -> None:
    assert double(A[:0]).shape == double.predict(A[:0], verbose=0).shape == (0, 4)


@pytest.mark.promise("A3.no-feed", "A3.optional")
def test_a_missing_feed_is_refused(double: Model) -> None:
    for run in (double, lambda: double(None)):
        with pytest.raises(ValueError, match="'x'"):
            run()


@pytest.mark.promise("A3.disconnected")
def test_an_output_of_other_inputs_is_refused() -> None:
    u, v = Input((2,), name="u"), Input((2,), name="v")
    with pytest.raises(ValueError, match=r"v(.|\n)*test_models\.py"):
        Model(u, u + v)


@pytest.mark.promise("A3.input-twice", "A3.output-not-symbolic")
def test_inputs_stand_once_and_outputs_are_symbolic() -> None:
    x = Input((2,))
    with pytest.raises(ValueError, match="input_1"):
        Model([x, x], x * 2)
    with pytest.raises(TypeError, match="output"):
        Model(x, np.ones(2))


@pytest.mark.promise("A3.unused-input")
def test_an_unused_input_must_be_fed() -> None:
    a, b = Input((1,), name="a"), Input((1,), name="b")
    model = Model([a, b], a * 2)
    assert model([[[1.0]], [[9.0]]]).tolist() == [[2.0]]
    with pytest.raises(ValueError, match="2"):
        model([[[1.0]]])


@pytest.mark.promise("A3.sub-model")
def test_an_intermediate_value_may_be_an_input() -> None:
    x = Input((2,))
    h = Dense(3)(x)
    y = Dense(1)(h)
    whole, head, tail = Model(x, y), Model(x, h), Model(h, y)
    np.testing.assert_array_equal(tail(head(A[:, :2])), whole(A[:, :2]))
    assert tail.weights[0] is whole.weights[2]


@pytest.mark.promise("A3.duplicate-names")
def test_two_layers_of_one_name_are_refused() -> None:
    x = Input((2,))
    with pytest.raises(ValueError, match='"q"'):
        Model(x, Dense(1, name="q")(Dense(2, name="q")(x)))


@pytest.mark.promise("A3.shared-layer")
def test_a_shared_layer_is_one_layer() -> None:
    a, b = Input((2,)), Input((2,))
    shared = Dense(1, name="shared")
    model = Model([a, b], [shared(a), shared(b)])
    assert model.output_names == ["shared", "shared_1"]
    assert len(model.weights) == 2
    assert model.layers.count(shared) == 1


@pytest.mark.promise("A3.attributes", "A3.weight-names")
def test_attributes_of_a_model() -> None:
    x = Input((2,), name="x")
    y = Dense(3, name="o1")(x)
    model = Model(x, y, name="m")
    assert model.name == "m"
    assert model.inputs[0] is model.input is x
    assert model.outputs[0] is model.output is y
    assert (model.input_names, model.output_names) == (["x"], ["o1"])
    assert (model.input_shape, model.output_shape) == ((None, 2), (None, 3))
    assert [layer.name for layer in model.layers] == ["x", "o1"]
    assert model.count_params() == 9
    assert [w.name for w in model.weights] == ["kernel", "bias"]
    assert [w.path for w in model.trainable_weights] == ["o1/kernel", "o1/bias"]
    assert model.non_trainable_weights == []


@pytest.mark.promise("A3.get-layer")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "nope"}, "nope"),
        ({"index": 99}, "99"),
        ({}, "name"),
        ({"name": "x", "index": 0}, "index"),
    ],
    ids=str,
)
def test_layers_that_are_not_there(double: Model, arguments, said: str) -> None:
    assert double.get_layer("x") is double.get_layer(index=0)
    with pytest.raises(ValueError, match=said):
        double.get_layer(**arguments)


@pytest.mark.promise("A3.set-weights")
def test_weights_that_do_not_fit() -> None:
    x = Input((2,))
    model = Model(x, Dense(3)(x))
    with pytest.raises(ValueError, match="2"):
        model.set_weights([np.ones((2, 3))])
    with pytest.raises(ValueError, match=r"kernel(.|\n)*3, 2(.|\n)*2, 3"):
        model.set_weights([np.ones((3, 2)), np.ones(3)])


@pytest.mark.promise("A3.dense-on-none")
def test_dense_needs_a_known_last_size() -> None:
    with pytest.raises(ValueError, match="dense"):
        Dense(3)(Input((None,)))


@pytest.mark.promise("A3.configs")
def test_configs_and_clones_rebuild_the_model() -> None:
    x = Input((4,), name="x")
    model = Model(x, Dense(2, activation="relu")(x[:, ::-1] * 2 + 1))
    again = [
        Model.from_config(model.get_config()),
        kg.models.model_from_json(model.to_json()),
        kg.models.clone_model(model),
    ]
    for copy in again:
        copy.set_weights(model.get_weights())
        np.testing.assert_array_equal(copy(A), model(A))


@pytest.mark.promise("A3.lambda-safe-mode")
def test_a_lambda_in_a_config_is_code_and_refused() -> None:
    x = Input((4,))
    model = Model(x, kg.layers.Lambda(lambda t: t * 3)(x))
    config = model.get_config()
    with pytest.raises(ValueError, match="safe_mode"):
        Model.from_config(config)


@pytest.mark.promise("A3.predict")
def test_predict_shows_a_bar_and_refuses_bad_batches(double: Model, two: Model, capsys) -> None:
    assert double.predict(np.ones((70, 4)), verbose=1).shape == (70, 4)
    assert "3/3" in capsys.readouterr().err
    with pytest.raises(ValueError, match="batch_size"):
        double.predict(A, batch_size=0, verbose=0)
    with pytest.raises(ValueError, match=r"1(.|\n)*2"):
        two.predict([A[:1, :2], A[:, :2]], verbose=0)


@pytest.mark.promise("A3.predict-sparse", "A3.sparse-output")
@pytest.mark.parametrize("layout", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
def test_predict_takes_every_scipy_format_and_returns_scipy(layout: str) -> None:
    x = Input((4,), sparse=True)
    dense = A * (A % 2 == 0)
    matrix = scipy.sparse.csr_array(dense).asformat(layout)
    result = Model(x, x * 2).predict(matrix, batch_size=1, verbose=0)
    assert scipy.sparse.issparse(result)
    assert result.toarray().tolist() == (dense * 2).tolist()


@pytest.mark.promise("A3.predict-sparse")
def test_unsorted_indices_are_sorted() -> None:
    x = Input((4,), sparse=True)
    unsorted = scipy.sparse.csr_array((np.float32([1, 2]), [3, 0], [0, 2]), (1, 4))
    assert Model(x, x * 2).predict(unsorted, verbose=0).toarray().tolist() == [[4, 0, 0, 2]]


ROWS = [[1.0, 2.0], [], [3.0], []]


@pytest.mark.promise("A3.ragged-predict", "A3.ragged-lists")
def test_ragged_batches_are_joined_and_lists_feed_them() -> None:
    x = Input((None,), ragged=True)
    model = Model(x, x * 2)
    objects = np.empty(4, dtype=object)
    objects[:] = [np.float32(row) for row in ROWS]
    for feed in (ROWS, objects):
        result = model.predict(feed, batch_size=3, verbose=0)
        assert isinstance(result, kg.RaggedTensor)
        assert result.to_list() == [[2.0, 4.0], [], [6.0], []]


@pytest.mark.promise("A3.empty-rows")
def test_empty_ragged_rows_have_defined_results() -> None:
    x = Input((None, 1), ragged=True)
    model = Model(x, [GlobalAveragePooling1D()(x), GlobalMaxPooling1D()(x)])
    feed = kg.RaggedTensor.from_row_splits(np.float32([[1], [3]]), [0, 2, 2])
    mean, maximum = model(feed)
    assert mean.tolist() == [[2.0], [0.0]]
    assert maximum.tolist() == [[3.0], [-np.inf]]


@pytest.mark.promise("A3.embedding-range")
@pytest.mark.parametrize("ids", [[[10]], [[-1]], [[1.5]]])
def test_ids_out_of_range_are_refused(ids) -> None:
    x = Input((1,), dtype=None if isinstance(ids[0][0], float) else "int64")
    model = Model(x, Embedding(10, 2)(x))
    assert model([[9]]).shape == (1, 1, 2)
    with pytest.raises(ValueError, match=r"outside|whole"):
        model(ids)


@pytest.mark.promise("A3.masks")
def test_layers_use_and_hand_on_masks() -> None:
    ids = Input((3,), dtype="int64")
    e = Embedding(5, 2, mask_zero=True)
    model = Model(ids, GlobalAveragePooling1D()(Dropout(0.5)(e(ids))))
    table = np.float32([[9, 9], [1, 2], [3, 4], [5, 6], [7, 8]])
    model.set_weights([table])
    assert model([[1, 2, 0]]).tolist() == [[2.0, 3.0]]


@pytest.mark.promise("A3.masks")
def test_an_op_that_drops_a_mask_warns() -> None:
    ids = Input((3,), dtype="int64")
    embedded = Embedding(5, 2, mask_zero=True)(ids)
    with pytest.warns(UserWarning, match="mask"):
        embedded * 2


class FirstOrSum(kg.layers.Layer):
    """a + b, or a where b was not fed."""

    def call(self, inputs):
        a, b = inputs
        return a if b is None else a + b


@pytest.mark.promise("A3.optional")
def test_none_feeds_an_optional_input() -> None:
    a, b = Input((1,), name="a"), Input((1,), name="b", optional=True)
    model = Model([a, b], FirstOrSum()([a, b]))
    assert model([[[1.0]], [[2.0]]]).tolist() == [[3.0]]
    assert model([[[1.0]], None]).tolist() == [[1.0]]
    with pytest.raises(ValueError, match="'a'"):
        model([None, [[1.0]]])


@pytest.mark.promise("A1.type-spec-own", "seed.type-spec.arbitrary")
def test_a_composite_value_of_the_user_is_an_input_with_fields() -> None:
    class Pair(kg.ExtensionType):
        x: kg.Tensor
        y: kg.Tensor

    spec = Pair.Spec(x=kg.TensorSpec((None, 2)), y=kg.TensorSpec((None, 2)))
    pair = Input(type_spec=spec)
    model = Model(pair, pair.x * pair.y)
    assert model(Pair(x=A[:, :2], y=A[:, 2:])).tolist() == (A[:, :2] * A[:, 2:]).tolist()
