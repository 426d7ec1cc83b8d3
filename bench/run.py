"""The scenarios beside the peers: ``python -m bench``."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import report, results
from bench.adapters import ADAPTERS
from bench.measure import ROUNDS
from bench.peers import FOREIGN, Peer, environment
from bench.runner import QUICK, Case, Pace, absent, cases_of, run_case, say
from bench.scenarios import SCENARIOS

LOG = Path(tempfile.gettempdir()) / "kgraph-bench-workers.log"


def main(arguments: Sequence[str]) -> None:
    """Measure, save after each case, print the report."""
    options = _parser().parse_args(arguments)
    known = results.load(options.json) if options.json else {}
    missing = absent(options.impl)
    for name, packages in missing.items():
        say(f"{name}: skipped, not installed: {packages}")
    header = _header(options, missing)
    made = results.merge(known, header) if known else header
    peers = _peers(options, missing)
    done = results.done(made) if options.resume else set()
    try:
        for rows in _measure(_cases(options), peers, _pace(options), done):
            made = results.merge(made, {"rows": [_without_rounds(row) for row in rows]})
            _keep(made, options)
    finally:
        for peer in peers:
            peer.stop()
    _keep(made, options)
    text = report.markdown(made)
    print(text)
    if options.markdown:
        options.markdown.write_text(text)


def _keep(made: results.Results, options: argparse.Namespace) -> None:
    if options.json:
        results.save(made, options.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--scenario",
        type=list_of(SCENARIOS),
        action="extend",
        metavar="A,B",
        help="only these: " + ", ".join(SCENARIOS),
    )
    parser.add_argument("--size", type=counts, metavar="1,32", help="instead of a scenario's own")
    parser.add_argument(
        "--impl",
        type=list_of(ADAPTERS),
        default=list(ADAPTERS),
        metavar="A,B",
        help="only these: " + ", ".join(ADAPTERS),
    )
    parser.add_argument("--threads", type=counts, default=[1], metavar="1,2")
    parser.add_argument("--rounds", type=int, help=f"default: {ROUNDS}, or 3 with --quick")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="each scenario's first size, few rounds: see that all works",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="merged with what it holds")
    parser.add_argument("--resume", action="store_true", help="leave out what FILE has")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    parser.add_argument("--log", type=Path, default=LOG, help="what workers print: %(default)s")
    return parser


def list_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        wanted = text.split(",")
        strange = [name for name in wanted if name not in known]
        if strange:
            raise argparse.ArgumentTypeError(
                f"{', '.join(strange)}: not known; there are {', '.join(known)}"
            )
        return wanted

    return names


def counts(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _pace(options: argparse.Namespace) -> Pace:
    pace = QUICK if options.quick else Pace()
    return replace(pace, rounds=options.rounds) if options.rounds else pace


def _cases(options: argparse.Namespace) -> list[Case]:
    chosen = [SCENARIOS[name] for name in options.scenario or SCENARIOS]
    return [
        case
        for scenario in chosen
        for case in cases_of(
            scenario, options.size or (scenario.sizes[:1] if options.quick else None)
        )
    ]


def _peers(options: argparse.Namespace, missing: Iterable[str]) -> list[Peer]:
    root = Path.cwd()
    return [
        Peer(name, ADAPTERS[name], threads, root, log=options.log)
        for threads in options.threads
        for name in options.impl
        if name not in missing
    ]


def _measure(
    cases: Sequence[Case], peers: Sequence[Peer], pace: Pace, done: set[results.Key]
) -> Iterable[list[results.Row]]:
    for i, case in enumerate(cases):
        left = [p for p in peers if (case.scenario, case.size, p.name, p.threads) not in done]
        if left:
            say(f"{i + 1}/{len(cases)} {case.scenario}, batch {case.size:,}")
            yield run_case(case, left, pace)


def _without_rounds(row: results.Row) -> results.Row:
    """The quartiles say enough."""
    return {name: value for name, value in row.items() if name != "seconds"}


def _header(options: argparse.Namespace, missing: dict[str, str]) -> results.Results:
    """All but the rows, before the load is our own."""
    settings = {
        "rounds": _pace(options).rounds,
        "command": shlex.join(["python", "-m", "bench", *sys.argv[1:]]),
        "skipped": missing,
        "unset": {name: os.environ[name] for name in FOREIGN if name in os.environ},
    }
    machine = _ask("bench.machine", 1)
    peaks = {str(count): _ask("bench.peaks", count, str(count)) for count in options.threads}
    return {"machine": machine, "peaks": peaks, "settings": settings, "rows": []}


def _ask(module: str, threads: int, *arguments: str) -> Any:
    """The JSON that a module of ours prints, in a worker's environment."""
    command = [sys.executable, "-m", module, *arguments]
    variables = environment(threads, Path.cwd())
    return json.loads(subprocess.check_output(command, env=variables, text=True))
