"""Write the measured table into README: ``python -m bench.readme``, from the repository's root.

It reads ``bench/results/numpy.json``, so README claims what was measured and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RESULTS = Path("bench/results/numpy.json")
README = Path("README.md")
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def block(results: Mapping[str, Any]) -> str:
    """How many times longer the plain NumPy or SciPy way takes, for each scenario and batch."""
    counts = [run["threads"] for run in results["runs"]]
    machine = results["machine"]
    plain = f"NumPy {machine['numpy']}, SciPy {machine['scipy']}"
    lines = [
        "How many times longer plain NumPy or SciPy takes for the same computation: medians of "
        f"{results['rounds']} rounds,",
        f"taking turns in one process, on {machine['cpu']}, {machine['processors']} processors,",
        f"kernels for {machine['kernels']}, {plain}. Times, quartiles and the way it was measured: "
        "[bench/results](bench/results/README.md).",
        "",
        "| | batch | " + " | ".join(_heading(count) for count in counts) + " |",
        "|---|---:|" + "---:|" * len(counts),
    ]
    for rows in zip(*(run["scenarios"] for run in results["runs"]), strict=True):
        for cases in zip(*(scenario["cases"] for scenario in rows), strict=True):
            ratios = " | ".join(f"{case['ratio']:.2f}" for case in cases)
            title = rows[0]["title"].replace("|", "\\|")
            lines.append(f"| {title} | {cases[0]['size']:,} | {ratios} |")
    return "\n".join(lines)


def _heading(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def main() -> None:
    text = README.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    made = block(json.loads(RESULTS.read_text()))
    README.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}")


if __name__ == "__main__":
    main()
