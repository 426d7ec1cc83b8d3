"""An explanation as a page to look at, with the picture of the graph."""

from __future__ import annotations

from collections.abc import Iterator

from kgraph.runtime.explain_text import (
    FAST_MATH,
    count,
    densified_text,
    kinds_text,
    passes_text,
    region_text,
    traffic_text,
    work_text,
)
from kgraph.runtime.explanation import Explanation, Kernel, Phase, Region
from kgraph.runtime.html_page import Html, element, joined, page, table

_HEAD = ("kernel", "from", "ops", "result", "work", "far", "near", "weights")
_STYLES = ("k", "", "k", "k", "n", "n", "n", "n")
_AFTER = "known after a first call"


def page_of(told: Explanation, svg: str) -> str:
    """The page; ``svg`` is the picture of the graph, which stands in it as it is."""
    return page(f"{told.name}: what became of it", _body(told, svg))


def _body(told: Explanation, svg: str) -> Iterator[Html]:
    kernels = sum(phase.kernels for phase in told.phases)
    regions = sum(len(phase.regions) for phase in told.phases)
    yield element("h1", told.name)
    yield element(
        "p",
        f"{count(kernels, 'kernel')} in {count(regions, 'region')}, "
        f"on at most {count(told.threads, 'thread')}. Passes: {passes_text(told.passes)}.",
    )
    facts = list(_facts(told))
    if facts:
        yield element("ul", joined(element("li", fact) for fact in facts))
    yield element("div", Html(svg), "picture")
    for phase in told.phases:
        yield from _phase(phase, many=len(told.phases) > 1)
    yield element(
        "p",
        "far: bytes that come from outside a region or leave it; near: bytes that are still in "
        "cache; weights: bytes that are read whole.",
        "note",
    )


def _facts(told: Explanation) -> Iterator[str]:
    if set(told.kinds) - {"dense"}:
        yield f"arrays: {kinds_text(told.kinds)}"
    for one in told.densified:
        yield f"densified: {densified_text(one)}"
    if told.fast_math:
        yield f"fast_math: {FAST_MATH}"


def _phase(phase: Phase, *, many: bool) -> Iterator[Html]:
    if many:
        yield element("h2", f"phase {phase.number}")
    reads = (element("code", f"{one.name}: {one.type}") for one in phase.reads)
    gives = (element("code", type) for type in phase.gives)
    yield element("p", joined(["reads ", joined(reads, ", "), "; gives ", joined(gives, ", ")], ""))
    for region in phase.regions:
        yield from _region(region)
    yield element("h2", "in all")
    yield table(("", ""), _totals(phase), ("", "n"))
    for maker in phase.makers:
        told = f"then {maker.op} -> {maker.result}, computed by NumPy: it makes a size"
        yield element("p", told)


def _region(region: Region) -> Iterator[Html]:
    yield element("h2", f"region {region.number}: {region_text(region)}")
    yield table(_HEAD, (row for one in region.kernels for row in _rows(one)), _STYLES)
    yield element("p", f"{work_text(region)}; {traffic_text(region)}")
    if region.boundaries:
        apart = (
            element(
                "li",
                f"apart from region {one.home}, the maker of %{one.value} ({one.origin}): "
                f"{one.reason}",
            )
            for one in region.boundaries
        )
        yield element("ul", joined(apart))


def _rows(kernel: Kernel) -> Iterator[tuple[object, ...]]:
    """A row for a kernel, and one for each of its parts."""
    yield _row(kernel, kernel.kernel, kernel.origin)
    for part in kernel.parts:
        yield _row(part, f"\N{MIDDLE DOT} {part.kernel}", "")


def _row(kernel: Kernel, name: str, origin: str) -> tuple[object, ...]:
    result = [kernel.result, *(f"densified: {one.text('bytes')}" for one in kernel.densified)]
    work = "NumPy's" if kernel.host else kernel.work.text("FLOP")
    amounts = (kernel.far, kernel.near, kernel.weights)
    moved = (one.text("bytes") if one.size != 0 else "" for one in amounts)
    return (name, origin, ", ".join(kernel.ops), ", ".join(result), work, *moved)


def _totals(phase: Phase) -> Iterator[tuple[str, str]]:
    totals = phase.totals
    for name, value in totals.sizes.items():
        yield f"for {name}", f"{value:,}"
    yield "work", f"{totals.work:,} FLOP"
    yield "traffic", f"{totals.traffic:,} bytes, {totals.flop_per_byte:.1f} FLOP per byte"
    yield "weights", f"{totals.weights:,} bytes as packed"
    yield "arena", _AFTER if totals.arena is None else f"{totals.arena:,} bytes"
    yield "scratch", _AFTER if totals.scratch is None else f"{totals.scratch:,} bytes a thread"
