from __future__ import annotations

import pytest

from kgraph.compiler.rules import densified as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of

WRITTEN_OUT = """
    %data: f32[T]
    %indices: i32[T]
    %indptr: i32[B + 1]
    %w = constant() : f32[4, 2]
    %b: f32[2] = variable
    %0 = csr_to_dense(%data, %indices, %indptr, n_cols=4) : f32[B, 4]
    """
PRODUCT = WRITTEN_OUT + "%1 = batched_matmul(%0, %w) : f32[B, 2]\n    "
DENSE = WRITTEN_OUT + "%1 = dense(%0, %w, %b) : f32[B, 2]\n    "

FIRES = [
    Fires(
        rules.product_of_densified_is_sparse,
        PRODUCT + "return %1",
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %0 = constant() : f32[4, 2]
        %1 = csr_matmul(%data, %indices, %indptr, %0) : f32[B, 2]
        return %1""",
    ),
    Fires(
        rules.dense_of_densified_is_sparse,
        DENSE + "return %1",
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %0 = constant() : f32[4, 2]
        %b: f32[2] = variable
        %1 = csr_dense(%data, %indices, %indptr, %0, %b) : f32[B, 2]
        return %1""",
    ),
]

STAYS = [
    Stays(rules.product_of_densified_is_sparse, PRODUCT + "return %0, %1"),  # it is wanted dense
    Stays(
        rules.product_of_densified_is_sparse,  # zeros times inf or nan are nan
        PRODUCT.replace("%w = constant() : f32[4, 2]", "%w: f32[4, 2] = variable") + "return %1",
    ),
    Stays(
        rules.product_of_densified_is_sparse,  # two matrices of a batch
        PRODUCT.replace("%w = constant() : f32[4, 2]", "%w: f32[4, 2]") + "return %1",
    ),
    Stays(
        rules.dense_of_densified_is_sparse,
        DENSE.replace("%w = constant() : f32[4, 2]", "%w: f32[4, 2] = variable") + "return %1",
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)
