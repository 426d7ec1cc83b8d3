"""Mutation run: does a test fail when a line of the compiler is wrong?

Each mutant is the package with one small fault (``mutants.py``).  It is *killed* when one of the
tests that reach its line (``reached.py``) fails or outlives its time.  What survives wants a test
that kills it, or one sentence in ``equal.json`` that says why it computes the same.

    python -m tools.mutation [kgraph/compiler/place.py ...]

What became of each is appended to ``outcomes.txt`` as it comes, and a run takes up where another
ended; a mutant is known by the text of its file, so an edit to another file forgets nothing.  After
tests were added, ``--again`` tries the survivors anew.  ``report.md`` is made of all that is known.
It needs the package ``coverage``.
"""

from __future__ import annotations

import argparse
import ast
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from tools.mutation.mutants import Mutant, mutants
from tools.mutation.report import read_reasons, report, unused_reasons
from tools.mutation.sandbox import ROOT, Sandbox

OUTCOMES, REPORT = (Path(__file__).with_name(name) for name in ("outcomes.txt", "report.md"))
PASSES = ["bags", "epilogues", "fuse", "grouping", "horizontal", "place"]
TARGETS = [f"kgraph/compiler/{name}.py" for name in PASSES]
TARGETS += sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("kgraph/compiler/rules/*.py"))
TESTS = ["compiler", "golden", "layers", "models", "promises"]


class Reached:
    """Which tests reach a line of a file, the quickest first."""

    def __init__(self, maps: Sequence[Path]) -> None:
        self._tests: dict[str, dict[int, set[str]]] = {}
        self._seconds: dict[str, float] = {}
        for path in maps:
            found = json.loads(path.read_text())
            self._seconds.update(found["seconds"])
            for file, lines in found["lines"].items():
                of_file = self._tests.setdefault(file, {})
                for line, tests in lines.items():
                    of_file.setdefault(int(line), set()).update(tests)

    def stages(self, mutant: Mutant) -> list[list[str]]:
        """The tests of its own file, then those that run one of its lines; the compiler's, too, for
        what runs at import: of them it matters to all, and one that imports late is no better judge
        of it."""
        inside = Path(mutant.path).relative_to("kgraph")
        own = f"tests/{inside.parent}/test_{inside.name}"
        of_file = self._tests.get(mutant.path, {})
        found = set().union(*(of_file.get(line, ()) for line in mutant.lines))
        if "" in found:
            found |= {test for test in self._seconds if test.startswith("tests/compiler/")}
        rest = {test for test in found if test and not test.startswith(f"{own}::")}
        stages = [
            [own] if (ROOT / own).exists() else [],
            sorted(rest, key=self._seconds.__getitem__),
        ]
        return [stage for stage in stages if stage]


@contextmanager
def sandboxes(count: int) -> Iterator[SimpleQueue[Sandbox]]:
    with tempfile.TemporaryDirectory() as folder:
        idle: SimpleQueue[Sandbox] = SimpleQueue()
        for number in range(count):
            idle.put(Sandbox(Path(folder) / str(number)))
        yield idle


def map_tests(folder: Path, jobs: int) -> Reached:
    """Run the tests once, without a fault, and note what they reach."""

    def attempt(name: str) -> None:
        box = idle.get()
        arguments = ("-p", "tools.mutation.reached", "--reached", str(folder / f"{name}.json"))
        code, printed = box.pytest(*arguments, f"tests/{name}", limit=7200)
        idle.put(box)
        if code != 0:
            raise SystemExit(f"tests/{name} fails without a fault:\n{printed[-2000:]}")

    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in TESTS if not (folder / f"{name}.json").exists()]
    with sandboxes(jobs if missing else 0) as idle, ThreadPoolExecutor(jobs) as pool:
        list(pool.map(attempt, missing))
    return Reached(sorted(folder.glob("*.json")))


def run(todo: Sequence[Mutant], reached: Reached, jobs: int, limit: float) -> None:
    """Try each mutant, and note what became of it."""

    def attempt(mutant: Mutant) -> str:
        box, begin = idle.get(), time.monotonic()
        outcome = box.outcome(mutant.path, mutant.source, reached.stages(mutant), limit)
        idle.put(box)
        print(
            f"{mutant.path}:{mutant.lines.start} {mutant.name}: {outcome} "
            f"({time.monotonic() - begin:.1f} s)",
            flush=True,
        )
        return outcome

    with sandboxes(jobs) as idle, ThreadPoolExecutor(jobs) as pool, OUTCOMES.open("a") as file:
        _require_green(idle, reached, todo, limit)
        for mutant, outcome in zip(todo, pool.map(attempt, todo), strict=True):
            print(mutant.key, outcome.split()[0].rstrip(":"), file=file, flush=True)


def _require_green(
    idle: SimpleQueue[Sandbox], reached: Reached, todo: Sequence[Mutant], limit: float
) -> None:
    """The tests of a file pass without a fault, as all did when they were mapped: what kills a
    mutant is the fault alone."""
    box = idle.get()
    for path, first in {mutant.path: mutant for mutant in reversed(todo)}.items():
        plain = ast.unparse(ast.parse((ROOT / path).read_text()))
        outcome = box.outcome(path, plain, reached.stages(first)[:1], limit)
        if not outcome.startswith("survived"):
            raise SystemExit(f"{path}: without a fault: {outcome}")
    idle.put(box)


def read_outcomes() -> Mapping[str, str]:
    lines = OUTCOMES.read_text().splitlines() if OUTCOMES.exists() else []
    return dict(line.split() for line in lines)


def main() -> None:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=__doc__)
    parser.add_argument("paths", nargs="*", default=TARGETS, help="default: what the report is of")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=float, default=600, help="seconds for a mutant's tests")
    parser.add_argument("--again", action="store_true", help="try survivors anew")
    parser.add_argument("--reached", type=Path, default=ROOT / "build" / "reached")
    options = parser.parse_args()
    made = {path: mutants(path, (ROOT / path).read_text()) for path in {*TARGETS, *options.paths}}
    known = read_outcomes()
    todo = [
        mutant
        for path in options.paths
        for mutant in made[path]
        if mutant.key not in known or (options.again and known[mutant.key] == "survived")
    ]
    print(f"{len(todo)} mutants to try", flush=True)
    if todo:
        reached = map_tests(options.reached, options.jobs)
        run(todo, reached, options.jobs, options.limit)
    reasons = read_reasons()
    reported = [mutant for path in TARGETS for mutant in made[path]]
    for unused in unused_reasons(reported, reasons):
        print(f"no such mutant: {unused}")
    REPORT.write_text(report(reported, read_outcomes(), reasons))


if __name__ == "__main__":
    main()
