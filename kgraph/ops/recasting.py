"""Dtypes changed with care: numbers cut to what the new one holds, and bits read in another way."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.elementwise import elementwise
from kgraph.ops.op import Array, op
from kgraph.ops.samples import f32, i32, i64
from kgraph.ops.selection import maximum, minimum
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Size, exact_div
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphTypeError, ShapeError, message


@elementwise(dtypes=unchanged, zero_preserving=True)
def saturate_cast(x: Array, dtype: DType) -> Array:
    """x in another dtype; what that cannot hold becomes its least or greatest number.

    Shapes    any; the result has the shape of x
    Dtypes    all; ``dtype`` is a name, a NumPy dtype or a type
    Edges     the infinities become the least and greatest number; floats are cut towards zero
    Source    keras.ops.saturate_cast

    >>> import kgraph as kg
    >>> kg.ops.saturate_cast([-1.5, 300.0], "uint8")
    array([  0, 255], dtype=uint8)
    """
    low, high = _held_by_both(x.dtype, dtype)
    return np.minimum(np.maximum(x, low), high).astype(dtype)


@saturate_cast.lower
def _cut_then_cast(x: Any, dtype: DType) -> Any:
    low, high = _held_by_both(x.dtype, dtype)
    kept = minimum(maximum(x, low), high)
    return kept if dtype == x.dtype else cast(kept, dtype)


def _held_by_both(given: DType, wanted: DType) -> tuple[Any, Any]:
    """The least and greatest number of ``given`` that ``wanted`` holds, too."""
    (low, high), (least, most) = _ends(given), _ends(wanted)
    return _inside(given, max(low, least)), _inside(given, min(high, most))


def _ends(dtype: DType) -> tuple[Any, Any]:
    """The least and greatest number of a dtype, of a Python type that compares them exactly."""
    if dtype.kind == "b":
        return 0, 1
    if dtype.kind == "f":
        limit = float(np.finfo(dtype).max)
        return -limit, limit
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def _inside(dtype: DType, end: int | float) -> Any:
    """``end`` in ``dtype``, or the next number towards zero where it would be rounded away."""
    found = dtype.type(end)
    if dtype.kind == "f" and abs(float(found)) > abs(end):
        return np.nextafter(found, dtype.type(0))
    return found


saturate_cast.sample(f32([[-1.75, 300, np.inf], [-np.inf, 3.5, 0]]), dtype="uint8")
saturate_cast.sample(f32([-1, 3e9, 5e9]), dtype="uint32")
saturate_cast.sample(f32([-1, 70000]), dtype="float16")
saturate_cast.sample(f32([-1, 0.5, 0]), dtype="bool")
saturate_cast.sample(i64([-(2**40), 5, 2**40]), dtype="int32")
saturate_cast.sample(i64([-3, 4]), dtype="float32")
saturate_cast.sample(np.array([True, False]), dtype="int8")


@op(dtypes=unchanged)
def view(x: Array, dtype: DType | None = None) -> Array:
    """The bits of x, read as numbers of another dtype.

    Shapes    that of x; the last axis grows where the items of ``dtype`` are smaller, and shrinks
              where they are larger
    Dtypes    all but bool, unless x is bool; None keeps that of x
    Errors    ValueError if the last axis does not hold whole items; TypeError for bool
    Cost      a host step: one copy
    Source    keras.ops.view, numpy.ndarray.view

    >>> import kgraph as kg
    >>> kg.ops.view([1.0, -2.0], "int32")
    array([ 1065353216, -1073741824], dtype=int32)
    """
    return np.array(x, order="C").view(dtype or x.dtype)


@view.infer
def _viewed_type(x: ArrayType, dtype: DType | None) -> ArrayType:
    if dtype is None or dtype == x.dtype:
        return x
    if dtype.kind == "b":
        raise KGraphTypeError(
            message("any bits are not truth values", received=str(x), hint="x != 0")
        )
    before, after = x.dtype.itemsize, dtype.itemsize
    if before == after:
        return x.with_dtype(dtype)
    size: Size | None = None
    if x.dims:
        shared = math.gcd(before, after)
        size = exact_div(x.dims[-1] * (before // shared), after // shared)
    if size is None:
        raise ShapeError(
            message(
                f"the last axis does not hold whole items of {dtype}",
                received=str(x),
                expected=f"a multiple of {after} bytes, known when the graph is drawn",
            )
        )
    return ArrayType(dtype, (*x.dims[:-1], size))


view.sample(f32([[1, -2], [3, np.nan]]))
view.sample(f32([[1, -2], [3, 4]]), dtype="int32")
view.sample(i32([[1, -2], [3, 4]]), dtype="uint8")
view.sample(i32([[1, 2], [3, 4]]), dtype="float64")
view.sample(np.array([True, False]), dtype="int8")
view.sample(np.float32(1.5), dtype="int32")
