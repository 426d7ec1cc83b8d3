"""Calling a compiled graph: structures, sizes that vary, what it tells about itself."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings

import kgraph as kg
from kgraph import layers, ops
from kgraph.compiler.interpret import bind_sizes
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from kgraph.types.dims import evaluate
from tests.property.batches import batch
from tests.property.comparing import check, feed
from tests.property.graphs import functions
from tests.runtime.test_errors import bag, dense, numbers, pair, rows, stored

ONES = np.ones((2, 3), np.float32)


def test_inputs_come_apart_as_a_list_or_by_name() -> None:
    compiled = compile_function(pair())
    left, right = numbers(), numbers() + 1
    wanted = np.tanh(left) + right
    for inputs in ([left, right], (left, right), {"right": right, "left": left}):
        np.testing.assert_allclose(compiled(inputs), wanted, rtol=1e-5)
        np.testing.assert_allclose(compiled.call_with(inputs), wanted, rtol=1e-5)
    np.testing.assert_allclose(compiled(left, right), wanted, rtol=1e-5)


def test_outputs_come_in_the_structure_of_the_graph() -> None:
    x = kg.Input((3,))
    nested = {"a": x + 1, "b": [x * 2, (x - 1,)]}
    found = compile_function(Function({"x": x}, nested))({"x": ONES})
    assert list(found) == ["a", "b"]
    assert isinstance(found["b"], list)
    assert isinstance(found["b"][1], tuple)
    np.testing.assert_array_equal(found["b"][1][0], ONES - 1)
    single = compile_function(Function([x], [x + 1]))([ONES])
    assert isinstance(single, list)


@settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(functions())
def test_bound_sizes_are_what_their_expressions_say(function: Function) -> None:
    compiled = compile_function(function)
    for count in (4, 0, 4, 1):
        values = batch(function, count, seed=count)
        compiled(*values)
        sizes = bind_sizes(compiled.graph, feed(compiled, values))
        wanted = tuple(evaluate(size, sizes) for size in compiled.plan.sizes)
        assert compiled.bound_sizes == wanted


def test_batches_of_changing_sizes_do_not_disturb_one_another() -> None:
    compiled = compile_function(dense())
    random = np.random.default_rng(0)
    given_batches = [random.normal(size=(n, 3)).astype("f4") for n in (5, 0, 900, 1, 5, 2000, 1)]
    first = [compiled(x) for x in given_batches]
    for x, wanted in zip(given_batches, first, strict=True):
        np.testing.assert_array_equal(compiled(x), wanted)


def test_results_are_new_arrays() -> None:
    x = kg.Input((3,))
    compiled = compile_function(Function(x, [x, ops.tanh(x), x[1:]]))
    given_batch = numbers()
    first = compiled(given_batch)
    assert not any(np.shares_memory(out, given_batch) for out in first)
    before = [out.copy() for out in first]
    compiled(given_batch * 2)
    for out, copy in zip(first, before, strict=True):
        np.testing.assert_array_equal(out, copy)


def test_a_constant_output_is_no_view_of_the_weight() -> None:
    x = kg.Input((2,))
    weight = np.float32([1, 2])
    compiled = compile_function(
        Function(x, [x + 1, ops.broadcast_to(weight, (2,)) + x[:0].sum() * 0])
    )
    first = compiled(ONES[:, :2])[1]
    first[:] = 9
    np.testing.assert_array_equal(compiled(ONES[:, :2])[1], weight)


@pytest.mark.parametrize("passes", ["default", "none"])
def test_ragged_and_sparse_outputs_are_values_of_their_kind(passes: str) -> None:
    r = kg.Input((None,), ragged=True, name="r")
    s = kg.Input((4,), sparse=True, name="s")
    compiled = compile_function(
        Function([r, s], [ops.tanh(r), ops.negative(s), ops.row_lengths(r)]), passes=passes
    )
    ragged, sparse, lengths = compiled(rows(dtype="f4"), sp.csr_array(np.eye(3, 4, dtype="f4")))
    assert isinstance(ragged, kg.RaggedTensor)
    assert ragged.row_splits.tolist() == [0, 2, 2, 4]
    assert sp.issparse(sparse)
    np.testing.assert_array_equal(sparse.toarray(), -np.eye(3, 4))
    assert lengths.tolist() == [2, 0, 2]


def test_inputs_may_differ_in_their_rows() -> None:
    compiled = compile_function(pair())
    one, many = ONES[:1], np.ones((5, 3), np.float32)
    assert compiled(one, many).shape == (5, 3)
    assert compiled(many, one).shape == (5, 3)
    assert compiled(many, many).shape == (5, 3)


def test_it_tells_what_it_computes() -> None:
    compiled = compile_function(dense(), name=None)
    assert "dense(%pixels" in compiled.ir
    assert "batched_matmul" in compiled.ir_after("lower")
    with pytest.raises(kg.KGraphError, match="no pass 'fast' was run; there are lower, freeze"):
        compiled.ir_after("fast")
    assert "pixels" in repr(compiled)


@pytest.mark.parametrize("make", [dense, bag, stored])
def test_pickles_are_callable_on_every_kind(make: Any) -> None:
    given_batch: Any = {dense: numbers, bag: rows, stored: lambda: sp.eye_array(4, dtype="f4")}[
        make
    ]()
    compiled = compile_function(make())
    again = pickle.loads(pickle.dumps(compiled))
    np.testing.assert_array_equal(again(given_batch), compiled(given_batch))
    assert again.ir == compiled.ir
    assert str(again.plan) == str(compiled.plan)


@pytest.mark.parametrize("bad", [0, -1])
def test_threads_are_at_least_one(bad: int) -> None:
    with pytest.raises(kg.KGraphError, match="threads must be at least 1"):
        kg.compile(dense(), threads=bad)


def test_only_graphs_compile() -> None:
    with pytest.raises(kg.KGraphError, match="this is no graph") as caught:
        kg.compile(len)
    assert isinstance(caught.value, TypeError)


def test_a_deep_graph_compiles() -> None:
    x = kg.Input((4,))
    y = x
    for number in range(1500):
        y = ops.tanh(y + 0.01) if number % 2 else ops.negative(y)
    compiled = check(Function(x, y), [np.ones((3, 4), np.float32)])
    assert [len(region.steps) for region in compiled.plan.regions] == [1]


def test_many_inputs_and_outputs() -> None:
    inputs = [kg.Input((2,)) for _ in range(70)]
    total = layers.Add()(inputs)
    outputs = [total, *[ops.tanh(x) + total for x in inputs]]
    values = [np.full((3, 2), number, np.float32) for number in range(70)]
    check(Function(inputs, outputs), values)


def test_a_graph_deeper_than_the_stack_pickles() -> None:
    x = kg.Input((2,))
    value = x
    for _ in range(1500):
        value = kg.ops.tanh(value) + 0.5
    compiled = kg.compile(kg.Model(x, value))
    batch = np.ones((3, 2), np.float32)
    again = pickle.loads(pickle.dumps(compiled))
    assert np.array_equal(again(batch), compiled(batch))
    assert again.explain() == compiled.explain()


def test_a_batch_that_must_match_a_constant_or_be_one_row() -> None:
    x = kg.Input((4,))
    model = kg.Model(x, x + np.ones((3, 4), np.float32))
    for count in (1, 3):
        np.testing.assert_array_equal(model(np.zeros((count, 4), np.float32)), np.ones((3, 4)))
    assert "bcast(3, B)" in kg.compile(model).explain()
    with pytest.raises(kg.KGraphError, match="broadcast"):
        model(np.zeros((2, 4), np.float32))
