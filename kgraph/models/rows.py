"""The rows of values of any kind: how many there are, some of them, and batches end to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import is_sparse


def sliceable(value: Any, name: str) -> Any:
    """``value`` in a form that gives its rows by slicing."""
    if isinstance(value, np.ndarray | RaggedTensor):
        if isinstance(value, np.ndarray) and value.ndim == 0:
            raise KGraphValueError(f"predict: input {name!r} is a single number; it has no rows")
        return value
    if is_sparse(value):
        return value.tocsr() if value.ndim == 2 else value
    if value is None:
        raise KGraphTypeError(f"predict: input {name!r} is None")
    array = np.asarray(value)  # a data frame, a tensor of another library
    if array.ndim == 0:
        raise KGraphTypeError(
            message(
                f"predict: input {name!r} has no rows",
                received=type(value).__name__,
                expected="an array, a scipy.sparse matrix, a RaggedTensor or a list of rows",
            )
        )
    return array


def count(value: Any) -> int:
    return int(value.shape[0]) if is_sparse(value) else len(value)


def concatenate(parts: Sequence[Any], name: str) -> Any:
    """Batches of one output joined along the rows."""
    first = parts[0]
    if len(parts) == 1:
        return first
    if isinstance(first, RaggedTensor):
        return _concatenate_ragged(parts)
    if is_sparse(first):
        import scipy.sparse

        return scipy.sparse.vstack(parts, format=first.format)
    _check_joinable(parts, name)
    return np.concatenate(parts)


def _concatenate_ragged(parts: Sequence[RaggedTensor]) -> RaggedTensor:
    flat = np.concatenate([part.flat_values for part in parts])
    levels = zip(*(part.nested_row_splits for part in parts), strict=True)
    return RaggedTensor.from_nested_row_splits(flat, [_join_splits(level) for level in levels])


def _join_splits(splits: Sequence[np.ndarray]) -> np.ndarray:
    """Row splits of batches end to end: each starts where the one before it ended."""
    starts = np.cumsum([0, *(part[-1] for part in splits[:-1])])
    moved = [part[1:] + start for part, start in zip(splits, starts, strict=True)]
    return np.concatenate([splits[0][:1], *moved]).astype(splits[0].dtype)


def _check_joinable(parts: Sequence[np.ndarray], name: str) -> None:
    shapes = sorted({part.shape[1:] for part in parts}, key=str)
    if parts[0].ndim == 0 or len(shapes) > 1:
        what = "is a single number" if parts[0].ndim == 0 else "differs in shape between batches"
        raise KGraphValueError(
            message(
                f"predict: output {name!r} {what}, so that batches cannot be joined",
                received=f"shapes {[part.shape for part in parts[:4]]}",
                hint="batch_size=None takes all rows at once",
            )
        )
