from __future__ import annotations

import pytest

from kgraph.compiler.finite import is_finite
from tests.compiler.rule_cases import read

INTEGERS = "%ids: i32[B, 2]\n"


def last(text: str) -> bool:
    return is_finite(read(text).outputs[0])


@pytest.mark.parametrize(
    "text",
    [
        INTEGERS + "return %ids",
        "%w = constant() : f32[4, 2]\nreturn %w",
        INTEGERS + "%0 = cast(%ids, dtype='float32') : f32[B, 2]\nreturn %0",
        INTEGERS + "%0 = cast(%ids, dtype='float32') : f32[B, 2]\n"
        "%1 = cast(%0, dtype='float64') : f64[B, 2]\nreturn %1",
        INTEGERS
        + "%w = constant() : f32[4, 2]\n%0 = gather_rows(%w, %ids) : f32[B, 2, 2]\n"
        + "%1 = tanh(%0) : f32[B, 2, 2]\nreturn %1",
        INTEGERS
        + "%0 = less(%ids, 3:i32[]) : b1[B, 2]\n"
        + "%1 = where(%0, 1.0:f32[], -1.0:f32[]) : f32[B, 2]\nreturn %1",
    ],
)
def test_finite_whatever_the_batch_brings(text: str) -> None:
    assert last(text)


@pytest.mark.parametrize(
    "text",
    [
        "%x: f32[B, 2]\nreturn %x",
        "%w: f32[4, 2] = variable\nreturn %w",  # which may be assigned
        "%x: f32[B, 2]\n%0 = relu(%x) : f32[B, 2]\nreturn %0",
        "%x: f32[B]\n%0 = maximum(%x, [1.0, inf]:f32[2]) : f32[2]\nreturn %0",
        INTEGERS + "%0 = cast(%ids, dtype='float16') : f16[B, 2]\nreturn %0",  # 65536 is inf
        INTEGERS + "%0 = cast(%ids, dtype='float64') : f64[B, 2]\n"
        "%1 = cast(%0, dtype='float32') : f32[B, 2]\nreturn %1",  # in general too narrow
        INTEGERS + "%0 = cast(%ids, dtype='float32') : f32[B, 2]\n"
        "%1 = exp(%0) : f32[B, 2]\nreturn %1",
    ],
)
def test_what_may_be_inf_or_nan(text: str) -> None:
    assert not last(text)
