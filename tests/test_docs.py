"""Nothing in the documentation is hearsay: every Python block and every example runs.

The Python blocks of a page share one namespace, in order, as a reader would type them.  A ``text``
block right after a Python block is what that block prints (``...`` stands for anything).
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kgraph as kg

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n?```text\n(?P<printed>.*?)^```\n)?", re.M | re.S
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
MODULES = ["kgraph", *sorted(m.name for m in pkgutil.walk_packages(kg.__path__, "kgraph."))]


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    """Layers are numbered from one on each page, as a reader's are."""
    kg.clear_session()


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def run(code: str, namespace: dict[str, Any]) -> str:
    """What ``code`` prints; errors and ``explain()`` call its file ``model.py``."""
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "model.py", "exec"), namespace)
    return printed.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_python_blocks_run_and_print_what_the_page_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "model"}
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        got = run(block["code"], namespace)
        expected = block["printed"] or ""
        assert doctest.OutputChecker().check_output(expected.strip(), got.strip(), OPTIONS), (
            f"{page_name(page)}: this block\n\n{block['code']}\nprints\n\n{got}"
        )


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_between_pages_lead_somewhere(page):
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_readme_shows_code():
    assert len(BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))) >= 3


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(name)
    globs = {"np": np, "kg": kg, **vars(module)}
    complaints: list[str] = []
    for example in doctest.DocTestFinder().find(module, globs=globs):
        doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=complaints.append)
    assert not complaints, "".join(complaints)


def public_definitions() -> Iterator[tuple[str, Any]]:
    """Every op, every layer class, and the classes and functions of the top level."""
    for name in kg.ops.__all__:
        yield f"ops.{name}", getattr(kg.ops, name)
    for name in kg.layers.__all__:
        if inspect.isclass(getattr(kg.layers, name)):
            yield f"layers.{name}", getattr(kg.layers, name)
    for name in ("CompiledGraph", "Function", "Input", "Model", "RaggedTensor", "Sequential"):
        yield name, getattr(kg, name)


@pytest.mark.parametrize(
    "definition", [pytest.param(found, id=name) for name, found in public_definitions()]
)
def test_public_definition_shows_an_example(definition):
    assert ">>> " in (definition.__doc__ or "")
