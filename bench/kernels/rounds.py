"""Compare ways to do one thing, in turn, so that a busy machine hurts all of them alike."""

import statistics
import time
from collections.abc import Callable

ROUNDS = 21
ROUND_SECONDS = 0.004  # each way repeats its work for about so long in each round


def seconds(work: Callable[[], object], repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


def compare(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median time of each way, in seconds per call."""
    repeats = {name: max(1, int(ROUND_SECONDS / seconds(work, 3))) for name, work in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, work in ways.items():
            times[name].append(seconds(work, repeats[name]))
    return {name: statistics.median(rounds) for name, rounds in times.items()}
