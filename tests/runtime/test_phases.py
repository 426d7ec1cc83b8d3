"""Compiled graphs whose sizes the numbers of a batch decide, against the interpreter."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import layers, ops
from kgraph.compiler.interpret import interpret
from kgraph.graph.function import Function
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import spans, true_positions
from kgraph.runtime.compiled import CompiledGraph, compile_function


def twice_masked() -> Function:
    x = kg.Input((4,), name="x")
    scores = layers.Dense(3)(x)
    kept = gather_rows(scores, true_positions(ops.sum(x, axis=1) > 0))
    few = gather_rows(ops.tanh(kept), true_positions(kept[:, 0] > 0))
    return Function(x, [few, scores, kept, x])


def batch(rows: int) -> np.ndarray:
    return np.random.default_rng(rows).normal(size=(rows, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def compiled() -> CompiledGraph:
    return compile_function(twice_masked())


@pytest.mark.parametrize("rows", [0, 1, 7, 500])
def test_masks_of_any_batch_agree_with_the_interpreter(compiled: CompiledGraph, rows: int) -> None:
    x = batch(rows)
    expected = interpret(compiled._compiled.lowered.graph, [x])
    for found, wanted in zip(compiled(x), expected, strict=True):
        np.testing.assert_allclose(found, wanted, 2e-6, 2e-6)
        assert found.shape == wanted.shape


def test_a_pickle_runs_alike(compiled: CompiledGraph) -> None:
    again = pickle.loads(pickle.dumps(compiled))
    for found, wanted in zip(again(batch(9)), compiled(batch(9)), strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert repr(again) == repr(compiled)


def test_outputs_go_where_the_caller_says(compiled: CompiledGraph) -> None:
    x = batch(9)
    expected = compiled(x)
    out = [np.empty_like(array) for array in expected]
    assert compiled(x, out=out) is out
    for found, wanted in zip(out, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    with pytest.raises(kg.KGraphError, match="does not fit the output"):
        compiled(x, out=[np.empty((9, 3), np.float32), *out[1:]])


def test_weights_are_followed_in_every_phase() -> None:
    x = kg.Input((4,))
    layer = layers.Dense(1)
    y = layer(x)
    function = Function(x, gather_rows(y, true_positions(ops.reshape(y, (-1,)) > 0)))
    following = compile_function(function, freeze=False)
    for sign in (1, -1):
        layer.set_weights([sign * np.ones((4, 1)), np.zeros(1)])
        rows = following(np.float32([[1, 1, 1, 1], [-2, -2, -2, -2]]))
        np.testing.assert_array_equal(rows, [[4.0]] if sign == 1 else [[8.0]])


def test_explain_tells_what_is_computed_between_plans(compiled: CompiledGraph) -> None:
    text = compiled.explain()
    assert "phase 2" in text
    assert text.count("then true_positions -> i64[n") == 2


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 4)), max_size=6))
def test_spans_are_ranges_end_to_end(pairs: list[tuple[int, int]]) -> None:
    starts, lengths = kg.Input((), dtype="int64"), kg.Input((), dtype="int64")
    compiled = compile_function(Function([starts, lengths], spans(starts, lengths)))
    a, n = (np.array([pair[i] for pair in pairs], np.int64) for i in (0, 1))
    expected = [i for start, length in pairs for i in range(start, start + length)]
    np.testing.assert_array_equal(compiled(a, n), np.array(expected, np.int64))


def test_a_bad_batch_is_refused_before_anything_is_computed(compiled: CompiledGraph) -> None:
    for _ in range(3):
        with pytest.raises(kg.KGraphError, match="'x' has 5 entries on axis 1"):
            compiled(np.ones((2, 5), np.float32))


def test_a_model_predicts_what_it_keeps() -> None:
    x = kg.Input((4,))
    model = kg.Model(x, gather_rows(x, true_positions(x[:, 0] > 0)))
    rows = batch(10)
    np.testing.assert_array_equal(
        model.predict(rows, batch_size=3, verbose=0), rows[rows[:, 0] > 0]
    )
