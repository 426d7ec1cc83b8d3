"""An explanation as a text to read.

softmax: 1 kernel in 1 region
  reads               x: f32[B, 64]
  gives               f32[B, 16]
  passes              lower 7 ops, canonicalize 6, combine 2

region 0: 1 kernel over B rows
  gemm_f32 + program  dense (train.py:12)
                      dense, softmax_rows -> f32[B, 16]
  work                2,144 FLOP per row
  traffic             320 bytes per row, and 4,160 bytes of weights
...
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from kgraph.runtime.explanation import DenseConstant, Explanation, PassEffect, Phase, Region

_WIDTH = 100
_LABEL = 10  # columns of the labels on the left, at least
FAST_MATH = "sums may be added in another order than written"
_AFTER = "known after a first call"


def text_of(told: Explanation) -> str:
    """The whole text; lines end with a newline and are at most 100 columns wide."""
    lines: list[str] = []
    for phase in told.phases:
        if len(told.phases) > 1:
            lines += [""] * bool(lines) + [f"phase {phase.number}"]
        lines += _PhaseText(told, phase).lines()
        lines += (
            f"then {one.op} -> {one.result}, computed by NumPy: its size is known only after it"
            for one in phase.makers
        )
    return "\n".join(lines) + "\n"


class _PhaseText:
    """The lines of a phase; labels are as wide as its longest."""

    def __init__(self, told: Explanation, phase: Phase) -> None:
        kernels = [kernel for region in phase.regions for kernel in region.kernels]
        self.told = told
        self.phase = phase
        self.width = max([_LABEL, *(len(one.kernel) + 2 for one in kernels)])

    def lines(self) -> Iterator[str]:
        yield from self.head()
        for region in self.phase.regions:
            yield ""
            yield from self.region(region)
        yield ""
        yield from self.totals()

    def entry(self, label: str, text: str) -> list[str]:
        """``  label     text``, the text wrapped beside its label."""
        return textwrap.wrap(
            text,
            _WIDTH,
            initial_indent=f"  {label:<{self.width}}",
            subsequent_indent=" " * (self.width + 2),
            break_on_hyphens=False,
        )

    def head(self) -> Iterator[str]:
        phase = self.phase
        yield f"{phase.name}: {count(phase.kernels, 'kernel')} in " + count(
            len(phase.regions), "region"
        )
        yield from self.entry("reads", ", ".join(f"{one.name}: {one.type}" for one in phase.reads))
        yield from self.entry("gives", ", ".join(phase.gives))
        yield from self.entry("passes", passes_text(self.told.passes))
        if phase is self.told.phases[0]:
            yield from self.kinds()
        if self.told.fast_math:
            yield from self.entry("fast_math", FAST_MATH)

    def kinds(self) -> Iterator[str]:
        """How many values are dense, ragged and sparse, and which constants became dense."""
        if set(self.told.kinds) - {"dense"}:
            yield from self.entry("kinds", kinds_text(self.told.kinds))
        for one in self.told.densified:
            yield from self.entry("densified", densified_text(one))

    def region(self, region: Region) -> Iterator[str]:
        yield f"region {region.number}: {region_text(region)}"
        for kernel in region.kernels:
            yield from self.entry(kernel.kernel, kernel.origin)
            note = ", computed by NumPy" if kernel.host else ""
            yield from self.entry("", f"{', '.join(kernel.ops)} -> {kernel.result}{note}")
            for amount in kernel.densified:
                yield from self.entry("", f"densified: {amount.text('bytes')}")
        yield from self.entry("work", work_text(region))
        yield from self.entry("traffic", traffic_text(region))
        for one in region.boundaries:
            what = f"%{one.value} ({one.origin})"
            yield from self.entry(
                "apart", f"from region {one.home}, the maker of {what}: {one.reason}"
            )

    def totals(self) -> Iterator[str]:
        totals = self.phase.totals
        sizes = ", ".join(f"{name} = {value:,}" for name, value in totals.sizes.items())
        yield f"in all, for {sizes}" if sizes else "in all"
        yield from self.entry("work", f"{totals.work:,} FLOP")
        per_byte = f"{totals.flop_per_byte:.1f} FLOP per byte"
        yield from self.entry("traffic", f"{totals.traffic:,} bytes: {per_byte}")
        yield from self.entry("weights", f"{totals.weights:,} bytes as packed")
        arena = _AFTER if totals.arena is None else f"{totals.arena:,} bytes"
        scratch = _AFTER if totals.scratch is None else f"{totals.scratch:,} bytes a thread"
        yield from self.entry("arena", arena)
        yield from self.entry("scratch", scratch)


def passes_text(passes: Sequence[PassEffect]) -> str:
    """The passes that changed how many ops there are, and how many they left."""
    first = passes[0]
    text = f"{first.name} {count(first.ops, 'op')}"
    for before, after in pairwise(passes):
        if before.ops != after.ops:
            text += f", {after.name} {after.ops}"
    return text


def kinds_text(kinds: Mapping[str, int]) -> str:
    """``6 dense, 3 ragged``."""
    return ", ".join(f"{number} {kind}" for kind, number in kinds.items())


def densified_text(one: DenseConstant) -> str:
    """What became of a constant sparse matrix."""
    stored = f"{one.stored:,} of {one.entries:,} entries"
    return f"constant of {one.origin}, {stored}: {one.bytes:,} bytes"


def region_text(region: Region) -> str:
    """``3 kernels over B rows and their T items, panel by panel``."""
    kernels = count(len(region.kernels), "kernel")
    if region.rows is None:
        return f"{kernels}, run as a whole"
    panels = ", panel by panel" if len(region.kernels) > 1 else ""
    items = f" and their {region.items} items" if region.items else ""
    return f"{kernels} over {region.rows} rows{items}{panels}"


def work_text(region: Region) -> str:
    return "NumPy's, not counted" if region.host else region.work.text("FLOP")


def traffic_text(region: Region) -> str:
    text = region.traffic.text("bytes")
    if region.weights.size == 0:
        return text
    return f"{text}, and {region.weights.text('bytes')} of weights"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
