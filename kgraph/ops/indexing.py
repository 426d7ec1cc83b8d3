"""Indexing as in NumPy: integers, slices, new axes, ellipses, and lists of positions.

A key is kept as a tuple of plain items, so that nodes can be compared, printed and saved:
integers, ``None`` and ``...`` as they are, ``("slice", start, stop, step)`` and
``("take", positions)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, Op, register
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.shape import reshape_to, strided_slice, transpose_axes
from kgraph.ops.slicing import resolve_index, resolve_slice
from kgraph.types.array_type import ValueType
from kgraph.types.dims import Size
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.ragged import RaggedTensor

_KINDS = "integers, slices, `None`, `...`, and one list or array of integers"


class IndexingOp(Op):
    """An op whose ``key`` is turned into plain items before anything else sees it."""

    def bind(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if len(args) > 1:
            args = (args[0], plain_key(args[1]), *args[2:])
        elif "key" in kwargs:
            kwargs = {**kwargs, "key": plain_key(kwargs["key"])}
        return super().bind(args, kwargs)


def plain_key(key: Any) -> tuple[Any, ...]:
    """The key as a tuple of plain items.

    >>> plain_key((..., slice(1, None), [0, 2]))
    (Ellipsis, ('slice', 1, None, None), ('take', (0, 2)))
    """
    items = key if isinstance(key, tuple) else (key,)
    return tuple(_plain_item(item) for item in items)


def _plain_item(item: Any) -> Any:
    if item is None or item is Ellipsis or _is_integer(item):
        return item if item is None or item is Ellipsis else int(item)
    if isinstance(item, slice):
        return ("slice", *(_bound(bound) for bound in (item.start, item.stop, item.step)))
    if isinstance(item, tuple) and item and item[0] in ("slice", "take"):
        return item
    if isinstance(item, list | np.ndarray):
        positions = np.asarray(item)
        if positions.ndim == 1 and (positions.dtype.kind in "iu" or positions.size == 0):
            return ("take", tuple(int(position) for position in positions))
        if positions.dtype.kind == "b":
            raise KGraphTypeError(
                message(
                    "getitem: a mask picks a number of elements that depends on its values",
                    received=f"a mask of shape {positions.shape}",
                    expected=_KINDS,
                    hint="ops.where(mask, x, 0) keeps the shape",
                )
            )
    raise KGraphTypeError(
        message(
            "getitem: cannot index with this",
            received=f"{type(item).__name__} {item!r}",
            expected=_KINDS,
            hint="ops.take(x, positions, axis) picks by value",
        )
    )


def _bound(bound: Any) -> int | None:
    if bound is None or _is_integer(bound):
        return None if bound is None else int(bound)
    raise KGraphTypeError(f"getitem: the bounds of a slice are integers or None, got {bound!r}")


def _is_integer(item: Any) -> bool:
    return isinstance(item, int | np.integer) and not isinstance(item, bool)


def _numpy_key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_numpy_item(item) for item in key)


def _numpy_item(item: Any) -> Any:
    if not isinstance(item, tuple):
        return item
    return slice(*item[1:]) if item[0] == "slice" else np.array(item[1], np.int64)


def _getitem(x: Array, key: Any) -> Array:
    """``x[key]``.

    Shapes    an integer drops its axis, a slice keeps it, ``None`` adds one, ``...`` stands for
              all axes not named, a list of positions picks entries; on a ragged value the rows
              and the ragged axes take ``:`` only
    Dtypes    all; the result has the dtype of x
    Errors    ValueError for a position or an axis that x has not; TypeError for masks and for
              lists beside integers
    Source    keras.ops.get_item, numpy indexing

    >>> import kgraph as kg
    >>> kg.ops.getitem([[1, 2, 3], [4, 5, 6]], (slice(None), -1))
    array([3, 6], dtype=int32)
    """
    return x[_numpy_key(key)]


_getitem.__name__ = "getitem"
getitem = register(IndexingOp(_getitem, unchanged))


@getitem.lower
def _slice_then_pick(x: Any, key: tuple[Any, ...]) -> Any:
    dims = dims_of(x)
    items = _one_item_per_axis(key, type_of(x))
    starts: list[Size] = [0] * len(dims)
    stops, steps = list(dims), [1] * len(dims)
    shape: list[Size] = []
    picked: tuple[int, tuple[int, ...]] | None = None
    axis = 0
    for item in items:
        if item is None:
            shape.append(1)
            continue
        if isinstance(item, int):
            starts[axis] = resolve_index(item, axis, dims[axis])
            stops[axis] = starts[axis] + 1
        elif item[0] == "slice":
            starts[axis], stops[axis], steps[axis], size = resolve_slice(item[1:], dims[axis])
            shape.append(size)
        else:
            picked = (len(shape), item[1])
            shape.append(dims[axis])
        axis += 1
    if any(
        (a, b, c) != (0, size, 1) for a, b, c, size in zip(starts, stops, steps, dims, strict=True)
    ):
        x = strided_slice(x, starts, stops, steps)
    x = reshape_to(x, shape) if tuple(shape) != dims_of(x) else x
    return pick(x, picked[0], picked[1]) if picked else x


def _one_item_per_axis(key: tuple[Any, ...], type: ValueType) -> list[Any]:
    """The key with its ellipsis written out, so that every axis has its item."""
    ndim = type.ndim
    named = sum(1 for item in key if item is not None and item is not Ellipsis)
    places = [place for place, item in enumerate(key) if item is Ellipsis]
    if len(places) > 1:
        raise KGraphTypeError("getitem: `...` stands once in an index")
    if named > ndim:
        raise ShapeError(
            message(f"getitem: {named} indices are too many for {ndim} axes", received=str(type))
        )
    lists = sum(1 for item in key if isinstance(item, tuple) and item[0] == "take")
    if lists > 1 or (lists and any(isinstance(item, int) for item in key)):
        raise KGraphTypeError(
            message(
                "getitem: a list of positions stands alone among slices",
                hint="index twice: x[:, [0, 2]][..., 1]",
            )
        )
    place = places[0] if places else len(key)
    rest = [("slice", None, None, None)] * (ndim - named)
    return [*key[:place], *rest, *key[place + len(places) :]]


def pick(x: Any, axis: int, positions: tuple[int, ...]) -> Any:
    """The entries of ``x`` at known ``positions`` along ``axis``."""
    size = dims_of(x)[axis]
    found = [resolve_index(position, axis, size) for position in positions]
    if not all(isinstance(position, int) for position in found):
        raise ShapeError(
            f"getitem: negative positions need a known size on axis {axis}, which is {size}"
        )
    return gather_along(x, np.array(found, np.int64), axis)


def gather_along(x: Any, ids: Any, axis: int) -> Any:
    """``gather_rows`` on any axis: the axes of ``ids`` stand where ``axis`` stood."""
    ndim, count = type_of(x).ndim, type_of(ids).ndim
    if axis == 0:
        return gather_rows(x, ids)
    front = tuple(range(axis))
    table = transpose_axes(x, (axis, *front, *range(axis + 1, ndim)))
    moved = tuple(range(count, count + axis))
    rest = tuple(range(count + axis, count + ndim - 1))
    return transpose_axes(gather_rows(table, ids), (*moved, *range(count), *rest))


def take_range(x: Any, axis: int, start: Size, stop: Size) -> Any:
    """``x[..., start:stop, ...]`` with resolved bounds."""
    dims = dims_of(x)
    starts = [start if place == axis else 0 for place in range(len(dims))]
    stops = [stop if place == axis else size for place, size in enumerate(dims)]
    return strided_slice(x, starts, stops, [1] * len(dims))


@getitem.ragged
def _index_items(x: RaggedTensor, key: tuple[Any, ...]) -> Any:
    rank = x.type.ragged_rank
    items = _one_item_per_axis(key, x.type)
    whole = ("slice", None, None, None)
    if any(item != whole for item in items[: rank + 1]):
        raise ShapeError(
            message(
                "getitem: the rows of a ragged value can only be taken whole here",
                received=f"index {key} into {x.type}",
                expected=f"`:` on the first {rank + 1} axes",
                hint="x.values or x.to_tensor() can be indexed freely",
            )
        )
    return x.with_flat_values(getitem(x.flat_values, (whole, *items[rank + 1 :])))


_X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
getitem.sample(_X, key=plain_key(1))
getitem.sample(_X, key=plain_key((slice(None), -1)))
getitem.sample(_X, key=plain_key((..., slice(1, None, 2))))
getitem.sample(_X, key=plain_key((0, None, slice(None, None, -1), 2)))
getitem.sample(_X, key=plain_key((slice(None), slice(-2, None), slice(3, 0, -2))))
getitem.sample(_X, key=plain_key((slice(None), [2, 0, -1])))
getitem.sample(_X, key=plain_key((slice(5, 9), slice(2, 1))))
getitem.sample(_X, key=plain_key(()))

get_item = getitem
