"""From the notes of profiled calls to a time for each kernel, beside the least that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kgraph.runtime.explanation import Kernel
from kgraph.runtime.profile import KernelTime, Run
from kgraph.runtime.roofline import Roofline, roofline

STEP, THREAD, START, STOP, FIRST, LAST = range(6)  # columns of a Recorder's runs

Notes: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Place:
    """A kernel of the profile: where it stands, and the sizes of the batch there.

    ``part_of`` is the number of the kernel that it is a part of.
    """

    about: Kernel
    phase: int
    region: int | None
    sizes: Mapping[str, int]
    part_of: int | None = None


class Times:
    """What the notes of all rounds say of each kernel; kernels come first, then their parts."""

    def __init__(
        self, places: Sequence[Place], notes: Sequence[Notes], footprint: int, remeasure: bool
    ) -> None:
        self.places, self.notes, self.remeasure = places, notes, remeasure
        kernels = [place for place in places if place.part_of is None]
        self.count = len(kernels)
        # a call touches no more memory than it has, nor more than its kernels move
        self.touched = min(footprint, sum(map(_far, kernels)))
        self.roofs: dict[int, Roofline] = {}
        regions = [(place.phase, place.region) for place in kernels]
        self.region_of = np.array([regions.index(region) for region in regions], np.int64)
        self.busy = np.stack([self._busy(runs) for runs in notes])
        self.taken = np.stack(
            [self._taken(runs, busy) for runs, busy in zip(notes, self.busy, strict=True)]
        )
        self.totals = self.taken[:, : self.count].sum(axis=1)

    def _busy(self, runs: Notes) -> NDArray[np.float64]:
        """Nanoseconds of each kernel, of all threads together."""
        spent = runs[:, STOP] - runs[:, START]
        return np.bincount(runs[:, STEP], spent, len(self.places)).astype(np.float64)

    def _taken(self, runs: Notes, busy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Nanoseconds of each kernel by the clock on the wall.

        The time of a region is that from its first start to its last stop, whatever its threads
        did; its kernels share it as they were busy, and parts that of their kernel.
        """
        taken = np.zeros(len(self.places))
        runs = runs[runs[:, STEP] < self.count]
        of_run = self.region_of[runs[:, STEP]]
        for region in np.unique(of_run):
            those = runs[of_run == region]
            wall = those[:, STOP].max() - those[:, START].min()
            steps = np.unique(those[:, STEP])
            total = busy[steps].sum()
            taken[steps] = busy[steps] / total * wall if total else 0.0
        for number in range(self.count, len(self.places)):
            whole = self.places[number].part_of
            if busy[whole]:
                taken[number] = busy[number] / busy[whole] * taken[whole]
        return taken

    def kernels(self) -> list[KernelTime]:
        medians = np.median(self.taken, axis=0)
        whole = float(medians[: self.count].sum()) or 1.0
        made = [
            self._kernel(number, place, float(medians[number]) / whole)
            for number, place in enumerate(self.places)
        ]
        parts = list(zip(self.places, made, strict=True))[self.count :]
        return [
            replace(kernel, parts=tuple(part for place, part in parts if place.part_of == number))
            for number, kernel in enumerate(made[: self.count])
        ]

    def _kernel(self, number: int, place: Place, share: float) -> KernelTime:
        about = place.about
        runs, threads = self._runs_and_threads(number)
        best, q1, median, q3 = np.percentile(self.taken[:, number], (0, 25, 50, 75)) / 1e3
        roof = self._roof(place, runs, threads) if runs and not about.host else None
        return KernelTime(
            about=about,
            phase=place.phase,
            region=place.region,
            median_us=float(median),
            q1_us=float(q1),
            q3_us=float(q3),
            best_us=float(best),
            busy_us=float(np.median(self.busy[:, number])) / 1e3,
            share=share,
            runs=runs,
            threads=threads,
            flop=None if about.host else about.work.at(place.sizes),
            bytes=_far(place) + about.near.at(place.sizes),
            roof_us=None if roof is None else roof[0],
            bound=None if roof is None else roof[1],
        )

    def _runs_and_threads(self, number: int) -> tuple[int, int]:
        """How often a kernel ran in a call, and on how many threads at most."""
        threads = [runs[runs[:, STEP] == number, THREAD] for runs in self.notes]
        return len(threads[-1]), max(len(np.unique(one)) for one in threads)

    def _roof(self, place: Place, runs: int, threads: int) -> tuple[float, str]:
        """The least microseconds a kernel needs, and which limit that is.

        What a call touches in all says from which cache its bytes may come at best; what one run
        leaves for the next kernel is in a cache that holds that.
        """
        about, roof = place.about, self._roofline(threads)
        peak = roof.gflops["float64" if about.result.startswith("f64") else "float32"]
        compute = about.work.at(place.sizes) / peak / 1e3
        near = about.near.at(place.sizes)
        move = _far(place) / roof.level(self.touched).gbs + near / roof.level(near // runs).gbs
        move /= 1e3
        return (compute, "compute") if compute > move else (move, "memory")

    def _roofline(self, threads: int) -> Roofline:
        if threads not in self.roofs:
            self.roofs[threads] = roofline(threads, remeasure=self.remeasure)
        return self.roofs[threads]

    def runs(self) -> list[Run]:
        """The runs of the call whose time is nearest to the median, outer ones first."""
        nearest = int(np.argmin(np.abs(self.totals - np.median(self.totals))))
        notes = self.notes[nearest]
        notes = notes[np.lexsort((-notes[:, STOP], notes[:, START]))]
        begin = int(notes[:, START].min(initial=np.iinfo(np.int64).max))
        return [self._run(begin, *map(int, row)) for row in notes]

    def _run(
        self, begin: int, number: int, thread: int, start: int, stop: int, first: int, last: int
    ) -> Run:
        whole, part = self.places[number].part_of, None
        if whole is not None:
            part = sum(place.part_of == whole for place in self.places[self.count : number])
        kernel = number if whole is None else whole
        return Run(kernel, part, thread, (start - begin) / 1e3, (stop - start) / 1e3, first, last)


def _far(place: Place) -> int:
    """Bytes that come from outside a region or leave it, weights too."""
    return place.about.far.at(place.sizes) + place.about.weights.at(place.sizes)
