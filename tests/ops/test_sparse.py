"""Ops on sparse values: what they give is what they give on the dense twin."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import kgraph as kg
from kgraph import ops
from kgraph.ops.composite import values as values_of
from kgraph.ops.operands import type_of
from kgraph.types.densify import DensifyWarning
from tests.ops.tracing import plain, traced
from tests.tolerances import tolerance

DENSE = np.float32([[0, 1.5, 0, -2], [0, 0, 0, 0], [3, 0, 0.25, 0]])
SPARSE = sparse.csr_array(DENSE)


def close(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    rtol, atol = tolerance(found.dtype)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize("op", [ops.relu, ops.tanh, ops.square, ops.negative, ops.sqrt, ops.sign])
def test_functions_that_keep_zero_stay_sparse(op) -> None:
    found = op(SPARSE)
    assert sparse.issparse(found)
    np.testing.assert_array_equal(found.toarray(), op(DENSE))


@pytest.mark.parametrize("op", [ops.exp, ops.cos, ops.sigmoid])
def test_functions_that_move_zero_give_dense_values_and_say_so(op) -> None:
    with pytest.warns(DensifyWarning, match=f"{op.name}: a sparse value becomes dense"):
        close(op(SPARSE), op(DENSE))


def test_scaling_stays_sparse_from_both_sides() -> None:
    for found in (ops.multiply(SPARSE, 2), ops.multiply(2, SPARSE), ops.divide(SPARSE, 0.5)):
        assert sparse.issparse(found)
        np.testing.assert_array_equal(found.toarray(), DENSE * 2)
    for op, number in ((ops.multiply, np.inf), (ops.multiply, np.nan), (ops.divide, 0)):
        with pytest.warns(DensifyWarning):
            assert not sparse.issparse(op(SPARSE, number))


def test_a_sparse_value_meets_a_dense_one() -> None:
    close(ops.add(SPARSE, DENSE), DENSE * 2)  # as large as DENSE is: nothing to warn of
    for found, expected in (
        (ops.multiply(DENSE, SPARSE), DENSE * DENSE),
        (ops.multiply(SPARSE, DENSE[:, :1] + 3), DENSE * (DENSE[:, :1] + 3)),
        (ops.multiply(SPARSE, DENSE[0]), DENSE * DENSE[0]),
        (ops.divide(SPARSE, DENSE + 5), DENSE / (DENSE + 5)),
    ):
        assert sparse.issparse(found)
        close(found.toarray(), expected)


def test_what_is_not_stored_stays_zero_beside_any_dense_value() -> None:
    wild = np.where(DENSE == 0, np.float32([[np.inf, np.nan, -np.inf, 0]]), 1)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(ops.multiply(SPARSE, wild).toarray(), DENSE)
        np.testing.assert_array_equal(ops.divide(SPARSE, wild).toarray(), DENSE)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sum(axis, keepdims: bool) -> None:
    close(ops.sum(SPARSE, axis, keepdims), ops.sum(DENSE, axis, keepdims))


def test_products() -> None:
    table = np.arange(8, dtype=np.float32).reshape(4, 2)
    close(ops.matmul(SPARSE, table), DENSE @ table)
    close(ops.matmul(SPARSE, table[:, 0]), DENSE @ table[:, 0])
    close(ops.matmul(table.T, sparse.csr_array(DENSE.T)), table.T @ DENSE.T)
    close(ops.matmul(SPARSE, sparse.csr_array(table)).toarray(), DENSE @ table)
    close(ops.matmul(SPARSE, table.astype("float64")), DENSE @ table.astype("float64"))
    whole = sparse.csr_array(np.int32([[1, 0], [0, 2]]))
    close(ops.matmul(whole, np.int32([[3], [4]])), np.int32([[3], [8]]))
    with pytest.raises(ValueError, match="matmul: the inner sizes differ, 4 and 3"):
        ops.matmul(SPARSE, table[:3])


def test_product_when_traced() -> None:
    table = np.arange(8, dtype=np.float32).reshape(4, 2)
    x, w = traced([SPARSE, table])
    close(plain(ops.matmul(x, w)), DENSE @ table)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: ops.flip(x, 1),
        lambda x: ops.take(x, [1, 0, 1], axis=2),
        lambda x: ops.repeat(x, 2, axis=1),
        lambda x: ops.getitem(x, (slice(None), [1, 0])),
    ],
)
def test_columns_are_as_narrow_when_traced_as_when_computed(change) -> None:
    """Though in between rows were as wide as the batch is long, which a graph does not know."""
    x = kg.SparseTensor([[0, 0, 1], [1, 1, 2]], np.float32([3, 4]), (2, 2, 3))
    found, eager = change(kg.Input((2, 3), sparse=True)).type, type_of(change(x))
    assert (found.indices.dtype, found.indptr.dtype) == (np.int32, np.int32)
    assert (eager.indices.dtype, eager.indptr.dtype) == (np.int32, np.int32)


def test_components() -> None:
    np.testing.assert_array_equal(ops.to_dense(SPARSE), DENSE)
    np.testing.assert_array_equal(ops.indices(SPARSE), np.argwhere(DENSE))
    np.testing.assert_array_equal(values_of(SPARSE), DENSE[DENSE != 0])
    with pytest.raises(TypeError, match="indices: takes a sparse value"):
        ops.indices(DENSE)


def test_ops_without_a_sparse_rule_take_the_dense_twin_and_say_so() -> None:
    with pytest.warns(DensifyWarning, match="softmax: a sparse value becomes dense"):
        close(ops.softmax(SPARSE), ops.softmax(DENSE))
    with pytest.warns(DensifyWarning, match="concatenate: a sparse value becomes dense"):
        close(ops.concatenate([SPARSE, DENSE], axis=1), np.concatenate([DENSE, DENSE], 1))
