"""Results that were measured before: ``python -m bench report`` and ``python -m bench plot``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench import plot, report, results


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    reporting = commands.add_parser("report", help="several files are merged, the last wins")
    reporting.add_argument("files", type=Path, nargs="+")
    plotting = commands.add_parser("plot")
    plotting.add_argument("files", type=Path, nargs=1)
    plotting.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    found = read(options.files)
    if options.command == "report":
        print(report.markdown(found), end="")
    else:
        for file in plot.plot(found, options.folder):
            print(file)


def read(files: Sequence[Path]) -> results.Results:
    """The results of all files as one."""
    found: results.Results = {"rows": []}
    for file in files:
        if not file.exists():
            raise SystemExit(f"{file}: there is no such file")
        found = results.merge(found, results.load(file))
    return found
