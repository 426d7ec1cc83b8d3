"""Names that a program adds to those a config may use: custom layers, activations, initializers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_NONE: Mapping[str, Any] = MappingProxyType({})
_known: ContextVar[Mapping[str, Any]] = ContextVar("custom_objects", default=_NONE)


@contextmanager
def custom_object_scope(custom_objects: Mapping[str, Any]) -> Iterator[None]:
    """Within this context a config may name the objects of ``custom_objects``.

    Source    keras.saving.custom_object_scope

    >>> import kgraph as kg
    >>> def twice(x):
    ...     return x * 2
    >>> with kg.layers.custom_object_scope({"twice": twice}):
    ...     layer = kg.layers.Dense(3, activation="twice")
    >>> layer.activation is twice
    True
    """
    token = _known.set({**_known.get(), **custom_objects})
    try:
        yield
    finally:
        _known.reset(token)


def find_custom_object(name: str) -> Any:
    """What the contexts around us call ``name``; None if none does."""
    return _known.get().get(name)
