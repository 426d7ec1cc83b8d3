"""`CompiledGraph.plot`: the ops, the kernels they fused into, and the regions of these."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

import kgraph as kg
from kgraph import layers as la
from kgraph.compiler.ir import root
from kgraph.compiler.kernels import is_input_view
from kgraph.drawing.diagram import Diagram
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from tests.property.graphs import functions


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    kg.clear_session()


def mlp() -> kg.CompiledGraph:
    x = kg.Input((16,), name="x")
    h = la.Dense(16, activation="relu", name="hidden")(x)
    return kg.compile(kg.Model(x, kg.tanh(h) * 2.0, name="mlp"))


def frames(diagram: Diagram) -> dict[str, str]:
    """The titles of the frames around each box, by its title."""
    clusters = {cluster.key: cluster for cluster in diagram.clusters}

    def path(key: str | None) -> str:
        if key is None:
            return ""
        outer = path(clusters[key].parent)
        return f"{outer} > {clusters[key].title}" if outer else clusters[key].title

    return {box.title: path(box.cluster) for box in diagram.boxes}


def test_ops_stand_in_their_kernels_and_these_in_their_regions() -> None:
    region = "region 0: 1 kernel over B rows"
    kernel = f"{region} > gemm_f32 + program"
    assert frames(mlp().plot().diagram) == {
        "%x": "",
        **dict.fromkeys(["dense", "relu", "tanh", "multiply"], kernel),
        "output": "",
    }


def test_before_fusion_there_are_no_frames() -> None:
    diagram = mlp().plot(fused=False).diagram
    assert diagram.clusters == ()
    assert [box.title for box in diagram.boxes][:3] == ["%x", "dense", "relu"]
    assert diagram.boxes[1].lines == ("f32[B, 16]", "hidden", "weights f32[16, 16], f32[16]")


def test_phases_are_frames_and_what_makes_a_size_stands_between_them() -> None:
    x = kg.Input((4,), name="x")
    compiled = kg.compile(kg.Model(x, kg.tanh(x[x[:, 0] > 0])))
    diagram = compiled.plot().diagram
    found = frames(diagram)
    assert found["greater"].startswith("phase 0 > region 0")
    assert found["true_positions"] == ""
    assert found["tanh"].startswith("phase 1 > region 0")
    title = {box.key: box.title for box in diagram.boxes}
    arrows = [(title[arrow.tail], title[arrow.head]) for arrow in diagram.arrows]
    assert ("greater", "true_positions") in arrows
    assert ("true_positions", "gather_rows") in arrows
    assert ("%x", "gather_rows") in arrows


def test_inputs_have_the_colour_of_their_kind_and_host_ops_their_own() -> None:
    r = kg.Input((None, 2), ragged=True, name="r")
    s = kg.Input((50,), sparse=True, name="s")
    x = kg.Input((2,), name="x")
    total = kg.cummax(kg.sum(r, axis=1), axis=1) + la.Dense(2)(s) + x
    boxes = kg.compile(kg.Model([r, s, x], total)).plot().diagram.boxes
    kinds = {box.title: box.kind for box in boxes}
    assert kinds["%r.values"] == kinds["%r.row_splits"] == "ragged"
    assert kinds["%s.data"] == kinds["%s.indptr"] == "sparse"
    assert kinds["%x"] == "dense"
    assert kinds["cummax"] == "host"


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=30)
@given(functions())
def test_each_op_that_runs_is_drawn_once_with_all_that_it_reads(function: Function) -> None:
    compiled = compile_function(function)
    diagram = compiled.plot().diagram
    planned = compiled._compiled.planned
    nodes = [n for one in planned for region in one.fused.regions for n in region.nodes]
    views = [n for one in planned for n in one.phase.graph.nodes if is_input_view(n)]
    makers = [node for one in planned for node in one.phase.makers]
    outputs = planned[-1].phase.graph.outputs
    inputs = compiled.graph.inputs
    assert len(diagram.boxes) == len([*inputs, *nodes, *views, *makers, *outputs])
    reads = {
        (id(node), id(root(operand)))
        for node in [*nodes, *views]
        for operand in node.inputs
        if not root(operand).is_static and root(operand).op != "size_like"
    }
    asked = sum(len(places) for one in planned for places in one.phase.operands)
    assert len(diagram.arrows) <= len(reads) + asked + len(outputs)
    heads = {arrow.head for arrow in diagram.arrows}
    reading = len({node for node, _ in reads}) + len([m for m in makers if m.inputs])
    assert len(heads) == reading + len(outputs)
    ElementTree.fromstring(compiled.plot(fused=False).svg)


def test_files_and_directions_are_checked(tmp_path: Path) -> None:
    compiled = mlp()
    compiled.plot(tmp_path / "graph.dot", rankdir="LR")
    assert "rankdir=LR" in (tmp_path / "graph.dot").read_text()
    with pytest.raises(kg.KGraphError, match="did you mean 'LR'"):
        compiled.plot(rankdir="lr")
    with pytest.raises(kg.KGraphError, match=r"a name that ends with \.svg"):
        compiled.plot(tmp_path / "graph.bmp")
