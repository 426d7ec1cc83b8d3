"""What a symbolic value can do, and what it refuses."""

from __future__ import annotations

import copy
import operator
import pickle

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph import Input, Model

A = np.float32([[1, 2, 3], [4, 5, 6]])
N = np.int32([[1, 2, 3], [4, 5, 6]])


@pytest.mark.promise("A2.repr")
def test_repr_shows_the_kind_the_shape_the_dtype_and_the_layer() -> None:
    x = Input((32,), name="x")
    assert repr(x) == "<KerasTensor: shape=(None, 32) dtype=float32 (created by layer 'x')>"
    assert "ragged" in repr(Input((None,), ragged=True))
    assert "sparse" in repr(Input((3,), sparse=True))


@pytest.mark.promise("A2.attributes")
def test_attributes() -> None:
    x = Input((3,), name="x", dtype="int32")
    assert (x.shape, x.dtype, x.ndim, x.name) == ((None, 3), "int32", 2, "x")
    assert (x.sparse, x.ragged) == (False, False)
    assert x.type_spec == kg.TensorSpec((None, 3), "int32")
    assert x.node.outputs[0] is x
    assert {x.ref(): 1}[x.ref()] == 1


@pytest.mark.promise("A2.output-name")
def test_an_output_has_the_name_of_its_layer() -> None:
    x = Input((3,))
    assert kg.layers.Dense(2, name="score")(x).name == "score"


BINARY = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.pow, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
]  # fmt: skip


@pytest.mark.promise("A2.operators", "A2.array-on-the-left")
@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
def test_operators_with_scalars_and_arrays_on_either_side(function) -> None:
    x = Input((3,))
    outputs = [function(x, 2), function(2, x), function(x, A[0]), function(A[0], x)]
    got = Model(x, [*outputs, function(np.float32(2), x)])(A)
    expected = [function(A, 2), function(2, A), function(A, A[0]), function(A[0], A)]
    for value, reference in zip(got, [*expected, function(2, A)], strict=True):
        np.testing.assert_allclose(value, reference, rtol=1e-6)


@pytest.mark.promise("A2.operators")
@pytest.mark.parametrize("function", [operator.and_, operator.or_, operator.xor])
@pytest.mark.parametrize("value", [N, N > 2], ids=["int32", "bool"])
def test_bit_operators_on_integers_and_bools(function, value) -> None:
    x = Input((3,), dtype=value.dtype)
    got = Model(x, [function(x, value[0]), function(value[0], x), ~x])(value)
    expected = [function(value, value[0]), function(value[0], value), ~value]
    assert [g.tolist() for g in got] == [e.tolist() for e in expected]
    f = Input((3,))
    with pytest.raises(TypeError):
        function(f, f)


@pytest.mark.promise("A2.operators")
def test_unary_operators_round_divmod_and_matrix_products() -> None:
    x = Input((3,))
    quotient, rest = divmod(x, 2)
    products = [x @ A.T, A.T @ x]
    got = Model(x, [-x, +x, abs(x), round(x), quotient, rest, *products])(A)
    expected = [-A, +A, abs(A), A.round(), *np.divmod(A, 2), A @ A.T, A.T @ A]
    assert [g.tolist() for g in got] == [e.tolist() for e in expected]


@pytest.mark.promise("A2.equality")
def test_equality_is_symbolic_and_hashing_by_identity() -> None:
    x, y = Input((3,)), Input((3,))
    assert (x == y).dtype == (x != y).dtype == "bool"
    assert len({x, y, x}) == 2
    with pytest.raises(TypeError, match=r" is "):
        x in [y]  # noqa: B015 - `in` asks for the truth of `x == y`


@pytest.mark.promise("A2.bool")
@pytest.mark.parametrize("test", [bool, lambda x: x > 0 or x, lambda x: not x])
def test_the_truth_of_a_symbol_is_refused(test) -> None:
    with pytest.raises(TypeError, match="where"):
        test(Input(()))


@pytest.mark.promise("A2.len", "A2.int-and-float", "A2.np-array")
@pytest.mark.parametrize("convert", [len, int, float, np.array, np.asarray, operator.index])
def test_a_symbol_has_no_value(convert) -> None:
    with pytest.raises(TypeError):
        convert(Input((3,)))


@pytest.mark.promise("A2.iteration")
def test_only_a_static_first_axis_is_iterated() -> None:
    x = Input((3,), batch_size=2)
    assert [row.shape for row in x] == [(3,), (3,)]
    with pytest.raises(TypeError, match="iterate"):
        iter(Input((3,)))
    with pytest.raises(TypeError, match="iterate"):
        iter(Input(type_spec=kg.TensorSpec(())))


@pytest.mark.promise("A2.numpy-functions", "A2.np-array")
def test_numpy_functions_build_the_graph() -> None:
    x = Input((3,))
    outputs = [
        np.square(x),
        np.mean(x, axis=1),
        np.concatenate([x, x], axis=1),
        np.where(x > 2, x, 0),
    ]
    got = Model(x, outputs)(A)
    expected = [A**2, A.mean(1), np.concatenate([A, A], axis=1), np.where(A > 2, A, 0)]
    assert [g.tolist() for g in got] == [e.tolist() for e in expected]


@pytest.mark.promise("A2.indexing")
@pytest.mark.parametrize(
    "key",
    [
        0, -1, (slice(None), 1), (slice(None), slice(1, 3)), (..., None), (slice(None), None),
        (slice(None), slice(None, None, -1)), (slice(None), slice(0, 3, 2)), slice(1, None),
        (0, 1), (slice(None), [2, 0]), [1, 0], ...,
    ],
    ids=str,
)  # fmt: skip
def test_indexing(key) -> None:
    x = Input((3,))
    np.testing.assert_array_equal(Model(x, x[key])(A), A[key])


@pytest.mark.promise("A2.indexing")
def test_indexing_by_masks_and_by_symbols() -> None:
    x, i = Input((3,)), Input(type_spec=kg.TensorSpec((), "int64"))
    np.testing.assert_array_equal(Model(x, x[x > 2])(A), A[A > 2])
    np.testing.assert_array_equal(Model([x, i], x[i])([A, np.int64(1)]), A[1])


@pytest.mark.promise("A2.indexing-errors")
def test_wrong_indices_are_refused_when_the_graph_is_drawn() -> None:
    x = Input((3,))
    for key in ((slice(None), 9), (0, 0, 0)):
        with pytest.raises(ValueError, match=r"index|indices"):
            x[key]
    with pytest.raises(TypeError, match="'a'"):
        x["a"]
    with pytest.raises(TypeError):
        x[0] = 1


@pytest.mark.promise("A2.promotion")
@pytest.mark.parametrize(
    ("left", "right", "result"),
    [
        ("float32", "int32", "float32"),
        ("float32", "float64", "float64"),
        ("int32", "int64", "int64"),
        ("bool", "int32", "int32"),
        ("float32", 2, "float32"),
        ("int32", 2, "int32"),
        ("int32", 2.5, "float32"),
    ],
)
def test_dtypes_are_promoted_and_python_scalars_are_weak(left, right, result) -> None:
    y = Input((3,), dtype=right) if isinstance(right, str) else right
    assert (Input((3,), dtype=left) + y).dtype == result


@pytest.mark.promise("A2.shape-clash")
def test_shapes_that_do_not_broadcast_are_refused_when_the_graph_is_drawn() -> None:
    x, y = Input((4,)), Input((5,))
    with pytest.raises(ValueError, match=r"4(.|\n)*5(.|\n)*test_keras_tensor\.py"):
        x + y


@pytest.mark.promise("A2.copy-and-pickle")
def test_copies_and_pickles_have_the_type() -> None:
    x = Input((3,), name="x")
    y = kg.square(x)
    for again in (copy.copy(y), copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert (again.shape, again.dtype) == (y.shape, y.dtype)


@pytest.mark.promise("A2.methods")
def test_the_methods_of_an_array() -> None:
    x = Input((3,))
    outputs = [x.T, x.sum(axis=1), x.astype("int32"), x.reshape((-1, 1)), x.mean(), x.max(axis=0)]
    got = Model(x, outputs)(A)
    expected = [A.T, A.sum(axis=1), N, A.reshape(-1, 1), A.mean(), A.max(axis=0)]
    assert [g.tolist() for g in got] == [e.tolist() for e in expected]


@pytest.mark.promise("A2.sparse-operators")
@pytest.mark.filterwarnings("ignore::UserWarning")  # x + 1 says that it densifies
def test_operators_on_a_sparse_value_keep_it_sparse_where_zeros_stay() -> None:
    x = Input((3,), sparse=True)
    dense = A * (A % 2 == 0)
    outputs = [x + 1, x * 2, x @ A.T, x[:1]]
    assert [y.sparse for y in outputs] == [False, True, False, True]
    got = Model(x, outputs)(scipy.sparse.csr_array(dense))
    expected = [dense + 1, dense * 2, dense @ A.T, dense[:1]]
    values = [g.toarray() if scipy.sparse.issparse(g) else g for g in got]
    assert [v.tolist() for v in values] == [e.tolist() for e in expected]


@pytest.mark.promise("A2.ragged-operators")
def test_operators_on_a_ragged_value() -> None:
    x = Input((None,), ragged=True)
    outputs = [x + 1, x * x, x[:, :2], x[0], kg.sum(x, axis=1), kg.concatenate([x, x], axis=1)]
    got = Model(x, outputs)([[1.0, 2.0, 3.0], [], [4.0]])
    assert [g.to_list() if isinstance(g, kg.RaggedTensor) else g.tolist() for g in got] == [
        [[2.0, 3.0, 4.0], [], [5.0]],
        [[1.0, 4.0, 9.0], [], [16.0]],
        [[1.0, 2.0], [], [4.0]],
        [1.0, 2.0, 3.0],
        [6.0, 0.0, 4.0],
        [[1.0, 2.0, 3.0, 1.0, 2.0, 3.0], [], [4.0, 4.0]],
    ]
