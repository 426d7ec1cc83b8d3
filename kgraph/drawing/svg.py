"""A layout as SVG: one element, which needs nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from kgraph.drawing.diagram import COLOURS, Box, Diagram
from kgraph.drawing.layout import Layout, Line, Point, Rect, lay_out
from kgraph.drawing.text_size import FONT, FONT_SIZE, LINE_HEIGHT, clipped

_HEAD = 7.0  # of an arrow, its length
_STYLE = (
    f"text{{font:{FONT_SIZE:.0f}px {FONT};fill:#18181b}}.t{{font-weight:bold}}"
    ".c{fill:#000;fill-opacity:0.03;stroke:#a1a1aa;stroke-dasharray:4 3}.ct{fill:#52525b}"
    ".l{fill:none;stroke:#52525b;stroke-width:1.2px}.h{fill:#52525b}"
)


def svg_of(diagram: Diagram) -> str:
    """The picture of a diagram; text of users is escaped."""
    return "\n".join(_elements(diagram, lay_out(diagram))) + "\n"


def _elements(diagram: Diagram, layout: Layout) -> Iterator[str]:
    width, height = _number(layout.width), _number(layout.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kgraph" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" role="img">'
    )
    yield f"<title>{_escaped(diagram.name)}</title>"
    yield f"<style>{_scoped(_STYLE)}</style>"
    yield f'<rect width="{width}" height="{height}" fill="#fff"/>'
    titles = {cluster.key: cluster.title for cluster in diagram.clusters}
    for key in titles:
        yield _rect(layout.clusters[key], 'class="c" rx="6"')
    for line in layout.lines:
        yield from _line(line, sideways=diagram.direction in ("LR", "RL"))
    for key, title in titles.items():
        rect = layout.clusters[key]
        yield _text(rect.x + 10, rect.y + 17, title, "ct", "start")
    for box in diagram.boxes:
        yield from _box(box, layout.boxes[box.key])
    yield "</svg>"


def _box(box: Box, rect: Rect) -> Iterator[str]:
    colours = COLOURS[box.kind]
    yield f'<g class="b {box.kind}">'
    yield f"<title>{_escaped(chr(10).join((box.title, *box.lines)))}</title>"
    yield _rect(rect, f'rx="4" fill="{colours.fill}" stroke="{colours.stroke}"')
    middle = rect.x + rect.width / 2
    count = 1 + len(box.lines)
    first = rect.y + (rect.height - count * LINE_HEIGHT) / 2 + FONT_SIZE
    for number, text in enumerate((box.title, *box.lines)):
        yield _text(middle, first + number * LINE_HEIGHT, text, "" if number else "t", "middle")
    yield "</g>"


def _text(x: float, y: float, text: str, style: str, anchor: str) -> str:
    named = f' class="{style}"' if style else ""
    return (
        f'<text x="{_number(x)}" y="{_number(y)}"{named} text-anchor="{anchor}">'
        f"{_escaped(clipped(text))}</text>"
    )


def _rect(rect: Rect, attributes: str) -> str:
    return (
        f'<rect x="{_number(rect.x)}" y="{_number(rect.y)}" width="{_number(rect.width)}" '
        f'height="{_number(rect.height)}" {attributes}/>'
    )


def _line(line: Line, *, sideways: bool) -> Iterator[str]:
    yield f'<path class="l" d="{_path(line.points, sideways=sideways)}"/>'
    if line.head_at_end:
        yield _head(line.points[-2], line.points[-1], sideways=sideways)
    if line.head_at_start:
        yield _head(line.points[1], line.points[0], sideways=sideways)


def _path(points: Sequence[Point], *, sideways: bool) -> str:
    """Straight where a line is upright (or level), a curve within the same bounds where not."""
    x, y = points[0]
    text = f"M{_number(x)} {_number(y)}"
    for nx, ny in points[1:]:
        if abs(nx - x) < 0.05 or abs(ny - y) < 0.05:
            text += f"L{_number(nx)} {_number(ny)}"
        else:
            middle = (x + nx) / 2 if sideways else (y + ny) / 2
            bends = ((middle, y), (middle, ny)) if sideways else ((x, middle), (nx, middle))
            text += "C" + " ".join(f"{_number(a)} {_number(b)}" for a, b in (*bends, (nx, ny)))
        x, y = nx, ny
    return text


def _head(start: Point, tip: Point, *, sideways: bool) -> str:
    """The triangle of an arrow.

    The last piece of a line goes across only beside a box; else it arrives as the rows follow each
    other, however slanted it begins.
    """
    dx, dy = tip[0] - start[0], tip[1] - start[1]
    level = abs(dx) >= 0.05 if sideways else abs(dy) < 0.05
    half = _HEAD / 2
    if level:
        back = tip[0] - (_HEAD if dx > 0 else -_HEAD)
        corners = (tip, (back, tip[1] - half), (back, tip[1] + half))
    else:
        back = tip[1] - (_HEAD if dy > 0 else -_HEAD)
        corners = (tip, (tip[0] - half, back), (tip[0] + half, back))
    points = " ".join(f"{_number(x)},{_number(y)}" for x, y in corners)
    return f'<polygon class="h" points="{points}"/>'


def _scoped(style: str) -> str:
    """Rules for this picture alone: a page may hold others."""
    rules = filter(None, style.split("}"))
    return "".join(f"svg.kgraph {rule}}}" for rule in rules)


def _escaped(text: str) -> str:
    """Text for XML, which has no place for control characters."""
    return escape(
        "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
