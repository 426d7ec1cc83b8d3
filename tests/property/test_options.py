"""What ``out=``, pickling, ``freeze`` and assigned weights may change: nothing they do not say."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings

import kgraph as kg
from kgraph import layers, ops
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from tests.property.batches import batch
from tests.property.comparing import assert_close, assert_same_bits, check, parts
from tests.property.graphs import functions, row_wise_functions
from tests.tolerances import tolerance

DRAWN = settings(
    derandomize=True, deadline=None, max_examples=60, suppress_health_check=list(HealthCheck)
)


@DRAWN
@given(functions())
def test_a_pickled_graph_gives_the_same_bits(function: Function) -> None:
    compiled = compile_function(function)
    again = pickle.loads(pickle.dumps(compiled))
    for rows in (4, 0):
        values = batch(function, rows, seed=rows)
        assert_same_bits(parts(again(*values)), parts(compiled(*values)))


def guarded(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A writeable array like ``array``, and the larger block it lies in."""
    ends = 64 // array.itemsize
    block = np.frombuffer(
        bytearray(b"\x5a" * (array.nbytes + 2 * ends * array.itemsize)), array.dtype
    )
    return block, block[ends : ends + array.size].reshape(array.shape)


@DRAWN
@given(row_wise_functions())
def test_out_is_written_and_nothing_beside_it(function: Function) -> None:
    compiled = compile_function(function)
    for rows in (5, 1, 0):
        values = batch(function, rows, seed=rows)
        before = [np.array(part) for value in values for part in parts([value])]
        wanted = parts(compiled(*values))
        blocks, targets = zip(*map(guarded, wanted), strict=True)
        out = list(targets)
        assert compiled(*values, out=out) is out
        assert_same_bits(targets, wanted)
        for block, target in zip(blocks, targets, strict=True):
            raw = block.view(np.uint8)
            assert (raw[:64] == 0x5A).all()
            assert (raw[64 + target.nbytes :] == 0x5A).all()
        assert_same_bits([part for value in values for part in parts([value])], before)


@DRAWN
@given(row_wise_functions())
def test_weights_that_are_assigned_are_followed(function: Function) -> None:
    compiled = compile_function(function, freeze=False)
    frozen = compile_function(function)
    values = batch(function, 4, seed=1)
    check(function, values, compiled)
    before = parts(frozen(*values))
    for number, variable in enumerate(variables(compiled)):
        variable.assign(np.roll(variable.value, number + 1) * 0.5)
    check(function, values, compiled)
    check(function, values, pickle.loads(pickle.dumps(compiled)))
    assert_same_bits(parts(frozen(*values)), before)


def variables(compiled: Any) -> list[kg.Variable]:
    nodes = compiled._compiled.lowered.graph.nodes
    return [node.attrs["variable"] for node in nodes if node.op == "variable"]


def test_a_folded_weight_is_followed_too() -> None:
    x = kg.Input((3,))
    scale = kg.Variable(np.float32([1, 2, 3]), name="scale")
    y = layers.Dense(3)(x)
    y = layers.BatchNormalization()(y) * ops.exp(scale)
    function = Function(x, [y, ops.tanh(scale) + ops.sum(x) * 0])
    compiled = compile_function(function, freeze=False)
    values = [np.float32([[1, 2, 3], [4, 5, 6]])]
    for weight in ([1, 2, 3], [0, 1, 0]):
        scale.assign(np.float32(weight))
        rtol, atol = tolerance("float32")
        for a, b in zip(parts(compiled(*values)), parts(function(*values)), strict=True):
            np.testing.assert_allclose(a, b, rtol, atol)


@DRAWN
@given(functions())
def test_a_second_compilation_gives_the_same_plan(function: Function) -> None:
    first, second = compile_function(function), compile_function(function)
    assert str(first.plan) == str(second.plan)
    assert first.ir == second.ir


@DRAWN
@given(functions())
def test_following_weights_agrees_with_frozen_ones(function: Function) -> None:
    values = batch(function, 3, seed=9)
    frozen = parts(compile_function(function)(*values))
    assert_close(parts(compile_function(function, freeze=False)(*values)), frozen, "frozen weights")
