from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from kgraph.compiler.ir import CONSTANT, INPUT, Graph, Node
from kgraph.compiler.text import parse
from kgraph.compiler.verify import verify
from kgraph.types.array_type import ArrayType
from kgraph.types.errors import InternalError

SOUND = """
    %x: f32[B, 4]
    %w: f32[4, 2] = variable
    %0 = batched_matmul(%x, %w) : f32[B, 2]
    %1 = add(%0, 1.0:f32[]) : f32[B, 2]
    return %1"""


def test_a_sound_graph_is_returned() -> None:
    graph = parse(SOUND)
    assert verify(graph) is graph


FAULTS = {
    "a type that the op does not infer": (
        "%x: f32[B]\n%0 = exp(%x) : f32[B, 1]\nreturn %0",
        "the type is f32[B, 1], but exp gives f32[B]",
    ),
    "operands of two dtypes": (
        "%x: f32[B]\n%0 = add(%x, 1:i32[]) : f32[B]\nreturn %0",
        "add computes in float32, float32, its operands are float32, int32",
    ),
    "an op that is not known": (
        "%x: f32[B]\n%0 = expp(%x) : f32[B]\nreturn %0",
        "expp is no primitive",
    ),
    "an op that lowering takes apart": (
        "%x: f32[B]\n%0 = clip(%x, 0.0:f32[], 1.0:f32[]) : f32[B]\nreturn %0",
        "clip is no primitive",
    ),
    "too few operands": (
        "%x: f32[B]\n%0 = add(%x) : f32[B]\nreturn %0",
        "add takes 2 operands, not 1",
    ),
    "shapes that do not fit": (
        "%x: f32[2]\n%0 = add(%x, [1.0, 2.0, 3.0]:f32[3]) : f32[3]\nreturn %0",
        "add refuses its operands or attributes",
    ),
    "an attribute that is missing": (
        "%x: f32[B]\n%0 = reshape_to(%x) : f32[B]\nreturn %0",
        "reshape_to refuses its operands or attributes",
    ),
    "a size that no input tells": (
        "%x: f32[B]\n%0 = broadcast_to(%x, shape=({C}, {B})) : f32[C, B]\nreturn %0",
        "no input tells the size C",
    ),
    "two inputs of one name": ("%x: f32[B]\n%x: f32[B]\nreturn %x", "two inputs are called 'x'"),
}


@pytest.mark.parametrize(("text", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named(text: str, words: str) -> None:
    with pytest.raises(InternalError, match=re.escape(words)):
        verify(parse(text))


def test_the_error_names_the_pass_and_marks_the_line_among_ten() -> None:
    lines = ["%x: f32[B]"]
    lines += [f"%{n} = exp({f'%{n - 1}' if n else '%x'}) : f32[B]" for n in range(20)]
    lines[11] = "%10 = exp(%9) : f64[B]"
    with pytest.raises(InternalError) as caught:
        verify(parse("\n".join([*lines, "return %19"])), after="fold")
    first, *shown, last = str(caught.value).splitlines()
    assert first == "after fold: the type is f64[B], but exp gives f32[B]"
    assert shown == ["  " + line for line in lines[6:11]] + ["> " + lines[11]] + [
        "  " + line for line in lines[12:16]
    ]
    assert "bug in kgraph" in last


def test_an_operand_must_stand_before_its_reader() -> None:
    graph = parse(SOUND)
    with pytest.raises(InternalError, match="used before it is defined"):
        verify(replace(graph, nodes=graph.nodes[::-1]))


def test_an_operand_that_stands_nowhere_is_shown_as_undefined() -> None:
    graph = parse(SOUND)
    with pytest.raises(InternalError, match=r"batched_matmul\(%x, %undefined\)"):
        verify(replace(graph, nodes=graph.nodes[1:]))


def test_a_node_stands_once() -> None:
    graph = parse(SOUND)
    with pytest.raises(InternalError, match="stands twice"):
        verify(replace(graph, nodes=(*graph.nodes, graph.nodes[-1])))


def test_outputs_are_among_the_nodes() -> None:
    graph = parse(SOUND)
    with pytest.raises(InternalError, match="is not among the nodes"):
        verify(replace(graph, nodes=graph.nodes[:-1]))


def test_an_input_stands_among_the_inputs_alone() -> None:
    graph = parse(SOUND)
    stray = Node(INPUT, (), {"name": "y"}, graph.inputs[0].type)
    with pytest.raises(InternalError, match="an input stands among the nodes"):
        verify(replace(graph, nodes=(stray, *graph.nodes)))


def test_a_constant_holds_what_its_type_says() -> None:
    value = np.ones(3, np.float64)
    node = Node(CONSTANT, (), {"value": value}, ArrayType(np.dtype("float32"), (3,)))
    with pytest.raises(InternalError, match=r"holds f64\[3\], its type says f32\[3\]"):
        verify(Graph((), (node,), (node,)))


def test_the_longest_row_is_a_size_that_its_splits_tell() -> None:
    text = """
        %x: f32[T]
        %splits: i64[B + 1]
        %0 = ragged_to_dense(%x, %splits, 0.0:f32[], length={longest_T}) : f32[B, longest_T]
        return %0"""
    graph = parse(text)
    with pytest.raises(InternalError, match="no input tells the size longest_T"):
        verify(graph)
    verify(replace(graph, longest={"longest_T": 1}))
    with pytest.raises(InternalError, match="belongs to input 2, which does not exist"):
        verify(replace(graph, longest={"longest_T": 2}))
