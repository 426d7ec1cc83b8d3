"""What is computed of the items of ragged rows runs with what is made of the rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers, ops
from kgraph.compiler.cost import bytes_of_an_item
from kgraph.compiler.costs import CostTable
from kgraph.compiler.kernels import Fused
from kgraph.compiler.pipeline import compile_plan
from kgraph.runtime.compiled import compile_function
from tests.compiler.plans import kernels, plan_text
from tests.property.comparing import assert_same_bits, check, parts

RNG = np.random.default_rng(0)
F32 = np.float32


def items(width: int = 4, name: str = "x") -> kg.KerasTensor:
    return kg.Input((None, width), ragged=True, name=name)


def rows_of(lengths: list[int] | np.ndarray, width: int = 4) -> kg.RaggedTensor:
    values = RNG.standard_normal((int(np.sum(lengths)), width)).astype(F32)
    return kg.RaggedTensor.from_row_lengths(values, lengths)


def fused(function: kg.Function) -> Fused:
    (planned,) = compile_plan(function).planned
    return planned.fused


def kinds_of_buffers(function: kg.Function) -> list[str]:
    return sorted({buffer.kind for buffer in compile_plan(function).plan.buffers})


def pooled(x: kg.KerasTensor, *, tail: bool = False) -> kg.KerasTensor:
    h = ops.tanh(layers.Dense(5, activation="relu")(x))
    mean = ops.mean(h, axis=1)
    return layers.Dense(3)(mean) if tail else mean


# -- what joins ------------------------------------------------------------------------------------


def test_a_product_of_items_runs_with_their_sum() -> None:
    x = items()
    function = kg.Function(x, ops.sum(layers.Dense(3, name="each")(x), axis=1))
    assert (
        plan_text(function)
        == """\
  region 0 over B rows
    gemm_f32(b1, b2, b3, b0; 4, 3, 0) over items  # function/each
    segment(b0, b5, b4; 3, 12, 12)  # function"""
    )
    assert kinds_of_buffers(function) == ["bag", "constant", "input", "output"]
    check(function, [rows_of([3, 0, 1, 7])])


def test_a_chain_of_kernels_of_items_runs_with_them() -> None:
    x = items()
    h = layers.Dense(6, activation="gelu")(x)
    function = kg.Function(x, pooled(h, tail=True))
    assert kernels(compile_plan(function)) == [
        ["gemm_f32 + program", "gemm_f32", "program", "gemm_f32"]
    ]
    assert kinds_of_buffers(function) == ["bag", "constant", "input", "items", "output", "panel"]
    check(function, [rows_of([3, 0, 1, 7])])


def test_two_branches_of_items_run_with_what_takes_up_both() -> None:
    x, y = items(), items(name="y")
    scores = layers.Dense(1)(x)
    shares = ops.softmax(scores, axis=1)
    function = kg.Function(x, ops.sum(shares * ops.tanh(layers.Dense(4)(x)), axis=1))
    assert len(compile_plan(function).plan.regions) == 1
    check(function, [rows_of([3, 0, 1, 7])])
    apart = kg.Function([x, y], ops.sum(layers.Dense(4)(x), axis=1) + ops.sum(y * 2, axis=1))
    check(apart, [rows_of([3, 0, 1, 7]), rows_of([1, 2, 0, 3])])


def test_what_is_done_to_the_rows_may_be_a_kernel_of_several_parts() -> None:
    x, z = items(), kg.Input((3,), name="z")
    function = kg.Function([x, z], pooled(x) + layers.Dense(5)(z))
    plan = compile_plan(function).plan
    assert [step.title for region in plan.regions for step in region.steps][-1] == (
        "gemm_f32 + program"
    )
    assert len(plan.regions) == 1
    check(function, [rows_of([3, 0, 1, 7]), RNG.standard_normal((4, 3)).astype(F32)])


def test_programs_of_rows_alone_are_no_hindrance() -> None:
    x = items()
    function = kg.Function(x, layers.Dense(3, activation="gelu")(pooled(x)))
    assert len(compile_plan(function).plan.regions) == 1
    check(function, [rows_of([3, 0, 1, 7])])


def test_a_value_of_each_row_may_be_spread_over_its_items_first() -> None:
    x, z = items(), kg.Input((1,), name="z")
    weighted = ops.expand_dims(ops.tanh(z), 1) * layers.Dense(5)(x)
    function = kg.Function([x, z], ops.sum(weighted, axis=1))
    assert compile_plan(function).plan.regions[-1].bags
    check(function, [rows_of([3, 0, 1, 7]), RNG.standard_normal((4, 1)).astype(F32)])


def test_nothing_is_told_of_what_has_joined() -> None:
    x = items()
    (region,) = fused(kg.Function(x, pooled(x))).regions
    assert region.why == {}


def test_a_panel_counts_the_bytes_of_an_item_that_are_read_and_made() -> None:
    x = items()
    function = kg.Function(x, ops.sum(layers.Dense(3)(x), axis=1))
    (region,) = fused(function).regions
    assert bytes_of_an_item(region) == 4 * 4 + 3 * 4


def test_inputs_may_be_read_in_any_order() -> None:
    x = items()
    turned = x.with_flat_values(ops.flip(x.values, axis=0))
    function = kg.Function(x, ops.max(layers.Dense(3)(turned), axis=1))
    assert len(compile_plan(function).plan.regions) == 1
    check(function, [rows_of([3, 2, 1, 7])])


def test_what_follows_attention_runs_with_the_mean_of_its_rows() -> None:
    x = items()
    function = kg.Function(x, ops.mean(layers.MultiHeadAttention(2, 2)(x, x), axis=1))
    *_, attention, last = compile_plan(function).plan.regions
    assert [step.kernel for step in attention.steps] == ["attention_f32"]
    assert last.bags
    for lengths in ([3, 2, 1, 7], [1, 3000, 2, 1]):
        check(function, [rows_of(lengths)])


def test_inner_rows_run_with_the_outer_ones_if_their_items_are_inputs() -> None:
    x = kg.Input((None, None, 4), ragged=True, name="x")
    function = kg.Function(x, ops.max(ops.mean(x, axis=2), axis=1))
    assert len(compile_plan(function).plan.regions) == 1
    values = RNG.standard_normal((9, 4)).astype(F32)
    check(function, [kg.RaggedTensor.from_nested_row_splits(values, ([0, 2, 2, 3], [0, 4, 5, 9]))])


def test_what_others_read_of_the_items_too_is_kept() -> None:
    x = items()
    h = layers.Dense(3)(x)
    function = kg.Function(x, [h, ops.max(h, axis=1)])
    assert ["gemm_f32", "segment"] in kernels(compile_plan(function))
    assert not {"items", "bag"} & set(kinds_of_buffers(function))
    check(function, [rows_of([3, 2, 1, 7])])


# -- what does not ---------------------------------------------------------------------------------


def spread(x: kg.KerasTensor) -> kg.KerasTensor:
    """Each item beside the mean of its row: the row has to be done first."""
    h = layers.Dense(4)(x)
    return ops.mean(ops.tanh(layers.Dense(4)(h - ops.mean(h, axis=1, keepdims=True))), axis=1)


def of_all_items(x: kg.KerasTensor) -> kg.KerasTensor:
    h = layers.Dense(3)(x)
    return ops.max(h, axis=1) + ops.sum(h.values)


def of_items_in_both_orders(x: kg.KerasTensor) -> kg.KerasTensor:
    h = layers.Dense(3)(x)
    turned = h.with_flat_values(ops.flip(h.values, axis=0))
    return ops.max(turned, axis=1) + ops.max(h, axis=1)


def of_items_in_both_orders_again(x: kg.KerasTensor) -> kg.KerasTensor:
    h = layers.Dense(3)(x)
    turned = h.with_flat_values(ops.flip(h.values, axis=0))
    return ops.max(h, axis=1) + ops.max(turned, axis=1)


def of_what_numpy_makes(x: kg.KerasTensor) -> kg.KerasTensor:
    return ops.max(ops.cummax(x, axis=2), axis=1)


@pytest.mark.parametrize(
    "drawn",
    [
        spread,
        of_all_items,
        of_items_in_both_orders,
        of_items_in_both_orders_again,
        of_what_numpy_makes,
    ],
)
def test_what_needs_other_items_stands_apart(
    drawn: Callable[[kg.KerasTensor], kg.KerasTensor],
) -> None:
    x = items()
    function = kg.Function(x, drawn(x))
    assert len(compile_plan(function).plan.regions) > 1
    check(function, [rows_of([3, 2, 1, 7])])


def test_rows_that_take_other_items_too_stand_apart() -> None:
    x, ids = items(), kg.Input((), dtype="int32", name="ids")
    h = layers.Dense(3)(x)
    function = kg.Function([x, ids], ops.max(h, axis=1) + ops.take(h.values, ids, axis=0))
    assert not any(region.bags for region in compile_plan(function).plan.regions)
    check(function, [rows_of([3, 2, 1, 7]), np.array([12, 0, 5, 3], np.int32)])


def test_items_of_rows_that_a_program_bounds_stand_apart() -> None:
    """Nothing says that these bounds hold all items."""
    x, splits = kg.Input((4,), name="x"), kg.Input((), dtype="int64", name="splits")
    h = layers.Dense(3)(x)
    rows = kg.RaggedTensor.from_row_splits(h, splits, validate=False)
    plan = compile_plan(kg.Function([x, splits], ops.sum(rows, axis=1))).plan
    assert all(not region.bags for region in plan.regions)


def test_items_of_items_run_with_the_inner_rows_alone() -> None:
    x = kg.Input((None, None, 4), ragged=True, name="x")
    sentences = ops.mean(layers.Dense(5)(x), axis=2)
    function = kg.Function(x, ops.max(ops.tanh(layers.Dense(6)(sentences)), axis=1))
    assert len(compile_plan(function).plan.regions) == 2
    values = RNG.standard_normal((9, 4)).astype(F32)
    batch = kg.RaggedTensor.from_nested_row_splits(values, ([0, 2, 2, 3], [0, 4, 5, 9]))
    check(function, [batch])


# -- panels of items -------------------------------------------------------------------------------

LENGTHS = {
    "none": [],
    "empty": [0] * 700,
    "one": [1],
    "short": RNG.integers(0, 5, 3000),
    "long": [9000, 0, 3, 5000],
    "mixed": [*RNG.integers(0, 40, 500), 6000, *[0] * 900, *RNG.integers(0, 300, 90)],
}


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_panels_hold_whole_rows_of_any_length(lengths: list[int]) -> None:
    x = items()
    function = kg.Function(x, pooled(layers.Dense(6, activation="gelu")(x), tail=True))
    batch = rows_of(lengths)
    check(function, [batch])
    alone = parts(compile_function(function, threads=1)(batch))
    for threads in (2, 3, 4):
        shared = compile_function(function, threads=threads, costs=CostTable(wake_threads=1))
        assert_same_bits(parts(shared(batch)), alone)


def test_a_row_has_the_same_bits_in_every_batch() -> None:
    x = items()
    compiled = compile_function(kg.Function(x, pooled(x, tail=True)))
    lengths = RNG.integers(0, 90, 400)
    batch = rows_of(lengths)
    whole = compiled(batch)
    for rows in (slice(3, 4), slice(0, 7), slice(100, 399)):
        assert compiled(batch[rows]).tobytes() == whole[rows].tobytes()


def test_memory_does_not_grow_with_what_is_made_of_items() -> None:
    x = items()
    wide = layers.Dense(256, activation="relu")(x)
    compiled = compile_function(kg.Function(x, ops.sum(wide, axis=1)), threads=1)
    held = []
    for rows in (100, 10_000):
        compiled(rows_of([20] * rows))
        held.append(sum(compiled.memory[part] for part in ("arena", "scratch")))
    assert held[0] == held[1] < 20 * 100 * 256 * 4


def test_a_long_row_takes_no_more_memory_for_each_thread() -> None:
    x = items()
    hidden = layers.Dense(256, activation="relu")(x)
    function = kg.Function(x, ops.sum(layers.Dense(8)(ops.tanh(hidden)), axis=1))
    compiled = compile_function(function, threads=4)
    compiled(rows_of([20] * 100))
    short = compiled.memory["scratch"]
    batch = rows_of([50_000, 3])
    compiled(batch)
    assert compiled.memory["scratch"] <= short
    assert 50_003 * 8 * 4 <= compiled.memory["arena"] < 50_003 * 9 * 4
    check(function, [batch], compiled)


def test_every_panel_is_noted_in_a_profile() -> None:
    x = items()
    compiled = compile_function(kg.Function(x, pooled(x)))
    batch = rows_of(LENGTHS["mixed"])
    for threads in (1, 2):
        profile = compiled.profile(batch, rounds=2, threads=threads)
        assert [kernel.runs > 10 for kernel in profile.kernels] == [True, True]
