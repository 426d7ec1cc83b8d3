"""Measuring where the time of a call goes.

Each round runs the batch twice: once plainly, once with a look at the clock after each step.  The
notes of a round become a time for each kernel; a profile holds their medians.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import numpy as np

from kgraph._kernels.recording import Recorder, clock_cost
from kgraph.compiler.interpret import bind_sizes
from kgraph.runtime import explanation as told
from kgraph.runtime.explanation import Amount
from kgraph.runtime.kernel_times import STEP, Notes, Place, Times
from kgraph.runtime.phase import PhaseRunner
from kgraph.runtime.profile import Profile
from kgraph.runtime.threads import get_threads
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message

if TYPE_CHECKING:
    from kgraph.runtime.compiled import CompiledGraph

_WARM_UP = 3  # calls before the first round: memory grows, threads start


def profile(
    graph: CompiledGraph,
    batch: tuple[Any, ...],
    rounds: int,
    threads: int | None,
    *,
    remeasure: bool,
) -> Profile:
    """See ``CompiledGraph.profile``."""
    _require_count("rounds", rounds)
    if threads is not None:
        _require_count("threads", threads)
    most = threads or graph.threads or get_threads()
    running, flat = graph._flat(graph._arranged(batch))
    measured = _Measured(running, flat, most)
    for _ in range(_WARM_UP):
        measured.plain_ns()
    pairs = [(measured.plain_ns(), measured.round()) for _ in range(rounds)]
    notes = [notes for _, notes in pairs]
    times = Times([*measured.kernels, *measured.parts], notes, measured.footprint(), remeasure)
    return Profile(
        name=graph.name,
        sizes=measured.sizes(),
        threads=most,
        rounds=rounds,
        call_us=float(np.median([ns for ns, _ in pairs])) / 1e3,
        kernels_us=float(np.median(times.totals)) / 1e3,
        clock_ns=clock_cost(),
        kernels=tuple(times.kernels()),
        rooflines=dict(sorted(times.roofs.items())),
        runs=tuple(times.runs()),
        outputs=running._deliver(measured.results, flat),
    )


def _require_count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise KGraphTypeError(
            message(
                f"profile: `{name}` is a number of {name}",
                received=f"{value!r} of type {type(value).__name__}",
                expected="an integer, 1 or more",
            )
        )
    if value < 1:
        raise KGraphValueError(
            message(f"profile: `{name}` must be at least 1", received=f"{name}={value}")
        )


class _Measured:
    """A batch that is run again and again on one graph.

    ``kernels`` are numbered through all phases in the order in which they run, the makers of sizes
    after those of their phase; ``parts`` of kernels come after all of these.
    """

    def __init__(self, graph: CompiledGraph, flat: Sequence[np.ndarray], threads: int) -> None:
        self.graph, self.flat, self.threads = graph, flat, threads
        self.recorder = Recorder()
        self.results: list[np.ndarray] = []
        self.kernels: list[Place] = []
        self.parts: list[Place] = []
        self.numbers: list[Notes] = []  # of the steps of each phase, as its plan numbers them
        self._find_places()

    def plain_ns(self) -> int:
        """Nanoseconds of a call without notes."""
        start = perf_counter_ns()
        known = self.flat
        for phase in self.graph._before:
            results = phase.executor.record(known, threads=self.threads)
            known = phase.finish(known, results)
        self.graph.record(known, threads=self.threads)
        return perf_counter_ns() - start

    def round(self) -> Notes:
        """The notes of a call; kernels are numbered through."""
        notes: list[Notes] = []
        known = self.flat
        for phase, numbers in zip(self.graph._before, self.numbers, strict=False):
            results = phase.executor.record(known, self.recorder, self.threads)
            notes.append(_numbered(self.recorder.runs, numbers))
            known = self._made(phase, known, results, numbers, notes)
        self.results = self.graph.record(known, self.recorder, self.threads)
        notes.append(_numbered(self.recorder.runs, self.numbers[-1]))
        return np.concatenate(notes)

    def _made(
        self,
        phase: PhaseRunner,
        known: Sequence[np.ndarray],
        results: Sequence[np.ndarray],
        numbers: Notes,
        notes: list[Notes],
    ) -> list[np.ndarray]:
        """As ``PhaseRunner.finish``, with a note of how long each maker took."""
        arrays = [*known, *results]
        sizes = phase.sizes(known)
        first = len(numbers) - len(phase.phase.makers)
        for number in range(len(phase.phase.makers)):
            start = perf_counter_ns()
            arrays.append(phase.make(number, arrays, sizes))
            stop = perf_counter_ns()
            notes.append(np.array([[numbers[first + number], 0, start, stop, 0, 1]], np.int64))
        return phase.keep(arrays)

    def _find_places(self) -> None:
        """Kernels and parts, at the sizes of the batch."""
        known: Sequence[np.ndarray] = self.flat
        planned = self.graph._compiled.planned
        counts = []
        for phase, part in zip(self.graph.explanation.phases, planned, strict=True):
            sizes = bind_sizes(part.phase.graph, known)
            first, first_part = len(self.kernels), len(self.parts)
            for region in phase.regions:
                for kernel in region.kernels:
                    place = (phase.number, region.number, sizes)
                    whole = len(self.kernels)
                    self.kernels.append(Place(kernel, *place))
                    self.parts += (Place(one, *place, whole) for one in kernel.parts)
            steps = range(first, len(self.kernels))
            makers = (Place(_about(one), phase.number, None, sizes) for one in phase.makers)
            self.kernels += makers
            counts.append((steps, range(first_part, len(self.parts)), len(self.kernels)))
            if phase.number < len(self.graph._before):
                known = self.graph._before[phase.number].run(known)
        for steps, parts, end in counts:
            after = [len(self.kernels) + number for number in parts]
            makers_of = range(steps.stop, end)
            self.numbers.append(np.array([*steps, *after, *makers_of], np.int64))

    def footprint(self) -> int:
        """Bytes of all the memory that a call may touch."""
        memory = self.graph.memory
        return memory["total"] + sum(array.nbytes for array in self.flat)

    def sizes(self) -> dict[str, int]:
        """The sizes that the user's batch decides, the number of rows first."""
        graph = self.graph._compiled.planned[0].phase.graph
        bound = bind_sizes(graph, self.flat)
        sizes = {name: size for name, size in bound.items() if name not in graph.longest}
        return dict(sorted(sizes.items(), key=lambda item: (item[0] != "B", item[0])))


def _numbered(runs: Notes, numbers: Notes) -> Notes:
    runs[:, STEP] = numbers[runs[:, STEP]]
    return runs


def _about(maker: told.Maker) -> told.Kernel:
    nothing = Amount(0)
    lines = (maker.line,) if maker.line else ()
    return told.Kernel(
        "host", (maker.op,), (maker.origin,), lines, maker.result, True, *(nothing,) * 4
    )
