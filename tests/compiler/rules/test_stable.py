from __future__ import annotations

import numpy as np
import pytest

from kgraph.compiler.interpret import interpret
from kgraph.compiler.rewrite import Rule, rewrite
from kgraph.compiler.rules import stable as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of, read
from tests.tolerances import tolerance


def applied(op: str) -> str:
    return f"""
    %x: f32[B, 3]
    %0 = {op}(%x) : f32[B, 3]
    return %0"""


def composed(outer: str, inner: str) -> str:
    return f"""
    %x: f32[B, 3]
    %0 = {inner}(%x) : f32[B, 3]
    %1 = {outer} : f32[B, 3]
    return %1"""


OTHER = """
    %x: f32[B, 3]
    %0 = sigmoid(%x) : f32[B, 3]
    %1 = subtract(1.0:f32[], %0) : f32[B, 3]
    %2 = log(%1) : f32[B, 3]
    return %2"""
SUM_OF_EXP = """
    %x: f32[B, 3]
    %0 = exp(%x) : f32[B, 3]
    %1 = reduce_sum(%0, axes=(1,)) : f32[B, 1]
    %2 = log(%1) : f32[B, 1]
    return %2"""

FIRES = [
    Fires(rules.log_of_sigmoid, composed("log(%0)", "sigmoid"), applied("log_sigmoid")),
    Fires(rules.log_of_one_plus_exp, composed("log1p(%0)", "exp"), applied("softplus")),
    Fires(
        rules.log_of_one_plus_exp_written_out,
        """
        %x: f32[B, 3]
        %0 = exp(%x) : f32[B, 3]
        %1 = add(%0, 1.0:f32[]) : f32[B, 3]
        %2 = log(%1) : f32[B, 3]
        return %2""",
        applied("softplus"),
    ),
    Fires(
        rules.log_of_other_sigmoid,
        OTHER,
        """
        %x: f32[B, 3]
        %0 = negative(%x) : f32[B, 3]
        %1 = log_sigmoid(%0) : f32[B, 3]
        return %1""",
    ),
    Fires(
        rules.log_of_sum_of_exp,
        SUM_OF_EXP,
        """
        %x: f32[B, 3]
        %0 = reduce_max(%x, axes=(1,)) : f32[B, 1]
        %1 = isfinite(%0) : b1[B, 1]
        %2 = where(%1, %0, 0.0:f32[]) : f32[B, 1]
        %3 = subtract(%x, %2) : f32[B, 3]
        %4 = exp(%3) : f32[B, 3]
        %5 = reduce_sum(%4, axes=(1,)) : f32[B, 1]
        %6 = log(%5) : f32[B, 1]
        %7 = add(%6, %2) : f32[B, 1]
        return %7""",
    ),
    Fires(
        rules.log_of_sum_of_exp,  # what is taken off is not the greatest
        """
        %x: f32[B, 3]
        %y: f32[B, 1]
        %0 = subtract(%x, %y) : f32[B, 3]
        %1 = exp(%0) : f32[B, 3]
        %2 = reduce_sum(%1, axes=(1,)) : f32[B, 1]
        %3 = log(%2) : f32[B, 1]
        return %3""",
        """
        %x: f32[B, 3]
        %y: f32[B, 1]
        %0 = subtract(%x, %y) : f32[B, 3]
        %1 = reduce_max(%0, axes=(1,)) : f32[B, 1]
        %2 = isfinite(%1) : b1[B, 1]
        %3 = where(%2, %1, 0.0:f32[]) : f32[B, 1]
        %4 = subtract(%0, %3) : f32[B, 3]
        %5 = exp(%4) : f32[B, 3]
        %6 = reduce_sum(%5, axes=(1,)) : f32[B, 1]
        %7 = log(%6) : f32[B, 1]
        %8 = add(%7, %3) : f32[B, 1]
        return %8""",
    ),
    Fires(
        rules.log_of_shares,
        """
        %x: f32[B, 3]
        %0 = reduce_max(%x, axes=(1,)) : f32[B, 1]
        %1 = subtract(%x, %0) : f32[B, 3]
        %2 = exp(%1) : f32[B, 3]
        %3 = reduce_sum(%2, axes=(1,)) : f32[B, 1]
        %4 = divide(%2, %3) : f32[B, 3]
        %5 = log(%4) : f32[B, 3]
        return %5""",
        """
        %x: f32[B, 3]
        %0 = reduce_max(%x, axes=(1,)) : f32[B, 1]
        %1 = subtract(%x, %0) : f32[B, 3]
        %2 = exp(%1) : f32[B, 3]
        %3 = reduce_sum(%2, axes=(1,)) : f32[B, 1]
        %4 = log(%3) : f32[B, 1]
        %5 = subtract(%1, %4) : f32[B, 3]
        return %5""",
    ),
    Fires(
        rules.log_of_shares_of_rows,
        """
        %x: f32[T]
        %splits: i64[B + 1]
        %0 = exp(%x) : f32[T]
        %1 = segment_sum(%0, %splits) : f32[B]
        %2 = row_ids(%splits, %x) : i64[T]
        %3 = gather_rows(%1, %2) : f32[T]
        %4 = divide(%0, %3) : f32[T]
        %5 = log(%4) : f32[T]
        return %5""",
        """
        %x: f32[T]
        %splits: i64[B + 1]
        %0 = exp(%x) : f32[T]
        %1 = segment_sum(%0, %splits) : f32[B]
        %2 = log(%1) : f32[B]
        %3 = row_ids(%splits, %x) : i64[T]
        %4 = gather_rows(%2, %3) : f32[T]
        %5 = subtract(%x, %4) : f32[T]
        return %5""",
    ),
    Fires(
        rules.reciprocal_root_is_rsqrt,
        composed("reciprocal(%0)", "sqrt"),
        applied("rsqrt"),
        exact=True,
    ),
    Fires(
        rules.one_over_root_is_rsqrt,
        composed("divide(1.0:f32[], %0)", "sqrt"),
        applied("rsqrt"),
        exact=True,
    ),
]

STAYS = [
    Stays(rules.log_of_sigmoid, composed("sigmoid(%0)", "log")),
    Stays(rules.log_of_one_plus_exp, composed("log1p(%0)", "expm1")),
    Stays(
        rules.log_of_one_plus_exp_written_out,
        """
        %x: f32[B, 3]
        %0 = exp(%x) : f32[B, 3]
        %1 = add(%0, 2.0:f32[]) : f32[B, 3]
        %2 = log(%1) : f32[B, 3]
        return %2""",
    ),
    Stays(
        rules.log_of_one_plus_exp_written_out,  # the ones make three columns of one
        """
        %x: f32[B, 1]
        %0 = exp(%x) : f32[B, 1]
        %1 = add(%0, [1.0, 1.0, 1.0]:f32[3]) : f32[B, 3]
        %2 = log(%1) : f32[B, 3]
        return %2""",
    ),
    Stays(
        rules.log_of_other_sigmoid,  # likewise
        """
        %x: f32[B, 1]
        %0 = sigmoid(%x) : f32[B, 1]
        %1 = subtract([1.0, 1.0, 1.0]:f32[3], %0) : f32[B, 3]
        %2 = log(%1) : f32[B, 3]
        return %2""",
    ),
    Stays(
        rules.log_of_other_sigmoid,  # sigmoid(x) - 1 has no logarithm
        """
        %x: f32[B, 3]
        %0 = sigmoid(%x) : f32[B, 3]
        %1 = subtract(%0, 1.0:f32[]) : f32[B, 3]
        %2 = log(%1) : f32[B, 3]
        return %2""",
    ),
    Stays(
        rules.log_of_sum_of_exp,  # the greatest is taken off already
        """
        %x: f32[B, 3]
        %0 = reduce_max(%x, axes=(1,)) : f32[B, 1]
        %1 = subtract(%x, %0) : f32[B, 3]
        %2 = exp(%1) : f32[B, 3]
        %3 = reduce_sum(%2, axes=(1,)) : f32[B, 1]
        %4 = log(%3) : f32[B, 1]
        return %4""",
    ),
    Stays(
        rules.log_of_sum_of_exp,  # the sum is wanted, too
        """
        %x: f32[B, 3]
        %0 = exp(%x) : f32[B, 3]
        %1 = reduce_sum(%0, axes=(1,)) : f32[B, 1]
        %2 = log(%1) : f32[B, 1]
        return %1, %2""",
    ),
    Stays(
        rules.log_of_shares,  # shares of another sum
        """
        %x: f32[B, 3]
        %0 = exp(%x) : f32[B, 3]
        %1 = square(%0) : f32[B, 3]
        %2 = reduce_sum(%1, axes=(1,)) : f32[B, 1]
        %3 = divide(%0, %2) : f32[B, 3]
        %4 = log(%3) : f32[B, 3]
        return %4""",
    ),
    Stays(
        rules.log_of_shares_of_rows,
        """
        %x: f32[T]
        %y: f32[T]
        %splits: i64[B + 1]
        %0 = exp(%x) : f32[T]
        %1 = segment_sum(%y, %splits) : f32[B]
        %2 = row_ids(%splits, %x) : i64[T]
        %3 = gather_rows(%1, %2) : f32[T]
        %4 = divide(%0, %3) : f32[T]
        %5 = log(%4) : f32[T]
        return %5""",
    ),
    Stays(
        rules.reciprocal_root_is_rsqrt,  # the root is wanted, too
        """
        %x: f32[B]
        %0 = sqrt(%x) : f32[B]
        %1 = reciprocal(%0) : f32[B]
        return %0, %1""",
    ),
    Stays(rules.one_over_root_is_rsqrt, composed("divide(2.0:f32[], %0)", "sqrt")),
    Stays(
        rules.one_over_root_is_rsqrt,  # the ones make three columns of one
        """
        %x: f32[B, 1]
        %0 = sqrt(%x) : f32[B, 1]
        %1 = divide([1.0, 1.0, 1.0]:f32[3], %0) : f32[B, 3]
        return %1""",
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)


@pytest.mark.parametrize(
    ("rule", "text", "x", "wanted"),
    [
        (rules.log_of_sigmoid, composed("log(%0)", "sigmoid"), -500, -500),
        (rules.log_of_one_plus_exp, composed("log1p(%0)", "exp"), 500, 500),
        (rules.log_of_other_sigmoid, OTHER, 500, -500),
        (rules.log_of_sum_of_exp, SUM_OF_EXP, 500, np.float32(500 + np.log(3))),
        (rules.log_of_sum_of_exp, SUM_OF_EXP, -500, np.float32(-500 + np.log(3))),
    ],
)
def test_the_stable_form_neither_overflows_nor_underflows(
    rule: Rule, text: str, x: float, wanted: float
) -> None:
    graph = read(text)
    arrays = [np.full((1, 3), x, np.float32)]
    assert np.isinf(interpret(graph, arrays)[0]).all()
    assert (interpret(rewrite(graph, [rule]), arrays)[0] == wanted).all()


@pytest.mark.parametrize(
    "numbers", [[-np.inf] * 3, [np.inf, 0, 1], [np.nan, 0, 1], [-np.inf, 0, 0]]
)
def test_the_log_of_a_sum_of_exp_keeps_inf_and_nan(numbers: list[float]) -> None:
    graph = read(SUM_OF_EXP)
    arrays = [np.float32([numbers])]
    (got,) = interpret(rewrite(graph, [rules.log_of_sum_of_exp]), arrays)
    np.testing.assert_allclose(got, interpret(graph, arrays)[0], *tolerance("float32"))
