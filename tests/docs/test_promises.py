"""Every promise has a test that holds it, and docs/promises.md says which."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent


def load_tool(name: str) -> ModuleType:
    """A script of tools/, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


table = load_tool("promise_table")
PROMISES = [promise for page in table.pages() for promise in page.promises]


def test_no_id_names_two_promises() -> None:
    ids = [promise.id for promise in PROMISES]
    assert sorted(set(ids)) == sorted(ids)
    assert [i for i in ids if not re.fullmatch(r"(seed|A1|A2|A3)\.[a-z0-9.-]+", i)] == []


def test_tests_mark_promises_that_exist() -> None:
    assert sorted(set(table.marks()) - {promise.id for promise in PROMISES}) == []


def test_every_promise_has_a_test() -> None:
    assert sorted({promise.id for promise in PROMISES} - set(table.marks())) == []


def test_the_page_is_up_to_date() -> None:
    expected = table.render(table.pages(), table.marks())
    assert table.TABLE.read_text(encoding="utf-8") == expected, "run tools/promise_table.py"


def test_marks_are_found_on_tests_classes_parameters_and_modules() -> None:
    source = """
import pytest
pytestmark = [pytest.mark.promise("module")]

@pytest.mark.promise("one", "two")
def test_a(): ...

@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.promise("three"))])
def test_b(x): ...

@pytest.mark.promise("four")
class TestC:
    @pytest.mark.promise("five")
    def test_d(self): ...
"""
    assert sorted(table.marks_of(source)) == [
        ("five", "TestC::test_d"),
        ("four", "TestC::test_d"),
        ("module", "TestC::test_d"),
        ("module", "test_a"),
        ("module", "test_b"),
        ("one", "test_a"),
        ("three", "test_b"),
        ("two", "test_a"),
    ]


@pytest.mark.parametrize(
    "source",
    [
        'held = pytest.mark.promise("one")\n@held\ndef test_a(): ...',
        '@pytest.mark.promise("one")\ndef helper(): ...',
        "@pytest.mark.promise(ID)\ndef test_a(): ...",
    ],
)
def test_a_mark_that_the_table_cannot_see_is_refused(source: str) -> None:
    with pytest.raises(table.UnreadableMark):
        list(table.marks_of(source))
