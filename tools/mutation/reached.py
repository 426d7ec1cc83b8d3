"""A plugin for pytest: which tests reach which lines of the compiler, and how long each takes.

    python -m pytest -p tools.mutation.reached --reached build/reached.json tests/compiler

It needs the package ``coverage``.  The file maps each source, relative to the package's parent, and
each of its lines to the tests that ran it; "" stands for the import.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import coverage
import pytest

import kgraph

PARENT = Path(kgraph.__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reached", type=Path, required=True, help="the file to write")


class Recorder:
    """Traces ``kgraph/compiler`` under the name of the test that runs."""

    def __init__(self) -> None:
        sources = str(PARENT / "kgraph" / "compiler")
        self.coverage = coverage.Coverage(data_file=None, include=[f"{sources}/*"])
        self.seconds: dict[str, float] = {}
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self.coverage.switch_context(item.nodeid)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        lines = {
            str(Path(file).relative_to(PARENT)): {
                str(line): sorted(tests) for line, tests in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
        }
        found = {"lines": lines, "seconds": self.seconds}
        session.config.getoption("--reached").write_text(json.dumps(found))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Recorder())
