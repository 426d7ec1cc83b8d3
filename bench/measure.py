"""Time calls in turn, A B A B …, so that a busy machine hurts all of them alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

ROUNDS = 15
ROUND_SECONDS = 0.004  # each call is repeated until a round takes that long
# OpenBLAS' threads spin for a while after a product, on the processor that the next way wants: an
# MLP of 8192 rows on two threads took 12 ms by itself, 16 to 24 ms in the first calls after one of
# NumPy, 16 to 20 ms after 50 ms of rest, and 12 ms again after this pause.
PAUSE_SECONDS = 0.5
# After a rest processors and threads wake slowly, whosesoever they are: the first ten calls of that
# MLP at 512 rows took up to twice as long as those after them.
WARM_SECONDS = 0.05


@dataclass(frozen=True)
class Timing:
    """Microseconds per call over the rounds, each the mean of ``repeats`` calls in a row."""

    median_us: float
    q1_us: float
    q3_us: float
    rounds: int
    repeats: int

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def compare(
    calls: Mapping[str, Callable[[], object]], rounds: int = ROUNDS, pause: float = 0.0
) -> dict[str, Timing]:
    """The timing of each call; the collector of garbage rests meanwhile.

    Before each round the ways rest for ``pause`` seconds, then run unmeasured for a while.
    """
    repeats = {name: choose_repeats(call) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    enabled = gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, call in calls.items():
                if pause:
                    time.sleep(pause)
                    warm(call)
                times[name].append(seconds(call, repeats[name]) / repeats[name] * 1e6)
    finally:
        if enabled:
            gc.enable()
    return {name: _timing(times[name], repeats[name]) for name in calls}


def choose_repeats(call: Callable[[], object]) -> int:
    """The smallest power of two for which a round is long enough; warms up on the way."""
    repeats = 1
    call()
    while seconds(call, repeats) < ROUND_SECONDS:
        repeats *= 2
    return repeats


def warm(call: Callable[[], object]) -> None:
    """Call for ``WARM_SECONDS``."""
    start = time.perf_counter()
    while time.perf_counter() - start < WARM_SECONDS:
        call()


def seconds(call: Callable[[], object], repeats: int) -> float:
    """How long so many calls take together."""
    numbers = range(repeats)
    start = time.perf_counter()
    for _ in numbers:
        call()
    return time.perf_counter() - start


def _timing(times: list[float], repeats: int) -> Timing:
    q1, median, q3 = times * 3 if len(times) == 1 else statistics.quantiles(times, n=4)
    return Timing(median, q1, q3, len(times), repeats)
