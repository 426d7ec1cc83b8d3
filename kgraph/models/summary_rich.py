"""``Model.summary`` on a terminal, drawn by ``rich`` if that is installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

Row = Sequence[str]


def is_wanted() -> bool:
    """Whether standard output is a terminal, and ``rich`` is there to draw on it."""
    return sys.stdout.isatty() and find_spec("rich") is not None


def draw(title: str, head: Row, rows: Sequence[Row], totals: Sequence[str]) -> None:
    """The table and the totals in colour, as wide as the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", header_style="bold")
    for name in head:
        table.add_column(escape(name), justify="right" if name == "Param #" else "left")
    for row in rows:
        name, _, kind = row[0].rpartition(" (")
        layer = f"[cyan]{escape(name)}[/] [dim]({escape(kind)}[/]"
        table.add_row(layer, *map(escape, row[1:]))
    console = Console()
    console.print(table)
    for line in totals:
        label, _, number = line.partition(": ")
        console.print(f"[bold]{escape(label)}:[/] {escape(number)}")
