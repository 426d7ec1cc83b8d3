"""What it costs that batches differ: `python -m bench rebinding`, from the root.

A plan binds sizes and places when a batch of another shape comes. Per call: batches of one size
against two sizes, one row apart, in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench import adapters
from bench.measure import ROUNDS, Timing, compare
from bench.report import number, table
from bench.scenario import Scenario
from bench.scenarios import SCENARIOS

NAMES, SIZES = ("logistic", "mlp", "small_ops", "bag", "documents"), (1, 32)


def main(arguments: Sequence[str] = ()) -> None:
    measured = {
        (name, size): compare(calls(SCENARIOS[name], size), ROUNDS)
        for name in NAMES
        for size in SIZES
    }
    print("\n".join(table(rows(measured))))


def calls(scenario: Scenario, size: int) -> dict[str, Callable[[], Any]]:
    """Two calls each: the same batch twice, and it and its neighbour."""
    batch, next_one = scenario.batch(size), scenario.batch(size + 1)
    build = adapters.builds(adapters.ADAPTERS["kgraph"], scenario, 1)["compiled"]
    one, two = build(batch), build(batch)

    def constant() -> None:
        one(*batch)
        one(*batch)

    def alternating() -> None:
        two(*batch)
        two(*next_one)

    return {"constant": constant, "alternating": alternating}


def rows(measured: dict[tuple[str, int], dict[str, Timing]]) -> Iterator[list[str]]:
    yield ["", "batch", "constant, us", "alternating, us", "ratio"]
    for (name, size), found in measured.items():
        constant, alternating = found["constant"].median_us / 2, found["alternating"].median_us / 2
        ratio = f"{alternating / constant:.2f}"
        yield [name, f"{size}, {size + 1}", number(constant), number(alternating), ratio]
