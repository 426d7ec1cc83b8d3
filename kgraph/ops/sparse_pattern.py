"""CSR patterns as sorted keys, and back: what ops on sparse values are put together from.

Entry (i, j) of a matrix with n columns has the key i * n + j.  Columns rise within each row, so
the keys of a value rise too.  Of a value with more axes, j is the place in its row in row-major
order: then the key is the place in the whole value, and nothing here asks for the rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import add, mod, multiply
from kgraph.ops.casting import cast
from kgraph.ops.cumulative import cumsum
from kgraph.ops.indexing import take_range
from kgraph.ops.operands import dims_of, find_recorder, type_of
from kgraph.ops.position import argsort
from kgraph.ops.primitives.bounds import row_ids
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import spans, true_positions
from kgraph.ops.primitives.shape import broadcast_to, join, reshape_to
from kgraph.ops.primitives.sizes import size_like, with_equal
from kgraph.ops.primitives.sparse import row_bounds, stored_at
from kgraph.ops.sizing import attached
from kgraph.types.csr import CSR
from kgraph.types.dims import Dim, Dims, Size, row_width
from kgraph.types.dtypes import DType, int64
from kgraph.types.sparse import index_dtype_for
from kgraph.types.sparse_places import require_room_for_rows

_ZERO = np.zeros(1, np.int64)


def number(size: Size, like: Any) -> Any:
    """``size`` as an int64 number, in the graph of ``like``."""
    if isinstance(size, int):
        return np.int64(size)
    return size_like(attached(np.int64(0), like), size)


def of_shape(value: Any, dims: Dims, like: Any) -> Any:
    """``value`` under a shape that it has, or must turn out to have when a batch is there."""
    if all(isinstance(size, int) for size in dims):
        return reshape_to(value, dims)
    return reshape_to(attached(value, like), dims)


def drawn_among(values: Sequence[CSR]) -> Any:
    """The indices of the first value that is symbolic, if any is: numbers are attached to them."""
    indices = [value.indices for value in values]
    return next((part for part in indices if find_recorder([part]) is not None), indices[0])


def rows_of(x: CSR) -> Any:
    """The row of each stored entry."""
    return row_ids(x.indptr, x.indices)


def keys_of(x: CSR) -> Any:
    return add(multiply(rows_of(x), number(x.width, x.indices)), cast(x.indices, int64))


def index_dtype(x: CSR) -> DType:
    found: DType = type_of(x.indices).dtype
    return found


def from_keys(keys: Any, data: Any, dims: Dims, index: DType) -> CSR:
    """The value with these entries at these rising keys, its columns in ``index`` or wider."""
    index = index_dtype_for(dims, index)
    width = number(row_width(dims), keys)
    indices = cast(mod(keys, width), index)
    return CSR(data, indices, cast(bounds_of(keys, dims[0], width), index), dims)


def bounds_of(keys: Any, rows: Size, width: Any) -> Any:
    """Row bounds of rising keys of matrices ``width`` wide."""
    if isinstance(rows, int):
        require_room_for_rows(rows)
    like = attached(width, keys) if isinstance(rows, Dim) else width
    return row_bounds(keys, broadcast_to(reshape_to(like, (1,)), (rows + 1,)))


def sorted_by_keys(keys: Any, data: Any, dims: Dims, index: DType) -> CSR:
    """The value with these entries at these keys, which come in any order but distinct."""
    order = argsort(keys)
    return from_keys(gather_rows(keys, order), gather_rows(data, order), dims, index)


def same_pattern(a: CSR, b: CSR) -> bool:
    """Whether two values certainly have their entries at the same places."""
    return a.indices is b.indices and a.indptr is b.indptr and a.dims == b.dims


def with_dims(x: CSR, dims: Dims, like: Any) -> CSR:
    """``x`` with these sizes; what is not known of them is proved when a batch is there."""
    if x.dims == dims:
        return x
    indptr = of_shape(x.indptr, (dims[0] + 1,), like) if x.dims[0] != dims[0] else x.indptr
    for axis in range(1, x.ndim):
        if x.dims[axis] != dims[axis]:
            indptr = with_equal(attached(indptr, like), x.dims[axis], dims[axis], axis)
    return CSR(x.data, x.indices, indptr, dims)


def known_dims(values: Sequence[CSR]) -> Dims | None:
    """The sizes that values share, as far as they are known; None if they certainly differ.

    A row of one place beside rows of which a batch tells the size may have to spread: None, too.
    """
    shared = list(values[0].dims)
    for value in values[1:]:
        if value.ndim != len(shared):
            return None
        for axis, size in enumerate(value.dims):
            if axis and (size == 1) != (shared[axis] == 1):
                return None
            if isinstance(size, int):
                if isinstance(shared[axis], int) and size != shared[axis]:
                    return None
                shared[axis] = size
    return tuple(shared)


def at_keys(x: CSR, wanted: Any) -> Any:
    """The entries of ``x`` at ``wanted`` keys, 0 where nothing is stored."""
    return stored_at(x.data, keys_of(x), wanted)


def is_at_keys(x: CSR, wanted: Any) -> Any:
    """Whether something is stored at the ``wanted`` keys."""
    stored = broadcast_to(attached(np.True_, x.indices), dims_of(x.indices))
    return stored_at(stored, keys_of(x), wanted)


def only(x: CSR, mask: Any) -> CSR:
    """The stored entries of ``x`` for which ``mask``, one truth value for each, is true."""
    kept = true_positions(mask)
    # as many of them lie before row i as are kept of the entries before indptr[i]
    indptr = gather_rows(bounds_from_lengths(mask, index_dtype(x)), x.indptr)
    return CSR(gather_rows(x.data, kept), gather_rows(x.indices, kept), indptr, x.dims)


def bounds_from_lengths(lengths: Any, dtype: DType) -> Any:
    """0, and the sum of the lengths up to each one."""
    return cast(join([_ZERO, cumsum(cast(lengths, int64))], 0), dtype)


def row_starts(x: CSR) -> Any:
    return take_range(x.indptr, 0, 0, x.dims[0])


def row_lengths(x: CSR) -> Any:
    return take_range(x.indptr, 0, 1, x.dims[0] + 1) - row_starts(x)


def take_rows(x: CSR, starts: Any, lengths: Any) -> CSR:
    """The rows that begin at ``starts`` and hold ``lengths`` entries, in that order."""
    places = spans(starts, lengths)
    indptr = bounds_from_lengths(lengths, index_dtype(x))
    rows = dims_of(lengths)[0]
    data, indices = gather_rows(x.data, places), gather_rows(x.indices, places)
    return CSR(data, indices, indptr, (rows, *x.dims[1:]))


def transposed(x: CSR) -> CSR:
    """The rows of a matrix as columns: entries in the order of their column, then of their row."""
    rows, columns = x.dims
    order = argsort(x.indices)
    bounds = bounds_of(gather_rows(x.indices, order), columns, number(1, x.indices))
    index = index_dtype(x)
    return CSR(
        gather_rows(x.data, order),
        cast(gather_rows(rows_of(x), order), index),
        cast(bounds, index),
        (columns, rows),
    )
