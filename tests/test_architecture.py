"""The arrows of the design: which folder may import which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "kgraph"

MAY_IMPORT: dict[str, set[str]] = {
    "_kernels": set(),
    "data": set(),
    "types": {"_kernels"},  # to check row splits and indices
    "ops": {"types"},
    "graph": {"types", "ops"},
    "ragged": {"types", "ops"},
    "sparse": {"types", "ops"},
    "layers": {"types", "ops", "graph"},
    "drawing": {"types"},
    "models": {"types", "ops", "graph", "layers", "drawing"},
    "saving": {"types", "ops", "graph", "layers", "models"},
    "compiler": {"types", "ops", "graph", "_kernels"},
    "runtime": {"types", "ops", "graph", "compiler", "drawing", "_kernels"},
    "batch": {"types", "ops", "graph", "layers", "models", "saving", "runtime"},
}

# The one way from models down to the compiler: where it is called, and what is called.
DOOR = ("models/model.py", "kgraph.runtime.compiled")


def imports(path: Path) -> Iterator[str]:
    """The modules of kgraph that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("kgraph"))
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, path)
            if module == "kgraph":
                yield from (f"kgraph.{alias.name}" for alias in node.names)
            elif module.startswith("kgraph."):
                yield module


def _absolute(node: ast.ImportFrom, path: Path) -> str:
    if not node.level:
        return str(node.module)
    package = path.relative_to(ROOT.parent).parts[: -node.level]
    return ".".join([*package, *filter(None, [node.module])])


def files_of(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def folder_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "kgraph"


def test_every_folder_has_its_arrows() -> None:
    folders = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.glob("*/**/*.py")}
    assert folders <= set(MAY_IMPORT)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_the_design_allows(folder: str) -> None:
    allowed = MAY_IMPORT[folder] | {folder}
    for path in files_of(folder):
        for module in imports(path):
            if (path.relative_to(ROOT).as_posix(), module) != DOOR:
                assert folder_of(module) in allowed, f"{path.relative_to(ROOT)} imports {module}"


def test_models_go_to_the_runtime_through_one_import() -> None:
    to_runtime = [
        (path.relative_to(ROOT).as_posix(), module)
        for path in files_of("models")
        for module in imports(path)
        if folder_of(module) in ("runtime", "compiler", "_kernels")
    ]
    assert to_runtime == [DOOR]


def test_the_check_sees_imports_inside_functions(tmp_path: Path) -> None:
    source = "def f():\n    from kgraph.layers import dense\n    import kgraph.ops\n"
    path = tmp_path / "example.py"
    path.write_text(source + "from kgraph import models\n")
    assert sorted(map(folder_of, imports(path))) == ["layers", "models", "ops"]
