"""How an attention is masked: in a thousand steps, and causally."""

from __future__ import annotations

import pytest

from kgraph.compiler.rewrite import rewrite
from kgraph.compiler.rules.attention import masked_attention_is_one_kernel
from kgraph.compiler.verify import verify
from tests.compiler.rule_cases import assert_same, batch, read
from tests.compiler.rules.test_attention import masked


def many(name: str, line: str) -> list[str]:
    """A thousand lines ``line``, each of which makes a value of the one before."""
    return [f"%{name}{i + 1} = {line.format(f'%{name}{i}')}" for i in range(1000)]


MANY_MASKS = [
    masked(
        *many("c", "add({0}, {0}) : f32[B, 2, 5, 3]"),
        "%s = add(%c1000, %3) : f32[B, 2, 5, 3]",
        mask="%b0: f32[B, 2, 5, 3]\n    %c0 = negative(%b0) : f32[B, 2, 5, 3]",
    ),
    masked(
        "%s0 = add(%3, %b) : f32[B, 2, 5, 3]",
        *many("s", "add({0}, %b) : f32[B, 2, 5, 3]"),
        "%s = add(%s1000, %b) : f32[B, 2, 5, 3]",
        mask="%b: f32[2, 1, 3]",
    ),
    masked(
        *many("m", "logical_and({0}, {0}) : b1[B, 1, 5, 3]"),
        "%s = where(%m1000, %3, -inf:f32[]) : f32[B, 2, 5, 3]",
        mask="%m0: b1[B, 1, 5, 3]",
    ),
]


@pytest.mark.parametrize("text", MANY_MASKS, ids=["computed", "added", "all true"])
def test_a_thousand_masks(text: str) -> None:
    found = verify(rewrite(read(text), [masked_attention_is_one_kernel]))
    assert "masked_attention" in [node.op for node in found.nodes]


CAUSAL_OR_NOT = [
    ("less_equal(%keys, %rows)", True),
    ("greater_equal(%rows, %keys)", True),
    ("less_equal(%difference, 0:i64[])", True),
    ("less_equal(%keys, %square)", False),
    ("less(%keys, %rows)", False),
    ("less_equal(%mixed, %rows)", False),
    ("less_equal(%difference, 1:i64[])", False),
    ("less_equal(1:i64[], %difference)", False),
    ("less_equal(%product, 0:i64[])", False),
    ("less_equal(0:i64[], %product)", False),
    ("less_equal(0:i64[], %turned)", True),
    ("less_equal(1:i64[], %turned)", False),
    ("less_equal(0:i64[], %turned_product)", False),
    ("less_equal(%keys, %tall)", True),
    ("less_equal(%given, %rows)", False),
    ("less_equal(%keys, %lengths)", False),
    ("less_equal(%floats, %float_rows)", False),
    ("less_equal(%unsigned, 0:u8[])", False),
    ("less_equal(%unsigned_keys, %unsigned_rows)", True),
]


@pytest.mark.parametrize(("compared", "is_causal"), CAUSAL_OR_NOT)
def test_a_mask_is_causal_if_it_shows_the_keys_up_to_the_query(
    compared: str, is_causal: bool
) -> None:
    before = verify(
        read(f"""
        %q: f32[B, 3, 4]
        %given: i64[3]
        %lengths: i64[3, 1]
        %keys = cast([0, 1, 2]:i64[3], dtype='int64') : i64[3]
        %rows = cast([[0], [1], [2]]:i64[3, 1], dtype='int64') : i64[3, 1]
        %mixed = cast([0, 2, 1]:i64[3], dtype='int64') : i64[3]
        %square = cast([[0, 1, 2], [3, 4, 5], [6, 7, 8]]:i64[3, 3], dtype='int64') : i64[3, 3]
        %difference = subtract(%keys, %rows) : i64[3, 3]
        %product = multiply(%keys, %rows) : i64[3, 3]
        %turned = subtract(%rows, %keys) : i64[3, 3]
        %turned_product = multiply(%rows, %keys) : i64[3, 3]
        %wide = reshape_to(%keys, shape=(1, 3)) : i64[1, 3]
        %tall = reshape_to(%wide, shape=(3, 1)) : i64[3, 1]
        %floats = cast([0, 1, 2]:i64[3], dtype='float32') : f32[3]
        %float_rows = cast([[0], [1], [2]]:i64[3, 1], dtype='float32') : f32[3, 1]
        %unsigned_keys = reshape_to([0, 1, 2]:u8[3], shape=(3,)) : u8[3]
        %unsigned_rows = reshape_to([0, 1, 2]:u8[3], shape=(3, 1)) : u8[3, 1]
        %unsigned = subtract(%unsigned_keys, %unsigned_rows) : u8[3, 3]
        %m = {compared} : b1[3, 3]
        %0 = transpose_axes(%q, axes=(0, 2, 1)) : f32[B, 4, 3]
        %1 = batched_matmul(%q, %0) : f32[B, 3, 3]
        %2 = where(%m, %1, -1000.0:f32[]) : f32[B, 3, 3]
        %3 = softmax_rows(%2, axes=(2,)) : f32[B, 3, 3]
        %4 = batched_matmul(%3, %q) : f32[B, 3, 4]
        return %4""")
    )
    after = verify(rewrite(before, [masked_attention_is_one_kernel]))
    (kernel,) = (node for node in after.nodes if node.op == "masked_attention")
    assert kernel.attrs["causal"] is is_causal
    assert_same(before, after, batch(before, odd=False))
