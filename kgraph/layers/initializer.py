"""The base of initializers, and the generator that those without a seed draw from."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

_generator: np.random.Generator | None = None  # made at first use: numpy.random loads in 15 ms


def set_seed(seed: int | None) -> None:
    """Start the generator anew that initializers and layers without a seed draw from.

    >>> from kgraph.layers import initializers
    >>> initializers.set_seed(7)
    >>> first = initializers.GlorotUniform()((2, 3))
    >>> initializers.set_seed(7)
    >>> bool((initializers.GlorotUniform()((2, 3)) == first).all())
    True
    """
    global _generator
    _generator = np.random.default_rng(seed)


def generator(seed: int | None = None) -> np.random.Generator:
    """A generator of its own for a seed; the common one for None."""
    if seed is not None:
        return np.random.default_rng(seed)
    if _generator is None:
        set_seed(None)
    assert _generator is not None
    return _generator


class Initializer(ABC):
    """Base of initializers: called with a shape and a dtype it makes an array.

    Dtypes    ``floatx()`` if none is asked for
    Source    keras.initializers.Initializer
    """

    @abstractmethod
    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        """An array of this shape and dtype."""

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        return cls(**config)

    @classmethod
    def snake_name(cls) -> str:
        """``glorot_uniform`` for ``GlorotUniform``."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"
