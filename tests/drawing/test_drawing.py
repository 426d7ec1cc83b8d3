"""Drawings as users hold them: shown in notebooks, saved to files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import kgraph as kg
from kgraph.drawing.drawing import Drawing
from tests.drawing.test_svg import SMALL


def test_notebooks_show_the_svg() -> None:
    drawing = Drawing(SMALL)
    assert drawing._repr_svg_() == drawing.svg
    assert repr(drawing) == "<Drawing of 'small': 3 boxes, 4 arrows>"


@pytest.mark.parametrize(("name", "form"), [("a.svg", "svg"), ("a.dot", "dot"), ("A.GV", "dot")])
def test_texts_are_written_as_they_are(name: str, form: str, tmp_path: Path) -> None:
    drawing = Drawing(SMALL)
    drawing.save(tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8") == getattr(drawing, form)


@pytest.mark.parametrize(
    ("name", "hint"), [("model.svgg", "did you mean '.svg'"), ("model", "'model.svg' needs no")]
)
def test_other_files_are_refused(name: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(kg.KGraphError, match=hint):
        Drawing(SMALL).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_png_needs_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(kg.KGraphError, match=r"install Graphviz, or write 'a\.svg'"):
        Drawing(SMALL).save(tmp_path / "a.png")


def fake_dot(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_dot_makes_a_png(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_dot(tmp_path, '{ echo "$@"; cat; } > "$4"', monkeypatch)
    target = tmp_path / "a.png"
    Drawing(SMALL).save(target, dpi=96)
    head, _, rest = target.read_text().partition("\n")
    assert head == f"-Tpng -Gdpi=96 -o {target}"
    assert rest == Drawing(SMALL).dot


def test_what_dot_complains_of_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_dot(tmp_path, "cat > /dev/null; echo no memory >&2; exit 3", monkeypatch)
    with pytest.raises(kg.KGraphError, match="no memory"):
        Drawing(SMALL).save(tmp_path / "a.pdf")


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Drawing(SMALL).save(tmp_path / "none" / "a.svg")
