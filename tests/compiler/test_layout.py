"""Layouts of programs: what lies how, what shares one, and what must not."""

from __future__ import annotations

from kgraph.compiler.ir import Graph
from kgraph.compiler.layout import Fit, Layout, fit
from kgraph.compiler.text import parse

RAGGED = """
    %x: f32[T, 8]
    %splits: i64[B + 1]
    %0 = segment_max(%x, %splits) : f32[B, 8]
    %1 = repeat_rows(%0, %splits, total={T}) : f32[T, 8]
    %2 = subtract(%x, %1) : f32[T, 8]
    %3 = reduce_sum(%2, axes=(1,)) : f32[T, 1]
    %4 = segment_sum(%3, %splits) : f32[B, 1]
    %5 = add(%0, %4) : f32[B, 8]
    return %5, %2
    """


def read(text: str) -> Graph:
    return parse(text)


def test_a_node_runs_on_rows_or_on_segments() -> None:
    graph = read(RAGGED)
    top, spread, below, total, sums, out = graph.nodes
    bounds = graph.inputs[1]
    full = below.type.dims
    assert fit(top, full, 1, bounds) == Fit(
        "reduce_rows", "full", "segment_full", ("full", "bounds")
    )
    assert fit(spread, full, 1, bounds) == Fit(
        "repeat_rows", "full", "full", ("segment_full", "bounds")
    )
    assert fit(below, full, 1, bounds) == Fit("loop", "full", "full", ("full", "full"))
    assert fit(total, full, 1, bounds) == Fit("reduce", "full", "row", ("full",))
    assert fit(sums, full, 1, bounds) == Fit("reduce_rows", "row", "segment_row", ("row", "bounds"))
    assert fit(out, full, 1, bounds) == Fit(
        "loop", "segment_full", "segment_full", ("segment_full", "segment_row")
    )
    layout = Layout.of(graph.nodes, full, bounds)
    assert layout is not None
    assert layout.lead == top.type.dims[:1]


def test_segments_need_their_own_bounds_and_a_split_after_the_items() -> None:
    graph = read(RAGGED)
    top, _, below, *_ = graph.nodes
    assert fit(top, below.type.dims, 1, None) is None
    assert fit(top, below.type.dims, 2, graph.inputs[1]) is None
    assert fit(top, below.type.dims, 1, graph.inputs[0]) is None


def test_layouts_of_two_bounds_do_not_join() -> None:
    graph = read(
        """
        %x: f32[T]
        %a: i64[B + 1]
        %b: i64[B + 1]
        %0 = segment_sum(%x, %a) : f32[B]
        %1 = segment_sum(%x, %b) : f32[B]
        return %0, %1
        """
    )
    x, a, b = graph.inputs
    first, second = (
        Layout.of([node], x.type.dims, bounds)
        for node, bounds in zip(graph.nodes, (a, b), strict=True)
    )
    assert first is not None
    assert second is not None
    assert first.joined(second) is None


def test_a_program_widens_when_a_wider_node_reads_it() -> None:
    """One number for each row, without an axis for columns, then a value for each column."""
    graph = read(
        """
        %n: f32[B]
        %x: f32[B, 8]
        %0 = exp(%n) : f32[B]
        %1 = reshape_to(%0, shape=({B}, 1)) : f32[B, 1]
        %2 = multiply(%x, %1) : f32[B, 8]
        return %2
        """
    )
    narrow, _, wide = graph.nodes
    first, second = (Layout.of([node], node.type.dims, None) for node in (narrow, wide))
    assert first is not None
    assert second is not None
    layout = first.joined(second)
    assert layout is not None
    assert layout.full == wide.type.dims
    assert layout.fit(narrow) == Fit("loop", "row", "row", ("row",))
    assert layout.fit(wide) == Fit("loop", "full", "full", ("full", "row"))


def test_a_square_is_not_read_across() -> None:
    """%0 has a number for each row, yet NumPy would read it along the columns."""
    graph = read(
        """
        %n: f32[4]
        %x: f32[4, 4]
        %0 = exp(%n) : f32[4]
        %1 = multiply(%x, %0) : f32[4, 4]
        return %1
        """
    )
    narrow, wide = graph.nodes
    assert Layout.of(graph.nodes, wide.type.dims, None) is None
    assert fit(wide, wide.type.dims, 1) == Fit("loop", "full", "full", ("full", "columns"))
    assert fit(narrow, wide.type.dims, 1) == Fit("loop", "row", "row", ("row",))
