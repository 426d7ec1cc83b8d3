"""A ragged value as a sparse one: each item at its place, and nothing after a row's last one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import add, multiply
from kgraph.ops.casting import cast
from kgraph.ops.composite import NESTED, RAGGED, VECTORS, refuse_dense
from kgraph.ops.composite_op import composite
from kgraph.ops.densifying import longest
from kgraph.ops.op import Array
from kgraph.ops.operands import dims_of
from kgraph.ops.primitives.bounds import row_ids
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.partitions import places_in_longest
from kgraph.ops.primitives.rows import spans_like
from kgraph.ops.primitives.shape import broadcast_to, reshape_to
from kgraph.ops.ragged_broadcast import lengths_of
from kgraph.ops.ragged_rows import starts_of
from kgraph.ops.sizing import attached, number_of
from kgraph.types.csr import CSR
from kgraph.types.dims import Size, product
from kgraph.types.dtypes import int64
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import from_csr, index_dtype_for, to_csr


@composite()
def to_sparse(x: Array) -> Array:
    """A sparse value with every item of a ragged one stored, zeros too.

    Shapes    ragged (B, None, ...) -> sparse (B, n, ...), where n is the longest row
    Dtypes    all that sparse values may have; the result has the dtype of x
    Errors    TypeError if x is not ragged
    Source    tf.RaggedTensor.to_sparse

    >>> import kgraph as kg
    >>> from kgraph.ops.ragged_to_sparse import to_sparse
    >>> to_sparse(kg.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3])).toarray()
    array([[3, 1],
           [4, 0]])
    """
    found = x.to_sparse()
    return from_csr(to_csr(found, index_dtype_for(found.shape)))


@to_sparse.ragged
def _columns_of_items(x: RaggedTensor) -> CSR:
    outer, *inner = x.nested_row_splits
    items = [*map(starts_of, inner), x.flat_values]
    bounds = outer
    columns, width = _places(outer, items[0])
    dims: list[Size] = [dims_of(outer)[0] - 1, width]
    for splits, own in zip(inner, items[1:], strict=True):
        places, width = _places(splits, own)
        above = gather_rows(columns, row_ids(splits, own))
        columns = add(multiply(above, number_of(width, own)), places)
        bounds = gather_rows(splits, bounds)
        dims.append(width)
    return _with_inner(x.flat_values, columns, bounds, dims)


def _places(splits: Any, items: Any) -> tuple[Any, Size]:
    """The place of each item in its row, and how many places the longest row has."""
    lengths = lengths_of(splits)
    places = spans_like(lengths * 0, lengths, items)
    width = longest(items, splits)
    if width is not None:
        return places, width
    known = places_in_longest(splits)  # the size is known where this is
    return gather_rows(known, places), dims_of(known)[0]


def _with_inner(flat: Any, columns: Any, bounds: Any, dims: Sequence[Size]) -> CSR:
    """Each number of an item at a place of its own."""
    count, *inner = dims_of(flat)
    whole = (*dims, *inner)
    index = index_dtype_for(whole)
    if inner:
        size = product(inner)
        length = number_of(size, flat)
        starts = multiply(reshape_to(columns, (count, 1)), length)
        columns = reshape_to(add(starts, _first_numbers(size, flat)), (count * size,))
        flat, bounds = reshape_to(flat, (count * size,)), multiply(cast(bounds, int64), length)
    return CSR(flat, cast(columns, index), cast(bounds, index), whole)


def _first_numbers(size: Size, like: Any) -> Any:
    """0, 1, 2, … as many as ``size``."""
    if isinstance(size, int):
        return np.arange(size)
    start = attached(np.zeros(1, np.int64), like)
    length = reshape_to(number_of(size, like), (1,))
    return spans_like(start, length, broadcast_to(start, (size,)))


for _sample in (RAGGED, VECTORS, NESTED):
    to_sparse.sample(_sample)
refuse_dense(to_sparse)
