"""Models: graphs of layers that are called, looked at, saved as a config, and run over data."""

from kgraph.layers.custom_objects import custom_object_scope
from kgraph.models.clone import clone_model, model_from_config, model_from_json
from kgraph.models.model import Model
from kgraph.models.sequential import Sequential
from kgraph.models.serialization import (
    get_custom_objects,
    register_keras_serializable,
)

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
