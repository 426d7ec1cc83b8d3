from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kgraph.compiler.ir import INPUT, Graph, Node, Tracer, constant, place_of
from kgraph.compiler.rewrite import rewrite
from kgraph.compiler.rules import tables as rules
from kgraph.compiler.verify import verify
from kgraph.graph.scope import place
from kgraph.ops.exponential import exp
from kgraph.ops.primitives.gather import gather_rows
from kgraph.types.array_type import ArrayType
from tests.compiler.rule_cases import (
    Fires,
    Stays,
    assert_same_bits,
    batch,
    check_fires,
    check_stays,
    name_of,
    read,
)

FOUND = """
    %ids: i32[B, 4]
    %table: f32[5, 3] = variable
    %row: f32[3] = variable
    %0 = gather_rows(%table, %ids) : f32[B, 4, 3]
    """


MULTIPLIED = FOUND + "%w: f32[3, 2] = variable\n    %b: f32[2] = variable\n    "


def after_look_up(text: str) -> str:
    return FOUND + f"%1 = {text} : f32[B, 4, 3]\n    return %1"


def summed(op: str, n: object = 4, axes: str = "(1,)", dims: str = "B, 1, 3") -> str:
    return f"""
    %ids: i32[B, {n}]
    %table: f32[5, 3]
    %0 = gather_rows(%table, %ids) : f32[B, {n}, 3]
    %1 = {op}(%0, axes={axes}) : f32[{dims}]
    return %1"""


FIRES = [
    Fires(
        rules.rows_found_are_ready,
        after_look_up("multiply(%0, %row)"),
        """
        %ids: i32[B, 4]
        %table: f32[5, 3] = variable
        %row: f32[3] = variable
        %0 = multiply(%table, %row) : f32[5, 3]
        %1 = gather_rows(%0, %ids) : f32[B, 4, 3]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.rows_found_are_ready,
        """
        %ids: i64[T]
        %table: f32[5, 3] = variable
        %0 = gather_rows(%table, %ids) : f32[T, 3]
        %1 = tanh(%0) : f32[T, 3]
        return %1""",
        """
        %ids: i64[T]
        %table: f32[5, 3] = variable
        %0 = tanh(%table) : f32[5, 3]
        %1 = gather_rows(%0, %ids) : f32[T, 3]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.rows_found_are_ready,  # a row that is written as one of each batch
        """
        %ids: i64[B]
        %table: f64[5] = variable
        %s: f64[1] = variable
        %0 = gather_rows(%table, %ids) : f64[B]
        %1 = subtract(%s, %0) : f64[B]
        return %1""",
        """
        %ids: i64[B]
        %s: f64[1] = variable
        %0 = reshape_to(%s, shape=()) : f64[]
        %table: f64[5] = variable
        %1 = subtract(%0, %table) : f64[5]
        %2 = gather_rows(%1, %ids) : f64[B]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.rows_found_are_multiplied,
        MULTIPLIED + "%1 = batched_matmul(%0, %w) : f32[B, 4, 2]\n    return %1",
        """
        %ids: i32[B, 4]
        %table: f32[5, 3] = variable
        %w: f32[3, 2] = variable
        %0 = batched_matmul(%table, %w) : f32[5, 2]
        %1 = gather_rows(%0, %ids) : f32[B, 4, 2]
        return %1""",
    ),
    Fires(
        rules.rows_found_are_multiplied_and_shifted,
        MULTIPLIED + "%1 = dense(%0, %w, %b) : f32[B, 4, 2]\n    return %1",
        """
        %ids: i32[B, 4]
        %table: f32[5, 3] = variable
        %w: f32[3, 2] = variable
        %b: f32[2] = variable
        %0 = dense(%table, %w, %b) : f32[5, 2]
        %1 = gather_rows(%0, %ids) : f32[B, 4, 2]
        return %1""",
    ),
    Fires(
        rules.rows_found_are_cut,
        FOUND
        + "%1 = strided_slice(%0, starts=(0, 0, 1), stops=({B}, 4, 3), steps=(1, 1, 1)) "
        + ": f32[B, 4, 2]\n    return %1",
        """
        %ids: i32[B, 4]
        %table: f32[5, 3] = variable
        %0 = strided_slice(%table, starts=(0, 1), stops=(5, 3), steps=(1, 1)) : f32[5, 2]
        %1 = gather_rows(%0, %ids) : f32[B, 4, 2]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.rows_found_are_ready,  # weights that the ids decide
        """
        %ids: i32[B, 4]
        %table: f32[5, 3] = variable
        %0 = gather_rows(%table, %ids) : f32[B, 4, 3]
        %1 = not_equal(%ids, 0:i32[]) : b1[B, 4]
        %2 = cast(%1, dtype='float32') : f32[B, 4]
        %3 = reshape_to(%2, shape=({B}, 4, 1)) : f32[B, 4, 1]
        %4 = multiply(%0, %3) : f32[B, 4, 3]
        return %4""",
        """
        %ids: i32[B, 4]
        %table: f32[5, 3] = variable
        %0 = constant() : i32[5]
        %1 = not_equal(%0, 0:i32[]) : b1[5]
        %2 = cast(%1, dtype='float32') : f32[5]
        %3 = reshape_to(%2, shape=(5, 1)) : f32[5, 1]
        %4 = multiply(%table, %3) : f32[5, 3]
        %5 = gather_rows(%4, %ids) : f32[B, 4, 3]
        return %5""",
        exact=True,
    ),
    Fires(
        rules.sum_of_rows_found,
        summed("reduce_sum"),
        """
        %ids: i32[B, 4]
        %table: f32[5, 3]
        %0 = reshape_to(%ids, shape=({B}, 4)) : i32[B, 4]
        %1 = gather_sum_uniform(%table, %0) : f32[B, 3]
        %2 = reshape_to(%1, shape=({B}, 1, 3)) : f32[B, 1, 3]
        return %2""",
    ),
    Fires(
        rules.sum_of_rows_found,  # over two axes of the ids
        """
        %ids: i64[B, N, 2]
        %table: f64[5, 3]
        %0 = gather_rows(%table, %ids) : f64[B, N, 2, 3]
        %1 = reduce_sum(%0, axes=(1, 2)) : f64[B, 1, 1, 3]
        return %1""",
        """
        %ids: i64[B, N, 2]
        %table: f64[5, 3]
        %0 = reshape_to(%ids, shape=({B}, {2*N})) : i64[B, 2*N]
        %1 = gather_sum_uniform(%table, %0) : f64[B, 3]
        %2 = reshape_to(%1, shape=({B}, 1, 1, 3)) : f64[B, 1, 1, 3]
        return %2""",
    ),
    Fires(
        rules.mean_of_rows_found,
        summed("reduce_mean", n="N"),
        """
        %ids: i32[B, N]
        %table: f32[5, 3]
        %0 = reshape_to(%ids, shape=({B}, {N})) : i32[B, N]
        %1 = gather_sum_uniform(%table, %0) : f32[B, 3]
        %2 = reshape_to(%1, shape=({B}, 1, 3)) : f32[B, 1, 3]
        %3 = size_like(%2, size={N}) : f32[]
        %4 = divide(%2, %3) : f32[B, 1, 3]
        return %4""",
    ),
    Fires(
        rules.rows_found_are_ready,  # a row with axes for batch and steps
        FOUND + "%row3: f32[1, 1, 3] = variable\n"
        "    %1 = multiply(%0, %row3) : f32[B, 4, 3]\n    return %1",
        """
        %ids: i32[B, 4]
        %table: f32[5, 3] = variable
        %row3: f32[1, 1, 3] = variable
        %0 = reshape_to(%row3, shape=(3,)) : f32[3]
        %1 = multiply(%table, %0) : f32[5, 3]
        %2 = gather_rows(%1, %ids) : f32[B, 4, 3]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.rows_found_are_ready,  # the ids were cast, and what they were decides
        """
        %x: i16[B]
        %table: f32[5, 3] = variable
        %ids = cast(%x, dtype='int32') : i32[B]
        %0 = gather_rows(%table, %ids) : f32[B, 3]
        %1 = greater(%x, [1]:i16[1]) : b1[B]
        %2 = reshape_to(%1, shape=({B}, 1)) : b1[B, 1]
        %3 = where(%2, %0, 0.0:f32[]) : f32[B, 3]
        return %3""",
        """
        %x: i16[B]
        %0 = constant() : i16[5]
        %1 = reshape_to([1]:i16[1], shape=()) : i16[]
        %2 = greater(%0, %1) : b1[5]
        %3 = reshape_to(%2, shape=(5, 1)) : b1[5, 1]
        %table: f32[5, 3] = variable
        %4 = where(%3, %table, 0.0:f32[]) : f32[5, 3]
        %5 = cast(%x, dtype='int32') : i32[B]
        %6 = gather_rows(%4, %5) : f32[B, 3]
        return %6""",
        exact=True,
    ),
    Fires(
        rules.rows_found_are_ready,  # ids and a number that are computed from others
        """
        %x: i32[B, 2]
        %table: f32[5, 3] = variable
        %tops: i32[4] = variable
        %0 = reduce_max(%x, axes=(1,)) : i32[B, 1]
        %ids = absolute(%0) : i32[B, 1]
        %1 = gather_rows(%table, %ids) : f32[B, 1, 3]
        %2 = reduce_max(%tops, axes=(0,)) : i32[1]
        %3 = less(%ids, %2) : b1[B, 1]
        %4 = reshape_to(%3, shape=({B}, 1, 1)) : b1[B, 1, 1]
        %5 = where(%4, %1, 0.0:f32[]) : f32[B, 1, 3]
        return %5""",
        """
        %x: i32[B, 2]
        %0 = constant() : i32[5]
        %tops: i32[4] = variable
        %1 = reduce_max(%tops, axes=(0,)) : i32[1]
        %2 = reshape_to(%1, shape=()) : i32[]
        %3 = less(%0, %2) : b1[5]
        %4 = reshape_to(%3, shape=(5, 1)) : b1[5, 1]
        %table: f32[5, 3] = variable
        %5 = where(%4, %table, 0.0:f32[]) : f32[5, 3]
        %6 = reduce_max(%x, axes=(1,)) : i32[B, 1]
        %7 = absolute(%6) : i32[B, 1]
        %8 = gather_rows(%5, %7) : f32[B, 1, 3]
        return %8""",
        exact=True,
    ),
    Fires(
        rules.rows_found_are_ready,  # the ids of an Embedding that got floats
        """
        %x: f64[B]
        %table: f32[5, 3] = variable
        %0 = multiply(%x, 0.0:f64[]) : f64[B]
        %1 = floor(%0) : f64[B]
        %2 = equal(%0, %1) : b1[B]
        %3 = where(%2, %0, -1.0:f64[]) : f64[B]
        %4 = cast(%3, dtype='int32') : i32[B]
        %5 = gather_rows(%table, %4) : f32[B, 3]
        %6 = greater(%0, 1.0:f64[]) : b1[B]
        %7 = reshape_to(%6, shape=({B}, 1)) : b1[B, 1]
        %8 = where(%7, %5, 0.0:f32[]) : f32[B, 3]
        return %8""",
        """
        %x: f64[B]
        %0 = constant() : f64[5]
        %1 = greater(%0, 1.0:f64[]) : b1[5]
        %2 = reshape_to(%1, shape=(5, 1)) : b1[5, 1]
        %table: f32[5, 3] = variable
        %3 = where(%2, %table, 0.0:f32[]) : f32[5, 3]
        %4 = multiply(%x, 0.0:f64[]) : f64[B]
        %5 = floor(%4) : f64[B]
        %6 = equal(%4, %5) : b1[B]
        %7 = where(%6, %4, -1.0:f64[]) : f64[B]
        %8 = cast(%7, dtype='int32') : i32[B]
        %9 = gather_rows(%3, %8) : f32[B, 3]
        return %9""",
    ),
    Fires(
        rules.rows_found_are_multiplied,  # a table that stays as large
        FOUND + "%w: f32[3, 3] = variable\n"
        "    %1 = batched_matmul(%0, %w) : f32[B, 4, 3]\n    return %1",
        """
        %ids: i32[B, 4]
        %table: f32[5, 3] = variable
        %w: f32[3, 3] = variable
        %0 = batched_matmul(%table, %w) : f32[5, 3]
        %1 = gather_rows(%0, %ids) : f32[B, 4, 3]
        return %1""",
    ),
]

STAYS = [
    Stays(
        rules.rows_found_are_multiplied,  # the table would be larger
        FOUND
        + "%w: f32[3, 4] = variable\n    %1 = batched_matmul(%0, %w) : f32[B, 4, 4]\n    return %1",
    ),
    Stays(
        rules.rows_found_are_multiplied_and_shifted,  # no weight
        MULTIPLIED.replace("f32[3, 2] = variable", "f32[3, 2]")
        + "%1 = dense(%0, %w, %b) : f32[B, 4, 2]\n    return %1",
    ),
    Stays(
        rules.rows_found_are_cut,  # rows, too
        FOUND
        + "%1 = strided_slice(%0, starts=(0, 0, 1), stops=({B}, 2, 3), steps=(1, 1, 1)) "
        + ": f32[B, 2, 2]\n    return %1",
    ),
    Stays(
        rules.rows_found_are_ready,  # the rows are wanted as they were, too
        FOUND + "%1 = exp(%0) : f32[B, 4, 3]\n    return %0, %1",
    ),
    Stays(
        rules.rows_found_are_ready,  # a number for each place, not for each row
        """
        %ids: i32[4]
        %table: f32[5, 3] = variable
        %s: f32[4, 1] = variable
        %0 = gather_rows(%table, %ids) : f32[4, 3]
        %1 = multiply(%0, %s) : f32[4, 3]
        return %1""",
    ),
    Stays(
        rules.rows_found_are_ready,  # of each batch other numbers
        """
        %ids: i32[B]
        %s: f32[3]
        %table: f32[5, 3] = variable
        %0 = gather_rows(%table, %ids) : f32[B, 3]
        %1 = multiply(%0, %s) : f32[B, 3]
        return %1""",
    ),
    Stays(
        rules.rows_found_are_ready,  # the table would be twice as large
        """
        %ids: i32[B]
        %table: f32[5, 3] = variable
        %0 = gather_rows(%table, %ids) : f32[B, 3]
        %1 = cast(%0, dtype='float64') : f64[B, 3]
        return %1""",
    ),
    Stays(
        rules.rows_found_are_ready,  # a second table of this size would not be worth it
        """
        %ids: i32[B]
        %table = constant() : f32[1000000, 8]
        %0 = gather_rows(%table, %ids) : f32[B, 8]
        %1 = exp(%0) : f32[B, 8]
        return %1""",
    ),
    Stays(
        rules.rows_found_are_ready,  # a running count is no number of one id alone
        """
        %ids: i64[T]
        %table: f32[5, 3] = variable
        %0 = gather_rows(%table, %ids) : f32[T, 3]
        %1 = counting(%ids) : i64[T]
        %2 = less(%1, 2:i64[]) : b1[T]
        %3 = reshape_to(%2, shape=({T}, 1)) : b1[T, 1]
        %4 = where(%3, %0, 0.0:f32[]) : f32[T, 3]
        return %4""",
    ),
    Stays(
        rules.rows_found_are_ready,  # other ids decide
        """
        %ids: i32[B]
        %others: i32[B]
        %table: f32[5, 3] = variable
        %0 = gather_rows(%table, %ids) : f32[B, 3]
        %1 = cast(%others, dtype='float32') : f32[B]
        %2 = reshape_to(%1, shape=({B}, 1)) : f32[B, 1]
        %3 = multiply(%0, %2) : f32[B, 3]
        return %3""",
    ),
    Stays(
        rules.rows_found_are_ready,  # the number for an id meets the ids of other rows
        """
        %ids: i32[4, 4]
        %table: f32[5, 3] = variable
        %0 = gather_rows(%table, %ids) : f32[4, 4, 3]
        %1 = transpose_axes(%ids, axes=(1, 0)) : i32[4, 4]
        %2 = cast(%1, dtype='float32') : f32[4, 4]
        %3 = reshape_to(%2, shape=(4, 4, 1)) : f32[4, 4, 1]
        %4 = multiply(%0, %3) : f32[4, 4, 3]
        return %4""",
    ),
    Stays(
        rules.rows_found_are_ready,  # a static number for each place beside the ids
        """
        %ids: i32[B, 4]
        %table: f32[5, 3] = variable
        %0 = gather_rows(%table, %ids) : f32[B, 4, 3]
        %1 = less(%ids, [1, 2, 3, 4]:i32[4]) : b1[B, 4]
        %2 = reshape_to(%1, shape=({B}, 4, 1)) : b1[B, 4, 1]
        %3 = where(%2, %0, 0.0:f32[]) : f32[B, 4, 3]
        return %3""",
    ),
    Stays(rules.sum_of_rows_found, summed("reduce_sum", axes="(2,)", dims="B, 4, 1")),
    Stays(rules.sum_of_rows_found, summed("reduce_sum", axes="(0, 1)", dims="1, 1, 3")),
    Stays(rules.sum_of_rows_found, summed("reduce_sum").replace("f32", "i32")),
    Stays(rules.mean_of_rows_found, summed("reduce_mean", axes="(0,)", dims="1, 4, 3")),
    Stays(
        rules.mean_of_rows_found,  # the rows are wanted, too
        summed("reduce_mean").replace("return %1", "return %1, %0"),
    ),
    Stays(
        rules.rows_found_are_multiplied_and_shifted,  # the table would be larger
        FOUND + "%w: f32[3, 4] = variable\n    %b: f32[4] = variable\n"
        "    %1 = dense(%0, %w, %b) : f32[B, 4, 4]\n    return %1",
    ),
    Stays(
        rules.rows_found_are_multiplied,  # a number is found for each id: steps are multiplied
        """
        %ids: i32[B, 4]
        %table: f32[9] = variable
        %w: f32[4, 2] = variable
        %0 = gather_rows(%table, %ids) : f32[B, 4]
        %1 = batched_matmul(%0, %w) : f32[B, 2]
        return %1""",
    ),
    Stays(
        rules.rows_found_are_multiplied_and_shifted,  # likewise
        """
        %ids: i32[B, 4]
        %table: f32[9] = variable
        %w: f32[4, 2] = variable
        %b: f32[2] = variable
        %0 = gather_rows(%table, %ids) : f32[B, 4]
        %1 = dense(%0, %w, %b) : f32[B, 2]
        return %1""",
    ),
    Stays(
        rules.rows_found_are_multiplied,  # by several matrices
        """
        %ids: i32[4]
        %table: f32[5, 6] = variable
        %w: f32[2, 6, 1] = variable
        %0 = gather_rows(%table, %ids) : f32[4, 6]
        %1 = batched_matmul(%0, %w) : f32[2, 4, 1]
        return %1""",
    ),
    Stays(
        rules.rows_found_are_cut,  # a second table of this size would not be worth it
        """
        %ids: i32[B]
        %table = constant() : f32[1000000, 8]
        %0 = gather_rows(%table, %ids) : f32[B, 8]
        %1 = strided_slice(%0, starts=(0, 1), stops=({B}, 8), steps=(1, 1)) : f32[B, 7]
        return %1""",
    ),
    Stays(
        rules.rows_found_are_ready,  # the rows found would become wider
        """
        %ids: i32[B]
        %table: f32[5, 1] = variable
        %row: f32[3] = variable
        %0 = gather_rows(%table, %ids) : f32[B, 1]
        %1 = multiply(%0, %row) : f32[B, 3]
        return %1""",
    ),
    Stays(
        rules.rows_found_are_ready,  # the rows found get another axis
        """
        %ids: i32[B]
        %table: f32[5, 3] = variable
        %row: f32[1, 1, 3] = variable
        %0 = gather_rows(%table, %ids) : f32[B, 3]
        %1 = multiply(%0, %row) : f32[1, B, 3]
        return %1""",
    ),
    Stays(
        rules.rows_found_are_ready,  # a row for each step
        FOUND + "%rows: f32[1, 4, 3] = variable\n"
        "    %1 = multiply(%0, %rows) : f32[B, 4, 3]\n    return %1",
    ),
    Stays(
        rules.rows_found_are_ready,  # the number for an id meets a column
        """
        %ids: i32[4]
        %table: f32[5, 4] = variable
        %0 = gather_rows(%table, %ids) : f32[4, 4]
        %1 = cast(%ids, dtype='float32') : f32[4]
        %2 = multiply(%0, %1) : f32[4, 4]
        return %2""",
    ),
    Stays(
        rules.rows_found_are_ready,  # a number that each batch brings
        """
        %ids: i32[B]
        %n: i32[]
        %table: f32[5, 3] = variable
        %0 = gather_rows(%table, %ids) : f32[B, 3]
        %1 = less(%ids, %n) : b1[B]
        %2 = reshape_to(%1, shape=({B}, 1)) : b1[B, 1]
        %3 = where(%2, %0, 0.0:f32[]) : f32[B, 3]
        return %3""",
    ),
    Stays(
        rules.rows_found_are_ready,  # numbers of which the ids are but the last digits
        """
        %x: i64[B]
        %table: f32[5, 3] = variable
        %ids = cast(%x, dtype='int32') : i32[B]
        %0 = gather_rows(%table, %ids) : f32[B, 3]
        %1 = greater(%x, 1:i64[]) : b1[B]
        %2 = reshape_to(%1, shape=({B}, 1)) : b1[B, 1]
        %3 = where(%2, %0, 0.0:f32[]) : f32[B, 3]
        return %3""",
    ),
    Stays(
        rules.rows_found_are_ready,  # other numbers than those that were cast to be ids
        """
        %x: i16[B]
        %others: i16[B]
        %table: f32[5, 3] = variable
        %ids = cast(%x, dtype='int32') : i32[B]
        %0 = gather_rows(%table, %ids) : f32[B, 3]
        %1 = greater(%others, 1:i16[]) : b1[B]
        %2 = reshape_to(%1, shape=({B}, 1)) : b1[B, 1]
        %3 = where(%2, %0, 0.0:f32[]) : f32[B, 3]
        return %3""",
    ),
    Stays(
        rules.sum_of_rows_found,  # matrices are found
        """
        %ids: i32[B, 4]
        %table: f32[5, 3, 2]
        %0 = gather_rows(%table, %ids) : f32[B, 4, 3, 2]
        %1 = reduce_sum(%0, axes=(1,)) : f32[B, 1, 3, 2]
        return %1""",
    ),
]


def test_a_changed_table_is_made_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = read(after_look_up("exp(%0)"))
    monkeypatch.setattr(rules, "_LARGEST_COPY", 4 * 5 * 3)
    assert rewrite(graph, [rules.rows_found_are_ready]) is not graph
    monkeypatch.setattr(rules, "_LARGEST_COPY", 4 * 5 * 3 - 1)
    assert rewrite(graph, [rules.rows_found_are_ready]) is graph


def test_a_changed_table_is_where_the_table_was() -> None:
    """An error in making it speaks of the table, one in finding rows of the look-up."""
    table = Tracer(replace(constant(np.ones((5, 3), np.float32)), scope="weights", line="a.py:1"))
    ids = Tracer(Node(INPUT, (), {"name": "ids"}, ArrayType(np.dtype("int32"), (4,))))
    with place("embedding", "a.py:2"):
        found = gather_rows(table, ids)
    with place("activation", "a.py:3"):
        graph = Graph((ids.node,), (), ()).with_outputs([exp(found).node])
    (output,) = rewrite(graph, [rules.rows_found_are_ready]).outputs
    assert place_of(output) == "embedding, a.py:2"
    assert place_of(output.inputs[0]) == "weights, a.py:1"


def test_a_thousand_ops_on_an_id_that_is_read_twice_by_each() -> None:
    steps = [f"%{i + 1} = minimum(%{i}, %{i}) : i32[B, 4]" for i in range(1, 1000)]
    text = "\n".join(
        [
            "%ids: i32[B, 4]",
            "%table: f32[5, 3] = variable",
            "%0 = gather_rows(%table, %ids) : f32[B, 4, 3]",
            "%1 = negative(%ids) : i32[B, 4]",
            *steps,
            "%seen = not_equal(%1000, 0:i32[]) : b1[B, 4]",
            "%column = reshape_to(%seen, shape=({B}, 4, 1)) : b1[B, 4, 1]",
            "%r = where(%column, %0, 0.0:f32[]) : f32[B, 4, 3]",
            "return %r",
        ]
    )
    graph = read(text)
    found = verify(rewrite(graph, [rules.rows_found_are_ready]))
    assert found.outputs[0].op == "gather_rows"
    assert_same_bits(graph, found, batch(graph, odd=False))


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)
