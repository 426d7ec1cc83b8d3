"""Graphs of hundreds of ops that dense, sparse and ragged values run through together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgraph.compiler.freeze import freeze
from kgraph.compiler.interpret import Meter, interpret
from kgraph.compiler.lower import lower
from kgraph.compiler.pipeline import DEFAULT, PASSES
from kgraph.compiler.place import place
from kgraph.compiler.text import parse, show
from kgraph.compiler.verify import verify
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from kgraph.types import tree
from tests.compiler.arena import check_lifetimes
from tests.property.batches import batch, take_rows
from tests.property.comparing import assert_same_bits, check, feed, wide_parts
from tests.property.deep_kinds import deep_kinds, kinds_functions

DEEP = settings(
    derandomize=True, deadline=None, max_examples=5, suppress_health_check=list(HealthCheck)
)


def test_graphs_are_deep_and_of_all_kinds() -> None:
    graph = lower(deep_kinds(seed=0, steps=75)).graph
    makers = {node.op for node in graph.makers.values()}
    assert len(graph.nodes) > 200
    assert {"true_positions", "spans"} <= makers  # sizes that numbers decide
    assert {"union_keys", "stored_at", "ragged_to_dense", "segment_sum"} <= {
        x.op for x in graph.nodes
    }


@DEEP
@given(kinds_functions(), st.integers(0, 9))
def test_compiled_interpreted_and_eager_agree(function: Function, rows: int) -> None:
    check(function, batch(function, rows, seed=rows))


@DEEP
@given(kinds_functions(row_by_row=True), st.permutations(range(9)), st.integers(1, 8))
def test_order_and_splits_change_no_bit(function: Function, order: list[int], cut_at: int) -> None:
    compiled = compile_function(function)
    values = batch(function, len(order), seed=cut_at)
    whole = tree.flatten(compiled(*values))
    groups = [np.array(order), np.array(order[:cut_at]), np.array(order[cut_at:])]
    groups += [np.array([row]) for row in order[:3]]
    for rows in groups:
        found = compiled(*take_rows(values, rows))
        assert_same_bits(wide_parts(found), wide_parts(take_rows(whole, rows)))


@pytest.mark.parametrize("seed", [3, 5])
def test_threads_change_no_bit(seed: int) -> None:
    function = deep_kinds(seed, 80, row_by_row=True)
    values = batch(function, 3000, seed=seed)
    alone = wide_parts(compile_function(function, threads=1)(*values))
    for threads in (2, 3, 4):
        found = compile_function(function, threads=threads)(*values)
        assert_same_bits(wide_parts(found), alone)


@DEEP
@given(kinds_functions(), st.integers(1, 300))
def test_arenas_hold_what_lives_and_no_more_than_the_interpreter_keeps(
    function: Function, rows: int
) -> None:
    compiled = compile_function(function)
    known: Sequence[np.ndarray] = feed(compiled, batch(function, rows))
    for planned, runner in zip_longest(compiled._compiled.planned, compiled._before):
        check_lifetimes(planned.fused, place(planned.fused))
        meter = Meter()
        interpret(planned.phase.graph, known, meter)
        executor = runner.executor if runner else compiled
        executor.run(known)
        assert executor.arena_bytes[0] <= meter.peak + 64 * len(planned.plan.lifetimes)
        known = runner.run(known) if runner else known
    most = max(runner.arena_bytes[0] for runner in [*compiled._before, compiled])
    assert compiled.memory["arena"] == most


@settings(DEEP, max_examples=2)
@given(kinds_functions())
def test_each_pass_leaves_a_sound_graph_that_is_read_back_and_stays(function: Function) -> None:
    graph = freeze(lower(function).graph)
    for name in DEFAULT:
        text = show(graph)
        assert show(parse(text)) == text
        graph = PASSES[name](graph)
        verify(graph, after=name)
        assert show(PASSES[name](graph), scopes=True) == show(graph, scopes=True), name
