"""How an op along an axis works on a ragged value: on its flat values, or row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kgraph.ops.axes import Axis, many_axes, one_axis
from kgraph.ops.casting import in_dtype_of
from kgraph.ops.op import Op
from kgraph.ops.operands import dims_of
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.ragged_broadcast import bounds_over
from kgraph.ops.ragged_columns import is_columns, reduce_columns
from kgraph.types.errors import ShapeError, message
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor


def reduce_ragged(
    made: Op, by_row: Callable[..., Any], x: RaggedTensor, axis: Axis, keepdims: bool
) -> Any:
    """Reduce a ragged value: inner axes on the flat values, ragged axes with ``by_row``."""
    ndim, rank = x.type.ndim, x.type.ragged_rank
    axes = many_axes(made.name, axis, ndim)
    inner = tuple(place - rank for place in axes if place > rank)
    outer = tuple(place for place in axes if place <= rank)
    if outer == tuple(range(rank + 1)):
        return reduce_all_rows(made, x, axes, keepdims)
    ends_rows = outer == tuple(range(rank - len(outer) + 1, rank + 1))
    if outer and not ends_rows and not is_columns(x, outer):
        raise _no_such_rows(made.name, x, outer)
    flat = made(x.flat_values, axis=inner, keepdims=keepdims) if inner else x.flat_values
    if not outer:
        return x.with_flat_values(flat)
    if not ends_rows:
        found = reduce_columns(x.with_flat_values(in_dtype_of(made, flat)), outer, by_row)
        return OPS["expand_dims"](found, outer) if keepdims else found
    rows = by_row(in_dtype_of(made, flat), bounds_over(x, rank - len(outer)))
    if keepdims:
        count, *rest = dims_of(rows)
        rows = reshape_to(rows, (count, *(1,) * len(outer), *rest))
    kept = x.nested_row_splits[: rank - len(outer)]
    return RaggedTensor._make(rows, tuple(kept)) if kept else rows


def reduce_all_rows(made: Op, x: RaggedTensor, axes: tuple[int, ...], keepdims: bool) -> Any:
    """Reduce over all ragged axes and axis 0: where rows end does not matter."""
    rank = x.type.ragged_rank
    inner = tuple(place - rank for place in axes if place > rank)
    found = made(x.flat_values, axis=(0, *inner), keepdims=keepdims)
    return reshape_to(found, (*(1,) * rank, *dims_of(found))) if keepdims else found


def _no_such_rows(op_name: str, x: RaggedTensor, axes: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        message(
            f"{op_name}: these axes of a ragged value do not lie together",
            received=f"axes {', '.join(map(str, axes))} of {x.type}",
            expected="neighbours, or all of them",
            hint="reduce one after the other, or make it dense with .to_tensor()",
        )
    )


def on_items(
    made: Op, x: RaggedTensor, axis: int, by_row: Callable[[Any, Any], Any], **attrs: Any
) -> RaggedTensor:
    """Apply an op that keeps all items: ``by_row`` along the rows, the op itself further in."""
    axis = one_axis(made.name, axis, x.type.ndim)
    if axis != x.ragged_rank:
        return on_inner_axis(made, x, axis, **attrs)
    flat = in_dtype_of(made, x.flat_values)
    return x.with_flat_values(by_row(flat, x.nested_row_splits[-1]))


def on_inner_axis(made: Op, x: RaggedTensor, axis: int, **attrs: Any) -> RaggedTensor:
    """Apply an op along an inner axis to the flat values."""
    axis = one_axis(made.name, axis, x.type.ndim)
    rank = x.type.ragged_rank
    if axis <= rank:
        raise ShapeError(
            message(
                f"{made.name}: along axis {axis} items of rows of different lengths do not stand "
                "below each other",
                received=str(x.type),
                expected=f"axis {rank}, along which the items of a row lie, or an inner axis",
                hint="make it dense with .to_tensor()",
            )
        )
    return x.with_flat_values(made(x.flat_values, axis=axis - rank, **attrs))
