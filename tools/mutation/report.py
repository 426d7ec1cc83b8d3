"""What became of the mutants, as a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.mutation.mutants import Mutant

EQUAL = Path(__file__).with_name("equal.json")
Reasons = Mapping[str, Mapping[str, str]]


def read_reasons() -> Reasons:
    """Of mutants that compute the same as the original: by file and name, why that is so."""
    reasons: Reasons = json.loads(EQUAL.read_text(encoding="utf-8"))
    return reasons


def report(chosen: Iterable[Mutant], outcomes: Mapping[str, str], reasons: Reasons) -> str:
    """A table by file, and every survivor with its reason, or without one."""
    tried = [mutant for mutant in chosen if mutant.key in outcomes]
    alive = [mutant for mutant in tried if outcomes[mutant.key].startswith("survived")]
    equal = [mutant for mutant in alive if mutant.name in reasons.get(mutant.path, {})]
    lines = [
        "| file | mutants | killed | equal to the original | survived |",
        "| --- | --- | --- | --- | --- |",
    ]
    counts = []
    for path in dict.fromkeys(mutant.path for mutant in tried):
        all_, left, same = (sum(m.path == path for m in some) for some in (tried, alive, equal))
        counts.append((all_, all_ - left, same, left - same))
        lines.append(f"| `{path}` | " + " | ".join(map(str, counts[-1])) + " |")
    totals = [sum(column) for column in zip(*counts, strict=True)]
    lines.append("| all | " + " | ".join(map(str, totals)) + " |")
    unexplained = [mutant for mutant in alive if mutant not in equal]
    if unexplained:
        lines += ["", "## Survived", ""]
        lines += [f"- `{m.path}:{m.lines.start}` `{m.name}`" for m in unexplained]
    if equal:
        lines += ["", "## Equal to the original", ""]
        lines += [
            f"- `{m.path}:{m.lines.start}` `{m.name}`: {reasons[m.path][m.name]}" for m in equal
        ]
    return "\n".join(lines) + "\n"


def unused_reasons(chosen: Iterable[Mutant], reasons: Reasons) -> list[str]:
    """Reasons given for what is no mutant (any more)."""
    known = {(mutant.path, mutant.name) for mutant in chosen}
    paths = {path for path, _ in known}
    return [
        f"{path}: {name}"
        for path, given in reasons.items()
        for name in given
        if path in paths and (path, name) not in known
    ]
