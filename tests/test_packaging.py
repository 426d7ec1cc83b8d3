"""What a user gets from ``pip install``: the files, the metadata, and a light import."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module, metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import kgraph
from tests.conftest import require_compiled

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it there

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
PROJECT = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
PACKAGE = Path(kgraph.__file__).parent
KERNELS = PACKAGE / "_kernels"


def imported_by(statement: str) -> set[str]:
    """Names of the modules that a fresh interpreter holds after ``statement``."""
    code = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(run.stdout.split())


def test_type_checkers_may_read_the_annotations():
    assert (PACKAGE / "py.typed").is_file()


def test_every_compiled_module_ships_with_its_stub_or_its_declarations():
    compiled = {path.name.partition(".")[0] for path in KERNELS.glob(f"*{EXTENSION_SUFFIXES[0]}")}
    described = {path.stem for path in KERNELS.iterdir() if path.suffix in {".pyi", ".pxd"}}
    assert compiled
    assert {path.stem for path in KERNELS.glob("*.pyi")} <= compiled
    assert compiled <= described


@pytest.mark.parametrize("name", ["digits.npz", "names.npz", "README.md"])
def test_data_ships(name):
    assert (PACKAGE / "data" / name).stat().st_size > 0


def test_version_is_the_declared_one():
    assert kgraph.__version__ == PROJECT["version"]


def test_version_is_that_of_the_metadata_installed_beside_it():
    # A build in place has none.
    beside = metadata.distributions(name="kgraph", path=[str(PACKAGE.parent)])
    assert {found.version for found in beside} <= {kgraph.__version__}


def test_numpy_and_scipy_are_all_it_needs():
    assert {re.split(r"[^\w-]", line)[0] for line in PROJECT["dependencies"]} == {"numpy", "scipy"}


def test_the_command_leads_to_a_function():
    module, _, function = PROJECT["scripts"]["kgraph"].partition(":")
    assert callable(getattr(import_module(module), function))


def test_import_leaves_scipy_alone():
    modules = imported_by("import kgraph")
    assert "kgraph.layers.dense" in modules
    assert not {name for name in modules if name.partition(".")[0] == "scipy"}


def test_import_leaves_the_compiler_alone():
    modules = imported_by("import kgraph")
    assert not {name for name in modules if name.startswith(("kgraph.compiler", "kgraph.runtime"))}


def test_sources_without_kernels_are_refused(tmp_path):
    (tmp_path / "_kernels").mkdir()
    with pytest.raises(pytest.UsageError, match="no compiled kernels: run `pip install"):
        require_compiled(tmp_path)
