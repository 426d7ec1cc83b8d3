"""``kg.compile(..., dump=folder)`` writes every step of the compiler down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import kgraph as kg
from kgraph.compiler.plan_text import parse_plan
from kgraph.compiler.text import parse, show


def model() -> kg.Model:
    x = kg.Input((4,), name="x")
    return kg.Model(x, kg.softmax(kg.relu(x * 2.0) * 1.0), name="net")


def test_every_stage_the_plan_and_the_explanation_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "net"
    compiled = kg.compile(model(), dump=folder)
    stages = compiled._compiled.stages
    names = [f"{number:02}-{name}.ir" for number, (name, _) in enumerate(stages)]
    assert sorted(path.name for path in folder.iterdir()) == [*names, "explain.txt", "plan.txt"]
    for name, (_, graph) in zip(names, stages, strict=True):
        assert show(parse((folder / name).read_text())) == show(graph)
    assert parse_plan((folder / "plan.txt").read_text()) == compiled.plan
    assert (folder / "explain.txt").read_text() == compiled.explain()


def test_a_graph_in_phases_has_a_plan_of_each(tmp_path: Path) -> None:
    x = kg.Input((4,), name="x")
    kg.compile(kg.Model(x, kg.tanh(x[x[:, 0] > 0])), dump=str(tmp_path))
    assert {"plan-0.txt", "plan-1.txt"} <= {path.name for path in tmp_path.iterdir()}


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    kg.compile(model(), dump=tmp_path)
    before = {path: path.read_text() for path in tmp_path.iterdir()}
    with pytest.raises(kg.KGraphError, match="not empty") as caught:
        kg.compile(model(), dump=tmp_path)
    assert "00-lower.ir" in str(caught.value)
    assert {path: path.read_text() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(kg.KGraphError, match="cannot be made"):
        kg.compile(model(), dump=tmp_path / "file" / "folder")


def test_what_is_dumped_runs_as_what_is_not(tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    np.testing.assert_array_equal(kg.compile(model(), dump=tmp_path)(x), kg.compile(model())(x))
