from __future__ import annotations

import pytest

from kgraph.compiler.rules import attention as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of


def heads(scale: str = "", *, last: str = "%5", dtype: str = "f32") -> str:
    scaled = f"\n    %3 = {scale} : {dtype}[B, 2, 5, 3]" if scale else ""
    scores = "%3" if scale else "%2"
    return f"""
    %q: {dtype}[B, 5, 2, 4]
    %k: {dtype}[B, 3, 2, 4]
    %v: {dtype}[B, 3, 2, 6]
    %0 = transpose_axes(%q, axes=(0, 2, 1, 3)) : {dtype}[B, 2, 5, 4]
    %1 = transpose_axes(%k, axes=(0, 2, 3, 1)) : {dtype}[B, 2, 4, 3]
    %2 = batched_matmul(%0, %1) : {dtype}[B, 2, 5, 3]{scaled}
    %4 = softmax_rows({scores}, axes=(3,)) : {dtype}[B, 2, 5, 3]
    %w = transpose_axes(%v, axes=(0, 2, 1, 3)) : {dtype}[B, 2, 3, 6]
    %5 = batched_matmul(%4, %w) : {dtype}[B, 2, 5, 6]
    return {last}"""


def one_kernel(scale: str) -> str:
    return f"""
    %q: f32[B, 5, 2, 4]
    %k: f32[B, 3, 2, 4]
    %v: f32[B, 3, 2, 6]
    %0 = attention(%q, %k, %v, scale={scale}) : f32[B, 5, 2, 6]
    %1 = transpose_axes(%0, axes=(0, 2, 1, 3)) : f32[B, 2, 5, 6]
    return %1"""


ONE_HEAD = """
    %q: f32[B, 5, 4]
    %k: f32[B, 3, 4]
    %v: f32[B, 3, 6]
    %0 = transpose_axes(%k, axes=(0, 2, 1)) : f32[B, 4, 3]
    %1 = batched_matmul(%q, %0) : f32[B, 5, 3]
    %2 = softmax_rows(%1, axes=(2,)) : f32[B, 5, 3]
    %3 = batched_matmul(%2, %v) : f32[B, 5, 6]
    return %3"""

FIRES = [
    Fires(rules.attention_is_one_kernel, heads(), one_kernel("1.0")),
    Fires(
        rules.scaled_attention_is_one_kernel,
        heads("multiply(%2, 0.25:f32[])"),
        one_kernel("0.25"),
    ),
    Fires(rules.divided_attention_is_one_kernel, heads("divide(%2, 2.0:f32[])"), one_kernel("0.5")),
    Fires(
        rules.attention_is_one_kernel,
        ONE_HEAD,
        """
    %q: f32[B, 5, 4]
    %k: f32[B, 3, 4]
    %v: f32[B, 3, 6]
    %0 = reshape_to(%q, shape=({B}, 5, 1, 4)) : f32[B, 5, 1, 4]
    %1 = reshape_to(%k, shape=({B}, 3, 1, 4)) : f32[B, 3, 1, 4]
    %2 = reshape_to(%v, shape=({B}, 3, 1, 6)) : f32[B, 3, 1, 6]
    %3 = attention(%0, %1, %2, scale=1.0) : f32[B, 5, 1, 6]
    %4 = reshape_to(%3, shape=({B}, 5, 6)) : f32[B, 5, 6]
    return %4""",
    ),
]
STAYS = [
    Stays(rules.attention_is_one_kernel, heads(last="%5, %4")),
    Stays(rules.attention_is_one_kernel, heads(last="%5, %2")),
    Stays(rules.attention_is_one_kernel, heads(dtype="f16")),
    Stays(rules.attention_is_one_kernel, ONE_HEAD.replace("axes=(2,)", "axes=(1, 2)")),
    Stays(
        rules.attention_is_one_kernel,
        ONE_HEAD.replace("transpose_axes(%k, axes=(0, 2, 1))", "reshape_to(%k, shape=({B}, 4, 3))"),
    ),
    Stays(
        rules.attention_is_one_kernel,
        heads().replace(
            "transpose_axes(%v, axes=(0, 2, 1, 3))", "reshape_to(%v, shape=({B}, 2, 3, 6))"
        ),
    ),
    Stays(rules.scaled_attention_is_one_kernel, heads("add(%2, 0.25:f32[])")),
    Stays(rules.scaled_attention_is_one_kernel, heads("multiply(%2, 2.0:f32[])")),
    Stays(rules.scaled_attention_is_one_kernel, heads("multiply(%2, nan:f32[])")),
    Stays(rules.divided_attention_is_one_kernel, heads("divide(%2, 0.5:f32[])")),
    Stays(rules.divided_attention_is_one_kernel, heads("divide(%2, 0.0:f32[])")),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_stays(case: Stays) -> None:
    check_stays(case)
