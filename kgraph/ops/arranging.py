"""Other ways to put values together and to take them apart, made of ``concatenate`` and slices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.dtype_rules import common, unchanged
from kgraph.ops.indexing import getitem
from kgraph.ops.joining import concatenate, split
from kgraph.ops.op import Array, Arrays, op
from kgraph.ops.operands import as_operand, dims_of, lone_number, type_of
from kgraph.ops.primitives.shape import broadcast_to
from kgraph.ops.repetition import flip
from kgraph.ops.reshaping import expand_dims, ravel, reshape
from kgraph.ops.samples import f32, i32
from kgraph.ops.sizing import attached
from kgraph.types.dims import broadcast_dims
from kgraph.types.errors import KGraphValueError, ShapeError, message
from kgraph.types.symbolic import Symbolic


def _value(x: Any, name: str) -> Any:
    return lone_number(as_operand(x, name))


def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """x2 behind x1 along ``axis``; None flattens both first.

    Shapes    equal but on ``axis``, whose sizes add up
    Dtypes    all; operands are promoted as in Keras 3
    Source    keras.ops.append, numpy.append

    >>> import kgraph as kg
    >>> kg.ops.append([1, 2], [3])
    array([1, 2, 3], dtype=int32)
    """
    if axis is None:
        return concatenate([ravel(x1), ravel(x2)], 0)
    return concatenate([x1, x2], axis)


def array_split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Parts of x along ``axis``, of sizes that differ by 1 at most.

    Shapes    the sizes of the parts on ``axis`` add up to that of x, the larger ones first
    Dtypes    all; the parts have the dtype of x
    Errors    ValueError if the size on ``axis`` is not known
    Source    keras.ops.array_split, numpy.array_split

    >>> import kgraph as kg
    >>> kg.ops.array_split([1, 2, 3], 2)
    [array([1, 2], dtype=int32), array([3], dtype=int32)]
    """
    if not isinstance(indices_or_sections, int):
        return split(x, indices_or_sections, axis)
    x = _value(x, "array_split")
    place = one_axis("array_split", axis, type_of(x).ndim)
    size, parts = type_of(x).dims[place], indices_or_sections
    if not isinstance(size, int) or parts < 1:
        raise ShapeError(
            message(
                f"array_split: cannot cut a size of {size} into {parts} parts",
                hint="give the positions of the cuts: ops.split(x, [3, 5])",
            )
        )
    cuts = [number * (size // parts) + min(number, size % parts) for number in range(parts + 1)]
    front = (slice(None),) * place
    return [getitem(x, (*front, slice(first, last))) for first, last in pairwise(cuts)]


def with_axes(x: Any, count: int) -> Any:
    """x with ``count`` axes or more, as ``numpy.atleast_1d`` to ``3d`` have it.

    >>> with_axes([1, 2], 2)
    array([[1, 2]], dtype=int32)
    """
    x = _value(x, "atleast")
    rank = type_of(x).ndim
    if rank == 0 and count > 0:
        x, rank = expand_dims(x, 0), 1
    if rank == 1 and count > 1:
        x, rank = expand_dims(x, 0), 2
    return expand_dims(x, -1) if rank == 2 and count > 2 else x


def columns_of(x: Any) -> Any:
    """A vector as one column; a matrix as it is."""
    x = with_axes(x, 1)
    return expand_dims(x, 1) if type_of(x).ndim == 1 else x


def block(arrays: Any) -> Any:
    """Nested lists of values as one: the innermost lists join along the last axis.

    >>> one = with_axes([1], 2)
    >>> block([[one, one], [one, one]]).shape
    (2, 2)
    """
    depth, ranks = _depth(arrays), [type_of(_value(x, "block")).ndim for x in _leaves(arrays)]
    return _joined(arrays, depth, max([depth, *ranks]))


def _depth(arrays: Any) -> int:
    return 1 + max(map(_depth, arrays)) if isinstance(arrays, list) and arrays else 0


def _leaves(arrays: Any) -> list[Any]:
    if not isinstance(arrays, list):
        return [arrays]
    return [leaf for item in arrays for leaf in _leaves(item)]


def _joined(arrays: Any, depth: int, rank: int) -> Any:
    if not isinstance(arrays, list):
        x = _value(arrays, "block")
        while type_of(x).ndim < rank:
            x = expand_dims(x, 0)
        return x
    return concatenate([_joined(item, depth - 1, rank) for item in arrays], -depth)


@op(dtypes=unchanged)
def broadcast_together(xs: Arrays, number: int) -> Array:
    """The value of that number, repeated until it has the shape in which all of them meet.

    Shapes    all broadcast as in NumPy
    Dtypes    all; the result has the dtype of the chosen value
    Source    numpy.broadcast_arrays

    >>> from kgraph.ops.arranging import broadcast_together
    >>> broadcast_together([[1, 2], [[3], [4]]], 0)
    array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return np.broadcast_arrays(*xs)[number]


@broadcast_together.lower
def _repeated(xs: Sequence[Any], number: int) -> Any:
    symbolic = next((x for x in xs if isinstance(x, Symbolic)), xs[0])
    return broadcast_to(attached(xs[number], symbolic), broadcast_dims(*map(dims_of, xs)))


broadcast_together.sample([f32([[1, 2]]), i32([[3], [4]])], number=0)
broadcast_together.sample([f32([[1, 2]]), i32([[3], [4]])], number=1)
broadcast_together.sample([f32([[1, 2]]), 3.0], number=1)


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """Values repeated until all have one shape.

    >>> [x.shape for x in broadcast_arrays([1, 2], [[3], [4]])]
    [(2, 2), (2, 2)]
    """
    values = [_value(x, "broadcast_arrays") for x in arrays]
    return tuple(broadcast_together(values, number) for number in range(len(values)))


def meshgrid(*x: Any, indexing: str = "xy") -> list[Any]:
    """A grid over vectors: for each of them, what stands at each point of the grid.

    Shapes    (N,), (M,), … -> (M, N, …) for "xy", (N, M, …) for "ij", as many as vectors
    Dtypes    all; each result has the dtype of its vector
    Errors    ValueError for an ``indexing`` other than "xy" and "ij"
    Source    keras.ops.meshgrid, numpy.meshgrid

    >>> import kgraph as kg
    >>> kg.ops.meshgrid([1, 2], [5])
    [array([[1, 2]], dtype=int32), array([[5, 5]], dtype=int32)]
    """
    if indexing not in ("xy", "ij"):
        raise KGraphValueError(f"meshgrid: indexing is 'xy' or 'ij', got {indexing!r}")
    places = list(range(len(x)))
    if indexing == "xy" and len(x) > 1:
        places[:2] = 1, 0
    lines = [
        reshape(_value(line, "meshgrid"), [-1 if n == place else 1 for n in range(len(x))])
        for line, place in zip(x, places, strict=True)
    ]
    return list(broadcast_arrays(*lines))


@op(dtypes=common)
def dstack(xs: Arrays) -> Array:
    """Values one behind the other along their third axis.

    Shapes    (N,) counts as (1, N, 1), (M, N) as (M, N, 1); the sizes on axis 2 add up
    Dtypes    all; operands are promoted as in Keras 3
    Source    keras.ops.dstack, numpy.dstack

    >>> import kgraph as kg
    >>> kg.ops.dstack([[1, 2], [3, 4]])
    array([[[1, 3],
            [2, 4]]], dtype=int32)
    """
    return np.dstack(xs)


@dstack.lower
def _join_depths(xs: Sequence[Any]) -> Any:
    return concatenate([with_axes(x, 3) for x in xs], 2)


dstack.sample([f32([1, 2]), i32([3, 4])])
dstack.sample([f32([[1, 2], [3, 4]]), f32([[[5], [6]], [[7], [8]]])])
dstack.sample([1.5, 2])


def hsplit(x: Any, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """Parts of x along its columns; of a vector along its only axis.

    Shapes    the sizes of the parts on axis 1 (vectors: 0) add up to that of x
    Dtypes    all; the parts have the dtype of x
    Errors    ValueError if the size is not a multiple of the number of parts
    Source    keras.ops.hsplit, numpy.hsplit

    >>> import kgraph as kg
    >>> kg.ops.hsplit([[1, 2, 3]], [1])
    [array([[1]], dtype=int32), array([[2, 3]], dtype=int32)]
    """
    x = _with_at_least(x, 1, "hsplit")
    return split(x, indices_or_sections, min(1, type_of(x).ndim - 1))


def vsplit(x: Any, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """Parts of x along its rows.

    Shapes    the sizes of the parts on axis 0 add up to that of x, which has two axes or more
    Dtypes    all; the parts have the dtype of x
    Errors    ValueError if the size is not a multiple of the number of parts
    Source    keras.ops.vsplit, numpy.vsplit

    >>> import kgraph as kg
    >>> kg.ops.vsplit([[1, 2], [3, 4]], 2)
    [array([[1, 2]], dtype=int32), array([[3, 4]], dtype=int32)]
    """
    return split(_with_at_least(x, 2, "vsplit"), indices_or_sections, 0)


def dsplit(x: Any, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """Parts of x along its third axis.

    Shapes    the sizes of the parts on axis 2 add up to that of x, which has three axes or more
    Dtypes    all; the parts have the dtype of x
    Errors    ValueError if the size is not a multiple of the number of parts
    Source    keras.ops.dsplit, numpy.dsplit

    >>> import kgraph as kg
    >>> kg.ops.dsplit([[[1, 2]]], 2)
    [array([[[1]]], dtype=int32), array([[[2]]], dtype=int32)]
    """
    return split(_with_at_least(x, 3, "dsplit"), indices_or_sections, 2)


def _with_at_least(x: Any, rank: int, name: str) -> Any:
    x = as_operand(x, name)
    if type_of(x).ndim < rank:
        raise ShapeError(
            message(
                f"{name}: the value has too few axes",
                received=str(type_of(x)),
                expected=f"{rank} or more",
            )
        )
    return x


@op(dtypes=unchanged)
def fliplr(x: Array) -> Array:
    """x with its columns in reverse order: the second axis turned round.

    Shapes    two axes or more; the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.fliplr, numpy.fliplr

    >>> import kgraph as kg
    >>> kg.ops.fliplr([[1, 2], [3, 4]])
    array([[2, 1],
           [4, 3]], dtype=int32)
    """
    return np.fliplr(x)


@fliplr.lower
@fliplr.ragged
def _columns_backwards(x: Any) -> Any:
    return flip(_with_at_least(x, 2, "fliplr"), 1)


@op(dtypes=unchanged)
def flipud(x: Array) -> Array:
    """x with its rows in reverse order: the first axis turned round.

    Shapes    one axis or more; the result has the shape of x
    Dtypes    all; the result has the dtype of x
    Source    keras.ops.flipud, numpy.flipud

    >>> import kgraph as kg
    >>> kg.ops.flipud([[1, 2], [3, 4]])
    array([[3, 4],
           [1, 2]], dtype=int32)
    """
    return np.flipud(x)


@flipud.lower
@flipud.ragged
def _rows_backwards(x: Any) -> Any:
    return flip(_with_at_least(x, 1, "flipud"), 0)


for _op in (fliplr, flipud):
    _op.sample(f32([[1, 2, 3], [4, 5, 6]]))
    _op.sample(np.zeros((2, 0, 3), np.float32))
