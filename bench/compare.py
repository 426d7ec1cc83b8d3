"""Two revisions of kgraph side by side: ``python -m bench compare REV1 REV2``.

Each is installed from a worktree of its own into a virtual environment of its own; both run this
bench, in turn. Round by round the second's time is divided by the first's: below 1 it is faster.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.adapters import ADAPTERS
from bench.peers import Peer
from bench.report import cell, table
from bench.run import counts, list_of
from bench.runner import Case, Pace, cases_of, run_case, say
from bench.scenarios import SCENARIOS

ROUNDS = 31
THRESHOLD = 0.03  # what differs less is not worth a flag, however steady it is


@dataclass(frozen=True)
class Change:
    """The ratio of two revisions over the rounds of a case."""

    median: float
    low: float
    high: float

    def flag(self, threshold: float = THRESHOLD) -> str:
        """``slower`` or ``faster`` where the quartiles are on one side of 1, too; else nothing."""
        if self.low > 1 and self.median > 1 + threshold:
            return "slower"
        if self.high < 1 and self.median < 1 - threshold:
            return "faster"
        return ""


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    chosen = [SCENARIOS[name] for name in options.scenario or SCENARIOS]
    cases = [case for scenario in chosen for case in cases_of(scenario)]
    revisions = {name: _commit(name) for name in (options.first, options.second)}
    with tempfile.TemporaryDirectory(prefix="kgraph-compare-") as folder, ExitStack() as stack:
        root = Path(folder)
        shutil.copytree("bench", root / "stage" / "bench")
        pythons = [
            stack.enter_context(installed(commit, root / f"revision{i}"))
            for i, commit in enumerate(revisions.values())
        ]
        found = _measure(cases, list(revisions), pythons, root / "stage", options)
        print("\n".join(table(rows(found, list(revisions), options.threshold))))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench compare", description=__doc__)
    parser.add_argument("first", metavar="REV1")
    parser.add_argument("second", metavar="REV2")
    parser.add_argument("--scenario", type=list_of(SCENARIOS), action="extend", metavar="A,B")
    parser.add_argument("--threads", type=counts, default=[1], metavar="1,2")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default: %(default)s")
    parser.add_argument("--threshold", type=float, default=THRESHOLD, help="default: %(default)s")
    return parser


def _commit(revision: str) -> str:
    """The commit that a revision names now.

    Errors    SystemExit for a name that git does not know
    """
    command = ["git", "rev-parse", "--verify", "--quiet", revision + "^{commit}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{revision}: git knows no such revision")
    return done.stdout.strip()


@contextmanager
def installed(commit: str, folder: Path) -> Iterator[str]:
    """The interpreter of a new environment with kgraph as of a commit."""
    say(f"building {commit[:12]}")
    tree, environment = folder / "tree", folder / "venv"
    _run("git", "worktree", "add", "--quiet", "--detach", str(tree), commit)
    try:
        _run(sys.executable, "-m", "venv", str(environment))
        python = str(environment / "bin" / "python")
        _run(python, "-m", "pip", "install", "--quiet", str(tree))
        yield python
    finally:
        _run("git", "worktree", "remove", "--force", str(tree))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _measure(
    cases: Sequence[Case],
    names: Sequence[str],
    pythons: Sequence[str],
    stage: Path,
    options: argparse.Namespace,
) -> list[list[dict[str, Any]]]:
    """For each case and number of threads the rows of both."""
    peers = {
        threads: [
            Peer(name, ADAPTERS["kgraph"], threads, stage, python=python)
            for name, python in zip(names, pythons, strict=True)
        ]
        for threads in options.threads
    }
    try:
        return [
            run_case(case, pair, Pace(options.rounds)) for case in cases for pair in peers.values()
        ]
    finally:
        for peer in (peer for pair in peers.values() for peer in pair):
            peer.stop()


def change(first: Mapping[str, Any], second: Mapping[str, Any]) -> Change | None:
    """From the rounds of both; None where one was not timed."""
    if first["status"] != "timed" or second["status"] != "timed":
        return None
    pairs = zip(first["seconds"], second["seconds"], strict=False)
    ratios = [theirs / ours for ours, theirs in pairs]
    low, median, high = ratios * 3 if len(ratios) == 1 else statistics.quantiles(ratios, n=4)
    return Change(median, low, high)


def rows(
    found: Sequence[Sequence[Mapping[str, Any]]], names: Sequence[str], threshold: float
) -> Iterator[list[str]]:
    """A line for each case: both times, the ratio and its quartiles, a flag beyond the noise."""
    yield ["scenario", "batch", "threads", *names, "ratio", "quartiles", ""]
    for first, second in found:
        head = [first["scenario"], f"{first['size']:,}", str(first["threads"])]
        times = [cell(first), cell(second)]
        made = change(first, second)
        if made is None:
            yield [*head, *times, "", "", ""]
            continue
        spread = f"{made.low:.2f} - {made.high:.2f}"
        yield [*head, *times, f"{made.median:.2f}", spread, made.flag(threshold)]
