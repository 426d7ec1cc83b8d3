"""Row bounds: every way to say where rows lie becomes one validated array of ``row_splits``.

Row ``i`` of ``values`` is ``values[row_splits[i] : row_splits[i + 1]]``.  The functions here are
pure NumPy on whole arrays; what they return starts at 0, never decreases and ends at ``total``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph._kernels.checks import require_splits
from kgraph.types import dtypes
from kgraph.types.casting import Array
from kgraph.types.dims import Shape
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.symbolic import Symbolic

INDEX_DTYPES = (dtypes.int32, dtypes.int64)


def index_array(value: Any, name: str) -> Array:
    """``value`` as a contiguous 1-D int32 or int64 array."""
    if type(value) is np.ndarray and value.ndim == 1 and value.dtype in INDEX_DTYPES:
        return np.ascontiguousarray(value)
    if isinstance(value, Symbolic):
        raise KGraphTypeError(
            message(
                f"{name} is symbolic, and its numbers are needed to build a ragged value",
                received=repr(value),
                hint="build ragged values from arrays, or start from a ragged Input",
            )
        )
    array = np.asarray(value)
    if array.ndim != 1:
        raise KGraphValueError(
            message(f"{name} must have rank 1", received=f"{name} of shape {array.shape}")
        )
    if array.dtype.kind not in "iu" and array.size:
        raise KGraphTypeError(
            message(f"{name} must hold integers", received=f"{name} of dtype {array.dtype}")
        )
    if array.dtype.kind == "u" and array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise KGraphValueError(f"{name} holds {int(array.max())}, which int64 cannot hold")
    native = array.dtype.newbyteorder("=")
    dtype = native if native in INDEX_DTYPES else dtypes.int64
    return np.ascontiguousarray(array, dtype=dtype)


def checked_splits(value: Any, total: int, name: str = "row_splits") -> Array:
    """``value`` as read-only row splits over ``total`` items.

    Errors    KGraphTypeError if it holds no integers; KGraphValueError if its rank is not 1, it is
              empty, starts above 0, decreases, or does not end at ``total``
    """
    splits = index_array(value, name)
    check_bounds(splits, total, name)
    return frozen(splits)


def check_bounds(bounds: Array, total: int, name: str) -> None:
    """Refuse bounds that do not start at 0, decrease, or do not end at ``total``."""
    try:
        require_splits(bounds, total)
    except ValueError as fault:
        raise KGraphValueError(str(fault).replace("row_splits", name)) from None


def require_sorted(array: Array, name: str) -> None:
    """Refuse an array that decreases, naming the first place where it does."""
    down = array[1:] < array[:-1]
    if down.any():
        at = int(down.argmax()) + 1
        raise KGraphValueError(
            message(
                f"{name} must never decrease, and it does at position {at}",
                received=f"{name}[{at - 1}] = {array[at - 1]}, {name}[{at}] = {array[at]}",
            )
        )


def require_no_negative(array: Array, name: str) -> None:
    """Refuse an array with a negative entry, naming the first one."""
    negative = array < 0
    if negative.any():
        at = int(negative.argmax())
        raise KGraphValueError(
            message(f"{name} must not be negative", received=f"{name}[{at}] = {array[at]}")
        )


def frozen(array: Array) -> Array:
    """A read-only view: a checked array must not change under the value that owns it."""
    view = array[:]
    view.setflags(write=False)
    return view


def cumulated(lengths: Array, dtype: Any = None) -> Array:
    """Splits of rows with these lengths: 0, then the running sum."""
    splits = np.zeros(lengths.size + 1, np.int64)
    np.cumsum(lengths, out=splits[1:])
    return splits.astype(lengths.dtype if dtype is None else dtype, copy=False)


def splits_dtype(dtype: Any) -> dtypes.DType:
    """``dtype`` as one that row splits may have."""
    chosen = dtypes.as_dtype(dtype)
    if chosen not in INDEX_DTYPES:
        raise KGraphValueError(f"row_splits are int32 or int64, not {dtype!r}")
    return chosen


def from_row_splits(row_splits: Any, total: int) -> Array:
    """Splits that are given as such."""
    return checked_splits(row_splits, total)


def from_row_lengths(row_lengths: Any, total: int) -> Array:
    """Splits of rows that hold ``row_lengths[i]`` items each."""
    lengths = index_array(row_lengths, "row_lengths")
    require_no_negative(lengths, "row_lengths")
    splits = cumulated(lengths, np.int64)
    if splits[-1] != total:
        raise KGraphValueError(
            message(
                "row_lengths must add up to the number of values",
                received=f"a sum of {splits[-1]}, and {total} values",
            )
        )
    return checked_splits(splits.astype(lengths.dtype, copy=False), total)


def from_value_rowids(value_rowids: Any, total: int, nrows: Any = None) -> Array:
    """Splits of rows where item ``i`` belongs to row ``value_rowids[i]``."""
    ids = index_array(value_rowids, "value_rowids")
    if ids.size != total:
        raise KGraphValueError(
            message(
                "value_rowids must name a row for each value",
                received=f"{ids.size} row ids, and {total} values",
            )
        )
    require_no_negative(ids, "value_rowids")
    require_sorted(ids, "value_rowids")
    least = int(ids[-1]) + 1 if ids.size else 0
    count = least if nrows is None else whole_number(nrows, "nrows")
    if count < least:
        raise KGraphValueError(
            message(
                "nrows is smaller than value_rowids asks for",
                received=f"nrows = {count}, and value_rowids[{ids.size - 1}] = {ids[-1]}",
                expected=f"nrows >= {least}",
            )
        )
    lengths = np.bincount(ids, minlength=count)
    return checked_splits(cumulated(lengths, ids.dtype), total)


def from_row_starts(row_starts: Any, total: int) -> Array:
    """Splits of rows that start at ``row_starts``; the last one ends with the values."""
    starts = index_array(row_starts, "row_starts")
    if starts.size == 0:
        return checked_splits(np.zeros(1, starts.dtype), total)
    check_bounds(np.append(starts, starts[-1]), int(starts[-1]), "row_starts")
    if starts[-1] > total:
        raise KGraphValueError(
            message(
                "row_starts must not pass the number of values",
                received=f"row_starts[{starts.size - 1}] = {starts[-1]}, and {total} values",
            )
        )
    return checked_splits(np.append(starts, starts.dtype.type(total)), total)


def from_row_limits(row_limits: Any, total: int) -> Array:
    """Splits of rows that end before ``row_limits``; the first one starts at 0."""
    limits = index_array(row_limits, "row_limits")
    require_no_negative(limits, "row_limits")
    require_sorted(limits, "row_limits")
    last = int(limits[-1]) if limits.size else 0
    if last != total:
        raise KGraphValueError(
            message(
                "row_limits must end at the number of values",
                received=f"a last limit of {last}, and {total} values",
            )
        )
    return checked_splits(np.concatenate([np.zeros(1, limits.dtype), limits]), total)


def from_uniform_row_length(uniform_row_length: Any, total: int, nrows: Any = None) -> Array:
    """Splits of rows that all hold the same number of items."""
    length = whole_number(uniform_row_length, "uniform_row_length")
    if nrows is None and length == 0:
        raise KGraphValueError(
            message("nrows is needed when uniform_row_length is 0", hint="nrows=0 for no rows")
        )
    count = total // length if nrows is None else whole_number(nrows, "nrows")
    if count * length != total:
        raise KGraphValueError(
            message(
                "uniform_row_length does not divide the values into rows",
                received=f"{total} values, and rows of {length}"
                + ("" if nrows is None else f", and nrows = {count}"),
            )
        )
    return frozen(np.arange(count + 1, dtype=np.int64) * length)


def whole_number(value: Any, name: str) -> int:
    """``value`` as an int >= 0."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise KGraphTypeError(f"{name} must be an integer, got {value!r}")
    number = int(value)
    if number < 0:
        raise KGraphValueError(f"{name} must not be negative, got {number}")
    return number


def require_matrix(shape: Shape) -> None:
    """Refuse a sparse value of another rank, whose rows are no rows of items."""
    if len(shape) != 2:
        raise ShapeError(
            message(
                "from_sparse: a sparse matrix becomes ragged rows",
                received=f"a sparse value of shape {shape}",
                expected="2 axes",
                hint="kg.sparse.reshape(x, (-1, n)), and with_values to put rows together",
            )
        )


def require_left_aligned(indices: Array, indptr: Array) -> None:
    """Refuse sparse rows whose columns are not 0, 1, 2, ... without a gap."""
    expected = np.arange(indices.size) - np.repeat(indptr[:-1], np.diff(indptr))
    wrong = indices != expected
    if wrong.any():
        at = int(wrong.argmax())
        row = int(np.searchsorted(indptr, at, side="right")) - 1
        raise KGraphValueError(
            message(
                "the rows of a sparse matrix must be filled from the left without a gap",
                received=f"in row {row}, column {indices[at]} where {expected[at]} is missing",
                hint="store the zeros, or take x.data and x.indptr as values and row_splits",
            )
        )
