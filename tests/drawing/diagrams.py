"""Hypothesis strategies for diagrams: clusters in clusters, cycles, loops, texts of any kind."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from kgraph.drawing.diagram import COLOURS, DIRECTIONS, Arrow, Box, Cluster, Diagram

TEXT = st.text(max_size=12) | st.sampled_from(["Dense", "<b>&\"'</b>", "漢字", "a" * 90, "x\ny"])


@st.composite
def diagrams(draw: Any, most_boxes: int = 14) -> Diagram:
    clusters: list[Cluster] = []
    for number in range(draw(st.integers(0, 4))):
        parent = draw(st.sampled_from([None, *(cluster.key for cluster in clusters)]))
        clusters.append(Cluster(f"c{number}", draw(TEXT), parent))
    homes = st.sampled_from([None, *(cluster.key for cluster in clusters)])
    boxes = [
        Box(
            f"b{number}",
            draw(TEXT),
            tuple(draw(st.lists(TEXT, max_size=3))),
            draw(st.sampled_from(sorted(COLOURS))),
            draw(homes),
        )
        for number in range(draw(st.integers(1, most_boxes)))
    ]
    keys = st.sampled_from([box.key for box in boxes])
    arrows = draw(st.lists(st.builds(Arrow, keys, keys), max_size=2 * len(boxes)))
    return Diagram.of("drawn", boxes, arrows, clusters, draw(st.sampled_from(DIRECTIONS)))
