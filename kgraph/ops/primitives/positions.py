"""Positions that only the numbers of a batch tell: how many there are is a size of its own."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.samples import i64
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import new_size
from kgraph.types.errors import KGraphTypeError, ShapeError, message

_INT64 = np.dtype("int64")


@op(dtypes=unchanged)
def true_positions(mask: Array) -> Array:
    """The positions at which a vector is true, in order.

    Shapes    (N,) -> (number of true elements,) int64
    Source    numpy.flatnonzero
    """
    return np.flatnonzero(mask)


@true_positions.infer
def _true_positions_type(mask: ArrayType) -> ArrayType:
    if mask.dtype.kind != "b":
        raise KGraphTypeError(message("a mask is boolean", received=str(mask)))
    if mask.ndim != 1:
        raise ShapeError(message("a mask of positions is a vector", received=str(mask)))
    return ArrayType(_INT64, (new_size("n"),))


true_positions.sample(np.array([True, False, True, True]))
true_positions.sample(np.zeros(0, bool))


@op(dtypes=unchanged)
def spans(starts: Array, lengths: Array) -> Array:
    """The numbers start, start + 1, … of each span, span after span.

    A length below 1 is a span without numbers.

    Shapes    (N,), (N,) -> (sum of the lengths,) int64
    """
    lengths = np.maximum(lengths, 0)
    ends = np.cumsum(lengths, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - lengths), lengths)


@spans.infer
def _spans_type(starts: ArrayType, lengths: ArrayType) -> ArrayType:
    if starts.dtype.kind not in "iu" or lengths.dtype.kind not in "iu":
        raise KGraphTypeError(message("spans are integers", received=f"{starts}, {lengths}"))
    if starts.ndim != 1 or starts.dims != lengths.dims:
        raise ShapeError(message("spans: sizes do not agree", received=f"{starts}, {lengths}"))
    return ArrayType(_INT64, (new_size("n"),))


spans.sample(i64([5, 0, 9]), i64([2, 0, 3]))
spans.sample(i64([]), i64([]))
