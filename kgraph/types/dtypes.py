"""Dtypes: their names, their short forms in IR text, and the promotion rules of Keras 3.

A dtype is a ``numpy.dtype`` everywhere.  A Python scalar is *weak*: it takes part in promotion by
its kind alone, so ``int32 * 2`` stays int32 and ``int32 * 2.0`` becomes ``floatx()``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from kgraph.types.calling import checked
from kgraph.types.errors import KGraphTypeError, KGraphValueError, did_you_mean, message

DType: TypeAlias = "np.dtype[Any]"
Weak: TypeAlias = "type[bool] | type[int] | type[float]"

float16 = np.dtype("float16")
float32 = np.dtype("float32")
float64 = np.dtype("float64")
int8 = np.dtype("int8")
int16 = np.dtype("int16")
int32 = np.dtype("int32")
int64 = np.dtype("int64")
uint8 = np.dtype("uint8")
uint16 = np.dtype("uint16")
uint32 = np.dtype("uint32")
uint64 = np.dtype("uint64")
bool = np.dtype("bool")
string = np.dtypes.StringDType()

SHORT: dict[DType, str] = {
    float16: "f16", float32: "f32", float64: "f64",
    int8: "i8", int16: "i16", int32: "i32", int64: "i64",
    uint8: "u8", uint16: "u16", uint32: "u32", uint64: "u64",
    bool: "b1",
}  # fmt: skip
NUMERIC = tuple(SHORT)
SHORT[string] = "str"
FLOATS = (float16, float32, float64)
_FROM_SHORT = {short: dtype for dtype, short in SHORT.items()}
_BY_NAME: dict[str, DType] = {dtype.name: dtype for dtype in NUMERIC}
_BY_NAME |= {"string": string, "str": string, "float": float32, "int": int32}
_WEAK: dict[object, Weak] = {True.__class__: True.__class__, int: int, float: float}

_floatx = float32


def floatx() -> str:
    """Name of the dtype that floats take when none is asked for ('float32' unless set)."""
    return _floatx.name


@checked
def set_floatx(dtype: object) -> None:
    """Set the default float dtype: 'float16', 'float32' or 'float64'.

    >>> import kgraph as kg
    >>> kg.set_floatx("float32")
    """
    global _floatx
    chosen = as_dtype(dtype)
    if chosen not in FLOATS:
        raise KGraphValueError(f"set_floatx takes a float dtype, got {dtype!r}")
    _floatx = chosen
    _promoted.cache_clear()


def default_float() -> DType:
    """The dtype named by :func:`floatx`."""
    return _floatx


def as_dtype(spec: object) -> DType:
    """Return the ``numpy.dtype`` that ``spec`` names: a string, a NumPy dtype or a type.

    Edges     None means floatx; the result has the byte order of the machine
    Errors    TypeError if nothing of that name is known; the message offers the nearest name
    """
    if spec is None:  # NumPy would take float64
        return _floatx
    if isinstance(spec, str) and spec in _BY_NAME:
        return _BY_NAME[spec]
    if isinstance(spec, type) and spec in _WEAK:
        return weak_default(_WEAK[spec])
    try:
        dtype: DType = np.dtype(spec)  # type: ignore[call-overload]
        if dtype.kind == "U":
            return string
        return dtype if dtype.isnative else dtype.newbyteorder("=")
    except (TypeError, ValueError, SyntaxError):
        raise KGraphTypeError(
            message(
                f"{spec!r} is not a dtype",
                expected="one of " + ", ".join(_BY_NAME),
                hint=did_you_mean(spec, _BY_NAME),
            )
        ) from None


def short_name(dtype: DType) -> str:
    """Short form of a dtype in IR text: ``f32``, ``i64``, ``b1``, …"""
    return SHORT[dtype] if dtype in SHORT else str(dtype)


def from_short(short: str) -> DType:
    """The inverse of :func:`short_name`."""
    return _FROM_SHORT[short]


def is_float(dtype: DType) -> Any:
    return dtype.kind == "f"


def is_integer(dtype: DType) -> Any:
    return dtype.kind in "iu"


def weak_default(weak: Weak) -> DType:
    """The dtype of a Python scalar that stands alone."""
    if weak is float:
        return _floatx
    return int32 if weak is int else bool


def dtype_key(value: object) -> DType | Weak:
    """What ``value`` brings to promotion: its dtype, or its Python type if it is weak."""
    dtype = getattr(value, "dtype", None)
    if dtype is not None:
        return dtype  # type: ignore[no-any-return]
    if type(value) in _WEAK:
        return _WEAK[type(value)]
    raise KGraphTypeError(f"expected an array or a number, got {type(value).__name__}")


def promote(keys: Sequence[DType | Weak]) -> DType:
    """The dtype in which values of these dtypes meet (Keras 3 rules, weak Python scalars).

    Source    keras.backend.result_type; the lattice of jax.numpy.promote_types

    >>> promote([int32, float])
    dtype('float32')
    >>> promote([uint8, int8])
    dtype('int16')
    """
    return _promoted(tuple(keys))


@lru_cache(maxsize=1024)  # asked for every op of a graph, about a few dtypes
def _promoted(keys: tuple[DType | Weak, ...]) -> DType:
    strong = [key for key in keys if isinstance(key, np.dtype)]
    weak = [key for key in keys if not isinstance(key, np.dtype)]
    if not strong:
        return max((weak_default(key) for key in weak), key=_rank)
    # the highest kind alone decides, so that the order of the values does not matter
    kind = max(map(_rank, strong))
    result, *others = (dtype for dtype in strong if _rank(dtype) == kind)
    for dtype in others:
        result = _promote_two(result, dtype)
    for key in weak:
        default = weak_default(key)
        if _rank(default) > _rank(result):
            result = default
    return result


def _rank(dtype: DType) -> int:
    if dtype.kind not in "biuf":
        raise KGraphTypeError(f"values of dtype {dtype} do not take part in arithmetic")
    return "biuf".index(dtype.kind) - (dtype.kind == "u")


def _promote_two(a: DType, b: DType) -> DType:
    if a == b:
        return a
    rank_a, rank_b = _rank(a), _rank(b)
    if rank_a != rank_b:
        return a if rank_a > rank_b else b
    if {a.kind, b.kind} == {"i", "u"}:
        unsigned = a if a.kind == "u" else b
        if unsigned == uint64:  # no integer holds both
            return _floatx
    return np.promote_types(a, b)


def as_float(dtype: DType) -> DType:
    """The float dtype in which a function such as ``exp`` computes for ``dtype``."""
    return dtype if is_float(dtype) else _floatx
