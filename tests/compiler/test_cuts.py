"""Cuts between phases: sound, and no other leaves fewer bytes to wait."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from kgraph.compiler.cuts import latest
from kgraph.compiler.flow import nominal_bytes
from kgraph.compiler.ir import INPUT, Graph, Node
from kgraph.compiler.phases import levels_of, phases
from kgraph.compiler.text import parse
from kgraph.compiler.verify import verify

Phases = dict[Node, int]


def never(node: Node) -> bool:
    return False


def graph_of(widths: list[int], reads: list[list[int]], masks: list[bool]) -> Graph:
    """Value i has ``widths[i]`` columns and is made of the values ``reads[i]``; of some of them a
    size is made, which later values need."""
    lines = ["%x: f32[B, 1]"]
    at = 0
    names, sizes = ["%x"], ["B"]

    def add(text: str, type_: str) -> str:
        nonlocal at
        lines.append(f"%{at} = {text} : {type_}")
        at += 1
        return f"%{at - 1}"

    for number, (width, read, is_mask) in enumerate(zip(widths, reads, masks, strict=True)):
        of = read[0]
        total = add(f"reduce_max({names[of]}, axes=(1,))", f"f32[{sizes[of]}, 1]")
        for other in read[1:]:
            if sizes[other] == sizes[of]:
                more = add(f"reduce_sum({names[other]}, axes=(1,))", f"f32[{sizes[of]}, 1]")
                total = add(f"add({total}, {more})", f"f32[{sizes[of]}, 1]")
        if is_mask:
            flat = add(f"reshape_to({total}, shape=({{{sizes[of]}}},))", f"f32[{sizes[of]}]")
            mask = add(f"greater({flat}, 0.0:f32[])", f"b1[{sizes[of]}]")
            rows = add(f"true_positions({mask})", f"i64[n{number}]")
            total = add(f"gather_rows({total}, {rows})", f"f32[n{number}, 1]")
            sizes.append(f"n{number}")
        else:
            sizes.append(sizes[of])
        shape = f"{sizes[-1]}, {width}"
        names.append(
            add(f"broadcast_to({total}, shape=({{{sizes[-1]}}}, {width}))", f"f32[{shape}]")
        )
    lines.append("return " + ", ".join(names[-2:]))
    return verify(parse("\n".join(lines)))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 4))
    widths = [draw(st.integers(1, 9)) for _ in range(count)]
    reads = [
        draw(st.lists(st.integers(0, i), min_size=1, max_size=2, unique=True)) for i in range(count)
    ]
    return graph_of(widths, reads, [draw(st.booleans()) for _ in range(count)])


def waiting(graph: Graph, runs: Phases) -> int:
    """The bytes that wait, at all cuts together."""
    last = max(runs.values())
    read = dict.fromkeys(graph.outputs, last)
    for node in graph.nodes:
        for operand in node.inputs:
            read[operand] = max(read.get(operand, 0), runs[node] - bool(node.made))
    return sum(
        nominal_bytes(node) * max(0, read.get(node, 0) - runs[node] + bool(node.made))
        for node in graph.nodes
    )


def is_sound(graph: Graph, runs: Phases) -> bool:
    return all(
        runs[operand] <= runs[node] - bool(node.made)
        for node in graph.nodes
        for operand in node.inputs
    )


def others(graph: Graph, levels: Phases) -> Iterator[Phases]:
    """Every sound choice of phases that are no earlier than they may be."""
    free = [node for node in graph.nodes if not node.made and node.op != INPUT]
    last = max(levels.values())
    for chosen in product(*(range(levels[node], last + 1) for node in free)):
        runs = levels | dict(zip(free, chosen, strict=True))
        if is_sound(graph, runs):
            yield runs


@settings(deadline=None, max_examples=60, derandomize=True)
@given(graphs())
def test_no_other_cuts_leave_fewer_bytes_to_wait(graph: Graph) -> None:
    levels = levels_of(graph)
    runs = latest(graph, levels, never)
    assert is_sound(graph, runs)
    assert all(runs[node] == levels[node] for node in graph.nodes if node.made)
    if sum(not node.made for node in graph.nodes) <= 12:
        assert waiting(graph, runs) == min(waiting(graph, other) for other in others(graph, levels))


def test_what_is_wide_and_needs_no_size_is_made_after_the_cut() -> None:
    graph = parse("""
    %x: f32[B, 1]
    %m: f32[B]
    %0 = broadcast_to(%x, shape=({B}, 8)) : f32[B, 8]
    %1 = tanh(%0) : f32[B, 8]
    %2 = exp(%m) : f32[B]
    %3 = greater(%2, 1.0:f32[]) : b1[B]
    %4 = true_positions(%3) : i64[n0]
    %5 = gather_rows(%1, %4) : f32[n0, 8]
    return %5""")
    before, after = phases(verify(graph))
    assert [node.op for node in before.graph.nodes if not node.is_static] == ["exp", "greater"]
    assert "tanh" in [node.op for node in after.graph.nodes]


def test_what_is_narrow_is_made_before_the_cut() -> None:
    graph = parse("""
    %x: f32[B, 8]
    %0 = tanh(%x) : f32[B, 8]
    %1 = reduce_max(%0, axes=(1,)) : f32[B, 1]
    %2 = reduce_sum(%0, axes=(1,)) : f32[B, 1]
    %3 = reshape_to(%1, shape=({B},)) : f32[B]
    %4 = greater(%3, 1.0:f32[]) : b1[B]
    %5 = true_positions(%4) : i64[n0]
    %6 = gather_rows(%2, %5) : f32[n0, 1]
    return %6""")
    before, after = phases(verify(graph))
    assert "reduce_sum" in [node.op for node in before.graph.nodes]
    assert [node.op for node in after.graph.nodes if not node.is_static] == ["gather_rows"]
