"""What names mean in configs: custom objects, and layers as configs and back."""

from kgraph.layers.custom_objects import (
    custom_object_scope,
    get_custom_objects,
    get_registered_object,
    register_keras_serializable,
)
from kgraph.layers.custom_objects import registered_name as get_registered_name
from kgraph.layers.serialization import deserialize as deserialize_keras_object
from kgraph.layers.serialization import serialize as serialize_keras_object

CustomObjectScope = custom_object_scope

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
    "serialize_keras_object",
]
