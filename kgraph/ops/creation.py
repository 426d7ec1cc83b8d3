"""Values made of nothing: constants and grids, and constants of the shape of another value."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.operands import type_of
from kgraph.ops.primitives.shape import broadcast_to
from kgraph.ops.samples import i32
from kgraph.ops.sizing import attached
from kgraph.types import dtypes
from kgraph.types.dtypes import DType, as_dtype
from kgraph.types.errors import KGraphValueError

_X = i32([[1, 2, 3], [4, 5, 6]])


@op(dtypes=unchanged)
def full_like(x: Array, fill_value: float, dtype: DType | None = None) -> Array:
    """A value of the shape of x, all of whose elements are ``fill_value``.

    Shapes    any; the result has the shape of x, and its rows if it is ragged
    Dtypes    ``dtype``, or that of x
    Source    keras.ops.full_like, numpy.full_like

    >>> import kgraph as kg
    >>> kg.ops.full_like([1.5, 2.5], 7)
    array([7., 7.], dtype=float32)
    """
    return np.full_like(x, fill_value, dtype=dtype)


@full_like.lower
def _spread_out(x: Any, fill_value: float, dtype: DType | None) -> Any:
    found = type_of(x)
    value = np.asarray(fill_value).astype(dtype or found.dtype)
    return broadcast_to(attached(value, x), found.dims)


@full_like.ragged
def _fill_items(x: Any, fill_value: float, dtype: DType | None) -> Any:
    return x.with_flat_values(full_like(x.flat_values, fill_value, dtype))


full_like.sample(_X, fill_value=7)
full_like.sample(_X, fill_value=0.5, dtype="float64")


@op(dtypes=unchanged)
def zeros_like(x: Array, dtype: DType | None = None) -> Array:
    """Zeros of the shape of x.

    Shapes    any; the result has the shape of x, and its rows if it is ragged
    Dtypes    ``dtype``, or that of x
    Source    keras.ops.zeros_like, numpy.zeros_like

    >>> import kgraph as kg
    >>> kg.ops.zeros_like([1.5, 2.5])
    array([0., 0.], dtype=float32)
    """
    return np.zeros_like(x, dtype=dtype)


@zeros_like.lower
@zeros_like.ragged
def _fill_with_zeros(x: Any, dtype: DType | None) -> Any:
    return full_like(x, 0, dtype)


zeros_like.sample(_X)
zeros_like.sample(_X, dtype="bool")


@op(dtypes=unchanged)
def ones_like(x: Array, dtype: DType | None = None) -> Array:
    """Ones of the shape of x.

    Shapes    any; the result has the shape of x, and its rows if it is ragged
    Dtypes    ``dtype``, or that of x
    Source    keras.ops.ones_like, numpy.ones_like

    >>> import kgraph as kg
    >>> kg.ops.ones_like([1.5, 2.5])
    array([1., 1.], dtype=float32)
    """
    return np.ones_like(x, dtype=dtype)


@ones_like.lower
@ones_like.ragged
def _fill_with_ones(x: Any, dtype: DType | None) -> Any:
    return full_like(x, 1, dtype)


ones_like.sample(_X)
ones_like.sample(_X, dtype="float16")


def zeros(shape: int | tuple[int, ...], dtype: Any = None) -> np.ndarray:
    """An array of zeros, of ``floatx()`` unless ``dtype`` says otherwise.

    >>> import kgraph as kg
    >>> kg.ops.zeros(2)
    array([0., 0.], dtype=float32)
    """
    return np.zeros(shape, _dtype_or_float(dtype))


def ones(shape: int | tuple[int, ...], dtype: Any = None) -> np.ndarray:
    """An array of ones, of ``floatx()`` unless ``dtype`` says otherwise.

    >>> import kgraph as kg
    >>> kg.ops.ones(2)
    array([1., 1.], dtype=float32)
    """
    return np.ones(shape, _dtype_or_float(dtype))


def full(shape: int | tuple[int, ...], fill_value: float, dtype: Any = None) -> np.ndarray:
    """An array of ``fill_value``, of ``floatx()`` unless ``dtype`` says otherwise.

    >>> import kgraph as kg
    >>> kg.ops.full(2, 7)
    array([7., 7.], dtype=float32)
    """
    return np.full(shape, fill_value, _dtype_or_float(dtype))


def arange(
    start: float, stop: float | None = None, step: float = 1, dtype: Any = None
) -> np.ndarray:
    """Numbers from ``start`` to before ``stop``; int32 or ``floatx()`` unless ``dtype`` is given.

    >>> import kgraph as kg
    >>> kg.ops.arange(3)
    array([0, 1, 2], dtype=int32)
    """
    if dtype is None:
        whole = all(isinstance(bound, int) for bound in (start, stop or 0, step))
        dtype = dtypes.int32 if whole else dtypes.default_float()
    first, last = (0, start) if stop is None else (start, stop)
    numbers: np.ndarray = np.arange(first, last, step).astype(as_dtype(dtype))
    return numbers


def linspace(start: float, stop: float, num: int = 50, dtype: Any = None) -> np.ndarray:
    """``num`` numbers at equal distances, both ends included.

    >>> import kgraph as kg
    >>> kg.ops.linspace(0, 1, 3)
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return np.linspace(start, stop, num, dtype=_dtype_or_float(dtype))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> np.ndarray:
    """Ones on the diagonal ``k``, zeros elsewhere.

    >>> import kgraph as kg
    >>> kg.ops.eye(2)
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return np.eye(N, M, k, _dtype_or_float(dtype))


def identity(n: int, dtype: Any = None) -> np.ndarray:
    """The matrix with ones on its diagonal and zeros elsewhere.

    >>> import kgraph as kg
    >>> kg.ops.identity(2)
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return np.identity(n, _dtype_or_float(dtype))


def logspace(
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10,
    dtype: Any = None,
) -> np.ndarray:
    """``num`` numbers at equal ratios, from ``base**start`` to ``base**stop``.

    >>> import kgraph as kg
    >>> kg.ops.logspace(0, 2, 3)
    array([  1.,  10., 100.], dtype=float32)
    """
    return np.logspace(start, stop, num, endpoint, base, dtype=_dtype_or_float(dtype))


def _dtype_or_float(dtype: Any) -> DType:
    return dtypes.default_float() if dtype is None else as_dtype(dtype)


def empty(shape: int | tuple[int, ...], dtype: Any = None) -> np.ndarray:
    """An array whose numbers do not matter: zeros, of ``floatx()`` unless ``dtype`` is given.

    Source    keras.ops.empty, numpy.empty

    >>> import kgraph as kg
    >>> kg.ops.empty((2, 0)).shape
    (2, 0)
    """
    return zeros(shape, dtype)


def empty_like(x: Any, dtype: Any = None) -> Any:
    """A value of the shape of x whose numbers do not matter: zeros.

    Shapes    any; the result has the shape of x, and its rows if it is ragged
    Dtypes    ``dtype``, or that of x
    Source    keras.ops.empty_like, numpy.empty_like

    >>> import kgraph as kg
    >>> kg.ops.empty_like([1.5, 2.5]).dtype
    dtype('float32')
    """
    return zeros_like(x, dtype)


def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> np.ndarray:
    """``num`` numbers at equal ratios, from ``start`` to ``stop``.

    Shapes    where ``start`` or ``stop`` is an array, ``axis`` is a new axis of its shape
    Dtypes    ``floatx()`` unless ``dtype`` is given
    Errors    ValueError where an end is 0
    Source    keras.ops.geomspace, numpy.geomspace

    >>> import kgraph as kg
    >>> kg.ops.geomspace(1, 100, 3)
    array([  1.,  10., 100.], dtype=float32)
    """
    if not (np.all(start) and np.all(stop)):
        raise KGraphValueError(f"geomspace: no ratio leads from or to 0, got {start} and {stop}")
    found = np.geomspace(start, stop, num, endpoint, axis=axis)
    numbers: np.ndarray = found.astype(_dtype_or_float(dtype))
    return numbers
