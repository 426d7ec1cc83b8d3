from __future__ import annotations

from textwrap import dedent

import numpy as np
import pytest

from kgraph.compiler.rewrite import rewrite
from kgraph.compiler.rules import one_hot as rules
from kgraph.compiler.text import parse
from kgraph.compiler.verify import verify
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of


def one_hot(
    ids: str = "i32[B, 1]", last: str = "batched_matmul(%1, %w)", w: str = "constant()"
) -> str:
    return f"""
    %ids: {ids}
    %w = {w} : f32[3, 2]
    %b: f32[2] = variable
    %0 = equal(%ids, [0, 1, 2]:i32[3]) : b1[B, 3]
    %1 = cast(%0, dtype='float32') : f32[B, 3]
    %2 = {last} : f32[B, 2]
    return %2"""


FIRES = [
    Fires(
        rules.product_with_one_hot_is_a_look_up,
        one_hot(),
        """
        %ids: i32[B, 1]
        %0 = constant() : f32[3, 2]
        %1 = add(%0, 0.0:f32[]) : f32[3, 2]
        %2 = constant() : f32[1, 2]
        %3 = join(%1, %2, axis=0) : f32[4, 2]
        %4 = reshape_to(%ids, shape=({B},)) : i32[B]
        %5 = greater_equal(%4, 0:i32[]) : b1[B]
        %6 = less(%4, 3:i32[]) : b1[B]
        %7 = logical_and(%5, %6) : b1[B]
        %8 = where(%7, %4, 3:i32[]) : i32[B]
        %9 = gather_rows(%3, %8) : f32[B, 2]
        return %9""",
    ),
    Fires(
        rules.product_with_one_hot_is_a_look_up,
        """
        %ids: u8[B, 4, 1]
        %w = constant() : f64[3, 2]
        %0 = cast(%ids, dtype='int32') : i32[B, 4, 1]
        %1 = equal(%0, [0, 1, 2]:i32[3]) : b1[B, 4, 3]
        %2 = cast(%1, dtype='float64') : f64[B, 4, 3]
        %3 = batched_matmul(%2, %w) : f64[B, 4, 2]
        return %3""",
        """
        %ids: u8[B, 4, 1]
        %0 = constant() : f64[3, 2]
        %1 = add(%0, 0.0:f64[]) : f64[3, 2]
        %2 = constant() : f64[1, 2]
        %3 = join(%1, %2, axis=0) : f64[4, 2]
        %4 = cast(%ids, dtype='int32') : i32[B, 4, 1]
        %5 = reshape_to(%4, shape=({B}, 4)) : i32[B, 4]
        %6 = greater_equal(%5, 0:i32[]) : b1[B, 4]
        %7 = less(%5, 3:i32[]) : b1[B, 4]
        %8 = logical_and(%6, %7) : b1[B, 4]
        %9 = where(%8, %5, 3:i32[]) : i32[B, 4]
        %10 = gather_rows(%3, %9) : f64[B, 4, 2]
        return %10""",
    ),
    Fires(
        rules.dense_of_one_hot_is_a_look_up,
        one_hot(last="dense(%1, %w, %b)"),
        """
        %ids: i32[B, 1]
        %0 = constant() : f32[3, 2]
        %1 = add(%0, 0.0:f32[]) : f32[3, 2]
        %2 = constant() : f32[1, 2]
        %3 = join(%1, %2, axis=0) : f32[4, 2]
        %4 = reshape_to(%ids, shape=({B},)) : i32[B]
        %5 = greater_equal(%4, 0:i32[]) : b1[B]
        %6 = less(%4, 3:i32[]) : b1[B]
        %7 = logical_and(%5, %6) : b1[B]
        %8 = where(%7, %4, 3:i32[]) : i32[B]
        %9 = gather_rows(%3, %8) : f32[B, 2]
        %b: f32[2] = variable
        %10 = add(%9, %b) : f32[B, 2]
        return %10""",
    ),
    Fires(
        rules.product_with_one_hot_is_a_look_up,  # classes of a dtype that holds no more than 3
        """
        %ids: u8[B, 1]
        %w = constant() : f32[256, 2]
        %0 = cast(CLASSES, dtype='uint8') : u8[256]
        %1 = equal(%ids, %0) : b1[B, 256]
        %2 = cast(%1, dtype='float32') : f32[B, 256]
        %3 = batched_matmul(%2, %w) : f32[B, 2]
        return %3""".replace("CLASSES", f"{[*range(256)]}:i64[256]"),
        """
        %ids: u8[B, 1]
        %0 = constant() : f32[256, 2]
        %1 = add(%0, 0.0:f32[]) : f32[256, 2]
        %2 = constant() : f32[1, 2]
        %3 = join(%1, %2, axis=0) : f32[257, 2]
        %4 = reshape_to(%ids, shape=({B},)) : u8[B]
        %5 = cast(%4, dtype='int64') : i64[B]
        %6 = greater_equal(%5, 0:i64[]) : b1[B]
        %7 = less(%5, 256:i64[]) : b1[B]
        %8 = logical_and(%6, %7) : b1[B]
        %9 = where(%8, %5, 256:i64[]) : i64[B]
        %10 = gather_rows(%3, %9) : f32[B, 2]
        return %10""",
    ),
    Fires(
        rules.product_with_one_hot_is_a_look_up,
        one_hot("i64[B, 1]").replace("i32[3]", "i64[3]"),
        """
        %ids: i64[B, 1]
        %0 = constant() : f32[3, 2]
        %1 = add(%0, 0.0:f32[]) : f32[3, 2]
        %2 = constant() : f32[1, 2]
        %3 = join(%1, %2, axis=0) : f32[4, 2]
        %4 = reshape_to(%ids, shape=({B},)) : i64[B]
        %5 = greater_equal(%4, 0:i64[]) : b1[B]
        %6 = less(%4, 3:i64[]) : b1[B]
        %7 = logical_and(%5, %6) : b1[B]
        %8 = where(%7, %4, 3:i64[]) : i64[B]
        %9 = gather_rows(%3, %8) : f32[B, 2]
        return %9""",
    ),
]

STAYS = [
    Stays(
        rules.product_with_one_hot_is_a_look_up,  # inf and nan would spread
        one_hot().replace("%w = constant() : f32[3, 2]", "%w: f32[3, 2] = variable"),
    ),
    Stays(
        rules.product_with_one_hot_is_a_look_up,  # classes in another order
        one_hot().replace("[0, 1, 2]", "[0, 2, 1]"),
    ),
    Stays(
        rules.product_with_one_hot_is_a_look_up,  # 0.5 is no class, and has no place
        one_hot("f32[B, 1]").replace(":i32[3]", ":f32[3]"),
    ),
    Stays(
        rules.dense_of_one_hot_is_a_look_up,  # equal to something else
        one_hot("i32[B, 3]", "dense(%1, %w, %b)"),
    ),
    Stays(
        rules.product_with_one_hot_is_a_look_up,  # a class of its own for each row
        one_hot().replace("[0, 1, 2]:i32[3]", "[[0, 1, 2]]:i32[1, 3]"),
    ),
    Stays(
        rules.product_with_one_hot_is_a_look_up,  # a single class, without an axis
        one_hot()
        .replace("[0, 1, 2]:i32[3]", "0:i32[]")
        .replace("[B, 3]", "[B, 1]")
        .replace("f32[3, 2]", "f32[1, 2]"),
    ),
    Stays(
        rules.product_with_one_hot_is_a_look_up,  # the last of 257 classes is the first, too
        """
        %ids: u8[B, 1]
        %w = constant() : f32[257, 2]
        %0 = cast(CLASSES, dtype='uint8') : u8[257]
        %1 = equal(%ids, %0) : b1[B, 257]
        %2 = cast(%1, dtype='float32') : f32[B, 257]
        %3 = batched_matmul(%2, %w) : f32[B, 2]
        return %3""".replace("CLASSES", f"{[*range(257)]}:i64[257]"),
    ),
    Stays(
        rules.product_with_one_hot_is_a_look_up,  # by several matrices
        one_hot().replace("f32[3, 2]", "f32[2, 3, 2]").replace(" : f32[B, 2]", " : f32[2, B, 2]"),
    ),
]


def test_classes_that_may_change_are_none() -> None:
    text = one_hot().replace("[0, 1, 2]:i32[3]", "%classes")
    text = text.replace("%b: f32[2]", "%classes: i32[3]")
    graph = verify(parse(dedent(text), {"classes": np.arange(3, dtype=np.int32)}))
    assert rewrite(graph, [rules.product_with_one_hot_is_a_look_up]) is graph


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)
