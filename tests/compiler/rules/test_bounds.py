from __future__ import annotations

import numpy as np
import pytest

from kgraph.compiler.interpret import interpret
from kgraph.compiler.rewrite import rewrite
from kgraph.compiler.rules import bounds as rules
from kgraph.types.errors import KGraphValueError
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of, read

BAG = """
    %ids: i64[T]
    %splits: i64[B + 1]
    %table: f32[4, 2] = variable
    %0 = gather_rows(%table, %ids) : f32[T, 2]
    """
SUM = BAG + "%1 = segment_sum(%0, %splits) : f32[B, 2]\n    return %1"

REPEATED = """
    %rows: f32[B, 2]
    %items: f32[T]
    %splits: i64[B + 1]
    %0 = row_ids(%splits, %items) : i64[T]
    """

MATCHED = """
    %x: f32[T]
    %y: f32[T]
    %splits: i64[B + 1]
    %others: i64[B + 1]
    %0 = match_rows(%x, %y, %splits, %splits) : f32[T]
    """

NESTED = """
    %x: f32[T]
    %y: f32[T]
    %splits: i64[B + 1]
    %inner: i64[N + 1]
    %other: i64[N + 1]
    %0 = match_rows({}) : f32[T]
    """

FIRES = [
    Fires(
        rules.sum_of_gathered_rows,
        SUM,
        """
        %ids: i64[T]
        %splits: i64[B + 1]
        %table: f32[4, 2] = variable
        %0 = gather_sum(%table, %ids, %splits) : f32[B, 2]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.mean_of_gathered_rows,
        BAG + "%1 = segment_mean(%0, %splits) : f32[B, 2]\n    return %1",
        """
        %ids: i64[T]
        %splits: i64[B + 1]
        %table: f32[4, 2] = variable
        %0 = gather_sum(%table, %ids, %splits) : f32[B, 2]
        %1 = strided_slice(%splits, starts=(1,), stops=({B + 1},), steps=(1,)) : i64[B]
        %2 = strided_slice(%splits, starts=(0,), stops=({B},), steps=(1,)) : i64[B]
        %3 = subtract(%1, %2) : i64[B]
        %4 = maximum(%3, 1:i64[]) : i64[B]
        %5 = cast(%4, dtype='float32') : f32[B]
        %6 = reshape_to(%5, shape=({B}, 1)) : f32[B, 1]
        %7 = divide(%0, %6) : f32[B, 2]
        return %7""",
        exact=True,
    ),
    Fires(
        rules.rows_by_their_ids_are_repeated,
        REPEATED + "%1 = gather_rows(%rows, %0) : f32[T, 2]\n    return %1",
        """
        %rows: f32[B, 2]
        %items: f32[T]
        %splits: i64[B + 1]
        %0 = repeat_rows(%rows, %splits, total={T}) : f32[T, 2]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.rows_by_their_ids_are_repeated,  # how many items there are, a batch decides
        """
        %mask: b1[T]
        %rows: f32[B, 2]
        %items: f32[T]
        %splits: i64[B + 1]
        %0 = true_positions(%mask) : i64[n0]
        %1 = gather_rows(%items, %0) : f32[n0]
        %2 = row_ids(%splits, %1) : i64[n0]
        %3 = gather_rows(%rows, %2) : f32[n0, 2]
        return %3""",
        """
        %mask: b1[T]
        %rows: f32[B, 2]
        %items: f32[T]
        %splits: i64[B + 1]
        %0 = true_positions(%mask) : i64[n0]
        %1 = repeat_rows(%rows, %splits, total={n0}) : f32[n0, 2]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.rows_match_themselves,
        MATCHED + "%1 = add(%0, %y) : f32[T]\n    return %1",
        """
        %x: f32[T]
        %y: f32[T]
        %splits: i64[B + 1]
        %others: i64[B + 1]
        %0 = add(%x, %y) : f32[T]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.rows_match_themselves,  # two levels of rows
        NESTED.format("%x, %y, %splits, %inner, %splits, %inner") + "return %0",
        NESTED[: NESTED.index("%0")] + "return %x",
        exact=True,
    ),
]

STAYS = [
    Stays(
        rules.sum_of_gathered_rows,  # the gathered rows are wanted, too
        BAG + "%1 = segment_sum(%0, %splits) : f32[B, 2]\n    return %0, %1",
    ),
    Stays(
        rules.sum_of_gathered_rows,  # items of another rank
        """
        %ids: i64[T, 3]
        %splits: i64[B + 1]
        %table: f32[4, 2] = variable
        %0 = gather_rows(%table, %ids) : f32[T, 3, 2]
        %1 = segment_sum(%0, %splits) : f32[B, 3, 2]
        return %1""",
    ),
    Stays(
        rules.sum_of_gathered_rows,  # a table of numbers, not of rows
        """
        %ids: i64[T]
        %splits: i64[B + 1]
        %table: f32[4] = variable
        %0 = gather_rows(%table, %ids) : f32[T]
        %1 = segment_sum(%0, %splits) : f32[B]
        return %1""",
    ),
    Stays(
        rules.sum_of_gathered_rows,  # a table of integers
        SUM.replace("f32", "i32"),
    ),
    Stays(
        rules.mean_of_gathered_rows,  # items of another rank
        """
        %ids: i64[T, 3]
        %splits: i64[B + 1]
        %table: f32[4, 2] = variable
        %0 = gather_rows(%table, %ids) : f32[T, 3, 2]
        %1 = segment_mean(%0, %splits) : f32[B, 3, 2]
        return %1""",
    ),
    Stays(
        rules.mean_of_gathered_rows,
        BAG + "%1 = segment_max(%0, %splits) : f32[B, 2]\n    return %1",
    ),
    Stays(
        rules.rows_by_their_ids_are_repeated,  # a table that has nothing to do with the rows
        """
        %items: f32[T]
        %splits: i64[B + 1]
        %table: f32[9, 2] = variable
        %0 = row_ids(%splits, %items) : i64[T]
        %1 = gather_rows(%table, %0) : f32[T, 2]
        return %1""",
    ),
    Stays(
        rules.rows_match_themselves,  # splits that only the batch shows to be equal
        MATCHED.replace("%splits, %splits", "%splits, %others") + "return %0",
    ),
    Stays(
        rules.rows_match_themselves,  # rows of rows that may differ within
        NESTED.format("%x, %y, %splits, %inner, %splits, %other") + "return %0",
    ),
    Stays(
        rules.rows_match_themselves,  # the result has the size of the other value
        """
        %x: f32[T]
        %y: f32[S]
        %splits: i64[B + 1]
        %0 = match_rows(%x, %y, %splits, %splits) : f32[S]
        return %0""",
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)


def test_a_position_outside_the_table_is_refused_as_before() -> None:
    graph = read(SUM)
    arrays = [np.array([0, 4]), np.array([0, 2])]
    for form in (graph, rewrite(graph, [rules.sum_of_gathered_rows])):
        with pytest.raises(KGraphValueError, match="position 4 is not in"):
            interpret(form, arrays)
