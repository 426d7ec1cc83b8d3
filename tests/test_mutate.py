"""The mutation run: which faults it makes, and that a test that sees a fault is told from none."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_spec = importlib.util.spec_from_file_location("mutate", ROOT / "tools" / "mutate.py")
mutate = sys.modules["mutate"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mutate)


def sources(text: str) -> set[str]:
    return {mutant.source for mutant in mutate.mutants("kgraph/a.py", text)}


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
    made = mutate.mutants("kgraph/compiler/dce.py", text)
    assert len({mutant.key for mutant in made}) == len(made) > 0
    assert ast.unparse(ast.parse(text)) not in {mutant.source for mutant in made}
    assert made == mutate.mutants("kgraph/compiler/dce.py", text)
    for mutant in made:
        compile(mutant.source, "dce.py", "exec")


def test_annotations_and_docstrings_have_no_faults():
    assert sources('def f(x: list[1]) -> g(1, 2):\n    """A text."""') == set()


def test_the_tests_of_a_file_come_first():
    assert mutate.tests_for("kgraph/compiler/place.py")[0] == ["tests/compiler/test_place.py"]
