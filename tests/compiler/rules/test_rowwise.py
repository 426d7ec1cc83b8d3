from __future__ import annotations

import pytest

from kgraph.compiler.rules import rowwise as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of


def softmax(dtype: str = "f32", axes: str = "(1,)", summed: str = "(1,)", last: str = "%4") -> str:
    return f"""
    %x: {dtype}[B, 5]
    %0 = reduce_max(%x, axes={axes}) : {dtype}[{"B, 1" if axes == "(1,)" else "1, 5"}]
    %1 = subtract(%x, %0) : {dtype}[B, 5]
    %2 = exp(%1) : {dtype}[B, 5]
    %3 = reduce_sum(%2, axes={summed}) : {dtype}[{"B, 1" if summed == "(1,)" else "1, 5"}]
    %4 = divide(%2, %3) : {dtype}[B, 5]
    return {last}"""


def ragged(dims: str = "T", rows: str = "B", other: str = "%splits") -> str:
    return f"""
    %x: f32[{dims}]
    %splits: i64[B + 1]
    %others: i64[B + 1]
    %0 = segment_max(%x, %splits) : f32[{rows}]
    %1 = repeat_rows(%0, %splits, total={{T}}) : f32[{dims}]
    %2 = subtract(%x, %1) : f32[{dims}]
    %3 = exp(%2) : f32[{dims}]
    %4 = segment_sum(%3, {other}) : f32[{rows}]
    %5 = repeat_rows(%4, {other}, total={{T}}) : f32[{dims}]
    %6 = divide(%3, %5) : f32[{dims}]
    return %6"""


MEANS = {"(1,)": "B, 1", "(0,)": "1, 5"}


def standardized(
    end: str = "multiply(%1, %5)",
    root: str = "rsqrt",
    axes: str = "(1,)",
    summed: str = "(1,)",
    epsilon: str = "0.5:f32[]",
    shifted: str = "",
    out: str = "B, 5",
    last: str = "%6",
) -> str:
    shifted = shifted or MEANS[summed]
    return f"""
    %x: f32[B, 5]
    %e: f32[5] = variable
    %0 = reduce_mean(%x, axes={axes}) : f32[{MEANS[axes]}]
    %1 = subtract(%x, %0) : f32[B, 5]
    %2 = square(%1) : f32[B, 5]
    %3 = reduce_mean(%2, axes={summed}) : f32[{MEANS[summed]}]
    %4 = add(%3, {epsilon}) : f32[{shifted}]
    %5 = {root}(%4) : f32[{shifted}]
    %6 = {end} : f32[{out}]
    return {last}"""


STANDARDIZED = """
    %x: f32[B, 5]
    %0 = standardize_rows(%x, 0.5:f32[], axes=(1,)) : f32[B, 5]
    return %0"""


def weighted(dims: str = "T, 4", by: str = "T, 1", out: str = "B, 4", last: str = "%1") -> str:
    return f"""
    %x: f32[{dims}]
    %w: f32[{by}]
    %splits: i64[B + 1]
    %0 = multiply(%x, %w) : f32[{dims}]
    %1 = segment_sum(%0, %splits) : f32[{out}]
    return {last}"""


FIRES = [
    Fires(rules.standardizing_is_one_loop, standardized(), STANDARDIZED),
    Fires(
        rules.standardizing_by_a_root_is_one_loop,
        standardized("divide(%1, %5)", "sqrt"),
        STANDARDIZED,
    ),
    Fires(
        rules.standardizing_is_one_loop,
        standardized(epsilon="[[0.5]]:f32[1, 1]"),
        """
    %x: f32[B, 5]
    %0 = constant() : f32[1, 1]
    %1 = reshape_to(%0, shape=()) : f32[]
    %2 = standardize_rows(%x, %1, axes=(1,)) : f32[B, 5]
    return %2""",
    ),
    Fires(
        rules.weighted_sum_of_rows_is_one_loop,
        weighted(),
        """
    %x: f32[T, 4]
    %w: f32[T, 1]
    %splits: i64[B + 1]
    %0 = segment_weighted_sum(%x, %w, %splits) : f32[B, 4]
    return %0""",
    ),
    Fires(
        rules.softmax_is_one_loop,
        softmax(),
        """
        %x: f32[B, 5]
        %0 = softmax_rows(%x, axes=(1,)) : f32[B, 5]
        return %0""",
    ),
    Fires(
        rules.softmax_is_one_loop,
        """
        %x: f64[B, 2, 5]
        %0 = reduce_max(%x, axes=(1, 2)) : f64[B, 1, 1]
        %1 = subtract(%x, %0) : f64[B, 2, 5]
        %2 = exp(%1) : f64[B, 2, 5]
        %3 = reduce_sum(%2, axes=(1, 2)) : f64[B, 1, 1]
        %4 = divide(%2, %3) : f64[B, 2, 5]
        return %4""",
        """
        %x: f64[B, 2, 5]
        %0 = softmax_rows(%x, axes=(1, 2)) : f64[B, 2, 5]
        return %0""",
    ),
    Fires(
        rules.softmax_of_ragged_rows_is_one_loop,
        ragged(),
        """
        %x: f32[T]
        %splits: i64[B + 1]
        %others: i64[B + 1]
        %0 = segment_softmax(%x, %splits) : f32[T]
        return %0""",
    ),
    Fires(
        rules.softmax_of_ragged_rows_is_one_loop,
        ragged("T, 1", "B, 1"),
        """
        %x: f32[T, 1]
        %splits: i64[B + 1]
        %others: i64[B + 1]
        %0 = segment_softmax(%x, %splits) : f32[T, 1]
        return %0""",
    ),
]
STAYS = [
    Stays(rules.standardizing_is_one_loop, standardized(summed="(0,)")),
    Stays(rules.standardizing_is_one_loop, standardized(last="%6, %1")),
    Stays(rules.standardizing_is_one_loop, standardized(last="%6, %5")),
    Stays(rules.standardizing_is_one_loop, standardized("multiply(%x, %5)")),
    Stays(rules.standardizing_is_one_loop, standardized("divide(%1, %5)")),
    Stays(rules.standardizing_by_a_root_is_one_loop, standardized("multiply(%1, %5)", "sqrt")),
    Stays(rules.standardizing_is_one_loop, standardized().replace("f32", "f16")),
    Stays(rules.standardizing_is_one_loop, standardized(axes="(0,)", summed="(0,)")),
    # an epsilon for each column, and one that gives the result an axis more than x has
    Stays(rules.standardizing_is_one_loop, standardized(epsilon="%e", shifted="B, 5")),
    Stays(
        rules.standardizing_is_one_loop,
        standardized(epsilon="[[[0.5]]]:f32[1, 1, 1]", shifted="1, B, 1", out="1, B, 5"),
    ),
    Stays(rules.weighted_sum_of_rows_is_one_loop, weighted(by="1, 4")),
    Stays(rules.weighted_sum_of_rows_is_one_loop, weighted().replace("f32", "f16")),
    Stays(rules.weighted_sum_of_rows_is_one_loop, weighted("5, 5, 2", "5, 1", "B, 5, 2")),
    Stays(rules.weighted_sum_of_rows_is_one_loop, weighted("T, 1", "T, 1", "B, 1")),
    Stays(rules.weighted_sum_of_rows_is_one_loop, weighted(last="%1, %0")),
    Stays(rules.softmax_is_one_loop, softmax("f16")),
    Stays(rules.softmax_is_one_loop, softmax(axes="(0,)", summed="(0,)")),
    Stays(rules.softmax_is_one_loop, softmax(axes="(0,)")),
    Stays(rules.softmax_is_one_loop, softmax(summed="(0,)")),
    Stays(rules.softmax_is_one_loop, softmax(last="%4, %2")),
    Stays(rules.softmax_is_one_loop, softmax(last="%4, %3")),
    Stays(rules.softmax_of_ragged_rows_is_one_loop, ragged("T, 3", "B, 3")),
    Stays(rules.softmax_of_ragged_rows_is_one_loop, ragged().replace("f32", "f16")),
    Stays(rules.softmax_of_ragged_rows_is_one_loop, ragged(other="%others")),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_stays(case: Stays) -> None:
    check_stays(case)
