"""Time calls: in turn A B A B …, so that a busy machine hurts all of them alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

ROUNDS = 15
ROUND_SECONDS = 0.01  # each call is repeated until a round takes that long
# After a rest processors and threads wake slowly: the first ten calls of an MLP took up to twice as
# long as those after them.
WARM_SECONDS = 0.01


@dataclass(frozen=True)
class Timing:
    """Microseconds per call over the rounds, each the mean of ``calls`` calls in a row."""

    median_us: float
    q1_us: float
    q3_us: float
    rounds: int
    calls: int

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def compare(calls: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, Timing]:
    """The timing of each call, all in this process; the collector of garbage rests meanwhile."""
    repeats = {name: choose_calls(call) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    with without_collector():
        for _ in range(rounds):
            for name, call in calls.items():
                times[name].append(seconds(call, repeats[name]) / repeats[name])
    return {name: timing(times[name], repeats[name]) for name in calls}


def choose_calls(call: Callable[[], object], enough: float = ROUND_SECONDS) -> int:
    """The smallest power of two for which a round is long enough; warms up on the way."""
    calls = 1
    while seconds(call, calls) < enough:
        calls *= 2
    return calls


def warm(call: Callable[[], object], enough: float = WARM_SECONDS) -> None:
    """Call for a while."""
    start = time.perf_counter()
    while time.perf_counter() - start < enough:
        call()


def seconds(call: Callable[[], object], calls: int) -> float:
    """How long so many calls take together."""
    numbers = range(calls)
    start = time.perf_counter()
    for _ in numbers:
        call()
    return time.perf_counter() - start


@contextmanager
def without_collector() -> Iterator[None]:
    """Garbage is not collected within."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def timing(times: Sequence[float], calls: int) -> Timing:
    """From seconds per call, one number for each round."""
    us = [time * 1e6 for time in times]
    q1, median, q3 = us * 3 if len(us) == 1 else statistics.quantiles(us, n=4)
    return Timing(median, q1, q3, len(us), calls)
