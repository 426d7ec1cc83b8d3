"""The methods of an array that a symbolic value has: ``x.sum()`` is ``ops.sum(x)``."""

from __future__ import annotations

from typing import Any

from kgraph.types.operators import OPS


class ArrayMethods:
    """What ``numpy.ndarray`` calls methods, as ops."""

    __slots__ = ()

    @property
    def T(self) -> Any:
        return OPS["transpose"](self)

    def reshape(self, *shape: Any) -> Any:
        return OPS["reshape"](self, shape[0] if len(shape) == 1 else shape)

    def astype(self, dtype: Any) -> Any:
        return OPS["cast"](self, dtype)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        return OPS["sum"](self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        return OPS["mean"](self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        return OPS["max"](self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        return OPS["min"](self, axis=axis, keepdims=keepdims)
