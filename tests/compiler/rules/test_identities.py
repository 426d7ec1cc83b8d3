from __future__ import annotations

import pytest

from kgraph.compiler.rules import identities as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of

X_ALONE = """
    %x: f32[B, 3]
    return %x"""


def applied(text: str, type: str = "f32[B, 3]", x: str = "f32[B, 3]") -> str:
    return f"""
    %x: {x}
    %0 = {text} : {type}
    return %0"""


def twice(first: str, second: str, type: str = "f32[B, 3]") -> str:
    return f"""
    %x: {type}
    %0 = {first}(%x) : {type}
    %1 = {second}(%0) : {type}
    return %1"""


FIRES = [
    Fires(rules.times_one_is_itself, applied("multiply(1.0:f32[], %x)"), X_ALONE, exact=True),
    Fires(
        rules.times_one_is_itself,
        """
        %x: f32[B, 3]
        %0 = broadcast_to([1.0]:f32[1], shape=({B}, 3)) : f32[B, 3]
        %1 = multiply(%x, %0) : f32[B, 3]
        return %1""",
        X_ALONE,
        exact=True,
    ),
    Fires(rules.over_one_is_itself, applied("divide(%x, 1.0:f32[])"), X_ALONE, exact=True),
    Fires(rules.minus_zero_is_itself, applied("subtract(%x, 0.0:f32[])"), X_ALONE, exact=True),
    Fires(rules.plus_zero_is_itself, applied("add(%x, -0.0:f32[])"), X_ALONE, exact=True),
    Fires(
        rules.plus_zero_is_itself,
        applied("add(0:i32[], %x)", "i32[B]", "i32[B]"),
        """
        %x: i32[B]
        return %x""",
        exact=True,
    ),
    Fires(rules.power_of_one_is_itself, applied("power(%x, 1.0:f32[])"), X_ALONE, exact=True),
    Fires(rules.power_of_two_is_square, applied("power(%x, 2.0:f32[])"), applied("square(%x)")),
    Fires(
        rules.power_of_minus_one_is_reciprocal,
        applied("power(%x, -1.0:f32[])"),
        applied("reciprocal(%x)"),
    ),
    Fires(rules.negatives_cancel, twice("negative", "negative"), X_ALONE, exact=True),
    Fires(
        rules.second_time_changes_nothing, twice("relu", "relu"), applied("relu(%x)"), exact=True
    ),
    Fires(
        rules.second_time_changes_nothing,
        twice("absolute", "absolute"),
        applied("absolute(%x)"),
        exact=True,
    ),
    Fires(
        rules.no_negative_needs_no_absolute,
        twice("square", "absolute"),
        applied("square(%x)"),
        exact=True,
    ),
    Fires(rules.with_itself_is_itself, applied("maximum(%x, %x)"), X_ALONE, exact=True),
    Fires(
        rules.bounds_merge,
        """
        %x: f32[B, 3]
        %0 = maximum(%x, 0.5:f32[]) : f32[B, 3]
        %1 = maximum(-1.0:f32[], %0) : f32[B, 3]
        return %1""",
        applied("maximum(%x, 0.5:f32[])"),
        exact=True,
    ),
    Fires(
        rules.bounds_merge,  # one bound twice
        """
        %x: f32[B, 3]
        %0 = minimum(%x, 0.0:f32[]) : f32[B, 3]
        %1 = minimum(%0, 0.0:f32[]) : f32[B, 3]
        return %1""",
        applied("minimum(%x, 0.0:f32[])"),
        exact=True,
    ),
    Fires(
        rules.known_choice,  # both are the same
        """
        %x: f32[3]
        %c: b1[B, 3]
        %0 = where(%c, %x, %x) : f32[B, 3]
        return %0""",
        """
        %x: f32[3]
        %c: b1[B, 3]
        %0 = broadcast_to(%x, shape=({B}, 3)) : f32[B, 3]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.known_choice,
        """
        %x: f32[B, 3]
        %y: f32[B, 3]
        %0 = where([True, True, True]:b1[3], %x, %y) : f32[B, 3]
        return %0""",
        """
        %x: f32[B, 3]
        %y: f32[B, 3]
        return %x""",
        exact=True,
    ),
    Fires(
        rules.known_choice,
        """
        %x: f32[B, 3]
        %y: f32[3]
        %0 = where(False:b1[], %x, %y) : f32[B, 3]
        return %0""",
        """
        %x: f32[B, 3]
        %y: f32[3]
        %0 = broadcast_to(%y, shape=({B}, 3)) : f32[B, 3]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.negations_cancel,
        twice("logical_not", "logical_not", "b1[B]"),
        """
        %x: b1[B]
        return %x""",
        exact=True,
    ),
    Fires(rules.cast_to_its_own_dtype, applied("cast(%x, dtype='float32')"), X_ALONE, exact=True),
    Fires(
        rules.cast_there_and_back,
        """
        %x: f32[B, 3]
        %0 = cast(%x, dtype='float64') : f64[B, 3]
        %1 = cast(%0, dtype='float32') : f32[B, 3]
        return %1""",
        applied("cast(%x, dtype='float32')"),
        exact=True,
    ),
    Fires(
        rules.cast_there_and_back,
        """
        %x: i8[B]
        %0 = cast(%x, dtype='int32') : i32[B]
        %1 = cast(%0, dtype='float64') : f64[B]
        return %1""",
        applied("cast(%x, dtype='float64')", "f64[B]", "i8[B]"),
        exact=True,
    ),
]

STAYS = [
    Stays(rules.times_one_is_itself, applied("multiply(%x, 1.5:f32[])")),
    Stays(rules.times_one_is_itself, applied("multiply(%x, [1.0, 1.0]:f32[2])", "f32[2]", "f32[]")),
    Stays(rules.over_one_is_itself, applied("divide(1.0:f32[], %x)")),
    Stays(rules.minus_zero_is_itself, applied("subtract(%x, -0.0:f32[])")),
    Stays(rules.minus_zero_is_itself, applied("subtract(0.0:f32[], %x)")),
    Stays(rules.plus_zero_is_itself, applied("add(%x, 0.0:f32[])")),
    Stays(rules.power_of_one_is_itself, applied("power(1.0:f32[], %x)")),
    Stays(rules.power_of_two_is_square, applied("power(%x, [2.0, 2.0, 3.0]:f32[3])")),
    Stays(rules.power_of_two_is_square, applied("power(%x, [2.0, 2.0]:f32[2])", "f32[2]", "f32[]")),
    Stays(
        rules.power_of_minus_one_is_reciprocal,
        applied("power(%x, [-1.0, -1.0]:f32[2])", "f32[2]", "f32[]"),
    ),
    Stays(
        rules.power_of_minus_one_is_reciprocal, applied("power(%x, -1:i32[])", "i32[B]", "i32[B]")
    ),
    Stays(rules.negatives_cancel, twice("negative", "absolute")),
    Stays(rules.second_time_changes_nothing, twice("floor", "ceil")),
    Stays(rules.no_negative_needs_no_absolute, twice("square", "absolute", "i32[B]")),
    Stays(
        rules.with_itself_is_itself,
        """
        %x: f32[B]
        %y: f32[B]
        %0 = maximum(%x, %y) : f32[B]
        return %0""",
    ),
    Stays(
        rules.bounds_merge,
        """
        %x: f32[B, 3]
        %0 = maximum(%x, 0.5:f32[]) : f32[B, 3]
        %1 = minimum(%0, 1.0:f32[]) : f32[B, 3]
        return %1""",
    ),
    Stays(
        rules.bounds_merge,
        """
        %x: f32[B, 3]
        %0 = maximum(%x, 0.0:f32[]) : f32[B, 3]
        %1 = maximum(%0, -0.0:f32[]) : f32[B, 3]
        return %1""",
    ),
    Stays(
        rules.bounds_merge,  # a bound for each column, then one for all
        """
        %x: f32[B, 3]
        %0 = maximum(%x, [0.5, 1.0, 1.5]:f32[3]) : f32[B, 3]
        %1 = maximum(%0, 1.0:f32[]) : f32[B, 3]
        return %1""",
    ),
    Stays(
        rules.bounds_merge,
        """
        %x: f32[B, 3]
        %0 = maximum(%x, 1.0:f32[]) : f32[B, 3]
        %1 = maximum(%0, [0.5, 1.0, 1.5]:f32[3]) : f32[B, 3]
        return %1""",
    ),
    Stays(
        rules.known_choice,
        """
        %x: f32[2]
        %y: f32[2]
        %0 = where([True, False]:b1[2], %x, %y) : f32[2]
        return %0""",
    ),
    Stays(
        rules.negations_cancel,
        """
        %x: b1[B]
        %0 = logical_not(%x) : b1[B]
        return %0""",
    ),
    Stays(rules.cast_to_its_own_dtype, applied("cast(%x, dtype='float64')", "f64[B, 3]")),
    Stays(
        rules.cast_there_and_back,
        """
        %x: i64[B]
        %0 = cast(%x, dtype='float64') : f64[B]
        %1 = cast(%0, dtype='int64') : i64[B]
        return %1""",
    ),
    Stays(
        rules.cast_there_and_back,  # -1 wraps round to 65535
        """
        %x: i8[B]
        %0 = cast(%x, dtype='uint16') : u16[B]
        %1 = cast(%0, dtype='int32') : i32[B]
        return %1""",
    ),
    Stays(
        rules.cast_there_and_back,  # a float above 127 has no int8; an integer wraps round
        """
        %x: u8[B]
        %0 = cast(%x, dtype='float64') : f64[B]
        %1 = cast(%0, dtype='int8') : i8[B]
        return %1""",
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)
