"""Plans are plain data: they print, pickle and compare."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers
from kgraph.compiler.pipeline import compile_plan
from kgraph.compiler.plan_text import outline, parse_plan
from kgraph.graph.function import Function


def function() -> Function:
    x = kg.Input((8,), name="x")
    h = layers.Dense(4, activation="tanh", name="d")(x)
    return Function(x, [h, x[1:]], name="net")


def test_a_plan_shows_its_buffers_and_kernels() -> None:
    assert (
        outline(compile_plan(function()).plan)
        == """\
plan net
  b0: output 0, 16*B bytes
  b1: input 0, 32*B bytes
  b2: constant 0, 128 bytes
  b3: constant 1, 16 bytes
  b4: output 1, 32*max(B - 1, 0) bytes
  b5: input 0, 32*max(B - 1, 0) bytes from byte 32*B - 32*max(B - 1, 0)
  region 0 over B rows
    tiles(; B, 16, 1)  # net/d
      gemm_f32(b1, b2, b3, b0; 8, 4, 0)  # net/d
      program(b0, b0; 1)  # net/d
        r1 = tanh_f32(r0)  [full]
  region 1 over max(B - 1, 0) rows
    join(b4, b5; 32, 32)  # net"""
    )


def test_a_pickled_plan_is_equal() -> None:
    plan = compile_plan(function()).plan
    again = pickle.loads(pickle.dumps(plan))
    assert again == plan
    assert str(again) == str(plan)


def test_sizes_stand_in_the_table_once() -> None:
    plan = compile_plan(function()).plan
    assert len(set(plan.sizes)) == len(plan.sizes)


def test_a_plan_is_read_back_from_its_text() -> None:
    x, ids = kg.Input((8,), name="x"), kg.Input((None,), ragged=True, dtype="int64", name="ids")
    pooled = kg.mean(layers.Embedding(9, 4, name="e")(ids), axis=1)
    y = layers.Dense(4, activation="softmax")(x) + pooled
    plan = compile_plan(Function([x, ids], [y, kg.sort(x), kg.clip(x, 0, np.inf)])).plan
    assert parse_plan(str(plan)) == plan
    assert "# region 0 over" in str(plan)


@pytest.mark.parametrize(
    "text", ["", "Plan(", "print('no plan')", "__import__('os').getcwd()", "Buffer('input', 0, 1)"]
)
def test_a_text_that_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(kg.KGraphError, match="not the text of a plan"):
        parse_plan(text)
