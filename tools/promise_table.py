"""Write docs/promises.md: what Keras promises, what kgraph does, and the tests that hold it.

    python tools/promise_table.py

The promises stand in docs/promises/*.toml, and a test names those it holds:
``@pytest.mark.promise("seed.shape", "A1.shape-tuple")``.  The marks are read from the sources of
the tests: no test is imported, so the table is the same whatever is installed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "promises.md"
PAGES = ("seed", "a1", "a2", "a3")

HEAD = """\
# What is promised, and what holds it

Written by `python tools/promise_table.py` from `docs/promises/*.toml` and from the marks of the
tests, and checked by `tests/docs/test_promises.py`.  The rows after the first table say what
tf_keras 2.21 and Keras 3.15 do, and where kgraph differs from them.
"""


@dataclass(frozen=True)
class Promise:
    """A sentence of the documentation of Keras, or a row of what its users know of it."""

    id: str
    promise: str
    kgraph: str  # what kgraph does about it


@dataclass(frozen=True)
class Page:
    """The promises of one file, under one title."""

    title: str
    promises: tuple[Promise, ...]


class UnreadableMark(ValueError):
    """A mark that this script cannot attribute to a test."""


def pages(folder: Path = ROOT / "docs" / "promises") -> list[Page]:
    """What is promised, in the order of the table."""
    found = []
    for name in PAGES:
        data = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        found.append(Page(data["title"], tuple(Promise(**row) for row in data["promise"])))
    return found


def marks(folder: Path = ROOT / "tests") -> dict[str, list[str]]:
    """`{id: [file::test, …]}` of every test below `folder`, sorted."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        for promise, test in marks_of(source):
            found.setdefault(promise, []).append(f"{path.relative_to(folder).as_posix()}::{test}")
    return {promise: sorted(set(tests)) for promise, tests in found.items()}


def marks_of(source: str) -> Iterator[tuple[str, str]]:
    """The pairs `(id, test)` of one file; a mark that belongs to no test is an error."""
    tree = ast.parse(source)
    everywhere = sum(1 for node in ast.walk(tree) if _is_mark(node))
    module_marks = [_ids(node.value) for node in tree.body if _is_pytestmark(node)]
    attributed = sum(_count(node.value) for node in tree.body if _is_pytestmark(node))
    for test, decorators in _tests(tree):
        for decorator in decorators:
            yield from ((promise, test) for promise in _ids(decorator))
        for promises in module_marks:
            yield from ((promise, test) for promise in promises)
    attributed += sum(map(_count, _decorators(tree)))
    if attributed != everywhere:
        raise UnreadableMark(
            "a promise mark stands only above a test or its class, in a pytest.param of its "
            "parametrize, or in `pytestmark`"
        )


def _tests(tree: ast.Module) -> Iterator[tuple[str, list[ast.expr]]]:
    for node in tree.body:
        if _is_test(node):
            yield node.name, node.decorator_list
        elif isinstance(node, ast.ClassDef):
            for method in filter(_is_test, node.body):
                name = f"{node.name}::{method.name}"
                yield name, [*node.decorator_list, *method.decorator_list]


def _decorators(tree: ast.Module) -> Iterator[ast.expr]:
    """The decorators of tests and of their classes, each once."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from node.decorator_list
            for method in filter(_is_test, node.body):
                yield from method.decorator_list
        elif _is_test(node):
            yield from node.decorator_list


def _is_test(node: ast.stmt) -> bool:
    function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return function and node.name.startswith("test_")


def _is_pytestmark(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in targets)


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.promise"


def _count(expression: ast.expr) -> int:
    return sum(1 for node in ast.walk(expression) if _is_mark(node))


def _ids(expression: ast.expr) -> list[str]:
    """The ids of the marks inside an expression."""
    found = []
    for call in filter(_is_mark, ast.walk(expression)):
        for argument in call.args:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise UnreadableMark(f"line {call.lineno}: write the ids of promises as strings")
            found.append(argument.value)
    return found


def render(found: list[Page], held: Mapping[str, list[str]]) -> str:
    """The text of the table."""
    parts = [HEAD]
    for page in found:
        parts.append(f"\n## {page.title}\n\n| promise | kgraph | held by |\n|---|---|---|\n")
        parts += [_row(promise, held.get(promise.id, [])) for promise in page.promises]
    return "".join(parts)


def _row(promise: Promise, tests: list[str]) -> str:
    links = [f"[{name(test)}](../tests/{test.partition('::')[0]})" for test in tests]
    text = promise.promise.replace("|", "\\|")
    about = promise.kgraph.replace("|", "\\|")
    return f"| {text} <br> `{promise.id}` | {about} | {', '.join(links) or 'none yet'} |\n"


def name(test: str) -> str:
    """A test's name as a sentence: `file::Class::test_an_int_will_do` is `an int will do`."""
    return test.rpartition("::")[2].removeprefix("test_").replace("_", " ")


def main() -> int:
    TABLE.write_text(render(pages(), marks()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
