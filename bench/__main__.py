"""Run the scenarios: ``python -m bench``, from the root of the repository."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measure import ROUNDS

_THREAD_VARIABLES = ("KGRAPH_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure once for each number of threads, print the tables, write what was asked for."""
    options = _parser().parse_args(arguments)
    if options.worker:
        options.worker.write_text(json.dumps(_measure(options.scenario, options.rounds)))
        return
    from bench import machine, report

    described = machine.describe()  # before the load is our own
    runs = [
        {"threads": count, "scenarios": _in_own_process(count, options)}
        for count in options.threads
    ]
    results = {"machine": described, "rounds": options.rounds, "runs": runs}
    print(report.text(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(report.markdown(results))


def _parser() -> argparse.ArgumentParser:
    from bench.scenarios import SCENARIOS

    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--scenario",
        action="append",
        choices=list(SCENARIOS),
        help="only this one; may be repeated",
    )
    parser.add_argument(
        "--threads", type=_counts, default=[1], metavar="1,2", help="numbers of threads"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    return parser


def _counts(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _in_own_process(threads: int, options: argparse.Namespace) -> Any:
    """A BLAS learns its number of threads when it is loaded: hence a new process for each."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        command = [sys.executable, "-m", "bench", "--worker", str(file)]
        command += ["--rounds", str(options.rounds)]
        for name in options.scenario or ():
            command += ["--scenario", name]
        environment = os.environ | dict.fromkeys(_THREAD_VARIABLES, str(threads))
        subprocess.run(command, env=environment, check=True)
        return json.loads(file.read_text())


def _measure(names: Sequence[str] | None, rounds: int) -> list[dict[str, Any]]:
    from bench.run import run_scenario
    from bench.scenarios import SCENARIOS

    return [run_scenario(SCENARIOS[name], rounds) for name in names or SCENARIOS]


if __name__ == "__main__":
    main()
