"""Which ends of a graph run together, and which must not."""

from __future__ import annotations

import numpy as np

import kgraph as kg
from kgraph import layers, ops
from kgraph.compiler.fuse import fuse
from kgraph.compiler.lower import lower
from kgraph.compiler.pipeline import compile_plan
from tests.compiler.plans import kernels


def check(function: kg.Function, *batch: np.ndarray) -> None:
    compiled = kg.compile(function)
    for found, wanted in zip(compiled(*batch), function(*batch), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def batch(*widths: int, rows: int = 700) -> list[np.ndarray]:
    return [np.random.default_rng(w).normal(size=(rows, w)).astype(np.float32) for w in widths]


def test_programs_over_the_same_rows_and_columns_become_one() -> None:
    a, b = kg.Input((8,), name="a"), kg.Input((8,), name="b")
    function = kg.Function([a, b], [ops.tanh(a), ops.exp(b)])
    assert kernels(compile_plan(function)) == [["program"]]
    check(function, *batch(8, 8))


def test_ends_of_other_widths_share_a_region() -> None:
    a, b = kg.Input((8,), name="a"), kg.Input((6,), name="b")
    function = kg.Function([a, b], [ops.tanh(a), ops.softmax(b)])
    assert kernels(compile_plan(function)) == [["program", "program"]]
    check(function, *batch(8, 6))


def test_models_side_by_side_share_a_region() -> None:
    a, b = kg.Input((8,), name="a"), kg.Input((6,), name="b")
    towers = [layers.Dense(20, activation="tanh")(x) for x in (a, b)]
    function = kg.Function([a, b], towers)
    assert kernels(compile_plan(function)) == [["gemm_f32 + program", "gemm_f32 + program"]]
    check(function, *batch(8, 6))


def test_ends_that_wait_for_different_values_stay_apart() -> None:
    """Together, both of the values that they wait for would have to live at once."""
    a, b = kg.Input((8,), name="a"), kg.Input((8,), name="b")
    ends = [x - ops.max(x, axis=0, keepdims=True) for x in (ops.tanh(a), ops.sigmoid(b))]
    found = kernels(compile_plan(kg.Function([a, b], ends)))
    assert len(found) == 6
    check(kg.Function([a, b], ends), *batch(8, 8))


def test_ends_that_wait_for_the_same_value_run_together() -> None:
    x = kg.Input((8,), name="x")
    y = ops.tanh(x)
    most = ops.max(y, axis=0, keepdims=True)
    function = kg.Function(x, [y - most, y * most])
    found = kernels(compile_plan(function))
    assert found[-1] == ["program"]
    assert len(found) == 3
    check(function, *batch(8))


def test_other_rows_stay_apart() -> None:
    x = kg.Input((8,), name="x")
    y = kg.Input((None,), ragged=True, name="y")
    function = kg.Function([x, y], [ops.tanh(x), ops.exp(y).values])
    assert kernels(compile_plan(function)) == [["program"], ["program"]]


def test_what_numpy_computes_holds_nobody_up() -> None:
    a, b = kg.Input((8,), name="a"), kg.Input((8,), name="b")
    function = kg.Function([a, b], [ops.cummax(a, axis=1), ops.exp(b)])
    assert kernels(compile_plan(function)) == [["host"], ["program"]]
    check(function, *batch(8, 8))


def test_a_region_takes_so_many_kernels_and_no_more() -> None:
    inputs = [kg.Input((width,)) for width in range(1, 131)]
    found = kernels(compile_plan(kg.Function(inputs, [ops.tanh(x) for x in inputs])))
    assert [len(region) for region in found] == [64, 64, 2]


def test_ends_whose_rows_belong_to_no_others_stay_apart() -> None:
    """Queries of an attention see keys of other rows: its rows are handed out for it alone."""
    inputs = [kg.Input((4, 8)) for _ in range(4)]
    ends = [
        ops.matmul(ops.softmax(ops.matmul(x, ops.transpose(y, (0, 2, 1)))), y)
        for x, y in (inputs[:2], inputs[2:])
    ]
    function = kg.Function(inputs, ends)
    assert kernels(compile_plan(function)) == [["attention_f32"], ["attention_f32"]]


def test_a_region_that_somebody_waits_for_is_no_end() -> None:
    a, b = kg.Input((8,), name="a"), kg.Input((8,), name="b")
    y = ops.tanh(a)
    function = kg.Function([a, b], [ops.sigmoid(y), ops.max(y, axis=0), ops.exp(b)])
    assert sorted(kernels(compile_plan(function))) == [["program"], ["program"], ["reduce"]]
    check(function, *batch(8, 8))


def test_an_end_joins_the_program_that_it_fits_among_others() -> None:
    a, b, c = (kg.Input((width,)) for width in (8, 6, 8))
    function = kg.Function([a, b, c], [ops.tanh(a), ops.exp(b), ops.sigmoid(c)])
    assert kernels(compile_plan(function)) == [["program", "program"]]
    check(function, *batch(8, 6, 8))


def test_ends_of_several_kernels_keep_all_of_them() -> None:
    a, b = kg.Input((8,), name="a"), kg.Input((8,), name="b")
    ends = [layers.Dense(20)(ops.softmax(x)) for x in (a, b)]
    function = kg.Function([a, b], ends)
    assert kernels(compile_plan(function)) == [["program"] * 2 + ["gemm_f32"] * 2]
    check(function, *batch(8, 8))


def test_programs_over_other_columns_stay_two() -> None:
    """Elements of one, whole rows of the other; or a column of one, all columns of the other."""
    a, b, c = (kg.Input((width,)) for width in (8, 8, 1))
    assert kernels(compile_plan(kg.Function([a, b], [ops.tanh(a), ops.softmax(b)]))) == [
        ["program", "program"]
    ]
    assert kernels(compile_plan(kg.Function([a, c], [ops.tanh(a), ops.exp(c)]))) == [
        ["program", "program"]
    ]


def test_programs_over_rows_of_other_axes_stay_two() -> None:
    a, b = kg.Input((4, 8), name="a"), kg.Input((4, 8), name="b")
    function = kg.Function([a, b], [ops.softmax(a), ops.sum(ops.exp(b), axis=(1, 2))])
    assert kernels(compile_plan(function)) == [["program", "program"]]


def test_a_program_has_narrow_rows_of_one_width() -> None:
    a, b = kg.Input((8,), name="a"), kg.Input((8,), name="b")
    for width, expected in (3, ["program"]), (2, ["program", "program"]):
        ends = [ops.tanh(ops.top_k(x, k)[0]) for x, k in ((a, 3), (b, width))]
        function = kg.Function([a, b], ends)
        assert kernels(compile_plan(function)) == [expected]
        check(function, *batch(8, 8))


def test_a_kernel_of_its_own_shares_a_region_with_a_program() -> None:
    x = kg.Input((8,), name="x")
    y = kg.Input((None,), ragged=True, name="y")
    ends = [ops.tanh(x), ops.sum(y, axis=1)]
    assert kernels(compile_plan(kg.Function([x, y], ends))) == [["program", "segment"]]
    assert kernels(compile_plan(kg.Function([y, x], ends[::-1]))) == [["segment", "program"]]


def test_one_program_of_two_reads_row_by_row_what_both_read() -> None:
    a, b = kg.Input((8,), name="a"), kg.Input((8,), name="b")
    fused = fuse(lower(kg.Function([a, b], [ops.tanh(a), ops.exp(b)])).graph)
    assert [step.local for region in fused.regions for step in region.steps] == [
        set(fused.graph.inputs)
    ]
