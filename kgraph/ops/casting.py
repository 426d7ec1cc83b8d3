"""Changing the dtype of a value."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.elementwise import elementwise
from kgraph.ops.op import Array, Op, cast_operand
from kgraph.ops.samples import f32, i64
from kgraph.types.array_type import ArrayType
from kgraph.types.dtypes import DType


@elementwise(loop="cast", dtypes=unchanged, zero_preserving=True)
def cast(x: Array, dtype: DType) -> Array:
    """x in another dtype; floats are cut towards zero on their way to integers.

    Shapes    any; the result has the shape of x
    Dtypes    all; ``dtype`` is a name, a NumPy dtype or a type
    Edges     anything but 0 is true; what an integer cannot hold wraps round as in C
    Source    keras.ops.cast

    >>> import kgraph as kg
    >>> kg.ops.cast([1.75, -1.75], "int32")
    array([ 1, -1], dtype=int32)
    """
    return np.asarray(x).astype(dtype)


@cast.infer
def _asked_dtype(x: ArrayType, dtype: DType) -> ArrayType:
    return x.with_dtype(dtype)


cast.sample(f32([[1.75, -1.75, 0]]), dtype="int32")
cast.sample(f32([0.5, 0, np.nan]), dtype="bool")
cast.sample(i64([3, -4]), dtype="float16")
cast.sample(np.array([True, False]), dtype="float32")


def in_dtype_of(made: Op, x: Any) -> Any:
    """``x`` in the dtype in which ``made`` computes for it."""
    (dtype,) = made.promoted_dtypes([x])
    return x if x.dtype == dtype else cast(x, dtype)


def promoted(made: Op, *xs: Any) -> list[Any]:
    """Operands in the dtypes in which ``made`` computes for them."""
    return [cast_operand(x, dtype) for x, dtype in zip(xs, made.promoted_dtypes(xs), strict=True)]
