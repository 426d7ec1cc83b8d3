from __future__ import annotations

import pytest

from kgraph.compiler.rewrite import rewrite
from kgraph.compiler.rules import padding as rules
from kgraph.compiler.verify import verify
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

LENGTHS = "length={longest_T}"


def reduced(*lines: str, fill: str = "0.0:f32[]", length: str = LENGTHS) -> str:
    """Vectors of two, padded to ``%0``; the lines go on from there and give ``%r``."""
    return "\n".join(
        [
            "%x: f32[T, 2]",
            "%splits: i64[B + 1]",
            f"%0 = ragged_to_dense(%x, %splits, {fill}, {length}) : f32[B, longest_T, 2]",
            *lines,
            "return %r",
        ]
    )


SUM = "%r = reduce_sum(%0, axes=(1,)) : f32[B, 1, 2]"
MASKED = reduced(
    "%1 = not_equal(%0, 7.0:f32[]) : b1[B, longest_T, 2]",
    "%2 = reduce_any(%1, axes=(2,)) : b1[B, longest_T, 1]",
    "%3 = cast(%2, dtype='float32') : f32[B, longest_T, 1]",
    "%4 = multiply(%0, %3) : f32[B, longest_T, 2]",
    "%r = reduce_sum(%4, axes=(1,)) : f32[B, 1, 2]",
)

FIRES = [
    Fires(
        rules.reduction_of_padded_rows,
        reduced(SUM),
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %0 = segment_sum(%x, %splits) : f32[B, 2]
        %1 = reshape_to(%0, shape=({B}, 1, 2)) : f32[B, 1, 2]
        return %1""",
    ),
    Fires(
        rules.reduction_of_padded_rows,
        MASKED,
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %0 = not_equal(%x, 7.0:f32[]) : b1[T, 2]
        %1 = reduce_any(%0, axes=(1,)) : b1[T, 1]
        %2 = cast(%1, dtype='float32') : f32[T, 1]
        %3 = multiply(%x, %2) : f32[T, 2]
        %4 = segment_sum(%3, %splits) : f32[B, 2]
        %5 = reshape_to(%4, shape=({B}, 1, 2)) : f32[B, 1, 2]
        return %5""",
    ),
    Fires(
        rules.reduction_of_padded_rows,  # a reshape within items, a row for all of them
        reduced(
            "%1 = multiply(%0, [2.0, -1.0]:f32[2]) : f32[B, longest_T, 2]",
            "%2 = reshape_to(%1, shape=({B}, {longest_T}, 1, 2)) : f32[B, longest_T, 1, 2]",
            "%r = reduce_sum(%2, axes=(1,)) : f32[B, 1, 1, 2]",
        ),
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %0 = multiply(%x, [2.0, -1.0]:f32[2]) : f32[T, 2]
        %1 = reshape_to(%0, shape=({T}, 1, 2)) : f32[T, 1, 2]
        %2 = segment_sum(%1, %splits) : f32[B, 1, 2]
        %3 = reshape_to(%2, shape=({B}, 1, 1, 2)) : f32[B, 1, 1, 2]
        return %3""",
    ),
    Fires(
        rules.reduction_of_padded_rows,
        reduced("%r = reduce_max(%0, axes=(1,)) : f32[B, 1, 2]", fill="-inf:f32[]"),
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %0 = segment_max(%x, %splits) : f32[B, 2]
        %1 = reshape_to(%0, shape=({B}, 1, 2)) : f32[B, 1, 2]
        return %1""",
    ),
    Fires(
        rules.reduction_of_padded_rows,  # by the length of the longest row
        reduced("%r = reduce_mean(%0, axes=(1,)) : f32[B, 1, 2]"),
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %0 = segment_sum(%x, %splits) : f32[B, 2]
        %1 = size_like(%0, size={longest_T}) : f32[]
        %2 = divide(%0, %1) : f32[B, 2]
        %3 = reshape_to(%2, shape=({B}, 1, 2)) : f32[B, 1, 2]
        return %3""",
    ),
    Fires(
        rules.reduction_of_padded_rows,  # shorter rows are compared with the padding
        reduced("%r = reduce_min(%0, axes=(1,)) : f32[B, 1, 2]", fill="-0.5:f32[]"),
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %0 = strided_slice(%splits, starts=(1,), stops=({B + 1},), steps=(1,)) : i64[B]
        %1 = strided_slice(%splits, starts=(0,), stops=({B},), steps=(1,)) : i64[B]
        %2 = subtract(%0, %1) : i64[B]
        %3 = size_like(%2, size={longest_T}) : i64[]
        %4 = less(%2, %3) : b1[B]
        %5 = reshape_to(%4, shape=({B}, 1)) : b1[B, 1]
        %6 = segment_min(%x, %splits) : f32[B, 2]
        %7 = constant() : f32[1, 2]
        %8 = minimum(%6, %7) : f32[B, 2]
        %9 = where(%5, %8, %6) : f32[B, 2]
        %10 = reshape_to(%9, shape=({B}, 1, 2)) : f32[B, 1, 2]
        return %10""",
    ),
    Fires(
        rules.reduction_of_rows_just_padded,  # which are wanted, too
        reduced(SUM).replace("return %r", "return %r, %0"),
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %0 = segment_sum(%x, %splits) : f32[B, 2]
        %1 = reshape_to(%0, shape=({B}, 1, 2)) : f32[B, 1, 2]
        %2 = ragged_to_dense(%x, %splits, 0.0:f32[], length={longest_T}) : f32[B, longest_T, 2]
        return %1, %2""",
    ),
    Fires(
        rules.reduction_of_padded_rows,
        """
        %x: i32[T]
        %splits: i64[B + 1]
        %0 = ragged_to_dense(%x, %splits, 1:i32[], length={longest_T}) : i32[B, longest_T]
        %1 = reduce_prod(%0, axes=(1,)) : i32[B, 1]
        return %1""",
        """
        %x: i32[T]
        %splits: i64[B + 1]
        %0 = segment_prod(%x, %splits) : i32[B]
        %1 = reshape_to(%0, shape=({B}, 1)) : i32[B, 1]
        return %1""",
    ),
    Fires(
        rules.reduction_of_padded_rows,  # items are reduced, and what is padded is computed
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %y = exp(%x) : f32[T, 2]
        %0 = ragged_to_dense(%y, %splits, 0.0:f32[], length={longest_T}) : f32[B, longest_T, 2]
        %1 = reduce_sum(%0, axes=(2,)) : f32[B, longest_T, 1]
        %2 = not_equal(%0, 1.0:f32[]) : b1[B, longest_T, 2]
        %3 = reduce_all(%2, axes=(2,)) : b1[B, longest_T, 1]
        %4 = where(%3, %1, 0.0:f32[]) : f32[B, longest_T, 1]
        %5 = reduce_sum(%4, axes=(1,)) : f32[B, 1, 1]
        return %5""",
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %0 = exp(%x) : f32[T, 2]
        %1 = not_equal(%0, 1.0:f32[]) : b1[T, 2]
        %2 = reduce_all(%1, axes=(1,)) : b1[T, 1]
        %3 = reduce_sum(%0, axes=(1,)) : f32[T, 1]
        %4 = where(%2, %3, 0.0:f32[]) : f32[T, 1]
        %5 = segment_sum(%4, %splits) : f32[B, 1]
        %6 = reshape_to(%5, shape=({B}, 1, 1)) : f32[B, 1, 1]
        return %6""",
    ),
    Fires(
        rules.reduction_of_padded_rows,  # the same for all rows and steps, with axes that say so
        reduced(
            "%1 = multiply(%0, [[[2.0, -1.0]]]:f32[1, 1, 2]) : f32[B, longest_T, 2]",
            "%2 = reshape_to(%1, shape=({B}, {longest_T}, 1, 2)) : f32[B, longest_T, 1, 2]",
            "%3 = multiply(%2, [[3.0, 5.0]]:f32[1, 2]) : f32[B, longest_T, 1, 2]",
            "%r = reduce_sum(%3, axes=(1,)) : f32[B, 1, 1, 2]",
        ),
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %0 = multiply(%x, [2.0, -1.0]:f32[2]) : f32[T, 2]
        %1 = reshape_to(%0, shape=({T}, 1, 2)) : f32[T, 1, 2]
        %2 = constant() : f32[1, 2]
        %3 = multiply(%1, %2) : f32[T, 1, 2]
        %4 = segment_sum(%3, %splits) : f32[B, 1, 2]
        %5 = reshape_to(%4, shape=({B}, 1, 1, 2)) : f32[B, 1, 1, 2]
        return %5""",
    ),
    Fires(
        rules.reduction_of_padded_rows,  # two values of the same rows
        """
        %x: f32[T, 2]
        %y: f32[T, 2]
        %splits: i64[B + 1]
        %0 = ragged_to_dense(%x, %splits, 0.0:f32[], length={longest_T}) : f32[B, longest_T, 2]
        %1 = ragged_to_dense(%y, %splits, 3.0:f32[], length={longest_T}) : f32[B, longest_T, 2]
        %2 = multiply(%0, %1) : f32[B, longest_T, 2]
        %3 = reduce_sum(%2, axes=(1,)) : f32[B, 1, 2]
        return %3""",
        """
        %x: f32[T, 2]
        %y: f32[T, 2]
        %splits: i64[B + 1]
        %0 = multiply(%x, %y) : f32[T, 2]
        %1 = segment_sum(%0, %splits) : f32[B, 2]
        %2 = reshape_to(%1, shape=({B}, 1, 2)) : f32[B, 1, 2]
        return %2""",
    ),
]

STAYS = [
    Stays(
        rules.reduction_of_padded_rows,  # the padding counts
        reduced(SUM, fill="1.0:f32[]"),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # it is part of the mean
        reduced("%r = reduce_mean(%0, axes=(1,)) : f32[B, 1, 2]", fill="1.0:f32[]"),
    ),
    Stays(
        rules.reduction_of_rows_just_padded,  # so is what exp makes of it
        reduced(SUM, fill="nan:f32[]"),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # exp makes ones of the padding
        reduced(
            "%1 = exp(%0) : f32[B, longest_T, 2]",
            "%r = reduce_sum(%1, axes=(1,)) : f32[B, 1, 2]",
        ),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # long rows are cut
        reduced(SUM, length="length=2").replace("longest_T", "2"),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # what each row brings
        """
        %x: f32[T, 2]
        %y: f32[B, 1, 2]
        %splits: i64[B + 1]
        %0 = ragged_to_dense(%x, %splits, 0.0:f32[], length={longest_T}) : f32[B, longest_T, 2]
        %1 = multiply(%0, %y) : f32[B, longest_T, 2]
        %2 = reduce_sum(%1, axes=(1,)) : f32[B, 1, 2]
        return %2""",
    ),
    Stays(
        rules.reduction_of_padded_rows,  # all rows together
        reduced("%r = reduce_sum(%0, axes=(0,)) : f32[1, longest_T, 2]"),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # the padded value is wanted, too
        reduced(SUM).replace("return %r", "return %r, %0"),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # a batch decides what the padding is
        reduced(SUM, fill="%fill").replace("%0 =", "%fill: f32[]\n%0 ="),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # one row of all items, which is cut
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %0 = strided_slice(%splits, starts=(0,), stops=(1,), steps=(1,)) : i64[1]
        %1 = strided_slice(%splits, starts=({B},), stops=({B + 1},), steps=(1,)) : i64[1]
        %2 = join(%0, %1, axis=0) : i64[2]
        %3 = ragged_to_dense(%x, %2, 0.0:f32[], length={longest_T}) : f32[1, longest_T, 2]
        %4 = reduce_sum(%3, axes=(1,)) : f32[1, 1, 2]
        return %4""",
    ),
    Stays(
        rules.reduction_of_padded_rows,  # items meet those of other rows
        """
        %x: f32[T, 2]
        %splits: i64[B + 1]
        %others: i64[B + 1]
        %0 = ragged_to_dense(%x, %splits, 0.0:f32[], length={longest_T}) : f32[B, longest_T, 2]
        %1 = ragged_to_dense(%x, %others, 0.0:f32[], length={longest_T}) : f32[B, longest_T, 2]
        %2 = multiply(%0, %1) : f32[B, longest_T, 2]
        %3 = reduce_sum(%2, axes=(1,)) : f32[B, 1, 2]
        return %3""",
    ),
    Stays(
        rules.reduction_of_padded_rows,  # how long one item of padding is only a batch tells
        reduced(SUM).replace(", 2]", ", N]"),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # no rows were padded
        """
        %x: f32[B, N, 2]
        %0 = exp(%x) : f32[B, N, 2]
        %1 = reduce_sum(%0, axes=(1,)) : f32[B, 1, 2]
        return %1""",
    ),
    Stays(
        rules.reduction_of_padded_rows,  # shares of the whole row
        reduced(
            "%1 = softmax_rows(%0, axes=(1, 2)) : f32[B, longest_T, 2]",
            "%2 = multiply(%0, %1) : f32[B, longest_T, 2]",
            "%r = reduce_sum(%2, axes=(1,)) : f32[B, 1, 2]",
        ),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # over the one row of the batch, too
        """
        %x: f32[T, 2]
        %splits: i64[2]
        %0 = ragged_to_dense(%x, %splits, 0.0:f32[], length={longest_T}) : f32[1, longest_T, 2]
        %1 = reduce_max(%0, axes=(0, 2)) : f32[1, longest_T, 1]
        %2 = reduce_sum(%1, axes=(1,)) : f32[1, 1, 1]
        return %2""",
    ),
    Stays(
        rules.reduction_of_padded_rows,  # rows and steps change places
        reduced(
            "%1 = reshape_to(%0, shape=({longest_T}, {B}, 2)) : f32[longest_T, B, 2]",
            "%r = reduce_sum(%1, axes=(1,)) : f32[longest_T, 1, 2]",
        ),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # what a weight makes of the padding is not known
        reduced(
            "%w: f32[2] = variable",
            "%1 = multiply(%0, %w) : f32[B, longest_T, 2]",
            "%r = reduce_sum(%1, axes=(1,)) : f32[B, 1, 2]",
        ),
    ),
    Stays(
        rules.reduction_of_padded_rows,  # a factor for each row
        """
        %x: f32[T, 2]
        %splits: i64[4]
        %0 = ragged_to_dense(%x, %splits, 0.0:f32[], length={longest_T}) : f32[3, longest_T, 2]
        %1 = multiply(%0, [[[1.0]], [[2.0]], [[3.0]]]:f32[3, 1, 1]) : f32[3, longest_T, 2]
        %2 = reduce_sum(%1, axes=(1,)) : f32[3, 1, 2]
        return %2""",
    ),
]


def test_a_thousand_ops_on_an_item_that_is_read_twice_by_each() -> None:
    type = "f32[B, longest_T, 2]"
    steps = [f"%{i + 1} = minimum(%{i}, %{i}) : {type}" for i in range(1000)]
    graph = read(reduced(*steps, "%r = reduce_sum(%1000, axes=(1,)) : f32[B, 1, 2]"))
    found = verify(rewrite(graph, [rules.reduction_of_padded_rows]))
    assert not [node for node in found.nodes if node.op == "ragged_to_dense"]
    assert_same_bits(graph, found, batch(graph, odd=False))


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)
