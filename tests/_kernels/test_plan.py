"""The executor on plans written by hand: what binding finds, how steps run, what is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kgraph._kernels.plan import Executor
from kgraph.compiler.plan import (
    Buffer,
    Check,
    Constraint,
    Grain,
    HostCall,
    Plan,
    PlanRegion,
    PlanStep,
    Symbol,
)
from kgraph.compiler.size_code import encode
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dim, Size, broadcast_size

B, T = Dim.symbol("B"), Dim.symbol("T")
F32, I64 = np.dtype(np.float32), np.dtype(np.int64)
ONE, ROWS, PAIR, ROW, WIDE, COST = range(6)  # sizes that all plans here begin with
SIZES: tuple[Size, ...] = (1, B, 2, 8, 16, 1000 * B)


def join(target: int, *sources: int, wide: int = WIDE) -> PlanStep:
    """Rows of the sources, 8 bytes each, side by side."""
    return PlanStep("join", (target, *sources), (wide, *[ROW] * len(sources)), ONE, "join")


def side_by_side(**fields: Any) -> Plan:
    """f32[B, 4] from two f32[B, 2]: one region, one kernel."""
    pair, wide = ArrayType(F32, (B, 2)), ArrayType(F32, (B, 4))
    plan = Plan(
        name="plan",
        input_names=("x", "y"),
        inputs=(pair, pair),
        outputs=(wide,),
        symbols=(Symbol("B", 0, 0),),
        checks=(),
        constraints=(),
        sizes=(*SIZES, 8 * B, 16 * B, 4),
        input_dims=((ROWS, PAIR), (ROWS, PAIR)),
        output_dims=((ROWS, 8),),
        buffers=(Buffer("input", 0, 6), Buffer("input", 1, 6), Buffer("output", 0, 7)),
        lifetimes=(),
        regions=(PlanRegion(ROWS, COST, (join(2, 0, 1),)),),
        grain=Grain(2_000_000, 100_000_000, 50_000_000),
    )
    return replace(plan, **fields)


def executor(plan: Plan, host: Callable[..., Any] | None = None) -> Executor:
    code, slots = encode(plan.sizes, [symbol.name for symbol in plan.symbols])
    return Executor(plan, code, slots, lambda call: host)


def pairs(rows: int, start: int = 0) -> np.ndarray:
    return np.arange(start, start + 2 * rows, dtype=F32).reshape(rows, 2)


def run(plan: Executor, *arrays: np.ndarray) -> np.ndarray:
    (result,) = plan.run(arrays)
    return result


@pytest.mark.parametrize("rows", [0, 1, 3, 447, 448, 449, 2000])
def test_a_value_of_a_panel_is_found_in_every_panel(rows: int) -> None:
    plan = side_by_side(
        buffers=(*side_by_side().buffers, Buffer("panel", 0, ROW)),
        regions=(PlanRegion(ROWS, COST, (join(3, 1, wide=ROW), join(2, 0, 3))),),
    )
    x, y = pairs(rows), pairs(rows, 7)
    np.testing.assert_array_equal(run(executor(plan), x, y), np.hstack([x, y]))


def test_panels_run_in_chunks_on_threads_give_the_same() -> None:
    plan = side_by_side(
        sizes=(*SIZES[:COST], 10**9 * B, *side_by_side().sizes[COST + 1 :]),
        buffers=(*side_by_side().buffers, Buffer("panel", 0, ROW)),
        regions=(PlanRegion(ROWS, COST, (join(3, 1, wide=ROW), join(2, 0, 3))),),
    )
    ready = executor(plan)
    ready.threads = 3
    for rows in (1, 2, 3, 100, 5000):
        x, y = pairs(rows), pairs(rows, 7)
        np.testing.assert_array_equal(run(ready, x, y), np.hstack([x, y]))


def test_buffers_that_share_a_slot_take_the_room_of_the_largest() -> None:
    small, large = Buffer("arena", 0, 6), Buffer("arena", 0, 7)
    plan = side_by_side(
        buffers=(*side_by_side().buffers, small, large, Buffer("arena", 1, 6)),
        lifetimes=((0, 0), (0, 0)),
    )
    ready = executor(plan)
    for rows in (3, 100, 3):
        run(ready, pairs(rows), pairs(rows))
        lines = [(size * rows + 63) // 64 * 64 for size in (16, 8)]
        assert ready.arena_bytes[0] == sum(lines)


def test_sizes_are_those_of_the_last_batch_that_fitted() -> None:
    ready = executor(side_by_side())
    assert ready.bound_sizes == ()
    run(ready, pairs(3), pairs(3))
    with pytest.raises(ValueError, match="input 1 has shape"):
        ready.run([pairs(5), pairs(4)])
    assert ready.bound_sizes == (1, 3, 2, 8, 16, 3000, 24, 48, 4)


def test_inputs_of_other_types_are_refused() -> None:
    ready = executor(side_by_side())
    wrong: Sequence[Sequence[Any]] = (
        [pairs(3)],
        [pairs(3), pairs(3).astype(np.float64)],
        [pairs(3), pairs(3)[:, 0]],
        [pairs(3), np.asfortranarray(pairs(3))],
        [pairs(3), pairs(3).tolist()],
    )
    for arrays in wrong:
        with pytest.raises(TypeError, match="other types"):
            ready.run(arrays)
        assert ready.run_if_plain(tuple(arrays)) is None


def test_an_axis_shorter_than_the_plan_counts_on_is_refused() -> None:
    ready = executor(side_by_side(symbols=(Symbol("B", 0, 0, 1),)))
    with pytest.raises(ValueError, match=r"input 0 has shape \(0, 2\): it is too short"):
        ready.run([pairs(0), pairs(0)])


def test_a_constraint_that_does_not_hold_is_refused() -> None:
    plan = side_by_side(
        symbols=(Symbol("B", 0, 0), Symbol("T", 1, 0)),
        sizes=(*side_by_side().sizes, B - T, T),
        input_dims=((ROWS, PAIR), (10, PAIR)),
        constraints=(Constraint(9, "rows", ""),),
    )
    np.testing.assert_array_equal(run(executor(plan), pairs(2), pairs(2)).shape, (2, 4))
    with pytest.raises(ValueError, match="rows: sizes do not agree"):
        executor(plan).run([pairs(2), pairs(3)])


def test_sizes_that_cannot_be_broadcast_are_refused() -> None:
    plan = side_by_side(
        symbols=(Symbol("B", 0, 0), Symbol("T", 1, 0)),
        sizes=(*side_by_side().sizes, broadcast_size(B, T), T),
        input_dims=((ROWS, PAIR), (10, PAIR)),
    )
    with pytest.raises(ValueError, match="cannot be broadcast"):
        executor(plan).run([pairs(2), pairs(3)])


@pytest.mark.parametrize(
    ("kind", "numbers", "words"),
    [
        ("indices", [0, 3, 1], r"0 <= index < 3, got indices\[1\] = 3"),
        ("indices", [0, 1, -1], r"got indices\[2\] = -1"),
        ("splits", [0, 3, 2], "must not decrease"),
        ("splits", [1, 2, 3], "must start at 0"),
    ],
)
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_bad_numbers_are_refused(kind: str, numbers: list[int], words: str, dtype: type) -> None:
    plain = side_by_side()
    plan = side_by_side(
        inputs=(*plain.inputs, ArrayType(np.dtype(dtype), (B,))),
        input_names=("x", "y", "z"),
        input_dims=(*plain.input_dims, (ROWS,)),
        checks=(Check(kind, 2, ROWS),),
    )
    ready = executor(plan)
    with pytest.raises(ValueError, match=words):
        ready.run([pairs(3), pairs(3), np.array(numbers, dtype)])
    good = np.array([0, 2, 3] if kind == "splits" else [2, 0, 1], dtype)
    np.testing.assert_array_equal(ready.run([pairs(3), pairs(3), good])[0][:, :2], pairs(3))


def test_an_error_in_python_code_comes_through_and_leaves_the_executor_whole() -> None:
    pair = ArrayType(F32, (B, 2))
    step = PlanStep("host", (0, 2), (ROWS, PAIR, ROWS, 8), ONE, "f")
    step = replace(step, host=HostCall("f", (), (pair, ArrayType(F32, (B, 4)))))

    def widen(x: np.ndarray) -> np.ndarray:
        if x[0, 0] < 0:
            raise ZeroDivisionError("negative")
        return np.hstack([x, x])

    ready = executor(side_by_side(regions=(PlanRegion(ROWS, COST, (step,), False),)), widen)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError, match="negative"):
            ready.run([-1 - pairs(2), pairs(2)])
        np.testing.assert_array_equal(run(ready, pairs(2), pairs(2)), widen(pairs(2)))


def test_a_plan_may_have_many_sizes_that_vary() -> None:
    symbols = (Symbol("B", 0, 0), *[Symbol(f"S{i}", 0, 0) for i in range(1000)])
    x, y = pairs(3), pairs(3, 7)
    np.testing.assert_array_equal(
        run(executor(side_by_side(symbols=symbols)), x, y), np.hstack([x, y])
    )


def test_a_kernel_nobody_wrote_is_refused_when_the_plan_is_read() -> None:
    step = replace(join(2, 0, 1), kernel="magic")
    with pytest.raises(KeyError, match="there is no kernel 'magic'"):
        executor(side_by_side(regions=(PlanRegion(ROWS, COST, (step,)),)))


def test_an_executor_of_no_plan_does_nothing() -> None:
    empty = Executor.__new__(Executor)
    assert empty.run([]) == []
    with pytest.raises(TypeError, match="other types"):
        empty.run([pairs(1)])
