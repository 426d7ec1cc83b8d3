"""What stands among the arguments of a call, as JSON-able values and back, exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kgraph.layers.custom_objects import find_custom_object
from kgraph.types.composite import is_composite
from kgraph.types.dtypes import as_dtype
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import is_sparse
from kgraph.types.specs import TypeSpec
from kgraph.types.value_config import (
    PLAIN,
    decode_array,
    decode_value,
    encode_array,
    encode_spec,
    encode_tensor,
    tagged,
)
from kgraph.types.variable import Variable


class Encoder:
    """Turns arguments into JSON-able values; ``refer`` says how a symbolic leaf is named."""

    def __init__(self, refer: Callable[[Any], Any]) -> None:
        self.refer = refer
        self.variables: dict[int, int] = {}

    def encode(self, value: Any) -> Any:
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if np.isfinite(value) else tagged("__float__", value=repr(value))
        if isinstance(value, list):
            return [self.encode(item) for item in value]
        if isinstance(value, tuple):
            return tagged("__tuple__", items=[self.encode(item) for item in value])
        if isinstance(value, dict):
            return {str(key): self.encode(item) for key, item in value.items()}
        if isinstance(value, slice):
            parts = [self.encode(part) for part in (value.start, value.stop, value.step)]
            return tagged("__slice__", items=parts)
        if value is Ellipsis:
            return tagged("__ellipsis__")
        if isinstance(value, np.dtype) or (isinstance(value, type) and _is_dtype(value)):
            return tagged("__dtype__", name=as_dtype(value).name)
        if isinstance(value, np.ndarray | np.generic):
            return encode_array(np.asarray(value))
        return self._encode_object(value)

    def _encode_object(self, value: Any) -> Any:
        if isinstance(value, TypeSpec):
            return encode_spec(value)
        if isinstance(value, Variable):
            return self._encode_variable(value)
        if isinstance(value, RaggedTensor) or is_sparse(value) or is_composite(value):
            return encode_tensor(value)
        return self.refer(value)

    def _encode_variable(self, variable: Variable) -> Any:
        """Once with its value, then by number: calls that share a variable go on sharing it."""
        number = self.variables.get(id(variable))
        if number is not None:
            return tagged("__variable__", number=number)
        number = self.variables[id(variable)] = len(self.variables)
        value = encode_array(variable.value)
        about = {"name": variable.name, "trainable": variable.trainable}
        return tagged("__variable__", number=number, value=value, **about)


class Decoder:
    """The inverse of :class:`Encoder`; ``resolve`` takes what ``refer`` gave."""

    def __init__(self, resolve: Callable[[Mapping[str, Any]], Any]) -> None:
        self.resolve = resolve
        self.variables: dict[int, Variable] = {}

    def decode(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "class_name" not in value:
            return {key: self.decode(item) for key, item in value.items()}
        tag = value["class_name"]
        config = value.get("config", value)
        if tag == "__tuple__":
            return tuple(self.decode(item) for item in value["items"])
        if tag == "__slice__":
            keys = ("start", "stop", "step")  # as Keras 3 writes it
            parts = value["items"] if "items" in value else [config[key] for key in keys]
            return slice(*(self.decode(part) for part in parts))
        if tag == "__variable__":
            return self._decode_variable(value)
        if tag == "__composite__":
            return decode_value(value, find_custom_object)
        plain = PLAIN.get(tag)
        return self.resolve(value) if plain is None else plain(config)

    def _decode_variable(self, value: Mapping[str, Any]) -> Variable:
        number = value["number"]
        if number not in self.variables:
            made = Variable(decode_array(value["value"]), value["name"], None, value["trainable"])
            self.variables[number] = made
        return self.variables[number]


def _is_dtype(value: type) -> bool:
    return issubclass(value, np.generic) or value in (bool, int, float)
