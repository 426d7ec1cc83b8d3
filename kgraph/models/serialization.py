"""Classes by name: how a saved config finds what it names, without running any code of its own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from kgraph import layers
from kgraph.layers.custom_objects import custom_object_scope, find_custom_object
from kgraph.layers.layer import Layer
from kgraph.types.errors import KGraphValueError, message

_BUILT_IN = ("keras", "tf_keras", "kgraph", "tensorflow")


def loading(custom_objects: Mapping[str, Any] | None) -> AbstractContextManager[None]:
    """The context in which a config is read: ``custom_objects``, and what is registered."""
    return custom_object_scope(custom_objects or {})


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
