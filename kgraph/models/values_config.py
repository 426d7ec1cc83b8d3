"""What stands among the arguments of a call, as JSON-able values and back, exactly."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kgraph.types import specs
from kgraph.types.dtypes import as_dtype
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import from_csr, is_sparse, to_csr
from kgraph.types.variable import Variable

_READABLE = 64  # numbers in an array that is still written as a list


class Encoder:
    """Turns arguments into JSON-able values; ``refer`` says how a symbolic leaf is named."""

    def __init__(self, refer: Callable[[Any], Any]) -> None:
        self.refer = refer
        self.variables: dict[int, int] = {}

    def encode(self, value: Any) -> Any:
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if np.isfinite(value) else _tagged("__float__", value=repr(value))
        if isinstance(value, list):
            return [self.encode(item) for item in value]
        if isinstance(value, tuple):
            return _tagged("__tuple__", items=[self.encode(item) for item in value])
        if isinstance(value, dict):
            return {str(key): self.encode(item) for key, item in value.items()}
        if isinstance(value, slice):
            parts = [self.encode(part) for part in (value.start, value.stop, value.step)]
            return _tagged("__slice__", items=parts)
        if value is Ellipsis:
            return _tagged("__ellipsis__")
        if isinstance(value, np.dtype) or (isinstance(value, type) and _is_dtype(value)):
            return _tagged("__dtype__", name=as_dtype(value).name)
        if isinstance(value, np.ndarray | np.generic):
            return encode_array(np.asarray(value))
        return self._encode_object(value)

    def _encode_object(self, value: Any) -> Any:
        if isinstance(value, specs.TypeSpec):
            return {"class_name": type(value).__name__, "config": value.get_config()}
        if isinstance(value, Variable):
            return self._encode_variable(value)
        if isinstance(value, RaggedTensor):
            splits = [encode_array(np.asarray(part)) for part in value.nested_row_splits]
            flat = encode_array(np.asarray(value.flat_values))
            return _tagged("__ragged__", flat_values=flat, row_splits=splits)
        if is_sparse(value):
            csr = to_csr(value)
            parts = {key: encode_array(getattr(csr, key)) for key in ("data", "indices", "indptr")}
            return _tagged("__sparse__", **parts, shape=list(csr.dims))
        return self.refer(value)

    def _encode_variable(self, variable: Variable) -> Any:
        """Once with its value, then by number: calls that share a variable go on sharing it."""
        number = self.variables.get(id(variable))
        if number is not None:
            return _tagged("__variable__", number=number)
        number = self.variables[id(variable)] = len(self.variables)
        value = encode_array(variable.value)
        about = {"name": variable.name, "trainable": variable.trainable}
        return _tagged("__variable__", number=number, value=value, **about)


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
        plain = _PLAIN.get(tag)
        return self.resolve(value) if plain is None else plain(config)

    def _decode_variable(self, value: Mapping[str, Any]) -> Variable:
        number = value["number"]
        if number not in self.variables:
            made = Variable(decode_array(value["value"]), value["name"], None, value["trainable"])
            self.variables[number] = made
        return self.variables[number]


def encode_array(array: np.ndarray) -> dict[str, Any]:
    """Small arrays as lists, for people; others as base64, which keeps every bit."""
    if array.dtype.kind not in "biuf":
        raise KGraphTypeError(f"an array of dtype {array.dtype} cannot be written to a config")
    readable = array.size <= _READABLE and bool(np.isfinite(array).all())
    data = array.tolist() if readable else base64.b64encode(_little(array).tobytes()).decode()
    return _tagged("__numpy__", dtype=array.dtype.name, shape=list(array.shape), data=data)


def decode_array(config: Mapping[str, Any]) -> np.ndarray:
    dtype = as_dtype(config["dtype"])
    data = config["data"] if "data" in config else config["value"]  # Keras 3 says `value`
    if not isinstance(data, str):
        array = np.asarray(data, dtype)
        return array.reshape(config.get("shape", array.shape))
    raw = np.frombuffer(base64.b64decode(data), dtype.newbyteorder("<"))
    return raw.astype(dtype).reshape(config["shape"])


def decode_spec(config: Mapping[str, Any]) -> specs.TypeSpec:
    """The TypeSpec that ``{"class_name": …, "config": …}`` describes."""
    found = getattr(specs, config["class_name"], None)
    if not (isinstance(found, type) and issubclass(found, specs.TypeSpec)):
        raise KGraphValueError(
            message("the config names a type spec that is not known", received=config["class_name"])
        )
    return found.from_config(dict(config["config"]))


def _tagged(tag: str, **content: Any) -> dict[str, Any]:
    return {"class_name": tag, **content}


def _little(array: np.ndarray) -> np.ndarray:
    return array.astype(array.dtype.newbyteorder("<"))


def _is_dtype(value: type) -> bool:
    return issubclass(value, np.generic) or value in (bool, int, float)


def _decode_ragged(config: Mapping[str, Any]) -> RaggedTensor:
    splits = [decode_array(part) for part in config["row_splits"]]
    return RaggedTensor.from_nested_row_splits(decode_array(config["flat_values"]), splits)


def _decode_sparse(config: Mapping[str, Any]) -> Any:
    from kgraph.types.csr import CSR

    data, indices, indptr = (decode_array(config[key]) for key in ("data", "indices", "indptr"))
    return from_csr(CSR(data, indices, indptr, tuple(config["shape"])))


_PLAIN: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "__numpy__": decode_array,
    "__float__": lambda config: float(config["value"]),
    "__ellipsis__": lambda config: Ellipsis,
    "__dtype__": lambda config: as_dtype(config["name"]),
    "__ragged__": _decode_ragged,
    "__sparse__": _decode_sparse,
}
