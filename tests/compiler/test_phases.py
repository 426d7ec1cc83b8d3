"""Graphs in which numbers decide sizes: where they are cut, and what is handed on."""

from __future__ import annotations

from kgraph.compiler.canonicalize import CANONICALIZE
from kgraph.compiler.dce import dce
from kgraph.compiler.phases import phases
from kgraph.compiler.rewrite import rewrite
from kgraph.compiler.text import parse, show
from kgraph.compiler.verify import verify

MASKED = """
    %x: f32[B, 4]
    %m: b1[B]
    %0 = true_positions(%m) : i64[n0]
    %1 = gather_rows(%x, %0) : f32[n0, 4]
    %2 = exp(%1) : f32[n0, 4]
    return %2
    """
TWICE = """
    %x: f32[B, 4]
    %0 = tanh(%x) : f32[B, 4]
    %1 = reduce_sum(%0, axes=(1,)) : f32[B, 1]
    %2 = reshape_to(%1, shape=({B},)) : f32[B]
    %3 = greater(%2, 0.0:f32[]) : b1[B]
    %4 = true_positions(%3) : i64[n0]
    %5 = gather_rows(%0, %4) : f32[n0, 4]
    %6 = gather_rows(%2, %4) : f32[n0]
    %7 = less(%6, 1.0:f32[]) : b1[n0]
    %8 = true_positions(%7) : i64[n1]
    %9 = gather_rows(%5, %8) : f32[n1, 4]
    return %9, %0
    """


def lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def test_a_graph_whose_sizes_are_told_by_its_inputs_is_one_phase() -> None:
    graph = parse("%x: f32[B]\n%0 = exp(%x) : f32[B]\nreturn %0")
    (only,) = phases(graph)
    assert only.graph is graph
    assert only.makers == ()


def test_a_mask_that_is_fed_is_found_before_the_first_kernel() -> None:
    before, after = phases(verify(parse(MASKED)))
    assert before.graph.outputs == ()
    assert [node.op for node in before.makers] == ["true_positions"]
    assert before.operands == ((1,),)
    assert show(after.graph) == lines(
        """
        %x: f32[B, 4]
        %m: b1[B]
        %known0: i64[n0]
        %0 = gather_rows(%x, %known0) : f32[n0, 4]
        %1 = exp(%0) : f32[n0, 4]
        return %1
        """
    )


def test_what_later_phases_read_is_handed_on_and_nothing_else() -> None:
    first, second, third = phases(verify(parse(TWICE)))
    assert show(first.graph) == lines(
        """
        %x: f32[B, 4]
        %0 = tanh(%x) : f32[B, 4]
        %1 = reduce_sum(%0, axes=(1,)) : f32[B, 1]
        %2 = reshape_to(%1, shape=({B},)) : f32[B]
        %3 = greater(%2, 0.0:f32[]) : b1[B]
        return %3, %0, %1
        """
    )
    assert first.operands == ((1,),)
    assert first.kept == (0, 2, 3, 4)  # all but the mask that the maker has read
    assert show(second.graph) == lines(
        """
        %x: f32[B, 4]
        %known0: f32[B, 4]
        %known1: f32[B, 1]
        %known2: i64[n0]
        %0 = reshape_to(%known1, shape=({B},)) : f32[B]
        %1 = gather_rows(%0, %known2) : f32[n0]
        %2 = less(%1, 1.0:f32[]) : b1[n0]
        return %2
        """
    )
    assert second.kept == (0, 1, 3, 5)  # positions are narrower than the rows they pick
    assert show(third.graph) == lines(
        """
        %x: f32[B, 4]
        %known0: f32[B, 4]
        %known2: i64[n0]
        %known3: i64[n1]
        %0 = gather_rows(%known0, %known2) : f32[n0, 4]
        %1 = gather_rows(%0, %known3) : f32[n1, 4]
        return %1, %known0
        """
    )
    for phase in (first, second, third):
        verify(phase.graph)


def test_something_is_handed_on_that_tells_each_size_which_is_needed() -> None:
    graph = parse("""
    %y: f32[1]
    %m: b1[B]
    %0 = true_positions(%m) : i64[n0]
    %1 = gather_rows(%m, %0) : b1[n0]
    %2 = true_positions(%1) : i64[n1]
    %3 = broadcast_to(%y, shape=({n0 + n1},)) : f32[n0 + n1]
    return %3""")
    last = phases(verify(graph))[-1]
    assert show(last.graph) == lines(
        """
        %y: f32[1]
        %m: b1[B]
        %known1: b1[n0]
        %known2: i64[n1]
        %0 = broadcast_to(%y, shape=({n0 + n1},)) : f32[n0 + n1]
        return %0
        """
    )


def test_what_tells_a_size_stands_before_what_mentions_it() -> None:
    graph = parse("""
    %x: f32[B]
    %m: b1[B]
    %0 = true_positions(%m) : i64[n0]
    %1 = gather_rows(%x, %0) : f32[n0]
    %2 = join(%x, %1, axis=0) : f32[B + n0]
    %3 = exp(%2) : f32[B + n0]
    %4 = greater(%3, 0.0:f32[]) : b1[B + n0]
    %5 = true_positions(%4) : i64[n1]
    %6 = gather_rows(%3, %5) : f32[n1]
    %7 = exp(%1) : f32[n0]
    return %6, %3, %7""")
    *_, last = phases(verify(graph))
    shapes = [str(node.type) for node in last.graph.inputs]
    assert sorted(shapes[2:]) == ["f32[B + n0]", "f32[n0]", "i64[n1]"]
    assert shapes[-1] == "f32[B + n0]"


def test_a_second_cut_changes_nothing() -> None:
    for phase in phases(parse(TWICE)):
        (again,) = phases(phase.graph)
        assert again.graph is phase.graph


def test_names_of_inputs_are_kept_free() -> None:
    _, after = phases(parse(MASKED.replace("%m", "%known0")))
    assert [str(node.attrs["name"]) for node in after.graph.inputs] == ["x", "known0", "known0_"]


def test_a_node_stands_after_the_one_that_makes_a_size_it_tells() -> None:
    graph = parse("""
    %x: f32[B]
    %y: f32[1]
    %m: b1[B]
    %0 = true_positions(%m) : i64[n0]
    %1 = broadcast_to(%y, shape=({n0},)) : f32[n0]
    %2 = gather_rows(%x, %0) : f32[n0]
    %3 = add(%1, %2) : f32[n0]
    return %3""")
    assert show(graph.with_outputs(graph.outputs)) == show(verify(graph))
    assert next(node.op for node in phases(graph)[-1].graph.nodes) == "broadcast_to"


def test_what_makes_a_size_stays_where_nothing_else_of_it_is_read() -> None:
    graph = parse("""
    %y: f32[1]
    %m: b1[B]
    %0 = true_positions(%m) : i64[n0]
    %1 = broadcast_to(%y, shape=({n0},)) : f32[n0]
    return %1""")
    for after in (graph.with_outputs(graph.outputs), dce(graph), rewrite(graph, CANONICALIZE)):
        assert show(after) == show(graph)
    assert len(phases(graph)) == 2
