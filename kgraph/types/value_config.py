"""Values and specs as JSON-able values and back, exactly: what stands in configs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kgraph.types import specs, tree
from kgraph.types.casting import dtype_name
from kgraph.types.composite import is_composite
from kgraph.types.dtypes import as_dtype
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import from_csr, is_sparse, to_csr

Find = Callable[[str], Any]
"""Gives the class that the program has entered under a name, or None."""

_READABLE = 64  # numbers in an array that is still written as a list


def encode_value(value: Any) -> Any:
    """A value of any kind, or nested data, in JSON's types.

    Errors    KGraphTypeError for objects that no config can describe
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if np.isfinite(value) else tagged("__float__", value=repr(value))
    if isinstance(value, list):
        return [encode_value(item) for item in value]
    if isinstance(value, tuple):
        return tagged("__tuple__", items=[encode_value(item) for item in value])
    if tree.is_dict(value):
        return {str(key): encode_value(item) for key, item in value.items()}
    if isinstance(value, np.dtype):
        return tagged("__dtype__", name=dtype_name(value))
    if isinstance(value, specs.TypeSpec):
        return encode_spec(value)
    return encode_tensor(value)


def encode_tensor(value: Any) -> Any:
    """A concrete array, ragged, sparse or composite value."""
    if isinstance(value, np.ndarray | np.generic):
        return encode_array(np.asarray(value))
    if isinstance(value, RaggedTensor):
        splits = [encode_array(np.asarray(part)) for part in value.nested_row_splits]
        flat = encode_array(np.asarray(value.flat_values))
        return tagged("__ragged__", flat_values=flat, row_splits=splits)
    if is_sparse(value):
        csr = to_csr(value)
        parts = {key: encode_array(getattr(csr, key)) for key in ("data", "indices", "indptr")}
        return tagged("__sparse__", **parts, shape=list(csr.dims))
    if is_composite(value):
        spec = value._type_spec
        inner = [encode_tensor(part) for part in tree.flatten(spec._to_components(value))]
        return tagged("__composite__", type_spec=encode_spec(spec), components=inner)
    raise KGraphTypeError(
        message(
            "a value cannot be written to a config",
            received=f"{value!r} of type {type(value).__name__}",
        )
    )


def decode_value(value: Any, find: Find | None = None) -> Any:
    """Inverse of :func:`encode_value`; ``find`` knows the user's classes by name."""
    if isinstance(value, list):
        return [decode_value(item, find) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "class_name" not in value:
        return {key: decode_value(item, find) for key, item in value.items()}
    tag = value["class_name"]
    if tag == "__tuple__":
        return tuple(decode_value(item, find) for item in value["items"])
    if tag == "__composite__":
        spec = decode_spec(value["type_spec"], find)
        parts = [decode_value(part, find) for part in value["components"]]
        return spec._from_components(tree.pack_like(spec._component_specs, parts))
    plain = PLAIN.get(tag)
    return decode_spec(value, find) if plain is None else plain(value.get("config", value))


# -- specs ---------------------------------------------------------------------------------------


def encode_spec(spec: specs.TypeSpec) -> dict[str, Any]:
    """A spec by the name of its class, and its config."""
    return {"class_name": spec_class_name(type(spec)), "config": spec.get_config()}


def user_classes(spec: Any) -> dict[str, type]:
    """The classes that a config of the spec names and kgraph does not know, by those names."""
    found: dict[str, type] = {}
    if isinstance(spec, specs.TypeSpec) and type(spec).__name__ not in specs.SPECS:
        name = spec_class_name(type(spec))
        found[name] = type(spec)
        spec = spec._serialize()
    if isinstance(spec, (list, tuple)):
        for item in spec:
            found |= user_classes(item)
    return found


def spec_class_name(cls: type[specs.TypeSpec]) -> str:
    """``Point.Spec`` for the spec of an extension type, wherever that stands; else the class."""
    return getattr(cls, "config_name", cls.__name__)


def decode_spec(config: Mapping[str, Any], find: Find | None = None) -> specs.TypeSpec:
    """The TypeSpec that ``{"class_name": …, "config": …}`` describes.

    Errors    KGraphValueError for a class that neither kgraph nor ``find`` knows
    """
    name = str(config["class_name"])
    found = specs.SPECS.get(name) or _user_spec(name, find)
    if not (isinstance(found, type) and issubclass(found, specs.TypeSpec)):
        owner = name.partition(".")[0]
        raise KGraphValueError(
            message(
                "the config names a type spec that is not known",
                received=name,
                hint=f"custom_objects={{{owner!r}: TheClass}}, or decorate the class with "
                "register_keras_serializable()",
            )
        )
    return found.from_config(dict(config["config"]), find=find)


def _user_spec(name: str, find: Find | None) -> Any:
    """What the program entered under the name of the spec, or of the extension type it is of."""
    if find is None:
        return None
    found = find(name)
    owner, _, inner = name.partition(".")
    return getattr(find(owner), inner, None) if found is None and inner else found


# -- arrays --------------------------------------------------------------------------------------


def encode_array(array: np.ndarray) -> dict[str, Any]:
    """Small arrays and strings as lists, for people; others as base64, which keeps every bit."""
    if array.dtype.kind == "T":
        return tagged("__numpy__", dtype="string", shape=list(array.shape), data=array.tolist())
    if array.dtype.kind not in "biuf":
        raise KGraphTypeError(f"an array of dtype {array.dtype} cannot be written to a config")
    readable = array.size <= _READABLE and bool(np.isfinite(array).all())
    data = array.tolist() if readable else base64.b64encode(_little(array).tobytes()).decode()
    return tagged("__numpy__", dtype=array.dtype.name, shape=list(array.shape), data=data)


def decode_array(config: Mapping[str, Any]) -> np.ndarray:
    dtype = as_dtype(config["dtype"])
    data = config["data"] if "data" in config else config["value"]  # Keras 3 says `value`
    if not isinstance(data, str):
        array = np.asarray(data, dtype)
        return array.reshape(config.get("shape", array.shape))
    raw = np.frombuffer(base64.b64decode(data), dtype.newbyteorder("<"))
    return raw.astype(dtype).reshape(config["shape"])


def tagged(tag: str, **content: Any) -> dict[str, Any]:
    return {"class_name": tag, **content}


def _little(array: np.ndarray) -> np.ndarray:
    return array.astype(array.dtype.newbyteorder("<"))


def _decode_ragged(config: Mapping[str, Any]) -> RaggedTensor:
    splits = [decode_array(part) for part in config["row_splits"]]
    return RaggedTensor.from_nested_row_splits(decode_array(config["flat_values"]), splits)


def _decode_sparse(config: Mapping[str, Any]) -> Any:
    from kgraph.types.csr import CSR

    data, indices, indptr = (decode_array(config[key]) for key in ("data", "indices", "indptr"))
    return from_csr(CSR(data, indices, indptr, tuple(config["shape"])))


PLAIN: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "__numpy__": decode_array,
    "__float__": lambda config: float(config["value"]),
    "__ellipsis__": lambda config: Ellipsis,
    "__dtype__": lambda config: as_dtype(config["name"]),
    "__ragged__": _decode_ragged,
    "__sparse__": _decode_sparse,
}
