"""Classes by name: how a saved config finds what it names, without running any code of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from kgraph import layers
from kgraph.layers.custom_objects import custom_object_scope, find_custom_object
from kgraph.layers.layer import Layer
from kgraph.types.errors import KGraphValueError, message

Registered = TypeVar("Registered", bound=Callable[..., Any])

_REGISTRY: dict[str, Any] = {}  # "package>name" -> class or function
_NAMES: dict[Any, str] = {}
_BUILT_IN = ("keras", "tf_keras", "kgraph", "tensorflow")


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Registered], Registered]:
    """Enter the decorated class or function in the registry that loading looks names up in.

    Errors    ValueError if a class has no ``get_config``, or the name is taken by another object
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
        key = f"{package}>{name or made.__name__}"
        if isinstance(made, type) and not hasattr(made, "get_config"):
            raise KGraphValueError(
                "Cannot register a class that does not have a get_config() method."
            )
        if _REGISTRY.get(key, made) is not made:
            known = _REGISTRY[key]
            if (known.__module__, known.__qualname__) != (made.__module__, made.__qualname__):
                raise KGraphValueError(
                    f"{key} has already been registered to {known}; choose another name"
                )
        _REGISTRY[key] = made
        _NAMES[made] = key
        return made

    return register


def get_custom_objects() -> Mapping[str, Any]:
    """The registered classes and functions, by ``package>name``."""
    return dict(_REGISTRY)


def registered_name(made: Any) -> str:
    """The name under which an object is saved."""
    return _NAMES.get(made) or str(made.__name__)


def loading(custom_objects: Mapping[str, Any] | None) -> AbstractContextManager[None]:
    """The context in which a config is read: what is registered, and ``custom_objects`` first."""
    names = {key.split(">")[1]: made for key, made in _REGISTRY.items()}
    return custom_object_scope({**names, **_REGISTRY, **(custom_objects or {})})


def find_class(entry: Mapping[str, Any]) -> Any:
    """The layer or model class that a config entry names.

    Errors    ValueError if it is unknown: nothing is imported because a file says so
    """
    class_name, registered = str(entry["class_name"]), entry.get("registered_name")
    for key in (registered, class_name):
        custom = find_custom_object(key) if key else None
        if custom is not None:
            return custom
    package = str(entry.get("module") or "keras").split(".")[0]
    found = _built_in(class_name) if package in _BUILT_IN else None
    if found is None:
        raise KGraphValueError(
            message(
                f"the config names a class {class_name!r} that is not known",
                received=f"module {entry.get('module')!r}, registered as {registered!r}",
                hint=f"custom_objects={{{class_name!r}: TheClass}}, or decorate the class with "
                "register_keras_serializable()",
            )
        )
    return found


def _built_in(class_name: str) -> Any:
    from kgraph.models.model import Model  # models serialise models
    from kgraph.models.sequential import Sequential

    models = {"Functional": Model, "Model": Model, "Sequential": Sequential}
    found = models.get(class_name) or getattr(layers, class_name, None)
    is_layer = isinstance(found, type) and issubclass(found, Layer)
    return found if is_layer else None
