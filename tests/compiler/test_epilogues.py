"""Which products take a program as their epilogue, and where what they make lies."""

from __future__ import annotations

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers, ops
from kgraph.compiler.pipeline import compile_plan
from tests.compiler.plans import kernels, plan_text

RNG = np.random.default_rng(0)


def weights(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def buffer_kinds(function: kg.Function) -> list[str]:
    return [buffer.kind for buffer in compile_plan(function).plan.buffers]


def check(function: kg.Function, *batch: np.ndarray) -> None:
    """Compiled and called, in tiles and with one row, it gives what the ops give one by one."""
    compiled = kg.compile(function)
    expected = function(*batch)
    for found, wanted in zip(_all(compiled(*batch)), _all(expected), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    for found, whole in zip(
        _all(compiled(*(array[:1] for array in batch))), _all(compiled(*batch)), strict=True
    ):
        np.testing.assert_array_equal(found, whole[:1])


def _all(values: object) -> list[np.ndarray]:
    return list(values) if isinstance(values, list) else [values]  # type: ignore[list-item]


@pytest.mark.parametrize("activation", ["gelu", "tanh", "softmax", "swish"])
def test_an_activation_is_written_over_its_product(activation: str) -> None:
    x = kg.Input((8,), name="x")
    function = kg.Function(x, layers.Dense(4, activation=activation)(x))
    assert kernels(compile_plan(function)) == [["gemm_f32 + program"]]
    assert "tile" not in buffer_kinds(function)
    assert "panel" not in buffer_kinds(function)
    check(function, weights(3000, 8))


def test_a_residual_and_its_norm_are_one_kernel() -> None:
    x = kg.Input((16,), name="x")
    function = kg.Function(x, layers.LayerNormalization()(x + layers.Dense(16)(x)))
    assert kernels(compile_plan(function)) == [["gemm_f32 + program"]]
    check(function, weights(1000, 16))


def test_a_product_wider_than_the_result_lies_in_a_tile() -> None:
    x = kg.Input((8,), name="x")
    function = kg.Function(x, ops.sum(ops.exp(layers.Dense(6, name="d")(x)), axis=-1))
    assert (
        plan_text(function)
        == """\
  region 0 over B rows
    tiles(b0; B, 24, 1, 24)  # function
      gemm_f32(b2, b3, b4, b0; 8, 6, 0)  # function/d
      program(b0, b1; 6)  # function
        r2 = exp_f32(r0)  [full]
        r1 = sum_f32(r2)  [reduce full]"""
    )
    assert buffer_kinds(function)[0] == "tile"
    check(function, weights(5000, 8))


def test_two_products_of_one_program_are_one_kernel() -> None:
    x = kg.Input((8,), name="x")
    gate, value = layers.Dense(16)(x), layers.Dense(16)(x)
    function = kg.Function(x, ops.sigmoid(gate) * value)
    assert kernels(compile_plan(function)) == [["gemm_f32 + gemm_f32 + program"]]
    assert buffer_kinds(function).count("tile") == 1  # the other lies where the result will
    check(function, weights(5000, 8))


def test_a_product_that_others_read_is_kept() -> None:
    x = kg.Input((8,), name="x")
    h = layers.Dense(8)(x)
    function = kg.Function(x, [h, ops.tanh(h), layers.Dense(3)(h)])
    assert kernels(compile_plan(function)) == [["gemm_f32 + program", "gemm_f32"]]
    check(function, weights(3000, 8))


def test_a_program_that_waits_for_another_reader_of_the_product_stands_apart() -> None:
    x = kg.Input((8,), name="x")
    h = layers.Dense(8)(x)
    function = kg.Function(x, ops.tanh(h) + layers.Dense(8)(h))
    assert kernels(compile_plan(function)) == [["gemm_f32", "gemm_f32 + program"]]
    check(function, weights(3000, 8))


def test_two_kernels_never_wait_for_each_other() -> None:
    """Each program reads both products; only one of them can take both."""
    x = kg.Input((8,), name="x")
    a, b = layers.Dense(8)(x), layers.Dense(3)(x)
    left = ops.tanh(a) + ops.sum(b, axis=-1, keepdims=True)
    right = ops.tanh(b) + ops.sum(a, axis=-1, keepdims=True)
    check(kg.Function(x, [left, right]), weights(3000, 8))


def test_softmax_of_scores_follows_their_product() -> None:
    q, k = kg.Input((4, 5, 8), name="q"), kg.Input((4, 8, 6), name="k")
    function = kg.Function([q, k], ops.softmax(ops.matmul(q, k) * 0.5, axis=-1))
    assert kernels(compile_plan(function)) == [["matmul_f32 + program"]]
    check(function, weights(7, 4, 5, 8), weights(7, 4, 8, 6))


def test_what_reads_all_rows_of_a_product_is_no_epilogue() -> None:
    x = kg.Input((8,), name="x")
    h = layers.Dense(4)(x)
    function = kg.Function(x, h - ops.max(h, axis=0, keepdims=True))
    assert kernels(compile_plan(function)) == [["gemm_f32"], ["reduce"], ["program"]]
    compiled = kg.compile(function)
    batch = weights(100, 8)
    np.testing.assert_allclose(compiled(batch), function(batch), rtol=1e-5, atol=1e-5)


def test_a_tile_is_no_larger_than_the_batch() -> None:
    """Rows of four megabytes: a tile of as many as a product likes would take 224."""
    x = kg.Input((1,), name="x")
    wide = ops.matmul(x, np.ones((1, 1 << 20), np.float32))
    compiled = kg.compile(kg.Function(x, ops.max(ops.tanh(wide), axis=-1)), threads=1)
    assert [step.title for region in compiled.plan.regions for step in region.steps] == [
        "gemm_f32 + program"
    ]
    compiled(np.ones((1, 1), np.float32))
    one = compiled.memory["scratch"]
    compiled(np.ones((3, 1), np.float32))
    assert compiled.memory["scratch"] - one == 2 * 4 * (1 << 20)


def test_a_product_is_not_written_where_other_bytes_will_stand() -> None:
    x = kg.Input((8,), name="x")
    function = kg.Function(x, layers.Dense(4)(x) > 0.1)
    assert kernels(compile_plan(function)) == [["gemm_f32 + program"]]
    assert buffer_kinds(function).count("tile") == 1
    check(function, weights(3000, 8))


def test_a_product_is_not_written_where_its_order_will_stand() -> None:
    """A row in order is written while its numbers are still compared."""
    x = kg.Input((8,), name="x")
    function = kg.Function(x, ops.argsort(layers.Dense(4)(x)))
    assert kernels(compile_plan(function)) == [["gemm_f32 + program"]]
    assert buffer_kinds(function).count("tile") == 1
    check(function, weights(3000, 8))


def test_a_product_that_is_read_again_lies_where_the_last_result_will() -> None:
    x = kg.Input((8,), name="x")
    h = layers.Dense(4, use_bias=False)(x)
    y = ops.tanh(h)
    function = kg.Function(x, [y, y * h])
    assert kernels(compile_plan(function)) == [["gemm_f32 + program"]]
    assert "tile" not in buffer_kinds(function)
    check(function, weights(3000, 8))


def test_a_result_of_another_shape_is_written_over_its_product() -> None:
    x = kg.Input((8,), name="x")
    h = layers.Reshape((2, 2))(layers.Dense(4)(x))
    function = kg.Function(x, ops.tanh(h) * 2 + ops.exp(h))
    assert kernels(compile_plan(function)) == [["gemm_f32 + program"]]
    assert "tile" not in buffer_kinds(function)
    check(function, weights(3000, 8))


# -- programs that work for the epilogue alone ---------------------------------------------------


def test_what_a_program_makes_for_the_epilogue_lies_where_the_result_will() -> None:
    x, z = kg.Input((2, 4), name="x"), kg.Input((3,), name="z")
    lengths = ops.sum(x * x, axis=-1)
    function = kg.Function([x, z], ops.softmax(lengths + layers.Dense(1)(z)))
    assert kernels(compile_plan(function)) == [["gemm_f32 + program + program"]]
    plan = compile_plan(function).plan
    assert [buffer.kind for buffer in plan.buffers].count("tile") == 1  # of the product alone
    values = [RNG.standard_normal(shape).astype(np.float32) for shape in ((900, 2, 4), (900, 3))]
    check(function, *values)


def masked_mean(ids: kg.KerasTensor, *, with_counts: bool = False) -> kg.Function:
    items = layers.Embedding(7, 5, embeddings_initializer="random_normal")(ids)
    counts = ops.sum(ops.cast(ids != 0, "float32"), axis=1)
    mean = ops.sum(items, axis=1) / ops.expand_dims(counts + 1.0, -1)
    return kg.Function(ids, [mean, counts] if with_counts else mean)


def test_a_program_that_works_for_an_epilogue_alone_is_part_of_its_kernel() -> None:
    ids = kg.Input((None,), ragged=True, dtype="int32", name="ids")
    function = masked_mean(ids)
    assert kernels(compile_plan(function)) == [["gather_sum_f32_i32_i64 + program + program"]]
    lengths = RNG.integers(0, 9, 4000)
    batch = kg.RaggedTensor.from_row_lengths(RNG.integers(0, 7, lengths.sum(), np.int32), lengths)
    whole = kg.compile(function)(batch)
    np.testing.assert_allclose(whole, function(batch), rtol=1e-5, atol=1e-5)
    for first in (0, 17, 3990):
        part = kg.compile(function)(batch[first : first + 10])
        np.testing.assert_array_equal(part, whole[first : first + 10])


def test_what_others_need_of_such_a_program_is_written_where_they_find_it() -> None:
    ids = kg.Input((None,), ragged=True, dtype="int32", name="ids")
    function = masked_mean(ids, with_counts=True)
    batch = kg.ragged.constant([[1, 0], [], [3, 4, 0, 0, 5]], dtype=np.int32)
    for found, wanted in zip(kg.compile(function)(batch), function(batch), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_a_program_that_works_for_the_product_too_stands_apart() -> None:
    x = kg.Input((6,), name="x")
    h = ops.softmax(x)
    function = kg.Function(x, ops.tanh(layers.Dense(6)(h)) + h)
    assert kernels(compile_plan(function)) == [["program", "gemm_f32 + program"]]
    check(function, weights(500, 6))


def test_a_program_that_works_for_the_product_alone_stands_apart() -> None:
    x = kg.Input((6,), name="x")
    function = kg.Function(x, ops.tanh(layers.Dense(6)(ops.softmax(x))))
    assert kernels(compile_plan(function)) == [["program", "gemm_f32 + program"]]
    check(function, weights(500, 6))


def test_each_of_two_kernels_has_the_programs_that_work_for_it() -> None:
    inputs = [kg.Input((None,), ragged=True, dtype="int32", name=name) for name in "ab"]
    function = kg.Function(inputs, [masked_mean(ids)(ids) for ids in inputs])
    kernel = "gather_sum_f32_i32_i64 + program + program"
    assert kernels(compile_plan(function)) == [[kernel, kernel]]


def test_a_program_over_all_rows_stands_apart() -> None:
    x = kg.Input((6,), name="x")
    function = kg.Function(x, ops.tanh(layers.Dense(6)(x)) + ops.sum(ops.exp(x), axis=0))
    found = [kernel for region in kernels(compile_plan(function)) for kernel in region]
    assert not any("program + program" in kernel for kernel in found)
    compiled, batch = kg.compile(function), weights(500, 6)
    np.testing.assert_allclose(compiled(batch), function(batch), rtol=1e-5, atol=1e-5)


def test_of_two_programs_that_read_one_product_the_first_takes_it_up() -> None:
    x = kg.Input((4, 6), name="x")
    h = layers.Dense(6)(x)
    function = kg.Function(x, [ops.softmax(h, axis=-1), ops.softmax(h, axis=(1, 2))])
    assert kernels(compile_plan(function)) == [["gemm_f32 + program", "program"]]
    check(function, weights(300, 4, 6))


def test_a_kernel_works_over_rows_that_all_its_parts_have() -> None:
    """The product has a row for each item, its norm one for all items together."""
    x = kg.Input((4, 6), name="x")
    function = kg.Function(x, layers.LayerNormalization(axis=(1, 2))(layers.Dense(6)(x)))
    assert kernels(compile_plan(function)) == [["gemm_f32 + program"]]
    check(function, weights(300, 4, 6))


def test_a_look_up_is_no_part_of_the_kernel_that_reads_it() -> None:
    x, ids = kg.Input((6,), name="x"), kg.Input((), dtype="int32", name="ids")
    found = layers.Embedding(50, 6, embeddings_initializer="random_normal")(ids)
    function = kg.Function([x, ids], ops.tanh(layers.Dense(6)(x)) + found)
    assert kernels(compile_plan(function)) == [["take_i32", "gemm_f32 + program"]]
    check(function, weights(700, 6), RNG.integers(0, 50, 700, np.int32))


def rows_of_ids() -> tuple[kg.KerasTensor, kg.KerasTensor, kg.RaggedTensor]:
    ids = kg.Input((None,), ragged=True, dtype="int32", name="ids")
    counted = ops.cast(ids != 0, "float32")
    return ids, counted, kg.ragged.constant([[1, 0], [], [3, 4, 0, 0, 5]] * 90, dtype=np.int32)


def test_a_program_that_makes_two_values_stands_apart() -> None:
    ids, counted, batch = rows_of_ids()
    items = layers.Embedding(7, 5, embeddings_initializer="random_normal")(ids)
    count, twice = (ops.expand_dims(ops.sum(counted * by, axis=1), -1) for by in (1.0, 2.0))
    function = kg.Function(ids, ops.sum(items, axis=1) / (count + 1.0) + twice)
    found = kernels(compile_plan(function))
    assert found == [["program", "gather_sum_f32_i32_i64 + program"]]
    np.testing.assert_allclose(kg.compile(function)(batch), function(batch), rtol=1e-5, atol=1e-5)


def test_programs_without_a_product_are_kernels_of_their_own() -> None:
    ids, counted, batch = rows_of_ids()
    count = ops.expand_dims(ops.sum(counted, axis=1), -1)
    shares = ops.softmax(count * np.arange(4, dtype=np.float32))
    function = kg.Function(ids, shares * count)
    assert kernels(compile_plan(function)) == [["program", "program"]]
    np.testing.assert_allclose(kg.compile(function)(batch), function(batch), rtol=1e-5, atol=1e-5)
