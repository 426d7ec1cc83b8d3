"""The command ``kgraph``; ``python -m kgraph`` is the same."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from kgraph import KGraphError, __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0, or 1 where something failed or results disagree.

    Errors    wrong arguments end the process with status 2, as argparse does

    >>> main(["--version"])
    Traceback (most recent call last):
    SystemExit: 0
    """
    options = _parser().parse_args(arguments)
    try:
        return _demo(options.json)
    except BrokenPipeError:  # `kgraph demo | head`: nobody reads on, and Python must not flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (KGraphError, OSError) as error:
        print(f"kgraph: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kgraph", description="Compiles Keras functional graphs for CPUs."
    )
    parser.add_argument("--version", action="version", version=f"kgraph {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="four trained models on real data: explained, checked and timed beside plain NumPy",
        description="Runs four small trained models on dense, sparse and ragged batches: shows "
        "each model and what it was compiled to, its accuracy on held-out rows, and the time of a "
        "call beside plain NumPy and SciPy. Fails if both do not give the same results.",
    )
    demo.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well")
    return parser


def _demo(json_file: Path | None) -> int:
    from kgraph import demo  # here, so that `kgraph --version` need not load the compiler

    results = demo.run(demo.SCENARIOS)
    if json_file is not None:
        json_file.write_text(json.dumps(results, indent=2) + "\n")
    return 0 if results["agree"] else 1
