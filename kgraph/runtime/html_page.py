"""Pages of HTML that need nothing from outside: what explanations and profiles share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """\
body{font:15px/1.5 system-ui,sans-serif;color:#18181b;background:#fff;margin:2rem auto;\
max-width:72rem;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;\
border-bottom:1px solid #e4e4e7}
th{font-weight:600;color:#52525b}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code,td.k{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,monospace;font-size:.9em}
.picture{overflow:auto;border:1px solid #e4e4e7;margin:1rem 0}
.note{color:#52525b}"""


class Html(str):
    """Text that is markup already; every other text is escaped where it enters a page."""

    __slots__ = ()


def element(tag: str, content: object, style: str = "") -> Html:
    """``<tag class="style">content</tag>``; ``content`` is escaped unless it is Html.

    >>> element("b", "a < b")
    '<b>a &lt; b</b>'
    """
    named = f' class="{escape(style)}"' if style else ""
    return Html(f"<{tag}{named}>{text(content)}</{tag}>")


def text(content: object) -> Html:
    """Anything as markup: escaped, unless it is Html."""
    return content if isinstance(content, Html) else Html(escape(str(content)))


def joined(parts: Iterable[object], between: str = "\n") -> Html:
    return Html(text(between).join(map(text, parts)))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], styles: Sequence[str]) -> Html:
    """A table; ``styles`` has the class of each column: "n" for numbers, "k" for names of code."""

    def row(tag: str, cells: Sequence[object]) -> Html:
        pairs = zip(cells, styles, strict=True)
        return element("tr", joined((element(tag, cell, style) for cell, style in pairs), ""))

    body = joined(row("td", cells) for cells in rows)
    return element("table", joined([row("th", head), body]))


def page(title: str, body: Iterable[object]) -> str:
    """A whole page."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"{element('title', title)}\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n"
        f"{joined(body)}\n</body>\n</html>\n"
    )
