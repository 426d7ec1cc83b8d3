"""The order of regions: sound, deterministic, and with a small peak."""

from __future__ import annotations

from functools import cache
from itertools import chain, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import ops
from kgraph.compiler.flow import Flow, Value
from kgraph.compiler.fuse import fuse
from kgraph.compiler.kernels import Fused
from kgraph.compiler.legalise import legalise
from kgraph.compiler.lower import lower
from kgraph.compiler.schedule import backward, best_order, by_depth, greedy, peak, schedule
from kgraph.compiler.text import name_nodes, show
from kgraph.graph.function import Function


def best(drawn: Flow) -> list[int]:
    return best_order([drawn])


ORDERS = [greedy, backward, by_depth, best]


def flow(sizes: list[int], reads: list[list[int]]) -> Flow:
    """Region i makes value i, of ``sizes[i]`` bytes, from the values ``reads[i]``."""
    readers: list[list[int]] = [[] for _ in sizes]
    for number, read in enumerate(reads):
        for other in read:
            readers[other].append(number)
    values = tuple(
        Value(maker, size, tuple(users))
        for maker, (size, users) in enumerate(zip(sizes, readers, strict=True))
    )
    needs = tuple(tuple(sorted(read)) for read in reads)
    return Flow(values, needs, tuple((maker,) for maker in range(len(sizes))), needs)


@st.composite
def flows(draw: st.DrawFn, trees: bool = False) -> Flow:
    count = draw(st.integers(1, 8))
    sizes = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    reads: list[list[int]] = []
    free: list[int] = []
    for number in range(count):
        pool = free if trees else range(number)
        read = draw(st.lists(st.sampled_from(pool), unique=True, max_size=3)) if pool else []
        free = [other for other in free if other not in read] + [number]
        reads.append(read)
    return flow(sizes, reads)


def smallest_peak(drawn: Flow) -> int:
    """By search: the peak of the best order of all."""
    count = len(drawn.needs)

    def live(done: frozenset[int]) -> int:
        return sum(
            value.bytes
            for value in drawn.values
            if value.maker in done and not done.issuperset(value.readers)
        )

    @cache
    def best(done: frozenset[int]) -> int:
        if len(done) == count:
            return 0
        ready = [i for i in range(count) if i not in done and done.issuperset(drawn.needs[i])]
        return min(
            max(
                live(done) + sum(drawn.values[v].bytes for v in drawn.makes[i]),
                best(done | {i}),
            )
            for i in ready
        )

    return best(frozenset())


@pytest.mark.parametrize("order", ORDERS)
@given(drawn=flows())
def test_a_region_runs_once_and_after_those_it_needs(order: object, drawn: Flow) -> None:
    found = order(drawn)  # type: ignore[operator]
    assert sorted(found) == list(range(len(drawn.needs)))
    for at, number in enumerate(found):
        assert set(drawn.needs[number]) <= set(found[:at])
    assert found == order(drawn)  # type: ignore[operator]


@given(flows())
def test_no_order_has_a_smaller_peak_than_the_search_finds(drawn: Flow) -> None:
    least = smallest_peak(drawn)
    assert all(peak(drawn, order(drawn)) >= least for order in ORDERS)


@given(flows())
def test_the_best_order_is_no_worse_than_the_order_of_the_graph(drawn: Flow) -> None:
    assert peak(drawn, best(drawn)) <= peak(drawn, range(len(drawn.needs)))


def postorders(drawn: Flow, number: int) -> list[list[int]]:
    """Every order that computes ``number`` and finishes a branch before it begins another."""
    return [
        [*chain.from_iterable(branches), number]
        for operands in permutations(drawn.needs[number])
        for branches in product(*(postorders(drawn, operand) for operand in operands))
    ]


@settings(max_examples=60)
@given(flows(trees=True))
def test_by_depth_is_the_best_of_the_orders_that_finish_what_they_begin(drawn: Flow) -> None:
    (*_, root) = range(len(drawn.needs))
    order = by_depth(drawn)
    own = [number for number in order if number in set(postorders(drawn, root)[0])]
    assert peak(drawn, own) == min(peak(drawn, other) for other in postorders(drawn, root))


def test_a_branch_is_finished_before_the_next_is_begun() -> None:
    x, y = kg.Input((64,), name="x"), kg.Input((64,), name="y")
    wide = ops.tanh(x), ops.exp(y)
    graph = legalise(lower(Function([x, y], ops.sum(wide[0], 0) + ops.sum(wide[1], 0))).graph)
    assert (
        show(graph)
        == """\
%x: f32[B, 64]
%y: f32[B, 64]
%0 = tanh(%x) : f32[B, 64]
%1 = reduce_sum(%0, axes=(0,)) : f32[1, 64]
%2 = reshape_to(%1, shape=(64,)) : f32[64]
%3 = exp(%y) : f32[B, 64]
%4 = reduce_sum(%3, axes=(0,)) : f32[1, 64]
%5 = reshape_to(%4, shape=(64,)) : f32[64]
%6 = add(%2, %5) : f32[64]
return %6"""
    )
    fused, names = fuse(graph), name_nodes(graph)

    def order(fused: Fused) -> list[str]:
        return [" ".join("%" + names[node] for node in region.nodes) for region in fused.regions]

    assert order(fused) == ["%0", "%3", "%1", "%4", "%6"]  # two wide values live at a time
    assert order(schedule(fused)) == ["%0", "%1", "%3", "%4", "%6"]


def test_what_is_wide_is_made_narrow_before_the_next_is_made() -> None:
    #  0, 1 wide; 2, 3 narrow from them; 4 joins
    drawn = flow([100, 100, 1, 1, 1], [[], [], [0], [1], [2, 3]])
    assert best(drawn) == [0, 2, 1, 3, 4]
    assert peak(drawn, best(drawn)) == 102


def test_thousands_of_regions_are_ordered_in_few_steps() -> None:
    count = 3000
    reads = [
        [number - 1, *([number // 2] if number > 4 else [])][:number] for number in range(count)
    ]
    reads = [sorted(set(read)) for read in reads]
    drawn = flow([number % 7 for number in range(count)], reads)
    assert sorted(best(drawn)) == list(range(count))
