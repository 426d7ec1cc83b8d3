from __future__ import annotations

import pytest

from kgraph.compiler.canonicalize import canonicalize_fast
from kgraph.compiler.rules import reassociate as rules
from kgraph.compiler.text import show
from kgraph.compiler.verify import verify
from tests.compiler.rule_cases import (
    Fires,
    Stays,
    assert_same,
    batch,
    check_fires,
    check_stays,
    name_of,
    read,
)

JOINED = """
    %x: f32[B, 20]
    %y: f32[B, 12]
    %0 = join(%x, %y, axis=1) : f32[B, 32]
    """
WEIGHTS = """
    %x: f32[B, 4]
    %w: f32[4, 3] = variable
    %v: f32[3, 2] = variable
    %b: f32[3] = variable
    %c: f32[2] = variable
    """
ONE_HOT = """
    %w = constant() : f32[3, 2]
    %0 = equal(%ids, [0, 1, 2]:i32[3]) : b1[{dims}, 3]
    %1 = cast(%0, dtype='float32') : f32[{dims}, 3]
    """
BAG = "%ids: i32[T, 1]\n    %splits: i64[B + 1]" + ONE_HOT.format(dims="T")
BAG_THEN = """
    %2 = segment_sum(%1, %splits) : f32[B, 3]
    %3 = batched_matmul(%2, %w) : f32[B, 2]
    return %3"""
COUNTS = "%ids: i32[B, 4, 1]" + ONE_HOT.format(dims="B, 4")
COUNTS_THEN = """
    %2 = reduce_sum(%1, axes=(1,)) : f32[B, 1, 3]
    %3 = reshape_to(%2, shape=({B}, 3)) : f32[B, 3]
    %4 = batched_matmul(%3, %w) : f32[B, 2]
    return %4"""

STORED = "[2.0]:f32[1], [1]:i32[1], [0, 1]:i32[2]"
KNOWN = f"%x: f32[2, 3]\n%0 = csr_matmul({STORED}, %x) : f32[1, 3]\n"
TURNED = f"""\
%x: f32[B, 2]
%0 = transpose_axes(%x, axes=(1, 0)) : f32[2, B]
%1 = csr_matmul({STORED}, %0) : f32[1, B]
%2 = transpose_axes(%1, axes=(1, 0)) : f32[B, 1]
"""


def twice(first: str, second: str) -> str:
    return WEIGHTS + f"%0 = {first} : f32[B, 3]\n    %1 = {second} : f32[B, 2]\n    return %1"


def bottleneck(first: str, second: str) -> str:
    """Two thin products, which cost less than a square one."""
    return (
        twice(first, second)
        .replace("[4, 3]", "[4, 1]")
        .replace("[3, 2]", "[1, 4]")
        .replace("[3]", "[1]")
        .replace("[2]", "[4]")
        .replace("[B, 3]", "[B, 1]")
        .replace("[B, 2]", "[B, 4]")
    )


def then(line: str) -> str:
    return f"%1 = {line}\n    return %1"


PRODUCT, DENSE = "batched_matmul(%x, %w)", "dense(%x, %w, %b)"
PRODUCT_THEN, DENSE_THEN = "batched_matmul(%0, %v)", "dense(%0, %v, %c)"

FIRES = [
    Fires(
        rules.sum_of_joined,
        JOINED + then("reduce_sum(%0, axes=(1,)) : f32[B, 1]"),
        """
        %x: f32[B, 20]
        %y: f32[B, 12]
        %0 = reduce_sum(%x, axes=(1,)) : f32[B, 1]
        %1 = reduce_sum(%y, axes=(1,)) : f32[B, 1]
        %2 = add(%0, %1) : f32[B, 1]
        return %2""",
    ),
    Fires(
        rules.sum_of_joined,
        JOINED + then("reduce_prod(%0, axes=(1,)) : f32[B, 1]"),
        """
        %x: f32[B, 20]
        %y: f32[B, 12]
        %0 = reduce_prod(%x, axes=(1,)) : f32[B, 1]
        %1 = reduce_prod(%y, axes=(1,)) : f32[B, 1]
        %2 = multiply(%0, %1) : f32[B, 1]
        return %2""",
    ),
    Fires(
        rules.mean_of_joined,
        JOINED + then("reduce_mean(%0, axes=(1,)) : f32[B, 1]"),
        """
        %x: f32[B, 20]
        %y: f32[B, 12]
        %0 = reduce_sum(%x, axes=(1,)) : f32[B, 1]
        %1 = reduce_sum(%y, axes=(1,)) : f32[B, 1]
        %2 = add(%0, %1) : f32[B, 1]
        %3 = divide(%2, 32.0:f32[]) : f32[B, 1]
        return %3""",
    ),
    Fires(
        rules.weights_meet_first,
        twice(PRODUCT, PRODUCT_THEN),
        """
        %x: f32[B, 4]
        %w: f32[4, 3] = variable
        %v: f32[3, 2] = variable
        %0 = batched_matmul(%w, %v) : f32[4, 2]
        %1 = batched_matmul(%x, %0) : f32[B, 2]
        return %1""",
    ),
    Fires(  # of one cost: a kernel less
        rules.weights_meet_first,
        """
        %x: f32[5, B, 2]
        %w: f32[2, 1] = variable
        %v: f32[1, 2] = variable
        %0 = batched_matmul(%x, %w) : f32[5, B, 1]
        %1 = batched_matmul(%0, %v) : f32[5, B, 2]
        return %1""",
        """
        %x: f32[5, B, 2]
        %w: f32[2, 1] = variable
        %v: f32[1, 2] = variable
        %0 = batched_matmul(%w, %v) : f32[2, 2]
        %1 = batched_matmul(%x, %0) : f32[5, B, 2]
        return %1""",
    ),
    Fires(
        rules.weights_meet_first_before_bias,
        twice(PRODUCT, DENSE_THEN),
        """
        %x: f32[B, 4]
        %w: f32[4, 3] = variable
        %v: f32[3, 2] = variable
        %0 = batched_matmul(%w, %v) : f32[4, 2]
        %c: f32[2] = variable
        %1 = dense(%x, %0, %c) : f32[B, 2]
        return %1""",
    ),
    Fires(
        rules.weights_meet_first_after_bias,
        twice(DENSE, PRODUCT_THEN),
        """
        %x: f32[B, 4]
        %w: f32[4, 3] = variable
        %v: f32[3, 2] = variable
        %0 = batched_matmul(%w, %v) : f32[4, 2]
        %b: f32[3] = variable
        %1 = reshape_to(%b, shape=(1, 3)) : f32[1, 3]
        %2 = batched_matmul(%1, %v) : f32[1, 2]
        %3 = reshape_to(%2, shape=(2,)) : f32[2]
        %4 = dense(%x, %0, %3) : f32[B, 2]
        return %4""",
    ),
    Fires(
        rules.weights_meet_first_between_biases,
        twice(DENSE, DENSE_THEN),
        """
        %x: f32[B, 4]
        %w: f32[4, 3] = variable
        %v: f32[3, 2] = variable
        %0 = batched_matmul(%w, %v) : f32[4, 2]
        %b: f32[3] = variable
        %1 = reshape_to(%b, shape=(1, 3)) : f32[1, 3]
        %2 = batched_matmul(%1, %v) : f32[1, 2]
        %3 = reshape_to(%2, shape=(2,)) : f32[2]
        %c: f32[2] = variable
        %4 = add(%3, %c) : f32[2]
        %5 = dense(%x, %0, %4) : f32[B, 2]
        return %5""",
    ),
    Fires(
        rules.weights_on_the_left_meet_first,
        """
        %x: f32[4, B]
        %w: f32[2, 3] = variable
        %v: f32[3, 4] = variable
        %0 = batched_matmul(%v, %x) : f32[3, B]
        %1 = batched_matmul(%w, %0) : f32[2, B]
        return %1""",
        """
        %x: f32[4, B]
        %w: f32[2, 3] = variable
        %v: f32[3, 4] = variable
        %0 = batched_matmul(%w, %v) : f32[2, 4]
        %1 = batched_matmul(%0, %x) : f32[2, B]
        return %1""",
    ),
    Fires(
        rules.product_with_known_matrix_is_dense,
        KNOWN + "return %0",
        """
        %x: f32[2, 3]
        %0 = csr_to_dense([2.0]:f32[1], [1]:i32[1], [0, 1]:i32[2], n_cols=2) : f32[1, 2]
        %1 = batched_matmul(%0, %x) : f32[1, 3]
        return %1""",
    ),
    Fires(
        rules.turned_product_with_known_matrix_is_dense,
        TURNED + "return %2",
        """
        %x: f32[B, 2]
        %0 = csr_to_dense([2.0]:f32[1], [1]:i32[1], [0, 1]:i32[2], n_cols=2) : f32[1, 2]
        %1 = transpose_axes(%0, axes=(1, 0)) : f32[2, 1]
        %2 = batched_matmul(%x, %1) : f32[B, 1]
        return %2""",
    ),
    Fires(
        rules.sums_of_one_hot_rows_are_bags,
        BAG + BAG_THEN,
        """
        %ids: i32[T, 1]
        %splits: i64[B + 1]
        %0 = constant() : f32[3, 2]
        %1 = add(%0, 0.0:f32[]) : f32[3, 2]
        %2 = constant() : f32[1, 2]
        %3 = join(%1, %2, axis=0) : f32[4, 2]
        %4 = reshape_to(%ids, shape=({T},)) : i32[T]
        %5 = greater_equal(%4, 0:i32[]) : b1[T]
        %6 = less(%4, 3:i32[]) : b1[T]
        %7 = logical_and(%5, %6) : b1[T]
        %8 = where(%7, %4, 3:i32[]) : i32[T]
        %9 = gather_sum(%3, %8, %splits) : f32[B, 2]
        return %9""",
    ),
    Fires(
        rules.counts_of_classes_are_look_ups,
        COUNTS + COUNTS_THEN,
        """
        %ids: i32[B, 4, 1]
        %0 = constant() : f32[3, 2]
        %1 = add(%0, 0.0:f32[]) : f32[3, 2]
        %2 = constant() : f32[1, 2]
        %3 = join(%1, %2, axis=0) : f32[4, 2]
        %4 = reshape_to(%ids, shape=({B}, 4)) : i32[B, 4]
        %5 = greater_equal(%4, 0:i32[]) : b1[B, 4]
        %6 = less(%4, 3:i32[]) : b1[B, 4]
        %7 = logical_and(%5, %6) : b1[B, 4]
        %8 = where(%7, %4, 3:i32[]) : i32[B, 4]
        %9 = gather_rows(%3, %8) : f32[B, 4, 2]
        %10 = reduce_sum(%9, axes=(1,)) : f32[B, 1, 2]
        %11 = reshape_to(%10, shape=({B}, 2)) : f32[B, 2]
        return %11""",
    ),
]

STAYS = [
    Stays(rules.sum_of_joined, JOINED + then("reduce_sum(%0, axes=(0,)) : f32[1, 32]")),
    Stays(
        rules.mean_of_joined,  # of how many, only a batch tells
        """
        %x: f32[B]
        %y: f32[2]
        %0 = join(%x, %y, axis=0) : f32[B + 2]
        %1 = reduce_mean(%0, axes=(0,)) : f32[1]
        return %1""",
    ),
    Stays(
        rules.mean_of_joined,  # along another axis
        (JOINED + then("reduce_mean(%0, axes=(0,)) : f32[1, 32]")).replace("B", "4"),
    ),
    Stays(rules.weights_meet_first, bottleneck(PRODUCT, PRODUCT_THEN)),
    Stays(rules.weights_meet_first_before_bias, bottleneck(PRODUCT, DENSE_THEN)),
    Stays(rules.weights_meet_first_after_bias, bottleneck(DENSE, PRODUCT_THEN)),
    Stays(rules.weights_meet_first_between_biases, bottleneck(DENSE, DENSE_THEN)),
    Stays(
        rules.weights_meet_first,  # all are weights, and so is their product in any order
        twice(PRODUCT, PRODUCT_THEN)
        .replace("%x: f32[B, 4]", "%x: f32[5, 4] = variable")
        .replace("[B,", "[5,"),
    ),
    Stays(
        rules.weights_on_the_left_meet_first,
        """
        %u: f32[4, 4] = variable
        %v: f32[4, 4] = variable
        %w: f32[4, 4] = variable
        %0 = batched_matmul(%v, %w) : f32[4, 4]
        %1 = batched_matmul(%u, %0) : f32[4, 4]
        return %1""",
    ),
    Stays(
        rules.weights_meet_first,  # weights for each of several batches
        """
        %x: f32[5, B, 4]
        %w: f32[5, 4, 3] = variable
        %v: f32[3, 2] = variable
        %0 = batched_matmul(%x, %w) : f32[5, B, 3]
        %1 = batched_matmul(%0, %v) : f32[5, B, 2]
        return %1""",
    ),
    Stays(
        rules.weights_meet_first,
        """
        %x: f32[B, 4]
        %w: f32[4, 3] = variable
        %v: f32[5, 3, 2] = variable
        %0 = batched_matmul(%x, %w) : f32[B, 3]
        %1 = batched_matmul(%0, %v) : f32[5, B, 2]
        return %1""",
    ),
    Stays(
        rules.weights_meet_first_before_bias,
        twice(PRODUCT, DENSE_THEN).replace("return %1", "return %1, %0"),
    ),
    Stays(rules.weights_meet_first_after_bias, twice(PRODUCT, PRODUCT_THEN)),
    Stays(
        rules.weights_meet_first_between_biases,
        WEIGHTS
        + "%0 = dense(%x, %w, %b) : f32[B, 3]\n    %1 = relu(%0) : f32[B, 3]\n    "
        + "%2 = dense(%1, %v, %c) : f32[B, 2]\n    return %2",
    ),
    Stays(
        rules.weights_on_the_left_meet_first,
        """
        %x: f32[4, B]
        %w: f32[4, 1] = variable
        %v: f32[1, 4] = variable
        %0 = batched_matmul(%v, %x) : f32[1, B]
        %1 = batched_matmul(%w, %0) : f32[4, B]
        return %1""",
    ),
    Stays(
        rules.product_with_known_matrix_is_dense,  # none of two: it is cheaper as it is
        KNOWN.replace(STORED, "[]:f32[0], []:i32[0], [0, 0]:i32[2]") + "return %0",
    ),
    Stays(
        rules.product_with_known_matrix_is_dense,  # other bits for each number of columns
        KNOWN.replace(", 3]", ", B]") + "return %0",
    ),
    Stays(
        rules.turned_product_with_known_matrix_is_dense,
        TURNED + "return %1, %2",
    ),
    Stays(
        rules.sums_of_one_hot_rows_are_bags,  # the columns are not numbered by their places
        BAG.replace("[0, 1, 2]", "[0, 2, 1]") + BAG_THEN,
    ),
    Stays(
        rules.sums_of_one_hot_rows_are_bags,  # bags add floats
        (BAG + BAG_THEN).replace("float32", "int32").replace("f32", "i32"),
    ),
    Stays(
        rules.sums_of_one_hot_rows_are_bags,  # several tables
        (BAG + BAG_THEN).replace("f32[3, 2]", "f32[5, 3, 2]").replace("f32[B, 2]", "f32[5, B, 2]"),
    ),
    Stays(
        rules.sums_of_one_hot_rows_are_bags,  # rows of several classes
        """
        %ids: i32[T, 4, 1]
        %splits: i64[B + 1]"""
        + ONE_HOT.format(dims="T, 4")
        + """
        %2 = segment_sum(%1, %splits) : f32[B, 4, 3]
        %3 = batched_matmul(%2, %w) : f32[B, 4, 2]
        return %3""",
    ),
    Stays(
        rules.sums_of_one_hot_rows_are_bags,  # a class that occurs twice counts once
        BAG
        + "%2 = segment_max(%1, %splits) : f32[B, 3]\n    "
        + "%3 = batched_matmul(%2, %w) : f32[B, 2]\n    return %3",
    ),
    Stays(
        rules.counts_of_classes_are_look_ups,  # the columns are not numbered by their places
        COUNTS.replace("[0, 1, 2]", "[0, 2, 1]") + COUNTS_THEN,
    ),
    Stays(
        rules.counts_of_classes_are_look_ups,  # several tables
        (COUNTS + COUNTS_THEN)
        .replace("f32[3, 2]", "f32[3, 3, 2]")
        .replace("f32[B, 2]", "f32[3, B, 2]"),
    ),
    Stays(
        rules.counts_of_classes_are_look_ups,  # in the whole batch
        COUNTS
        + """
        %2 = reduce_sum(%1, axes=(0,)) : f32[1, 4, 3]
        %3 = reshape_to(%2, shape=(4, 3)) : f32[4, 3]
        %4 = batched_matmul(%3, %w) : f32[4, 2]
        return %4""",
    ),
    Stays(
        rules.counts_of_classes_are_look_ups,  # counts of several steps
        "%ids: i32[B, 4, 5, 1]"
        + ONE_HOT.format(dims="B, 4, 5")
        + """
        %2 = reduce_sum(%1, axes=(1,)) : f32[B, 1, 5, 3]
        %3 = reshape_to(%2, shape=({B}, 5, 3)) : f32[B, 5, 3]
        %4 = batched_matmul(%3, %w) : f32[B, 5, 2]
        return %4""",
    ),
    Stays(
        rules.counts_of_classes_are_look_ups,  # two rows of counts beside each other are one
        """
        %ids: i32[2, 4, 1]
        %w = constant() : f32[6, 2]
        %0 = equal(%ids, [0, 1, 2]:i32[3]) : b1[2, 4, 3]
        %1 = cast(%0, dtype='float32') : f32[2, 4, 3]
        %2 = reduce_sum(%1, axes=(1,)) : f32[2, 1, 3]
        %3 = reshape_to(%2, shape=(1, 6)) : f32[1, 6]
        %4 = batched_matmul(%3, %w) : f32[1, 2]
        return %4""",
    ),
    Stays(
        rules.counts_of_classes_are_look_ups,
        COUNTS
        + "%2 = reduce_max(%1, axes=(1,)) : f32[B, 1, 3]\n    "
        + "%3 = reshape_to(%2, shape=({B}, 3)) : f32[B, 3]\n    "
        + "%4 = batched_matmul(%3, %w) : f32[B, 2]\n    return %4",
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)


def test_three_layers_become_one() -> None:
    graph = read("""
        %x: f32[B, 3]
        %u: f32[3, 3] = variable
        %v: f32[3, 3] = variable
        %w: f32[3, 3] = variable
        %0 = batched_matmul(%x, %u) : f32[B, 3]
        %1 = batched_matmul(%0, %v) : f32[B, 3]
        %2 = batched_matmul(%1, %w) : f32[B, 3]
        return %2""")
    after = verify(canonicalize_fast(graph), after="canonicalize_fast")
    assert (
        show(after)
        == """\
%x: f32[B, 3]
%u: f32[3, 3] = variable
%v: f32[3, 3] = variable
%0 = batched_matmul(%u, %v) : f32[3, 3]
%w: f32[3, 3] = variable
%1 = batched_matmul(%0, %w) : f32[3, 3]
%2 = batched_matmul(%x, %1) : f32[B, 3]
return %2"""
    )
    assert_same(graph, after, batch(graph, odd=False))
