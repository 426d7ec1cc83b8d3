"""Sparse values put together, and under another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import add, multiply
from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.creation import zeros_like
from kgraph.ops.indexing import take_range
from kgraph.ops.joining import concatenate, hstack, vstack
from kgraph.ops.operands import densified, type_of
from kgraph.ops.primitives.shape import join
from kgraph.ops.reshaping import _permutation, moveaxis, reshape, resolve_shape, swapaxes, transpose
from kgraph.ops.sparse_pattern import (
    drawn_among,
    from_keys,
    index_dtype,
    keys_of,
    number,
    rows_of,
    sorted_by_keys,
    transposed,
    with_rows,
)
from kgraph.types.csr import CSR
from kgraph.types.dims import Size, product
from kgraph.types.dtypes import DType, int64
from kgraph.types.errors import ShapeError, message
from kgraph.types.sparse import csr_index_dtype


@concatenate.sparse
def _join_stored(xs: Sequence[Any], axis: int) -> Any:
    axis = one_axis("concatenate", axis, 2)
    if not all(isinstance(x, CSR) for x in xs):
        return concatenate(densified("concatenate", xs), axis)
    return below(xs) if axis == 0 else beside(xs)


@vstack.sparse
def _below_each_other(xs: Sequence[Any]) -> Any:
    return _join_stored(xs, 0)


@hstack.sparse
def _beside_each_other(xs: Sequence[Any]) -> Any:
    return _join_stored(xs, 1)


def below(xs: Sequence[CSR]) -> CSR:
    """The rows of each value after those of the one before."""
    if len(xs) == 1:
        return xs[0]
    columns = _shared_size(xs, 1)
    index = _index_dtype(xs)
    indptr: Any = cast(xs[0].indptr, index)
    rows = xs[0].dims[0]
    for x in xs[1:]:
        last = take_range(indptr, 0, rows, rows + 1)
        more = take_range(x.indptr, 0, 1, x.dims[0] + 1)
        indptr = join([indptr, cast(add(more, last), index)], 0)
        rows = rows + x.dims[0]
    data = concatenate([x.data for x in xs], 0)
    indices = join([cast(x.indices, index) for x in xs], 0)
    return CSR(data, indices, indptr, (rows, columns))


def beside(xs: Sequence[CSR]) -> CSR:
    """The columns of each value after those of the one before."""
    if len(xs) == 1:
        return xs[0]
    rows = _shared_size(xs, 0)
    like = drawn_among(xs)
    xs = [with_rows(x, rows, like) for x in xs]
    width: Size = 0
    places = []
    for x in xs:
        places.append((x, width))
        width = width + x.dims[1]
    keys = []
    for x, before in places:
        column = add(cast(x.indices, int64), number(before, like))
        keys.append(add(multiply(rows_of(x), number(width, like)), column))
    data = concatenate([x.data for x in xs], 0)
    return sorted_by_keys(join(keys, 0), data, (rows, width), _index_dtype(xs))


def _shared_size(xs: Sequence[CSR], axis: int) -> Size:
    sizes = [x.dims[axis] for x in xs]
    known = {size for size in sizes if isinstance(size, int)}
    if len(known) > 1:
        raise ShapeError(
            message(
                f"concatenate: sizes differ on axis {axis}",
                received="\n".join(str(type_of(x)) for x in xs),
                expected="equal sizes on every other axis",
            )
        )
    return known.pop() if known else sizes[0]


def _index_dtype(xs: Sequence[CSR]) -> DType:
    return np.result_type(*(index_dtype(x) for x in xs))


@reshape.sparse
def _reshape_stored(x: CSR, newshape: Any) -> Any:
    shape = resolve_shape(x.dims, newshape)
    if len(shape) != 2 or product(shape) != product(x.dims):
        return reshape(*densified("reshape", [x]), newshape)
    known = [size for size in shape if isinstance(size, int)]
    index = np.result_type(index_dtype(x), csr_index_dtype(max(known, default=0), 0, 0))
    return from_keys(keys_of(x), x.data, shape, index)


@transpose.sparse
def _swap_rows_and_columns(x: CSR, axes: Any) -> Any:
    return x if _permutation(axes, 2) == (0, 1) else transposed(x)


for _op in (swapaxes, moveaxis):  # written with transpose
    assert _op.lower_rule is not None
    _op.sparse(_op.lower_rule)


@zeros_like.sparse
def _store_zeros(x: CSR, dtype: DType | None) -> CSR:
    return x.with_data(zeros_like(x.data, dtype))
