"""The graph in the language of Graphviz."""

from __future__ import annotations

import re

from hypothesis import given

from kgraph.drawing.diagram import Diagram
from kgraph.drawing.dot import dot_of
from tests.drawing.diagrams import diagrams
from tests.drawing.test_svg import SMALL


def test_a_small_graph() -> None:
    assert (
        dot_of(SMALL)
        == r"""digraph "small" {
  rankdir=TB;
  splines="ortho";
  node [shape=box, style="rounded,filled", fontname="monospace", fontsize=10];
  edge [color="#52525b"];
  n0 [label="x\nragged", fillcolor="#dcfce7", color="#15803d"];
  subgraph cluster_0 {
    label="inner";
    style=dashed; color="#a1a1aa"; fontname="monospace"; fontsize=10; labeljust=l;
    n1 [label="Dense\ndense\nsays \"<&>\"", fillcolor="#dbeafe", color="#2563eb"];
    n2 [label="again", fillcolor="#f4f4f5", color="#71717a"];
  }
  n0 -> n1;
  n1 -> n2;
  n2 -> n1;
  n2 -> n2;
}
"""
    )


@given(diagrams())
def test_what_stands_outside_quotes_is_ours(diagram: Diagram) -> None:
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", dot_of(diagram), flags=re.DOTALL)
    assert '"' not in outside
    assert re.fullmatch(r"[\w\s{}\[\]=,;>-]*", outside)
    assert outside.count("{") == outside.count("}") == 1 + len(diagram.clusters)
    assert outside.count("->") == len(diagram.arrows)
