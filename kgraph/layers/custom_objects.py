"""Names that a program adds to those a config may use: custom layers, activations, initializers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TypeVar

from kgraph.graph.source import user_line
from kgraph.types.errors import KGraphValueError, message

Registered = TypeVar("Registered", bound=Callable[..., Any])

_REGISTRY: dict[str, Any] = {}  # "package>name" -> class or function
_SHORT: dict[str, Any] = {}  # the same by name alone; the last one registered
_NAMES: dict[Any, str] = {}
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
    """What the contexts around us call ``name``, or what is registered so; None if nothing is."""
    found = _known.get().get(name)
    return found if found is not None else _REGISTRY.get(name, _SHORT.get(name))


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Registered], Registered]:
    """Enter the decorated class or function in the registry that loading looks names up in.

    Errors    ValueError if a class has no ``get_config``, for a lambda without a ``name``, and if
              the name is taken by another object
    Source    keras.saving.register_keras_serializable

    >>> import kgraph as kg
    >>> @register_keras_serializable("my_package")
    ... class Doubled(kg.layers.Layer):
    ...     def call(self, inputs):
    ...         return inputs * 2.0
    >>> get_custom_objects()["my_package>Doubled"] is Doubled
    True
    """

    def register(made: Registered) -> Registered:
        own = name or made.__name__
        if own == "<lambda>":
            raise KGraphValueError(
                message(
                    "a lambda has no name to register it under",
                    where=user_line(),
                    hint="register_keras_serializable(name=...), or a function with a name",
                )
            )
        if isinstance(made, type) and not hasattr(made, "get_config"):
            raise KGraphValueError(
                "Cannot register a class that does not have a get_config() method."
            )
        key = f"{package}>{own}"
        if _REGISTRY.get(key, made) is not made:
            known = _REGISTRY[key]
            if (known.__module__, known.__qualname__) != (made.__module__, made.__qualname__):
                raise KGraphValueError(
                    f"{key} has already been registered to {known}; choose another name"
                )
        _REGISTRY[key] = _SHORT[own] = made
        _NAMES[made] = key
        return made

    return register


def get_custom_objects() -> dict[str, Any]:
    """The registered classes and functions, by ``package>name``."""
    return dict(_REGISTRY)


def registered_name(made: Any) -> str:
    """The name under which a class or function is saved.

    Source    keras.saving.get_registered_name
    """
    key = made if callable(made) and hasattr(made, "__name__") else type(made)
    return _NAMES.get(key) or str(key.__name__)


def get_registered_object(name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The class or function of a name; None if nothing is called so.

    Source    keras.saving.get_registered_object
    """
    found = (custom_objects or {}).get(name)
    return found if found is not None else find_custom_object(name)
