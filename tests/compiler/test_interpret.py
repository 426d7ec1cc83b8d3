from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kgraph.compiler.interpret import bind_sizes, evaluate_static, interpret
from kgraph.compiler.text import parse
from kgraph.types.errors import ShapeError
from tests.compiler.rule_cases import read


def test_a_graph_is_computed_node_by_node() -> None:
    graph = parse("""
        %x: f32[B, 2]
        %0 = reduce_sum(%x, axes=(1,)) : f32[B, 1]
        %1 = divide(%x, %0) : f32[B, 2]
        return %1, %0, %x""")
    x = np.float32([[1, 3], [2, 2]])
    shares, total, same = interpret(graph, [x])
    np.testing.assert_array_equal(shares, [[0.25, 0.75], [0.5, 0.5]])
    np.testing.assert_array_equal(total, [[4], [4]])
    assert same is x


def test_sizes_in_attributes_take_the_numbers_of_the_batch() -> None:
    graph = parse("""
        %x: f32[B, 2]
        %0 = reshape_to(%x, shape=({2*B},)) : f32[2*B]
        %1 = pad_constant(%0, widths=((0, 1),), value=9.0) : f32[2*B + 1]
        return %1""")
    for rows in (0, 1, 3):
        (result,) = interpret(graph, [np.zeros((rows, 2), np.float32)])
        assert result.shape == (2 * rows + 1,)


def test_a_symbol_is_read_off_row_splits_too() -> None:
    graph = parse("""
        %x: f32[T]
        %splits: i64[B + 1]
        %0 = ragged_to_dense(%x, %splits, -1.0:f32[], length={longest_T}) : f32[B, longest_T]
        return %0""")
    graph = replace(graph, longest={"longest_T": 1})
    arrays = [np.float32([1, 2, 3]), np.array([0, 1, 1, 3])]
    assert bind_sizes(graph, arrays) == {"T": 3, "B": 3, "longest_T": 2}
    np.testing.assert_array_equal(interpret(graph, arrays)[0], [[1, -1], [-1, -1], [2, 3]])


def test_a_batch_without_rows_has_a_longest_row_of_nothing() -> None:
    graph = replace(parse("%splits: i64[B + 1]\nreturn %splits"), longest={"longest_T": 0})
    assert bind_sizes(graph, [np.array([0])]) == {"B": 0, "longest_T": 0}


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((2, 3), (2,)), "input x: size 3, expected 4"),
        (((2, 4), (3,)), "input y: size 3, expected B"),
    ],
)
def test_shapes_that_contradict_the_types_are_refused(
    shapes: tuple[tuple[int, ...], ...], words: str
) -> None:
    graph = parse("%x: f32[B, 4]\n%y: f32[B]\nreturn %x")
    with pytest.raises(ShapeError, match=words):
        interpret(graph, [np.zeros(shape, np.float32) for shape in shapes])


def test_results_have_the_dtype_of_the_node() -> None:
    graph = parse("%x: i32[B]\n%0 = reduce_argmax(%x, axis=0) : i64[1]\nreturn %0")
    (result,) = interpret(graph, [np.int32([1, 5, 2])])
    assert result.dtype == np.int64


def test_a_weight_is_computed_without_a_batch() -> None:
    graph = read("%w: f32[2] = variable\n%0 = negative(%w) : f32[2]\nreturn %0")
    (node,) = graph.outputs
    np.testing.assert_array_equal(evaluate_static(node), -node.inputs[0].value)
