from __future__ import annotations

import pytest

from kgraph.compiler.rules import entries as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of

SPARSE = """
    %data: f32[T]
    %indices: i32[T]
    %indptr: i32[B + 1]
    %w: f32[4, 2] = variable
    %b: f32[2] = variable
    %s: f32[4] = variable
    """
BY_NUMBER = SPARSE + "%0 = multiply(%data, 0.5:f32[]) : f32[T]\n    "
BY_COLUMN = (
    SPARSE + "%g = gather_rows(%s, %indices) : f32[T]\n    %0 = divide(%data, %g) : f32[T]\n    "
)
TWO_ENTRIES = SPARSE.replace("[T]", "[2]")
ONE_NUMBER = SPARSE.replace("%data: f32[T]", "%data: f32[]").replace("[T]", "[1]")
PRODUCT = "%1 = csr_matmul(%0, %indices, %indptr, %w) : f32[B, 2]\n    return %1"
DENSE = "%1 = csr_dense(%0, %indices, %indptr, %w, %b) : f32[B, 2]\n    return %1"

FIRES = [
    Fires(
        rules.number_before_sparse_product,
        BY_NUMBER + PRODUCT,
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %w: f32[4, 2] = variable
        %0 = multiply(%w, 0.5:f32[]) : f32[4, 2]
        %1 = csr_matmul(%data, %indices, %indptr, %0) : f32[B, 2]
        return %1""",
    ),
    Fires(
        rules.number_before_sparse_dense,
        BY_NUMBER + DENSE,
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %w: f32[4, 2] = variable
        %0 = multiply(%w, 0.5:f32[]) : f32[4, 2]
        %b: f32[2] = variable
        %1 = csr_dense(%data, %indices, %indptr, %0, %b) : f32[B, 2]
        return %1""",
    ),
    Fires(
        rules.columns_before_sparse_product,
        BY_COLUMN + PRODUCT,
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %w: f32[4, 2] = variable
        %s: f32[4] = variable
        %0 = reshape_to(%s, shape=(4, 1)) : f32[4, 1]
        %1 = divide(%w, %0) : f32[4, 2]
        %2 = csr_matmul(%data, %indices, %indptr, %1) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.columns_before_sparse_dense,
        BY_COLUMN + DENSE,
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %w: f32[4, 2] = variable
        %s: f32[4] = variable
        %0 = reshape_to(%s, shape=(4, 1)) : f32[4, 1]
        %1 = divide(%w, %0) : f32[4, 2]
        %b: f32[2] = variable
        %2 = csr_dense(%data, %indices, %indptr, %1, %b) : f32[B, 2]
        return %2""",
    ),
]

STAYS = [
    Stays(  # the scaled entries are wanted, too
        rules.number_before_sparse_product,
        BY_NUMBER + PRODUCT.replace("return %1", "return %1, %0"),
    ),
    Stays(  # a number over the entries is no scale
        rules.number_before_sparse_dense,
        SPARSE + "%0 = divide(0.5:f32[], %data) : f32[T]\n    " + DENSE,
    ),
    Stays(  # a weight of each entry
        rules.number_before_sparse_product,
        TWO_ENTRIES + "%0 = multiply(%data, %b) : f32[2]\n    " + PRODUCT,
    ),
    Stays(
        rules.number_before_sparse_dense,
        TWO_ENTRIES + "%0 = multiply(%data, %b) : f32[2]\n    " + DENSE,
    ),
    Stays(  # the number makes a row of entries
        rules.number_before_sparse_product,
        ONE_NUMBER + "%0 = divide(%data, [2.0]:f32[1]) : f32[1]\n    " + PRODUCT,
    ),
    Stays(  # an entry for each index from one number
        rules.columns_before_sparse_product,
        BY_COLUMN.replace("%data: f32[T]", "%data: f32[]") + PRODUCT,
    ),
    Stays(  # the one number refuses all columns but the first
        rules.columns_before_sparse_product,
        BY_COLUMN.replace("%s: f32[4]", "%s: f32[1]") + PRODUCT,
    ),
    Stays(  # numbers for more columns than there are
        rules.columns_before_sparse_dense,
        BY_COLUMN.replace("%s: f32[4]", "%s: f32[6]") + DENSE,
    ),
    Stays(  # numbers of a batch
        rules.columns_before_sparse_product,
        BY_COLUMN.replace("%s: f32[4] = variable", "%s: f32[4]") + PRODUCT,
    ),
    Stays(  # of the columns of something else
        rules.columns_before_sparse_dense,
        "    %others: i32[T]" + BY_COLUMN.replace("(%s, %indices)", "(%s, %others)") + DENSE,
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)
