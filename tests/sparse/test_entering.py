"""Sparse values where they enter a graph: any format, in any order, with repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg

FORMATS = [
    getattr(sp, f"{name}_{kind}")
    for name in ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")
    for kind in ("array", "matrix")
]
DENSE = np.float32([[0, 1.5, 0, -2, 0], [0, 0, 0, 0, 0], [3, 0, 0.25, 0, 0]])
SPARSE = sp.csr_array(DENSE)
WEIGHTS = sp.csr_array(np.float32([[1, 0], [0, 2], [0, 0], [-1, 0], [0, 5]]))


def repeated() -> Any:
    """1 - 2 in one place, and columns out of order."""
    return sp.csr_array((np.float32([1, -2, 5, 4]), [2, 2, 4, 0], [0, 2, 4]), shape=(2, 5))


def model_of(function: Callable[[Any], Any]) -> kg.Model:
    x = kg.Input((5,), sparse=True)
    return kg.Model(x, function(x))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.__name__)
def test_every_format_is_taken_by_call_and_predict(form: Callable[[Any], Any]) -> None:
    model = model_of(lambda x: kg.abs(x) * 2)
    for found in (model(form(DENSE)), model.predict(form(DENSE), verbose=0)):
        assert isinstance(found, sp.csr_array)
        np.testing.assert_array_equal(found.toarray(), np.abs(DENSE) * 2)


@pytest.mark.parametrize(
    "op", [kg.abs, kg.square, kg.relu, kg.sign, lambda x: kg.ops.max(x, axis=1), kg.ops.to_dense]
)
def test_entries_at_one_place_are_summed_before_anything_is_computed(op) -> None:
    matrix = repeated()
    dense = op(matrix.toarray())
    for found in (op(matrix), model_of(op)(matrix), model_of(op).predict(matrix, verbose=0)):
        np.testing.assert_array_equal(found.toarray() if sp.issparse(found) else found, dense)
    assert matrix.nnz == 4  # the caller's matrix stays as it was


def test_outputs_have_rising_columns_and_no_repeats() -> None:
    for found in (model_of(lambda x: x)(repeated()), model_of(lambda x: x * 2)(repeated())):
        assert found.has_canonical_format
        assert found.indices.tolist() == [2, 0, 4]


def test_stored_zeros_and_empty_rows_stay() -> None:
    stored = sp.csr_array((np.float32([0, 0]), [1, 3], [0, 2, 2]), shape=(2, 5))
    assert model_of(lambda x: x * 2)(stored).nnz == 2
    empty = model_of(lambda x: x * 2)(sp.csr_array((0, 5), dtype="float32"))
    assert empty.shape == (0, 5)


def test_int64_indices_are_taken() -> None:
    wide = SPARSE.copy()
    wide.indices, wide.indptr = wide.indices.astype("int64"), wide.indptr.astype("int64")
    for function in (kg.abs, lambda x: x + x, lambda x: kg.matmul(x, np.eye(5, dtype="f4"))):
        narrow = model_of(function)(SPARSE)
        found = model_of(function)(wide)
        np.testing.assert_array_equal(kg.ops.to_dense(found), kg.ops.to_dense(narrow))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.__name__)
def test_constants_of_every_format_stand_in_graphs(form: Callable[[Any], Any]) -> None:
    d = kg.Input((5,))
    model = kg.Model(d, kg.matmul(d, form(WEIGHTS)))
    np.testing.assert_array_equal(model(DENSE), DENSE @ WEIGHTS.toarray())


def test_sparse_constants_meet_sparse_and_dense_values() -> None:
    x, d = kg.Input((5,), sparse=True, batch_size=3), kg.Input((5,), batch_size=3)
    graph = kg.Model([x, d], [x * SPARSE, x + SPARSE, x @ WEIGHTS, d @ WEIGHTS, d - SPARSE])
    found = [value.toarray() if sp.issparse(value) else value for value in graph([SPARSE, DENSE])]
    product = DENSE @ WEIGHTS.toarray()
    for value, expected in zip(
        found, [DENSE**2, DENSE * 2, product, product, DENSE * 0], strict=True
    ):
        np.testing.assert_array_equal(value, expected)
    again = kg.Model.from_config(graph.get_config())
    for value, first in zip(again([SPARSE, DENSE]), found, strict=True):
        np.testing.assert_array_equal(value.toarray() if sp.issparse(value) else value, first)


def test_sums_take_entries_in_any_order_and_everything_else_has_them_in_order() -> None:
    """A product adds what stands at one place anyhow: nothing is sorted for it."""
    x = kg.Input((4,), sparse=True)
    product = kg.compile(kg.Model(x, kg.layers.Dense(2)(x)))
    squares = kg.compile(kg.Model(x, kg.square(x)))
    assert [graph._slots[0].canonical for graph in (product, squares)] == [False, True]
    twice = sp.csr_array(
        (np.float32([1, 2, 3]), np.int32([3, 0, 3]), np.int32([0, 3])), shape=(1, 4)
    )
    np.testing.assert_allclose(product(twice), product(twice.toarray()), rtol=1e-6)
    np.testing.assert_array_equal(squares(twice).toarray(), [[4, 0, 0, 16]])
