"""What holds for the whole suite: which kgraph is tested, and how Hypothesis draws.

Plain ``pytest`` tests the installed package.  ``--import-mode=importlib`` names a test by its path
below the root, so that ``from tests.tolerances import tolerance`` works while the root, where the
uncompiled sources lie, stays off ``sys.path``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from kgraph.compiler.ir import Graph

# Derandomized: a run is the same everywhere, a failure comes back. No deadline: no test here
# depends on how busy the machine is.
settings.register_profile("kgraph", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("kgraph")


def tested_package() -> Path:
    """The folder that ``import kgraph`` finds."""
    spec = find_spec("kgraph")
    if spec is None or spec.origin is None:
        raise pytest.UsageError("kgraph is not installed: run `pip install .` first")
    return Path(spec.origin).parent


def require_compiled(package: Path) -> None:
    """Refuse to test sources whose kernels nobody compiled."""
    if not any(
        (package / "_kernels" / f"checks{suffix}").exists() for suffix in EXTENSION_SUFFIXES
    ):
        raise pytest.UsageError(
            f"kgraph in {package} has no compiled kernels: run `pip install .`, then `pytest` "
            "(not `python -m pytest`, which finds the sources first); or compile in place with "
            "`python setup.py build_ext --inplace` and run `PYTHONPATH=. pytest`"
        )


def make_importable(name: str) -> None:
    """Let tests import the folder ``name`` of the root without the root on ``sys.path``."""
    folder = Path(__file__).parent.parent / name
    spec = spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden texts anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden texts are to be written rather than compared."""
    return bool(request.config.getoption("--update-golden"))


def pytest_configure() -> None:
    require_compiled(tested_package())
    make_importable("bench")
    make_importable("tools")
    # `python -c` in a test finds the same kgraph, not the sources in the current folder.
    os.environ["PYTHONSAFEPATH"] = "1"


@pytest.fixture(autouse=True, scope="session")
def an_own_cache_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests measure of this machine is not kept for its user."""
    from kgraph.types.config import config

    config.cache_folder = tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True, scope="session")
def every_stage_is_sound() -> Iterator[None]:
    """Whatever a test compiles is verified after each pass, and reads back from its text."""
    from kgraph.compiler import pipeline
    from kgraph.compiler.text import parse, show
    from kgraph.compiler.verify import verify

    def check(name: str, graph: Graph) -> None:
        if name != "own_outputs":  # the last adds copies, which are no op
            verify(graph, after=name)
        text = show(graph)
        assert show(parse(text)) == text, name

    pipeline.watchers.append(check)
    yield
    pipeline.watchers.remove(check)


def pytest_report_header() -> str:
    return f"kgraph: {tested_package()}"
