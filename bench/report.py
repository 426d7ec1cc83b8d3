"""Results as a table on the screen and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Results = Mapping[str, Any]


def text(results: Results) -> str:
    """The whole report for a terminal."""
    return "\n".join([_machine(results["machine"]), *_text_lines(results), ""])


def _machine(machine: Mapping[str, Any]) -> str:
    return (
        f"{machine['cpu']}, {machine['processors']} processors, kernels for {machine['kernels']}; "
        f"{machine['system']}, Python {machine['python']}, kgraph {machine['kgraph']}, "
        f"NumPy {machine['numpy']}, SciPy {machine['scipy']}, {machine['blas']}; "
        f"load average before the run: {machine['load']}"
    )


def _text_lines(results: Results) -> Iterator[str]:
    for run in results["runs"]:
        for scenario in run["scenarios"]:
            yield f"\n{scenario['name']}: {scenario['title']}; threads: {run['threads']}"
            for row in table(scenario):
                yield "  ".join([f"{row[0]:>8}", *(f"{cell:>26}" for cell in row[1:])]).rstrip()


def table(scenario: Mapping[str, Any]) -> list[list[str]]:
    """Microseconds a call and quartiles of each way, then the second's time over kgraph's."""
    names = list(scenario["cases"][0]["timings"])
    rows = [["batch", *(f"{name}, us" for name in names), f"{names[1]} / {names[0]}"]]
    for case in scenario["cases"]:
        cells = [_cell(case["timings"][name]) for name in names]
        rows.append([f"{case['size']:,}", *cells, f"{case['ratio']:.2f}"])
    return rows


def _cell(timing: Mapping[str, float]) -> str:
    numbers = [_number(timing[key]) for key in ("median_us", "q1_us", "q3_us")]
    return "{} ({} - {})".format(*numbers)


def _number(us: float) -> str:
    return f"{us:.2f}" if us < 10 else f"{us:.1f}" if us < 100 else f"{us:,.0f}"


HEAD = """\
# Compiled graphs beside plain NumPy and SciPy

Microseconds per call: the median over {rounds} rounds, and the quartiles. Both ways take turns in
one process; each was first checked against float64. The last column is how many times longer the
plain way takes; below 1 kgraph is behind. Where the load average is not near zero, other programs
held a processor: rows for one thread suffer alike, rows for more say little. Written by

    python -m bench --threads {threads} --json numpy.json --markdown README.md

and measured on {machine}.
"""


def markdown(results: Results) -> str:
    """The report as a page."""
    runs = results["runs"]
    head = HEAD.format(
        rounds=results["rounds"],
        threads=",".join(str(run["threads"]) for run in runs),
        machine=_machine(results["machine"]),
    )
    return "\n".join([head, *_markdown_lines(runs)])


def _markdown_lines(runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for place, scenario in enumerate(runs[0]["scenarios"]):
        yield f"## {scenario['name']}\n\n{scenario['title']}\n"
        head, *_ = table(scenario)
        yield f"| threads | {' | '.join(head)} |"
        yield "|---:" * (len(head) + 1) + "|"
        for run in runs:
            for row in table(run["scenarios"][place])[1:]:
                yield f"| {run['threads']} | {' | '.join(row)} |"
        yield ""
