"""Indexing as in NumPy: integers, slices, new axes, ellipses, lists of positions, and masks.

``index_key`` says how a key is written.  What only a batch tells, a symbolic position or mask, is
an operand: of an op of its own, ``getitem_at``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.index_arrays import index_by_arrays
from kgraph.ops.index_key import Items, is_array, numpy_key, plain_key, split_key
from kgraph.ops.index_slices import items_by_axis, take_slices
from kgraph.ops.op import Array, Arrays, Op, op, register
from kgraph.ops.operands import as_operand, dims_of, type_of
from kgraph.ops.primitives.shape import strided_slice
from kgraph.ops.samples import i32, i64, u8
from kgraph.types.dims import Size
from kgraph.types.errors import KGraphValueError


class IndexingOp(Op):
    """An op whose ``key`` is turned into plain items before anything else sees it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) != 2 or kwargs:
            bound = self._by_name(args, kwargs)
            if len(bound) < 2:
                return super().__call__(**bound)  # which says what is missing
            args = (bound["x"], bound["key"])
        items, values = split_key(args[1])
        if values:
            return getitem_at([args[0], *values], items)
        return self.apply((as_operand(args[0], self.name),), {"key": items})

    def bind(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        bound = self._by_name(args, kwargs)
        if "key" in bound:
            bound["key"] = plain_key(bound["key"])
        return super().bind((), bound)


def _getitem(x: Array, key: Any) -> Array:
    """``x[key]``.

    Shapes    as in NumPy: an integer drops its axis, a slice keeps it, ``None`` adds one, ``...``
              stands for all axes not named; lists of positions and masks pick entries, several of
              them broadcast against each other; items of ragged rows are picked by slices
    Dtypes    all; the result has the dtype of x
    Errors    ValueError for a position or an axis that x has not; TypeError for what is no index
    Source    keras.ops.get_item, numpy indexing

    >>> import kgraph as kg
    >>> kg.ops.getitem([[1, 2, 3], [4, 5, 6]], (slice(None), -1))
    array([3, 6], dtype=int32)
    """
    return _numpy_getitem(x, numpy_key(key))


def _numpy_getitem(x: Array, key: tuple[Any, ...]) -> Array:
    try:
        return x[key]
    except IndexError as error:
        raise KGraphValueError(f"getitem: {error}") from None


_getitem.__name__ = "getitem"
getitem = register(IndexingOp(_getitem, unchanged))


@getitem.lower
def _index(x: Any, key: Items) -> Any:
    return _index_with_values(x, key, ())


def _index_with_values(x: Any, key: Items, values: Any) -> Any:
    items = items_by_axis(key, type_of(x), values)
    index = index_by_arrays if any(map(is_array, items)) else take_slices
    return index(x, items, values)


@op(dtypes=unchanged)
def getitem_at(xs: Arrays, key: Any) -> Array:
    """``x[key]``, where parts of the key are values: what is drawn for ``x[i]`` and ``x[x > 0]``.

    Shapes    xs: x, and the values that ``("value", n)`` in the key refers to: integers stand for
              positions, bools for masks; the rest as for ``getitem``.  How many elements a mask or
              a slice takes is a size of its own, which a batch tells
    Dtypes    the result has the dtype of x
    Errors    ValueError for a position that x has not and for a mask of another shape
    Source    numpy indexing, tf.boolean_mask

    >>> import numpy as np
    >>> import kgraph as kg
    >>> x = kg.Input((), name="x")
    >>> kg.Model(x, x[x > 0])(np.float32([3, -1, 4]))
    array([3., 4.], dtype=float32)
    """
    x, *values = xs
    return _numpy_getitem(x, numpy_key(key, values))


@getitem_at.lower
def _index_at(xs: Any, key: Items) -> Any:
    x, *values = xs
    return _index_with_values(x, key, values)


def take_range(x: Any, axis: int, start: Size, stop: Size) -> Any:
    """``x[..., start:stop, ...]`` with resolved bounds."""
    dims = dims_of(x)
    starts = [start if place == axis else 0 for place in range(len(dims))]
    stops = [stop if place == axis else size for place, size in enumerate(dims)]
    return strided_slice(x, starts, stops, [1] * len(dims))


_X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
getitem.sample(_X, key=plain_key(1))
getitem.sample(_X, key=plain_key((slice(None), -1)))
getitem.sample(_X, key=plain_key((..., slice(1, None, 2))))
getitem.sample(_X, key=plain_key((0, None, slice(None, None, -1), 2)))
getitem.sample(_X, key=plain_key((slice(None), slice(-2, None), slice(3, 0, -2))))
getitem.sample(_X, key=plain_key((slice(None), [2, 0, -1])))
getitem.sample(_X, key=plain_key((slice(5, 9), slice(2, 1))))
getitem.sample(_X, key=plain_key(()))
getitem.sample(_X, key=plain_key(([0, 1, 1], [2, 0, -1])))
getitem.sample(_X, key=plain_key(([[0], [1]], slice(None), [0, 3])))
getitem.sample(_X, key=plain_key((0, slice(None), [3, 0])))
getitem.sample(_X, key=plain_key((..., np.array([True, False, True, True]))))
getitem.sample(_X, key=plain_key(_X % 5 == 2))
getitem_at.sample([_X, np.int32(-1)], key=(("slice", None, None, None), ("value", 0)))
getitem_at.sample([_X, i64([[1, 0]])], key=(("value", 0), 1))
getitem_at.sample([_X, u8([1, 0]), i32([2])], key=(("value", 0), ("value", 1), None))
getitem_at.sample([_X, np.int32(1)], key=(..., ("slice", ("value", 0), None, None)))
getitem_at.sample([_X, np.int32(-1)], key=(0, ("slice", ("value", 0), 0, -2), None))
getitem_at.sample([_X, _X > 11], key=(("value", 0),))
getitem_at.sample([_X, _X[0] % 2 > 0], key=(("slice", None, None, -1), ("value", 0)))

get_item = getitem
