"""The mutation run: which faults it makes, which tests it asks, and what it reports."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tools.mutation.__main__ import Reached
from tools.mutation.mutants import mutants
from tools.mutation.report import read_reasons, report, unused_reasons

ROOT = Path(__file__).parent.parent


def sources(text: str) -> set[str]:
    return {mutant.source for mutant in mutants("kgraph/a.py", text)}


@pytest.mark.parametrize(
    ("text", "faulty"),
    [
        ("if a:\n    b()", "if False:\n    b()"),
        ("if a:\n    b()", "if True:\n    b()"),
        ("if a:\n    b()", "if a:\n    pass"),
        ("x = a < b", "x = a <= b"),
        ("x = a and b", "x = a or b"),
        ("x = a and b", "x = b"),
        ("x = a - b", "x = b - a"),
        ("x = a - b", "x = a + b"),
        ("x = [a, b]", "x = [b]"),
        ("x = min(a)", "x = max(a)"),
        ("x = f(a, b)", "x = f(b, a)"),
        ("x = a[1]", "x = a[2]"),
        ("x = not a", "x = a"),
        ("def f():\n    return a == b", "def f():\n    return not a == b"),
        ("def f():\n    return a", "def f():\n    return None"),
    ],
)
def test_a_fault_is_made(text, faulty):
    assert ast.unparse(ast.parse(faulty)) in sources(text)


def test_no_mutant_is_the_original_or_twice_or_without_a_line():
    text = (ROOT / "kgraph/compiler/dce.py").read_text(encoding="utf-8")
    made = mutants("kgraph/compiler/dce.py", text)
    assert len({mutant.key for mutant in made}) == len(made) > 0
    assert ast.unparse(ast.parse(text)) not in {mutant.source for mutant in made}
    assert made == mutants("kgraph/compiler/dce.py", text)
    for mutant in made:
        compile(mutant.source, "dce.py", "exec")


def test_annotations_and_docstrings_have_no_faults():
    assert sources('def f(x: list[1]) -> g(1, 2):\n    """A text."""') == set()


PATH = "kgraph/compiler/dce.py"


def test_a_mutant_is_tried_by_the_tests_of_its_file_then_by_those_that_reach_its_lines(tmp_path):
    text = "limit = 1\nif (limit <\n        2):\n    limit = 3\n"
    lines = {"1": [""], "2": ["", "slow", "quick"], "3": ["quick"], "4": ["other"]}
    seconds = {"slow": 3.0, "quick": 1.0, "other": 2.0, "tests/compiler/a": 4.0}
    path = tmp_path / "map.json"
    path.write_text(json.dumps({"lines": {PATH: lines}, "seconds": seconds}))
    reached = Reached([path])
    stages = {(m.lines.start, m.what): reached.stages(m) for m in mutants(PATH, text)}
    own = ["tests/compiler/test_dce.py"]
    assert stages[2, "if True: if limit < 2:"] == [own, ["quick", "slow", "tests/compiler/a"]]
    assert stages[3, "one more: 2"] == [own, ["quick"]]
    assert stages[4, "one more: 3"] == [own, ["other"]]
    assert stages[1, "one more: 1"] == [own, ["tests/compiler/a"]]


def test_the_report_counts_and_names_survivors():
    text = "def f(a):\n    return a + 1\n"
    made = mutants(PATH, text)
    outcomes = {mutant.key: "killed" for mutant in made}
    plus = next(m for m in made if m.what == "compute Sub: a + 1")
    swapped = next(m for m in made if m.what == "swap operands: a + 1")
    outcomes[plus.key] = outcomes[swapped.key] = "survived"
    del outcomes[next(m for m in made if m not in (plus, swapped)).key]
    reasons = {PATH: {swapped.name: "a sum has no order", "g: gone": "it was so once"}}
    page = report(made, outcomes, reasons)
    assert f"| `{PATH}` | {len(made)} | {len(made) - 3} | 1 | 1 | 1 |" in page
    assert f"- `{PATH}:2` `f: compute Sub: a + 1`\n" in page
    assert "`f: swap operands: a + 1`: a sum has no order" in page
    assert unused_reasons(made, reasons) == [f"{PATH}: g: gone"]


def test_every_reason_is_that_of_a_mutant():
    reasons = read_reasons()
    chosen = [m for path in reasons for m in mutants(path, (ROOT / path).read_text("utf-8"))]
    assert unused_reasons(chosen, reasons) == []
