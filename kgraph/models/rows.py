"""The rows of values of any kind: how many there are, some of them, and batches end to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.types.csr import CSR
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import from_csr, is_sparse, to_csr

_PARTS = ("data", "indices")


def sliceable(value: Any, name: str) -> Any:
    """``value`` in a form that gives its rows by slicing."""
    if isinstance(value, np.ndarray | RaggedTensor):
        if isinstance(value, np.ndarray) and value.ndim == 0:
            raise KGraphValueError(f"predict: input {name!r} is a single number; it has no rows")
        return value
    if is_sparse(value):
        return SparseRows(value, name)
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
    return len(value)


class SparseRows:
    """A sparse value of any format and rank, checked once, that gives its rows by slicing.

    Entries keep their order, and stay where they are: a batch shares their arrays.
    """

    def __init__(self, value: Any, name: str) -> None:
        try:
            self.csr = to_csr(value, canonical=False)
        except KGraphTypeError as error:
            raise KGraphTypeError(f"input {name!r}: {error}") from None
        except ValueError as error:
            raise KGraphValueError(f"input {name!r}: {error}") from None

    def __len__(self) -> int:
        return len(self.csr.indptr) - 1

    def __getitem__(self, key: slice) -> Any:
        start, stop, _ = key.indices(len(self))
        bounds = self.csr.indptr[start : stop + 1]
        stored = slice(bounds[0], bounds[-1])
        dims = (stop - start, *self.csr.dims[1:])
        return from_csr(
            CSR(self.csr.data[stored], self.csr.indices[stored], bounds - bounds[0], dims)
        )


def concatenate(parts: Sequence[Any], name: str) -> Any:
    """Batches of one output joined along the rows."""
    first = parts[0]
    if len(parts) == 1:
        return first
    if isinstance(first, RaggedTensor):
        return _concatenate_ragged(parts)
    _check_joinable(parts, name)
    return _concatenate_sparse(parts) if is_sparse(first) else np.concatenate(parts)


def _concatenate_sparse(parts: Sequence[Any]) -> Any:
    if parts[0].ndim == 2:
        import scipy.sparse

        return scipy.sparse.vstack(parts, format=parts[0].format)
    rows = list(map(to_csr, parts))
    data, indices = (np.concatenate([getattr(x, part) for x in rows]) for part in _PARTS)
    indptr = _join_splits([x.indptr.astype(np.int64) for x in rows])
    return from_csr(CSR(data, indices, indptr, (len(indptr) - 1, *rows[0].dims[1:])))


def _concatenate_ragged(parts: Sequence[RaggedTensor]) -> RaggedTensor:
    flat = np.concatenate([part.flat_values for part in parts])
    levels = zip(*(part.nested_row_splits for part in parts), strict=True)
    return RaggedTensor.from_nested_row_splits(flat, [_join_splits(level) for level in levels])


def _join_splits(splits: Sequence[np.ndarray]) -> np.ndarray:
    """Row splits of batches end to end: each starts where the one before it ended."""
    starts = np.cumsum([0, *(part[-1] for part in splits[:-1])])
    moved = [part[1:] + start for part, start in zip(splits, starts, strict=True)]
    return np.concatenate([splits[0][:1], *moved]).astype(splits[0].dtype)


def _check_joinable(parts: Sequence[Any], name: str) -> None:
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
