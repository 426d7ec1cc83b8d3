"""A summary on a terminal: drawn by rich, as wide as the terminal, whatever its width."""

from __future__ import annotations

import contextlib
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import kgraph

pytest.importorskip("rich")
fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))

PROGRAM = """
import kgraph as kg
from kgraph.layers import Concatenate, Dense, GlobalAveragePooling1D
rows = kg.Input((None, 8), ragged=True, name="rows")
terms = kg.Input((1000,), sparse=True, name="terms")
x = kg.Input((8,), name="x")
inner = kg.Model(x, Dense(4, name="small")(x), name="inner")
y = Concatenate(name="both")([inner(GlobalAveragePooling1D(name="mean")(rows)), Dense(8)(terms)])
kg.Model([rows, terms], y, name="outer").summary(expand_nested=True)
"""


def shown(columns: int) -> list[str]:
    """The lines that a terminal of so many columns gets, without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    path = os.pathsep.join([str(Path(kgraph.__file__).parent.parent), kept.get("PYTHONPATH", "")])
    env = {**kept, "TERM": "xterm", "PYTHONPATH": path}
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, env=env) as process:
        os.close(theirs)
        written = b""
        with contextlib.suppress(OSError):  # how a terminal says that nobody writes any more
            while part := os.read(ours, 1 << 16):
                written += part
        os.close(ours)
        assert process.stderr is not None
        assert (process.wait(), process.stderr.read()) == (0, b"")
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", written.decode()).replace("\r", "").split("\n")


@pytest.mark.parametrize("columns", [200, 120, 80, 60, 40, 20])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    lines = shown(columns)
    assert max(map(len, lines)) <= columns
    assert lines[0].strip() == 'Model: "outer"'
    assert "8,044" in " ".join(lines)


def test_a_wide_terminal_shows_kinds_shapes_and_nested_layers_whole() -> None:
    text = "\n".join(shown(200))
    for row in (
        r"rows \(InputLayer\) +│ ragged │ \(None, None, 8\)",
        r"terms \(InputLayer\) +│ sparse │ \(None, 1000\)",
        r"inner \(Model\) +│ dense +│ \(None, 4\) +│ +36 │ mean",
        r"  small \(Dense\) +│ dense +│ \(None, 4\) +│ +36 │ x",
        r"both \(Concatenate\) +│ dense +│ \(None, 12\) +│ +0 │ inner, dense",
    ):
        assert re.search(row, text), row
    assert "…" not in text


def test_a_terminal_of_80_columns_shows_every_name() -> None:
    text = "\n".join(shown(80))
    for name in ("rows", "terms", "inner", "small", "both", "ragged", "sparse"):
        assert name in text
