"""A profile as a page to look at."""

from __future__ import annotations

from collections.abc import Iterator

from kgraph.runtime.html_page import STYLE, Html, element, joined, page, table
from kgraph.runtime.profile import KernelTime, Profile
from kgraph.runtime.profile_text import HEAD, cells_of, remarks_of, slowest_first, title_of

_HEAD = ("kernel", "from", "ops", *HEAD, "")
_STYLES = ("k", "", "k", *"nnnnnnnn", "")
_BAR = 120  # pixels of a kernel that takes all the time


def page_of(profile: Profile) -> str:
    """The page: a row for each kernel, slowest first."""
    return page(f"{profile.name}: where the time goes", _body(profile))


def fragment_of(profile: Profile) -> str:
    """What stands on the page, for a notebook."""
    return joined([element("style", Html(STYLE)), *_body(profile)])


def _body(profile: Profile) -> Iterator[Html]:
    yield element("h1", profile.name)
    yield element("p", title_of(profile))
    rows = (row for kernel in slowest_first(profile) for row in _rows(kernel))
    yield table(_HEAD, rows, _STYLES)
    yield element("ul", joined(element("li", remark) for remark in remarks_of(profile)), "note")


def _rows(kernel: KernelTime) -> Iterator[tuple[object, ...]]:
    """A row for a kernel, and one for each of its parts."""
    yield _row(kernel, kernel.about.kernel, kernel.about.origin)
    for part in kernel.parts:
        yield _row(part, f"\N{MIDDLE DOT} {part.about.kernel}", "")


def _row(kernel: KernelTime, name: str, origin: str) -> tuple[object, ...]:
    width = round(_BAR * kernel.share)
    bar = Html(
        f'<svg width="{_BAR}" height="10"><rect width="{width}" height="10" fill="#93c5fd"/></svg>'
    )
    return (name, origin, ", ".join(kernel.about.ops), *cells_of(kernel), bar)
