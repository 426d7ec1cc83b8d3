"""Sparse values with fewer entries, or with more."""

from __future__ import annotations

from typing import Any

from kgraph.ops.sparse_entries import (
    sparse_empty_rows,
    sparse_fill_empty_rows,
    sparse_mask,
    sparse_retain,
)
from kgraph.sparse.operand import sparse_operand
from kgraph.types.errors import KGraphTypeError, message


def retain(sp_input: Any, to_retain: Any) -> Any:
    """The stored entries for which a truth value is true.

    Shapes    sparse (B, ...), (nnz,) -> sparse (B, ...)
    Errors    TypeError if ``to_retain`` is not bool; ValueError for another length
    Source    tf.sparse.retain

    >>> import kgraph as kg
    >>> kg.sparse.retain(kg.sparse.eye(2), [False, True]).toarray()
    array([[0., 0.],
           [0., 1.]], dtype=float32)
    """
    return sparse_retain(sparse_operand("retain", sp_input), to_retain)


def mask(sp_input: Any, mask_indices: Any) -> Any:
    """A sparse value without the entries of the rows ``mask_indices``.

    Shapes    sparse (B, ...), (M,) -> sparse (B, ...)
    Errors    TypeError if the rows are no integers
    Source    tf.sparse.mask, whose IndexedSlices are rows

    >>> import kgraph as kg
    >>> kg.sparse.mask(kg.sparse.eye(2), [0]).toarray()
    array([[0., 0.],
           [0., 1.]], dtype=float32)
    """
    return sparse_mask(sparse_operand("mask", sp_input), mask_indices)


def fill_empty_rows(sp_input: Any, default_value: float) -> tuple[Any, Any]:
    """``default_value`` at the first place of each row that stores nothing, and which these are.

    Shapes    sparse (B, ...) -> sparse (B, ...), (B,) bool
    Errors    TypeError if ``default_value`` is no number
    Source    tf.sparse.fill_empty_rows

    >>> import kgraph as kg
    >>> filled, empty = kg.sparse.fill_empty_rows(kg.sparse.eye(3, 2), -1)
    >>> filled.toarray()
    array([[ 1.,  0.],
           [ 0.,  1.],
           [-1.,  0.]], dtype=float32)
    >>> empty
    array([False, False,  True])
    """
    value = sparse_operand("fill_empty_rows", sp_input)
    if not isinstance(default_value, bool | int | float):
        raise KGraphTypeError(
            message(
                "kg.sparse.fill_empty_rows: default_value is a number",
                received=f"{default_value!r} of type {type(default_value).__name__}",
            )
        )
    return sparse_fill_empty_rows(value, default_value), sparse_empty_rows(value)
