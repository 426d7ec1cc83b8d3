"""Laws of layouts, over drawn diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from hypothesis import given

from kgraph.drawing.diagram import Arrow, Box, Cluster, Diagram
from kgraph.drawing.layout import Layout, Point, Rect, box_size, lay_out
from tests.drawing.diagrams import diagrams

SLACK = 1e-6


def overlap(a: Rect, b: Rect) -> bool:
    return (
        a.x + SLACK < b.x + b.width
        and b.x + SLACK < a.x + a.width
        and a.y + SLACK < b.y + b.height
        and b.y + SLACK < a.y + a.height
    )


def holds(outer: Rect, inner: Rect) -> bool:
    return (
        outer.x <= inner.x + SLACK
        and outer.y <= inner.y + SLACK
        and inner.x + inner.width <= outer.x + outer.width + SLACK
        and inner.y + inner.height <= outer.y + outer.height + SLACK
    )


def homes(diagram: Diagram) -> dict[str, str | None]:
    found = {box.key: box.cluster for box in diagram.boxes}
    return found | {cluster.key: cluster.parent for cluster in diagram.clusters}


def around(diagram: Diagram, key: str) -> Iterator[str]:
    """The clusters that a box or cluster lies in."""
    home = homes(diagram)
    above = home[key]
    while above is not None:
        yield above
        above = home[above]


@given(diagrams())
def test_no_two_boxes_overlap(diagram: Diagram) -> None:
    boxes = lay_out(diagram).boxes
    assert set(boxes) == {box.key for box in diagram.boxes}
    for a, b in combinations(boxes, 2):
        assert not overlap(boxes[a], boxes[b]), (a, b)


@given(diagrams())
def test_clusters_hold_what_lies_in_them_and_nothing_else(diagram: Diagram) -> None:
    layout = lay_out(diagram)
    rects = layout.boxes | layout.clusters
    for key, rect in rects.items():
        inside = set(around(diagram, key))
        for cluster, frame in layout.clusters.items():
            if cluster in inside:
                assert holds(frame, rect), (cluster, key)
            elif key != cluster and key not in around(diagram, cluster):
                assert not overlap(frame, rect), (cluster, key)


@given(diagrams())
def test_everything_lies_in_the_picture(diagram: Diagram) -> None:
    layout = lay_out(diagram)
    picture = Rect(0, 0, layout.width, layout.height)
    assert all(holds(picture, rect) for rect in (layout.boxes | layout.clusters).values())
    points = [point for line in layout.lines for point in line.points]
    assert all(holds(picture, Rect(x, y, 0, 0)) for x, y in points)


@given(diagrams())
def test_no_line_crosses_a_box(diagram: Diagram) -> None:
    """A slanted piece is drawn as a curve within the rectangle of its ends."""
    layout = lay_out(diagram)
    for line in layout.lines:
        for (ax, ay), (bx, by) in pairwise(line.points):
            piece = Rect(min(ax, bx), min(ay, by), abs(ax - bx), abs(ay - by))
            assert not any(overlap(piece, box) for box in layout.boxes.values())


@given(diagrams())
def test_boxes_have_room_for_their_text(diagram: Diagram) -> None:
    layout = lay_out(diagram)
    for box in diagram.boxes:
        rect = layout.boxes[box.key]
        assert (rect.width, rect.height) == pytest.approx(box_size(box))


def on_border(rect: Rect, point: Point) -> bool:
    x, y = point
    return holds(rect, Rect(x, y, 0, 0)) and not overlap(rect, Rect(x, y, 0, 0))


def ways(layout: Layout) -> dict[Point, set[Point]]:
    """From the start of each line to its end."""
    found: dict[Point, set[Point]] = {}
    for line in layout.lines:
        for a, b in pairwise([(round(x, 3), round(y, 3)) for x, y in line.points]):
            found.setdefault(a, set()).add(b)
    return found


def leads(layout: Layout, tail: str, head: str) -> bool:
    """Whether lines lead from one box to another."""
    next_points = ways(layout)
    start, end = layout.boxes[tail], layout.boxes[head]
    seen: set[Point] = set()
    waiting = [point for point in next_points if near_border(start, point)]
    while waiting:
        point = waiting.pop()
        if point in seen:
            continue
        seen.add(point)
        waiting += next_points.get(point, ())
    return any(near_border(end, point) for point in seen)


def near_border(rect: Rect, point: Point) -> bool:
    x, y = point
    grown = Rect(rect.x - 0.01, rect.y - 0.01, rect.width + 0.02, rect.height + 0.02)
    shrunk = Rect(rect.x + 0.01, rect.y + 0.01, rect.width - 0.02, rect.height - 0.02)
    return holds(grown, Rect(x, y, 0, 0)) and not holds(shrunk, Rect(x, y, 0, 0))


@given(diagrams(most_boxes=8))
def test_lines_lead_from_tail_to_head(diagram: Diagram) -> None:
    layout = lay_out(diagram)
    for arrow in diagram.arrows:
        # the line of an arrow that closes a cycle was drawn from its head, and has its tip there
        forth = leads(layout, arrow.tail, arrow.head)
        assert forth or leads(layout, arrow.head, arrow.tail), arrow


@given(diagrams())
def test_equal_diagrams_have_equal_layouts(diagram: Diagram) -> None:
    assert lay_out(diagram) == lay_out(diagram)


def middle(layout: Layout, key: str) -> tuple[float, float]:
    rect = layout.boxes[key]
    return rect.x + rect.width / 2, rect.y + rect.height / 2


CHAIN = (Arrow("a", "b"), Arrow("b", "c"))
BOXES = (Box("a", "first"), Box("b", "a longer second"), Box("c", "third"))


@pytest.mark.parametrize(
    ("direction", "axis", "sign"), [("TB", 1, 1), ("BT", 1, -1), ("LR", 0, 1), ("RL", 0, -1)]
)
def test_arrows_go_with_the_direction(direction: str, axis: int, sign: int) -> None:
    layout = lay_out(Diagram("chain", BOXES, CHAIN, direction=direction))
    places = [middle(layout, key) for key in "abc"]
    along = [sign * place[axis] for place in places]
    assert along == sorted(along)
    assert len({round(place[1 - axis], 3) for place in places}) == 1  # a chain is straight


def test_an_arrow_that_closes_a_cycle_has_its_tip_at_its_head() -> None:
    diagram = Diagram("cycle", BOXES, (*CHAIN, Arrow("c", "a")))
    layout = lay_out(diagram)
    tips = [line.points[0] for line in layout.lines if line.head_at_start]
    assert len(tips) == 1
    assert near_border(layout.boxes["a"], tips[0])


def test_a_late_source_stands_beside_its_reader() -> None:
    boxes = (*BOXES, Box("late", "late"))
    layout = lay_out(Diagram("late", boxes, (*CHAIN, Arrow("late", "c"))))
    assert middle(layout, "late")[1] == pytest.approx(middle(layout, "b")[1])


def test_two_chains_that_cross_in_the_source_do_not_cross_in_the_picture() -> None:
    boxes = tuple(Box(key, key) for key in "abxy")
    layout = lay_out(Diagram("crossed", boxes, (Arrow("a", "y"), Arrow("b", "x"))))
    assert (middle(layout, "a")[0] < middle(layout, "b")[0]) == (
        middle(layout, "y")[0] < middle(layout, "x")[0]
    )


def test_an_empty_cluster_is_drawn() -> None:
    layout = lay_out(Diagram("empty", (Box("a", "a"),), (), (Cluster("c", "nothing"),)))
    assert layout.clusters["c"].width > 0


def test_a_thousand_boxes_in_a_row_are_no_problem() -> None:
    boxes = tuple(Box(str(number), "op") for number in range(1000))
    arrows = tuple(Arrow(str(number), str(number + 1)) for number in range(999))
    far = tuple(Arrow(str(number), str(number + 50)) for number in range(0, 900, 90))
    layout = lay_out(Diagram.of("deep", boxes, arrows + far))
    assert len(layout.boxes) == 1000
