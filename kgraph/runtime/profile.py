"""Profile: where the time of a call goes, kernel by kernel."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgraph.runtime.explanation import Kernel, as_dict
from kgraph.runtime.roofline import Roofline


@dataclass(frozen=True)
class Run:
    """One run of a kernel: over a panel of rows, or between two phases.

    ``start_us`` counts from the beginning of its call; ``kernel`` is a number into
    ``Profile.kernels``, ``part`` one into the parts of that, None for a run of all of it.
    ``first_row`` .. ``last_row`` are items where the kernel works over those of the region's rows.
    """

    kernel: int
    part: int | None
    thread: int
    start_us: float
    duration_us: float
    first_row: int
    last_row: int


@dataclass(frozen=True)
class KernelTime:
    """What was measured of one kernel in each call; medians over the rounds.

    ``median_us`` is its part of the time from the beginning to the end of its region, ``q1_us`` and
    ``q3_us`` the quartiles of that, ``best_us`` the least, which tells most on a machine that has
    other things to do; ``busy_us`` adds up all ``threads`` that ran it.  ``runs`` is
    how often it ran, once for each panel.  ``bytes`` are all that it reads and writes, wherever
    they are.  ``roof_us`` is the least that this machine needs for it: it computes no faster than
    the peak and moves no bytes faster than copies do; ``bound`` says which of both takes longer.
    ``phase`` and ``region`` number where it stands; a maker of a size, which NumPy computes after
    its phase, is in no region.  ``about`` tells what it computes and for which layers.  ``parts``
    are those of a kernel that works tile by tile: they run once for each tile.
    """

    about: Kernel
    phase: int
    region: int | None
    median_us: float
    q1_us: float
    q3_us: float
    best_us: float
    busy_us: float
    share: float
    runs: int
    threads: int
    flop: int | None
    bytes: int
    roof_us: float | None
    bound: str | None
    parts: tuple[KernelTime, ...] = ()

    @property
    def gflops(self) -> float | None:
        """10^9 operations a second; None where NumPy computes."""
        return None if self.flop is None else _rate(self.flop, self.median_us)

    @property
    def gbs(self) -> float:
        """10^9 bytes a second."""
        return _rate(self.bytes, self.median_us)

    @property
    def of_roof(self) -> float | None:
        """The part of the roofline that it reaches, 1.0 for all of it."""
        if self.roof_us is None or not self.median_us:
            return None
        return self.roof_us / self.median_us

    def to_dict(self) -> dict[str, Any]:
        """As values that JSON can hold."""
        names = [*KernelTime.__dataclass_fields__, "gflops", "gbs", "of_roof"]
        told = {name: getattr(self, name) for name in names if name != "about"}
        parts = [part.to_dict() for part in self.parts]
        return {**as_dict(self.about), **told, "parts": parts}


@dataclass(frozen=True)
class Profile:
    """Where the time of a call goes; ``compiled.profile`` makes one, ``str`` gives a table.

    ``sizes`` are those of the batch.  ``call_us`` is the median of a call that is not profiled, on
    arrays that need no conversion; ``kernels_us`` is what kernels take of a profiled one.
    ``runs`` are those of one call, the one whose time is nearest to the median.  ``outputs`` is
    what the calls returned.
    """

    name: str
    sizes: dict[str, int]
    threads: int
    rounds: int
    call_us: float
    kernels_us: float
    clock_ns: float
    kernels: tuple[KernelTime, ...]
    rooflines: dict[int, Roofline]
    runs: tuple[Run, ...] = field(repr=False)
    outputs: Any = field(repr=False, compare=False)

    def about(self, run: Run) -> Kernel:
        """What ran."""
        kernel = self.kernels[run.kernel]
        return kernel.about if run.part is None else kernel.parts[run.part].about

    def to_dict(self) -> dict[str, Any]:
        """As values that JSON can hold: all but ``runs`` and ``outputs``."""
        return {
            "name": self.name,
            "sizes": dict(self.sizes),
            "threads": self.threads,
            "rounds": self.rounds,
            "call_us": self.call_us,
            "kernels_us": self.kernels_us,
            "clock_ns": self.clock_ns,
            "kernels": [kernel.to_dict() for kernel in self.kernels],
            "rooflines": {str(n): roof.to_dict() for n, roof in self.rooflines.items()},
        }

    def to_html(self) -> str:
        """As a page that needs nothing from outside."""
        from kgraph.runtime.profile_html import page_of

        return page_of(self)

    def to_chrome_trace(self) -> dict[str, Any]:
        """The runs of one call in the Trace Event Format: ``chrome://tracing`` and Perfetto show
        which thread ran what when.

        Source    Trace Event Format, the Chromium project
        """
        from kgraph.runtime.chrome_trace import trace_of

        return trace_of(self)

    def save_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write ``to_chrome_trace`` as JSON."""
        import json

        Path(path).write_text(json.dumps(self.to_chrome_trace()) + "\n", encoding="utf-8")

    def _repr_html_(self) -> str:
        from kgraph.runtime.profile_html import fragment_of

        return fragment_of(self)

    def __str__(self) -> str:
        from kgraph.runtime.profile_text import text_of

        return text_of(self)

    __repr__ = __str__


def _rate(amount: float, us: float) -> float:
    return amount / us / 1e3 if us else 0.0
