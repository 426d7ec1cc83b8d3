from __future__ import annotations

from dataclasses import replace

from kgraph.compiler.dce import dce
from kgraph.compiler.text import parse, show
from kgraph.compiler.verify import verify


def test_nodes_that_no_output_needs_go_away_and_inputs_stay() -> None:
    graph = parse("""
        %x: f32[B]
        %y: f32[B]
        %w: f32[1] = variable
        %0 = exp(%y) : f32[B]
        %1 = log(%x) : f32[B]
        %2 = add(%0, %w) : f32[B]
        return %1""")
    result = verify(dce(graph), after="dce")
    assert (
        show(result)
        == """\
%x: f32[B]
%y: f32[B]
%0 = log(%x) : f32[B]
return %0"""
    )
    assert dce(result) is result


def test_the_order_and_the_name_of_the_graph_are_kept() -> None:
    graph = parse("""
        %x: f32[B]
        %0 = exp(%x) : f32[B]
        %1 = log(%x) : f32[B]
        %2 = sqrt(%x) : f32[B]
        %3 = add(%2, %0) : f32[B]
        return %3""")
    graph = replace(graph, name="model", longest={"longest_B": 0})
    result = dce(graph)
    assert [node.op for node in result.nodes] == ["exp", "sqrt", "add"]
    assert (result.name, result.longest) == ("model", {"longest_B": 0})


def test_a_graph_without_dead_nodes_is_returned_itself() -> None:
    graph = parse("%x: f32[B]\n%0 = exp(%x) : f32[B]\nreturn %0, %x")
    assert dce(graph) is graph
