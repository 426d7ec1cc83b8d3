from __future__ import annotations

import pytest

from kgraph.compiler.rules import linear as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of

PRODUCT = """
    %x: f32[B, 4]
    %w: f32[4, 2] = variable
    %b: f32[2] = variable
    %s: f32[2] = variable
    %cube: f32[1, 1, 2] = variable
    %0 = batched_matmul(%x, %w) : f32[B, 2]
    """

DENSE = """
    %x: f32[B, 4]
    %w: f32[4, 2] = variable
    %b: f32[2] = variable
    %s: f32[2] = variable
    %cube: f32[1, 1, 2] = variable
    %0 = dense(%x, %w, %b) : f32[B, 2]
    """

SPARSE = """
    %data: f32[T]
    %indices: i32[T]
    %indptr: i32[B + 1]
    %w: f32[4, 2] = variable
    %b: f32[2] = variable
    %s: f32[2] = variable
    %cube: f32[1, 1, 2] = variable
    """

CSR = SPARSE + "%0 = csr_matmul(%data, %indices, %indptr, %w) : f32[B, 2]\n    "
CSR_DENSE = SPARSE + "%0 = csr_dense(%data, %indices, %indptr, %w, %b) : f32[B, 2]\n    "


def then(text: str) -> str:
    return f"""%1 = {text} : f32[B, 2]
    return %1"""


def with_cube(text: str) -> str:
    """A row all right, but the result has an axis more than the product."""
    return f"""%1 = {text} : f32[1, B, 2]
    return %1"""


def of_matrices(op: str, x: str = "f32[B, 5, 4]", w: str = "f32[4, 2]") -> str:
    out = x.replace("4]", "2]")
    return f"""
    %x: {x}
    %w: {w} = variable
    %s: {x[:3]}[2] = variable
    %0 = batched_matmul(%x, %w) : {out}
    %1 = {op}(%0, %s) : {out}
    return %1"""


INTEGERS = ("i32[B, 4]", "i32[4, 2]")
ONE_WEIGHT_EACH = ("f32[3, 5, 4]", "f32[3, 4, 2]")  # a batch of weights

TURNED = """
    %x: f32[B, 4]
    %w: f32[2, 4] = variable
    %0 = transpose_axes(%x, axes=(1, 0)) : f32[4, B]
    %1 = batched_matmul(%w, %0) : f32[2, B]
    %2 = transpose_axes(%1, axes=(1, 0)) : f32[B, 2]
    """

FIRES = [
    Fires(
        rules.product_of_transposed,
        TURNED + "return %2",
        """
        %x: f32[B, 4]
        %w: f32[2, 4] = variable
        %0 = transpose_axes(%w, axes=(1, 0)) : f32[4, 2]
        %1 = batched_matmul(%x, %0) : f32[B, 2]
        return %1""",
    ),
    Fires(
        rules.product_and_bias_are_dense,
        PRODUCT + then("add(%b, %0)"),
        """
        %x: f32[B, 4]
        %w: f32[4, 2] = variable
        %b: f32[2] = variable
        %0 = dense(%x, %w, %b) : f32[B, 2]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.product_and_bias_are_dense,
        """
        %x: f32[B, 3, 4]
        %w: f32[4, 2] = variable
        %b: f32[1, 1, 2] = variable
        %0 = batched_matmul(%x, %w) : f32[B, 3, 2]
        %1 = add(%0, %b) : f32[B, 3, 2]
        return %1""",
        """
        %x: f32[B, 3, 4]
        %w: f32[4, 2] = variable
        %b: f32[1, 1, 2] = variable
        %0 = reshape_to(%b, shape=(2,)) : f32[2]
        %1 = dense(%x, %w, %0) : f32[B, 3, 2]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.product_less_bias_is_dense,
        PRODUCT + then("subtract(%0, %b)"),
        """
        %x: f32[B, 4]
        %w: f32[4, 2] = variable
        %b: f32[2] = variable
        %0 = negative(%b) : f32[2]
        %1 = dense(%x, %w, %0) : f32[B, 2]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.product_less_bias_is_dense,
        of_matrices("subtract"),
        """
        %x: f32[B, 5, 4]
        %w: f32[4, 2] = variable
        %s: f32[2] = variable
        %0 = negative(%s) : f32[2]
        %1 = dense(%x, %w, %0) : f32[B, 5, 2]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.sparse_product_and_bias_are_dense,
        CSR + then("add(%0, %b)"),
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %w: f32[4, 2] = variable
        %b: f32[2] = variable
        %0 = csr_dense(%data, %indices, %indptr, %w, %b) : f32[B, 2]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.scale_after_product,
        PRODUCT + then("divide(%0, 3.0:f32[])"),
        """
        %x: f32[B, 4]
        %w: f32[4, 2] = variable
        %0 = broadcast_to(3.0:f32[], shape=(2,)) : f32[2]
        %1 = divide(%w, %0) : f32[4, 2]
        %2 = batched_matmul(%x, %1) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.scale_after_product,  # a weight for each matrix of x, and one number for all
        of_matrices("multiply", *ONE_WEIGHT_EACH).replace("%s: f32[2]", "%s: f32[1, 1]"),
        """
        %x: f32[3, 5, 4]
        %w: f32[3, 4, 2] = variable
        %s: f32[1, 1] = variable
        %0 = reshape_to(%s, shape=(1,)) : f32[1]
        %1 = broadcast_to(%0, shape=(2,)) : f32[2]
        %2 = multiply(%w, %1) : f32[3, 4, 2]
        %3 = batched_matmul(%x, %2) : f32[3, 5, 2]
        return %3""",
    ),
    Fires(
        rules.scale_after_dense,
        DENSE + then("multiply(%s, %0)"),
        """
        %x: f32[B, 4]
        %w: f32[4, 2] = variable
        %s: f32[2] = variable
        %0 = multiply(%w, %s) : f32[4, 2]
        %b: f32[2] = variable
        %1 = multiply(%b, %s) : f32[2]
        %2 = dense(%x, %0, %1) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.scale_after_dense,
        DENSE + then("divide(%0, %s)"),
        """
        %x: f32[B, 4]
        %w: f32[4, 2] = variable
        %s: f32[2] = variable
        %0 = divide(%w, %s) : f32[4, 2]
        %b: f32[2] = variable
        %1 = divide(%b, %s) : f32[2]
        %2 = dense(%x, %0, %1) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.shift_after_dense,
        DENSE + then("subtract(%0, %s)"),
        """
        %x: f32[B, 4]
        %w: f32[4, 2] = variable
        %b: f32[2] = variable
        %s: f32[2] = variable
        %0 = subtract(%b, %s) : f32[2]
        %1 = dense(%x, %w, %0) : f32[B, 2]
        return %1""",
    ),
    Fires(
        rules.dense_from_row,
        DENSE + then("subtract(%s, %0)"),
        """
        %x: f32[B, 4]
        %w: f32[4, 2] = variable
        %0 = negative(%w) : f32[4, 2]
        %s: f32[2] = variable
        %b: f32[2] = variable
        %1 = subtract(%s, %b) : f32[2]
        %2 = dense(%x, %0, %1) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.scale_after_sparse_product,
        CSR + then("multiply(%0, %s)"),
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %w: f32[4, 2] = variable
        %s: f32[2] = variable
        %0 = multiply(%w, %s) : f32[4, 2]
        %1 = csr_matmul(%data, %indices, %indptr, %0) : f32[B, 2]
        return %1""",
    ),
    Fires(
        rules.row_after_sparse_dense,
        CSR_DENSE + then("divide(%0, %s)"),
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %w: f32[4, 2] = variable
        %s: f32[2] = variable
        %0 = divide(%w, %s) : f32[4, 2]
        %b: f32[2] = variable
        %1 = divide(%b, %s) : f32[2]
        %2 = csr_dense(%data, %indices, %indptr, %0, %1) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.row_after_sparse_dense,
        CSR_DENSE + then("add(%0, %s)"),
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %w: f32[4, 2] = variable
        %b: f32[2] = variable
        %s: f32[2] = variable
        %0 = add(%b, %s) : f32[2]
        %1 = csr_dense(%data, %indices, %indptr, %w, %0) : f32[B, 2]
        return %1""",
    ),
]

STAYS = [
    Stays(rules.product_of_transposed, TURNED + "return %1, %2"),
    Stays(rules.product_of_transposed, TURNED.replace(" = variable", "") + "return %2"),
    Stays(  # the result is turned, x is not
        rules.product_of_transposed,
        """
        %x: f32[4, 3]
        %w: f32[2, 4] = variable
        %0 = transpose_axes(%x, axes=(0, 1)) : f32[4, 3]
        %1 = batched_matmul(%w, %0) : f32[2, 3]
        %2 = transpose_axes(%1, axes=(1, 0)) : f32[3, 2]
        return %2""",
    ),
    Stays(  # x is turned, the result is not
        rules.product_of_transposed,
        """
        %x: f32[3, 4]
        %w: f32[2, 4] = variable
        %0 = transpose_axes(%x, axes=(1, 0)) : f32[4, 3]
        %1 = batched_matmul(%w, %0) : f32[2, 3]
        %2 = transpose_axes(%1, axes=(0, 1)) : f32[2, 3]
        return %2""",
    ),
    Stays(
        rules.product_and_bias_are_dense,  # the product is an output, too
        PRODUCT + "%1 = add(%0, %b) : f32[B, 2]\n    return %0, %1",
    ),
    Stays(
        rules.product_and_bias_are_dense,  # b differs from row to row
        """
        %x: f32[3, 4]
        %w: f32[4, 2] = variable
        %b: f32[3, 2] = variable
        %0 = batched_matmul(%x, %w) : f32[3, 2]
        %1 = add(%0, %b) : f32[3, 2]
        return %1""",
    ),
    Stays(
        rules.product_and_bias_are_dense,  # b makes the result larger
        """
        %x: f32[B, 4]
        %w: f32[4, 1] = variable
        %b: f32[2] = variable
        %0 = batched_matmul(%x, %w) : f32[B, 1]
        %1 = add(%0, %b) : f32[B, 2]
        return %1""",
    ),
    Stays(
        rules.product_and_bias_are_dense,  # w is no weight
        """
        %x: f32[B, 4]
        %w: f32[4, 2]
        %b: f32[2] = variable
        %0 = batched_matmul(%x, %w) : f32[B, 2]
        %1 = add(%0, %b) : f32[B, 2]
        return %1""",
    ),
    # integers have no dense kernel
    Stays(rules.product_and_bias_are_dense, of_matrices("add", *INTEGERS)),
    Stays(rules.product_less_bias_is_dense, of_matrices("subtract", *INTEGERS)),
    Stays(rules.product_and_bias_are_dense, of_matrices("add", *ONE_WEIGHT_EACH)),
    Stays(rules.product_less_bias_is_dense, of_matrices("subtract", *ONE_WEIGHT_EACH)),
    Stays(rules.product_and_bias_are_dense, PRODUCT + with_cube("add(%0, %cube)")),
    Stays(rules.product_less_bias_is_dense, PRODUCT + with_cube("subtract(%0, %cube)")),
    Stays(rules.scale_after_product, PRODUCT + with_cube("multiply(%0, %cube)")),
    Stays(rules.scale_after_dense, DENSE + with_cube("multiply(%0, %cube)")),
    Stays(rules.shift_after_dense, DENSE + with_cube("add(%0, %cube)")),
    Stays(rules.dense_from_row, DENSE + with_cube("subtract(%cube, %0)")),
    Stays(rules.sparse_product_and_bias_are_dense, CSR + with_cube("add(%0, %cube)")),
    Stays(rules.scale_after_sparse_product, CSR + with_cube("multiply(%0, %cube)")),
    Stays(rules.row_after_sparse_dense, CSR_DENSE + with_cube("multiply(%0, %cube)")),
    Stays(rules.product_less_bias_is_dense, PRODUCT + then("subtract(%b, %0)")),
    Stays(
        rules.sparse_product_and_bias_are_dense,
        CSR + "%1 = add(%0, %b) : f32[B, 2]\n    return %0, %1",
    ),
    Stays(rules.scale_after_product, PRODUCT + then("divide(%s, %0)")),
    Stays(rules.scale_after_dense, DENSE + then("multiply(%0, %0)")),
    Stays(rules.shift_after_dense, DENSE + then("subtract(%s, %0)")),
    Stays(rules.dense_from_row, DENSE + then("subtract(%0, %s)")),
    Stays(rules.scale_after_sparse_product, CSR + then("divide(%s, %0)")),
    Stays(rules.row_after_sparse_dense, CSR_DENSE + then("subtract(%s, %0)")),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)
