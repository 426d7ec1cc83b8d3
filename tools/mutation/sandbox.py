"""Where mutants are tried: copies of the package and its tests, whose kernels are links."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
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

    def outcome(self, path: str, source: str, tests: list[str], limit: float) -> str:
        """``survived``, or what killed the mutant."""
        if not tests:
            return "survived: no test reaches it"
        target = self.folder / path
        original = target.read_text()
        target.write_text(source)
        try:
            return self._killed_by(tests, limit) or "survived"
        finally:
            target.write_text(original)

    def pytest(self, *arguments: str, limit: float) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        env = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=limit
        )

    def _killed_by(self, tests: list[str], limit: float) -> str | None:
        chosen = self.folder / "chosen.txt"
        chosen.write_text("\n".join(tests))
        try:
            done = self.pytest("-x", f"@{chosen}", limit=limit)
        except subprocess.TimeoutExpired:
            return "killed by its time"
        if done.returncode == 0:
            return None
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return f"killed by {failed[0].split(' - ')[0] if failed else 'an error at import'}"
