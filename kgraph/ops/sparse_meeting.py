"""The elements of a dense value that meet the stored entries of a sparse one beside it."""

from __future__ import annotations

from typing import Any

from kgraph.ops.ensuring import with_sizes
from kgraph.ops.op import Op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.sizing import attached
from kgraph.ops.sparse_axes import coordinates, keys_at
from kgraph.ops.sparse_pattern import keys_of, of_shape, rows_of
from kgraph.types.csr import CSR
from kgraph.types.dims import Dims, broadcast_dims, product
from kgraph.types.errors import ShapeError, message


def at_stored(made: Op, value: Any, x: CSR) -> Any | None:
    """The elements of a dense ``value`` that meet the stored entries of ``x``.

    None if ``value`` does not broadcast to the shape of ``x``.

    Shapes    what broadcasts to that of x: (), (n,), (B, 1) or (B, n) to (B, n) -> () or (nnz,)
    Errors    ValueError if it does not broadcast with it at all
    """
    dims = dims_of(value)
    try:
        broadcast_dims(x.dims, dims)
    except ShapeError as error:
        received = f"{type_of(x)}\n{type_of(value)}"
        raise ShapeError(message(f"{made.name}: {error}", received=received)) from None
    if len(dims) > x.ndim:
        return None
    sizes = (1,) * (x.ndim - len(dims)) + tuple(dims)
    if any(own == 1 and size != 1 for own, size in zip(x.dims, sizes, strict=True)):
        return None
    tall, inner = sizes[0] != 1, sizes[1:]
    wide = any(size != 1 for size in inner)
    if not (tall or wide):
        return reshape_to(value, ()) if dims else value
    if wide and x.ndim > 2 and inner != x.dims[1:]:
        return _by_coordinates(value, sizes, x)
    if not tall:
        return gather_rows(of_shape(value, (x.width,), x.indices), x.indices)
    if not wide:
        return gather_rows(of_shape(value, x.dims[:1], x.indices), rows_of(x))
    return gather_rows(of_shape(value, (product(x.dims),), x.indices), keys_of(x))


def _by_coordinates(value: Any, sizes: Dims, x: CSR) -> Any:
    """Of a value that is as large as x on some axes and has size 1 on the others."""
    shared = [axis for axis, size in enumerate(sizes) if size != 1]
    wanted = tuple(x.dims[axis] if axis in shared else 1 for axis in range(x.ndim))
    if sizes != wanted:  # proved when a batch is there
        value = with_sizes(attached(value, x.indices), wanted[x.ndim - len(dims_of(value)) :])
    places = coordinates(x)
    keys = keys_at([places[axis] for axis in shared], [wanted[axis] for axis in shared], x.indices)
    return gather_rows(of_shape(value, (product(wanted),), x.indices), keys)
