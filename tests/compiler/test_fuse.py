"""What becomes one program, what becomes one region, and what must not."""

from __future__ import annotations

import numpy as np

import kgraph as kg
from kgraph import layers, ops
from kgraph.compiler.fuse import fuse
from kgraph.compiler.legalise import legalise
from kgraph.compiler.lower import lower
from kgraph.compiler.pipeline import compile_plan
from kgraph.compiler.text import parse
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
      r5 = multiply_add_f32(r0, r1, r2)  [full]
      r5 = tanh_f32(r5)  [full]
      r6 = sigmoid_f32(r0)  [full]
      r7 = abs_f32(r0)  [full]
      r8 = add_f32(r7, r3)  [full]
      r8 = sqrt_f32(r8)  [full]
      r5 = multiply_add_f32(r5, r6, r8)  [full]
      r7 = neg_f32(r7)  [full]
      r7 = softplus_f32(r7)  [full]
      r4 = sub_f32(r5, r7)  [full]"""
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
    assert kernels(compile_plan(kg.Function(x, [h, ops.relu(h)]))) == [["gemm_f32 + program"]]


def test_relu_of_what_is_no_product_is_part_of_a_program() -> None:
    x = kg.Input((8,), name="x")
    assert kernels(compile_plan(kg.Function(x, ops.relu(x)))) == [["program"]]
    assert (
        plan_text(kg.Function(x, ops.relu(ops.tanh(x))))
        == """\
  region 0 over 8*B rows
    program(b1, b0; 1)  # function
      r2 = tanh_f32(r0)  [full]
      r1 = relu_f32(r2)  [full]"""
    )


def test_relu_of_a_product_is_waited_for() -> None:
    x, y = kg.Input((8,), name="x"), kg.Input((4,), name="y")
    product = ops.exp(y) * layers.Dense(4, activation="relu")(x)
    assert kernels(compile_plan(kg.Function([x, y], product))) == [["gemm_f32 + program"]]


SOFTMAX = "        r1 = softmax_f32(r0)  [rowwise full]"


def test_dense_with_softmax_is_one_kernel() -> None:
    x = kg.Input((8,), name="x")
    assert (
        plan_text(kg.Function(x, layers.Dense(4, activation="softmax", name="scores")(x)))
        == f"""\
  region 0 over B rows
    tiles(; B, 16, 1)  # function/scores
      gemm_f32(b1, b2, b3, b0; 8, 4, 0)  # function/scores
      program(b0, b0; 4)  # function/scores
{SOFTMAX}"""
    )


def test_a_tower_is_one_region() -> None:
    x = kg.Input((8,), name="x")
    h = layers.Dense(16, activation="relu")(x)
    h = layers.LayerNormalization()(h)
    h = layers.Dense(3, activation="softmax")(h)
    found = kernels(compile_plan(kg.Function(x, h)))
    assert found == [["gemm_f32 + program", "gemm_f32 + program"]]


def test_the_mean_of_ragged_embeddings_is_a_gather_sum() -> None:
    ids = kg.Input((None,), ragged=True, dtype="int32", name="ids")
    items = layers.Embedding(20, 6, name="e")(ids)
    pooled = layers.GlobalAveragePooling1D(name="p")(items)
    scores = layers.Dense(3, activation="softmax", name="d")(pooled)
    assert (
        plan_text(kg.Function(ids, scores))
        == f"""\
  region 0 over B rows
    tiles(; B, 24, 1)  # function/p
      gather_sum_f32_i32_i64(-, b1, b2, b3, -, b0; 20, 6, 6, 0)  # function/p
      program(b4, b5, b6, b0, b0; 6)  # function/p
        r5 = sub_i64(r0, r1)  [row]
        r5 = maximum_i64(r5, r2)  [row]
        r6 = cast_i64_f32(r5)  [row]
        r5 = expand(r6)  [expand full]
        r4 = div_f32(r3, r5)  [full]
    tiles(; B, 12, 1)  # function/d
      gemm_f32(b0, b8, b9, b7; 6, 3, 0)  # function/d
      program(b7, b7; 3)  # function/d
{SOFTMAX}"""
    )


def test_dense_on_sparse_rows_is_a_gather_sum() -> None:
    s = kg.Input((50,), sparse=True, name="s")
    assert (
        plan_text(kg.Function(s, layers.Dense(3, activation="softmax", name="d")(s)))
        == f"""\
  region 0 over B rows
    tiles(; B, 12, 1)  # function/d
      gather_sum_f32_i32_i32(b1, b3, b4, b5, b2, b0; 50, 3, 3, 0)  # function/d
      program(b0, b0; 3)  # function/d
{SOFTMAX}"""
    )


def test_softmax_of_ragged_rows_is_one_program() -> None:
    x = kg.Input((None,), ragged=True, name="x")
    assert (
        plan_text(kg.Function(x, ops.softmax(x, axis=1).values))
        == """\
  region 0 over B rows
    program(b1, b2, b0; 1, longest_T1_x)  # function
      r2 = softmax_f32(r1)  [rowwise_rows full]"""
    )


def test_pooling_by_attention_is_one_program_over_two_widths() -> None:
    """Scores have one column, items eight: the program widens when the items come in."""
    x = kg.Input((None, 8), ragged=True, name="x")
    shares = ops.softmax(layers.Dense(1, name="scores")(x), axis=1)
    assert (
        plan_text(kg.Function(x, ops.sum(shares * x, axis=1)))
        == """\
  region 0 over B rows
    gemm_f32(b1, b2, b3, b0; 8, 1, 0) over items  # function/scores
    program(b5, b0, b1, b4; 8, longest_T1_x)  # function
      r4 = softmax_f32(r1)  [rowwise_rows row]
      r3 = weighted_sum_f32(r2, r4)  [weigh_rows full]"""
    )


def test_a_value_for_each_row_is_spread_within_the_program_that_makes_it() -> None:
    x = kg.Input((None,), ragged=True, name="x")
    scale = kg.Input((1,), name="scale")
    assert (
        plan_text(kg.Function([x, scale], (x * ops.tanh(scale)).values))
        == """\
  region 0 over B rows
    program(b1, b2, b3, b0; 1, longest_T1_x)  # function
      r4 = tanh_f32(r1)  [segment_full]
      r5 = repeat_rows(r4)  [repeat_rows full]
      r3 = mul_f32(r2, r5)  [full]"""
    )


def test_the_sum_of_ragged_rows_needs_no_tiles() -> None:
    x = kg.Input((None,), ragged=True, name="x")
    assert kernels(compile_plan(kg.Function(x, ops.sum(x, axis=1)))) == [["segment"]]


def test_rows_of_two_ragged_inputs_are_two_programs() -> None:
    """Their row splits are proved equal only when a batch is there."""
    x, y = (kg.Input((None,), ragged=True, name=name) for name in "xy")
    both = kg.Function([x, y], (ops.softmax(x, axis=1) * ops.exp(y)).values)
    assert kernels(compile_plan(both)) == [["program"], ["program"], ["match_rows"], ["program"]]


def test_rows_of_unknown_length_are_summed_apart() -> None:
    """A program would need room for the longest."""
    x, y = (kg.Input((None,), ragged=True, name=name) for name in "xy")
    doubled = ops.concatenate([x, y], axis=0) * 2.0
    function = kg.Function([x, y], ops.exp(ops.sum(doubled, axis=1)))
    assert kernels(compile_plan(function))[-1] == ["segment", "program"]


def test_what_is_done_to_the_sum_of_ragged_rows_is_part_of_its_program() -> None:
    x = kg.Input((None,), ragged=True, name="x")
    assert kernels(compile_plan(kg.Function(x, ops.exp(ops.sum(x, axis=1))))) == [["program"]]


def test_an_attention_knows_how_many_keys_a_row_has() -> None:
    q, k = kg.Input((4, 8), name="q"), kg.Input((6, 8), name="k")
    shares = ops.softmax(ops.matmul(q, ops.transpose(k, (0, 2, 1))))
    (planned,) = compile_plan(kg.Function([q, k], ops.matmul(shares, k))).planned
    (region,) = planned.fused.regions
    assert [(step.kind, step.longest) for step in region.steps] == [("attention", 6)]


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
    assert kernels(compile_plan(kg.Function(x, z))) == [["program", "gemm_f32 + program"]]


def test_a_short_program_and_a_long_one_become_one() -> None:
    x, y = kg.Input((8,), name="x"), kg.Input((8,), name="y")
    both = ops.tanh(x) + ops.exp(ops.sin(ops.cos(y)))
    assert kernels(compile_plan(kg.Function([x, y], both))) == [["program"]]


def test_programs_with_a_product_between_them_stay_two() -> None:
    """The first to be made waits for the product by now, which waits for the second."""
    x, y = kg.Input((8,), name="x"), kg.Input((8,), name="y")
    e = ops.exp(y)
    function = kg.Function([x, y], (ops.tanh(x) + layers.Dense(8)(e)) * e)
    assert kernels(compile_plan(function)) == [["program", "gemm_f32 + program"]]


# -- why a region ends where it does -------------------------------------------------------------


def why(function: kg.Function) -> list[tuple[list[str], dict[str, str]]]:
    """For each region the kinds of its steps, and why the makers of what it reads are elsewhere."""
    regions = fuse(legalise(lower(function).graph)).regions
    return [
        ([step.kind for step in region.steps], {node.op: text for node, text in region.why.items()})
        for region in regions
    ]


NOT_ALIGNED = "its rows are not where the rows of its operands are"


def test_what_is_spread_over_all_rows_stands_apart() -> None:
    x = kg.Input((8,), name="x")
    y = ops.tanh(x)
    assert why(kg.Function(x, y + ops.exp(ops.max(y)))) == [
        (["program"], {}),
        (["reduce"], {"tanh": NOT_ALIGNED}),
        (["program"], {"reduce_max": NOT_ALIGNED}),
        (
            ["program"],
            {"tanh": "another operand depends on that region", "exp": "it reads all rows of a exp"},
        ),
    ]


def test_a_step_tells_of_operands_that_are_not_in_the_region_it_joins() -> None:
    x = kg.Input((4,), name="x")
    ids = kg.Input((), dtype="int32", name="ids")
    found = why(kg.Function([x, ids], ops.take(ops.tanh(x), ids + 1, axis=0)))
    assert found[-1] == (
        ["program", "take"],
        {op: f"it reads all rows of a {op}" for op in ("tanh", "cast")},
    )


def test_a_region_of_which_all_rows_are_read_is_not_merged_with_one_that_is_joined() -> None:
    graph = parse(
        """
        %ids: i32[B]
        %x: f32[B, 4]
        %0 = add(%ids, 1:i32[]) : i32[B]
        %1 = tanh(%x) : f32[B, 4]
        %2 = gather_rows(%1, %0) : f32[B, 4]
        return %2
        """
    )
    first, last = fuse(graph).regions
    assert [step.kind for step in first.steps] == ["program"]
    assert [step.kind for step in last.steps] == ["program", "take"]
    assert {node.op: text for node, text in last.why.items()} == {
        "tanh": "it reads all rows of a tanh"
    }


def test_regions_that_become_one_tell_of_the_operands_of_both() -> None:
    x, y = kg.Input((4,), name="x"), kg.Input((4,), name="y")
    h, k = ops.tanh(x), ops.exp(y)
    ends = [ops.softmax(h - ops.max(h, axis=0)), ops.cumsum(k - ops.sum(k, axis=0), axis=1)]
    found = why(kg.Function([x, y], ops.concatenate(ends, axis=-1)))
    steps, reasons = found[-1]
    assert steps == ["program", "program", "join"]
    assert reasons.keys() == {"tanh", "reduce_max", "exp", "reduce_sum"}


def test_rows_of_items_and_rows_of_the_batch_are_two_regions() -> None:
    r = kg.Input((None,), ragged=True, name="r")
    shares = ops.softmax(r, axis=1).values
    found = [text for _, reasons in why(kg.Function(r, shares)) for text in reasons.values()]
    assert "it works over T1_r rows, its operand over B" in found


def test_operands_without_rows_in_common_are_two_regions() -> None:
    """Each could join the last step alone: one works over the batch, one over all thirds."""
    p, x = kg.Input((3, 8), name="p"), kg.Input((8,), name="x")
    whole = ops.reshape(layers.Dense(12)(x), (-1, 3, 4))
    thirds = ops.reshape(layers.Dense(5)(ops.reshape(p, (-1, 8))), (-1, 3, 5))
    found = why(kg.Function([p, x], ops.concatenate([whole, thirds, p], axis=-1)))
    assert found == [
        (["tiles"], {}),
        (["tiles", "join"], {"add": "it works over 3*B rows, another operand over B"}),
    ]


def test_a_table_is_whole_before_rows_are_taken_from_it() -> None:
    x = kg.Input((4,), name="x")
    ids = kg.Input((), dtype="int32", name="ids")
    at = ids + 1
    taken = ops.take(ops.tanh(x), at, axis=0)
    for outputs in [at, taken], [taken, at]:
        found = [kinds for kinds, _ in why(kg.Function([x, ids], outputs))]
        assert sorted(found) == [["program"], ["program"], ["program", "take"]]


def test_what_has_no_rows_stands_apart_from_what_has() -> None:
    x = kg.Input((None,), ragged=True, name="x")
    taken = ops.take(x, [0, 1], axis=0) * 2.0
    found = why(kg.Function(x, ops.exp(ops.sum(taken, axis=1))))
    texts = [text for _, reasons in found for text in reasons.values()]
    assert "it works over 1 rows, its operand over 2" in texts


def rows(function: kg.Function) -> list[list[str]]:
    """For each region the row counts in which it may be handed out."""
    return [
        [str(size) for size in region.allowed] for region in fuse(lower(function).graph).regions
    ]


def test_a_region_is_handed_out_in_rows_of_all_its_steps() -> None:
    x, p = kg.Input((8,), name="x"), kg.Input((3, 8), name="p")
    eye = np.eye(8, dtype=np.float32)
    assert rows(kg.Function(x, ops.tanh(x))) == [["B", "8*B"]]
    assert rows(kg.Function(x, ops.matmul(ops.tanh(x), eye))) == [["B"]]
    thirds, whole = layers.Dense(4)(p), ops.reshape(layers.Dense(15)(x), (-1, 3, 5))
    assert rows(kg.Function(p, thirds)) == [["B", "3*B"]]
    assert rows(kg.Function([p, x], ops.concatenate([thirds, whole], axis=-1))) == [["B"]]
