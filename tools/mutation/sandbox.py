"""Where mutants are tried: copies of the package and its tests, whose kernels are links."""

from __future__ import annotations

import os
import shutil
import sys
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Sandbox:
    """A copy of the package in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ignored = shutil.ignore_patterns("__pycache__", "*.so", "*.pyx", "*.c", "*.h", "build")
        shutil.copytree(ROOT / "kgraph", folder / "kgraph", ignore=ignored)
        for built in (ROOT / "kgraph").rglob("*.so"):
            (folder / built.relative_to(ROOT)).symlink_to(built)
        shutil.copytree(ROOT / "tests", folder / "tests", ignore=ignored)
        for other in ("pyproject.toml", "bench", "docs", "tools"):
            (folder / other).symlink_to(ROOT / other)

    def outcome(self, path: str, source: str, stages: list[list[str]], limit: float) -> str:
        """``survived`` all stages of tests, or what killed the mutant."""
        if not stages:
            return "survived: no test reaches it"
        target = self.folder / path
        original = target.read_text()
        target.write_text(source)
        try:
            return next(filter(None, (self._killed_by(s, limit) for s in stages)), "survived")
        finally:
            target.write_text(original)

    def pytest(self, *arguments: str, limit: float) -> tuple[int | None, str]:
        """The exit code, or None if it outlives its time, and what it printed."""
        printed = self.folder / "printed.txt"
        process = _FORKED.Process(target=_pytest, args=(self.folder, printed, arguments))
        process.start()
        process.join(limit)
        if process.exitcode is None:
            process.kill()
            process.join()
            return None, ""
        return process.exitcode, printed.read_text(errors="replace")

    def _killed_by(self, tests: list[str], limit: float) -> str | None:
        chosen = self.folder / "chosen.txt"
        chosen.write_text("\n".join(tests))
        code, printed = self.pytest("-x", f"@{chosen}", limit=limit)
        if code is None:
            return "killed by its time"
        if code == 0:
            return None
        failed = [line for line in printed.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return f"killed by {failed[0].split(' - ')[0] if failed else 'an error at import'}"


# A process forked from one that has imported what all tests need: half the time of most mutants.
_FORKED = get_context("forkserver")
_FORKED.set_forkserver_preload(["hypothesis", "numpy", "pytest", "scipy.sparse", "scipy.special"])


def _pytest(folder: Path, printed: Path, arguments: tuple[str, ...]) -> None:
    """Run the tests of a sandbox in this process, and leave it with their exit code."""
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    os.environ |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    with printed.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    import pytest

    # Plugins were imported before pytest could rewrite their assertions.
    ignored = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    sys.exit(int(pytest.main(["-q", "-p", "no:cacheprovider", *ignored, *arguments])))
