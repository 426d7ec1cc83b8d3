"""Check and time one scenario."""

from __future__ import annotations

import sys
from typing import Any

from bench.measure import PAUSE_SECONDS, compare
from bench.scenario import Scenario, require_right
from kgraph.runtime.threads import get_threads


def run_scenario(scenario: Scenario, rounds: int) -> dict[str, Any]:
    """All batch sizes of a scenario, ready for JSON."""
    cases = []
    for size in scenario.sizes:
        print(f"{scenario.name}, batch {size:,} …", file=sys.stderr, flush=True)
        cases.append(_run_case(scenario, size, rounds))
    return {"name": scenario.name, "title": scenario.title, "cases": cases}


def _run_case(scenario: Scenario, size: int, rounds: int) -> dict[str, Any]:
    inputs = scenario.prepare(size)
    calls = {name: make(inputs) for name, make in scenario.implementations.items()}
    expected = scenario.reference(inputs)
    for name, call in calls.items():
        if name not in scenario.unchecked:
            require_right(scenario, name, call(), expected)
    del expected
    timings = compare(calls, rounds, PAUSE_SECONDS if get_threads() > 1 else 0.0)
    ours, theirs, *_ = timings.values()
    return {
        "size": size,
        "timings": {name: timing.as_dict() for name, timing in timings.items()},
        "ratio": theirs.median_us / ours.median_us,
    }
