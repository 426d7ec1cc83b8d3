"""Inferred types are worked out once, and only where that changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.ops import operands
from kgraph.ops.op import Abstract, Op, abstract_value
from kgraph.ops.primitives.positions import true_positions
from kgraph.types.array_type import ArrayType, ValueType
from kgraph.types.densify import DensifyWarning
from kgraph.types.dims import Dim

X = ArrayType(np.dtype("float32"), (Dim.symbol("B"), 4))


def test_a_second_call_on_the_same_types_gives_the_same_type() -> None:
    first = kg.ops.softmax.result_type([Abstract(X)], {"axis": -1})
    assert kg.ops.softmax.result_type([Abstract(X)], {"axis": -1}) is first


def test_sizes_that_numbers_decide_are_new_at_each_call() -> None:
    mask = Abstract(ArrayType(np.dtype("bool"), (Dim.symbol("B"),)))
    assert true_positions.result_type([mask], {}) != true_positions.result_type([mask], {})


def test_true_is_not_one() -> None:
    x = kg.Input((4,))
    kg.ops.sum(x, axis=1)
    with pytest.raises(TypeError, match="an axis is an integer, got True"):
        kg.ops.sum(x, axis=True)


def test_the_default_float_takes_part() -> None:
    x = kg.Input((4,), dtype="int32")
    assert kg.ops.tanh(x).dtype == "float32"
    kg.set_floatx("float64")
    try:
        assert kg.ops.tanh(x).dtype == "float64"
    finally:
        kg.set_floatx("float32")


def test_a_number_weighs_as_its_python_type_does() -> None:
    x = kg.Input((4,), dtype="int32")
    assert [(x * number).dtype for number in (1, 1.0, True, np.float64(1))] == [
        "int32",
        "float32",
        "int32",
        "float64",
    ]


def test_nan_attributes_do_not_fill_memory() -> None:
    op = kg.ops.nan_to_num
    for _ in range(2000):
        op.result_type([Abstract(X)], {"nan": float("nan"), "posinf": None, "neginf": None})
    assert len(op._types) < 1000


def test_kept_types_of_ragged_and_masked_values_have_new_sizes_at_each_call() -> None:
    x, r = kg.Input((4,)), kg.Input((None,), ragged=True)
    for draw in (lambda: x[x[:, 0] > 0], lambda: r[:, :2], lambda: kg.boolean_mask(r, r > 0)):
        types = {draw().type for _ in range(3)}
        assert len(types) == 3


def test_what_is_known_of_one_batch_size_serves_another() -> None:
    x = kg.Input((4,))
    op = kg.ops.std
    kg.ops.std(x[x[:, 0] > 0], -1)
    kept = len(op._types)
    found = kg.ops.std(picked := x[x[:, 0] > 0], -1)
    assert len(op._types) == kept
    assert found.type.dims == picked.type.dims[:1]


def traced(op: Op, *inputs: Any, **attrs: Any) -> ValueType:
    """The type of the result, worked out anew."""
    return op._traced_type(tuple(map(abstract_value, inputs)), attrs)


def test_kept_types_are_those_that_would_be_worked_out() -> None:
    x, r, s = kg.Input((4,)), kg.Input((None, 3), ragged=True), kg.Input((4,), sparse=True)
    last = {"axis": -1, "keepdims": True}
    for draw in (lambda: x[x[:, 0] > 0], lambda: r[:, :2], lambda: r[1:], lambda: s[1:]):
        for value in (draw(), draw()):
            assert kg.ops.relu.result_type((value,), {}) == traced(kg.ops.relu, value)
            assert kg.ops.sum.result_type((value,), last) == traced(kg.ops.sum, value, **last)
            if not value.sparse:  # how many entries two sparse values store is new at each call
                found = kg.ops.add.result_type((value, value), {})
                assert found == traced(kg.ops.add, value, value)


def test_sizes_that_meet_in_another_order_meet_in_the_same_size() -> None:
    x = kg.Input((4,))
    a, b = (x[x[:, at] > 0] for at in (0, 1))
    for left, right in ((a, b), (b, a), (a, a)):
        found = kg.ops.add.result_type((left, right), {})
        assert found == traced(kg.ops.add, left, right)
    assert (a + b).type.dims == (b + a).type.dims


def test_a_size_among_the_attributes_is_that_of_the_call() -> None:
    x = kg.Input((4,))
    for _ in range(2):
        picked = x[x[:, 0] > 0]
        count = picked.type.dims[0]
        spread = operands.OPS["broadcast_to"].result_type((x[0],), {"shape": (count, 4)})
        assert spread.dims == (count, 4)


def test_what_becomes_dense_is_told_at_each_call() -> None:
    s = kg.Input((4,), sparse=True)
    for _ in range(2):
        with pytest.warns(DensifyWarning, match=r"exp: .*\n.*\n  received  sparse f32\[B, 4\]"):
            kg.ops.exp(s)
        with pytest.warns(DensifyWarning, match=r"received  sparse f32\[max\(B - 1, 0\), 4\]"):
            kg.ops.exp(s[1:])


def test_a_limit_on_dense_values_is_asked_at_each_call() -> None:
    s = kg.Input((4,), batch_size=8, sparse=True)
    with pytest.warns(DensifyWarning):
        kg.ops.exp(s)
    before, kg.config.densify_limit = kg.config.densify_limit, 64
    try:
        with pytest.raises(ValueError, match="would take 128 bytes"):
            kg.ops.exp(s)
    finally:
        kg.config.densify_limit = before
