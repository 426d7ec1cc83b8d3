"""Mutation run: does a test fail when a line of the compiler is wrong?

Each mutant is the package with one small fault: a condition that always or never holds, operands
swapped, a bound off by one, ``and`` for ``or``, an entry or a statement left out, a result negated.
A mutant is *killed* when a test fails on it or it outlives its time.  What survives wants a test
that kills it, or one sentence that proves it equal to the original.

    python tools/mutate.py --jobs 2 kgraph/compiler/place.py kgraph/compiler/rules/*.py

Results are appended to ``--state`` as they come, and a run takes up where another ended; a mutant
is known by its text, so an edit elsewhere in a file forgets nothing.  ``--report`` is a table.
"""

from __future__ import annotations

import argparse
import ast
import copy
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
GENERAL = ["tests/compiler", "tests/property/test_same_bits.py"]  # after the tests of the file
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


class Mutant(NamedTuple):
    path: str
    line: int
    what: str
    source: str

    @property
    def key(self) -> str:
        """What the mutant is known by: its file and its whole text."""
        return hashlib.sha256(f"{self.path}\n{self.source}".encode()).hexdigest()[:16]


def faults(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], ast.AST]]]:
    """The ways in which one node of the syntax can be wrong: what is done, and a new node."""
    if isinstance(node, ast.If | ast.IfExp):
        for value in (True, False):
            yield f"if {value}", lambda n, v=value: _with(n, test=ast.Constant(v))
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        other = COMPARED[type(node.ops[0])]
        yield f"compare with {other.__name__}", lambda n: _with(n, ops=[other(), *n.ops[1:]])
    if isinstance(node, ast.BoolOp):
        turned = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{turned.__name__.lower()}", lambda n: _with(n, op=turned())
        for i in range(len(node.values)):
            yield f"drop operand {i}", lambda n, i=i: _with(n, values=_without(n.values, i))
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        wrong = ARITHMETIC[type(node.op)]
        yield f"compute {wrong.__name__}", lambda n: _with(n, op=wrong())
        yield "swap operands", lambda n: _with(n, left=n.right, right=n.left)
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield "one more", lambda n: ast.Constant(n.value + 1)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield "other constant", lambda n: ast.Constant(not n.value)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in NAMES:
            name = NAMES[node.func.id]
            yield f"call {name}", lambda n: _with(n, func=ast.Name(name, ast.Load()))
        if len(node.args) == 2 and not any(isinstance(a, ast.Starred) for a in node.args):
            yield "swap arguments", lambda n: _with(n, args=n.args[::-1])
    if isinstance(node, ast.List | ast.Set) and isinstance(
        getattr(node, "ctx", ast.Load()), ast.Load
    ):
        for i in range(len(node.elts)):
            yield f"drop entry {i}", lambda n, i=i: _with(n, elts=_without(n.elts, i))
    if isinstance(node, ast.Return) and node.value is not None:
        if not isinstance(node.value, ast.Constant):
            yield "return None", lambda n: ast.Return(ast.Constant(None))
        if isinstance(node.value, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield "return not", lambda n: ast.Return(ast.UnaryOp(ast.Not(), n.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "drop not", lambda n: n.operand
    if isinstance(node, ast.Assign | ast.AugAssign) or _is_call_or_jump(node):
        yield "drop statement", lambda n: ast.Pass()


def _is_call_or_jump(node: ast.AST) -> bool:
    """A statement without which the code still reads: a call, break or continue; no docstring."""
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Break | ast.Continue)


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _without(items: list[Any], place: int) -> list[Any]:
    return items[:place] + items[place + 1 :]


class _Replace(ast.NodeTransformer):
    """Puts a new node where the ``place``-th of the tree (in the order of a walk) stands."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().visit(node)


def mutants(path: str, text: str) -> list[Mutant]:
    """All mutants of a file that differ from it and from each other, in order of lines."""
    plain = ast.unparse(ast.parse(text))
    found: dict[str, Mutant] = {}
    for place, node in enumerate(_code(ast.parse(text))):
        for number, (what, _) in enumerate(list(faults(node))):
            tree = ast.parse(text)
            old = list(_code(tree))[place]
            new = list(faults(old))[number][1](old)
            source = ast.unparse(ast.fix_missing_locations(_Replace(old, new).visit(tree)))
            if source != plain:
                before = ast.unparse(old).splitlines()[0]
                mutant = Mutant(path, old.lineno, f"{what}: {before}", source)
                found.setdefault(source, mutant)
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.what))


def _code(node: ast.AST) -> Iterator[Any]:
    """Every node but those of annotations and imports, which nothing runs."""
    yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(
                    child, ast.Import | ast.ImportFrom
                ):
                    yield from _code(child)


def tests_for(path: str) -> list[list[str]]:
    """The stages of tests that may kill a mutant, those of its own file first."""
    inside = Path(path).relative_to("kgraph")
    own = f"tests/{inside.parent}/test_{inside.name}"
    rest = [name for name in GENERAL if (ROOT / name).exists()]
    return [[own], rest] if (ROOT / own).exists() else [rest]


class Sandbox:
    """A copy of the package whose kernels are links to the built ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ignored = shutil.ignore_patterns("__pycache__", "*.so", "*.pyx", "*.c", "*.h", "build")
        shutil.copytree(ROOT / "kgraph", folder / "kgraph", ignore=ignored)
        for built in (ROOT / "kgraph").rglob("*.so"):
            (folder / built.relative_to(ROOT)).symlink_to(built)
        shutil.copytree(ROOT / "tests", folder / "tests", ignore=ignored)
        for other in ("pyproject.toml", "bench", "docs", "tools"):
            (folder / other).symlink_to(ROOT / other)

    def outcome(self, path: str, source: str, limit: float) -> str:
        """``survived``, or what killed the mutant."""
        target = self.folder / path
        original = target.read_text()
        target.write_text(source)
        try:
            return next(filter(None, (self._run(s, limit) for s in tests_for(path))), "survived")
        finally:
            target.write_text(original)

    def _run(self, tests: list[str], limit: float) -> str | None:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        env = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=limit
            )
        except subprocess.TimeoutExpired:
            return f"killed by its time ({tests[0]})"
        if done.returncode == 0:
            return None
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return f"killed by {failed[0].split(' - ')[0] if failed else tests[0]}"


def run(todo: list[Mutant], jobs: int, limit: float, state: Path) -> None:
    """Try each mutant, and append what became of it to ``state``."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        idle: SimpleQueue[Sandbox] = SimpleQueue()
        for number in range(jobs):
            idle.put(Sandbox(Path(folder) / str(number)))
        _require_green(idle, {mutant.path for mutant in todo}, limit)

        def attempt(mutant: Mutant) -> dict[str, Any]:
            box, begin = idle.get(), time.monotonic()
            outcome = box.outcome(mutant.path, mutant.source, limit)
            idle.put(box)
            seconds = round(time.monotonic() - begin, 1)
            return {"key": mutant.key, "outcome": outcome, "seconds": seconds}

        with state.open("a") as file:
            for mutant, result in zip(todo, pool.map(attempt, todo), strict=True):
                print(json.dumps(result), file=file, flush=True)
                print(f"{mutant.path}:{mutant.line} {mutant.what}: {result['outcome']}", flush=True)


def _require_green(idle: SimpleQueue[Sandbox], paths: set[str], limit: float) -> None:
    """The tests pass in a sandbox without a fault: what kills a mutant is the fault alone."""
    box = idle.get()
    for path in sorted(paths):
        outcome = box.outcome(path, ast.unparse(ast.parse((ROOT / path).read_text())), limit)
        if outcome != "survived":
            raise SystemExit(f"{path}: the tests fail without a fault: {outcome}")
    idle.put(box)


def report(chosen: list[Mutant], results: dict[str, dict[str, Any]], total: dict[str, int]) -> str:
    lines = ["| file | mutants | tried | killed | survived |", "| --- | --- | --- | --- | --- |"]
    tried = [mutant for mutant in chosen if mutant.key in results]
    alive = [mutant for mutant in tried if results[mutant.key]["outcome"] == "survived"]
    for path in total:
        ran, left = (sum(m.path == path for m in some) for some in (tried, alive))
        lines.append(f"| {path} | {total[path]} | {ran} | {ran - left} | {left} |")
    lines += ["", "Survivors:", "", *(f"- `{m.path}:{m.line}` {m.what}" for m in alive)]
    return "\n".join(lines) + "\n"


def read_state(state: Path) -> dict[str, dict[str, Any]]:
    lines = state.read_text().splitlines() if state.exists() else []
    return {result["key"]: result for result in map(json.loads, lines)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", help="files of kgraph/, relative to the repository")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=float, default=600, help="seconds for a stage of tests")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants a file; 0: all")
    parser.add_argument("--state", type=Path, default=ROOT / "build" / "mutants.jsonl")
    parser.add_argument("--report", type=Path, default=ROOT / "build" / "mutants.md")
    options = parser.parse_args()
    chosen: list[Mutant] = []
    total: dict[str, int] = {}
    for path in options.paths:
        made = mutants(path, (ROOT / path).read_text())
        total[path] = len(made)
        few = options.sample and options.sample < len(made)
        chosen += random.Random(0).sample(made, options.sample) if few else made
    options.state.parent.mkdir(parents=True, exist_ok=True)
    known = read_state(options.state)
    todo = [mutant for mutant in chosen if mutant.key not in known]
    print(f"{len(chosen)} mutants of {sum(total.values())}, {len(todo)} to try", flush=True)
    if todo:
        run(todo, options.jobs, options.limit, options.state)
    options.report.write_text(report(chosen, read_state(options.state), total))


if __name__ == "__main__":
    main()
