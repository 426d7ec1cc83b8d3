"""How a value that enters becomes an array of a known dtype: nothing is lost silently."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.types import dtypes
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.strings import string_array

Array = np.ndarray[Any, np.dtype[Any]]

_PLAIN = frozenset(dtypes.NUMERIC)
_TAKEN = "bool, integers, float16/32/64 or string"


def dtype_name(dtype: DType) -> str:
    """The name a user writes for a dtype: ``'float32'``, ``'string'``, …"""
    return "string" if dtype.kind == "T" else dtype.name


def known_array(value: Any, name: str) -> Array:
    """``value`` as a native array of a dtype that kgraph knows, not copied if it already is one.

    Errors    KGraphTypeError for object, complex, structured, date and long double arrays

    >>> known_array([1.5, 2.0], "values").dtype
    dtype('float64')
    """
    if type(value) is np.ndarray and value.dtype in _PLAIN:
        return value
    array = np.asarray(value)
    if array.dtype.kind in "US":
        return string_array(array, name)
    native = array.dtype.newbyteorder("=") if array.dtype.kind in "iuf" else array.dtype
    if native not in dtypes.NUMERIC and native.kind != "T":
        raise KGraphTypeError(
            message(
                f"{name} has a dtype that kgraph does not compute with",
                received=f"dtype {array.dtype}",
                expected=_TAKEN,
                hint="give the real and imaginary parts as two inputs"
                if native.kind == "c"
                else f"np.asarray({name}, dtype='float32') if it holds numbers",
            )
        )
    return array.astype(native, copy=False)


def cast(array: Array, dtype: DType, name: str) -> Array:
    """``array`` in ``dtype``; a float never becomes an integer, and an integer never wraps round.

    Errors    KGraphTypeError from float to integer, and between numbers and strings;
              KGraphValueError for an integer that ``dtype`` cannot hold

    >>> cast(np.array([1, 2]), np.dtype("float32"), "x")
    array([1., 2.], dtype=float32)
    """
    if array.dtype == dtype:
        return array
    source, target = _level(array.dtype), _level(dtype)
    if "T" in (source, target) or source > target:
        raise KGraphTypeError(
            message(
                f"{name} is not cast from {dtype_name(array.dtype)} to {dtype_name(dtype)}",
                received=f"dtype {dtype_name(array.dtype)}",
                expected=f"dtype {dtype_name(dtype)}",
                hint=f"cast {name} with .astype({dtype_name(dtype)!r}) if that is meant",
            )
        )
    if target == "1" and array.size and not np.can_cast(array.dtype, dtype):
        _require_range(array, dtype, name)
    return array.astype(dtype)


def _level(dtype: DType) -> str:
    """bool 0 < integers 1 < floats 2; strings stand apart."""
    return {"b": "0", "i": "1", "u": "1", "f": "2"}.get(dtype.kind, "T")


def _require_range(array: Array, dtype: DType, name: str) -> None:
    limits = np.iinfo(dtype)
    low, high = int(array.min()), int(array.max())
    if low < limits.min or high > limits.max:
        raise KGraphValueError(
            message(
                f"{name} holds an integer that {dtype} cannot hold",
                received=f"values from {low} to {high}",
                expected=f"values from {limits.min} to {limits.max}",
                hint="dtype='int64'",
            )
        )
