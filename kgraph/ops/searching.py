"""Looking numbers up in others: where they would stand, how often they occur, whether at all."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.creation import ones_like
from kgraph.ops.dtype_rules import Keys, common, floating, unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.operands import as_operand, type_of
from kgraph.ops.samples import f32, i32
from kgraph.types.array_type import ArrayType
from kgraph.types.dtypes import DType, int32
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message

_LINE = f32([-1, 0.5, 0.5, 2])
_X = f32([[0.5, 3, -9], [np.nan, 0, 2]])


@op(dtypes=common)
def searchsorted(sorted_sequence: Array, values: Array, side: Any = "left") -> Array:
    """Where each value would stand in a sorted vector.

    Shapes    (N,), any -> the shape of ``values``
    Dtypes    all; operands are promoted as in Keras 3; the result is int32
    Edges     ``side`` says whether a value comes before ("left") or behind its equals ("right");
              nan comes last
    Errors    ValueError if the sequence is no vector, or for another ``side``
    Cost      a host step: one binary search for each value
    Source    keras.ops.searchsorted, numpy.searchsorted

    >>> import kgraph as kg
    >>> kg.ops.searchsorted([1, 3, 5], [0, 3, 9])
    array([0, 1, 3], dtype=int32)
    """
    return np.searchsorted(sorted_sequence, values, side).astype(np.int32)


@searchsorted.infer
def _as_many_positions(sorted_sequence: ArrayType, values: ArrayType, side: str) -> ArrayType:
    if sorted_sequence.ndim != 1:
        raise ShapeError(f"the sorted sequence is a vector, got {sorted_sequence}")
    if side not in ("left", "right"):
        raise KGraphValueError(f"side is 'left' or 'right', got {side!r}")
    return values.with_dtype(int32)


searchsorted.sample(_LINE, _X)
searchsorted.sample(_LINE, _X, side="right")
searchsorted.sample(i32([1, 3]), i32([2]))


@op(dtypes=common)
def digitize(x: Array, bins: Array, right: bool = False) -> Array:
    """The number of the bin in which each element lies: how many bounds are at or below it.

    Shapes    any, (N,) -> the shape of x
    Dtypes    all; operands are promoted as in Keras 3; the result is int32
    Edges     ``right``: a bound belongs to the bin below it; the bounds rise
    Errors    ValueError if the bounds are no vector
    Cost      a host step: one binary search for each element
    Source    keras.ops.digitize, numpy.digitize

    >>> import kgraph as kg
    >>> kg.ops.digitize([0.0, 1.0, 9.0], [1.0, 5.0])
    array([0, 1, 2], dtype=int32)
    """
    return np.searchsorted(bins, x, "left" if right else "right").astype(np.int32)


@digitize.lower
def _search_bounds(x: Any, bins: Any, right: bool) -> Any:
    return searchsorted(bins, x, "left" if right else "right")


@digitize.ragged
def _digitize_items(x: Any, bins: Any, right: bool) -> Any:
    return x.with_flat_values(digitize(x.flat_values, bins, right))


digitize.sample(_X, _LINE)
digitize.sample(_X, _LINE, right=True)


@op(dtypes=common)
def isin(x1: Array, x2: Array, assume_unique: bool = False, invert: bool = False) -> Array:
    """Whether each element of x1 occurs in x2.

    Shapes    any, any -> the shape of x1
    Dtypes    all; operands are promoted as in Keras 3; the result is bool
    Edges     nan equals nothing; ``invert`` asks whether it does not occur
    Cost      a host step: a sort of both
    Source    keras.ops.isin, numpy.isin

    >>> import kgraph as kg
    >>> kg.ops.isin([1, 2, 3], [3, 1])
    array([ True, False,  True])
    """
    return np.isin(x1, x2, assume_unique=assume_unique, invert=invert)


@isin.infer
def _one_answer_each(x1: ArrayType, x2: ArrayType, assume_unique: bool, invert: bool) -> ArrayType:
    return x1.with_dtype(np.dtype("bool"))


@isin.ragged
def _items_in(x1: Any, x2: Any, assume_unique: bool, invert: bool) -> Any:
    if not hasattr(x1, "with_flat_values"):
        raise KGraphTypeError("isin: x1 may be ragged, x2 not; take its flat_values")
    return x1.with_flat_values(isin(x1.flat_values, x2, assume_unique, invert))


isin.sample(i32([[1, 2, 3]]), i32([3, 1]))
isin.sample(_X, f32([[0.5, np.nan]]), invert=True)


def _weighing(keys: Keys) -> list[DType]:
    x, weights = unchanged(keys)
    return [x, weights if weights.kind == "f" else int32]


@op(dtypes=_weighing)
def count_classes(x: Array, weights: Array, num_classes: int) -> Array:
    """The weight of each of the numbers 0 .. ``num_classes`` - 1 along the last axis.

    Shapes    (..., N), (..., N) -> (..., num_classes)
    Dtypes    x: integers; the result has the dtype of the weights
    Edges     a number that is no class is not counted
    Errors    TypeError for floats
    Cost      a host step: one pass of NumPy
    Source    numpy.bincount

    >>> import kgraph as kg
    >>> from kgraph.ops.searching import count_classes
    >>> count_classes([1, 1, 2], [0.5, 1.0, 2.0], 4)
    array([0. , 1.5, 2. , 0. ], dtype=float32)
    """
    lines = np.reshape(x, (-1, x.shape[-1]))
    found = np.zeros((len(lines), num_classes), weights.dtype)
    inside = (lines >= 0) & (lines < num_classes)
    rows = np.broadcast_to(np.arange(len(lines))[:, None], lines.shape)
    np.add.at(found, (rows[inside], lines[inside]), np.reshape(weights, lines.shape)[inside])
    return found.reshape((*x.shape[:-1], num_classes))


@count_classes.infer
def _one_line_of_classes(x: ArrayType, weights: ArrayType, num_classes: int) -> ArrayType:
    if x.dtype.kind not in "iu":
        raise KGraphTypeError("classes are integers; use ops.cast(x, 'int32') if they are whole")
    if not x.dims or x.dims != weights.dims:
        raise ShapeError("x and its weights have one shape, of one axis or more")
    return weights.with_dims((*x.dims[:-1], num_classes))


count_classes.sample(i32([[1, 1, 2], [0, 9, -1]]), f32([[0.5, 1, 2], [1, 2, 3]]), num_classes=4)
count_classes.sample(i32([1, 1, 2]), i32([1, 1, 1]), num_classes=3)


def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    """How often each of the numbers 0, 1, … occurs along the last axis, or what it weighs there.

    In a graph ``minlength`` is the number of classes, and greater numbers are not counted; on
    values that are there the greatest number may ask for more.

    Shapes    (..., N) -> (..., number of classes)
    Dtypes    integers; the result is int32, or has the dtype of ``weights``
    Errors    ValueError in a graph without ``minlength``
    Source    keras.ops.bincount, numpy.bincount

    >>> import kgraph as kg
    >>> kg.ops.bincount([1, 1, 2], minlength=4)
    array([0, 2, 1, 0], dtype=int32)
    """
    x = as_operand(x, "bincount")
    count = minlength
    if sparse:
        raise KGraphTypeError("bincount: the result is dense here; sparse=True is not known")
    if isinstance(x, np.ndarray):
        count = max(minlength, int(x.max(initial=-1)) + 1)
    elif minlength < 1:
        raise KGraphValueError(
            message(
                "bincount: how many classes there are depends on the numbers of a batch",
                received=f"{type_of(x)}, minlength={minlength}",
                hint="give minlength, the number of classes",
            )
        )
    return count_classes(x, ones_like(x, int32) if weights is None else weights, count)


@op(dtypes=floating)
def interp(
    x: Array, xp: Array, fp: Array, left: float | None = None, right: float | None = None
) -> Array:
    """The height at x of the line through the points (xp, fp).

    Shapes    any, (N,), (N,) -> the shape of x
    Dtypes    float; integers become ``floatx()``
    Edges     ``left`` and ``right`` stand beyond the ends; by default the heights there
    Errors    ValueError if xp and fp are not vectors of one size
    Cost      a host step: one binary search for each element
    Source    numpy.interp

    >>> import kgraph as kg
    >>> kg.ops.interp([0.5, 9.0], [0.0, 1.0], [10.0, 20.0])
    array([15., 20.], dtype=float32)
    """
    return np.interp(x, xp, fp, left, right).astype(x.dtype)


@interp.infer
def _one_height_each(
    x: ArrayType, xp: ArrayType, fp: ArrayType, left: float | None, right: float | None
) -> ArrayType:
    if xp.ndim != 1 or xp.dims != fp.dims:
        raise ShapeError(f"the points are two vectors of one size, got {xp} and {fp}")
    return x


interp.sample(f32([[0.5, 9, -3]]), f32([0, 1, 2]), f32([10, 20, 0]))
interp.sample(f32([0.5, 9, -3]), f32([0, 1, 2]), f32([10, 20, 0]), left=-1, right=-2)
