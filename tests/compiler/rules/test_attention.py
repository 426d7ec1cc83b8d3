from __future__ import annotations

import pytest

from kgraph.compiler.rules import attention as rules
from tests.compiler.rule_cases import (
    Fires,
    Stays,
    check_fires,
    check_stays,
    name_of,
)


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


def masked(*lines: str, mask: str = "%m: b1[B, 1, 5, 3]", last: str = "%out") -> str:
    """Heads whose scores ``%3`` become ``%s`` in some lines."""
    between = "\n    ".join(lines)
    return f"""
    %q: f32[B, 5, 2, 4]
    %k: f32[B, 3, 2, 4]
    %v: f32[B, 3, 2, 6]
    {mask}
    %0 = transpose_axes(%q, axes=(0, 2, 1, 3)) : f32[B, 2, 5, 4]
    %1 = transpose_axes(%k, axes=(0, 2, 3, 1)) : f32[B, 2, 4, 3]
    %2 = batched_matmul(%0, %1) : f32[B, 2, 5, 3]
    %3 = multiply(%2, 0.5:f32[]) : f32[B, 2, 5, 3]
    {between}
    %shares = softmax_rows(%s, axes=(3,)) : f32[B, 2, 5, 3]
    %w = transpose_axes(%v, axes=(0, 2, 1, 3)) : f32[B, 2, 3, 6]
    %out = batched_matmul(%shares, %w) : f32[B, 2, 5, 6]
    return {last}"""


def masked_kernel(
    *lines: str, masks: str = "", hidden: str = "-inf", causal: bool = False,
    mask: str = "%m: b1[B, 1, 5, 3]", dropped: bool = False,
) -> str:  # fmt: skip
    before = "".join(f"\n    {line}" for line in lines)
    made, turned = f"%{len(lines)}", f"%{len(lines) + 1}"
    attrs = f"dropped={dropped}, scale=0.5, hidden={hidden}, causal={causal}"
    return f"""
    %q: f32[B, 5, 2, 4]
    %k: f32[B, 3, 2, 4]
    %v: f32[B, 3, 2, 6]
    {mask}{before}
    {made} = masked_attention(%q, %k, %v{masks}, {attrs}) : f32[B, 5, 2, 6]
    {turned} = transpose_axes({made}, axes=(0, 2, 1, 3)) : f32[B, 2, 5, 6]
    return {turned}"""


HIDE = "%s = where(%m, %3, -inf:f32[]) : f32[B, 2, 5, 3]"
LATER = (
    "[[True, False, False], [True, True, False], [True, True, True], [True, True, True], "
    "[True, True, True]]"
)
HIDDEN = str([[key > query for key in range(3)] for query in range(5)])
ONES = str([[float(key <= query) for key in range(3)] for query in range(5)])
COUNTS = (
    "%keys = counting(%n) : i64[S]",
    "%queries = counting(%n) : i64[S]",
)


def causal(*lines: str, compared: str) -> str:
    """One head over S steps, of which a query sees those that ``compared`` tells."""
    between = "\n    ".join((*COUNTS, *lines))
    return f"""
    %q: f32[B, S, 4]
    %n: i32[S]
    {between}
    %m = {compared}
    %0 = transpose_axes(%q, axes=(0, 2, 1)) : f32[B, 4, S]
    %1 = batched_matmul(%q, %0) : f32[B, S, S]
    %2 = where(%m, %1, -1000.0:f32[]) : f32[B, S, S]
    %3 = softmax_rows(%2, axes=(2,)) : f32[B, S, S]
    %4 = batched_matmul(%3, %q) : f32[B, S, 4]
    return %4"""


CAUSAL = """
    %q: f32[B, S, 4]
    %n: i32[S]
    %0 = reshape_to(%q, shape=({B}, {S}, 1, 4)) : f32[B, S, 1, 4]
    %1 = reshape_to(%q, shape=({B}, {S}, 1, 4)) : f32[B, S, 1, 4]
    %2 = reshape_to(%q, shape=({B}, {S}, 1, 4)) : f32[B, S, 1, 4]
    %3 = masked_attention(%0, %1, %2, ATTRS, causal=True) : f32[B, S, 1, 4]
    %4 = reshape_to(%3, shape=({B}, {S}, 4)) : f32[B, S, 4]
    return %4""".replace("ATTRS", "dropped=False, scale=1.0, hidden=-1000.0")
AS_ROWS = "%rows = reshape_to(%queries, shape=({S}, 1)) : i64[S, 1]"

MASKED = rules.masked_attention_is_one_kernel
DROPPED = rules.attention_without_what_is_hidden_is_one_kernel


def dropped(seen: str, neutral: str = "0.0:f32[]", mask: str = "%m: b1[B, 1, 5, 3]") -> str:
    """Heads whose shares are kept where ``seen`` is true."""
    text = masked(HIDE, mask=mask)
    kept = f"%kept = where({seen}, %shares, {neutral}) : f32[B, 2, 5, 3]\n    %w ="
    return text.replace("%w =", kept).replace("matmul(%shares", "matmul(%kept")


FIRES = [
    Fires(MASKED, masked(HIDE), masked_kernel(masks=", %m")),
    Fires(
        MASKED,  # a factor before the product
        masked(HIDE).replace("multiply(%2, 0.5:f32[])", "multiply(0.5:f32[], %2)"),
        masked_kernel(masks=", %m"),
    ),
    Fires(
        MASKED,
        masked(HIDE).replace("multiply(%2, 0.5:f32[])", "divide(%2, 2.0:f32[])"),
        masked_kernel(masks=", %m"),
    ),
    Fires(
        MASKED,  # what is added comes second
        masked("%s = add(%3, %b) : f32[B, 2, 5, 3]", mask="%b: f32[B, 2, 5, 3]"),
        masked_kernel(masks=", %b", mask="%b: f32[B, 2, 5, 3]"),
    ),
    Fires(
        MASKED,  # the causal mask, true where a key is hidden
        masked(f"%s = where({HIDDEN}:b1[5, 3], -inf:f32[], %3) : f32[B, 2, 5, 3]"),
        masked_kernel(causal=True),
    ),
    Fires(
        MASKED,  # ones that are added hide nothing
        masked(f"%s = add(%3, {ONES}:f32[5, 3]) : f32[B, 2, 5, 3]"),
        masked_kernel(
            "%0 = constant() : f32[5, 3]",
            "%1 = reshape_to(%0, shape=(1, 1, 5, 3)) : f32[1, 1, 5, 3]",
            masks=", %1",
        ),
    ),
    Fires(
        MASKED,  # keys that nobody sees
        masked("%s = where([True, True, False]:b1[3], %3, -inf:f32[]) : f32[B, 2, 5, 3]"),
        masked_kernel(
            "%0 = reshape_to([True, True, False]:b1[3], shape=(1, 1, 1, 3)) : b1[1, 1, 1, 3]",
            masks=", %0",
        ),
    ),
    Fires(
        MASKED,  # a mask that got an axis, and had one already
        masked(
            "%4 = reshape_to(%m, shape=({B}, 1, 1, 3)) : b1[B, 1, 1, 3]",
            "%s = where(%4, %3, -inf:f32[]) : f32[B, 2, 5, 3]",
            mask="%m: b1[B, 1, 3]",
        ),
        masked_kernel(
            "%0 = reshape_to(%m, shape=({B}, 1, 1, 3)) : b1[B, 1, 1, 3]",
            masks=", %0",
            mask="%m: b1[B, 1, 3]",
        ),
    ),
    Fires(
        MASKED,  # a mask whose axes lie in one
        masked(
            "%4 = reshape_to(%m, shape=({B}, 1, 5, 3)) : b1[B, 1, 5, 3]",
            "%s = where(%4, %3, -inf:f32[]) : f32[B, 2, 5, 3]",
            mask="%m: b1[B, 15]",
        ),
        masked_kernel(
            "%0 = reshape_to(%m, shape=({B}, 1, 5, 3)) : b1[B, 1, 5, 3]",
            masks=", %0",
            mask="%m: b1[B, 15]",
        ),
    ),
    Fires(
        MASKED,  # true where a key is hidden
        masked("%s = where(%m, -1000.0:f32[], %3) : f32[B, 2, 5, 3]"),
        masked_kernel("%0 = logical_not(%m) : b1[B, 1, 5, 3]", masks=", %0", hidden="-1000.0"),
    ),
    Fires(
        MASKED,  # a row that is added, without axes for batch and queries
        masked("%s = add(%b, %3) : f32[B, 2, 5, 3]", mask="%b: f32[2, 1, 3]"),
        masked_kernel(
            "%0 = reshape_to(%b, shape=(1, 2, 1, 3)) : f32[1, 2, 1, 3]",
            masks=", %0",
            mask="%b: f32[2, 1, 3]",
        ),
    ),
    Fires(
        MASKED,  # what is added comes first
        masked(
            "%4 = subtract(%3, %b) : f32[B, 2, 5, 3]",
            "%s = where(%m, %4, -inf:f32[]) : f32[B, 2, 5, 3]",
            mask="%m: b1[B, 1, 1, 3]\n    %b: f32[B, 2, 5, 3]",
        ),
        masked_kernel(
            "%0 = negative(%b) : f32[B, 2, 5, 3]",
            masks=", %0, %m",
            mask="%m: b1[B, 1, 1, 3]\n    %b: f32[B, 2, 5, 3]",
        ),
    ),
    Fires(
        MASKED,  # two masks that are met, one of them spread
        masked(
            "%4 = broadcast_to(%t, shape=({B}, 5, 3)) : b1[B, 5, 3]",
            "%5 = logical_and(%4, %m) : b1[B, 5, 3]",
            "%6 = reshape_to(%5, shape=({B}, 1, 5, 3)) : b1[B, 1, 5, 3]",
            "%s = where(%6, %3, -inf:f32[]) : f32[B, 2, 5, 3]",
            mask="%m: b1[B, 1, 3]\n    %t: b1[5, 1]",
        ),
        masked_kernel(
            "%0 = reshape_to(%t, shape=(1, 1, 5, 1)) : b1[1, 1, 5, 1]",
            "%1 = reshape_to(%m, shape=({B}, 1, 1, 3)) : b1[B, 1, 1, 3]",
            masks=", %0, %1",
            mask="%m: b1[B, 1, 3]\n    %t: b1[5, 1]",
        ),
    ),
    Fires(
        MASKED,  # the causal mask, written out
        masked(f"%s = where({LATER}:b1[5, 3], %3, -inf:f32[]) : f32[B, 2, 5, 3]"),
        masked_kernel(causal=True),
    ),
    Fires(DROPPED, dropped("%m"), masked_kernel(masks=", %m", dropped=True)),
    Fires(MASKED, causal(AS_ROWS, compared="less_equal(%keys, %rows) : b1[S, S]"), CAUSAL),
    Fires(MASKED, causal(AS_ROWS, compared="greater_equal(%rows, %keys) : b1[S, S]"), CAUSAL),
    Fires(
        MASKED,
        causal(
            AS_ROWS,
            "%less = subtract(%keys, %rows) : i64[S, S]",
            "%one = reshape_to(%less, shape=(1, {S}, {S})) : i64[1, S, S]",
            compared="less_equal(%one, 0:i64[]) : b1[1, S, S]",
        ),
        CAUSAL,
    ),
    Fires(
        MASKED,
        causal(
            AS_ROWS,
            "%more = subtract(%rows, %keys) : i64[S, S]",
            compared="less_equal(0:i64[], %more) : b1[S, S]",
        ),
        CAUSAL,
    ),
    Fires(
        MASKED,  # what comes earlier is hidden: a mask like any other
        causal(AS_ROWS, compared="less_equal(%rows, %keys) : b1[S, S]"),
        """
    %q: f32[B, S, 4]
    %n: i32[S]
    %0 = reshape_to(%q, shape=({B}, {S}, 1, 4)) : f32[B, S, 1, 4]
    %1 = reshape_to(%q, shape=({B}, {S}, 1, 4)) : f32[B, S, 1, 4]
    %2 = reshape_to(%q, shape=({B}, {S}, 1, 4)) : f32[B, S, 1, 4]
    %3 = counting(%n) : i64[S]
    %4 = reshape_to(%3, shape=({S}, 1)) : i64[S, 1]
    %5 = counting(%n) : i64[S]
    %6 = less_equal(%4, %5) : b1[S, S]
    %7 = reshape_to(%6, shape=(1, 1, {S}, {S})) : b1[1, 1, S, S]
    %8 = masked_attention(%0, %1, %2, %7, ATTRS, causal=False) : f32[B, S, 1, 4]
    %9 = reshape_to(%8, shape=({B}, {S}, 4)) : f32[B, S, 4]
    return %9""".replace("ATTRS", "dropped=False, scale=1.0, hidden=-1000.0"),
    ),
    Fires(
        MASKED,  # counts in another dtype
        causal(
            "%short = cast(%keys, dtype='int32') : i32[S]",
            "%turns = cast(%queries, dtype='int32') : i32[S]",
            "%rows = reshape_to(%turns, shape=({S}, 1)) : i32[S, 1]",
            compared="less_equal(%short, %rows) : b1[S, S]",
        ),
        CAUSAL,
    ),
    Fires(rules.attention_is_one_kernel, heads(), one_kernel("1.0")),
    Fires(
        rules.attention_is_one_kernel,  # a single head with an axis of its own
        """
    %q: f32[B, 1, 5, 4]
    %k: f32[B, 1, 3, 4]
    %v: f32[B, 1, 3, 6]
    %0 = transpose_axes(%k, axes=(0, 1, 3, 2)) : f32[B, 1, 4, 3]
    %1 = batched_matmul(%q, %0) : f32[B, 1, 5, 3]
    %2 = softmax_rows(%1, axes=(3,)) : f32[B, 1, 5, 3]
    %3 = batched_matmul(%2, %v) : f32[B, 1, 5, 6]
    return %3""",
        """
    %q: f32[B, 1, 5, 4]
    %k: f32[B, 1, 3, 4]
    %v: f32[B, 1, 3, 6]
    %0 = reshape_to(%q, shape=({B}, 5, 1, 4)) : f32[B, 5, 1, 4]
    %1 = reshape_to(%k, shape=({B}, 3, 1, 4)) : f32[B, 3, 1, 4]
    %2 = reshape_to(%v, shape=({B}, 3, 1, 6)) : f32[B, 3, 1, 6]
    %3 = attention(%0, %1, %2, scale=1.0) : f32[B, 5, 1, 6]
    %4 = transpose_axes(%3, axes=(0, 2, 1, 3)) : f32[B, 1, 5, 6]
    return %4""",
    ),
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
    Stays(
        rules.attention_is_one_kernel,
        ONE_HEAD.replace("%k: f32[B", "%k: f32[1").replace(
            "%0 = transpose_axes(%k, axes=(0, 2, 1)) : f32[B",
            "%0 = transpose_axes(%k, axes=(0, 2, 1)) : f32[1",
        ),
    ),  # the same keys for all of a batch
    Stays(rules.attention_is_one_kernel, ONE_HEAD.replace("%v: f32[B", "%v: f32[1")),
    Stays(
        rules.attention_is_one_kernel,
        heads().replace(
            "transpose_axes(%k, axes=(0, 2, 3, 1))", "reshape_to(%k, shape=({B}, 2, 4, 3))"
        ),
    ),
    Stays(
        rules.attention_is_one_kernel,  # two axes of heads, one of which is 1
        ONE_HEAD.replace("[B, ", "[B, 1, 2, ")
        .replace("axes=(0, 2, 1)", "axes=(0, 1, 2, 4, 3)")
        .replace("axes=(2,)", "axes=(4,)"),
    ),
    Stays(
        rules.scaled_attention_is_one_kernel,  # a factor that may change
        heads("multiply(%2, %s)").replace("%v:", "%s: f32[] = variable\n    %v:"),
    ),
    Stays(
        rules.scaled_attention_is_one_kernel,  # one for each key
        heads("multiply(%2, [0.5, 0.25, 1.0]:f32[3])"),
    ),
    Stays(
        MASKED,  # one for each key
        masked(HIDE).replace("0.5:f32[]", "[0.5, 0.25, 1.0]:f32[3]"),
    ),
    Stays(
        MASKED,  # what is masked is no product
        masked(HIDE, mask="%m: b1[B, 1, 5, 3]\n    %x: f32[B, 2, 5, 3]").replace(
            "multiply(%2", "multiply(%x"
        ),
    ),
    Stays(
        MASKED,  # a number divided by the product
        masked(HIDE).replace("multiply(%2, 0.5:f32[])", "divide(2.0:f32[], %2)"),
    ),
    Stays(MASKED, masked(HIDE).replace("multiply(%2, 0.5:f32[])", "divide(%2, 0.0:f32[])")),
    Stays(
        MASKED,  # scores are taken from a number
        masked("%s = subtract(%b, %3) : f32[B, 2, 5, 3]", mask="%b: f32[2, 1, 3]"),
    ),
    Stays(
        MASKED,  # scores for what is hidden that only a batch tells
        masked(HIDE.replace("-inf:f32[]", "%h"), mask="%m: b1[B, 1, 5, 3]\n    %h: f32[]"),
    ),
    Stays(MASKED, masked(HIDE.replace("-inf:f32[]", "[0.0, 1.0, 2.0]:f32[3]"))),
    Stays(
        DROPPED,  # shares are dropped by one of two masks
        dropped("%m", mask="%m: b1[B, 1, 5, 3]\n    %t: b1[5, 3]")
        .replace("softmax_rows(%s", "softmax_rows(%r")
        .replace(
            "%shares =",
            "%r = where(%t, %s, -inf:f32[]) : f32[B, 2, 5, 3]\n    %shares =",
        ),
    ),
    Stays(
        MASKED,  # a batch tells whether a mask is as wide as the scores
        """
    %q: f32[B, S, 4]
    %m: b1[M, 1]
    %wide = broadcast_to(%m, shape=({S}, {S})) : b1[S, S]
    %0 = transpose_axes(%q, axes=(0, 2, 1)) : f32[B, 4, S]
    %1 = batched_matmul(%q, %0) : f32[B, S, S]
    %2 = where(%wide, %1, -1000.0:f32[]) : f32[B, S, S]
    %3 = softmax_rows(%2, axes=(2,)) : f32[B, S, S]
    %4 = batched_matmul(%3, %q) : f32[B, S, 4]
    return %4""",
    ),
    Stays(
        MASKED,  # a mask with an axis before those of the scores
        """
    %q: f32[B, 5, 4]
    %m: b1[2, B, 5, 5]
    %0 = transpose_axes(%q, axes=(0, 2, 1)) : f32[B, 4, 5]
    %1 = batched_matmul(%q, %0) : f32[B, 5, 5]
    %2 = where(%m, %1, -1000.0:f32[]) : f32[2, B, 5, 5]
    %3 = softmax_rows(%2, axes=(3,)) : f32[2, B, 5, 5]
    %4 = batched_matmul(%3, %q) : f32[2, B, 5, 4]
    return %4""",
    ),
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
    Stays(MASKED, heads("multiply(%2, 0.5:f32[])")),  # no mask
    Stays(DROPPED, masked(HIDE)),
    Stays(DROPPED, dropped("%m", neutral="1.0:f32[]")),
    Stays(DROPPED, dropped("%t", mask="%m: b1[B, 1, 5, 3]\n    %t: b1[B, 1, 5, 3]")),
    Stays(MASKED, masked(HIDE).replace("0.5:f32[]", "2.0:f32[]")),
    Stays(MASKED, masked(HIDE, last="%out, %s")),
    Stays(MASKED, masked(HIDE, last="%out, %3")),
    Stays(MASKED, masked("%s = multiply(%b, %3) : f32[B, 2, 5, 3]", mask="%b: f32[2, 1, 3]")),
    Stays(
        MASKED,  # two scores for what is hidden
        masked(
            "%4 = where(%m, %3, -inf:f32[]) : f32[B, 2, 5, 3]",
            "%s = where(%t, %4, -1000.0:f32[]) : f32[B, 2, 5, 3]",
            mask="%m: b1[B, 1, 1, 3]\n    %t: b1[5, 3]",
        ),
    ),
    Stays(
        MASKED,  # added after some are hidden
        masked(
            "%4 = where(%m, %3, -1000.0:f32[]) : f32[B, 2, 5, 3]",
            "%s = add(%4, %b) : f32[B, 2, 5, 3]",
            mask="%m: b1[B, 1, 1, 3]\n    %b: f32[5, 3]",
        ),
    ),
    Stays(
        MASKED,  # a score of its own for each key that is hidden
        masked(
            "%s = where(%m, %3, %b) : f32[B, 2, 5, 3]", mask="%m: b1[B, 1, 1, 3]\n    %b: f32[5, 3]"
        ),
    ),
    Stays(
        MASKED,  # scores take the sizes of the mask
        """
    %q: f32[B, S, 4]
    %m: b1[M, S]
    %0 = transpose_axes(%q, axes=(0, 2, 1)) : f32[B, 4, S]
    %1 = batched_matmul(%q, %0) : f32[B, S, S]
    %2 = where(%m, %1, -1000.0:f32[]) : f32[B, bcast(S, M), S]
    %3 = softmax_rows(%2, axes=(2,)) : f32[B, bcast(S, M), S]
    %4 = batched_matmul(%3, %q) : f32[B, bcast(S, M), 4]
    return %4""",
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_stays(case: Stays) -> None:
    check_stays(case)
