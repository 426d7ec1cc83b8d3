"""Whose code is running while a graph is replayed: the path of layers, the source line, the op that
was called there, and whether layers behave as in training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_path: ContextVar[tuple[str, ...]] = ContextVar("layer_path", default=())
_line: ContextVar[str] = ContextVar("source_line", default="")
_op: ContextVar[str] = ContextVar("op", default="")
_training: ContextVar[bool] = ContextVar("training", default=False)


@contextmanager
def scope(name: str, line: str = "", op: str = "") -> Iterator[None]:
    """Within this context values are made by layer ``name``, at ``line``, in a call of ``op``."""
    path_token = _path.set((*_path.get(), name) if name else _path.get())
    line_token = _line.set(line) if line and not _line.get() else None
    op_token = _op.set(op) if op and not _op.get() else None
    try:
        yield
    finally:
        _path.reset(path_token)
        if line_token is not None:
            _line.reset(line_token)
        if op_token is not None:
            _op.reset(op_token)


def position() -> tuple[tuple[str, ...], str]:
    """Where the program is now: the layers it is in, and the user's line."""
    return _path.get(), _line.get()


@contextmanager
def at_position(where: tuple[tuple[str, ...], str]) -> Iterator[None]:
    """Within this context values are made where ``position`` was asked."""
    path_token, line_token = _path.set(where[0]), _line.set(where[1])
    try:
        yield
    finally:
        _path.reset(path_token)
        _line.reset(line_token)


@contextmanager
def place(path: str, line: str) -> Iterator[None]:
    """Within this context values are made at this path and line, whatever runs around it."""
    path_token, line_token = _path.set((path,) if path else ()), _line.set(line)
    try:
        yield
    finally:
        _path.reset(path_token)
        _line.reset(line_token)


@contextmanager
def training_phase(training: bool) -> Iterator[None]:
    token = _training.set(training)
    try:
        yield
    finally:
        _training.reset(token)


# Bound methods: these two are asked at every call of a model.
is_training: Callable[[], bool] = _training.get
current_line: Callable[[], str] = _line.get
current_op: Callable[[], str] = _op.get


def current_path() -> str:
    """``model/dense_1``; '' outside any layer."""
    return "/".join(_path.get())
