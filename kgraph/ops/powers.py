"""Matrices of powers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.exponential import power
from kgraph.ops.op import Array, op
from kgraph.ops.operands import type_of
from kgraph.ops.reshaping import expand_dims
from kgraph.ops.samples import f32, i32
from kgraph.types.dtypes import int32
from kgraph.types.errors import ShapeError, message


@op(dtypes=unchanged)
def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    """The powers of each element as a row: x to the N - 1, …, x, 1.

    Shapes    (M,) -> (M, N); by default N is M
    Dtypes    all; the result has the dtype of x, integers wrap round
    Edges     ``increasing``: 1, x, …, x to the N - 1; 0 to the 0 is 1
    Errors    ValueError for another rank, a negative N, or an N that is not given nor known
    Source    keras.ops.vander, numpy.vander

    >>> import kgraph as kg
    >>> kg.ops.vander([1, 2, 3], 3)
    array([[1, 1, 1],
           [4, 2, 1],
           [9, 3, 1]], dtype=int32)
    """
    wide = x.astype(np.int32) if x.dtype.kind == "b" else x
    return np.vander(wide, N, increasing).astype(x.dtype)


@vander.lower
def _powers_of_columns(x: Any, N: int | None, increasing: bool) -> Any:
    found = type_of(x)
    if found.ndim != 1:
        raise ShapeError(message("vander: takes a vector", received=str(found)))
    count = found.dims[0] if N is None else N
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ShapeError(
            message(
                "vander: the number of powers must be known",
                received=f"N={N!r} for {found}",
                expected="N, an int from 0 on",
            )
        )
    exponents = np.arange(count) if increasing else np.arange(count)[::-1]
    base = cast(x, int32) if found.dtype.kind == "b" else x
    powers = power(expand_dims(base, 1), exponents.astype(type_of(base).dtype)[None])
    return cast(powers, found.dtype) if found.dtype.kind == "b" else powers


vander.sample(f32([0.5, -2, 0]), N=None)
vander.sample(i32([1, -2, 3]), N=2)
vander.sample(f32([0.5, -2, 0]), N=4, increasing=True)
vander.sample(np.array([True, False]), N=3)
vander.sample(i32([1, 2]), N=0)
