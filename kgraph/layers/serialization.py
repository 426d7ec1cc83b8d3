"""Layers as configs, and back: a config names its class, and nothing is imported for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from kgraph.graph.source import user_line
from kgraph.layers.custom_objects import (
    custom_object_scope,
    find_custom_object,
    get_custom_objects,
    registered_name,
)
from kgraph.layers.functions import unsafe_code
from kgraph.layers.layer import Layer
from kgraph.types.errors import KGraphTypeError, KGraphValueError, did_you_mean, message

_BUILT_IN = ("keras", "tf_keras", "kgraph", "tensorflow")
_OTHER_NAMES = {"Functional": "Model"}


def serialize(layer: Layer) -> dict[str, Any]:
    """A layer or model as a config entry: its class, and what that needs to make it anew.

    Source    keras.layers.serialize

    >>> import kgraph as kg
    >>> kg.layers.serialize(kg.layers.Flatten(name="flat"))["class_name"]
    'Flatten'
    """
    if not isinstance(layer, Layer):
        raise KGraphTypeError(
            message(
                "serialize takes a layer or a model",
                where=user_line(),
                received=f"{layer!r} of type {type(layer).__name__}",
            )
        )
    made = type(layer)
    entry = {"module": made.__module__, "class_name": made.__name__, "config": layer.get_config()}
    if made.__module__.split(".")[0] == "kgraph":
        package = "kgraph.layers" if made.__module__.startswith("kgraph.layers") else "kgraph"
        return {**entry, "module": package, "registered_name": None}
    return {**entry, "registered_name": registered_name(made)}


def deserialize(
    config: Mapping[str, Any],
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
) -> Any:
    """The layer or model of a config entry, with new weights.

    ``safe_mode=False`` lets the config bring code along, that of Python ``lambda`` functions.

    Errors    ValueError for a class that is not known, and for code
    Source    keras.layers.deserialize

    >>> import kgraph as kg
    >>> kg.layers.deserialize(kg.layers.serialize(kg.layers.Flatten(name="flat"))).name
    'flat'
    """
    if not isinstance(config, Mapping) or not {"class_name", "config"} <= set(config):
        raise KGraphValueError(
            message(
                "deserialize: this is not the config of a layer",
                where=user_line(),
                received=f"{config!r}"[:200],
                expected="a dict with class_name and config",
            )
        )
    if not safe_mode:
        with unsafe_code():
            return deserialize(config, custom_objects)
    with custom_object_scope(custom_objects or {}):
        return find_class(config).from_config(dict(config["config"]))


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
    known = {cls.__name__: cls for cls in _subclasses(Layer) if _is_ours(cls)}
    name = _OTHER_NAMES.get(class_name, class_name)
    found = known.get(name) or getattr(sys.modules["kgraph.layers"], name, None)
    if package not in _BUILT_IN or not (isinstance(found, type) and issubclass(found, Layer)):
        names = [*known, *(key.split(">")[1] for key in get_custom_objects())]
        near = did_you_mean(class_name, names)
        raise KGraphValueError(
            message(
                f"the config names a class {class_name!r} that is not known",
                received=f"module {entry.get('module')!r}, registered as {registered!r}",
                hint=f"custom_objects={{{class_name!r}: TheClass}}, or decorate the class with "
                "register_keras_serializable()" + (f"; {near}" if near else ""),
            )
        )
    return found


def _subclasses(cls: type) -> Iterator[type]:
    inner: type
    for inner in type.__subclasses__(cls):
        yield inner
        yield from _subclasses(inner)


def _is_ours(cls: type) -> bool:
    return cls.__module__.split(".")[0] == "kgraph"
