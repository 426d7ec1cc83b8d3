"""Graphs of hundreds of ops: values keep out of one another's memory, and rows keep their bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgraph._kernels.packing import pack
from kgraph.compiler.interpret import Meter, interpret
from kgraph.compiler.place import place
from kgraph.graph.function import Function
from kgraph.runtime.compiled import CompiledGraph, compile_function
from tests.compiler.arena import check_lifetimes, check_packing
from tests.property.batches import batch, take_rows
from tests.property.comparing import assert_same_bits, check, feed, parts
from tests.property.deep import deep_function, deep_functions

DEEP = settings(
    derandomize=True, deadline=None, max_examples=8, suppress_health_check=list(HealthCheck)
)


def cut(arrays: list[np.ndarray], rows: np.ndarray) -> list[np.ndarray]:
    return [np.ascontiguousarray(array[rows]) for array in arrays]


@DEEP
@given(deep_functions(), st.integers(0, 9))
def test_compiled_interpreted_and_eager_agree(function: Function, rows: int) -> None:
    check(function, batch(function, rows, seed=rows))


@DEEP
@given(deep_functions(), st.permutations(range(9)), st.integers(1, 8))
def test_order_and_splits_change_no_bit(function: Function, order: list[int], cut_at: int) -> None:
    compiled = compile_function(function)
    values = batch(function, len(order), seed=cut_at)
    whole = parts(compiled(*values))
    groups = [np.array(order), np.array(order[:cut_at]), np.array(order[cut_at:])]
    groups += [np.array([row]) for row in order[:3]]
    for rows in groups:
        assert_same_bits(parts(compiled(*take_rows(values, rows))), cut(whole, rows))


@pytest.mark.parametrize("seed", [3, 14, 15])
def test_threads_change_no_bit(seed: int) -> None:
    function = deep_function(seed, 220)
    values = batch(function, 6000, seed=seed)
    alone = parts(compile_function(function, threads=1)(*values))
    for threads in (2, 3, 4):
        assert_same_bits(parts(compile_function(function, threads=threads)(*values)), alone)


@DEEP
@given(deep_functions())
def test_values_that_live_at_once_lie_apart(function: Function) -> None:
    (planned,) = compile_function(function)._compiled.planned
    check_lifetimes(planned.fused, place(planned.fused))


@DEEP
@given(deep_functions(), st.integers(1, 300))
def test_the_arena_is_no_larger_than_what_the_interpreter_keeps(
    function: Function, rows: int
) -> None:
    compiled = compile_function(function)
    values = batch(function, rows)
    compiled(*values)
    meter = Meter()
    interpret(compiled._compiled.lowered.graph, feed(compiled, values), meter)
    assert compiled.memory["arena"] + compiled.memory["outputs"] <= meter.peak + padding(compiled)


def padding(compiled: CompiledGraph) -> int:
    """What it may cost that each slot begins on a cache line."""
    return 64 * len(compiled.plan.lifetimes)


@DEEP
@given(deep_functions(), st.integers(1, 300))
def test_the_arena_holds_all_that_is_packed_into_it(function: Function, rows: int) -> None:

    compiled = compile_function(function)
    values = batch(function, rows)
    compiled(*values)
    plan, sizes = compiled.plan, compiled.bound_sizes
    slots = [0] * len(plan.lifetimes)
    for buffer in plan.buffers:
        if buffer.kind == "arena":
            lines = (sizes[buffer.bytes] + 63) // 64 * 64
            slots[buffer.index] = max(slots[buffer.index], lines)
    starts, total = pack(plan.lifetimes, slots)
    check_packing(plan.lifetimes, slots, starts, total)
    assert total == compiled.memory["arena"] <= sum(slots)
