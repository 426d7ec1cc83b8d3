"""Saying that a sparse value is made dense: the warning, and where it is not wanted."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from os.path import dirname
from typing import TypeAlias

from kgraph.types.array_type import SparseType
from kgraph.types.config import config
from kgraph.types.dims import Size, product
from kgraph.types.errors import KGraphValueError, message

_PACKAGE = dirname(dirname(__file__))
Said: TypeAlias = tuple[str, SparseType]
"""An op, and the type of the value that it makes dense."""

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)
_listener: ContextVar[list[Said] | None] = ContextVar("listener", default=None)


class DensifyWarning(UserWarning):
    """An op writes out the zeros of a sparse value, because its result is not sparse.

    Once for each node, when the graph is drawn; ``ops.to_dense(x)`` does the same on purpose, and
    silently.
    """


@contextmanager
def densifying_quietly() -> Iterator[None]:
    """Within, nothing is said: a graph is replayed, and it was said when it was drawn."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


@contextmanager
def overheard() -> Iterator[list[Said]]:
    """What is said within, quietly or not: who keeps a result must say it again."""
    heard: list[Said] = []
    token = _listener.set(heard)
    try:
        yield heard
    finally:
        _listener.reset(token)
        say_to_listener(heard)


def say_to_listener(said: Iterable[Said]) -> None:
    """Pass on what was said to who listens farther out."""
    listener = _listener.get()
    if listener is not None:
        listener.extend(said)


def say_densified(op_name: str, type: SparseType) -> None:
    """Warn that ``op_name`` makes a value of ``type`` dense, in terms of the user's line.

    Errors    KGraphValueError if it is known to take more than ``config.densify_limit`` bytes
    """
    _require_room(op_name, type)
    say_to_listener([(op_name, type)])
    if _quiet.get():
        return
    place, level = _user_frame()
    text = message(
        f"{op_name}: a sparse value becomes dense",
        where=place,
        received=str(type) + _bytes(type),
        hint="ops.to_dense(x), if that is meant: then nothing is said",
    )
    warnings.warn(text, DensifyWarning, stacklevel=level)


def _bytes(type: SparseType) -> str:
    width = type.width
    if isinstance(width, int):
        return f", which takes {width * type.dtype.itemsize:,} bytes for each row when dense"
    return ""


def _require_room(op_name: str, type: SparseType) -> None:
    size: Size = product(type.dims)
    needed = size * type.dtype.itemsize
    if isinstance(needed, int) and needed > config.densify_limit:
        raise KGraphValueError(
            message(
                f"{op_name}: this sparse value would take {needed:,} bytes as a dense one",
                received=str(type),
                expected=f"at most kgraph.config.densify_limit = {config.densify_limit:,} bytes",
                hint="an op that keeps zeros, fewer rows, or a higher limit",
            )
        )


def _user_frame() -> tuple[str, int]:
    """``file.py:41`` of the innermost frame outside kgraph, and how far out it is."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return f"{frame.f_code.co_filename}:{frame.f_lineno}", level
