"""Products in which a factor is sparse, and reductions of what is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import divide, multiply
from kgraph.ops.axes import Axis, many_axes
from kgraph.ops.casting import cast, in_dtype_of
from kgraph.ops.dtype_rules import arithmetic
from kgraph.ops.linear import _require_inner_sizes, dot, matmul
from kgraph.ops.op import Op
from kgraph.ops.operands import densified, densify, dims_of, dtype_key, open_sparse, type_of
from kgraph.ops.primitives.bounds import (
    csr_matmul,
    segment_max,
    segment_min,
    segment_prod,
    segment_sum,
)
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.shape import reshape_to, transpose_axes
from kgraph.ops.primitives.sparse import product_entries, product_keys
from kgraph.ops.reduction import all as all_
from kgraph.ops.reduction import any as any_
from kgraph.ops.reduction import count_nonzero, max, mean, min, prod, sum
from kgraph.ops.reshaping import expand_dims
from kgraph.ops.selection import maximum, minimum, where
from kgraph.ops.sparse_axes import lines_along, regrouped
from kgraph.ops.sparse_pattern import (
    drawn_among,
    from_keys,
    index_dtype,
    number,
    of_shape,
    row_lengths,
    transposed,
    with_dims,
)
from kgraph.types.csr import CSR
from kgraph.types.dims import Dims, Size, product
from kgraph.types.dtypes import DType, as_float, int32


@matmul.sparse
def _matmul_of_stored(x1: Any, x2: Any) -> Any:
    _require_inner_sizes("matmul", x1, x2)
    dtype = arithmetic([dtype_key(x1), dtype_key(x2)])[0]
    if type_of(x2).ndim > 2 or (type_of(x1).ndim > 2 and not isinstance(x1, CSR)):
        return matmul(*densified("matmul", [x1, x2]))
    if any(isinstance(x, CSR) and x.ndim == 1 for x in (x1, x2)):
        return _with_vector(x1, x2)
    if isinstance(x1, CSR) and x1.ndim > 2:
        return _of_all_rows(x1, x2)
    if isinstance(x1, CSR) and isinstance(x2, CSR):
        return _sparse_product(
            x1, with_dims(x2, (x1.dims[1], x2.dims[1]), drawn_among([x1, x2])), dtype
        )
    if isinstance(x1, CSR):
        return _sparse_times_dense(x1, x2, dtype)
    found = _sparse_times_dense(transposed(x2), _turned(x1), dtype)
    return _turned(found)


def _with_vector(x1: Any, x2: Any) -> Any:
    """A vector as a matrix of one row, or of one column where it stands second."""
    is_vector = [type_of(x).ndim == 1 for x in (x1, x2)]
    left = expand_dims(x1, 0) if is_vector[0] else x1
    right = expand_dims(x2, 1) if is_vector[1] else x2
    found = open_sparse(matmul(left, right))
    *rows, above, across = found.dims if isinstance(found, CSR) else dims_of(found)
    kept: Dims = (*rows, *([] if is_vector[0] else [above]), *([] if is_vector[1] else [across]))
    if isinstance(found, CSR) and kept:
        return regrouped(found, kept)
    return reshape_to(densify(found), kept)


def _of_all_rows(x: CSR, table: Any) -> Any:
    """The product along the last axis: that of a matrix of all rows along it."""
    rows = x.dims[:-1]
    found = open_sparse(matmul(regrouped(x, (product(rows), x.dims[-1])), table))
    if isinstance(found, CSR):
        return regrouped(found, (*rows, found.dims[-1]))
    return reshape_to(found, (*rows, *dims_of(found)[1:]))


def _turned(x: Any) -> Any:
    return transpose_axes(x, (1, 0)) if type_of(x).ndim == 2 else x


def _sparse_times_dense(x: CSR, table: Any, dtype: DType) -> Any:
    vector = type_of(table).ndim == 1
    if vector:
        table = reshape_to(table, (*dims_of(table), 1))
    if dims_of(table)[0] != x.dims[1]:  # proved when a batch is there
        table = of_shape(table, (x.dims[1], dims_of(table)[1]), x.indices)
    if dtype.kind == "f":
        found = csr_matmul(x.data, x.indices, x.indptr, table)
    else:
        rows = gather_rows(cast(table, dtype), x.indices)
        weights = reshape_to(cast(x.data, dtype), (*dims_of(x.data), 1))
        found = segment_sum(multiply(rows, weights), x.indptr)
    return reshape_to(found, dims_of(found)[:1]) if vector else found


def _sparse_product(x1: CSR, x2: CSR, dtype: DType) -> CSR:
    pattern = x1.indices, x1.indptr, x2.indices, x2.indptr
    columns = number(x2.dims[1], drawn_among([x1, x2]))
    keys = product_keys(*pattern, columns)
    data1, data2 = cast(x1.data, dtype), cast(x2.data, dtype)
    data = product_entries(data1, *pattern[:2], data2, *pattern[2:], keys, columns)
    index = np.result_type(index_dtype(x1), index_dtype(x2))
    return from_keys(keys, data, (x1.dims[0], x2.dims[1]), index)


assert dot.lower_rule is not None
dot.sparse(dot.lower_rule)  # written with matmul


# -- reductions: of the lines along an axis, or several -------------------------------------------


def _reduces_stored(made: Op, of_rows: Callable[..., Any]) -> None:
    """``of_rows(x, size)`` reduces the rows of x, which are ``size`` wide, to one value each."""

    @made.sparse
    def over_stored(x: CSR, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> Any:
        axes = many_axes(made.name, axis, x.ndim)
        if not axes:
            return made(*densified(made.name, [x]), axis)
        lines = lines_along(x, axes)
        found = of_rows(lines, lines.dims[1])
        if initial is not None:
            meet = maximum if made is max else minimum
            found = cast(meet(found, initial), type_of(x).dtype)
        kept = tuple(1 if place in axes else size for place, size in enumerate(x.dims))
        left = tuple(size for place, size in enumerate(x.dims) if place not in axes)
        return reshape_to(found, kept if keepdims else left)


def _has_gaps(x: CSR, size: Size) -> Any:
    return row_lengths(x) < number(size, x.indices)


def _sum(x: CSR, size: Size) -> Any:
    return segment_sum(in_dtype_of(sum, x.data), x.indptr)


def _prod(x: CSR, size: Size) -> Any:
    found = segment_prod(in_dtype_of(prod, x.data), x.indptr)
    return where(_has_gaps(x, size), type_of(found).dtype.type(0), found)


def _mean(x: CSR, size: Size) -> Any:
    dtype = as_float(type_of(x.data).dtype)
    return divide(segment_sum(cast(x.data, dtype), x.indptr), cast(number(size, x.indices), dtype))


def _extreme(segment: Op, meet: Op) -> Callable[..., Any]:
    def of_rows(x: CSR, size: Size) -> Any:
        found = segment(x.data, x.indptr)
        with_zero = meet(found, type_of(found).dtype.type(0))
        return where(_has_gaps(x, size), with_zero, found)

    return of_rows


def _count(x: CSR, size: Size) -> Any:
    return segment_sum(cast(x.data != 0, int32), x.indptr)


_reduces_stored(sum, _sum)
_reduces_stored(prod, _prod)
_reduces_stored(mean, _mean)
_reduces_stored(max, _extreme(segment_max, maximum))
_reduces_stored(min, _extreme(segment_min, minimum))
_reduces_stored(count_nonzero, _count)
_reduces_stored(any_, lambda x, size: _count(x, size) > 0)
_reduces_stored(all_, lambda x, size: _count(x, size) >= number(size, x.indices))
