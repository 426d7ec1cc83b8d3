"""Working on the items of ragged rows: masks, positions, and functions of the flat values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kgraph import ops
from kgraph.ops.operands import as_operand, type_of
from kgraph.ops.ragged_indexing import ragged_boolean_mask
from kgraph.types.array_type import RaggedType
from kgraph.types.errors import KGraphValueError, message
from kgraph.types.operators import OPS


def boolean_mask(data: Any, mask: Any, name: str | None = None) -> Any:
    """The entries of data at which the mask is true, each in the row it was in.

    Shapes    mask (B,): the rows, as they are; mask of more axes, dense or ragged: as many axes of
              the result, all but the first ragged
    Dtypes    data of all dtypes; mask of bools
    Errors    TypeError for a mask that is not of bools; ValueError if its rows differ
    Source    tf.ragged.boolean_mask

    >>> import kgraph as kg
    >>> kg.ragged.boolean_mask([[1, 2, 3], [4, 5, 6]], [[True, False, True], [False, False, True]])
    <kgraph.RaggedTensor [[1, 3], [6]] shape=(2, None) dtype=int32>
    """
    return ragged_boolean_mask(data, mask)


def map_flat_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``op`` of the flat values of all ragged arguments, in the rows that these have in common.

    Shapes    the result of ``op`` has as many rows as the flat values; they become the items
    Dtypes    those of ``op``
    Edges     without a ragged argument this is ``op(*args, **kwargs)``
    Errors    ValueError if rows of ragged arguments differ, or the result has other rows
    Source    tf.ragged.map_flat_values

    >>> import kgraph as kg
    >>> x = kg.ragged.constant([[1, 2], [], [3]])
    >>> kg.ragged.map_flat_values(kg.multiply, x, 10).to_list()
    [[10, 20], [], [30]]
    """
    ragged = [value for value in (*args, *kwargs.values()) if _is_ragged(value)]
    if not ragged:
        return op(*args, **kwargs)
    model = ragged[0]
    flat_args = [_flat(value, model) for value in args]
    flat_kwargs = {key: _flat(value, model) for key, value in kwargs.items()}
    result = as_operand(op(*flat_args, **flat_kwargs), "map_flat_values")
    if _is_ragged(result) or type_of(result).ndim == 0:
        raise KGraphValueError(
            message(
                "map_flat_values: the function must give a dense value with a row for each item",
                received=str(type_of(result)),
            )
        )
    return OPS["with_flat_values"](model, result)


def _is_ragged(value: Any) -> bool:
    return isinstance(getattr(value, "type", None), RaggedType)


def _flat(value: Any, model: Any) -> Any:
    """The flat values of a ragged argument, proved to have the rows of ``model``."""
    if not _is_ragged(value):
        return value
    if value is model:
        return value.flat_values
    if value.ragged_rank != model.ragged_rank:
        raise KGraphValueError(
            message(
                "map_flat_values: the ragged arguments have rows of different lengths",
                received=f"{model.type}\n{value.type}",
                expected="equal row_splits",
            )
        )
    parts = (*value.nested_row_splits, *model.nested_row_splits)
    return OPS["match_rows"]([value.flat_values, model.flat_values, *parts])


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: int | None = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Any:
    """The rows of ``params`` at the positions ``indices``.

    Shapes    params (N, ...), indices of any shape, ragged too  ->  that shape, then (...); with
              ``batch_dims`` positions count within their row of params, see ``kg.ops.take``
    Dtypes    params of all dtypes; indices of integers
    Errors    ValueError for a position that params has not
    Source    tf.gather of ragged values

    >>> import kgraph as kg
    >>> kg.ragged.gather(kg.ragged.constant([[1, 2], [], [3]]), [2, 0]).to_list()
    [[3], [1, 2]]
    >>> rows, places = kg.ragged.constant([[1, 2], [], [3]]), kg.ragged.constant([[1, 1], [], [0]])
    >>> kg.ragged.gather(rows, places, batch_dims=1).to_list()
    [[2, 2], [], [3]]
    """
    place = 0 if axis is None and not batch_dims else axis
    return ops.take(params, indices, axis=place, batch_dims=batch_dims)


def expand_dims(input: Any, axis: int, name: str | None = None) -> Any:
    """A new axis of size 1.

    Shapes    (...)  ->  (..., 1, ...), 1 on ``axis``
    Dtypes    all
    Source    tf.expand_dims of ragged values

    >>> import kgraph as kg
    >>> kg.ragged.expand_dims(kg.ragged.constant([[1, 2], []]), 0).to_list()
    [[[1, 2], []]]
    """
    return ops.expand_dims(input, axis)


def where(condition: Any, x: Any, y: Any, name: str | None = None) -> Any:
    """x where the condition is true, y elsewhere.

    Shapes    the operands broadcast together
    Dtypes    condition of bools; x and y are promoted as in Keras 3
    Source    tf.where of ragged values

    >>> import kgraph as kg
    >>> x = kg.ragged.constant([[1, 2], [], [3]])
    >>> kg.ragged.where(x > 1, x, 0).to_list()
    [[0, 2], [], [3]]
    """
    return ops.where(condition, x, y)


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """x in another dtype.

    Shapes    the result has the shape of x
    Dtypes    all
    Source    tf.cast of ragged values

    >>> import kgraph as kg
    >>> kg.ragged.cast(kg.ragged.constant([[1, 2], []]), "float32").dtype
    dtype('float32')
    """
    return ops.cast(x, dtype)
