"""The page of `explain("html")`: its structure, what it says, and that it needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import layers as la
from kgraph.runtime.html_page import Html, element, joined, page, table

VOID = {"meta"}
SVG = {"svg", "rect", "path", "polygon", "g", "text"}


class Reader(HTMLParser):
    """Tags by depth, and the text; a tag that is not closed fails."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.outline: list[str] = []
        self.texts: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SVG and "svg" not in self.stack:
            self.outline.append("  " * len(self.stack) + tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] != "style":
            self.texts.append(data)


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    kg.clear_session()


def linear(name: str = "score") -> kg.CompiledGraph:
    x = kg.Input((16,), name="x")
    return kg.compile(kg.Model(x, la.Dense(16, name=name)(kg.cummax(x, axis=1)), name="sums"))


def test_the_outline_of_a_page() -> None:
    outline = Reader(linear().explain("html")).outline
    rows = ["      tr", *["        th"] * 8, "      tr", *["        td"] * 8]
    region = ["    h2", "    table", *rows, "    p"]
    totals = ["    h2", "    table", "      tr", "        th", "        th"]
    assert outline == [
        "html",
        "  head",
        "    meta",
        "    title",
        "    style",
        "  body",
        "    h1",
        "    p",
        "    div",
        "    p",
        "      code",
        "      code",
        *region,
        *region,
        "    ul",
        "      li",
        *totals,
        *["      tr", "        td", "        td"] * 6,
        "    p",
    ]


def test_it_says_what_the_text_says() -> None:
    compiled = linear()
    compiled(np.ones((3, 16), np.float32))
    told = " ".join(Reader(compiled.explain("html")).texts)
    for phase in compiled.explanation.phases:
        for region in phase.regions:
            assert all(kernel.origin in told for kernel in region.kernels)
            assert all(boundary.reason in told for boundary in region.boundaries)
        assert phase.totals.arena is not None
        assert f"{phase.totals.arena:,} bytes" in told


def test_it_needs_nothing_from_outside_and_holds_the_picture() -> None:
    compiled = linear()
    text = compiled.explain("html")
    assert compiled.plot().svg in text
    assert not Reader(text).attributes & {"href", "src", "onload", "onclick", "style"}
    assert "@import" not in text
    assert "url(" not in text


def test_names_of_users_are_escaped() -> None:
    nasty = '<script>alert("x")</script>'
    text = linear(nasty).explain("html")
    assert "<script" not in text
    assert any(nasty in part for part in Reader(text).texts)


def test_parts_stand_below_their_kernel() -> None:
    x = kg.Input((16,), name="x")
    compiled = kg.compile(kg.Model(x, la.Dense(16, activation="tanh")(x)))
    texts = Reader(compiled.explain("html")).texts
    product = texts.index("\N{MIDDLE DOT} gemm_f32")
    kernel = len(texts) - 1 - texts[::-1].index("gemm_f32 + program")
    assert kernel < product < texts.index("\N{MIDDLE DOT} program")


def test_kinds_what_became_dense_and_fast_math_stand_at_the_top() -> None:
    s = kg.Input((16,), sparse=True, name="s")
    full = sp.csr_array(np.ones((16, 16), np.float32))
    wide = kg.exp(kg.to_dense(s))
    model = kg.Model(s, [wide, kg.matmul(wide, full)])
    texts = Reader(kg.compile(model, fast_math=True).explain("html")).texts
    assert any(re.fullmatch(r"arrays: \d+ dense, 3 sparse", text) for text in texts)
    assert any("256 of 256 entries: 1,024 bytes" in text for text in texts)
    assert "fast_math: sums may be added in another order than written" in texts
    assert any("densified: 64 bytes per row" in text for text in texts)


def test_phases_have_headings() -> None:
    x = kg.Input((4,), name="x")
    compiled = kg.compile(kg.Model(x, kg.tanh(x[x[:, 0] > 0])))
    texts = Reader(compiled.explain("html")).texts
    assert {"phase 0", "phase 1"} <= set(texts)
    assert any(text.startswith("then true_positions -> i64[n0]") for text in texts)


def test_only_html_is_taken_as_markup() -> None:
    assert element("td", "<b>", "n") == '<td class="n">&lt;b&gt;</td>'
    assert joined(["<", Html("<i>")]) == "&lt;\n<i>"
    assert table(["a"], [["<"]], ["k"]).count("&lt;") == 1
    assert "<title>&lt;</title>" in page("<", [])
