"""A CSR matrix as its three component arrays, concrete or symbolic."""

from __future__ import annotations

from typing import Any

from kgraph.types.dims import Dims, Shape, public_shape
from kgraph.types.dtypes import DType
from kgraph.types.operators import OPS, Operators
from kgraph.types.value import Value


class CSR(Operators, Value):
    """``data``, ``indices``, ``indptr`` as in SciPy; any of them may be symbolic.

    Rows lie at ``indptr[i] .. indptr[i + 1]``: rows with bounds, as in a ragged value.  A layer's
    ``call`` sees sparse inputs in this form while its graph is drawn and compiled: Python's
    operators work on it, as they do on arrays.
    """

    __match_args__ = ("data", "indices", "indptr", "dims")
    data: Any
    indices: Any
    indptr: Any
    dims: Dims

    def __init__(self, data: Any, indices: Any, indptr: Any, dims: Dims) -> None:
        vars(self).update(data=data, indices=indices, indptr=indptr, dims=dims)

    __eq__ = Operators.__eq__  # element by element, as for arrays
    __hash__ = Operators.__hash__

    @property
    def shape(self) -> Shape:
        """Rows and columns; None where they are known only when a batch arrives."""
        return public_shape(self.dims)

    @property
    def ndim(self) -> int:
        return 2

    @property
    def dtype(self) -> DType:
        found: DType = self.data.dtype
        return found

    @property
    def T(self) -> Any:
        return OPS["transpose"](self)

    def with_data(self, data: Any) -> CSR:
        """The same pattern of stored entries with other values."""
        return CSR(data, self.indices, self.indptr, self.dims)
