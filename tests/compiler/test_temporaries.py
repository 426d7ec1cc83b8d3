"""The order of a program's instructions, and the blocks that its temporaries take."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import kgraph as kg
from kgraph import ops
from kgraph.compiler.temporaries import Access, best_order, block_count, blocks
from kgraph.graph.function import Function
from tests.compiler.plans import plan_text
from tests.property.comparing import check


@st.composite
def programs(draw: st.DrawFn, most: int = 8) -> list[Access]:
    """Instruction i makes temporary i, or writes to memory; some wait for what they do not read."""
    program: list[Access] = []
    made: list[int] = []
    for number in range(draw(st.integers(0, most))):
        reads = draw(st.lists(st.sampled_from(made), max_size=3, unique=True)) if made else []
        waits = draw(st.sets(st.integers(0, number - 1), max_size=1)) if number else set()
        makes = number if draw(st.integers(0, 3)) else None
        over = tuple(read for read in reads if makes is not None and draw(st.booleans()))
        rooms = () if draw(st.integers(0, 4)) else (-1 - number,)
        program.append(Access(makes, tuple(reads), over, tuple(sorted({*reads, *waits})), rooms))
        made += [] if makes is None else [makes]
    return program


def in_use(program: Sequence[Access], done: Collection[int], number: int) -> int:
    """How many blocks are in use while an instruction runs after those that are done."""
    access = program[number]
    left = set(range(len(program))) - {*done, number}
    later = {read for other in left for read in program[other].reads}
    held = {program[other].makes for other in done} & {*later, *access.reads}
    is_new = access.makes is not None and later.issuperset(access.over)
    return len(held) + is_new + len(access.rooms)


def fewest_blocks(program: Sequence[Access]) -> int:
    """By a search through all orders."""

    @cache
    def fewest(done: frozenset[int]) -> int:
        ready = (
            number
            for number, access in enumerate(program)
            if number not in done and done.issuperset(access.after)
        )
        return min((max(in_use(program, done, it), fewest(done | {it})) for it in ready), default=0)

    return fewest(frozenset())


@given(programs(most=20))
def test_an_instruction_runs_once_and_after_those_it_needs(program: list[Access]) -> None:
    order = best_order(program)
    assert sorted(order) == list(range(len(program)))
    for at, number in enumerate(order):
        assert set(program[number].after) <= set(order[:at])
    assert order == best_order(program)


@given(programs(most=20))
def test_no_order_takes_more_blocks_than_the_order_of_the_graph(program: list[Access]) -> None:
    assert block_count(program, best_order(program)) <= block_count(program, range(len(program)))


@given(programs())
def test_small_programs_take_as_few_blocks_as_any_order_can(program: list[Access]) -> None:
    assert block_count(program, best_order(program)) == fewest_blocks(program)


@given(programs(most=20))
def test_temporaries_take_as_many_blocks_as_are_in_use_at_once(program: list[Access]) -> None:
    """So the linear scan is the best there is for a given order."""
    for order in (best_order(program), list(range(len(program)))):
        most = [in_use(program, order[:at], number) for at, number in enumerate(order)]
        assert block_count(program, order) == max(most, default=0)


@given(programs(most=20))
def test_no_temporary_is_overwritten_before_it_was_read(program: list[Access]) -> None:
    order = best_order(program)
    block = blocks(program, order)
    holds: dict[int, int] = {}
    for number in order:
        access = program[number]
        assert all(holds[block[read]] == read for read in access.reads)
        if access.makes is not None:
            gone = holds.get(block[access.makes])
            assert gone not in access.reads or gone in access.over
            holds[block[access.makes]] = access.makes
        for room in access.rooms:
            taken = holds.get(block[room])
            assert taken is None or taken not in {*access.reads, access.makes}
            holds[block[room]] = room


def test_a_tree_takes_as_many_blocks_as_it_is_deep() -> None:
    program = [Access(number, (), (), ()) for number in range(64)]
    row = list(range(64))
    while len(row) > 1:
        pairs = list(zip(row[::2], row[1::2], strict=True))
        row = list(range(len(program), len(program) + len(pairs)))
        made = zip(row, pairs, strict=True)
        program += [Access(number, pair, pair, pair) for number, pair in made]
    assert block_count(program, range(len(program))) == 64
    assert block_count(program, best_order(program)) == 7


def test_thousands_of_instructions_are_ordered_in_few_steps() -> None:
    reads = [sorted({max(at - 1, 0), at // 2} - {at}) for at in range(3000)]
    program = [Access(at, tuple(read), tuple(read), tuple(read)) for at, read in enumerate(reads)]
    assert sorted(best_order(program)) == list(range(3000))


# -- programs of graphs --------------------------------------------------------------------------


def program_of(function: Function) -> str:
    """The instructions of the only program, without their shapes."""
    lines = plan_text(function).splitlines()
    return "\n".join(line.split("  [")[0].strip() for line in lines if " = " in line)


def test_what_takes_more_room_is_computed_first() -> None:
    x = kg.Input((8,), name="x")
    function = Function(x, ops.exp(x) - ops.tanh(x) * ops.sin(x))
    assert (
        program_of(function)
        == """\
r2 = tanh_f32(r0)
r3 = sin_f32(r0)
r2 = mul_f32(r2, r3)
r3 = exp_f32(r0)
r1 = sub_f32(r3, r2)"""
    )


def test_a_result_is_written_over_an_operand_that_dies() -> None:
    x = kg.Input((8,), name="x")
    assert (
        program_of(Function(x, ops.exp(ops.tanh(ops.sin(x)))))
        == """\
r2 = sin_f32(r0)
r2 = tanh_f32(r2)
r1 = exp_f32(r2)"""
    )


def test_a_result_of_another_item_size_has_a_block_of_its_own() -> None:
    x = kg.Input((8,), name="x")
    function = Function(x, ops.exp(ops.cast(ops.abs(x), "float64")))
    assert (
        program_of(function)
        == """\
r2 = abs_f32(r0)
r3 = cast_f32_f64(r2)
r1 = exp_f64(r3)"""
    )
    check(function, [np.linspace(-1, 1, 3200, dtype=np.float32).reshape(400, 8)])


def test_an_expansion_has_a_block_of_its_own() -> None:
    x = kg.Input((8,), name="x")
    function = Function(x, x - ops.max(ops.exp(x), axis=1, keepdims=True))
    assert (
        program_of(function)
        == """\
r2 = exp_f32(r0)
r2 = max_f32(r2)
r3 = expand(r2)
r1 = sub_f32(r0, r3)"""
    )
    check(function, [np.linspace(-1, 1, 3200, dtype=np.float32).reshape(400, 8)])


def test_what_a_result_is_written_over_is_read_before() -> None:
    """``shifted`` lies where ``wide`` lay: to compute it first would save a block, and be wrong."""
    x = kg.Input((8,), name="x")
    wide = ops.exp(x)
    total = ops.sum(wide, axis=0)
    shifted = wide - total
    a, b, c = ops.tanh(wide * total), ops.sin(wide + total), ops.sqrt(ops.maximum(wide, total))
    function = Function(x, [a * (b * (c * shifted)), ops.sum(shifted, axis=0)])
    assert "sqrt_f32" in program_of(function).partition("sub_f32")[0]
    check(function, [np.linspace(-1, 1, 80, dtype=np.float32).reshape(10, 8)])
