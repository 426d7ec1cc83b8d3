"""Values put together, and taken apart again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.dtype_rules import common
from kgraph.ops.indexing import getitem
from kgraph.ops.op import Array, Arrays, op
from kgraph.ops.operands import as_operand, type_of
from kgraph.ops.primitives.shape import join, reshape_to
from kgraph.ops.ragged_joining import join_rows
from kgraph.ops.reshaping import expand_dims
from kgraph.ops.samples import f32, i32
from kgraph.types.dims import Size
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.ragged import RaggedTensor

_A = f32([[1, 2, 3], [4, 5, 6]])
_B = f32([[7], [8]])


@op(dtypes=common)
def concatenate(xs: Arrays, axis: int = 0) -> Array:
    """Values one after the other along ``axis``.

    Shapes    equal but on ``axis``, whose sizes add up; ragged values join on every axis: row after
              row, item after item within each row, or item by item on inner axes, where rows must
              have equal lengths.  A dense value beside ragged ones counts as rows of one length
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError where other sizes or ranks differ
    Source    keras.ops.concatenate, numpy.concatenate

    >>> import kgraph as kg
    >>> kg.ops.concatenate([[[1], [2]], [[3], [4]]], axis=1)
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return np.concatenate(xs, axis)


@concatenate.lower
def _join_arrays(xs: Sequence[Any], axis: int) -> Any:
    if not xs:
        raise KGraphTypeError("concatenate: nothing to put together")
    return join(xs, one_axis("concatenate", axis, type_of(xs[0]).ndim))


@concatenate.ragged
def _join_ragged(xs: Sequence[Any], axis: int) -> Any:
    model = next(x for x in xs if isinstance(x, RaggedTensor))
    axis = one_axis("concatenate", axis, model.ndim)
    if any(type_of(x).ndim != model.ndim for x in xs):
        raise ShapeError(
            message(
                "concatenate: the values have different numbers of axes",
                received="\n".join(str(type_of(x)) for x in xs),
                hint="ops.expand_dims(x, axis) adds one",
            )
        )
    return join_rows(xs, axis)


concatenate.sample([_A, _B, _A], axis=1)
concatenate.sample([_A, _A], axis=-2)
concatenate.sample([i32([1, 2]), f32([0.5]), np.zeros(0, np.float32)])


@op(dtypes=common)
def stack(x: Arrays, axis: int = 0) -> Array:
    """Values of one shape beside each other along a new axis.

    Shapes    n times (...) -> (..., n, ...), n on ``axis``
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError where shapes differ
    Source    keras.ops.stack, numpy.stack

    >>> import kgraph as kg
    >>> kg.ops.stack([[1, 2], [3, 4]], axis=1)
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return np.stack(x, axis)


@stack.lower
@stack.ragged
def _join_expanded(x: Sequence[Any], axis: int) -> Any:
    if not x:
        raise KGraphTypeError("stack: nothing to put together")
    axis = one_axis("stack", axis, type_of(x[0]).ndim + 1)
    return concatenate([expand_dims(value, axis) for value in x], axis)


stack.sample([_A, _A])
stack.sample([_A, _A, i32([[1, 2, 3]] * 2)], axis=-1)
stack.sample([1.5, 2])


@op(dtypes=common)
def hstack(xs: Arrays) -> Array:
    """Values one after the other along their columns; vectors along their only axis.

    Shapes    equal but on axis 1 (vectors: 0), whose sizes add up
    Dtypes    all; operands are promoted as in Keras 3
    Source    keras.ops.hstack, numpy.hstack

    >>> import kgraph as kg
    >>> kg.ops.hstack([[1, 2], [3]])
    array([1, 2, 3], dtype=int32)
    """
    return np.hstack(xs)


@hstack.lower
def _join_columns(xs: Sequence[Any]) -> Any:
    xs = [x if type_of(x).ndim else reshape_to(x, (1,)) for x in xs]
    return concatenate(xs, 0 if type_of(xs[0]).ndim == 1 else 1)


hstack.sample([_A, _B])
hstack.sample([f32([1, 2]), f32([3])])


@op(dtypes=common)
def vstack(xs: Arrays) -> Array:
    """Values one below the other; a vector counts as one row.

    Shapes    equal but on axis 0, whose sizes add up
    Dtypes    all; operands are promoted as in Keras 3
    Source    keras.ops.vstack, numpy.vstack

    >>> import kgraph as kg
    >>> kg.ops.vstack([[1, 2], [3, 4]])
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    return np.vstack(xs)


@vstack.lower
def _join_rows(xs: Sequence[Any]) -> Any:
    return concatenate([_as_matrix(x) for x in xs], 0)


def _as_matrix(x: Any) -> Any:
    ndim = type_of(x).ndim
    if ndim == 1:
        return expand_dims(x, 0)
    return x if ndim else reshape_to(x, (1, 1))


vstack.sample([_A, _A[:1]])
vstack.sample([f32([1, 2]), f32([3, 4])])


def split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Parts of x along ``axis``: that many equal ones, or cut before the given positions.

    Shapes    the sizes of the parts on ``axis`` add up to that of x
    Dtypes    all; the parts have the dtype of x
    Errors    ValueError if the size on ``axis`` is not a multiple of the number of parts
    Source    keras.ops.split, numpy.split

    >>> import kgraph as kg
    >>> kg.ops.split([1, 2, 3, 4], 2)
    [array([1, 2], dtype=int32), array([3, 4], dtype=int32)]
    >>> kg.ops.split([1, 2, 3, 4], [1])
    [array([1], dtype=int32), array([2, 3, 4], dtype=int32)]
    """
    x = as_operand(x, "split")
    dims = type_of(x).dims
    axis = one_axis("split", axis, len(dims))
    front = (slice(None),) * axis
    cuts = _cuts(dims[axis], indices_or_sections)
    return [getitem(x, (*front, slice(first, last))) for first, last in pairwise(cuts)]


def _cuts(size: Size | None, sections: int | Sequence[int]) -> list[Any]:
    """Where the parts begin, and where the last one ends."""
    if not isinstance(sections, int):
        return [0, *(int(cut) for cut in sections), None]
    if size is None:
        raise ShapeError(
            message(
                "split: rows of different lengths have no equal parts",
                received=f"{sections} parts along a ragged axis",
                hint="give the positions of the cuts: ops.split(x, [3, 5], axis)",
            )
        )
    if sections < 1 or not isinstance(size, int) or size % sections:
        raise ShapeError(
            message(
                f"split: cannot cut a size of {size} into {sections} equal parts",
                hint="give the positions of the cuts: ops.split(x, [3, 5])",
            )
        )
    return list(range(0, size + 1, size // sections or 1))[: sections + 1]


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """The entries of x along ``axis``, each without that axis.

    Shapes    (..., n, ...) -> n times (...)
    Dtypes    all; the entries have the dtype of x
    Errors    ValueError if the size on ``axis`` is unknown and ``num`` is not given
    Source    keras.ops.unstack

    >>> import kgraph as kg
    >>> kg.ops.unstack([[1, 2], [3, 4]], axis=1)
    [array([1, 3], dtype=int32), array([2, 4], dtype=int32)]
    """
    x = as_operand(x, "unstack")
    dims = type_of(x).dims
    axis = one_axis("unstack", axis, len(dims))
    count = num if num is not None else dims[axis]
    if not isinstance(count, int):
        raise ShapeError("unstack: the size on this axis is not known; give `num`")
    front = (slice(None),) * axis
    return [getitem(x, (*front, place)) for place in range(count)]
