from __future__ import annotations

from dataclasses import replace

import pytest

from kgraph.compiler.rewrite import rewrite
from kgraph.compiler.rules import shapes as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of, read

FIRES = [
    Fires(
        rules.transposes_merge,
        """
        %x: f32[B, 2, 3]
        %0 = transpose_axes(%x, axes=(1, 2, 0)) : f32[2, 3, B]
        %1 = transpose_axes(%0, axes=(0, 2, 1)) : f32[2, B, 3]
        return %1""",
        """
        %x: f32[B, 2, 3]
        %0 = transpose_axes(%x, axes=(1, 0, 2)) : f32[2, B, 3]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.transpose_in_order_is_reshape,
        """
        %x: f32[B, 1, 3]
        %0 = transpose_axes(%x, axes=(0, 2, 1)) : f32[B, 3, 1]
        return %0""",
        """
        %x: f32[B, 1, 3]
        %0 = reshape_to(%x, shape=({B}, 3, 1)) : f32[B, 3, 1]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.reshapes_merge,
        """
        %x: f32[B, 6]
        %0 = reshape_to(%x, shape=({6*B},)) : f32[6*B]
        %1 = reshape_to(%0, shape=({B}, 2, 3)) : f32[B, 2, 3]
        return %1""",
        """
        %x: f32[B, 6]
        %0 = reshape_to(%x, shape=({B}, 2, 3)) : f32[B, 2, 3]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.reshape_to_its_own_shape,
        """
        %x: f32[B, 6]
        %0 = broadcast_to(%x, shape=({B}, 6)) : f32[B, 6]
        return %0""",
        """
        %x: f32[B, 6]
        return %x""",
        exact=True,
    ),
    Fires(
        rules.broadcasts_merge,
        """
        %x: f32[3]
        %y: f32[B]
        %0 = broadcast_to(%x, shape=(2, 3)) : f32[2, 3]
        %1 = broadcast_to(%0, shape=({B}, 2, 3)) : f32[B, 2, 3]
        return %1""",
        """
        %x: f32[3]
        %y: f32[B]
        %0 = broadcast_to(%x, shape=({B}, 2, 3)) : f32[B, 2, 3]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.operands_broadcast_themselves,
        """
        %x: f32[3]
        %y: f32[B, 3]
        %0 = broadcast_to(%x, shape=({B}, 3)) : f32[B, 3]
        %1 = subtract(%0, %y) : f32[B, 3]
        return %1""",
        """
        %x: f32[3]
        %y: f32[B, 3]
        %0 = subtract(%x, %y) : f32[B, 3]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.operands_broadcast_themselves,
        """
        %x: f32[3]
        %0 = broadcast_to(%x, shape=(2, 3)) : f32[2, 3]
        %1 = add(%0, %0) : f32[2, 3]
        return %1""",
        """
        %x: f32[3]
        %0 = broadcast_to(%x, shape=(2, 3)) : f32[2, 3]
        %1 = add(%x, %0) : f32[2, 3]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.slice_of_everything,
        """
        %x: f32[B, 6]
        %0 = strided_slice(%x, starts=(0, 0), stops=({B}, 6), steps=(1, 1)) : f32[B, 6]
        return %0""",
        """
        %x: f32[B, 6]
        return %x""",
        exact=True,
    ),
    Fires(
        rules.slices_merge,
        """
        %x: f32[B, 6]
        %0 = strided_slice(%x, starts=(0, 1), stops=({B}, 6), steps=(1, 1)) : f32[B, 5]
        %1 = strided_slice(%0, starts=(0, 2), stops=({B}, 4), steps=(1, 1)) : f32[B, 2]
        return %1""",
        """
        %x: f32[B, 6]
        %0 = strided_slice(%x, starts=(0, 3), stops=({B}, 5), steps=(1, 1)) : f32[B, 2]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.slices_merge,
        """
        %x: f32[B, 6]
        %0 = strided_slice(%x, starts=(0, 1), stops=({B}, 6), steps=(1, 1)) : f32[B, 5]
        %1 = strided_slice(%0, starts=(0, 0), stops=({B}, 5), steps=(1, 2)) : f32[B, 3]
        return %1""",
        """
        %x: f32[B, 6]
        %0 = strided_slice(%x, starts=(0, 1), stops=({B}, 6), steps=(1, 2)) : f32[B, 3]
        return %0""",
        exact=True,
    ),
    Fires(  # backwards, to the first entry of the part and to the first of all
        rules.slices_merge,
        """
        %x: f32[4, 6]
        %0 = strided_slice(%x, starts=(0, 2), stops=(4, 6), steps=(1, 1)) : f32[4, 4]
        %1 = strided_slice(%0, starts=(3, 3), stops=(-1, -1), steps=(-1, -1)) : f32[4, 4]
        return %1""",
        """
        %x: f32[4, 6]
        %0 = strided_slice(%x, starts=(3, 5), stops=(-1, 1), steps=(-1, -1)) : f32[4, 4]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.join_of_one,
        """
        %x: f32[B, 6]
        %0 = join(%x, axis=1) : f32[B, 6]
        return %0""",
        """
        %x: f32[B, 6]
        return %x""",
        exact=True,
    ),
    Fires(
        rules.reduction_of_single_elements,
        """
        %x: f32[B, 1, 1]
        %0 = reduce_mean(%x, axes=(1, 2)) : f32[B, 1, 1]
        return %0""",
        """
        %x: f32[B, 1, 1]
        return %x""",
        exact=True,
    ),
    Fires(
        rules.reductions_merge,
        """
        %x: f32[B, 2, 3]
        %0 = reduce_max(%x, axes=(2,)) : f32[B, 2, 1]
        %1 = reduce_max(%0, axes=(1,)) : f32[B, 1, 1]
        return %1""",
        """
        %x: f32[B, 2, 3]
        %0 = reduce_max(%x, axes=(1, 2)) : f32[B, 1, 1]
        return %0""",
        exact=True,
    ),
]

STAYS = [
    Stays(
        rules.transposes_merge,
        """
        %x: f32[B, 3]
        %0 = transpose_axes(%x, axes=(1, 0)) : f32[3, B]
        return %0""",
    ),
    Stays(
        rules.transpose_in_order_is_reshape,
        """
        %x: f32[B, 2, 3]
        %0 = transpose_axes(%x, axes=(0, 2, 1)) : f32[B, 3, 2]
        return %0""",
    ),
    Stays(
        rules.reshapes_merge,
        """
        %x: f32[B, 6]
        %0 = reshape_to(%x, shape=({6*B},)) : f32[6*B]
        return %0""",
    ),
    Stays(  # each of the two says something that the other does not
        rules.reshapes_merge,
        """
        %x: f32[B, T]
        %0 = reshape_to(%x, shape=(3, {T})) : f32[3, T]
        %1 = reshape_to(%0, shape=(3, 4)) : f32[3, 4]
        return %1""",
    ),
    Stays(
        rules.reshape_to_its_own_shape,
        """
        %x: f32[1, 6]
        %y: f32[B]
        %0 = broadcast_to(%x, shape=({B}, 6)) : f32[B, 6]
        return %0""",
    ),
    Stays(
        rules.broadcasts_merge,
        """
        %x: f32[6]
        %0 = broadcast_to(%x, shape=(2, 6)) : f32[2, 6]
        %1 = reshape_to(%0, shape=(12,)) : f32[12]
        return %1""",
    ),
    Stays(
        rules.operands_broadcast_themselves,
        """
        %x: f32[3]
        %y: f32[3]
        %0 = broadcast_to(%x, shape=(2, 3)) : f32[2, 3]
        %1 = add(%0, %y) : f32[2, 3]
        return %1""",
    ),
    Stays(
        rules.operands_broadcast_themselves,  # that T and B agree, only a batch can tell
        """
        %x: f32[T, 3]
        %y: f32[B, 3]
        %0 = broadcast_to(%x, shape=({B}, 3)) : f32[B, 3]
        %1 = add(%0, %y) : f32[B, 3]
        return %1""",
    ),
    Stays(
        rules.slice_of_everything,
        """
        %x: f32[B, 6]
        %0 = strided_slice(%x, starts=({B - 1}, 0), stops=(-1, 6), steps=(-1, 1)) : f32[B, 6]
        return %0""",
    ),
    Stays(
        rules.slice_of_everything,
        """
        %x: f32[B, 6]
        %0 = strided_slice(%x, starts=(0, 0), stops=({B}, 5), steps=(1, 1)) : f32[B, 5]
        return %0""",
    ),
    Stays(
        rules.slices_merge,
        """
        %x: f32[B, 6]
        %0 = strided_slice(%x, starts=(0, 0), stops=({B}, 6), steps=(1, 2)) : f32[B, 3]
        %1 = strided_slice(%0, starts=(0, 1), stops=({B}, 3), steps=(1, 1)) : f32[B, 2]
        return %1""",
    ),
    Stays(
        rules.join_of_one,
        """
        %x: f32[B, 6]
        %0 = join(%x, %x, axis=1) : f32[B, 12]
        return %0""",
    ),
    Stays(
        rules.reduction_of_single_elements,
        """
        %x: f32[B, 1, 2]
        %0 = reduce_sum(%x, axes=(1, 2)) : f32[B, 1, 1]
        return %0""",
    ),
    Stays(
        rules.reductions_merge,
        """
        %x: f32[B, 2, 3]
        %0 = reduce_max(%x, axes=(2,)) : f32[B, 2, 1]
        %1 = reduce_min(%0, axes=(1,)) : f32[B, 1, 1]
        return %1""",
    ),
    Stays(
        rules.reductions_merge,  # the inner maximum is computed anyway
        """
        %x: f32[B, 2, 3]
        %0 = reduce_max(%x, axes=(2,)) : f32[B, 2, 1]
        %1 = reduce_max(%0, axes=(1,)) : f32[B, 1, 1]
        return %0, %1""",
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)


@pytest.mark.parametrize(
    ("shape", "sizes", "told"), [("({4*B},)", "4*B", "second"), ("(3, 4)", "3, 4", "first")]
)
def test_the_reshape_that_is_left_is_told_as_the_one_that_is_not_proved(
    shape: str, sizes: str, told: str
) -> None:
    graph = read(f"""
        %x: f32[B, 4]
        %0 = reshape_to(%x, shape={shape}) : f32[{sizes}]
        %1 = reshape_to(%0, shape=(12,)) : f32[12]
        return %1""")
    inner, outer = graph.nodes
    first = replace(inner, scope="first")
    second = replace(outer, inputs=(first,), scope="second")
    (left,) = rewrite(graph.with_outputs([second]), [rules.reshapes_merge]).outputs
    assert left.inputs == graph.inputs
    assert left.scope == told
