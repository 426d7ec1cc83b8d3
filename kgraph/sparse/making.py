"""Sparse values from dense ones, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph import ops
from kgraph.ops.operands import as_operand
from kgraph.ops.sparse_parts import sparse_from_dense
from kgraph.sparse.operand import sparse_operand
from kgraph.types.dtypes import as_dtype
from kgraph.types.row_partition import whole_number
from kgraph.types.sparse import is_sparse


def from_dense(tensor: Any) -> Any:
    """A sparse value that stores what is not zero in a dense one.

    Shapes    (B, ...) -> sparse (B, ...)
    Dtypes    all but float16, which SciPy does not store
    Edges     nan is stored; a sparse value is taken as it is
    Errors    ValueError for a single number
    Source    tf.sparse.from_dense

    >>> import kgraph as kg
    >>> kg.sparse.from_dense([[0.0, 5.0], [7.0, 0.0]]).nnz
    2
    """
    if is_sparse(tensor):
        return tensor
    return sparse_from_dense(as_operand(tensor, "kg.sparse.from_dense"))


def to_dense(sp_input: Any, default_value: Any = None) -> Any:
    """A sparse value with its zeros written out.

    Shapes    sparse (B, ...) -> (B, ...)
    Dtypes    all; the result has the dtype of ``sp_input``
    Edges     ``default_value`` stands where nothing is stored; stored zeros stay
    Errors    TypeError for a dense value
    Source    tf.sparse.to_dense

    >>> import kgraph as kg
    >>> kg.sparse.to_dense(kg.sparse.eye(2), default_value=-1)
    array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    default = 0 if default_value is None else default_value
    return ops.to_dense(sparse_operand("to_dense", sp_input), default)


def eye(num_rows: int, num_columns: int | None = None, dtype: Any = "float32") -> Any:
    """Ones on the diagonal of a sparse matrix.

    Shapes    -> sparse (num_rows, num_columns), which is square by default
    Errors    ValueError for a negative size
    Source    tf.sparse.eye

    >>> import kgraph as kg
    >>> kg.sparse.eye(2, 3).toarray()
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    from scipy.sparse import csr_array

    rows = whole_number(num_rows, "num_rows")
    columns = rows if num_columns is None else whole_number(num_columns, "num_columns")
    places = np.arange(min(rows, columns), dtype=np.int32)
    ones = np.ones(len(places), as_dtype(dtype))
    return csr_array((ones, (places, places)), shape=(rows, columns))
