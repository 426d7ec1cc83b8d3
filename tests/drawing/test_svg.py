"""The picture as text: well-formed, escaped, the same each time."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given

from kgraph.drawing.diagram import COLOURS, Arrow, Box, Cluster, Diagram
from kgraph.drawing.svg import svg_of
from kgraph.drawing.text_size import clipped, columns
from tests.drawing.diagrams import diagrams

SVG = "{http://www.w3.org/2000/svg}"
GOLDEN = Path(__file__).parent / "golden"
SMALL = Diagram.of(
    "small",
    [
        Box("x", "x", ("ragged",), "ragged"),
        Box("d", "Dense", ("dense", 'says "<&>"'), "dense", "c"),
        Box("l", "again", (), "plain", "c"),
    ],
    [Arrow("x", "d"), Arrow("d", "l"), Arrow("l", "d"), Arrow("l", "l"), Arrow("x", "d")],
    [Cluster("c", "inner")],
)


def require_golden(name: str, text: str, update: bool) -> None:
    path = GOLDEN / name
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "pytest --update-golden writes it anew"


def test_a_small_picture(update_golden: bool) -> None:
    require_golden("small.svg", svg_of(SMALL), update_golden)


@given(diagrams())
def test_it_is_well_formed_and_says_every_text(diagram: Diagram) -> None:
    root = ElementTree.fromstring(svg_of(diagram))
    drawn = [text.text or "" for text in root.iter(f"{SVG}text")]
    told = [cluster.title for cluster in diagram.clusters]
    for box in diagram.boxes:
        told += [box.title, *box.lines]
    assert len(drawn) == len(told)
    for text in told:
        if text.isprintable():
            assert " ".join(clipped(text).split()) in [" ".join(one.split()) for one in drawn]


@given(diagrams())
def test_it_needs_nothing_from_outside(diagram: Diagram) -> None:
    root = ElementTree.fromstring(svg_of(diagram))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "style", "rect", "path", "polygon", "g", "text",
    }  # fmt: skip
    names = {name for element in root.iter() for name in element.attrib}
    assert not names & {"href", "onload", "src"}


def test_no_markup_of_users_gets_in() -> None:
    nasty = '</title><script>alert("x")</script>'
    text = svg_of(Diagram(nasty, (Box("a", nasty, (nasty,)),), (), (Cluster("c", nasty),)))
    assert "<script" not in text
    assert {one.text for one in ElementTree.fromstring(text).iter(f"{SVG}text")} == {nasty}


def test_control_characters_do_not_break_it() -> None:
    ElementTree.fromstring(svg_of(Diagram("\x00\x1b", (Box("a", "a\x08b\ud800"),))))


def test_each_kind_has_its_colours() -> None:
    text = svg_of(Diagram("kinds", tuple(Box(kind, kind, (), kind) for kind in COLOURS)))
    assert len(set(COLOURS.values())) == len(COLOURS)
    for colours in COLOURS.values():
        assert f'fill="{colours.fill}" stroke="{colours.stroke}"' in text


def test_long_texts_lose_their_middle_and_keep_both_ends() -> None:
    text = clipped("starts here " + "x" * 200 + " ends there")
    assert columns(text) <= 56
    assert text.startswith("starts here")
    assert text.endswith("ends there")
    assert columns(clipped("漢" * 100)) <= 56
