"""Sparse values put together, and under another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import add
from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.creation import zeros_like
from kgraph.ops.indexing import take_range
from kgraph.ops.joining import concatenate, hstack, stack, vstack
from kgraph.ops.operands import densified, type_of
from kgraph.ops.primitives.shape import join
from kgraph.ops.reshaping import (
    _new_axes,
    _permutation,
    expand_dims,
    moveaxis,
    ravel,
    reshape,
    resolve_shape,
    squeeze,
    squeezed_dims,
    swapaxes,
    transpose,
)
from kgraph.ops.sparse_axes import joined, permuted, regrouped, with_size
from kgraph.ops.sparse_pattern import drawn_among, index_dtype, with_dims
from kgraph.types.csr import CSR
from kgraph.types.dims import Size, product
from kgraph.types.dtypes import DType
from kgraph.types.errors import ShapeError, message


@concatenate.sparse
def _join_stored(xs: Sequence[Any], axis: int) -> Any:
    first = next(x for x in xs if isinstance(x, CSR))
    axis = one_axis("concatenate", axis, first.ndim)
    if not all(isinstance(x, CSR) and x.ndim == first.ndim for x in xs):
        return concatenate(densified("concatenate", xs), axis)
    return below(xs) if axis == 0 else beside(xs, axis)


@stack.sparse
def _join_along_a_new_axis(x: Sequence[Any], axis: int) -> Any:
    if not all(isinstance(value, CSR) for value in x):
        return stack(densified("stack", x), axis)
    place = one_axis("stack", axis, x[0].ndim + 1)
    return concatenate([expand_dims(value, place) for value in x], place)


for _op in (vstack, hstack):  # written with concatenate and reshape
    assert _op.lower_rule is not None
    _op.sparse(_op.lower_rule)


def below(xs: Sequence[CSR]) -> CSR:
    """The rows of each value after those of the one before."""
    if len(xs) == 1:
        return xs[0]
    xs = _alike_but(xs, 0)
    index = np.result_type(*(index_dtype(x) for x in xs))
    indptr: Any = cast(xs[0].indptr, index)
    rows = xs[0].dims[0]
    for x in xs[1:]:
        last = take_range(indptr, 0, rows, rows + 1)
        more = take_range(x.indptr, 0, 1, x.dims[0] + 1)
        indptr = join([indptr, cast(add(more, last), index)], 0)
        rows = rows + x.dims[0]
    data = concatenate([x.data for x in xs], 0)
    indices = join([cast(x.indices, index) for x in xs], 0)
    return CSR(data, indices, indptr, (rows, *xs[0].dims[1:]))


def beside(xs: Sequence[CSR], axis: int) -> CSR:
    """Each value after the one before on an axis but the first."""
    return xs[0] if len(xs) == 1 else joined(_alike_but(xs, axis), axis)


def _alike_but(xs: Sequence[CSR], axis: int) -> list[CSR]:
    """The values with equal sizes on every other axis: known, or proved with a batch."""
    shared = [_shared_size(xs, other) if other != axis else 0 for other in range(xs[0].ndim)]
    like = drawn_among(xs)
    return [with_dims(x, with_size(tuple(shared), axis, x.dims[axis]), like) for x in xs]


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


@reshape.sparse
def _reshape_stored(x: CSR, newshape: Any) -> Any:
    shape = resolve_shape(x.dims, newshape)
    if not shape:
        return reshape(*densified("reshape", [x]), newshape)
    return regrouped(x, shape)


@ravel.sparse
def _one_axis(x: CSR) -> CSR:
    return regrouped(x, (product(x.dims),))


@expand_dims.sparse
def _with_axes_of_one_place(x: CSR, axis: Any) -> CSR:
    dims = list(x.dims)
    for place in _new_axes(axis, x.ndim):
        dims.insert(place, 1)
    return regrouped(x, tuple(dims))


@squeeze.sparse
def _without_axes_of_one_place(x: CSR, axis: Any) -> Any:
    kept = squeezed_dims(x.dims, axis, x)
    if not kept:
        return squeeze(*densified("squeeze", [x]), axis)
    return regrouped(x, kept)


@transpose.sparse
def _turn_axes(x: CSR, axes: Any) -> CSR:
    return permuted(x, _permutation(axes, x.ndim))


for _op in (swapaxes, moveaxis):  # written with transpose
    assert _op.lower_rule is not None
    _op.sparse(_op.lower_rule)


@zeros_like.sparse
def _store_zeros(x: CSR, dtype: DType | None) -> CSR:
    return x.with_data(zeros_like(x.data, dtype))
