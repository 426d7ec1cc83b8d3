"""A CSR matrix as its three component arrays, concrete or symbolic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kgraph.types.dims import Dims


@dataclass(frozen=True, eq=False)
class CSR:
    """``data``, ``indices``, ``indptr`` as in SciPy; any of them may be symbolic.

    Rows lie at ``indptr[i] .. indptr[i + 1]``: rows with bounds, as in a ragged value.
    """

    data: Any
    indices: Any
    indptr: Any
    dims: Dims

    def with_data(self, data: Any) -> CSR:
        """The same pattern of stored entries with other values."""
        return CSR(data, self.indices, self.indptr, self.dims)
