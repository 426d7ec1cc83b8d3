"""Ragged rows from and to dense arrays, lists and text."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from kgraph.types.casting import Array, cast, dtype_name, known_array
from kgraph.types.dims import Shape
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphValueError, message
from kgraph.types.row_partition import (
    cumulated,
    index_array,
    require_no_negative,
    whole_number,
)
from kgraph.types.sparse import SparseTensor
from kgraph.types.symbolic import Symbolic

if TYPE_CHECKING:
    from kgraph.types.ragged_tensor import RaggedTensor

SHOWN = 3  # rows, and items of a row, at each end of a printed value


def nested_lengths(lengths: Any) -> tuple[Any, ...]:
    """The row lengths of each axis that is to be cut, outermost first; none for None."""
    if lengths is None:
        return ()
    listed = isinstance(lengths, (list, tuple)) and any(map(_is_vector, lengths))
    return tuple(lengths) if listed else (lengths,)


def _is_vector(value: Any) -> bool:
    return (value.ndim if isinstance(value, Symbolic) else np.ndim(value)) > 0


def rank_to_cut(ndim: int, nested: tuple[Any, ...], padding: Any, ragged_rank: Any) -> int:
    """How many axes of an array with ``ndim`` axes become ragged; see ``from_tensor``."""
    if nested and padding is not None:
        raise KGraphValueError("from_tensor takes lengths or padding, not both")
    rank = len(nested) if len(nested) > 1 else whole_number(ragged_rank, "ragged_rank")
    if not 1 <= rank < ndim:
        raise KGraphValueError(
            message(
                "ragged_rank is out of range",
                received=f"ragged_rank = {rank}, and an array of rank {ndim}",
                expected="1 <= ragged_rank < rank of the array",
            )
        )
    if nested and rank != len(nested):
        raise KGraphValueError(
            message(
                "from_tensor needs lengths for each ragged axis",
                received=f"lengths for {len(nested)} of {rank} axes",
                expected="a tuple of arrays, outermost axis first",
            )
        )
    return rank


def partition_dense(
    array: Array, nested: tuple[Any, ...], padding: Any, ragged_rank: Any
) -> tuple[Array, list[Array], Shape]:
    """Flat values, row splits and known row lengths; see ``RaggedTensor.from_tensor``."""
    rank = rank_to_cut(array.ndim, nested, padding, ragged_rank)
    splits, widths = [], []
    for axis in range(rank):
        counts = cut_lengths(nested[axis], array) if nested else None
        if padding is not None and axis == rank - 1:
            counts = lengths_without(array, padding)
        widths.append(array.shape[1] if counts is None else None)
        array, bounds = _cut(array, counts)
        splits.append(bounds)
    return array, splits, tuple(widths)


def cut_lengths(lengths: Any, array: Array) -> Array:
    """``lengths`` checked against the rows of ``array``."""
    counts = index_array(lengths, "lengths")
    if counts.size != array.shape[0]:
        raise KGraphValueError(
            message(
                "lengths must name a length for each row",
                received=f"{counts.size} lengths, and {array.shape[0]} rows",
            )
        )
    require_no_negative(counts, "lengths")
    if counts.size and counts.max() > array.shape[1]:
        at = int(counts.argmax())
        raise KGraphValueError(
            message(
                "a length is larger than the row",
                received=f"lengths[{at}] = {counts[at]}, and rows of {array.shape[1]} items",
            )
        )
    return counts


def lengths_without(array: Array, padding: Any) -> Array:
    """Row lengths when trailing items that equal ``padding`` are left out."""
    fill = cast(known_array(_weak(padding, array.dtype), "padding"), array.dtype, "padding")
    inner = array.shape[2:]
    if fill.shape not in ((), inner):
        raise KGraphValueError(
            message(
                "padding must be a scalar or one item",
                received=f"padding of shape {fill.shape}",
                expected=f"shape {inner}",
            )
        )
    same = array == fill
    if array.dtype.kind == "f":
        same |= np.isnan(array) & np.isnan(fill)
    kept = ~same.all(axis=tuple(range(2, array.ndim)))
    width = array.shape[1]
    if not width:
        return np.zeros(len(array), np.int64)
    return np.where(kept.any(axis=1), width - kept[:, ::-1].argmax(axis=1), 0)


def _weak(value: Any, dtype: DType) -> Any:
    """A Python number takes the dtype of the array that it meets."""
    if isinstance(value, tuple):
        value = list(value)
    numbers = value if isinstance(value, list) else [value]
    if dtype.kind in "iuf" and all(isinstance(number, (bool, int, float)) for number in numbers):
        whole = all(not isinstance(n, float) or n.is_integer() for n in numbers)
        return np.asarray(value, dtype) if dtype.kind == "f" or whole else value
    return value


def _cut(array: Array, counts: Array | None) -> tuple[Array, Array]:
    """Merge the two outer axes, each row cut to its count."""
    rows, width, *inner = array.shape
    if counts is None:
        splits = np.arange(rows + 1, dtype=np.int64) * width
        return array.reshape(rows * width, *inner), splits
    kept: Array = array[np.arange(width) < counts[:, None]]
    return kept, cumulated(counts)


def to_tensor(x: RaggedTensor, default_value: Any, shape: Any) -> Array:
    """The dense array of ``x``; see ``RaggedTensor.to_tensor``."""
    wanted = wanted_shape(shape, x.ndim)
    fill = fill_for(default_value, x.dtype, x.flat_values.shape[1:])
    flat = _fit_inner(x.flat_values, wanted[x.ragged_rank + 1 :], fill)
    for axis in range(x.ragged_rank, 0, -1):
        splits = x.nested_row_splits[axis - 1]
        rows = wanted[0] if axis == 1 else None
        flat = _spread(flat, splits, rows, wanted[axis], fill)
    return flat


def wanted_shape(shape: Any, ndim: int) -> Shape:
    """The size that each axis is to have; None for those that stay."""
    if shape is None:
        return (None,) * ndim
    wanted = tuple(None if n is None else whole_number(n, "a size in shape") for n in shape)
    if len(wanted) != ndim:
        raise KGraphValueError(
            message(
                "shape must name a size for each axis",
                received=f"shape = {tuple(shape)}",
                expected=f"{ndim} sizes; None leaves an axis as it is",
            )
        )
    return wanted


def fill_for(default_value: Any, dtype: DType, inner: tuple[int, ...]) -> Array:
    """What fills rows up: one number, or one item of shape ``inner``."""
    if default_value is None or (isinstance(default_value, int) and default_value == 0):
        return np.zeros((), dtype)  # the zero of the dtype: "" for strings
    fill = known_array(_weak(default_value, dtype), "default_value")
    fill = cast(fill, dtype, "default_value")
    if fill.ndim > len(inner) or np.broadcast_shapes(fill.shape, inner) != inner:
        raise KGraphValueError(
            message(
                "default_value must fit one item",
                received=f"default_value of shape {fill.shape}",
                expected=f"a scalar, or shape {inner}",
            )
        )
    return fill


def _fit_inner(flat: Array, sizes: tuple[int | None, ...], fill: Array) -> Array:
    """Cut or widen the uniform inner axes."""
    new = tuple(n if want is None else want for n, want in zip(flat.shape[1:], sizes, strict=True))
    if new == flat.shape[1:]:
        return flat
    if fill.ndim:
        raise KGraphValueError("default_value must be a scalar when shape changes inner axes")
    out = np.full((len(flat), *new), fill, flat.dtype)
    common = tuple(slice(min(a, b)) for a, b in zip(new, flat.shape[1:], strict=True))
    out[(slice(None), *common)] = flat[(slice(None), *common)]
    return out


def _spread(items: Array, splits: Array, rows: int | None, width: int | None, fill: Array) -> Array:
    """Give each row its own line of ``width`` places."""
    lengths = np.diff(splits)
    height = len(lengths) if rows is None else rows
    places = int(lengths.max(initial=0)) if width is None else width
    out = np.empty((height, places, *items.shape[1:]), items.dtype)
    out[...] = fill
    if rows is not None or width is not None:
        kept_rows = min(height, len(lengths))
        inside = np.arange(int(splits[kept_rows])) - np.repeat(
            splits[:kept_rows], lengths[:kept_rows]
        )
        items = items[: int(splits[kept_rows])][inside < places]
        lengths = np.minimum(lengths[:kept_rows], places)
    out[: len(lengths)][np.arange(places) < lengths[:, None]] = items
    return out


def to_sparse(x: RaggedTensor) -> Any:
    """The coordinates of every item; see ``RaggedTensor.to_sparse``."""
    rows = np.arange(x.nrows())
    columns = [rows]
    for splits in x.nested_row_splits:
        lengths = np.diff(splits)
        items = np.arange(int(splits[-1])) - np.repeat(splits[:-1], lengths)
        columns = [*(np.repeat(column, lengths) for column in columns), items]
    inner = x.flat_values.shape[1:]
    size = math.prod(inner)
    columns = [np.repeat(column, size) for column in columns]
    places = np.indices(inner).reshape(len(inner), size)
    columns += [np.tile(place, len(x.flat_values)) for place in places]
    flat = x.flat_values.reshape(-1)
    return SparseTensor(np.stack(columns, axis=1), flat, x.bounding_shape())


def to_list(x: RaggedTensor) -> list[Any]:
    """Nested lists of Python scalars."""
    rows: list[Any] = x.flat_values.tolist()
    for splits in reversed(x.nested_row_splits):
        bounds = splits.tolist()
        rows = [rows[start:limit] for start, limit in itertools.pairwise(bounds)]
    return rows


def to_numpy(x: RaggedTensor) -> Array:
    """Dense where all rows are alike, else an object array of rows."""
    lengths = [np.diff(splits) for splits in x.nested_row_splits]
    if all(n.size == 0 or (n == n[0]).all() for n in lengths):
        widths = [int(n[0]) if n.size else 0 for n in lengths]
        dense: Array = x.flat_values.reshape(len(x), *widths, *x.flat_values.shape[1:])
        return dense
    rows = np.empty(len(x), object)
    for at, row in enumerate(x):
        rows[at] = row if isinstance(row, np.ndarray) else to_numpy(row)
    return rows


def show(x: RaggedTensor) -> str:
    """The text of a value, with its first and last rows when there are many."""
    return f"<kgraph.RaggedTensor {_text(x)} shape={x.shape} dtype={dtype_name(x.dtype)}>"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, np.generic):
        return str(value)
    ends: Iterable[Any] = value
    if len(value) > 2 * SHOWN:
        ends = itertools.chain(value[:SHOWN], [None], value[-SHOWN:])
    return "[" + ", ".join("..." if part is None else _text(part) for part in ends) + "]"
