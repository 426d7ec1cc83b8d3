"""A CSR matrix as its three component arrays, concrete or symbolic."""

from __future__ import annotations

from typing import Any

from kgraph.types.dims import Dims
from kgraph.types.value import Value


class CSR(Value):
    """``data``, ``indices``, ``indptr`` as in SciPy; any of them may be symbolic.

    Rows lie at ``indptr[i] .. indptr[i + 1]``: rows with bounds, as in a ragged value.
    """

    __match_args__ = ("data", "indices", "indptr", "dims")
    data: Any
    indices: Any
    indptr: Any
    dims: Dims

    def __init__(self, data: Any, indices: Any, indptr: Any, dims: Dims) -> None:
        vars(self).update(data=data, indices=indices, indptr=indptr, dims=dims)

    # by identity: arrays compare item by item
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def with_data(self, data: Any) -> CSR:
        """The same pattern of stored entries with other values."""
        return CSR(data, self.indices, self.indptr, self.dims)
