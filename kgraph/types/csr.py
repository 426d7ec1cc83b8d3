"""A sparse value as the three component arrays of a CSR matrix, concrete or symbolic."""

from __future__ import annotations

from typing import Any

from kgraph.types.dims import Dims, Shape, Size, public_shape, row_width
from kgraph.types.dtypes import DType
from kgraph.types.operators import OPS, Operators
from kgraph.types.value import Value


class CSR(Operators, Value):
    """``data``, ``indices``, ``indptr`` as in SciPy; any of them may be symbolic.

    Rows lie at ``indptr[i] .. indptr[i + 1]``: rows with bounds, as in a ragged value.  Of ``dims``
    there may be more or fewer than two: rows are the first axis, and all others together, in
    row-major order, are the ``width`` columns.  A layer's ``call`` sees sparse inputs in this form
    while its graph is drawn and compiled: Python's operators work on it, as they do on arrays.

    >>> import numpy as np
    >>> x = CSR(np.ones(1), np.array([5]), np.array([0, 1]), (1, 2, 3))  # a one at (0, 1, 2)
    >>> x.shape, x.width
    ((1, 2, 3), 6)
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
        """The size of each axis; None where it is known only when a batch arrives."""
        return public_shape(self.dims)

    @property
    def ndim(self) -> int:
        return len(self.dims)

    @property
    def width(self) -> Size:
        """How many elements a row has: the columns."""
        return row_width(self.dims)

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

    def with_dims(self, dims: Dims) -> CSR:
        """The same rows, whose elements are arranged along other axes."""
        return CSR(self.data, self.indices, self.indptr, dims)

    def as_matrix(self) -> CSR:
        """The same rows, each with all its elements on one axis."""
        return self.with_dims((self.dims[0], self.width))
