"""The process of one implementation: ``python -m bench.worker ADAPTER THREADS``.

It reads requests from its input and answers each with one line of JSON:

    {"do": "load", "scenario": …, "size": …, "round_s": …}   build, check, calibrate
    {"do": "round"}                                                         time one round

What a library prints goes to the error output.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench import adapters, memory
from bench.graph import Array, Ragged, Unsupported
from bench.measure import WARM_SECONDS, choose_calls, seconds, warm, without_collector
from bench.scenario import Batch, Scenario, Wrong
from bench.scenarios import SCENARIOS

_PR_SET_PDEATHSIG = 1
LONG_SECONDS = 0.1  # a call so long warms itself up
TRIAL_SECONDS = 0.05  # to find the fastest of an adapter's variants


@dataclass
class Loaded:
    """A call that gave the right result once, and what it took to make it."""

    variant: str
    call: Callable[[], Any]
    compile_s: float
    first_call_s: float


class Worker:
    """Holds one case at a time."""

    def __init__(self, module: str, threads: int) -> None:
        self.module, self.threads = module, threads
        self.loaded: Loaded | None = None
        self.calls = 1
        self.warms = True

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "round":
            return {"seconds": self._round()}
        self.loaded = None
        memory.give_back()
        return self._load(SCENARIOS[request["scenario"]], request["size"], request["round_s"])

    def _load(self, scenario: Scenario, size: int, round_s: float) -> dict[str, Any]:
        try:
            builds = adapters.builds(self.module, scenario, self.threads)
        except Exception as error:
            return _failure("", error)
        batch = scenario.batch(size)
        expected = scenario.reference(batch)
        before = memory.start_peak()
        good: list[Loaded] = []
        failures: list[dict[str, str]] = []
        for variant, build in builds.items():
            made = _attempt(scenario, batch, expected, variant, build)
            if isinstance(made, Loaded):
                good.append(made)
            else:
                failures.append(made)
        if not good:
            return _worst(failures)
        self.loaded = min(good, key=_trial) if len(good) > 1 else good[0]
        return {
            **self._calibrate(self.loaded.call, round_s),
            "status": "ready",
            "variant": self.loaded.variant,
            "compile_s": self.loaded.compile_s,
            "first_call_s": self.loaded.first_call_s,
            "memory_before": before,
            "memory_peak": memory.peak(),
            "others": failures,
        }

    def _calibrate(self, call: Callable[[], Any], round_s: float) -> dict[str, Any]:
        with without_collector():
            self.calls = choose_calls(call, round_s)
            one = seconds(call, self.calls) / self.calls
        self.warms = one < LONG_SECONDS
        return {"calls": self.calls, "one_s": one}

    def _round(self) -> float:
        assert self.loaded is not None
        call = self.loaded.call
        with without_collector():
            if self.warms:
                warm(call, WARM_SECONDS)
            return seconds(call, self.calls) / self.calls


def _attempt(
    scenario: Scenario, batch: Batch, expected: Array, variant: str, build: adapters.Build
) -> Loaded | dict[str, str]:
    """A variant that is right, or why it is not."""
    try:
        return _checked(scenario, batch, expected, variant, build)
    except Exception as error:
        return _failure(variant, error)


def _checked(
    scenario: Scenario, batch: Batch, expected: Array, variant: str, build: adapters.Build
) -> Loaded:
    """Build a variant and hold its result against the reference.

    Errors    Wrong, also where the next call writes over a result that was handed out
    """
    start = time.perf_counter()
    call = build(batch)
    compiled = time.perf_counter()
    result = call(*batch)
    done = time.perf_counter()
    scenario.require_right(result, expected)
    _require_own_memory(scenario, call, batch, result)
    return Loaded(variant, partial(call, *batch), compiled - start, done - compiled)


def _require_own_memory(scenario: Scenario, call: Any, batch: Batch, result: Array) -> None:
    """Calls on another batch must leave a result as it was."""
    if scenario.reuse_outputs:
        return
    before = result.copy()
    call(*(_other(value) for value in batch))
    if not (before == result).all():
        raise Wrong("its next call overwrites the result")


def _other(value: Any) -> Any:
    """A batch of the same form with other numbers."""
    if isinstance(value, Ragged):
        return value._replace(values=value.values[::-1].copy())
    return -value if value.dtype.kind == "f" else value[::-1].copy()


def _trial(loaded: Loaded) -> float:
    """Seconds per call, roughly."""
    calls = choose_calls(loaded.call, TRIAL_SECONDS)
    return min(seconds(loaded.call, calls) for _ in range(3)) / calls


def _failure(variant: str, error: Exception) -> dict[str, str]:
    status = {Unsupported: "unsupported", Wrong: "wrong"}.get(type(error), "failed")
    if status == "failed":
        traceback.print_exc()
    words = f"{type(error).__name__}: {error}" if status == "failed" else str(error)
    return {"status": status, "why": ": ".join(filter(None, [variant, words[:300]]))}


def _worst(failures: list[dict[str, str]]) -> dict[str, Any]:
    order = ["wrong", "failed", "unsupported"]
    return dict(min(failures, key=lambda failure: order.index(failure["status"])))


def _end_with_the_runner() -> None:
    """A stopped process would outlive a runner that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    _end_with_the_runner()
    module, threads = sys.argv[1], int(sys.argv[2])
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = Worker(module, threads)
    for line in sys.stdin:
        replies.write(json.dumps(worker.answer(json.loads(line))) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
