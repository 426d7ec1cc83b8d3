"""Write the measured table into README: ``python -m bench.readme``, from the repository's root.

It reads ``bench/results/results.json``, so README claims what was measured and nothing else.
"""

from __future__ import annotations

from pathlib import Path

from bench.report import number, table
from bench.results import OURS, Results, best_peer, cases, load, median, ratios, scenarios

RESULTS = Path("bench/results/results.json")
README = Path("README.md")
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def block(results: Results) -> str:
    """kgraph's time for each scenario and batch, the fastest peer, and the ratio of both."""
    counts = sorted({row["threads"] for row in results["rows"]})
    machine = results["machine"]
    peers = [n for n in dict.fromkeys(r["implementation"] for r in results["rows"]) if n != OURS]
    lines = [
        f"kgraph's time per call beside the fastest of {', '.join(peers)}: medians of",
        f"{results['settings']['rounds']} rounds in turn, each in its own process, on "
        f"{machine['cpu']},",
        f"{machine['processors']} processors, kernels for {machine['kernels']}. Below 1 kgraph is "
        "ahead. All times, quartiles, versions",
        "and the way it was measured: [bench/results](bench/results/README.md).",
        "",
        *table(_rows(results, counts)),
    ]
    return "\n".join(lines)


def _rows(results: Results, counts: list[int]) -> list[list[str]]:
    heads = ["kgraph, us", "kgraph / best peer"]
    titles = [f"{head}, {_threads(count)}" for count in counts for head in heads]
    rows = [["", "batch", *titles]]
    for name, title in scenarios(results).items():
        found = cases(results, name)
        for size in sorted({size for size, _ in found}):
            cells = [cell for count in counts for cell in _cells(found.get((size, count), {}))]
            rows.append([title, f"{size:,}", *cells])
    return rows


def _cells(case: dict[str, dict[str, object]]) -> list[str]:
    ours, best = median(case.get(OURS)), best_peer(case)
    time = "" if ours is None else number(ours)
    return [time, f"{ratios(case)[best]:.2f} ({best})" if best else ""]


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def main() -> None:
    before, rest = README.read_text().split(BEGIN)
    _, after = rest.split(END)
    README.write_text(f"{before}{BEGIN}\n{block(load(RESULTS))}\n{END}{after}")


if __name__ == "__main__":
    main()
