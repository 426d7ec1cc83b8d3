"""Results as Markdown: what goes to the screen and into ``bench/results``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bench.results import (
    OURS,
    Results,
    Row,
    best_peer,
    cases,
    implementations,
    median,
    not_timed,
    ratios,
    scenarios,
)

HEAD = """\
# kgraph beside its peers

Microseconds per call, from NumPy and SciPy values to NumPy arrays: the median over {rounds} rounds,
and the quartiles. Each implementation has a process of its own for each number of threads; rounds
go in turn over all, and a process is stopped while others have theirs. Every result was held
against float64 before it was timed. The ratios are kgraph's time over a peer's: below 1 kgraph is
ahead. Written by

    {command}
"""


def markdown(results: Results) -> str:
    """The whole report."""
    settings = results["settings"]
    blocks = [
        HEAD.format(rounds=settings["rounds"], command=settings["command"]),
        "\n".join(machine_lines(results)),
    ]
    names = implementations(results)
    for name, title in scenarios(results).items():
        blocks.append("\n".join(_scenario(results, name, title, names)))
    blocks.append("\n".join(_reasons(results["rows"])))
    return "\n\n".join(block.rstrip() for block in blocks if block) + "\n"


def machine_lines(results: Results) -> Iterator[str]:
    """Everything about the machine that a time depends on, as a list."""
    machine = results["machine"]
    yield f"- {machine['cpu']}, {machine['processors']} processors; {', '.join(machine['caches'])}"
    yield f"- instructions {', '.join(machine['instructions'])}; kernels for {machine['kernels']}"
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    yield (
        f"- {machine['system']}, Python {machine['python']}, kgraph {machine['kgraph']}, {versions}"
    )
    unset = _pairs(results["settings"]["unset"]) or "nothing"
    yield f"- BLAS of NumPy: {machine['blas']}; {_pairs(machine['environment'])}; unset: {unset}"
    yield f"- load average before the run: {machine['load']}"
    if results["settings"]["skipped"]:
        yield f"- skipped, not installed: {', '.join(results['settings']['skipped'])}"
    for threads, peak in results.get("peaks", {}).items():
        yield (
            f"- peak, threads {threads}: {peak['gflops']} GFLOP/s, copies {peak['copy_gbs']} GB/s "
            f"({peak['source']})"
        )


def _pairs(variables: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in variables.items())


def _scenario(results: Results, name: str, title: str, names: Sequence[str]) -> Iterator[str]:
    found = cases(results, name)
    timed = [n for n in names if any(median(case.get(n)) for case in found.values())]
    yield f"## {name}\n\n{title}\n"
    yield from table(_times(results, found, [n for n in timed if n != OURS]))
    yield ""
    yield from table(_costs(found, timed))


def _times(
    results: Results, found: Mapping[tuple[int, int], Mapping[str, Row]], peers: Sequence[str]
) -> Iterator[list[str]]:
    """kgraph's time, the best peer's, and the ratio to each."""
    marks = any(row["flop"] or row["bytes"] for case in found.values() for row in case.values())
    peak = ["of peak"] if marks else []
    yield ["threads", "batch", OURS, "us per row", *peak, "best peer", "ratio", *peers]
    for (size, threads), case in found.items():
        best, ratio = best_peer(case), ratios(case)
        mark = [_of_peak(case.get(OURS), results)] if marks else []
        yield [
            str(threads),
            f"{size:,}",
            cell(case.get(OURS)),
            _per_row(case.get(OURS)),
            *mark,
            f"{best}: {cell(case[best])}" if best else "",
            f"{ratio[best]:.2f}" if best else "",
            *(_ratio(case.get(name), ratio.get(name)) for name in peers),
        ]


def _ratio(row: Row | None, ratio: float | None) -> str:
    if ratio is not None:
        return f"{ratio:.2f}"
    return "" if row is None else "timed" if row["status"] == "timed" else row["status"]


def _per_row(row: Row | None) -> str:
    time = median(row)
    return "" if row is None or time is None else f"{time / row['size']:.3g}"


def _of_peak(row: Row | None, results: Results) -> str:
    """Percent of the measured multiply-adds or copies, whichever the scenario is bound by."""
    peak, time = results.get("peaks", {}).get(str(row["threads"]) if row else ""), median(row)
    if row is None or peak is None or time is None:
        return ""
    if row["flop"]:
        return f"{row['flop'] / time / 1e3 / peak['gflops']:.0%}"
    return f"{row['bytes'] / time / 1e3 / peak['copy_gbs']:.0%}"


def _costs(
    found: Mapping[tuple[int, int], Mapping[str, Row]], names: Sequence[str]
) -> Iterator[list[str]]:
    """What comes once, of the largest batch: building, first call, how far memory rose at most."""
    yield ["implementation", "threads", "batch", "variant", "us", "compile s", "first s", "MB"]
    for name in names:
        timed = [row for case in found.values() if median(row := case.get(name)) is not None]
        largest = {row["threads"]: row for row in timed if row is not None}
        for row in largest.values():
            yield [
                name,
                str(row["threads"]),
                f"{row['size']:,}",
                row["variant"],
                cell(row),
                f"{row['compile_s']:.3f}",
                f"{row['first_call_s']:.3f}",
                _megabytes(row),
            ]


def _megabytes(row: Row) -> str:
    if row["memory_before"] is None or row["memory_peak"] is None:
        return ""
    return f"{(row['memory_peak'] - row['memory_before']) / 1e6:,.0f}"


def cell(row: Mapping[str, Any] | None) -> str:
    """Median and quartiles; the number of rounds where it was cut."""
    if median(row) is None or row is None:
        return "" if row is None else row["status"]
    middle, low, high = (number(row[name]) for name in ("median_us", "q1_us", "q3_us"))
    few = f", {row['rounds']} rounds" if row["rounds"] < row.get("wanted_rounds", 0) else ""
    return f"{middle} ({low} - {high}{few})"


def number(us: float) -> str:
    return f"{us:.2f}" if us < 10 else f"{us:.1f}" if us < 100 else f"{us:,.0f}"


def table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a Markdown table; the first row is its head."""
    head, *body = rows
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in body:
        yield "| " + " | ".join(text.replace("|", "\\|") for text in row) + " |"


def _reasons(rows: Iterable[Row]) -> Iterator[str]:
    """Why a peer has no time, each reason once with the cases it holds for."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in not_timed(rows):
        reason = row["implementation"], row["status"], row["why"]
        found.setdefault(reason, []).append(row["scenario"])
    if not found:
        return
    yield "## Not timed\n"
    body = (
        [name, status, why, ", ".join(dict.fromkeys(names))]
        for (name, status, why), names in sorted(found.items())
    )
    yield from table([["implementation", "", "why", "scenarios"], *body])
