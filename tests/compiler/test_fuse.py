"""What becomes one program, what becomes one region, and what must not."""

from __future__ import annotations

import numpy as np

import kgraph as kg
from kgraph import layers, ops
from kgraph.compiler.pipeline import compile_plan
from tests.compiler.plans import kernels, plan_text


def test_an_elementwise_chain_is_one_program() -> None:
    x = kg.Input((8,), name="x")
    left = ops.tanh(x * 0.5 + 0.1) * ops.sigmoid(x) + ops.sqrt(ops.absolute(x) + 1)
    chain = kg.Function(x, left - ops.log1p(ops.exp(-ops.absolute(x))))
    assert (
        plan_text(chain)
        == """\
  region 0 over 8*B rows
    program(b1, b2, b3, b4, b0; 1)  # function
      r2 = mul_f32(r0, r1)  [full]
      r4 = add_f32(r2, r3)  [full]
      r5 = tanh_f32(r4)  [full]
      r6 = sigmoid_f32(r0)  [full]
      r7 = mul_f32(r5, r6)  [full]
      r8 = abs_f32(r0)  [full]
      r10 = add_f32(r8, r9)  [full]
      r11 = sqrt_f32(r10)  [full]
      r12 = add_f32(r7, r11)  [full]
      r13 = neg_f32(r8)  [full]
      r14 = softplus_f32(r13)  [full]
      r15 = sub_f32(r12, r14)  [full]"""
    )


def test_dense_with_relu_is_one_product() -> None:
    x = kg.Input((8,), name="x")
    assert (
        plan_text(kg.Function(x, layers.Dense(4, activation="relu", name="hidden")(x)))
        == """\
  region 0 over B rows
    gemm_f32(b1, b2, b3, b0; 8, 4, 1)  # function/hidden"""
    )


def test_a_product_that_others_read_keeps_its_relu_apart() -> None:
    x = kg.Input((8,), name="x")
    h = layers.Dense(4)(x)
    assert kernels(compile_plan(kg.Function(x, [h, ops.relu(h)]))) == [["gemm_f32", "program"]]


SOFTMAX = """\
      r1 = max_f32(r0)  [reduce]
      r2 = expand(r1)  [expand]
      r3 = sub_f32(r0, r2)  [full]
      r4 = exp_f32(r3)  [full]
      r5 = sum_f32(r4)  [reduce]
      r6 = expand(r5)  [expand]
      r7 = div_f32(r4, r6)  [full]"""


def test_dense_with_softmax_is_one_region() -> None:
    x = kg.Input((8,), name="x")
    assert (
        plan_text(kg.Function(x, layers.Dense(4, activation="softmax", name="scores")(x)))
        == f"""\
  region 0 over B rows
    gemm_f32(b1, b2, b3, b0; 8, 4, 0)  # function/scores
    program(b0, b4; 4)  # function/scores
{SOFTMAX}"""
    )


def test_a_tower_is_one_region() -> None:
    x = kg.Input((8,), name="x")
    h = layers.Dense(16, activation="relu")(x)
    h = layers.LayerNormalization()(h)
    h = layers.Dense(3, activation="softmax")(h)
    found = kernels(compile_plan(kg.Function(x, h)))
    assert found == [["gemm_f32", "program", "gemm_f32", "program"]]


def test_the_mean_of_ragged_embeddings_is_a_gather_sum() -> None:
    ids = kg.Input((None,), ragged=True, dtype="int32", name="ids")
    items = layers.Embedding(20, 6, name="e")(ids)
    pooled = layers.GlobalAveragePooling1D(name="p")(items)
    scores = layers.Dense(3, activation="softmax", name="d")(pooled)
    assert (
        plan_text(kg.Function(ids, scores))
        == f"""\
  region 0 over B rows
    gather_sum_f32_i32_i64(-, b1, b2, b3, -, b0; 20, 6, 6)  # function/p
    program(b5, b6, b7, b4; 1)  # function/p
      r2 = sub_i64(r0, r1)  [full]
      r4 = maximum_i64(r2, r3)  [full]
      r5 = cast_i64_f32(r4)  [full]
    program(b0, b4, b8; 6)  # function/p
      r2 = expand(r1)  [expand]
      r3 = div_f32(r0, r2)  [full]
    gemm_f32(b8, b10, b11, b9; 6, 3, 0)  # function/d
    program(b9, b12; 3)  # function/d
{SOFTMAX}"""
    )


def test_dense_on_sparse_rows_is_a_gather_sum() -> None:
    s = kg.Input((50,), sparse=True, name="s")
    assert (
        plan_text(kg.Function(s, layers.Dense(3, activation="softmax", name="d")(s)))
        == f"""\
  region 0 over B rows
    gather_sum_f32_i32_i32(b1, b3, b4, b5, b2, b0; 50, 3, 3)  # function/d
    program(b0, b6; 3)  # function/d
{SOFTMAX}"""
    )


def test_what_needs_all_rows_waits_for_them() -> None:
    x = kg.Input((8,), name="x")
    y = ops.tanh(x)
    centred = kg.Function(x, y - ops.sum(y, axis=0))
    assert kernels(compile_plan(centred)) == [["program"], ["reduce"], ["program"]]


def test_two_branches_over_the_same_rows_share_a_region() -> None:
    x, y = kg.Input((4,)), kg.Input((6,))
    both = ops.concatenate([layers.Dense(3)(x), layers.Dense(5)(y)], axis=-1)
    found = kernels(compile_plan(kg.Function([x, y], both)))
    assert found == [["gemm_f32", "gemm_f32", "join"]]


def test_a_program_does_not_close_a_circle() -> None:
    """The product lies between the two halves of what else were one program."""
    x = kg.Input((4,))
    y = ops.tanh(x)
    z = y + ops.matmul(y, np.eye(4, dtype=np.float32))
    assert kernels(compile_plan(kg.Function(x, z))) == [["program", "gemm_f32", "program"]]
