from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph.ops as ops
from kgraph.compiler.interpret import interpret
from kgraph.compiler.lower import Lowered, lower
from kgraph.compiler.text import show
from kgraph.compiler.verify import verify
from kgraph.graph.function import Function
from kgraph.layers.input_layer import Input
from kgraph.ops.operands import components
from kgraph.types.array_type import RaggedType, SparseType
from kgraph.types.ragged import RaggedTensor
from kgraph.types.variable import Variable


def lowered(inputs: Any, outputs: Any) -> Lowered:
    result = lower(Function(inputs, outputs, name="model"))
    verify(result.graph, after="lower")
    return result


def test_a_dense_graph_in_text() -> None:
    x = Input((4,), name="x")
    w = Variable(np.ones((4, 2), np.float32), name="w")
    graph = lowered(x, ops.matmul(x, w) + 1).graph
    assert (
        show(graph)
        == """\
%x: f32[B, 4]
%w: f32[4, 2] = variable
%0 = batched_matmul(%x, %w) : f32[B, 2]
%1 = add(%0, 1.0:f32[]) : f32[B, 2]
return %1"""
    )


def test_a_ragged_value_falls_apart_into_values_and_row_splits() -> None:
    x = Input((None,), name="x", ragged=True)
    result = lowered(x, x * 2.0)
    assert (
        show(result.graph)
        == """\
%x.values: f32[T1_x]
%x.row_splits: i64[B + 1]
%0 = multiply(%x.values, 2.0:f32[]) : f32[T1_x]
return %0, %x.row_splits"""
    )
    assert isinstance(result.input_types[0], RaggedType)
    assert isinstance(result.output_types[0], RaggedType)
    assert result.graph.longest == {"longest_T1_x": 1}


def test_inner_row_splits_have_names_of_their_own() -> None:
    x = Input((None, None), name="x", ragged=True)
    graph = lowered(x, x * 2.0).graph
    names = [node.attrs["name"] for node in graph.inputs]
    assert len(set(names)) == 3
    assert names[:2] == ["x.values", "x.row_splits"]


def test_a_sparse_value_falls_apart_into_data_indices_indptr() -> None:
    x = Input((4,), name="x", sparse=True)
    w = Variable(np.ones((4, 2), np.float32), name="w")
    result = lowered(x, ops.matmul(x, w))
    assert (
        show(result.graph)
        == """\
%x.data: f32[nnz_x]
%x.indices: i32[nnz_x]
%x.indptr: i32[B + 1]
%w: f32[4, 2] = variable
%0 = csr_matmul(%x.data, %x.indices, %x.indptr, %w) : f32[B, 2]
return %0"""
    )
    assert isinstance(result.input_types[0], SparseType)


def test_a_lowered_graph_follows_its_variables() -> None:
    x = Input((2,), name="x")
    w = Variable([1.0, 2.0], name="w")

    graph = lowered(x, x * w).graph
    array = np.ones((1, 2), np.float32)
    np.testing.assert_array_equal(interpret(graph, [array])[0], [[1, 2]])
    w.assign([3.0, 4.0])
    np.testing.assert_array_equal(interpret(graph, [array])[0], [[3, 4]])


def test_lines_of_the_user_are_kept() -> None:
    x = Input((2,), name="x")
    y = ops.exp(x)  # the line that is meant
    (node,) = lowered(x, y).graph.outputs
    assert node.line.rpartition(":")[0].endswith("test_lower.py")
    assert node.scope == "model"


def test_an_intermediate_tensor_as_input_gets_sizes_of_its_own() -> None:
    x = Input((None, 3), name="x")
    y = ops.concatenate([x, x], axis=1)
    graph = lowered(y, ops.exp(y)).graph
    (node,) = graph.inputs
    sizes = [np.ones((2, length, 3), np.float32) for length in (1, 4)]
    for array in sizes:
        assert interpret(graph, [array])[0].shape == array.shape
    assert node.op == "input"


FUNCTIONS = {
    "softmax": lambda x: ops.softmax(x),
    "mean and centre": lambda x: x - ops.mean(x, axis=-1, keepdims=True),
    "log sigmoid": lambda x: ops.log(ops.sigmoid(x)),
    "clip": lambda x: ops.clip(x, -1, 1) * x,
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_what_is_lowered_computes_what_the_function_computes(function: Any) -> None:
    x = Input((4,), name="x")
    y = function(x)
    array = np.random.default_rng(3).normal(size=(3, 4)).astype(np.float32)
    np.testing.assert_allclose(
        interpret(lowered(x, y).graph, [array])[0], Function(x, y)(array), 1e-6, 1e-6
    )


@pytest.mark.parametrize("reduce", [ops.sum, ops.mean, ops.max])
def test_ragged_reductions_compute_what_the_function_computes(reduce: Any) -> None:
    x = Input((None,), name="x", ragged=True)
    y = reduce(x, axis=1)
    rows = RaggedTensor.from_row_splits(np.float32([1, 2, 3]), [0, 2, 2, 3])
    (got,) = interpret(lowered(x, y).graph, list(components(rows)))
    np.testing.assert_allclose(got, Function(x, y)(rows), 1e-6)
