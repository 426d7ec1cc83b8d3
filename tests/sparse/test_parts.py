"""The attributes and methods of symbolic sparse values."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import layers

SPARSE = sp.csr_array(np.float32([[0, 1.5, 0, -2], [0, 0, 0, 0], [3, 0, 0.25, 0]]))
X = kg.Input((4,), sparse=True, name="x")


@pytest.mark.promise("A1.sparse-attributes")
def test_parts() -> None:
    outputs = [X.indices, X.values, X.data, X.indptr, X.dense_shape, X.nnz, X.to_dense(-1)]
    assert [x.shape for x in outputs] == [
        (None, 2), (None,), (None,), (None,), (2,), (), (None, 4)
    ]  # fmt: skip
    indices, values, data, indptr, shape, nnz, dense = kg.Model(X, outputs)(SPARSE)
    np.testing.assert_array_equal(indices, np.argwhere(SPARSE.toarray()))
    np.testing.assert_array_equal(values, SPARSE.data)
    np.testing.assert_array_equal(data, SPARSE.data)
    np.testing.assert_array_equal(indptr, SPARSE.indptr)
    np.testing.assert_array_equal(shape, (3, 4))
    assert nnz == 4
    expected = np.where(SPARSE.toarray() == 0, np.float32(-1), SPARSE.toarray())
    np.testing.assert_array_equal(dense, expected)


def test_parts_of_an_empty_batch() -> None:
    model = kg.Model(X, [X.indices, X.nnz, X.dense_shape])
    indices, nnz, shape = model(sp.csr_array((0, 4), dtype="float32"))
    assert indices.shape == (0, 2)
    assert nnz == 0
    np.testing.assert_array_equal(shape, (0, 4))


def test_toarray_says_what_to_do_instead() -> None:
    with pytest.raises(TypeError, match=r"no array yet[\s\S]*x\.to_dense\(\)"):
        X.toarray()


@pytest.mark.parametrize("name", ["indices", "data", "indptr", "dense_shape", "nnz"])
def test_a_dense_value_has_none(name: str) -> None:
    with pytest.raises(TypeError, match=f"only a sparse value has `{name}`"):
        getattr(kg.Input((4,)), name)


def test_graphs_of_sparse_ops_are_saved_and_pickled() -> None:
    product = kg.sparse.softmax(X) @ SPARSE.T[:, :1]
    model = kg.Model(X, [X @ X.T, product, X[:, 1:3], kg.sparse.fill_empty_rows(X, 2.5)[0]])
    wanted = model(SPARSE)
    again = kg.Model.from_config(model.get_config())
    compiled = pickle.loads(pickle.dumps(kg.compile(model)))
    for found in (again(SPARSE), compiled(SPARSE)):
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(*(v.toarray() if sp.issparse(v) else v for v in (a, b)))


@pytest.mark.parametrize(
    ("name", "sparse"),
    [
        ("Add", True), ("Subtract", True), ("Multiply", True), ("Average", True),
        ("Maximum", True), ("Minimum", True), ("Concatenate", True),
    ],
)  # fmt: skip
def test_merging_layers_keep_sparse_values_sparse(name: str, sparse: bool) -> None:
    y = kg.Input((4,), sparse=True)
    other = sp.csr_array(np.float32([[0, 2, 0, 0], [1, 0, 0, 0], [0, 0, -1, 0]]))
    layer = getattr(layers, name)()
    made = layer([X, y])
    assert made.sparse == sparse
    found = kg.Model([X, y], made)([SPARSE, other])
    expected = layer([SPARSE.toarray(), other.toarray()])
    np.testing.assert_array_equal(found.toarray(), expected)


def test_flatten_takes_rows_as_they_are() -> None:
    assert layers.Flatten()(X).sparse
    np.testing.assert_array_equal(layers.Flatten()(SPARSE).toarray(), SPARSE.toarray())


def test_multiply_keeps_the_pattern_beside_a_dense_input() -> None:
    d = kg.Input((1,))
    model = kg.Model([X, d], layers.Multiply()([X, d]))
    found = model([SPARSE, np.float32([[2], [3], [4]])])
    np.testing.assert_array_equal(found.toarray(), SPARSE.toarray() * [[2], [3], [4]])


@pytest.mark.parametrize(
    "layer",
    [layers.Softmax(), layers.LayerNormalization(), layers.BatchNormalization(),
     layers.Normalization(mean=0.0, variance=1.0), layers.Embedding(4, 2)],
)  # fmt: skip
def test_layers_without_a_meaning_on_sparse_values_refuse_while_drawing(layer) -> None:
    with pytest.raises(TypeError, match=r"is sparse[\s\S]*ops\.to_dense"):
        layer(X)


def test_rows_that_differ_are_refused_before_anything_is_computed() -> None:
    y = kg.Input((4,), sparse=True)
    constant = kg.Model(X, X + SPARSE)
    with pytest.raises(ValueError, match="axis 0 has 3 entries, and 4 are wanted"):
        constant(SPARSE[:2])
    for output in (X + y, X * y, kg.ops.concatenate([X, y], axis=1)):
        with pytest.raises(ValueError):  # noqa: PT011 - the words are those of sizes that differ
            kg.Model([X, y], output)([SPARSE, SPARSE[:2]])
    table = kg.Model(X, X * np.ones((2, 4), np.float32))
    with pytest.raises(ValueError, match="do not fill the shape"):
        table(SPARSE)


def test_sizes_that_differ_are_refused_while_drawing() -> None:
    wide = kg.Input((5,), sparse=True)
    for draw in (
        lambda: X + wide,
        lambda: X * wide,
        lambda: X * np.ones((3, 5)),
        lambda: kg.matmul(X, kg.sparse.eye(5)),
        lambda: kg.matmul(np.ones((2, 3)), kg.sparse.eye(4)),
        lambda: kg.ops.concatenate([X, wide], axis=0),
        lambda: kg.ops.reshape(X, (-1, 0)),
        lambda: X[:, 7],
        lambda: X[:, [4]],
        lambda: X[0, 0, 0],
    ):
        with pytest.raises(ValueError, match=r"."):
            draw()


class TwiceLess(layers.Layer):
    def call(self, inputs):
        return (inputs * 2 - inputs) @ inputs.T[:, :2]


@pytest.mark.parametrize(
    "layer",
    [
        TwiceLess(),
        layers.Lambda(lambda x: x * 2 - x),
        layers.Lambda(lambda x: x > 0),
        layers.Lambda(lambda x: x != 1.5),
        layers.Lambda(lambda x: x[:, 1:3] / x.shape[-1]),
    ],
    ids=["subclass", "arithmetic", "greater", "not_equal", "slice"],
)
def test_python_s_operators_work_inside_layers(layer) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kg.DensifyWarning)
        made = layer(X)
    expected = np.asarray(layer(SPARSE.toarray()))
    found = kg.Model(X, made)(SPARSE)
    assert sp.issparse(found) == made.sparse
    np.testing.assert_allclose(found.toarray() if made.sparse else found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, c: kg.matmul(c, x.T),
        lambda x, c: kg.matmul(x.T, c),
        lambda x, c: kg.ops.concatenate([c, x], axis=0),
        lambda x, c: kg.ops.concatenate([c, x], axis=1),
        lambda x, c: kg.ops.concatenate([x.T, c.T], axis=1),
        lambda x, c: kg.ops.concatenate([c.T, x.T], axis=1),
        lambda x, c: kg.add(c, x),
        lambda x, c: kg.ops.maximum(x, c),
        lambda x, c: kg.multiply(c, x),
    ],
)
def test_constants_stand_on_either_side_of_batches_of_unknown_size(function) -> None:
    made = function(X, SPARSE)
    assert made.sparse
    batch = sp.csr_array(np.float32([[0, 2, 0, 1], [1, 0, 0, 0], [0, 0, -1, 0]]))
    found = kg.Model(X, made)(batch)
    expected = function(batch.toarray(), SPARSE.toarray())
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "words"),
    [
        ("float16", "sparse inputs of dtype float16 are not possible"),
        ("string", "sparse inputs of dtype string are not possible"),
    ],
)
def test_dtypes_that_scipy_does_not_store_are_refused(dtype: str, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        kg.Input((4,), sparse=True, dtype=dtype)


def test_a_sparse_float16_output_is_refused_before_it_is_computed() -> None:
    half = kg.ops.cast(X, "float16")
    assert kg.Model(X, kg.ops.to_dense(half))(SPARSE).dtype == np.float16
    with pytest.raises(TypeError, match=r"sparse output of dtype float16[\s\S]*ops\.to_dense"):
        kg.compile(kg.Model(X, half))
