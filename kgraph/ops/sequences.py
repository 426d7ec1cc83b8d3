"""Windows that slide along an axis, and what is computed in each of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.casting import promoted
from kgraph.ops.cumulative import counted
from kgraph.ops.dtype_rules import floating_by_width, unchanged
from kgraph.ops.gathering import gather_along
from kgraph.ops.indexing import take_range
from kgraph.ops.linear import matmul
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.shape import pad_constant, strided_slice
from kgraph.ops.reshaping import expand_dims
from kgraph.ops.samples import f32, i32, i64
from kgraph.ops.whole_numbers import whole_number
from kgraph.types.dims import Size, opaque
from kgraph.types.errors import KGraphValueError, ShapeError, message


@op(dtypes=unchanged)
def extract_sequences(x: Array, sequence_length: int, sequence_stride: int) -> Array:
    """The windows of ``sequence_length`` that begin every ``sequence_stride`` on the last axis.

    Shapes    (..., N) -> (..., 1 + (N - length) // stride, length)
    Dtypes    all; the result has the dtype of x
    Edges     no windows where the axis is shorter than one; what fills no window is left out
    Errors    ValueError for a length or stride below 1, and for a scalar
    Source    keras.ops.extract_sequences, numpy.lib.stride_tricks.sliding_window_view

    >>> import kgraph as kg
    >>> kg.ops.extract_sequences([1, 2, 3, 4, 5, 6], 3, 2)
    array([[1, 2, 3],
           [3, 4, 5]], dtype=int32)
    """
    starts = np.arange(0, x.shape[-1] - sequence_length + 1, sequence_stride)
    return x[..., starts[:, None] + np.arange(sequence_length)]


@extract_sequences.lower
def _gather_windows(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    whole_number("extract_sequences", "sequence_length", sequence_length, 1)
    whole_number("extract_sequences", "sequence_stride", sequence_stride, 1)
    if not type_of(x).ndim:
        raise ShapeError("extract_sequences: a scalar has no axis to slide along")
    starts = _starts(x, sequence_length, sequence_stride)
    return gather_along(x, starts + np.arange(sequence_length), type_of(x).ndim - 1)


def _starts(x: Any, length: int, stride: int) -> Any:
    """Where windows begin on the last axis, as a column."""
    size = dims_of(x)[-1]
    if isinstance(size, int):
        return np.arange(0, size - length + 1, stride, dtype=np.int64)[:, None]
    stop = opaque("max", size - length + 1, 0)
    return expand_dims(strided_slice(counted(size, x), (0,), (stop,), (stride,)), 1)


extract_sequences.sample(i32([1, 2, 3, 4, 5, 6]), sequence_length=3, sequence_stride=2)
extract_sequences.sample(f32([[1, 2, 3], [4, 5, 6]]), sequence_length=2, sequence_stride=1)
extract_sequences.sample(f32([[1, 2, 3], [4, 5, 6]]), sequence_length=4, sequence_stride=1)


@op(dtypes=floating_by_width)
def correlate(x1: Array, x2: Array, mode: Any = "valid") -> Array:
    """The sum of products of x2 with what lies under it, as it slides along x1.

    Shapes    (N,), (M,) -> "valid": (max(N, M) - min(N, M) + 1,) where both overlap; "same":
              (max(N, M),); "full": (N + M - 1,), zeros beside x1
    Dtypes    float; integers become ``floatx()``, int64 becomes float64
    Edges     where x1 is the shorter one, "same" takes NumPy's part of "full", not TensorFlow's
    Errors    ValueError for other ranks or modes, and where the size of x2 is not known
    Source    keras.ops.correlate, numpy.correlate

    >>> import kgraph as kg
    >>> kg.ops.correlate([1.0, 2.0, 3.0], [0.0, 1.0])
    array([2., 3.], dtype=float32)
    """
    return np.correlate(x1, x2, mode).astype(x1.dtype)


@correlate.lower
def _slide(x1: Any, x2: Any, mode: str) -> Any:
    x1, x2 = promoted(correlate, x1, x2)
    size, width = _sizes(x1, x2, mode)
    if mode == "valid" and isinstance(size, int) and size >= width:
        return matmul(extract_sequences(x1, width, 1), x2)
    wide = pad_constant(x1, ((width - 1, width - 1),), 0)
    full = matmul(extract_sequences(wide, width, 1), x2)
    if mode == "full":
        return full
    less, more = opaque("min", size, width), opaque("max", size, width)
    if mode == "same":
        first = opaque("min", opaque("div", size, 2), (width - 1) // 2)
        return take_range(full, 0, first, first + more)
    first = opaque("max", less - 1, 0)  # an empty batch overlaps nowhere
    return take_range(full, 0, first, opaque("min", more, size + (width - 1)))


def _sizes(x1: Any, x2: Any, mode: str) -> tuple[Size, int]:
    types = f"x1 = {type_of(x1)}\nx2 = {type_of(x2)}"
    if mode not in ("valid", "same", "full"):
        raise KGraphValueError(f"correlate: mode is 'valid', 'same' or 'full', got {mode!r}")
    if type_of(x1).ndim != 1 or type_of(x2).ndim != 1:
        raise ShapeError(message("correlate: takes two vectors", received=types))
    (size,), (width,) = dims_of(x1), dims_of(x2)
    if not isinstance(width, int):
        raise ShapeError(message("correlate: the size of x2 must be known", received=types))
    if not width or (isinstance(size, int) and not size):
        raise ShapeError(message("correlate: a vector has no elements", received=types))
    return size, width


_LONG, _SHORT = f32([1, 3, -2, 4, 0.5]), f32([1, 2, -1])
for _mode in ("valid", "same", "full"):
    correlate.sample(_LONG, _SHORT, mode=_mode)
    correlate.sample(_LONG, _SHORT[:2], mode=_mode)
    correlate.sample(_SHORT[:2], _LONG, mode=_mode)
    correlate.sample(_LONG[:4], _SHORT[:2], mode=_mode)
    correlate.sample(_SHORT, _LONG[:4], mode=_mode)
correlate.sample(i32([1, 2, 3]), i64([1, 1]))
