"""Choosing between whole values, and putting one into another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import common
from kgraph.ops.indexing import take_range
from kgraph.ops.op import Array, op
from kgraph.ops.operands import as_operand, dims_of, type_of
from kgraph.ops.primitives.shape import join
from kgraph.ops.samples import f32, i32
from kgraph.ops.selection import where
from kgraph.types import tree
from kgraph.types.dims import Size
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.symbolic import Symbolic

_X = np.arange(12, dtype=np.float32).reshape(3, 4)


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """For each element the first choice whose condition is true there.

    Shapes    all broadcast as in NumPy
    Dtypes    choices and default are promoted as in Keras 3
    Errors    ValueError where there are not as many choices as conditions
    Source    keras.ops.select, numpy.select

    >>> import kgraph as kg
    >>> x = np.array([1, 5, 9])
    >>> kg.ops.select([x < 3, x < 7], [x, x * 10], -1)
    array([ 1, 50, -1])
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise KGraphValueError(
            message(
                "select: each condition needs its choice",
                received=f"{len(condlist)} conditions, {len(choicelist)} choices",
            )
        )
    found = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        found = where(condition, choice, found)
    return found


def slice_update(inputs: Any, start_indices: Sequence[int], updates: Any) -> Any:
    """``inputs`` with the block that begins at ``start_indices`` replaced by ``updates``.

    Shapes    the result has the shape of ``inputs``
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError if the block does not lie within the value
    Source    keras.ops.slice_update

    >>> import kgraph as kg
    >>> kg.ops.slice_update([1, 2, 3, 4], (1,), [0, 0])
    array([1, 0, 0, 4], dtype=int32)
    """
    return put_block(inputs, updates, tuple(start_indices))


@op(dtypes=common)
def put_block(x: Array, block: Array, starts: Any) -> Array:
    """x with a block of it replaced.

    Shapes    x and ``block`` have as many axes; the result has the shape of x
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError if the block does not lie within the value
    Source    keras.ops.slice_update

    >>> from kgraph.ops.choosing import put_block
    >>> put_block([1, 2, 3, 4], [0, 0], starts=(1,))
    array([1, 0, 0, 4], dtype=int32)
    """
    found = np.array(x)
    ranges = zip(starts, block.shape, strict=True)
    found[tuple(slice(start, start + size) for start, size in ranges)] = block
    return found


@put_block.lower
def _what_stands_around(x: Any, block: Any, starts: tuple[int, ...]) -> Any:
    dims, sizes = dims_of(x), dims_of(block)
    fits = len(starts) == len(sizes) == len(dims)
    if not fits or not all(map(_lies_within, starts, sizes, dims)):
        raise ShapeError(
            message(
                "slice_update: the block does not lie within the value",
                received=f"start {starts} of {type_of(block)} in {type_of(x)}",
            )
        )
    return _replaced(x, block, starts, 0)


def _lies_within(start: int, size: Size, whole: Size) -> bool:
    end = size + start
    return start >= 0 and not (isinstance(end, int) and isinstance(whole, int) and end > whole)


def _replaced(x: Any, block: Any, starts: tuple[int, ...], axis: int) -> Any:
    """x with the block in its place, on the axes from ``axis`` on."""
    if axis == len(starts):
        return block
    whole, size = dims_of(x)[axis], dims_of(block)[axis]
    start, stop = starts[axis], size + starts[axis]
    middle = _replaced(take_range(x, axis, start, stop), block, starts, axis + 1)
    before = [take_range(x, axis, 0, start)] if start else []
    after = [take_range(x, axis, stop, whole)] if stop != whole else []
    return join([*before, middle, *after], axis) if before or after else middle


put_block.sample(_X, f32([[-1, -2], [-3, -4]]), starts=(1, 2))
put_block.sample(_X, -_X, starts=(0, 0))
put_block.sample(i32([1, 2, 3]), i32([9]), starts=(0,))


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """``true_fn()`` if ``pred`` is true, else ``false_fn()``.

    Where ``pred`` is known only when a batch arrives both are computed, and `where` chooses
    between the leaves of their results, which must match.

    Shapes    the results of both functions have one structure; their leaves broadcast
    Errors    TypeError if ``pred`` has more than one element, or the structures differ
    Source    keras.ops.cond, tf.cond

    >>> import kgraph as kg
    >>> kg.ops.cond(True, lambda: np.float32(1), lambda: np.float32(2))
    np.float32(1.0)
    """
    if not isinstance(pred, Symbolic):
        return true_fn() if pred else false_fn()
    if pred.ndim:
        raise KGraphTypeError(
            message(
                "cond: decides between whole values, by one truth value",
                received=str(pred.type),
                expected="a scalar, as ops.any(x > 0) is",
                hint="ops.where chooses element by element",
            )
        )
    yes, no = true_fn(), false_fn()
    first, second = tree.flatten(yes), tree.flatten(no)
    if len(first) != len(second):
        raise KGraphTypeError(
            f"cond: the results differ in structure: {len(first)} and {len(second)} values"
        )
    chosen = [where(pred, a, b) for a, b in zip(first, second, strict=True)]
    return tree.pack_like(yes, chosen) if tree.is_branch(yes) else chosen[0]


def stop_gradient(variable: Any) -> Any:
    """The value itself: graphs here are not differentiated.

    >>> import kgraph as kg
    >>> kg.ops.stop_gradient([1, 2])
    array([1, 2], dtype=int32)
    """
    return as_operand(variable, "stop_gradient")


def custom_gradient(f: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """``f`` without the gradient that it gives beside its result: graphs are not differentiated.

    Source    keras.ops.custom_gradient

    >>> import kgraph as kg
    >>> @kg.ops.custom_gradient
    ... def double(x):
    ...     return x * 2, lambda upstream: upstream * 2
    >>> double(np.float32(3))
    np.float32(6.0)
    """

    @wraps(f)
    def value(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)[0]

    return value
