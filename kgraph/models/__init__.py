"""Models: graphs of layers that are called, looked at, saved as a config, and run over data."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING
from typing import Any as _Any

from kgraph.layers.custom_objects import (
    custom_object_scope,
    get_custom_objects,
    register_keras_serializable,
)
from kgraph.models.model import Model
from kgraph.models.sequential import Sequential

if TYPE_CHECKING:
    from kgraph.models.clone import clone_model, model_from_config, model_from_json

__all__ = [
    "Model",
    "Sequential",
    "clone_model",
    "custom_object_scope",
    "get_custom_objects",
    "model_from_config",
    "model_from_json",
    "register_keras_serializable",
]

# Configs, and the JSON they are written in, are loaded when they are first needed.
_LAZY = dict.fromkeys(
    ("clone_model", "model_from_config", "model_from_json"), "kgraph.models.clone"
)


def __getattr__(name: str) -> _Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'kgraph.models' has no attribute {name!r}")
    found = getattr(_import_module(_LAZY[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
