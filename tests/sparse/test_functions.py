"""``kg.sparse`` against SciPy and NumPy, on values and in compiled graphs."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import sparse
from tests.sparse.test_laws import batches, dense_of

Pair = tuple[Callable[..., Any], Callable[..., Any]]
TABLE = np.arange(10, dtype=np.float32).reshape(5, 2) - 4


def stored_softmax(x: Any) -> np.ndarray:
    out = np.zeros(x.shape, x.dtype)
    for row in range(x.shape[0]):
        places = slice(x.indptr[row], x.indptr[row + 1])
        powers = np.exp(x.data[places])
        out[row, x.indices[places]] = powers / powers.sum()
    return out


def stored_max(x: Any, axis: int) -> np.ndarray:
    lines = x.tocsc() if axis == 0 else x
    cuts = zip(lines.indptr[:-1], lines.indptr[1:], strict=True)
    return np.array([lines.data[a:b].max() if b > a else 0 for a, b in cuts], x.dtype)


def filled(x: Any) -> np.ndarray:
    out = x.toarray()
    out[np.diff(x.indptr) == 0, 0] = 7
    return out


# what kg.sparse gives on x and y, and the same by SciPy or NumPy
CASES: dict[str, Pair] = {
    "reorder": (lambda x, y: sparse.reorder(x), lambda x, y: x),
    "to_dense": (lambda x, y: sparse.to_dense(x), lambda x, y: x.toarray()),
    "transpose": (lambda x, y: sparse.transpose(x), lambda x, y: x.T),
    "transpose by axes": (lambda x, y: sparse.transpose(x, (0, 1)), lambda x, y: x),
    "reshape": (lambda x, y: sparse.reshape(x, (-1, 1)), lambda x, y: x.reshape(-1, 1)),
    "slice": (lambda x, y: sparse.slice(x, (1, 2), (2, 9)), lambda x, y: x[1:3, 2:]),
    "slice to the end": (lambda x, y: sparse.slice(x, (0, 1), (-1, 2)), lambda x, y: x[:, 1:3]),
    "split": (lambda x, y: sparse.split(x, 2, 1)[1], lambda x, y: x[:, 3:]),
    "concat rows": (lambda x, y: sparse.concat(0, [x, y]), lambda x, y: sp.vstack([x, y])),
    "concat columns": (lambda x, y: sparse.concat(-1, [x, y]), lambda x, y: sp.hstack([x, y])),
    "add": (sparse.add, lambda x, y: x + y),
    "add dense": (lambda x, y: sparse.add(x, sparse.to_dense(y)), lambda x, y: x + y.toarray()),
    "maximum": (sparse.maximum, lambda x, y: x.maximum(y)),
    "minimum": (sparse.minimum, lambda x, y: x.minimum(y)),
    "map_values": (lambda x, y: sparse.map_values(kg.sign, x), lambda x, y: x.sign()),
    "map_values of two": (
        lambda x, y: sparse.map_values(kg.multiply, x, x),
        lambda x, y: x.multiply(x),
    ),
    "reduce_sum": (lambda x, y: sparse.reduce_sum(x), lambda x, y: x.toarray().sum()),
    "reduce_sum of rows": (lambda x, y: sparse.reduce_sum(x, 1), lambda x, y: x.sum(1)),
    "reduce_sum kept": (
        lambda x, y: sparse.reduce_sum(x, 0, keepdims=True, output_is_sparse=True),
        lambda x, y: x.toarray().sum(0, keepdims=True),
    ),
    "reduce_max of rows": (lambda x, y: sparse.reduce_max(x, 1), lambda x, y: stored_max(x, 1)),
    "reduce_max of columns": (lambda x, y: sparse.reduce_max(x, 0), lambda x, y: stored_max(x, 0)),
    "softmax": (lambda x, y: sparse.softmax(x), lambda x, y: stored_softmax(x)),
    "fill_empty_rows": (lambda x, y: sparse.fill_empty_rows(x, 7)[0], lambda x, y: filled(x)),
    "empty rows": (
        lambda x, y: sparse.fill_empty_rows(x, 7)[1],
        lambda x, y: np.diff(x.indptr) == 0,
    ),
    "from_dense": (lambda x, y: sparse.from_dense(sparse.to_dense(x)), lambda x, y: x),
    "sparse @ dense": (lambda x, y: sparse.sparse_dense_matmul(x, TABLE), lambda x, y: x @ TABLE),
    "sparse @ dense, adjoint_b": (
        lambda x, y: sparse.sparse_dense_matmul(x, TABLE.T, adjoint_b=True),
        lambda x, y: x @ TABLE,
    ),
    "dense @ sparse, adjoints": (
        lambda x, y: sparse.sparse_dense_matmul(TABLE, x, adjoint_a=True, adjoint_b=True),
        lambda x, y: TABLE.T @ x.T,
    ),
    "adjoint_a": (
        lambda x, y: sparse.sparse_dense_matmul(x, sparse.to_dense(y), adjoint_a=True),
        lambda x, y: x.T @ y.toarray(),
    ),
}
MODELS: dict[str, kg.Model] = {}


def model_of(name: str) -> kg.Model:
    if name not in MODELS:
        x, y = kg.Input((5,), sparse=True), kg.Input((5,), sparse=True)
        MODELS[name] = kg.Model([x, y], CASES[name][0](x, y))
    return MODELS[name]


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=12, deadline=None)
@given(batches())
def test_scipy_agrees(name: str, batch: tuple[Any, Any, Any]) -> None:
    x, y, _ = batch
    ours, theirs = CASES[name]
    with np.errstate(all="ignore"):
        expected = dense_of(theirs(x, y))
    results = [ours(x, y), ours(x.tocoo(), sp.lil_matrix(y)), model_of(name)([x, y])]
    for found in results:
        assert not sp.issparse(found) or isinstance(found, sp.csr_array)
        assert sp.issparse(found) == sp.issparse(results[0])
        assert dense_of(found).shape == expected.shape
        np.testing.assert_allclose(dense_of(found), expected, rtol=1e-5, atol=1e-6)


MATRIX = sp.csr_array(np.float32([[0, 1.5, 0], [0, 0, 0], [3, 0, -1]]))


def in_a_graph(function: Callable[[Any], Any]) -> Any:
    x = kg.Input((3,), sparse=True)
    return kg.Model(x, function(x))(MATRIX)


@pytest.mark.parametrize("run", [lambda f: f(MATRIX), in_a_graph], ids=["eager", "graph"])
def test_entries_are_picked(run) -> None:
    keep = np.array([True, False, True])
    expected = MATRIX.toarray() * [[1, 1, 1], [1, 1, 1], [0, 1, 1]]
    found = run(lambda x: sparse.retain(x, keep))
    assert found.nnz == 2
    np.testing.assert_array_equal(found.toarray(), expected)
    masked = run(lambda x: sparse.mask(x, [2, 2]))
    np.testing.assert_array_equal(masked.toarray(), MATRIX.toarray() * [[1], [1], [0]])


def test_a_computed_mask_keeps_what_is_positive() -> None:
    found = in_a_graph(lambda x: sparse.retain(x, x.values > 0))
    np.testing.assert_array_equal(found.toarray(), np.maximum(MATRIX.toarray(), 0))


def test_small_sums_are_left_out_below_a_threshold() -> None:
    for run in (lambda f: f(MATRIX), in_a_graph):
        found = run(lambda x: sparse.add(x, kg.multiply(x, -0.5), threshold=0.6))
        assert found.nnz == 2
        np.testing.assert_array_equal(
            found.toarray(), np.float32([[0, 0.75, 0], [0] * 3, [1.5, 0, 0]])
        )


def test_values_mapped_together_share_their_places() -> None:
    other = kg.sparse.eye(3)
    with pytest.raises(ValueError, match="at other places"):
        sparse.map_values(kg.add, MATRIX, other)
    x, y = kg.Input((3,), sparse=True), kg.Input((3,), sparse=True)
    model = kg.Model([x, y], sparse.map_values(kg.add, x, y))
    np.testing.assert_array_equal(model([MATRIX, MATRIX]).toarray(), MATRIX.toarray() * 2)
    with pytest.raises(ValueError, match="at other places"):
        model([MATRIX, other])
    with pytest.raises(ValueError, match="one for each stored entry"):
        sparse.map_values(lambda values: values[:1], MATRIX)


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 3, 4)])
def test_dense_values_of_any_rank_go_there_and_back(shape: tuple[int, ...]) -> None:
    dense = np.arange(int(np.prod(shape)), dtype=np.float32).reshape(shape) % 3
    found = sparse.from_dense(dense)
    assert found.format == ("csr" if len(shape) == 2 else "coo")
    assert found.nnz == np.count_nonzero(dense)
    np.testing.assert_array_equal(sparse.to_dense(found), dense)
    flat = sparse.reshape(found, (-1,))
    np.testing.assert_array_equal(sparse.to_dense(flat), dense.ravel())
    np.testing.assert_array_equal(sparse.reshape(flat, (1, -1)).toarray(), dense.reshape(1, -1))
    wide = sparse.expand_dims(found, 0)
    np.testing.assert_array_equal(sparse.to_dense(wide), dense[None])


@given(st.integers(0, 4), st.integers(0, 4), st.sampled_from(["float32", "int64", "bool"]))
def test_eye_is_that_of_numpy(rows: int, columns: int, dtype: str) -> None:
    found = sparse.eye(rows, columns, dtype)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.toarray(), np.eye(rows, columns, dtype=dtype))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: sparse.transpose(np.ones((2, 2))), "takes a sparse value"),
        (lambda x: sparse.softmax(kg.Input((3,))), "takes a sparse value"),
        (lambda x: sparse.add(np.ones(2), np.ones(2)), "takes a sparse value"),
        (lambda x: sparse.softmax(MATRIX.astype("int32")), "softmax: takes floats"),
        (lambda x: sparse.retain(x, [1, 0, 1]), "takes truth values"),
        (lambda x: sparse.retain(MATRIX, [True]), "one for each stored entry"),
        (lambda x: sparse.mask(x, [0.5]), "a vector of integers"),
        (lambda x: sparse.slice(x, (0,), (1,)), "on each of 2 axes"),
        (lambda x: sparse.split(x, 4, 1), "cannot cut a size of 3 into 4 parts"),
        (lambda x: sparse.split(x, 2, 0), "cannot cut a size of B into 2 parts"),
        (lambda x: sparse.concat([x, x], 0), "takes an axis and a list"),
        (lambda x: sparse.concat(0, [x, np.ones((2, 3))]), "takes a sparse value"),
        (lambda x: sparse.map_values(kg.abs, 3), "no argument is sparse"),
        (lambda x: sparse.sparse_dense_matmul(x, MATRIX), "one factor is sparse"),
        (lambda x: sparse.sparse_dense_matmul(TABLE, TABLE), "one factor is sparse"),
        (lambda x: sparse.sparse_dense_matmul(x, TABLE), "the inner sizes differ, 3 and 5"),
        (lambda x: sparse.expand_dims(x, 4), "axis 4"),
        (lambda x: sparse.reshape(MATRIX, ()), "a rank of 1 or more"),
        (lambda x: sparse.reduce_sum(x, output_is_sparse=True), "no sparse value"),
        (lambda x: sparse.fill_empty_rows(x, "a"), "default_value is a number"),
        (lambda x: sparse.from_dense(np.float32(3)), "a single number has no rows"),
        (lambda x: sparse.eye(-1), "num_rows"),
        (lambda x: sparse.transpose(x, (1, 1)), "each axis once"),
        (lambda x: sparse.concat(0, [x, sparse.expand_dims(x, 0)]), "different numbers of axes"),
        (lambda x: sparse.sparse_dense_matmul(sparse.expand_dims(x, 0), TABLE), "are matrices"),
    ],
)
def test_what_is_wrong_is_said(call, words: str) -> None:
    with pytest.raises(kg.KGraphError, match=words):
        call(kg.Input((3,), sparse=True))


@pytest.mark.parametrize("name", sparse.__all__)
def test_every_name_is_there(name: str) -> None:
    assert callable(getattr(sparse, name))


@pytest.mark.parametrize("module", ["computing", "making", "picking", "shaping"])
def test_examples_run(module: str) -> None:
    done = doctest.testmod(import_module(f"kgraph.sparse.{module}"))
    assert done.attempted > 0
    assert done.failed == 0
