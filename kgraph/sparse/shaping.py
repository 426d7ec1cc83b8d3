"""Sparse values under another shape, cut and put together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from kgraph import ops
from kgraph.ops.axes import one_axis
from kgraph.ops.operands import type_of
from kgraph.sparse.operand import sparse_operand
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.row_partition import whole_number
from kgraph.types.sparse import from_csr, to_csr
from kgraph.types.symbolic import Symbolic


def reorder(sp_input: Any) -> Any:
    """Entries in row-major order of their places; those at one place summed.

    Shapes    sparse (B, ...) -> the same
    Source    tf.sparse.reorder

    >>> import kgraph as kg
    >>> x = kg.SparseTensor([[1, 1], [0, 2], [1, 0]], [3, 4, 5], (2, 3))
    >>> kg.sparse.reorder(x).indices
    array([2, 0, 1])
    """
    value = sparse_operand("reorder", sp_input)
    return value if isinstance(value, Symbolic) else from_csr(to_csr(value))


def reshape(sp_input: Any, shape: Any) -> Any:
    """The same entries, in row-major order, under another shape.

    Shapes    sparse -> ``shape``, of any rank but 0, one of whose sizes may be -1
    Errors    ValueError where the number of elements cannot be the same, and for rank 0
    Source    tf.sparse.reshape

    >>> import kgraph as kg
    >>> kg.sparse.reshape(kg.sparse.eye(2, 3), (3, -1)).toarray()
    array([[1., 0.],
           [0., 0.],
           [1., 0.]], dtype=float32)
    """
    value = sparse_operand("reshape", sp_input)
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if not sizes:
        raise ShapeError(
            message(
                "kg.sparse.reshape: a sparse value has a rank of 1 or more",
                received=f"{type_of(value)} -> ()",
                hint="ops.reshape(kg.sparse.to_dense(x), ()) for a number",
            )
        )
    return ops.reshape(value, sizes)


def expand_dims(sp_input: Any, axis: int = -1) -> Any:
    """A new axis of size 1.

    Shapes    sparse (B, N) -> sparse of rank 3, 1 on ``axis``; and so for other ranks
    Errors    ValueError for an axis that the result has not
    Source    tf.sparse.expand_dims

    >>> import kgraph as kg
    >>> kg.sparse.expand_dims(kg.sparse.eye(2), 1).shape
    (2, 1, 2)
    """
    return ops.expand_dims(sparse_operand("expand_dims", sp_input), axis)


def transpose(sp_input: Any, perm: Sequence[int] | None = None) -> Any:
    """The axes in another order; rows as columns.

    Shapes    axis ``i`` of the result is axis ``perm[i]``; None turns the order round
    Errors    ValueError if ``perm`` does not name each axis once
    Source    tf.sparse.transpose

    >>> import kgraph as kg
    >>> kg.sparse.transpose(kg.sparse.eye(2, 3)).shape
    (3, 2)
    """
    return ops.transpose(sparse_operand("transpose", sp_input), perm)


def slice(sp_input: Any, start: Any, size: Any) -> Any:
    """The block of ``size`` that begins at ``start``, as much of it as there is.

    Shapes    sparse -> sparse of the same rank, at most ``size``; a size of -1 goes to the end
    Errors    ValueError for negative starts, and unless each axis has a start and a size
    Source    tf.sparse.slice

    >>> import kgraph as kg
    >>> kg.sparse.slice(kg.sparse.eye(3), (1, 0), (2, 9)).toarray()
    array([[0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    value = sparse_operand("slice", sp_input)
    starts = [whole_number(item, "a start") for item in start]
    sizes = [int(item) for item in size]
    rank = type_of(value).ndim
    if len(starts) != rank or len(sizes) != rank or min(sizes) < -1:
        raise ShapeError(
            message(
                f"kg.sparse.slice: a block has a start and a size on each of {rank} axes",
                received=f"start {tuple(start)}, size {tuple(size)}, of {type_of(value)}",
            )
        )
    ends = [None if much == -1 else first + much for first, much in zip(starts, sizes, strict=True)]
    key = tuple(_slice(first, last) for first, last in zip(starts, ends, strict=True))
    return ops.getitem(value, key)


def split(sp_input: Any, num_split: int, axis: int) -> list[Any]:
    """Parts along ``axis``, as equal as they can be: the first ones get one more.

    Shapes    sparse -> ``num_split`` sparse values, whose sizes on ``axis`` add up
    Errors    ValueError if the size on ``axis`` is not known, or there are more parts than that
    Source    tf.sparse.split

    >>> import kgraph as kg
    >>> [part.shape for part in kg.sparse.split(kg.sparse.eye(2, 5), 2, 1)]
    [(2, 3), (2, 2)]
    """
    value = sparse_operand("split", sp_input)
    axis = one_axis("split", axis, type_of(value).ndim)
    size = type_of(value).dims[axis]
    count = whole_number(num_split, "num_split")
    if not isinstance(size, int) or not 1 <= count <= size:
        raise ShapeError(
            message(
                f"kg.sparse.split: cannot cut a size of {size} into {num_split} parts",
                received=str(type_of(value)),
            )
        )
    few, more = divmod(size, count)
    cuts = np.cumsum([0] + [few + 1] * more + [few] * (count - more)).tolist()
    front = (_slice(None, None),) * axis
    return [ops.getitem(value, (*front, _slice(a, b))) for a, b in pairwise(cuts)]


def concat(axis: int, sp_inputs: Sequence[Any]) -> Any:
    """Sparse values one after the other along ``axis``.

    Shapes    equal but on ``axis``, whose sizes add up
    Errors    ValueError where other sizes differ; TypeError for a dense value
    Source    tf.sparse.concat

    >>> import kgraph as kg
    >>> kg.sparse.concat(1, [kg.sparse.eye(2), kg.sparse.eye(2, 1)]).toarray()
    array([[1., 0., 1.],
           [0., 1., 0.]], dtype=float32)
    """
    if not isinstance(sp_inputs, list | tuple) or not sp_inputs:
        raise KGraphTypeError(
            message(
                "kg.sparse.concat: takes an axis and a list of sparse values",
                received=type(sp_inputs).__name__,
            )
        )
    values = [sparse_operand("concat", x) for x in sp_inputs]
    if len({type_of(value).ndim for value in values}) > 1:
        raise ShapeError(
            message(
                "kg.sparse.concat: the values have different numbers of axes",
                received="\n".join(str(type_of(value)) for value in values),
                hint="kg.sparse.expand_dims(x, axis) adds one",
            )
        )
    return ops.concatenate(values, axis)


def _slice(start: int | None, stop: int | None) -> tuple[Any, ...]:
    return ("slice", start, stop, None)
