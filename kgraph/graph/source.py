"""The line of the user's program that is being run: errors, warnings and profiles show it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from os.path import dirname
from types import FrameType, TracebackType

_PACKAGE = dirname(dirname(__file__))  # pathlib would double the import time of this package
_LIBRARIES = ("site-packages", "dist-packages")
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


def _user_frame() -> FrameType | None:
    """The innermost frame outside kgraph."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame


def user_line() -> str:
    """``file.py:41`` of the innermost frame outside kgraph; '' if there is none."""
    frame = _user_frame()
    return "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


def raised_line(error: BaseException) -> str:
    """The user's line below here at which ``error`` was raised; '' if kgraph alone was running.

    Where the user's code called a library, the line of that call.
    """
    found = library = ""
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not name.startswith(_PACKAGE):
            line = f"{name}:{trace.tb_lineno}"
            if any(folder in name for folder in _LIBRARIES):
                library = line
            else:
                found = line
        trace = trace.tb_next
    return found or library


@contextmanager
def quiet() -> Iterator[None]:
    """Within this context the graph is drawn by kgraph itself: the user is not warned of it."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def warn_user(text: str, category: type[Warning]) -> None:
    """Warn at the user's line, whatever lies between it and here."""
    if _quiet.get():
        return
    import warnings

    frame = _user_frame()
    if frame is None:
        warnings.warn(text, category, stacklevel=2)
        return
    warnings.warn_explicit(
        text,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )
