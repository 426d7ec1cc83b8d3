"""The part of an index that keeps elements in their order: integers, slices and new axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.gathering import gather_along
from kgraph.ops.index_key import WHOLE, Items, show_key
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.positions import spans
from kgraph.ops.primitives.shape import reshape_to, strided_slice
from kgraph.ops.selection import maximum, minimum, where
from kgraph.ops.sizing import size_on
from kgraph.ops.slicing import resolve_index, resolve_slice
from kgraph.types.array_type import ValueType
from kgraph.types.dims import Size
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message


def axes_of(item: Any, values: Sequence[Any] = ()) -> int:
    """How many axes an item of a key stands for."""
    if item is None or item is Ellipsis:
        return 0
    if isinstance(item, tuple) and item[0] == "mask":
        return len(item[2])
    if isinstance(item, tuple) and item[0] == "value":
        picked = type_of(values[item[1]])
        return picked.ndim if picked.dtype.kind == "b" else 1
    return 1


def items_by_axis(key: Items, type: ValueType, values: Sequence[Any] = ()) -> list[Any]:
    """The key with its ellipsis written out, so that every axis has its item."""
    named = sum(axes_of(item, values) for item in key)
    places = [place for place, item in enumerate(key) if item is Ellipsis]
    if len(places) > 1:
        raise KGraphTypeError(f"getitem: `...` stands once in an index, not as in {show_key(key)}")
    if named > type.ndim:
        received = f"index {show_key(key)} into {type}"
        raise ShapeError(
            message(
                f"getitem: {named} indices are too many for {type.ndim} axes", received=received
            )
        )
    place = places[0] if places else len(key)
    rest = [WHOLE] * (type.ndim - named)
    return [*key[:place], *rest, *key[place + len(places) :]]


def take_slices(x: Any, items: Sequence[Any], values: Sequence[Any] = ()) -> Any:
    """``x[items]``, where each item is an integer, a slice or None and every axis has its own."""
    dims = dims_of(x)
    starts: list[Size] = [0] * len(dims)
    stops, steps = list(dims), [1] * len(dims)
    shape: list[Size] = []
    later: list[tuple[int, Any]] = []
    axis = 0
    for item in items:
        if item is None:
            shape.append(1)
            continue
        if isinstance(item, int):
            starts[axis] = resolve_index(item, axis, dims[axis])
            stops[axis] = starts[axis] + 1
        elif any(isinstance(bound, tuple) for bound in item):
            later.append((len(shape), item))
            shape.append(dims[axis])
        else:
            starts[axis], stops[axis], steps[axis], size = resolve_slice(item[1:], dims[axis])
            shape.append(size)
        axis += 1
    if any(
        (a, b, c) != (0, size, 1) for a, b, c, size in zip(starts, stops, steps, dims, strict=True)
    ):
        x = strided_slice(x, starts, stops, steps)
    x = reshape_to(x, shape) if tuple(shape) != dims_of(x) else x
    for place, item in later:
        x = gather_along(x, _slice_positions(x, place, item, values), place)
    return x


def _slice_positions(x: Any, axis: int, item: Any, values: Sequence[Any]) -> Any:
    """The positions of a slice with a bound that only the batch tells, as Python clamps them."""
    start, stop, step = (_bound(bound, values) for bound in item[1:])
    step = 1 if step is None else step
    if step == 0:
        raise KGraphValueError("getitem: the step of a slice is not 0")
    size = size_on(x, axis, next(part for part in (start, stop) if not _is_known(part)))
    low, high = (0, size) if step > 0 else (-1, size - 1)
    first = _clamped(start, size, low, high, low if step > 0 else high)
    last = _clamped(stop, size, low, high, high if step > 0 else low)
    gap = last - first if step > 0 else first - last
    count = maximum((gap + (abs(step) - 1)) // abs(step), 0)
    if step == 1:
        return spans(_vector(first), _vector(count))
    return first + step * spans(np.zeros(1, np.int64), _vector(count))


def _bound(bound: Any, values: Sequence[Any]) -> Any:
    """A number or None as it is, a value as int64, which no sum of sizes overflows."""
    if not isinstance(bound, tuple):
        return bound
    value = values[bound[1]]
    if type_of(value).ndim:
        raise ShapeError(
            message("getitem: the bound of a slice is one integer", received=str(type_of(value)))
        )
    return cast(value, np.int64)


def _is_known(bound: Any) -> bool:
    return bound is None or isinstance(bound, int)


def _clamped(bound: Any, size: Any, low: Any, high: Any, default: Any) -> Any:
    if bound is None:
        return default
    return minimum(maximum(where(bound < 0, bound + size, bound), low), high)


def _vector(number: Any) -> Any:
    return reshape_to(number, (1,))
