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


TOP = """
    %x: f32[B, 8]
    %0 = exp(%x) : f32[B, 8]
    %1 = top_positions(%0, k=K) : i32[B, K]
    %2 = take_along_axis(%0, %1, axis=-1) : f32[B, K]
    %3 = reduce_sum(%2, axes=(1,)) : f32[B, 1]
    %4 = divide(%2, %3) : f32[B, K]
    return %4, %1
    """


def test_the_greatest_of_rows_lie_in_narrow_rows() -> None:
    graph = read(TOP.replace("K", "3"))
    wide, positions, values, total, shares = graph.nodes
    layout = Layout.of([wide], wide.type.dims, None)
    for node in (positions, values, total, shares):
        own = Layout.of([node], node.inputs[0].type.dims, None)
        assert layout is not None
        assert own is not None
        layout = layout.joined(own)
    assert layout is not None
    assert (layout.full, layout.narrow) == (wide.type.dims, 3)
    assert layout.fit(positions) == Fit("top", "narrow", "narrow", ("full",))
    assert layout.fit(values) == Fit("pick", "narrow", "narrow", ("full", "narrow"))
    assert layout.fit(total) == Fit("reduce", "narrow", "row", ("narrow",))
    assert layout.fit(shares) == Fit("loop", "narrow", "narrow", ("narrow", "row"))


def test_one_of_each_row_or_all_of_it_need_no_narrow_rows() -> None:
    one, every = (read(TOP.replace("K", str(k))).nodes[1] for k in (1, 8))
    full = one.inputs[0].type.dims
    assert fit(one, full, 1) == Fit("top", "row", "row", ("full",))
    assert fit(every, full, 1) == Fit("top", "full", "full", ("full",))


def test_narrow_rows_of_two_widths_do_not_join() -> None:
    three, two = (read(TOP.replace("K", str(k))).nodes[1] for k in (3, 2))
    full = three.inputs[0].type.dims
    first, second = (Layout.of([node], full, None) for node in (three, two))
    assert first is not None
    assert second is not None
    assert first.joined(second) is None


def test_positions_that_may_be_outside_of_a_row_are_not_picked_at() -> None:
    graph = read(
        """
        %x: f32[B, 8]
        %y: f32[B, 9]
        %at: i32[B, 3]
        %0 = take_along_axis(%x, %at, axis=-1) : f32[B, 3]
        %1 = top_positions(%y, k=3) : i32[B, 3]
        %2 = take_along_axis(%x, %1, axis=-1) : f32[B, 3]
        return %0, %2
        """
    )
    given, _, longer = graph.nodes
    full = graph.inputs[0].type.dims
    assert fit(given, full, 1, narrow=3) is None
    assert fit(longer, full, 1, narrow=3) is None


def test_scans_and_orders_run_along_whole_rows_alone() -> None:
    graph = read(
        """
        %x: f32[B, 8]
        %f: f16[B, 8]
        %0 = cumsum(%x, axis=-1, dtype=None) : f32[B, 8]
        %1 = argsort(%x, axis=1) : i32[B, 8]
        %2 = sort(%x, axis=0) : f32[B, 8]
        %3 = cumsum(%f, axis=-1, dtype=None) : f16[B, 8]
        %4 = take_along_axis(%x, %1, axis=1) : f32[B, 8]
        return %0, %1, %2, %3, %4
        """
    )
    sums, order, down, halves, ordered = graph.nodes
    full = graph.inputs[0].type.dims
    assert fit(sums, full, 1) == Fit("rowwise", "full", "full", ("full",))
    assert fit(order, full, 1) == Fit("order", "full", "full", ("full",))
    assert fit(ordered, full, 1) == Fit("pick", "full", "full", ("full", "full"))
    assert fit(down, full, 1) is None
    assert fit(halves, full, 1) is None
    assert fit(sums, full, 0) is None
