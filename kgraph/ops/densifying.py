"""Ragged and sparse values written out as dense ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kgraph.ops.composite import NESTED, RAGGED, VECTORS
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.indexing import take_range
from kgraph.ops.op import Array, Op, register
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives import bounds
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.partitions import places_in_longest
from kgraph.ops.primitives.shape import broadcast_to, join, pad_constant, reshape_to
from kgraph.ops.ragged_broadcast import lengths_of
from kgraph.ops.ragged_rows import starts_of
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import where
from kgraph.ops.sizing import attached
from kgraph.types import ragged_dense
from kgraph.types.csr import CSR
from kgraph.types.dims import Dim, Shape, Size
from kgraph.types.errors import KGraphValueError
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor
from kgraph.types.symbolic import Symbolic


class PaddingOp(Op):
    """An op whose ``default_value`` may be an array, kept as nested tuples."""

    def bind(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        inputs, attrs = super().bind(args, kwargs)
        if isinstance(attrs["default_value"], np.ndarray):
            attrs["default_value"] = _nested_tuples(attrs["default_value"].tolist())
        return inputs, attrs


def _nested_tuples(value: Any) -> Any:
    return tuple(map(_nested_tuples, value)) if isinstance(value, list) else value


def _to_dense(x: Array, default_value: Any = 0, shape: Shape | None = None) -> Array:
    """x as a dense value: rows filled up, zeros written out; a dense value as it is.

    Shapes    ragged (B, None, ...) -> (B, n, ...), where n is the longest row; ``shape`` has other
              sizes for some axes, to which they are cut or filled up, and None for those that
              stay; sparse (B, ...) -> (B, ...)
    Dtypes    all; the result has the dtype of x
    Edges     duplicate sparse entries are summed
    Errors    ValueError for a ``shape`` of another rank, or a default that does not fit an item
    Source    tf.RaggedTensor.to_tensor, tf.sparse.to_dense

    >>> import kgraph as kg
    >>> kg.ops.to_dense(kg.RaggedTensor.from_row_splits([1.0, 2.0, 3.0], [0, 2, 3]))
    array([[1., 2.],
           [3., 0.]])
    """
    return x


_to_dense.__name__ = "to_dense"
to_dense = register(PaddingOp(_to_dense, unchanged))


@to_dense.lower
def _as_it_is(x: Any, default_value: Any, shape: Shape | None) -> Any:
    return x


@to_dense.ragged
def _fill_up(x: RaggedTensor, default_value: Any, shape: Shape | None) -> Any:
    wanted = ragged_dense.wanted_shape(shape, x.ndim)
    rank, flat = x.ragged_rank, x.flat_values
    inner = tuple(size if isinstance(size, int) else 1 for size in dims_of(flat)[1:])
    fill = ragged_dense.fill_for(default_value, x.dtype, inner)
    flat = _fit_inner(flat, wanted[rank + 1 :], fill)
    for axis in range(rank, 0, -1):
        splits = x.nested_row_splits[axis - 1]
        rows = wanted[0] if axis == 1 else None
        flat = _spread(flat, splits, rows, wanted[axis], fill)
    return flat


def _fit_inner(flat: Any, sizes: Shape, fill: np.ndarray) -> Any:
    """Cut or widen the uniform inner axes."""
    for axis, (size, want) in enumerate(zip(dims_of(flat)[1:], sizes, strict=True), start=1):
        if want is None or size == want:
            continue
        if fill.ndim:
            raise KGraphValueError("default_value must be a scalar when shape changes inner axes")
        if not isinstance(size, int) or want > size:
            widths = tuple((0, want if place == axis else 0) for place in range(type_of(flat).ndim))
            flat = pad_constant(flat, widths, fill.item())
        flat = take_range(flat, axis, 0, want)
    return flat


def _so_many_rows(splits: Any, count: int) -> Any:
    """Splits of ``count`` rows: the first ones, and empty ones where these are too few."""
    (size,) = dims_of(splits)
    more = broadcast_to(take_range(splits, 0, size - 1, size), (count,))
    return take_range(join([splits, more], 0), 0, 0, count + 1)


def _spread(items: Any, splits: Any, rows: int | None, width: int | None, fill: np.ndarray) -> Any:
    """Give each row its own line of ``width`` places, or as many as the longest of all rows has."""
    length = longest(items, splits) if width is None else width
    kept = splits if rows is None else _so_many_rows(splits, rows)
    if length is not None and fill.ndim == 0:
        return bounds.ragged_to_dense(items, kept, fill, length)
    places = np.arange(length) if isinstance(length, int) else places_in_longest(splits)
    return _gathered(items, kept, places, fill)


def longest(items: Any, splits: Any) -> Size | None:
    """The size of the longest row, where it is known before anything is computed."""
    if isinstance(splits, Symbolic):
        (size, *_) = dims_of(items)
        told = splits.is_given and isinstance(size, Dim) and size.as_symbol() is not None
        return bounds.longest_row(type_of(items)) if told else None  # type: ignore[arg-type]
    return int(np.diff(splits).max(initial=0))


def _gathered(items: Any, splits: Any, places: Any, fill: np.ndarray) -> Any:
    """Lines picked from the default, which comes first, and the items."""
    table = join([broadcast_to(attached(fill, items), (1, *dims_of(items)[1:])), items], 0)
    rows = dims_of(splits)[0] - 1
    starts, lengths = (reshape_to(f(splits), (rows, 1)) for f in (starts_of, lengths_of))
    return gather_rows(table, where(places < lengths, places + starts + 1, 0))


@to_dense.sparse
def _write_zeros(x: CSR, default_value: Any, shape: Shape | None) -> Any:
    dense = _written(x, x.data)
    if default_value == 0:
        return dense
    stored = _written(x, OPS["ones_like"](x.data, "bool"))
    return OPS["where"](stored, dense, np.asarray(default_value).astype(type_of(x).dtype))


def _written(x: CSR, data: Any) -> Any:
    """``data`` at the places of the entries of x, and zeros at all others."""
    rows = bounds.csr_to_dense(data, x.indices, x.indptr, x.width)
    return rows if x.ndim == 2 else reshape_to(rows, x.dims)


to_dense.sample(f32([[1, 2]]))
to_dense.sample(RAGGED)
to_dense.sample(RAGGED, default_value=-1, shape=(None, 1))
to_dense.sample(RAGGED, shape=(5, 4))
to_dense.sample(VECTORS, shape=(2, 3, 4))
to_dense.sample(VECTORS, default_value=(7, 8))
to_dense.sample(VECTORS, default_value=7, shape=(None, None, 1))
to_dense.sample(NESTED, shape=(None, 1, None, None))
_STORED = CSR(f32([1, 2]), i32([1, 0]), i32([0, 1, 1, 2]), (3, 2))
to_dense.sample(_STORED)
to_dense.sample(_STORED, default_value=-1)
