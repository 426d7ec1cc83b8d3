"""Pairs of instructions that one loop does: where they are found, where not, and the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import ops
from kgraph._kernels import loops
from kgraph.compiler import loop_pairs
from kgraph.compiler.pipeline import compile_plan
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from tests.property.comparing import assert_same_bits, check, parts

Draw = Callable[[Any, Any], Any]


def names(function: Function) -> list[str]:
    """The loops of all programs."""
    steps = compile_plan(function).plan.steps
    return [found[2] for step in steps if step.program for found in step.program.instructions]


def drawn(draw: Draw, dtype: str = "float32") -> Function:
    x, y = (kg.Input((8,), name=name, dtype=dtype) for name in "xy")
    return Function([x, y], draw(x, y))


PAIRS: list[tuple[str, Draw]] = [
    ("multiply_add", lambda x, y: x * y + 0.5),
    ("multiply_add", lambda x, y: y + x * 2.0),
    ("add_relu", lambda x, y: ops.relu(x + y)),
    ("sub_exp", lambda x, y: ops.exp(x - y)),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("loop", "draw"), PAIRS)
def test_a_pair_is_one_loop(loop: str, draw: Draw, dtype: str) -> None:
    function = drawn(draw, dtype)
    assert names(function) == [f"{loop}_f{dtype[-2:]}"]
    rows = np.linspace(-2, 2, 4000).reshape(2, 250, 8).astype(dtype)
    check(function, list(rows))


@pytest.mark.parametrize(
    ("draw", "wanted"),
    [
        (lambda x, y: (p := x * y) + ops.sin(p), ["mul", "sin", "add"]),  # read twice
        (lambda x, y: (p := x * y) + p, ["mul", "add"]),
        (lambda x, y: [p := x * y, p + y], ["mul", "add"]),  # an output
        (lambda x, y: ops.max(x * y, axis=1) + y[:, 0], ["mul", "max", "add"]),
        (lambda x, y: x * y - 0.5, ["mul", "sub"]),  # there is no such loop
    ],
)
def test_other_instructions_stay_two(draw: Draw, wanted: list[str]) -> None:
    assert [name.rpartition("_")[0] for name in names(drawn(draw))] == wanted


def test_there_is_no_such_loop_for_integers() -> None:
    assert names(drawn(lambda x, y: x * y + y, "int32")) == ["mul_i32", "add_i32"]


def test_every_loop_for_a_pair_is_there() -> None:
    for loop in loop_pairs._PAIRS.values():
        assert {f"{loop}_f32", f"{loop}_f64"} <= set(loops.loop_names())


def test_what_is_written_over_before_the_second_is_read_by_the_first() -> None:
    """``shifted`` lies where ``wide`` lay, which the first instruction of a pair reads."""
    x = kg.Input((8,), name="x")
    wide = ops.exp(x)
    total = ops.sum(wide, axis=0)
    shifted = wide - total
    function = Function(x, [wide * total + ops.sin(shifted), ops.sum(shifted, axis=0)])
    assert "multiply_add_f32" not in names(function)
    check(function, [np.linspace(-1, 1, 80, dtype=np.float32).reshape(10, 8)])


OPS: list[Draw] = [
    lambda x, y: x * y,
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: ops.relu(x),
    lambda x, y: ops.exp(ops.tanh(x)),
    lambda x, y: ops.exp(ops.tanh(x) - ops.tanh(y)),
]


@settings(max_examples=40)
@given(st.data())
def test_pairs_change_no_bit(data: st.DataObject) -> None:
    x, y = kg.Input((9,), name="x"), kg.Input((9,), name="y")
    values = [x, y]
    for _ in range(data.draw(st.integers(2, 12))):
        a, b = (data.draw(st.sampled_from(values)) for _ in range(2))
        values.append(data.draw(st.sampled_from(OPS))(a, b))
    function = Function([x, y], values[-1])
    batch = np.random.default_rng(0).normal(size=(2, 130, 9)).astype(np.float32)
    together = parts(compile_function(function)(*batch))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop_pairs, "_PAIRS", {})
        apart = parts(compile_function(function)(*batch))
    assert_same_bits(together, apart)
