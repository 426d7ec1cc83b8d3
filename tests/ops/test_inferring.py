"""Inferred types are worked out once, and only where that changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import kgraph as kg
from kgraph.ops.op import Abstract
from kgraph.ops.primitives.positions import true_positions
from kgraph.types.array_type import ArrayType
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
