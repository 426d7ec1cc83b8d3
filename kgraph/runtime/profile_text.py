"""A profile as a table to read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from kgraph.runtime.profile import KernelTime, Profile

_WIDTH = 100
HEAD = ("us", "best", "%", "runs", "threads", "GFLOP/s", "GB/s", "of roof")
_WIDTHS = (9, 9, 4, 7, 8, 8, 7, 13)
_GAP = "   "


def text_of(profile: Profile) -> str:
    """The table, slowest kernels first; lines are at most 100 columns wide."""
    return "\n".join(_lines(profile)) + "\n"


def _lines(profile: Profile) -> Iterator[str]:
    yield f"{profile.name}: {title_of(profile)}"
    yield ""
    yield from _row(HEAD, "kernel")
    for kernel in slowest_first(profile):
        about = kernel.about
        told = f"{about.kernel} of {about.origin}: {', '.join(about.ops)}"
        yield from _row(cells_of(kernel), told)
        for part in kernel.parts:
            ops = ", ".join(part.about.ops)
            yield from _row(cells_of(part), f"  {part.about.kernel}: {ops}")
    yield ""
    for remark in remarks_of(profile):
        label, _, text = remark.partition(": ")
        head = f"{label:<9}"
        yield from textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * 9)


def title_of(profile: Profile) -> str:
    """``B = 1,024, 2 threads, medians of 30 rounds``."""
    sizes = [f"{name} = {value:,}" for name, value in profile.sizes.items()]
    threads = f"{profile.threads} thread" + "s" * (profile.threads != 1)
    rounds = f"medians of {profile.rounds} round" + "s" * (profile.rounds != 1)
    return ", ".join([*sizes, threads, rounds])


def slowest_first(profile: Profile) -> list[KernelTime]:
    return sorted(profile.kernels, key=lambda kernel: -kernel.median_us)


def cells_of(kernel: KernelTime) -> tuple[str, ...]:
    """What stands under ``HEAD``."""
    return (
        number(kernel.median_us),
        number(kernel.best_us),
        f"{100 * kernel.share:.0f}",
        f"{kernel.runs:,}",
        str(kernel.threads),
        "" if kernel.gflops is None else number(kernel.gflops),
        number(kernel.gbs),
        "" if kernel.of_roof is None else f"{100 * kernel.of_roof:.0f}% {kernel.bound}",
    )


def remarks_of(profile: Profile) -> Iterator[str]:
    yield f"kernels: {number(profile.kernels_us)} us of a profiled call"
    yield (
        f"call: {number(profile.call_us)} us without profiling, on arrays as kernels take them; "
        "checks of the batch and new outputs are part of it"
    )
    yield f"clock: {profile.clock_ns:.0f} ns, by which each run of a kernel seems longer"
    for roof in profile.rooflines.values():
        yield f"roof: {roof}"


def number(value: float) -> str:
    """Three digits that count: ``0.52``, ``61.3``, ``1,204``."""
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"


def _row(cells: Sequence[str], told: str) -> Iterator[str]:
    """A row; what is told of a kernel takes as many lines as it needs beside the numbers."""
    numbers = "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    indent = " " * len(numbers) + _GAP
    yield from textwrap.wrap(
        told, _WIDTH, initial_indent=numbers + _GAP, subsequent_indent=indent + "  "
    )
