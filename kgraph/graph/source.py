"""The line of the user's program that is being run: errors and profiles show it."""

from __future__ import annotations

import sys
from os.path import dirname

_PACKAGE = dirname(dirname(__file__))  # pathlib would double the import time of this package


def user_line() -> str:
    """``file.py:41`` of the innermost frame outside kgraph; '' if there is none."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(_PACKAGE):
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""
