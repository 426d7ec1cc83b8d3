"""How much room text takes: all of it is drawn in one monospaced font."""

from __future__ import annotations

import unicodedata

FONT = "'DejaVu Sans Mono', Menlo, Consolas, monospace"
FONT_SIZE = 12.0
LINE_HEIGHT = 16.0
_CHARACTER = 0.61 * FONT_SIZE  # a little more than the widest of these fonts
_LONGEST = 56  # characters of a line


def columns(text: str) -> int:
    """How many columns a text takes; East Asian characters take two."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide


def width_of(text: str) -> float:
    return columns(text) * _CHARACTER


def clipped(text: str, longest: int = _LONGEST) -> str:
    """The text on one line, its middle left out where it is too long.

    >>> clipped("abcdefghijkl", 7)
    'abc…jkl'
    """
    line = " ".join(text.split())
    if columns(line) <= longest:
        return line
    half = (longest - 1) // 2
    while columns(line[:half]) + columns(line[-half:]) >= longest:
        half -= 1
    return f"{line[:half]}…{line[-half:]}"
