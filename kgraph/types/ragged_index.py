"""Picking from ragged rows, and regrouping their axes: whole arrays of bounds at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kgraph.types.casting import Array
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.row_partition import cumulated, frozen

if TYPE_CHECKING:
    from kgraph.types.ragged_tensor import RaggedTensor


def getitem(x: RaggedTensor, key: Any) -> Any:
    """``x[key]`` for a concrete ``x``: ints, slices, None, ``...``, arrays of rows, and masks."""
    first, *rest = _expand(key, x.ndim)
    if first is None:
        return _index_inside(_one_row(x), rest)
    if _is_int(first):
        row = _row(x, int(first))
        return row[tuple(rest)] if rest else row
    if _is_ragged(first):
        masked = where_true(x, first)  # the mask stands for as many axes as it has
        return masked[(*[slice(None)] * first.ndim, *rest)] if rest else masked
    return _index_inside(take_rows(x, first), rest)


def _expand(key: Any, ndim: int) -> tuple[Any, ...]:
    """The key as a tuple without ``...``, checked against the rank."""
    keys = list(key) if isinstance(key, tuple) else [key]
    named = sum(part is not None for part in keys)
    places = [at for at, part in enumerate(keys) if part is Ellipsis]
    if places:
        at = places[0]
        keys[at : at + 1] = [slice(None)] * (ndim - named + 1)
        named -= 1
    if named > ndim or any(part is Ellipsis for part in keys):
        raise KGraphValueError(
            message("too many indices", received=f"{key!r}", expected=f"at most {ndim}")
        )
    return tuple(keys) or (slice(None),)


def _is_int(key: Any) -> bool:
    return isinstance(key, (int, np.integer)) and not isinstance(key, bool)


def _is_ragged(key: Any) -> bool:
    return hasattr(key, "nested_row_splits")


def _one_row(x: RaggedTensor) -> RaggedTensor:
    """``x[None]``: one row whose items are the rows of ``x``."""
    splits = np.array([0, len(x)], x.row_splits_dtype)
    return _over(x, splits, len(x), x)


def _each_in_a_row(x: RaggedTensor) -> RaggedTensor:
    """``x[:, None]``: each row becomes the one item of a row."""
    return _over(x, np.arange(len(x) + 1, dtype=x.row_splits_dtype), 1, x)


def _over(x: RaggedTensor, splits: Array, width: int | None, items: Any) -> RaggedTensor:
    """Rows with these bounds over ``items``; the axis has ``width`` items if that is known."""
    if isinstance(items, np.ndarray):
        return x._make(items, (frozen(splits),), (width,))
    nested = (frozen(splits), *items.nested_row_splits)
    return x._make(items.flat_values, nested, (width, *items._uniform))


def where_true(x: RaggedTensor, mask: RaggedTensor) -> RaggedTensor:
    """``x[mask]`` with a ragged mask: the items at which it is true, each in the row it was in."""
    splits, rank = mask.nested_row_splits, mask.ragged_rank
    alike = rank <= x.ragged_rank and all(map(np.array_equal, splits, x.nested_row_splits[:rank]))
    if mask.dtype.kind != "b" or mask.ndim != rank + 1 or not alike:
        raise KGraphTypeError(
            message(
                "a ragged mask has a bool for each item of the rows that it masks",
                received=f"{mask.type}, over {x.type}",
                expected="bools with the row splits of the value",
            )
        )
    *outer, innermost = splits
    kept = np.concatenate([[0], np.cumsum(mask.flat_values)])[innermost]
    items: Any = x
    for _ in range(rank):
        items = items.values
    items = _over(x, kept.astype(innermost.dtype), None, items[np.flatnonzero(mask.flat_values)])
    for bounds in reversed(outer):
        items = _over(x, bounds, None, items)
    return items  # type: ignore[no-any-return]


def _row(x: RaggedTensor, row: int) -> Any:
    rows = len(x)
    if not -rows <= row < rows:
        # IndexError ends Python's old iteration protocol and is what NumPy raises
        raise IndexError(f"row {row} is out of bounds: there are {rows} rows")
    row %= rows
    return x.values[int(x.row_splits[row]) : int(x.row_splits[row + 1])]


def take_rows(x: RaggedTensor, rows: Any) -> RaggedTensor:
    """The rows that a slice, an array of row numbers or a bool mask names."""
    if isinstance(rows, slice):
        start, stop, step = rows.indices(len(x))
        if step == 1:
            return _run_of_rows(x, start, max(start, stop))
        return take_rows(x, np.arange(start, stop, step))
    picked = _row_numbers(rows, len(x))
    lengths = x.row_lengths()[picked]
    return _regroup(x, x.row_starts()[picked], lengths, 1, x.uniform_row_length)


def _run_of_rows(x: RaggedTensor, start: int, stop: int) -> RaggedTensor:
    splits = x.row_splits[start : stop + 1]
    items = x.values[int(splits[0]) : int(splits[-1])]  # a view: no item is copied
    return _over(x, splits - splits[0], x.uniform_row_length, items)


def _row_numbers(rows: Any, count: int) -> Array:
    picked = np.asarray(rows)
    if picked.dtype.kind == "b" and picked.shape == (count,):
        return np.flatnonzero(picked)
    if picked.ndim != 1 or (picked.dtype.kind not in "iu" and picked.size):
        raise KGraphTypeError(
            message(
                "rows are picked by an int, a slice, a 1-D array of ints, or a mask of the rows",
                received=repr(rows),
                expected=f"for a mask: bools of shape ({count},)",
            )
        )
    picked = picked.astype(np.int64, copy=False)
    outside = (picked < -count) | (picked >= count)
    if outside.any():
        raise IndexError(f"row {picked[outside][0]} is out of bounds: there are {count} rows")
    return picked % count if count else picked


def _index_inside(x: RaggedTensor, keys: list[Any]) -> Any:
    """``x[:, keys[0], keys[1], ...]``."""
    if not keys:
        return x
    items, *rest = keys
    if items is None:
        return _index_inside(_each_in_a_row(x), [slice(None), *rest]) if rest else _each_in_a_row(x)
    if _is_int(items) and x.uniform_row_length is not None:
        return _column(x, int(items), x.uniform_row_length, rest)
    if not isinstance(items, slice):
        raise KGraphValueError(
            message(
                "the items of ragged rows are picked by a slice",
                received=f"x[..., {items!r}] on a ragged axis",
                hint="x[:, 2:3], as a row may be too short for item 2",
            )
        )
    if items != slice(None):
        start, lengths, step = _slice_rows(items, np.asarray(x.row_lengths()))
        x = _regroup(x, x.row_starts() + start, lengths, step)
    if not rest:
        return x
    return _over(x, x.row_splits, x.uniform_row_length, x.values[(slice(None), *rest)])


def _column(x: RaggedTensor, item: int, width: int, rest: list[Any]) -> Any:
    """``x[:, item]`` where all rows hold ``width`` items."""
    if not -width <= item < width:
        raise IndexError(f"item {item} is out of bounds: each row holds {width} items")
    column = x.values[np.asarray(x.row_starts()) + item % width]
    return column[(slice(None), *rest)] if rest else column


def _slice_rows(items: slice, lengths: Array) -> tuple[Array, Array, int]:
    """``items.indices(length)`` of every row at once: first item, number of items, step."""
    step = 1 if items.step is None else int(items.step)
    if step == 0:
        raise KGraphValueError("the step of a slice must not be 0")
    low, high = (0, lengths) if step > 0 else (-1, lengths - 1)
    first, last = (low, high) if step > 0 else (high, low)

    def bound(value: Any, default: Any) -> Array:
        if value is None:
            return np.broadcast_to(default, lengths.shape)
        clipped: Array = np.clip(lengths + value if value < 0 else value, low, high)
        return clipped

    start, stop = bound(items.start, first), bound(items.stop, last)
    count = np.maximum(-((start - stop) // step), 0)  # ceil((stop - start) / step)
    return np.asarray(start), np.asarray(count, dtype=lengths.dtype), step


def _regroup(
    x: RaggedTensor, starts: Array, lengths: Array, step: int, width: int | None = None
) -> RaggedTensor:
    """Rows that take ``lengths[i]`` items from ``starts[i]`` on, ``step`` apart."""
    splits = cumulated(lengths, np.int64)
    inside = np.arange(int(splits[-1])) - np.repeat(splits[:-1], lengths)
    items = x.values[np.repeat(starts, lengths) + inside * step]
    return _over(x, splits.astype(x.row_splits.dtype), width, items)


def row_lengths(x: RaggedTensor, axis: int) -> Any:
    """Row lengths along ``axis``: an int (0), an array (1), a ragged value (2 and more)."""
    axis = int(checked_axes(axis, x.ndim))
    if axis == 0:
        return len(x)
    if axis == 1:
        return x.row_lengths()
    if x.ragged_rank > 1:
        return x.with_values(row_lengths(x.values, axis - 1))
    shape = x.flat_values.shape
    return x.with_values(np.full(shape[: axis - 1], shape[axis - 1], x.row_splits.dtype))


def checked_axes(axes: Any, ndim: int) -> Array:
    """An axis, or several, counted from the front."""
    found = np.asarray(axes)
    if found.dtype.kind not in "iu" or found.ndim > 1:
        raise KGraphTypeError(f"axis is an integer or a list of them, got {axes!r}")
    if ((found < -ndim) | (found >= ndim)).any():
        raise KGraphValueError(f"axis {axes} is out of range: the value has {ndim} axes")
    return np.where(found < 0, found + ndim, found)


def axes_in_order(outer: int, inner: int, ndim: int) -> tuple[int, int]:
    """Two axes counted from the front, the first not behind the second."""
    first, last = (axis + ndim if axis < 0 else axis for axis in (outer, inner))
    if not 0 <= first <= last < ndim:
        raise KGraphValueError(
            message(
                "merge_dims takes two axes in order",
                received=f"outer_axis = {outer}, inner_axis = {inner}",
                expected=f"0 <= outer_axis <= inner_axis < {ndim}",
            )
        )
    return first, last


def merge_dims(x: RaggedTensor, outer: int, inner: int) -> Any:
    """Axes ``outer .. inner`` as one: splits compose, uniform axes are reshaped away."""
    first, last = axes_in_order(outer, inner, x.ndim)
    ragged = x.ragged_rank
    flat, splits = x.flat_values, x.nested_row_splits
    if last > ragged:  # uniform axes: axis `ragged` is axis 0 of the flat values
        at, end, shape = max(first - ragged, 0), last - ragged + 1, flat.shape
        if at == 0:
            splits = _scaled(splits, math.prod(shape[1:end]))
        flat = flat.reshape(*shape[:at], math.prod(shape[at:end]), *shape[end:])
    last = min(last, ragged)
    if first < last:
        merged = splits[last - 1]
        for bounds in reversed(splits[max(first - 1, 0) : last - 1]):
            merged = merged[bounds]
        splits = (*splits[: first - 1], merged, *splits[last:]) if first else splits[last:]
    return x._make(flat, tuple(map(frozen, splits))) if splits else flat


def _scaled(splits: tuple[Array, ...], factor: int) -> tuple[Array, ...]:
    """The innermost bounds times ``factor``, in a dtype that holds them."""
    fits = int(splits[-1][-1]) * factor <= np.iinfo(splits[-1].dtype).max
    dtype = splits[-1].dtype if fits else np.dtype(np.int64)
    outer = tuple(bounds.astype(dtype, copy=False) for bounds in splits[:-1])
    return (*outer, splits[-1].astype(dtype) * factor)
