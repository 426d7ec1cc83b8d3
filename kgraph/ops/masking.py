"""What a mask picks, and where a value is not zero: how many that are, the numbers decide."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.comparison import not_equal
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.index_arrays import index_by_arrays
from kgraph.ops.index_key import WHOLE
from kgraph.ops.index_slices import items_by_axis
from kgraph.ops.indexing import getitem
from kgraph.ops.joining import stack
from kgraph.ops.op import Array, op
from kgraph.ops.operands import as_operand, type_of
from kgraph.ops.primitives.positions import true_positions
from kgraph.ops.reshaping import ravel
from kgraph.ops.samples import f32, i32
from kgraph.ops.sizing import size_on
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.operators import OPS

_X = f32([[1, 0, -2], [0, 0, 3]])
_MASK = np.array([[True, False, True], [False, False, True]])


@op(dtypes=unchanged)
def boolean_mask(x: Array, mask: Array, axis: int | None = None) -> Array:
    """The entries of x at which ``mask`` is true, in order.

    Shapes    the axes of ``mask``, which stand from ``axis`` on (None means 0), become one; its
              size is that of a batch's own
    Dtypes    x: all; mask: bool
    Errors    TypeError for a mask of another dtype; ValueError for one of another shape
    Source    tf.boolean_mask, numpy.compress

    >>> import kgraph as kg
    >>> kg.ops.boolean_mask([[1, 2], [3, 4], [5, 6]], [True, False, True])
    array([[1, 2],
           [5, 6]], dtype=int32)
    """
    return x[(slice(None),) * (axis or 0) + (mask,)]


@boolean_mask.lower
def _index_with_mask(x: Any, mask: Any, axis: int | None) -> Any:
    found, ndim = type_of(mask), type_of(x).ndim
    if found.dtype.kind != "b":
        raise KGraphTypeError(
            message("boolean_mask: a mask is boolean", received=str(found), hint="mask != 0")
        )
    place = 0 if axis is None else one_axis("boolean_mask", axis, ndim)
    if not 0 < found.ndim <= ndim - place:
        raise ShapeError(
            message(
                f"boolean_mask: a mask from axis {place} on has 1 to {ndim - place} axes",
                received=f"mask = {found}\nx = {type_of(x)}",
            )
        )
    key = ((WHOLE,) * place) + (("value", 0),)
    return index_by_arrays(x, items_by_axis(key, type_of(x), [mask]), [mask])


@boolean_mask.ragged
def _mask_ragged(x: Any, mask: Any, axis: int | None) -> Any:
    if axis not in (None, 0):
        raise ShapeError(
            message(
                "boolean_mask: the mask of a ragged value begins with its rows",
                received=f"axis {axis} of {type_of(x)}",
                expected="axis 0",
            )
        )
    return OPS["ragged_boolean_mask"](x, mask)


boolean_mask.sample(_X, _MASK)
boolean_mask.sample(_X, np.array([False, True]))
boolean_mask.sample(_X, np.array([True, False, True]), axis=1)
boolean_mask.sample(_X, np.zeros(2, bool), axis=-2)


@op(dtypes=unchanged)
def flatnonzero(x: Array) -> Array:
    """The positions in ``ravel(x)`` at which x is not zero.

    Shapes    any -> (how many they are,)
    Dtypes    x: all; the result is int64
    Source    numpy.flatnonzero

    >>> import kgraph as kg
    >>> kg.ops.flatnonzero([[1, 0], [0, 2]])
    array([0, 3])
    """
    return np.flatnonzero(x)


@flatnonzero.lower
def _where_not_zero(x: Any) -> Any:
    return true_positions(ravel(_truth(x)))


def _truth(x: Any) -> Any:
    return x if type_of(x).dtype.kind == "b" else not_equal(x, 0)


flatnonzero.sample(_X)
flatnonzero.sample(_MASK)
flatnonzero.sample(i32([0, 0]))


@op(dtypes=unchanged)
def argwhere(x: Array) -> Array:
    """The positions at which x is not zero, one in each row.

    Shapes    any -> (how many they are, number of axes of x)
    Dtypes    x: all; the result is int64
    Source    numpy.argwhere, tf.where of one argument

    >>> import kgraph as kg
    >>> kg.ops.argwhere([[1, 0], [0, 2]])
    array([[0, 0],
           [1, 1]])
    """
    return np.argwhere(x)


@argwhere.lower
def _rows_of_positions(x: Any) -> Any:
    if not type_of(x).ndim:
        raise ShapeError("argwhere: a scalar has no positions")
    rest = flatnonzero(x)
    columns: list[Any] = []
    for axis in reversed(range(1, type_of(x).ndim)):
        size = size_on(x, axis, rest)
        columns.append(rest % size)
        rest = rest // size
    return stack([rest, *reversed(columns)], -1)


argwhere.sample(_X)
argwhere.sample(f32([[[0, 1], [2, 3]], [[0, 0], [4, 0]]]))
argwhere.sample(i32([3, 0, 1]))


def nonzero(x: Any) -> tuple[Any, ...]:
    """The positions at which x is not zero: a vector for each axis of x.

    Shapes    any -> as many vectors as x has axes, each (how many they are,)
    Dtypes    x: all; the results are int64
    Source    keras.ops.nonzero, numpy.nonzero

    >>> import kgraph as kg
    >>> kg.ops.nonzero([[1, 0], [0, 2]])
    (array([0, 1]), array([0, 1]))
    """
    found = argwhere(x)
    return tuple(found[:, axis] for axis in range(found.shape[1]))


def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """The entries of ``a`` along ``axis`` at which a vector of truth values is true.

    Shapes    None flattens ``a`` first; how many entries a known ``condition`` takes is known
    Dtypes    a: all; ``condition`` is taken as truth values
    Errors    ValueError for a symbolic ``condition`` that is not as long as that axis
    Source    numpy.compress

    >>> import kgraph as kg
    >>> from kgraph.ops.masking import compress
    >>> compress([True, False], [[1, 2], [3, 4]], axis=1)
    array([[1],
           [3]], dtype=int32)
    """
    if axis is None:
        a, axis = ravel(a), 0
    if isinstance(condition, list | tuple | np.ndarray):
        a = as_operand(a, "compress")
        place = one_axis("compress", axis, type_of(a).ndim)
        return getitem(a, (*(WHOLE,) * place, ("take", tuple(np.flatnonzero(condition).tolist()))))
    return boolean_mask(a, cast(condition, "bool"), axis)


def extract(condition: Any, arr: Any) -> Any:
    """The elements of ``arr`` at which ``condition``, of the same shape, is true: a vector.

    Source    numpy.extract

    >>> from kgraph.ops.masking import extract
    >>> extract([[True, False], [False, True]], [[1, 2], [3, 4]])
    array([1, 4], dtype=int32)
    """
    return boolean_mask(arr, cast(condition, "bool"))
