"""What a run found, as JSON: the machine, and flat rows that merge by what they measured.

    {"machine": {…}, "peaks": {"1": {…}}, "settings": {…}, "rows": [{…}, …]}

A row names its scenario, size, implementation and threads; its ``status`` is ``timed``,
``unsupported``, ``wrong``, ``failed`` or ``crashed``, and all but the first say ``why``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Results = dict[str, Any]
Key = tuple[str, int, str, int]
OURS = "kgraph"


def key(row: Mapping[str, Any]) -> Key:
    return row["scenario"], row["size"], row["implementation"], row["threads"]


def merge(old: Results, new: Results) -> Results:
    """The rows of both in the order of the scenarios' first appearance; the newer wins."""
    rows = {key(row): row for row in [*old.get("rows", []), *new["rows"]]}
    first: dict[str, int] = {}
    for row in rows.values():
        first.setdefault(row["scenario"], len(first))
    ordered = sorted(rows.values(), key=lambda row: (first[row["scenario"]], row["size"]))
    merged = {**old, **new, "rows": ordered}
    if "peaks" in old and "peaks" in new:
        merged["peaks"] = _higher(old["peaks"], new["peaks"])
    return merged


def _higher(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """For each number of threads the higher of both: a busy machine hides its peak."""
    measured = ("gflops", "copy_gbs")
    merged = {**old, **new}
    for threads in old.keys() & new.keys():
        best = {name: max(old[threads][name], new[threads][name]) for name in measured}
        merged[threads] = {**new[threads], **best}
    return merged


def load(file: Path) -> Results:
    return dict(json.loads(file.read_text())) if file.exists() else {}


def save(results: Results, file: Path) -> None:
    """Written beside and renamed: a run that is cut off leaves the last whole file."""
    part = file.with_suffix(file.suffix + ".part")
    part.write_text(json.dumps(results, indent=1) + "\n")
    part.replace(file)


def scenarios(results: Results) -> dict[str, str]:
    """Names and titles, in order."""
    return {row["scenario"]: row["title"] for row in results["rows"]}


def implementations(results: Results) -> list[str]:
    return list(dict.fromkeys(row["implementation"] for row in results["rows"]))


def cases(results: Results, scenario: str) -> dict[tuple[int, int], dict[str, Row]]:
    """(size, threads) -> the row of each implementation."""
    found: dict[tuple[int, int], dict[str, Row]] = {}
    for row in results["rows"]:
        if row["scenario"] == scenario:
            found.setdefault((row["size"], row["threads"]), {})[row["implementation"]] = row
    return dict(sorted(found.items(), key=lambda item: (item[0][1], item[0][0])))


def median(row: Mapping[str, Any] | None) -> float | None:
    """Microseconds per call, if it was timed."""
    return row["median_us"] if row and row["status"] == "timed" else None


def ratios(case: Mapping[str, Row]) -> dict[str, float]:
    """The time of kgraph over that of each peer that was timed; below 1 kgraph is ahead."""
    ours = median(case.get(OURS))
    if ours is None:
        return {}
    times = {name: median(row) for name, row in case.items() if name != OURS}
    return {name: ours / time for name, time in times.items() if time}


def best_peer(case: Mapping[str, Row]) -> str | None:
    """The fastest of the others."""
    found = ratios(case)
    return max(found, key=lambda name: found[name]) if found else None


def done(results: Results) -> set[Key]:
    """What need not be measured anew: all but what broke."""
    return {key(row) for row in results["rows"] if row["status"] not in ("crashed", "failed")}


def not_timed(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["status"] != "timed"]
