"""Python's operators on KerasTensors: what NumPy computes, the compiled graph computes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from tests.tolerances import tolerance

FLOATS = np.float32([[1.5, -2.0, 3.0], [-0.5, 4.0, 2.5]])
WHOLE = np.int32([[1, 5, 3], [7, 2, 4]])
TRUTHS = np.array([[True, False, True], [False, False, True]])


def same(draw: Callable[..., Any], *batches: np.ndarray, **kwargs: Any) -> None:
    """``draw`` on KerasTensors, compiled and run, gives what it gives on the arrays."""
    inputs = [kg.Input(batch.shape[1:], dtype=batch.dtype, **kwargs) for batch in batches]
    found = kg.Model(inputs, draw(*inputs))(list(batches))
    expected = draw(*batches)
    rtol, atol = tolerance(found.dtype)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
]
BITS = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]


def named(function: Callable[..., Any]) -> str:
    return function.__name__


@pytest.mark.promise("A2.operators")
@pytest.mark.parametrize("apply", BINARY, ids=named)
def test_arithmetic_and_comparisons_with_numbers_on_both_sides(apply: Any) -> None:
    same(lambda x: apply(x, np.float32(2)), FLOATS)
    same(lambda x: apply(np.float32(2), x), FLOATS)
    same(lambda x, y: apply(x, y), FLOATS, FLOATS[::-1])


@pytest.mark.promise("A2.operators")
def test_powers_matrix_products_and_single_operands() -> None:
    same(lambda x: x**2, FLOATS)
    same(lambda x: np.float32(2) ** x, FLOATS)
    same(lambda x: x @ np.float32([[1], [2], [3]]), FLOATS)
    same(lambda x: +x - (-x) * abs(x), FLOATS)
    same(lambda x: divmod(x, np.float32(2))[0] - divmod(x, np.float32(2))[1], FLOATS)
    x = kg.Input((3,))
    rounded = kg.Model(x, [round(x), round(x, 1)])(FLOATS / 3)
    np.testing.assert_allclose(rounded[0], np.round(FLOATS / 3))
    np.testing.assert_allclose(rounded[1], np.round(FLOATS / 3, 1), rtol=1e-6)


@pytest.mark.promise("A2.operators")
@pytest.mark.parametrize("apply", BITS, ids=named)
def test_operators_on_bits_with_reflections(apply: Any) -> None:
    same(lambda x: apply(x, np.int32(2)), WHOLE)
    same(lambda x: apply(np.int32(2), x), WHOLE)
    same(lambda x, y: apply(x, y), WHOLE, WHOLE[::-1])


@pytest.mark.promise("A2.operators")
def test_operators_on_truth_values() -> None:
    same(lambda a, b: (a & b) | ~a ^ b, TRUTHS, TRUTHS[::-1])
    same(lambda a: True & a | False, TRUTHS)
    same(operator.invert, WHOLE)


@pytest.mark.parametrize("apply", BITS, ids=named)
def test_floats_have_no_bits(apply: Any) -> None:
    x = kg.Input((3,))
    with pytest.raises(TypeError, match=r"bits of float32 values cannot be combined"):
        apply(x, 1)
    with pytest.raises(TypeError, match=r"bits of float32 values cannot be combined"):
        apply(1, x)


@pytest.mark.promise("A2.array-on-the-left")
@pytest.mark.parametrize("apply", BINARY, ids=named)
def test_an_array_stands_on_the_left(apply: Any) -> None:
    same(lambda x: apply(FLOATS[:1], x), FLOATS)
    same(lambda x: apply(np.float32(2), x), FLOATS)


@pytest.mark.promise("A2.array-on-the-left")
def test_a_matrix_stands_on_the_left_of_a_product() -> None:
    whole = np.arange(6, dtype=np.float32).reshape(2, 3)
    x = kg.Input((3, 2))
    batch = np.ones((4, 3, 2), np.float32)
    np.testing.assert_allclose(kg.Model(x, whole @ x)(batch), whole @ batch)
    same(lambda y: np.int32([1, 2, 3]) << y, WHOLE)


@pytest.mark.promise("A2.array-on-the-left")
@pytest.mark.parametrize("make", [sp.csr_array, sp.csc_matrix, sp.coo_array])
def test_a_scipy_matrix_stands_on_the_left_of_a_product(make: Any) -> None:
    x = kg.Input((2,), batch_size=3)
    product = make(np.eye(4, 3, dtype=np.float32)) @ x
    assert product.shape == (4, 2)
    assert product.node.operation is kg.ops.matmul


def test_what_scipy_multiplies_otherwise_is_refused_with_another_way() -> None:
    x = kg.Input((3,), batch_size=3)
    # of a csr_matrix `*` is the matrix product, of x it is not: so it must not be turned around
    for product in (lambda: sp.csr_matrix(np.eye(3)) * x, lambda: sp.csr_array(np.eye(3)) * x):
        with pytest.raises(TypeError, match=r"kg\.multiply\(A, x\)"):
            product()
    with pytest.raises(TypeError, match="no NumPy array"):
        np.asarray(x)


@pytest.mark.promise("A2.promotion")
@pytest.mark.parametrize(
    ("draw", "dtype"),
    [
        (lambda f, d, i, b: f + i, "float32"),
        (lambda f, d, i, b: f + d, "float64"),
        (lambda f, d, i, b: i * 2.0, "float32"),
        (lambda f, d, i, b: i + 1, "int32"),
        (lambda f, d, i, b: b + 1, "int32"),
        (lambda f, d, i, b: i / 2, "float32"),
        (lambda f, d, i, b: i // 2, "int32"),
        (lambda f, d, i, b: f * 2, "float32"),
        (lambda f, d, i, b: f * np.float64(2), "float64"),
        (lambda f, d, i, b: i + np.int64(1), "int64"),
    ],
)
def test_dtypes_meet_as_in_numpy_and_python_numbers_are_weak(draw: Any, dtype: str) -> None:
    kinds = ("float32", "float64", "int32", "bool")
    assert draw(*(kg.Input((3,), dtype=kind) for kind in kinds)).dtype == dtype


@pytest.mark.promise("A2.equality")
def test_equality_is_drawn_and_the_hash_goes_by_identity() -> None:
    x, y = kg.Input((3,)), kg.Input((3,))
    assert (x == y).dtype == (x != y).dtype == "bool"
    assert {x: 1}[x] == 1
    assert x in [x]
    assert len({x, y, x}) == 2


@pytest.mark.promise("A2.equality")
def test_searching_a_list_by_value_is_refused_with_advice() -> None:
    x, y = kg.Input((3,)), kg.Input((3,))
    with pytest.raises(TypeError, match=r"any\(x is y for y in values\)"):
        _ = x in [y]


@pytest.mark.parametrize("value", [kg.Input((3,)), kg.Variable([1.0]), kg.Input((2,)) + 1])
def test_none_is_compared_by_identity(value: Any) -> None:
    with pytest.raises(TypeError, match="`x is None`"):
        _ = value == None  # noqa: E711
    with pytest.raises(TypeError, match="`x is not None`"):
        _ = value != None  # noqa: E711


@pytest.mark.promise("A2.shape-clash")
def test_shapes_that_do_not_broadcast_are_refused_when_they_are_drawn() -> None:
    with pytest.raises(ValueError, match=r"add: the sizes 4 and 5 differ and neither is 1"):
        _ = kg.Input((4,)) + np.ones(5)
    with pytest.raises(ValueError, match=r"matmul: the inner sizes differ, 4 and 5"):
        _ = kg.Input((4,)) @ np.ones((5, 2))


@pytest.mark.promise("A2.indexing-errors")
def test_elements_are_not_assigned() -> None:
    x = kg.Input((3,))
    rows = kg.RaggedTensor.from_row_lengths([1, 2], [1, 1])
    for value, advice in ((x, "ops.where"), (rows, "ops.where"), (kg.Variable([1]), "w.assign")):
        with pytest.raises(TypeError, match=advice):
            value[0] = 1
