"""Indexing of ragged values: the rules of ``types/ragged_index.py``, written with ops.

Rows are picked by an integer, a slice, positions or a mask; the items of ragged rows by a slice,
or by an integer where all rows are known to be equally long; uniform inner axes as in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import floor_divide
from kgraph.ops.casting import cast
from kgraph.ops.composite import row_count
from kgraph.ops.composite_op import composite
from kgraph.ops.index_key import WHOLE
from kgraph.ops.indexing import getitem, getitem_at
from kgraph.ops.op import Array
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import spans, true_positions
from kgraph.ops.primitives.rows import counting
from kgraph.ops.primitives.shape import join, reshape_to, strided_slice
from kgraph.ops.ragged_broadcast import aligned_flat_values, lengths_of
from kgraph.ops.ragged_building import from_tensor
from kgraph.ops.ragged_groups import over, regroup, rows_in
from kgraph.ops.ragged_rows import limits_of, splits_of, starts_of, take_rows
from kgraph.ops.samples import f32
from kgraph.ops.selection import maximum, minimum, where
from kgraph.ops.sizing import attached
from kgraph.ops.slicing import resolve_index, resolve_slice
from kgraph.types.dims import Size
from kgraph.types.dtypes import int64
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.ragged import RaggedTensor

Values = Sequence[Any]


@getitem.ragged
def _index(x: RaggedTensor, key: tuple[Any, ...]) -> Any:
    return index_ragged(x, _item_per_axis(key, x), ())


@getitem_at.ragged
def _index_at(xs: Sequence[Any], key: tuple[Any, ...]) -> Any:
    x, *values = xs
    if not isinstance(x, RaggedTensor):
        raise KGraphTypeError(
            message(
                "getitem: a dense value is indexed by dense positions and masks",
                received=", ".join(str(type_of(value)) for value in xs),
                hint="ops.take(x, positions, axis=0) takes ragged ones",
            )
        )
    return index_ragged(x, _item_per_axis(key, x), values)


def index_ragged(x: RaggedTensor, items: Sequence[Any], values: Values) -> Any:
    """``x[items]``, with an item for each axis; ``values`` are those that items refer to."""
    first, *rest = items
    if first is None:
        return _index_inside(_one_row(x), rest, values)
    if isinstance(first, int) or _is_scalar(first, values):
        row = _row(x, first, values)
        return _index_any(row, rest, values) if rest else row
    if first != WHOLE:
        pick = _row_picker(x, first, values)
        starts, lengths = pick(starts_of(x.row_splits)), pick(lengths_of(x.row_splits))
        x = regroup(x, starts, lengths, width=x.uniform_row_length)
    return _index_inside(x, rest, values)


def _item_per_axis(key: tuple[Any, ...], x: RaggedTensor) -> list[Any]:
    """The key with ``...`` written out, so that every axis has its item."""
    named = sum(item is not None and item is not Ellipsis for item in key)
    places = [place for place, item in enumerate(key) if item is Ellipsis]
    if named > x.ndim or len(places) > 1:
        raise ShapeError(
            message("getitem: too many indices", received=f"{named}", expected=f"at most {x.ndim}")
        )
    place = places[0] if places else len(key)
    rest = [WHOLE] * (x.ndim - named)
    return [*key[:place], *rest, *key[place + len(places) :]]


def _index_any(value: Any, items: Sequence[Any], values: Values) -> Any:
    if all(item == WHOLE for item in items):
        return value
    if isinstance(value, RaggedTensor):
        return index_ragged(value, items, values)
    return getitem_at([value, *values], tuple(items)) if values else getitem(value, tuple(items))


def _is_scalar(item: Any, values: Values) -> bool:
    return isinstance(item, tuple) and item[0] == "value" and type_of(values[item[1]]).ndim == 0


# -- rows -----------------------------------------------------------------------------------------


def _row(x: RaggedTensor, item: Any, values: Values) -> Any:
    """One row: dense, or ragged with one ragged axis less."""
    if isinstance(item, int):
        at = resolve_index(item, 0, rows_in(x))
        start = strided_slice(x.row_splits, (at,), (at + 1,), (1,))
        limit = strided_slice(x.row_splits, (at + 1,), (at + 2,), (1,))
    else:
        position = reshape_to(_from_the_front(x, values[item[1]]), (1,))
        start = gather_rows(starts_of(x.row_splits), position)
        limit = gather_rows(limits_of(x.row_splits), position)
    row = take_rows(x.values, spans(start, limit - start))
    width = x.uniform_row_length
    if width is None or isinstance(row, RaggedTensor):
        return row
    return reshape_to(row, (width, *dims_of(row)[1:]))


def _row_picker(x: RaggedTensor, item: Any, values: Values) -> Callable[[Any], Any]:
    """What picks, from an array with an entry for each row, those of the wanted rows."""
    tag, *about = item
    count = rows_in(x)
    if tag == "slice" and not any(isinstance(bound, tuple) for bound in about):
        first, stop, step, _ = resolve_slice((about[0], about[1], about[2]), count)
        return lambda array: strided_slice(array, (first,), (stop,), (step,))
    positions = _positions(x, item, values)
    return lambda array: gather_rows(array, positions)


def _positions(x: RaggedTensor, item: Any, values: Values) -> Any:
    """The numbers of the rows that a list, an array, a mask or a value names."""
    tag, *about = item
    if tag == "mask" and len(about[1]) == 1:
        mask = np.zeros(about[1], bool)
        mask[list(about[0])] = True
        return true_positions(_of_rows(attached(mask, x.row_splits), rows_in(x)))
    if tag == "take" and (len(about) == 1 or len(about[1]) == 1):
        return _from_the_front(x, np.array(about[0], np.int64))
    if tag == "value" and type_of(values[about[0]]).ndim == 1:
        value = values[about[0]]
        if type_of(value).dtype.kind == "b":
            return true_positions(_of_rows(value, rows_in(x)))
        return _from_the_front(x, value)
    raise KGraphTypeError(
        message(
            "getitem: rows are picked by an integer, a slice, a vector of integers, or a mask",
            received=f"{item}",
            expected="for a mask: a bool for each row, or a ragged mask with a bool for each item",
        )
    )


def _known_count(x: RaggedTensor) -> int | None:
    """How many rows there are, if that is known."""
    count = rows_in(x)
    return count if isinstance(count, int) else None


def _of_rows(mask: Any, count: Size) -> Any:
    """A mask with one bool for each row; where that is not known, a batch proves it."""
    (size,) = dims_of(mask)
    if size == count:
        return mask
    if isinstance(size, int) and isinstance(count, int):
        raise ShapeError(
            message(
                "a mask of the rows has a bool for each row",
                received=f"{size} bools",
                expected=f"{count} rows",
            )
        )
    return reshape_to(mask, (count,))


def _from_the_front(x: RaggedTensor, positions: Any) -> Any:
    """Numbers of rows, of which negative ones are counted from the end."""
    dtype = type_of(positions).dtype
    if dtype.kind not in "iu":
        raise KGraphTypeError(f"getitem: rows have whole numbers, got {type_of(positions)}")
    positions = positions if dtype == int64 else cast(positions, int64)
    if isinstance(positions, np.ndarray) and (positions >= 0).all():
        return positions
    return where(positions < 0, positions + cast(row_count(x), int64), positions)


def _one_row(x: RaggedTensor) -> RaggedTensor:
    """``x[None]``: one row whose items are the rows of x."""
    zero = np.zeros(1, x.row_splits_dtype)
    return over(join([zero, reshape_to(row_count(x), (1,))], 0), x, _known_count(x))


# -- items ----------------------------------------------------------------------------------------


def _index_inside(x: RaggedTensor, items: Sequence[Any], values: Values) -> Any:
    """``x[:, items[0], items[1], ...]``."""
    if all(item == WHOLE for item in items):
        return x
    first, *rest = items
    if first is None:
        return _index_inside(_each_in_a_row(x), [WHOLE, *rest], values)
    width = x.uniform_row_length
    if isinstance(first, int) and width is not None:
        at = resolve_index(first, 1, width)
        column = take_rows(x.values, starts_of(x.row_splits) + at)
        return _index_any(column, [WHOLE, *rest], values)
    if first != WHOLE:
        x, width = _slice_rows(x, first, values), None
    if all(item == WHOLE for item in rest):
        return x
    return over(x.row_splits, _index_any(x.values, [WHOLE, *rest], values), width)


def _each_in_a_row(x: RaggedTensor) -> RaggedTensor:
    """``x[:, None]``: each row becomes the one item of a row."""
    return over(cast(counting(x.row_splits), x.row_splits_dtype), x, 1)


def _slice_rows(x: RaggedTensor, item: Any, values: Values) -> RaggedTensor:
    """A slice of each row."""
    if not isinstance(item, tuple) or item[0] != "slice":
        raise KGraphValueError(
            message(
                "getitem: the items of ragged rows are picked by a slice",
                received=f"x[..., {item!r}] into {x.type}",
                hint="x[:, 2:3], as a row may be too short for item 2",
            )
        )
    start, stop, step = (_bound(bound, values) for bound in item[1:])
    step = 1 if step is None else step
    if step == 0:
        raise KGraphValueError("getitem: the step of a slice must not be 0")
    lengths = lengths_of(x.row_splits)
    low, high = (lengths * 0, lengths) if step > 0 else (lengths * 0 - 1, lengths - 1)
    first, last = (low, high) if step > 0 else (high, low)
    start = first if start is None else _clipped(start, lengths, low, high)
    stop = last if stop is None else _clipped(stop, lengths, low, high)
    counts = stop - start if step == 1 else floor_divide(stop - start + (step - _sign(step)), step)
    return regroup(x, starts_of(x.row_splits) + start, maximum(counts, 0), step)


def _bound(bound: Any, values: Values) -> Any:
    return values[bound[1]] if isinstance(bound, tuple) else bound


def _sign(step: int) -> int:
    return 1 if step > 0 else -1


def _clipped(bound: Any, lengths: Any, low: Any, high: Any) -> Any:
    """A bound of a slice within each row."""
    if isinstance(bound, int):
        bound = lengths + bound if bound < 0 else bound
    else:
        bound = cast(bound, type_of(lengths).dtype)
        bound = where(bound < 0, lengths + bound, bound)
    return minimum(maximum(bound, low), high)


# -- masks over items -----------------------------------------------------------------------------


@composite()
def ragged_boolean_mask(data: Array, mask: Array) -> Array:
    """The entries of data at which the mask is true, each in the row it was in.

    Shapes    mask (B,): the rows, as they are; mask of more axes, dense or ragged: as many axes of
              the result, all but the first ragged
    Dtypes    data of all dtypes; mask of bools
    Errors    TypeError for a mask that is not of bools; ValueError if its rows differ from those
              of data
    Source    tf.ragged.boolean_mask

    >>> import kgraph as kg
    >>> from kgraph.ops.ragged_indexing import ragged_boolean_mask
    >>> x = kg.RaggedTensor.from_row_splits([3, 1, 4, 1], [0, 2, 2, 4])
    >>> ragged_boolean_mask(x, x > 1).to_list()
    [[3], [], [4]]
    """
    if not isinstance(mask, RaggedTensor):
        if mask.ndim == 1:
            return data[mask]
        mask = RaggedTensor.from_tensor(mask, ragged_rank=mask.ndim - 1)
    if not isinstance(data, RaggedTensor):
        data = RaggedTensor.from_tensor(data, ragged_rank=mask.ragged_rank)
    return data[mask]


@ragged_boolean_mask.rule
def _where_true(data: Any, mask: Any) -> Any:
    found = type_of(mask)
    if found.dtype.kind != "b" or not found.ndim:
        raise KGraphTypeError(
            message("boolean_mask: a mask has bools", received=f"{type_of(data)}\n{found}")
        )
    if not isinstance(mask, RaggedTensor):
        if found.ndim == 1:
            return take_rows(data, true_positions(_of_rows(mask, rows_in(data))))
        mask = from_tensor([mask], ragged_rank=found.ndim - 1)
    rank = mask.ragged_rank
    if not isinstance(data, RaggedTensor):
        data = from_tensor([data], ragged_rank=rank)
    if rank > data.ragged_rank or mask.ndim != rank + 1:
        raise KGraphTypeError(
            message(
                "boolean_mask: a ragged mask has a bool for each item of the rows that it masks",
                received=f"{mask.type}, over {data.type}",
            )
        )
    return _masked(data, mask, rank)


def _masked(data: RaggedTensor, mask: RaggedTensor, rank: int) -> Any:
    items: Any = data
    for _ in range(rank):
        items = items.values
    counted = starts_of(items.row_splits) if isinstance(items, RaggedTensor) else items
    rows = RaggedTensor._make(counted, data.nested_row_splits[:rank])
    kept = aligned_flat_values("boolean_mask", mask, rows)
    *outer, innermost = rows.nested_row_splits
    before = splits_of(cast(kept, type_of(innermost).dtype))
    picked = over(gather_rows(before, innermost), take_rows(items, true_positions(kept)))
    for splits in reversed(outer):
        picked = over(splits, picked)
    return picked


_ROWS = RaggedTensor.from_row_splits(f32([1, 2, 3, 4]), [0, 2, 2, 4])
_NESTED = RaggedTensor.from_row_splits(_ROWS, [0, 1, 3])
ragged_boolean_mask.sample(_ROWS, np.array([True, False, True]))
ragged_boolean_mask.sample(_ROWS, _ROWS.with_flat_values(np.array([False, True, True, False])))
ragged_boolean_mask.sample(_NESTED, _NESTED.with_flat_values(np.array([False, True] * 2)))
ragged_boolean_mask.sample(
    _NESTED, RaggedTensor.from_row_splits(np.array([False, True, True]), [0, 1, 3])
)
ragged_boolean_mask.sample(f32([[1, 2], [3, 4]]), np.array([[True, False], [True, True]]))
ragged_boolean_mask.sample(f32([[1, 2], [3, 4]]), np.array([False, True]))
for _key in (1, -1, slice(1, None), slice(None, None, -2), [2, 0]):
    getitem.sample(_ROWS, key=_key)
    getitem.sample(_NESTED[[0, 1, 1]], key=(_key, slice(1, None)))
for _items in (slice(None, 1), slice(-1, None), slice(None, None, -1), slice(5, -3, -2), None):
    getitem.sample(_ROWS, key=(slice(None), _items))
    getitem.sample(_NESTED, key=(..., _items))
getitem.sample(_ROWS, key=None)
getitem.sample(_ROWS, key=(0, 1))
