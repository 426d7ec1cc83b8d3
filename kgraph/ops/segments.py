"""Items gathered by the number of the segment that each belongs to, and reduced segment by segment.

Items in the order of their segments are ragged rows: from there on the kernels of ragged values do
the work.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import kgraph.ops.primitives.bounds as bounds
from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, Op, op
from kgraph.ops.operands import as_dense, type_of
from kgraph.ops.position import argsort
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.samples import f32, i32, i64
from kgraph.ops.whole_numbers import whole_number
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Size, new_size
from kgraph.types.dtypes import int32, int64
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message


@op(dtypes=unchanged)
def bounds_of_segments(
    segment_ids: Array, items: Array, count: int | None, rising: bool = False
) -> Array:
    """The bounds of ``count`` segments, when the items stand in their order.

    Nothing of ``items`` is read but how many there are.

    Shapes    (T,), (T, ...) -> (count + 1,); without ``count`` there are as many segments as the
              greatest number asks for
    Dtypes    segment_ids: integers; the result is int64
    Errors    ValueError for a number outside 0 .. count - 1, one that falls where they must rise,
              and where there are not as many as items
    Cost      a host step: one pass of NumPy

    >>> from kgraph.ops.segments import bounds_of_segments
    >>> bounds_of_segments([2, 0, 0], [1.0, 2.0, 3.0], 4)
    array([0, 2, 2, 3, 3])
    """
    if len(segment_ids) != len(items):
        raise ShapeError(f"there are {len(segment_ids)} segment_ids for {len(items)} items")
    outside = segment_ids < 0 if count is None else (segment_ids < 0) | (segment_ids >= count)
    if outside.any():
        place = int(np.argmax(outside))
        last = "" if count is None else count - 1
        raise KGraphValueError(
            f"segment_ids[{place}] is {segment_ids[place]}, which is not in 0 .. {last}".rstrip()
        )
    if rising and (falls := segment_ids[1:] < segment_ids[:-1]).any():
        place = int(np.argmax(falls)) + 1
        raise KGraphValueError(
            f"segment_ids[{place}] is less than the one before; sorted=True says that they rise"
        )
    lengths = np.bincount(segment_ids.astype(np.int64), minlength=count or 0)
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


@bounds_of_segments.infer
def _bounds_type(
    segment_ids: ArrayType, items: ArrayType, count: int | None, rising: bool
) -> ArrayType:
    segments: Size = new_size("segments") if count is None else count
    return ArrayType(int64, (segments + 1,))


_ITEMS = f32([[1, 2], [3, 4], [5, 6]])
bounds_of_segments.sample(i32([2, 0, 0]), _ITEMS, count=4)
bounds_of_segments.sample(i64([0, 0, 2]), _ITEMS, count=None, rising=True)
bounds_of_segments.sample(i32([]), _ITEMS[:0], count=2)


def segment_sum(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Sum of the items of each segment.

    Shapes    (T, ...), (T,) -> (num_segments, ...); without ``num_segments`` the greatest number
              decides, and the size is that of a batch's own
    Dtypes    data: all, bools count as int32; segment_ids: integers
    Edges     0 for a segment without items; ``sorted`` says that the numbers rise, which saves
              their sort
    Errors    TypeError for numbers that are no integers; ValueError where shapes do not fit, for a
              number outside of the segments, and for one that falls though ``sorted`` says it rises
    Source    keras.ops.segment_sum, tf.math.unsorted_segment_sum

    >>> import kgraph as kg
    >>> kg.ops.segment_sum([1.0, 2.0, 3.0], [2, 0, 2], 4)
    array([2., 0., 4., 0.], dtype=float32)
    """
    return _reduced("segment_sum", bounds.segment_sum, data, segment_ids, num_segments, sorted)


def segment_prod(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Product of the items of each segment.

    Shapes    (T, ...), (T,) -> (num_segments, ...); without ``num_segments`` the greatest number
              decides, and the size is that of a batch's own
    Dtypes    data: all, bools count as int32; segment_ids: integers
    Edges     1 for a segment without items; ``sorted`` as of `segment_sum`
    Errors    as of `segment_sum`
    Source    keras.ops.segment_prod, tf.math.unsorted_segment_prod

    >>> import kgraph as kg
    >>> kg.ops.segment_prod([3.0, 2.0, 3.0], [2, 0, 2], 3)
    array([2., 1., 9.], dtype=float32)
    """
    return _reduced("segment_prod", bounds.segment_prod, data, segment_ids, num_segments, sorted)


def segment_max(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Greatest item of each segment.

    Shapes    (T, ...), (T,) -> (num_segments, ...); without ``num_segments`` the greatest number
              decides, and the size is that of a batch's own
    Dtypes    data: all; segment_ids: integers
    Edges     -inf, or the least integer, for a segment without items, as of a ragged row;
              ``sorted`` as of `segment_sum`
    Errors    as of `segment_sum`
    Source    keras.ops.segment_max, tf.math.unsorted_segment_max, jax.ops.segment_max

    >>> import kgraph as kg
    >>> kg.ops.segment_max([1.0, 2.0, 3.0], [1, 0, 1], 2)
    array([2., 3.], dtype=float32)
    """
    return _reduced("segment_max", bounds.segment_max, data, segment_ids, num_segments, sorted)


def segment_min(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Least item of each segment.

    Shapes    (T, ...), (T,) -> (num_segments, ...); without ``num_segments`` the greatest number
              decides, and the size is that of a batch's own
    Dtypes    data: all; segment_ids: integers
    Edges     inf, or the greatest integer, for a segment without items, as of a ragged row;
              ``sorted`` as of `segment_sum`
    Errors    as of `segment_sum`
    Source    keras.ops.segment_min, tf.math.unsorted_segment_min, jax.ops.segment_min

    >>> import kgraph as kg
    >>> kg.ops.segment_min([1.0, 2.0, 3.0], [1, 0, 1], 2)
    array([2., 1.], dtype=float32)
    """
    return _reduced("segment_min", bounds.segment_min, data, segment_ids, num_segments, sorted)


def _reduced(
    name: str, reduce: Op, data: Any, segment_ids: Any, count: int | None, rising: bool
) -> Any:
    items, ids = as_dense(data, name), as_dense(segment_ids, name)
    _require_one_number_each(name, items, ids)
    if count is not None:
        count = whole_number(name, "num_segments", count)
    row_splits = bounds_of_segments(ids, items, count, bool(rising))
    if not rising:
        items = gather_rows(items, argsort(ids, 0))
    adds = reduce in (bounds.segment_sum, bounds.segment_prod)
    return reduce(cast(items, int32) if adds and items.dtype.kind == "b" else items, row_splits)


def _require_one_number_each(name: str, items: Any, ids: Any) -> None:
    data, numbers = type_of(items), type_of(ids)
    received = f"data = {data}\nsegment_ids = {numbers}"
    if numbers.dtype.kind not in "iu":
        raise KGraphTypeError(
            message(
                f"{name}: segments are numbered by integers",
                received=received,
                hint="ops.cast(segment_ids, 'int32') if they are whole numbers",
            )
        )
    sizes = [data.dims[0], numbers.dims[0]] if data.ndim and numbers.ndim == 1 else [0, 1]
    if all(isinstance(size, int) for size in sizes) and sizes[0] != sizes[1]:
        raise ShapeError(
            message(
                f"{name}: each item has the number of one segment",
                received=received,
                expected="data (T, ...), segment_ids (T,)",
            )
        )
