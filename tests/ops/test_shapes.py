"""Shapes: symbolic sizes that are worked out, and mismatches that are told where they are made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgraph import ops
from kgraph.ops.op import Abstract
from kgraph.ops.slicing import resolve_slice
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dim, evaluate

B, N = Dim.symbol("B"), Dim.symbol("N")


def arg(*dims: Any, dtype: str = "float32") -> Abstract:
    return Abstract(ArrayType(np.dtype(dtype), dims))


def shown(value: Any) -> str:
    return str(value.type)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: ops.reshape(arg(B, 6), (-1, 3)), "f32[2*B, 3]"),
        (lambda: ops.reshape(arg(B, 6), (-1, 2, 3)), "f32[B, 2, 3]"),
        (lambda: ops.reshape(arg(B, N, 4), (-1, 4)), "f32[B*N, 4]"),
        (lambda: ops.reshape(arg(B, 5), (-1, 3)), "f32[B + div(2*B, 3), 3]"),
        (lambda: ops.reshape(arg(B, 6), (None, 6)), "f32[B, 6]"),
        (lambda: ops.ravel(arg(B, 6)), "f32[6*B]"),
        (lambda: ops.concatenate([arg(B, 6), arg(N, 6)]), "f32[B + N, 6]"),
        (lambda: ops.stack([arg(B, 6), arg(B, 6)], axis=1), "f32[B, 2, 6]"),
        (lambda: ops.repeat(arg(B, 6), 3, axis=0), "f32[3*B, 6]"),
        (lambda: ops.tile(arg(B, 6), (2, 2)), "f32[2*B, 12]"),
        (lambda: ops.pad(arg(B, 6), ((1, 2), (0, 0))), "f32[B + 3, 6]"),
        (lambda: ops.flip(arg(B, 6)), "f32[B, 6]"),
        (lambda: ops.mean(arg(B, N, 3), axis=1), "f32[B, 3]"),
        (lambda: ops.sum(arg(B, N, 3), axis=1, keepdims=True), "f32[B, 1, 3]"),
        (lambda: ops.matmul(arg(B, N, 3), arg(3, 5)), "f32[B, N, 5]"),
        (lambda: ops.matmul(arg(3), arg(3, 5)), "f32[5]"),
        (lambda: ops.tensordot(arg(B, 3, 4), arg(3, 4, 2)), "f32[B, 2]"),
        (lambda: ops.take(arg(9, 4), arg(B, N, dtype="int32"), axis=0), "f32[B, N, 4]"),
        (lambda: ops.take(arg(B, N, 4), arg(7, dtype="int64"), axis=1), "f32[B, 7, 4]"),
        (lambda: ops.one_hot(arg(B, dtype="int32"), 5), "f32[B, 5]"),
        (lambda: ops.cumsum(arg(B, 3)), "f32[3*B]"),
        (lambda: ops.argmax(arg(B, 3), axis=1), "i32[B]"),
        (lambda: ops.squeeze(arg(B, 1, 3)), "f32[B, 3]"),
        (lambda: ops.expand_dims(arg(B, 3), (0, -1)), "f32[1, B, 3, 1]"),
        (lambda: ops.split(arg(B, 6), 3, axis=1)[1], "f32[B, 2]"),
        (lambda: ops.top_k(arg(B, 6), 2)[1], "i32[B, 2]"),
        (lambda: arg(B, 6)[1:], "f32[max(B - 1, 0), 6]"),
        (lambda: arg(B, 6)[:-1], "f32[max(B - 1, 0), 6]"),
        (lambda: arg(B, 6)[::-1], "f32[B, 6]"),
        (lambda: arg(B, 6)[-1], "f32[6]"),
        (lambda: arg(B, 6)[:, None, ..., ::2], "f32[B, 1, 3]"),
        (lambda: arg(B, 6)[:, [0, -1]], "f32[B, 2]"),
        (lambda: ops.concatenate([arg(N)[:3], arg(N)[3:]]), "f32[N]"),
        (lambda: ops.zeros_like(arg(B, 6), dtype="int32"), "i32[B, 6]"),
    ],
)
def test_symbolic_sizes(made: Any, expected: str) -> None:
    assert shown(made()) == expected


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            lambda: ops.reshape(arg(2, 3), (4, -1)),
            r"reshape: .*differs\n.*\(2, 3\) -> \(4, -1\)",
        ),
        (lambda: ops.reshape(arg(2, 3), (5,)), r"\(2, 3\) -> \(5,\)\n  expected  6 elements"),
        (lambda: ops.reshape(arg(2, 3), (-1, -1)), "only one size may be left open"),
        (
            lambda: ops.matmul(arg(B, 64), arg(32, 1)),
            r"matmul: .* differ, 64 and 32\n.*f32\[B, 64\]",
        ),
        (lambda: ops.matmul(arg(), arg(3)), "matmul: a scalar is no matrix"),
        (lambda: ops.add(arg(2, 3), arg(2, 4)), r"add: .*3 and 4.*\n.*f32\[2, 3\]"),
        (
            lambda: ops.concatenate([arg(2, 3), arg(3, 3)], axis=1),
            "on axis 0 operand 1 has 3 entries",
        ),
        (lambda: ops.stack([arg(2, 3), arg(2, 4)]), "on axis 2 operand 1 has 4 entries"),
        (
            lambda: ops.sum(arg(2, 3), axis=2),
            r"sum: axis 2 is out of bounds\n.*2 axes\n.*-2 <= axis < 2",
        ),
        (lambda: ops.sum(arg(2, 3), axis=(0, -2)), "sum: an axis stands twice"),
        (lambda: ops.squeeze(arg(2, 3), axis=1), "squeeze: axis 1 has size 3, not 1"),
        (lambda: ops.transpose(arg(2, 3), (0, 0)), "transpose: axes must name each axis once"),
        (lambda: arg(2, 3)[2], "index 2 is out of bounds for axis 0 with size 2"),
        (lambda: arg(2, 3)[:, [3]], "index 3 is out of bounds for axis 1 with size 3"),
        (lambda: arg(2, 3)[0, 0, 0], "3 indices are too many for 2 axes"),
        (lambda: arg(2, 3)[::0], "the step of a slice is not 0"),
        (
            lambda: ops.split(arg(B, 6), 4, axis=1),
            "split: cannot cut a size of 6 into 4 equal parts",
        ),
        (lambda: ops.split(arg(B, 6), 2), "split: cannot cut a size of B"),
        (lambda: ops.unstack(arg(B, 6)), "unstack: the size on this axis is not known"),
        (
            lambda: ops.pad(arg(2, 3), ((0, 0), (3, 0)), mode="reflect"),
            "a mirror of 3 entries is wider",
        ),
        (lambda: ops.pad(arg(2, 3), 1, mode="wrap"), "pad: no such mode: 'wrap'"),
        (lambda: ops.glu(arg(2, 3)), "glu: cannot halve this axis"),
        (lambda: ops.slice(arg(2, 3), (0, 2), (2, 2)), "slice: the block does not lie within"),
        (lambda: ops.repeat(arg(2, 3), [1, 2], axis=1), "repeat: one count for each entry"),
        (lambda: ops.take([1, 2], 5, axis=0), "take: position 5 is not in -2 .. 1"),
        (lambda: ops.argmax(arg(B, 0), axis=1), "an empty axis has no position"),
    ],
)
def test_mismatches_are_value_errors(made: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made()


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: arg(2, 3)["a"], "getitem: cannot index with this\n  received  str 'a'"),
        (lambda: arg(2, 3)[1.5], "getitem: cannot index with this\n  received  float"),
        (lambda: arg(2, 3)[True], "a bool is no index"),
        (lambda: arg(2, 3)[arg()], "positions are dense integers, or a mask"),
        (lambda: arg(2, 3)[..., ...], r"`\.\.\.` stands once"),
        (lambda: arg(2, 3)[[arg(dtype="int32")]], "ops.stack"),
        (lambda: ops.take(arg(3), arg(2), axis=0), "take: positions are integers"),
        (lambda: ops.bitwise_and(arg(2), 1), "bitwise_and: bits of float32 values"),
        (lambda: ops.sum(arg(2), axis=1.0), "sum: "),
        (lambda: ops.concatenate([]), "concatenate: nothing to put together"),
        (lambda: ops.add(["a"], 1), "add: cannot compute with this value"),
        (lambda: ops.add(1), r"add\(x1, x2\): x2 is missing"),
        (lambda: ops.exp(1.0, base=2), r"exp\(x\): .* \(unexpected or repeated base\)"),
        (lambda: ops.cast(1.0, "float3"), r"'float3' is not a dtype\n(.*\n)*  try .*'float32'"),
    ],
)  # fmt: skip
def test_wrong_kinds_are_type_errors(made: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        made()


BOUND = st.one_of(st.none(), st.integers(-9, 9))


@given(
    st.integers(0, 7),
    BOUND,
    BOUND,
    st.one_of(st.none(), st.integers(-3, 3).filter(lambda s: s != 0)),
)
def test_slices_of_unknown_sizes_are_pythons(
    size: int, start: int | None, stop: int | None, step: int | None
) -> None:
    expected = list(range(size))[start:stop:step]
    first, last, stride, count = resolve_slice((start, stop, step), N)
    env = {"N": size}
    assert evaluate(count, env) == len(expected)
    assert list(range(evaluate(first, env), evaluate(last, env), stride)) == expected
    known = resolve_slice((start, stop, step), size)
    assert known[3] == len(expected)
    assert list(range(known[0], known[1], known[2])) == expected
