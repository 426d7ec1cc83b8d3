"""A diagram in DOT, the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kgraph.drawing.diagram import COLOURS, Box, Cluster, Diagram


def dot_of(diagram: Diagram, splines: str = "ortho") -> str:
    """The diagram as text for ``dot``; nodes are numbered, and text of users is quoted.

    ``splines`` is how Graphviz should draw arrows: "ortho", "curved", "polyline", "line", …
    """
    return "\n".join(_lines(diagram, splines)) + "\n"


def _lines(diagram: Diagram, splines: str) -> Iterator[str]:
    names = {box.key: f"n{number}" for number, box in enumerate(diagram.boxes)}
    yield f"digraph {_quoted(diagram.name)} {{"
    yield f"  rankdir={diagram.direction};"
    yield f"  splines={_quoted(splines)};"
    yield '  node [shape=box, style="rounded,filled", fontname="monospace", fontsize=10];'
    yield '  edge [color="#52525b"];'
    yield from _inside(diagram, None, names, "  ")
    for arrow in diagram.arrows:
        yield f"  {names[arrow.tail]} -> {names[arrow.head]};"
    yield "}"


def _inside(
    diagram: Diagram, key: str | None, names: Mapping[str, str], indent: str
) -> Iterator[str]:
    for box in diagram.boxes:
        if box.cluster == key:
            yield indent + _node(box, names[box.key])
    for number, cluster in enumerate(diagram.clusters):
        if cluster.parent == key:
            yield f"{indent}subgraph cluster_{number} {{"
            yield from _frame(cluster, indent + "  ")
            yield from _inside(diagram, cluster.key, names, indent + "  ")
            yield indent + "}"


def _frame(cluster: Cluster, indent: str) -> Sequence[str]:
    style = 'style=dashed; color="#a1a1aa"; fontname="monospace"; fontsize=10; labeljust=l;'
    return [f"{indent}label={_quoted(cluster.title)};", f"{indent}{style}"]


def _node(box: Box, name: str) -> str:
    colours = COLOURS[box.kind]
    label = _quoted("\n".join((box.title, *box.lines)))
    return f'{name} [label={label}, fillcolor="{colours.fill}", color="{colours.stroke}"];'


def _quoted(text: str) -> str:
    r"""A string of DOT: it knows no escape but that of the quote, and ``\n`` in labels."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", " ")
    return f'"{inner}"'
