"""Layout: where boxes, clusters and lines lie, from the innermost cluster outwards.

Everything is laid out from top to bottom.  For another direction the picture is turned afterwards,
and boxes are turned before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kgraph.drawing.columns import columns_of
from kgraph.drawing.diagram import Box, Diagram
from kgraph.drawing.levels import Port, levels_of
from kgraph.drawing.ranks import ranks_of
from kgraph.drawing.rows import Bend, Link, Node, Rows, rows_of
from kgraph.drawing.text_size import LINE_HEIGHT, clipped, width_of

_MARGIN = 12.0  # around the picture
_PADDING = 14.0  # within a cluster
_TITLE = 20.0  # of a cluster
_INSET = (12.0, 8.0)  # of the text of a box
_ROW_GAP, _PORT_GAP = 30.0, 16.0
LOOP = 26.0  # beside a box with an arrow to itself

Point = tuple[float, float]


@dataclass(frozen=True)
class Rect:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Line:
    """A piece of one or more arrows, with a head at its end or, turned, at its start."""

    points: tuple[Point, ...]
    head_at_end: bool = False
    head_at_start: bool = False


@dataclass
class Layout:
    """Where everything of a diagram lies."""

    width: float
    height: float
    boxes: dict[str, Rect] = field(default_factory=dict)
    clusters: dict[str, Rect] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


def lay_out(diagram: Diagram) -> Layout:
    """The layout of a diagram: the same for equal diagrams."""
    whole = _Arranger(diagram).arrange(None)
    framed = Layout(whole.width + 2 * _MARGIN, whole.height + 2 * _MARGIN)
    _put(framed, whole, _MARGIN, _MARGIN)
    return _turned(framed, diagram.direction)


def box_size(box: Box) -> tuple[float, float]:
    """Width and height of a box as it is read."""
    lines = [box.title, *box.lines]
    width = max(width_of(clipped(line)) for line in lines)
    return width + 2 * _INSET[0], len(lines) * LINE_HEIGHT + 2 * _INSET[1]


@dataclass
class _Arranged(Layout):
    """The inside of a cluster, and where its ports are from the left."""

    ports: dict[Port, float] = field(default_factory=dict)


class _Arranger:
    """Lays out levels; ``sideways`` if text runs along the arrows."""

    def __init__(self, diagram: Diagram) -> None:
        self.direction = diagram.direction
        self.sideways = diagram.direction in ("LR", "RL")
        self.levels = levels_of(diagram)
        self.titles = {cluster.key: cluster.title for cluster in diagram.clusters}
        self.looped = {arrow.tail for arrow in diagram.arrows if arrow.tail == arrow.head}
        self.sizes = {box.key: self._size(box) for box in diagram.boxes}
        self.inner: dict[str, _Arranged] = {}

    def arrange(self, key: str | None) -> _Arranged:
        level = self.levels[key]
        for item in level.items:
            if isinstance(item, str) and item in self.titles:
                self.inner[item] = self.arrange(item)
        rows = rows_of(level, ranks_of(level), self._share)
        left = columns_of(rows, self._width, self._offset)
        made = _LevelLayout(self, rows, left).arranged
        return made if key is None else self._framed(made, self.titles[key])

    # -- sizes of nodes ---------------------------------------------------------------------------

    def size(self, node: Node) -> tuple[float, float]:
        if isinstance(node, Bend | Port):
            return 0.0, 0.0
        if node in self.inner:
            return self.inner[node].width, self.inner[node].height
        width, height = self.sizes[node]
        return width + LOOP * (node in self.looped), height

    def _size(self, box: Box) -> tuple[float, float]:
        width, height = box_size(box)
        return (height, width) if self.sideways else (width, height)

    def _width(self, node: Node) -> float:
        return self.size(node)[0]

    def _offset(self, node: Node, port: Port | None) -> float:
        if isinstance(node, str):
            if port is not None:
                return self.inner[node].ports[port]
            return self.sizes[node][0] / 2
        return 0.0

    def _share(self, node: Node, port: Port | None) -> float:
        if port is None or not isinstance(node, str):
            return 0.5
        return self._offset(node, port) / self.inner[node].width

    # -- clusters ---------------------------------------------------------------------------------

    def _framed(self, made: _Arranged, title: str) -> _Arranged:
        """A frame around what a cluster holds, with room for its title where its top will be."""
        sides = {"TB": "top", "BT": "bottom", "LR": "left", "RL": "left"}
        extra = dict.fromkeys(("top", "bottom", "left"), 0.0) | {sides[self.direction]: _TITLE}
        width = made.width + 2 * _PADDING + extra["left"]
        height = made.height + 2 * _PADDING + extra["top"] + extra["bottom"]
        longest = width_of(clipped(title)) + 2 * _PADDING
        x, y = _PADDING + extra["left"], _PADDING + extra["top"]
        if self.sideways:
            height = max(height, longest)
        else:
            wider = max(width, longest)
            x, width = x + (wider - width) / 2, wider
        framed = _Arranged(width, height)
        _put(framed, made, x, y)
        framed.ports = {port: at + x for port, at in made.ports.items()}
        for port, at in framed.ports.items():
            ends = (0.0, y) if port.top else (y + made.height, height)
            framed.lines.append(Line(tuple((at, end) for end in ends)))
        return framed


class _LevelLayout:
    """Rows below each other, and the lines between them."""

    def __init__(self, arranger: _Arranger, rows: Rows, left: dict[Node, float]) -> None:
        self.arranger, self.left = arranger, left
        self.top: dict[Node, float] = {}
        self.band: dict[Node, tuple[float, float]] = {}  # the row of each node
        y = gap = 0.0
        for row in rows.rows:
            ports = all(isinstance(node, Bend | Port) for node in row)
            y += min(gap, _PORT_GAP if ports else gap)
            height = max((arranger.size(node)[1] for node in row), default=0.0)
            for node in row:
                self.band[node] = y, y + height
                self.top[node] = y + (height - arranger.size(node)[1]) / 2
            y, gap = y + height, _PORT_GAP if ports else _ROW_GAP
        width = max((left[node] + arranger.size(node)[0] for node in left), default=0.0)
        self.arranged = _Arranged(width, y)
        for node in left:
            self._put(node)
        self.arranged.lines += map(self._line, rows.links)

    def _put(self, node: Node) -> None:
        made, arranger = self.arranged, self.arranger
        x, y = self.left[node], self.top[node]
        if isinstance(node, Port):
            made.ports[node] = x
        elif isinstance(node, str) and node in arranger.inner:
            inner = arranger.inner[node]
            made.clusters[node] = Rect(x, y, inner.width, inner.height)
            _put(made, inner, x, y)
        elif isinstance(node, str):
            width, height = arranger.sizes[node]
            made.boxes[node] = Rect(x, y, width, height)
            if node in arranger.looped:
                made.lines.append(_loop(made.boxes[node]))

    def _line(self, link: Link) -> Line:
        """Upright through rows, slanted between them: so no line crosses a box."""
        tail, head = link.tail, link.head
        start = self.left[tail] + self.arranger._offset(tail, link.tail_port)
        end = self.left[head] + self.arranger._offset(head, link.head_port)
        leave, arrive = self.band[tail][1], self.band[head][0]
        bottom = self.top[tail] + self.arranger.size(tail)[1]
        first = self.band[tail][0] if isinstance(tail, Bend) else bottom
        points = [(start, first), (start, leave), (end, arrive), (end, self.top[head])]
        if isinstance(head, Bend):
            points.pop()
        turned = link.owner.turned
        return Line(
            tuple(dict.fromkeys(points)),
            head_at_end=not turned and self._is_box(head),
            head_at_start=turned and self._is_box(tail),
        )

    def _is_box(self, node: Node) -> bool:
        return isinstance(node, str) and node not in self.arranger.inner


def _loop(box: Rect) -> Line:
    """Out of the right side of a box, down, and back into it."""
    right = box.x + box.width
    out = right + LOOP * 0.7
    high, low = box.y + box.height * 0.25, box.y + box.height * 0.75
    return Line(((right, high), (out, high), (out, low), (right, low)), head_at_end=True)


def _put(target: Layout, source: Layout, x: float, y: float) -> None:
    """Put all that ``source`` holds into ``target``, moved by (x, y)."""

    def moved(rect: Rect) -> Rect:
        return replace(rect, x=rect.x + x, y=rect.y + y)

    target.boxes |= {key: moved(rect) for key, rect in source.boxes.items()}
    target.clusters |= {key: moved(rect) for key, rect in source.clusters.items()}
    for line in source.lines:
        points = tuple((px + x, py + y) for px, py in line.points)
        target.lines.append(replace(line, points=points))


def _turned(layout: Layout, direction: str) -> Layout:
    """The layout with its arrows in this direction."""
    made = layout
    if direction in ("BT", "RL"):
        height = made.height
        made = _mapped(made, lambda x, y: (x, height - y))
    if direction in ("LR", "RL"):
        made = _mapped(made, lambda x, y: (y, x))
        made.width, made.height = layout.height, layout.width
    return made


def _mapped(layout: Layout, move: Callable[[float, float], Point]) -> Layout:
    def rect(old: Rect) -> Rect:
        x1, y1 = move(old.x, old.y)
        x2, y2 = move(old.x + old.width, old.y + old.height)
        return Rect(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))

    return Layout(
        layout.width,
        layout.height,
        {key: rect(old) for key, old in layout.boxes.items()},
        {key: rect(old) for key, old in layout.clusters.items()},
        [replace(line, points=tuple(move(*p) for p in line.points)) for line in layout.lines],
    )
