"""The documentation of tf.keras.Input, sentence by sentence, as a user would try it."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph import Input, Model
from kgraph.layers import Dense

ONES = np.ones((2, 32), "float32")


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    kg.clear_session()


@pytest.mark.promise("seed.instantiates", "seed.returns-a-tensor")
def test_input_returns_a_keras_tensor() -> None:
    x = Input(shape=(32,))
    assert isinstance(x, kg.KerasTensor)
    assert (x.shape, x.dtype, x.name) == ((None, 32), "float32", "input_1")
    assert x.type_spec == kg.TensorSpec((None, 32), "float32")


@pytest.mark.promise("seed.symbolic-object")
def test_a_model_is_known_by_its_inputs_and_outputs() -> None:
    a, b = Input((2,)), Input((3,))
    c = Dense(4)(kg.concatenate([Dense(2)(a), b], axis=1))
    model = Model([a, b], c)
    assert sorted(w.shape for w in model.weights) == [(2,), (2, 2), (4,), (5, 4)]


@pytest.mark.promise("seed.model-input-output", "A1.model-input-output")
def test_the_line_of_the_documentation_runs() -> None:
    a, b = Input((2,)), Input((2,))
    c = a + b
    model = Model(input=[a, b], output=c)
    assert model([[[1.0, 2.0]], [[3.0, 4.0]]]).tolist() == [[4.0, 6.0]]


@pytest.mark.promise("seed.shape")
def test_shape_leaves_the_batch_out() -> None:
    x = Input(shape=(32,))
    model = Model(x, kg.sum(x, axis=1))
    assert [model(np.ones((n, 32))).shape for n in (1, 7)] == [(1,), (7,)]


@pytest.mark.promise("seed.shape.none")
def test_none_is_a_size_that_varies() -> None:
    x = Input(shape=(None, 3))
    model = Model(x, kg.sum(x, axis=1))
    assert model(np.ones((2, 5, 3))).tolist() == [[5.0] * 3] * 2
    assert model(np.ones((2, 0, 3))).tolist() == [[0.0] * 3] * 2


@pytest.mark.promise("seed.batch-size")
def test_batch_size_is_static() -> None:
    x = Input((3,), batch_size=4)
    assert x.shape == (4, 3)
    assert Model(x, x * 2).predict(np.ones((4, 3)), verbose=0).shape == (4, 3)


@pytest.mark.promise("seed.name")
def test_the_layer_has_the_name() -> None:
    x = Input((2,), name="age")
    assert (x.name, x.layer.name) == ("age", "age")
    assert Model(x, x * 2).input_names == ["age"]


@pytest.mark.promise("seed.name.unique")
def test_a_name_used_twice_is_refused_by_the_model() -> None:
    a, b = Input((2,), name="z"), Input((2,), name="z")
    with pytest.raises(ValueError, match="z"):
        Model([a, b], a + b)


@pytest.mark.promise("seed.name.generated", "A1.name-generated")
def test_names_count_up() -> None:
    assert [Input((2,)).name for _ in range(3)] == ["input_1", "input_2", "input_3"]
    kg.clear_session()
    assert Input((2,)).name == "input_1"


@pytest.mark.promise("seed.dtype")
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8", "bool"])
def test_dtype_is_given_by_its_name(dtype: str) -> None:
    x = Input((2,), dtype=dtype)
    assert x.dtype == dtype
    assert Model(x, x[...])(np.ones((3, 2), dtype)).dtype == dtype


@pytest.mark.promise("seed.sparse")
def test_a_sparse_placeholder_takes_scipy_matrices() -> None:
    x = Input((3,), sparse=True)
    assert x.sparse
    matrix = scipy.sparse.csr_array(np.float32([[0, 2, 0], [1, 0, 0]]))
    doubled = Model(x, x * 2)(matrix)
    assert scipy.sparse.issparse(doubled)
    assert doubled.toarray().tolist() == [[0, 4, 0], [2, 0, 0]]


@pytest.mark.promise(
    "seed.sparse-or-ragged", "seed.error.sparse-and-ragged", "A1.sparse-and-ragged"
)
def test_sparse_and_ragged_exclude_each_other() -> None:
    with pytest.raises(ValueError, match=r"both `sparse` and `ragged`"):
        Input((None,), sparse=True, ragged=True)


@pytest.mark.promise("seed.sparse-false-densifies", "A1.dense-takes-sparse")
@pytest.mark.parametrize("layout", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
def test_a_dense_placeholder_densifies_sparse_batches(layout: str) -> None:
    x = Input((3,))
    model = Model(x, x + 1)
    matrix = scipy.sparse.csr_array(np.float32([[0, 2, 0], [1, 0, 0]])).asformat(layout)
    expected = [[1, 3, 1], [2, 1, 1]]
    assert model(matrix).tolist() == expected
    assert model.predict(matrix, verbose=0).tolist() == expected


@pytest.mark.promise("seed.tensor")
def test_an_existing_tensor_can_be_wrapped() -> None:
    x = Input(tensor=np.float32([[1, 2], [3, 4]]))
    model = Model(x, x * 2)
    assert model().tolist() == [[2, 4], [6, 8]]
    assert model(np.float32([[5, 6], [7, 8]])).tolist() == [[10, 12], [14, 16]]


@pytest.mark.promise("seed.tensor.type-spec")
def test_a_wrapped_tensor_gives_its_type() -> None:
    assert Input(tensor=np.ones((2, 3), "int32")).type_spec == kg.TensorSpec((2, 3), "int32")
    ragged = kg.RaggedTensor.from_row_splits(np.float32([1, 2, 3]), [0, 1, 3])
    assert Input(tensor=ragged).ragged
    assert Input(tensor=scipy.sparse.csr_array(np.eye(3))).sparse


@pytest.mark.promise("seed.ragged")
def test_a_ragged_placeholder_takes_rows_of_unequal_lengths() -> None:
    x = Input((None,), ragged=True)
    assert x.ragged
    assert Model(x, x * 2)([[1.0], [], [2.0, 3.0]]).to_list() == [[2.0], [], [4.0, 6.0]]


@pytest.mark.promise("seed.ragged.none", "A1.ragged")
def test_none_is_a_ragged_axis_and_sizes_after_it_stay_uniform() -> None:
    assert Input((None,), ragged=True).type_spec == kg.RaggedTensorSpec((None, None))
    x = Input((None, None, 3), ragged=True)
    assert (x.ragged_rank, x.shape) == (2, (None, None, None, 3))


@pytest.mark.promise("seed.type-spec", "A1.type-spec")
@pytest.mark.parametrize(
    "spec",
    [
        kg.TensorSpec((None, 3), "int32"),
        kg.TensorSpec((), "float64"),
        kg.RaggedTensorSpec((None, None, 2), "float32", ragged_rank=1),
        kg.SparseTensorSpec((None, 7), "float32"),
    ],
    ids=repr,
)
def test_a_placeholder_is_made_from_a_type_spec(spec: kg.TypeSpec) -> None:
    assert Input(type_spec=spec).type_spec == spec


BESIDE = {
    "shape": (2,), "batch_size": 3, "dtype": "float32", "sparse": False, "ragged": False,
    "tensor": np.ones(2), "batch_shape": (3, 2), "batch_input_shape": (3, 2),
}  # fmt: skip


@pytest.mark.promise("seed.type-spec.alone", "seed.error.beside-type-spec", "A1.type-spec-alone")
@pytest.mark.parametrize("argument", BESIDE)
def test_nothing_but_a_name_stands_beside_a_type_spec(argument: str) -> None:
    spec = kg.TensorSpec((None, 2))
    assert Input(type_spec=spec, name="q").name == "q"
    with pytest.raises(ValueError, match=argument):
        Input(type_spec=spec, **{argument: BESIDE[argument]})


@pytest.mark.promise("seed.kwargs.batch-shape", "A1.batch-shape")
@pytest.mark.parametrize("argument", ["batch_shape", "batch_input_shape"])
def test_the_shape_may_come_with_the_batch(argument: str) -> None:
    assert Input(**{argument: (4, 2)}).shape == (4, 2)
    assert Input(**{argument: (None, 2)}, batch_size=None).shape == (None, 2)
    with pytest.raises(ValueError, match="contradicts"):
        Input(**{argument: (4, 2)}, batch_size=3)


@pytest.mark.promise("seed.example.logistic-regression")
def test_the_logistic_regression_of_the_documentation_runs() -> None:
    x = Input(shape=(32,))
    y = Dense(16, activation="softmax")(x)
    model = Model(x, y)
    np.testing.assert_allclose(model(ONES).sum(axis=1), [1.0, 1.0], rtol=1e-6)


@pytest.mark.promise("seed.eager", "A1.eager")
def test_ops_compute_on_arrays_and_draw_on_symbols() -> None:
    assert kg.square(np.float32([3.0])).tolist() == [9.0]
    assert isinstance(kg.square(Input((1,))), kg.KerasTensor)


@pytest.mark.promise("seed.lower-level-ops")
@pytest.mark.parametrize(
    "function", [kg.square, np.square, lambda x: x * x, lambda x: x**2, lambda x: kg.power(x, 2)]
)
def test_lower_level_functions_take_the_placeholder(function) -> None:
    x = Input(shape=(32,))
    assert Model(x, function(x))(ONES * 3).tolist() == (ONES * 9).tolist()


@pytest.mark.promise("seed.example.square", "A1.ops-are-layers")
def test_an_op_is_treated_like_a_layer() -> None:
    x = Input(shape=(32,))
    y = np.square(kg.square(x))
    assert [layer.name for layer in (y.node.inputs[0].node, y.node)] == ["square", "square_1"]
    assert Model(x, y)(ONES * 2).tolist() == (ONES * 16).tolist()


@pytest.mark.promise("seed.not-control-flow", "A1.control-flow")
def test_python_control_flow_on_a_symbol_is_refused() -> None:
    x = Input(())
    with pytest.raises(TypeError, match=r"where"):
        kg.square(x) if x > 0 else x
    with pytest.raises(TypeError):
        any([x > 0])


@pytest.mark.promise("seed.not-control-flow", "A1.control-flow")
@pytest.mark.parametrize("name", ["while_loop", "map_fn", "GradientTape"])
def test_higher_order_functions_are_refused_with_advice(name: str) -> None:
    with pytest.raises(AttributeError, match=r"Layer|gradients"):
        getattr(kg, name)


@pytest.mark.promise("seed.variables-not-tracked", "A1.variables-in-ops")
def test_variables_used_by_ops_are_not_weights() -> None:
    x = Input((2,))
    w = kg.Variable(np.ones((2, 3), "float32"))
    with pytest.warns(UserWarning, match=r"matmul(.|\n)*test_seed\.py"):
        y = kg.matmul(x, w)
    model = Model(x, y)
    assert model.weights == []
    assert model(np.ones((1, 2))).tolist() == [[2.0, 2.0, 2.0]]


class Scale(kg.layers.Layer):
    """A layer of a user, with one weight."""

    def build(self, input_shape) -> None:
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones")

    def call(self, x):
        return kg.multiply(x, self.scale)


@pytest.mark.promise("seed.variables-in-layers")
def test_variables_of_layers_are_weights() -> None:
    x = Input((2,))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = Model(x, Scale()(x))
    assert [w.shape for w in model.weights] == [(2,)]
    assert model([[3.0, 4.0]]).tolist() == [[3.0, 4.0]]


@pytest.mark.promise("seed.example.values", "A1.ragged-attributes")
def test_the_values_of_a_ragged_placeholder_are_an_output() -> None:
    x = Input(type_spec=kg.RaggedTensorSpec(shape=[None, None], dtype=kg.float32, ragged_rank=1))
    y = x.values
    model = Model(x, y)
    assert model([[1.0], [], [2.0, 3.0]]).tolist() == [1.0, 2.0, 3.0]


@pytest.mark.promise("seed.type-spec.whole-batch")
def test_a_type_spec_describes_the_whole_batch() -> None:
    assert Input(type_spec=kg.TensorSpec((5, 2))).shape == (5, 2)
    assert Input(shape=(5, 2)).shape == (None, 5, 2)


@pytest.mark.promise("seed.error.two-shapes", "A1.batch-shape")
@pytest.mark.parametrize("argument", ["batch_shape", "batch_input_shape"])
def test_two_shapes_are_refused(argument: str) -> None:
    with pytest.raises(ValueError, match=rf"`shape` or `{argument}`"):
        Input((2,), **{argument: (None, 2)})


@pytest.mark.promise("seed.error.nothing", "A1.nothing-given")
def test_a_shape_a_tensor_or_a_type_spec_must_be_given() -> None:
    with pytest.raises(ValueError, match=r"`shape`, a `tensor` or a `type_spec`"):
        Input()


@pytest.mark.promise("seed.error.unrecognized", "A1.unknown-keywords")
def test_unrecognized_keywords_are_refused() -> None:
    with pytest.raises(ValueError, match=r"foo(.|\n)*bar"):
        Input((2,), foo=1, bar=2)
