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


FIRES = [
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
    Stays(rules.softmax_is_one_loop, softmax("f16")),
    Stays(rules.softmax_is_one_loop, softmax(axes="(0,)", summed="(0,)")),
    Stays(rules.softmax_is_one_loop, softmax(axes="(0,)")),
    Stays(rules.softmax_is_one_loop, softmax(summed="(0,)")),
    Stays(rules.softmax_is_one_loop, softmax(last="%4, %2")),
    Stays(rules.softmax_is_one_loop, softmax(last="%4, %3")),
    Stays(rules.softmax_of_ragged_rows_is_one_loop, ragged("T, 3", "B, 3")),
    Stays(rules.softmax_of_ragged_rows_is_one_loop, ragged(other="%others")),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_stays(case: Stays) -> None:
    check_stays(case)
