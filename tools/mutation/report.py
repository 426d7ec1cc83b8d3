"""What became of the mutants, as a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tools.mutation.mutants import Mutant

EQUAL = Path(__file__).with_name("equal.json")
FATES = ("killed", "equal to the original", "survived", "untried")
Reasons = Mapping[str, Mapping[str, str]]


def read_reasons() -> Reasons:
    """Of mutants that compute the same as the original: by file and name, why that is so."""
    reasons: Reasons = json.loads(EQUAL.read_text(encoding="utf-8"))
    return reasons


def report(made: Iterable[Mutant], outcomes: Mapping[str, str], reasons: Reasons) -> str:
    """A table by file, and every survivor with its reason, or without one."""
    made = list(made)
    fates = [_fate(mutant, outcomes, reasons) for mutant in made]
    lines = ["# Mutants of the compiler", "", f"| file | mutants | {' | '.join(FATES)} |"]
    lines.append("| --- " * (2 + len(FATES)) + "|")
    for path in dict.fromkeys(mutant.path for mutant in made):
        own = [fate for mutant, fate in zip(made, fates, strict=True) if mutant.path == path]
        lines.append(_row(f"`{path}`", own))
    lines.append(_row("all", fates))
    for title in ("survived", "equal to the original"):
        found = [m for m, fate in zip(made, fates, strict=True) if fate == title]
        if found:
            lines += ["", f"## {title.capitalize()}", ""]
        for m in found:
            why = reasons.get(m.path, {}).get(m.name)
            lines.append(f"- `{m.path}:{m.lines.start}` `{m.name}`" + (f": {why}" if why else ""))
    return "\n".join(lines) + "\n"


def _fate(mutant: Mutant, outcomes: Mapping[str, str], reasons: Reasons) -> str:
    fate = outcomes.get(mutant.key, "untried")
    explained = fate == "survived" and mutant.name in reasons.get(mutant.path, {})
    return "equal to the original" if explained else fate


def _row(name: str, fates: Sequence[str]) -> str:
    counts = [len(fates), *(fates.count(fate) for fate in FATES)]
    return f"| {name} | " + " | ".join(map(str, counts)) + " |"


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
