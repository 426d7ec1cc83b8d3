"""Initializers: callables ``(shape, dtype) -> ndarray`` that make the first value of a weight.

Those that draw numbers take a ``seed``; without one they draw from one generator of the module,
which :func:`set_seed` sets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from kgraph.layers.custom_objects import find_custom_object
from kgraph.layers.functions import named_config, refuse_unknown
from kgraph.layers.initializer import Initializer, generator, set_seed
from kgraph.layers.random_initializers import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)
from kgraph.types.dtypes import as_dtype
from kgraph.types.errors import ShapeError, message

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "deserialize",
    "generator",
    "get",
    "serialize",
    "set_seed",
]

Identifier: TypeAlias = Any  # a name, a config, a class, a callable or an array


class Zeros(Initializer):
    """Zeros.

    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return np.zeros(shape, as_dtype(dtype))


class Ones(Initializer):
    """Ones.

    >>> Ones()((2,), "int32")
    array([1, 1], dtype=int32)
    """

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return np.ones(shape, as_dtype(dtype))


class Constant(Initializer):
    """One value everywhere, or an array that is broadcast to the shape.

    >>> Constant(0.5)((2,))
    array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        try:
            return np.broadcast_to(np.asarray(self.value, as_dtype(dtype)), shape).copy()
        except ValueError:
            raise ShapeError(
                message(
                    "Constant: the value does not fit the shape of the weight",
                    received=f"shape {np.shape(self.value)}",
                    expected=f"shape {tuple(shape)}, or one that broadcasts to it",
                )
            ) from None

    def get_config(self) -> dict[str, Any]:
        value = self.value
        return {"value": value.tolist() if isinstance(value, np.ndarray | np.generic) else value}


class Identity(Initializer):
    """``gain`` on the diagonal of a matrix, zeros elsewhere.

    Errors    ValueError if the shape is not that of a matrix

    >>> Identity()((2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        if len(shape) != 2:
            raise ShapeError(f"Identity: makes matrices, got the shape {tuple(shape)}")
        found = np.zeros(shape, as_dtype(dtype))
        np.fill_diagonal(found, self.gain)
        return found

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


_CLASSES: tuple[type[Initializer], ...] = (
    Zeros, Ones, Constant, RandomNormal, RandomUniform, TruncatedNormal, GlorotUniform,
    GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal, Orthogonal, Identity,
    VarianceScaling,
)  # fmt: skip
_BY_NAME: dict[str, type[Initializer]] = {}
for _cls in _CLASSES:
    _BY_NAME[_cls.__name__] = _BY_NAME[_cls.snake_name()] = _cls
_BY_NAME |= {
    "zero": Zeros,
    "one": Ones,
    "uniform": RandomUniform,
    "normal": RandomNormal,
    "eye": Identity,
    "IdentityInitializer": Identity,
    "OrthogonalInitializer": Orthogonal,
}


def get(identifier: Identifier) -> Callable[..., np.ndarray]:
    """The initializer that ``identifier`` names: a name, a config, a class, a callable or an array.

    Edges     None gives zeros
    Errors    ValueError if nothing of that name is known
    Source    keras.initializers.get

    >>> get("he_normal").get_config()
    {'seed': None, 'input_axes': None, 'output_axes': None}
    """
    if identifier is None:
        return Zeros()
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, str):
        found = find_custom_object(identifier) or _BY_NAME.get(identifier)
        if found is not None:
            return _instance(found)
    elif isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    elif isinstance(identifier, np.ndarray | np.generic):
        return Constant(identifier)
    elif callable(identifier):
        return identifier  # type: ignore[no-any-return]
    raise refuse_unknown(
        "initializer",
        identifier,
        [cls.snake_name() for cls in _CLASSES],
        "a config, or a callable (shape, dtype) -> array",
    )


def serialize(initializer: Any) -> dict[str, Any]:
    """The config of an initializer, as Keras writes it.

    >>> serialize(Zeros())["class_name"]
    'Zeros'
    """
    if isinstance(initializer, Initializer) and type(initializer) in _CLASSES:
        module, name, config = "keras.initializers", type(initializer).__name__, None
    elif hasattr(initializer, "get_config"):
        module, name, config = type(initializer).__module__, type(initializer).__name__, None
    else:
        return named_config(initializer)
    config = initializer.get_config()
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Callable[[tuple[int, ...], Any], np.ndarray]:
    """The inverse of :func:`serialize`; the configs of Keras 1 and 2 are read as well."""
    inner = config.get("config")
    name = str(inner if isinstance(inner, str) else config.get("class_name"))
    found = (custom_objects or {}).get(name) or find_custom_object(name) or _BY_NAME.get(name)
    if found is None:
        return get(name)
    arguments = dict(inner) if isinstance(inner, Mapping) else {}
    if found in _CLASSES:
        arguments.pop("dtype", None)  # Keras 1 and 2 wrote it; the weight brings its own
    return _instance(found, **arguments)


def _instance(found: Any, **arguments: Any) -> Callable[[tuple[int, ...], Any], np.ndarray]:
    """An object of a class; a function as it is."""
    return found(**arguments) if isinstance(found, type) else found  # type: ignore[no-any-return]
