from __future__ import annotations

import pytest

from kgraph.compiler.rules import masked as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of


def masked(
    op: str, counted: str = "%mask", zero: str = "0", dims: str = "2", last: str = "return %6"
) -> str:
    return f"""
    %x: f32[T, {dims}]
    %mask: b1[T]
    %other: b1[T]
    %splits: i64[B + 1]
    %0 = true_positions(%mask) : i64[n0]
    %1 = gather_rows(%x, %0) : f32[n0, {dims}]
    %2 = cast({counted}, dtype='int64') : i64[T]
    %3 = cumsum(%2, axis=None, dtype=None) : i64[T]
    %4 = join([{zero}]:i64[1], %3, axis=0) : i64[T + 1]
    %5 = gather_rows(%4, %splits) : i64[B + 1]
    %6 = {op}(%1, %5) : f32[B, {dims}]
    {last}"""


FIRES = [
    Fires(
        rules.reduction_of_masked_rows,
        masked("segment_sum"),
        """
        %x: f32[T, 2]
        %mask: b1[T]
        %other: b1[T]
        %splits: i64[B + 1]
        %0 = reshape_to(%mask, shape=({T}, 1)) : b1[T, 1]
        %1 = where(%0, %x, 0.0:f32[]) : f32[T, 2]
        %2 = segment_sum(%1, %splits) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.reduction_of_masked_rows,
        masked("segment_min", dims="2, 3"),
        """
        %x: f32[T, 2, 3]
        %mask: b1[T]
        %other: b1[T]
        %splits: i64[B + 1]
        %0 = reshape_to(%mask, shape=({T}, 1, 1)) : b1[T, 1, 1]
        %1 = where(%0, %x, inf:f32[]) : f32[T, 2, 3]
        %2 = segment_min(%1, %splits) : f32[B, 2, 3]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.reduction_of_masked_rows,
        masked("segment_max").replace("f32", "i32"),
        """
        %x: i32[T, 2]
        %mask: b1[T]
        %other: b1[T]
        %splits: i64[B + 1]
        %0 = reshape_to(%mask, shape=({T}, 1)) : b1[T, 1]
        %1 = where(%0, %x, -2147483648:i32[]) : i32[T, 2]
        %2 = segment_max(%1, %splits) : i32[B, 2]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.reduction_of_masked_rows,
        masked("segment_prod"),
        """
        %x: f32[T, 2]
        %mask: b1[T]
        %other: b1[T]
        %splits: i64[B + 1]
        %0 = reshape_to(%mask, shape=({T}, 1)) : b1[T, 1]
        %1 = where(%0, %x, 1.0:f32[]) : f32[T, 2]
        %2 = segment_prod(%1, %splits) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.mean_of_masked_rows,
        masked("segment_mean"),
        """
        %x: f32[T, 2]
        %mask: b1[T]
        %other: b1[T]
        %splits: i64[B + 1]
        %0 = reshape_to(%mask, shape=({T}, 1)) : b1[T, 1]
        %1 = where(%0, %x, 0.0:f32[]) : f32[T, 2]
        %2 = segment_sum(%1, %splits) : f32[B, 2]
        %3 = cast(%mask, dtype='int64') : i64[T]
        %4 = segment_sum(%3, %splits) : i64[B]
        %5 = maximum(%4, 1:i64[]) : i64[B]
        %6 = cast(%5, dtype='float32') : f32[B]
        %7 = reshape_to(%6, shape=({B}, 1)) : f32[B, 1]
        %8 = divide(%2, %7) : f32[B, 2]
        return %8""",
    ),
]
STAYS = [
    Stays(rules.reduction_of_masked_rows, masked("segment_sum", counted="%other")),
    Stays(rules.reduction_of_masked_rows, masked("segment_max", zero="1")),
    Stays(  # all bounds are those of the row before
        rules.reduction_of_masked_rows,
        masked("segment_sum")
        .replace("[0]:i64[1]", "[0, 0]:i64[2]")
        .replace("i64[T + 1]", "i64[T + 2]"),
    ),
    Stays(  # the mask is of the first items alone
        rules.reduction_of_masked_rows, masked("segment_sum").replace("%x: f32[T", "%x: f32[N")
    ),
    Stays(rules.mean_of_masked_rows, masked("segment_mean").replace("%x: f32[T", "%x: f32[N")),
    Stays(rules.mean_of_masked_rows, masked("segment_mean", counted="%other")),
    Stays(  # what is left is wanted, too
        rules.mean_of_masked_rows, masked("segment_mean", last="return %6, %1")
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)
