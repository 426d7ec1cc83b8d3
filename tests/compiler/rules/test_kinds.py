from __future__ import annotations

import pytest

from kgraph.compiler.costs import CostTable
from kgraph.compiler.rewrite import Rule, rewrite
from kgraph.compiler.rules import kinds as rules
from kgraph.types.config import config
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of, read

FULL = "[1.0, 2.0]:f32[2], [0, 1]:i32[2], [0, 2]:i32[2]"
COLUMN = "[1.0, 2.0, 3.0]:f32[3], [0, 0, 0]:i32[3], [0, 1, 2, 3]:i32[4]"
PART = "[2.0]:f32[1], [1]:i32[1], [0, 1]:i32[2]"


def product(a: str) -> str:
    return f"""
        %x: f32[2, 3]
        %0 = csr_matmul({a}, %x) : f32[1, 3]
        return %0"""


def turned(a: str, x: str = "%x: f32[B, 2]") -> str:
    return f"""
        {x}
        %0 = transpose_axes(%x, axes=(1, 0)) : f32[2, B]
        %1 = csr_matmul({a}, %0) : f32[1, B]
        %2 = transpose_axes(%1, axes=(1, 0)) : f32[B, 1]
        return %2"""


FINITE = "%ids: i32[B, 2]\n        %x = cast(%ids, dtype='float32') : f32[B, 2]"
FINITE_PRODUCT = f"""
        %ids: i32[2, 3]
        %x = cast(%ids, dtype='float32') : f32[2, 3]
        %0 = csr_matmul({PART}, %x) : f32[1, 3]
        return %0"""

FIRES = [
    Fires(
        rules.product_with_full_matrix_is_dense,
        product(FULL),
        """
        %x: f32[2, 3]
        %0 = csr_to_dense([1.0, 2.0]:f32[2], [0, 1]:i32[2], [0, 2]:i32[2], n_cols=2) : f32[1, 2]
        %1 = batched_matmul(%0, %x) : f32[1, 3]
        return %1""",
    ),
    Fires(  # three rows of one number
        rules.product_with_full_matrix_is_dense,
        product(COLUMN).replace("[2, 3]", "[1, 4]").replace("[1, 3]", "[3, 4]"),
        f"""
        %x: f32[1, 4]
        %0 = csr_to_dense({COLUMN}, n_cols=1) : f32[3, 1]
        %1 = batched_matmul(%0, %x) : f32[3, 4]
        return %1""",
    ),
    Fires(
        rules.turned_product_with_full_matrix_is_dense,
        turned(FULL),
        """
        %x: f32[B, 2]
        %0 = csr_to_dense([1.0, 2.0]:f32[2], [0, 1]:i32[2], [0, 2]:i32[2], n_cols=2) : f32[1, 2]
        %1 = transpose_axes(%0, axes=(1, 0)) : f32[2, 1]
        %2 = batched_matmul(%x, %1) : f32[B, 1]
        return %2""",
    ),
    Fires(  # integers have no inf
        rules.turned_product_with_full_matrix_is_dense,
        turned(PART, FINITE),
        """
        %ids: i32[B, 2]
        %0 = cast(%ids, dtype='float32') : f32[B, 2]
        %1 = csr_to_dense([2.0]:f32[1], [1]:i32[1], [0, 1]:i32[2], n_cols=2) : f32[1, 2]
        %2 = transpose_axes(%1, axes=(1, 0)) : f32[2, 1]
        %3 = batched_matmul(%0, %2) : f32[B, 1]
        return %3""",
    ),
]

STAYS = [
    Stays(rules.product_with_full_matrix_is_dense, product(PART)),  # zeros may meet inf
    Stays(
        rules.product_with_full_matrix_is_dense,  # other bits for each number of columns
        product(FULL).replace(", 3]", ", B]"),
    ),
    Stays(
        rules.product_with_full_matrix_is_dense,  # no matrix that is known
        """
        %x: f32[2, 3]
        %data: f32[2]
        %0 = csr_matmul(%data, [0, 1]:i32[2], [0, 2]:i32[2], %x) : f32[1, 3]
        return %0""",
    ),
    Stays(rules.turned_product_with_full_matrix_is_dense, turned(PART)),
    Stays(  # copied, not turned: the matrix is on the left
        rules.turned_product_with_full_matrix_is_dense,
        """
        %x: f32[2, 3]
        %0 = transpose_axes(%x, axes=(0, 1)) : f32[2, 3]
        %1 = csr_matmul([1.0, 2.0]:f32[2], [0, 1]:i32[2], [0, 2]:i32[2], %0) : f32[1, 3]
        %2 = transpose_axes(%1, axes=(1, 0)) : f32[3, 1]
        return %2""",
    ),
    Stays(
        rules.turned_product_with_full_matrix_is_dense,  # which may overflow
        turned(
            PART,
            FINITE.replace("%x =", "%y =")
            + """
        %x = multiply(%y, %y) : f32[B, 2]""",
        ),
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)


@pytest.mark.parametrize(
    ("rule", "text", "sparse_multiply_add", "dense"),
    [  # two multiply-adds of 10 with all zeros written out, of one number that is stored
        (rules.product_with_full_matrix_is_dense, FINITE_PRODUCT, 20, False),
        (rules.product_with_full_matrix_is_dense, FINITE_PRODUCT, 21, True),
        # and two elements of x and one of the result to be turned, if they are not
        (rules.turned_product_with_full_matrix_is_dense, turned(PART, FINITE), 17, False),
        (rules.turned_product_with_full_matrix_is_dense, turned(PART, FINITE), 18, True),
    ],
)
def test_a_matrix_is_written_out_if_that_costs_less(
    rule: Rule, text: str, sparse_multiply_add: int, dense: bool
) -> None:
    costs = CostTable(
        gemm_multiply_add=10, sparse_multiply_add=sparse_multiply_add, turned_element=1
    )
    graph = read(text)
    assert (rewrite(graph, [rule], costs) is not graph) == dense


@pytest.mark.parametrize(("limit", "dense"), [(7, False), (8, True)])
def test_a_matrix_that_is_written_out_takes_no_more_than_the_limit(
    limit: int, dense: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "densify_limit", limit)  # two numbers of four bytes
    graph = read(product(FULL))
    changed = rewrite(graph, [rules.product_with_full_matrix_is_dense])
    assert (changed is not graph) == dense
