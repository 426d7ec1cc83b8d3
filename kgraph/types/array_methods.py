"""The methods of ``numpy.ndarray`` that every value has: ``x.sum(1)`` is ``np.sum(x, 1)``.

What NumPy takes beside ``axis`` (``dtype``, ``initial``, ``where``, …) is understood in one place,
the NumPy function of the same name; the others call their op.
"""

from __future__ import annotations

from collections.abc import Iterable
from inspect import signature
from typing import Any

import numpy as np

from kgraph.types.calling import checked_methods, no_such_argument
from kgraph.types.operators import OPS

# What NumPy's reductions take beside the arguments of the methods here.
_MORE = {
    **dict.fromkeys(("sum", "prod", "max", "min"), ("initial", "where")),
    **dict.fromkeys(("mean", "any", "all"), ("where",)),
    **dict.fromkeys(("std", "var"), ("ddof", "keepdims", "where", "mean", "correction")),
}
_VARIABLE = ("self", "more")


def _require_known(method: str, more: Iterable[str]) -> None:
    unknown = [name for name in more if name not in _MORE[method]]
    if unknown:
        own = signature(getattr(ArrayMethods, method)).parameters
        known = dict.fromkeys([*(name for name in own if name not in _VARIABLE), *_MORE[method]])
        raise no_such_argument(f"x.{method}", unknown, known, "")


@checked_methods()
class ArrayMethods:
    """Mixin of symbolic values, ragged values and variables."""

    __slots__ = ()

    # ---- other shapes

    @property
    def T(self) -> Any:
        return OPS["transpose"](self)

    @property
    def mT(self) -> Any:
        """The matrices on the last two axes, transposed."""
        return OPS["swapaxes"](self, -1, -2)

    def reshape(self, *shape: Any) -> Any:
        return OPS["reshape"](self, _one_tuple(shape))

    def ravel(self) -> Any:
        return OPS["ravel"](self)

    def flatten(self) -> Any:
        return OPS["ravel"](self)

    def squeeze(self, axis: Any = None) -> Any:
        return OPS["squeeze"](self, axis=axis)

    def transpose(self, *axes: Any) -> Any:
        return OPS["transpose"](self, axes=_one_tuple(axes) if axes else None)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        return OPS["swapaxes"](self, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Any:
        return OPS["repeat"](self, repeats, axis=axis)

    def take(self, indices: Any, axis: int | None = None) -> Any:
        return OPS["take"](self, indices, axis=axis)

    def compress(self, condition: Any, axis: int | None = None) -> Any:
        return np.compress(condition, self, axis)  # type: ignore[call-overload]

    def nonzero(self) -> Any:
        """The positions of what is not zero, a vector for each axis."""
        return np.nonzero(self)  # type: ignore[arg-type]

    # ---- other dtypes

    def astype(self, dtype: Any) -> Any:
        return OPS["cast"](self, dtype)

    @property
    def real(self) -> Any:
        return self

    @property
    def imag(self) -> Any:
        return OPS["full_like"](self, 0)

    def conj(self) -> Any:
        return self

    conjugate = conj

    def copy(self) -> Any:
        return self  # it never changes; a variable, which does, has a `copy` of its own

    # ---- one number out of many

    def sum(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        **more: Any,
    ) -> Any:
        _require_known("sum", more)
        return np.sum(self, axis, dtype, out, keepdims, **more)  # type: ignore[call-overload]

    def prod(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        **more: Any,
    ) -> Any:
        _require_known("prod", more)
        return np.prod(self, axis, dtype, out, keepdims, **more)  # type: ignore[call-overload]

    def mean(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        **more: Any,
    ) -> Any:
        _require_known("mean", more)
        return np.mean(self, axis, dtype, out, keepdims, **more)  # type: ignore[call-overload]

    def std(self, axis: Any = None, dtype: Any = None, out: Any = None, **more: Any) -> Any:
        _require_known("std", more)
        return np.std(self, axis, dtype, out, **more)  # type: ignore[call-overload]

    def var(self, axis: Any = None, dtype: Any = None, out: Any = None, **more: Any) -> Any:
        _require_known("var", more)
        return np.var(self, axis, dtype, out, **more)  # type: ignore[call-overload]

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False, **more: Any) -> Any:
        _require_known("max", more)
        return np.max(self, axis, out, keepdims, **more)  # type: ignore[call-overload]

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False, **more: Any) -> Any:
        _require_known("min", more)
        return np.min(self, axis, out, keepdims, **more)  # type: ignore[call-overload]

    def ptp(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The greatest less the least."""
        span = {"axis": axis, "keepdims": keepdims}
        return OPS["subtract"](OPS["max"](self, **span), OPS["min"](self, **span))

    def any(self, axis: Any = None, out: Any = None, keepdims: bool = False, **more: Any) -> Any:
        _require_known("any", more)
        return np.any(self, axis, out, keepdims, **more)  # type: ignore[call-overload]

    def all(self, axis: Any = None, out: Any = None, keepdims: bool = False, **more: Any) -> Any:
        _require_known("all", more)
        return np.all(self, axis, out, keepdims, **more)  # type: ignore[call-overload]

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Any:
        return OPS["argmax"](self, axis=axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Any:
        return OPS["argmin"](self, axis=axis, keepdims=keepdims)

    # ---- element by element, and along an axis

    def clip(self, min: Any = None, max: Any = None) -> Any:
        return np.clip(self, min, max)  # type: ignore[call-overload]

    def round(self, decimals: int = 0) -> Any:
        return OPS["round"](self, decimals=decimals)

    def cumsum(self, axis: int | None = None, dtype: Any = None) -> Any:
        return np.cumsum(self, axis, dtype)  # type: ignore[call-overload]

    def cumprod(self, axis: int | None = None, dtype: Any = None) -> Any:
        return np.cumprod(self, axis, dtype)  # type: ignore[call-overload]

    def argsort(self, axis: int | None = -1) -> Any:
        return OPS["argsort"](self, axis=axis)

    def dot(self, b: Any) -> Any:
        return OPS["dot"](self, b)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        return OPS["trace"](self, offset, axis1, axis2)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        return OPS["diagonal"](self, offset, axis1, axis2)

    def searchsorted(self, v: Any, side: str = "left") -> Any:
        return OPS["searchsorted"](self, v, side)


def _one_tuple(sizes: tuple[Any, ...]) -> Any:
    """``reshape(2, 3)`` and ``reshape((2, 3))`` mean the same."""
    return sizes[0] if len(sizes) == 1 else sizes
