"""Sparse values from dense ones, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph import ops
from kgraph.ops.operands import as_operand, type_of
from kgraph.ops.sparse_parts import sparse_from_dense
from kgraph.sparse.operand import is_of_other_rank, sparse_operand
from kgraph.types.array_type import ArrayType
from kgraph.types.dtypes import as_dtype
from kgraph.types.row_partition import whole_number
from kgraph.types.sparse import SparseTensor, is_sparse
from kgraph.types.symbolic import Symbolic


def from_dense(tensor: Any) -> Any:
    """A sparse value that stores what is not zero in a dense one.

    Shapes    (B, N) -> sparse (B, N); arrays of any rank: ``coo_array``
    Dtypes    all but float16, which SciPy does not store
    Edges     nan is stored; a sparse value is taken as it is
    Errors    ValueError for a symbolic value of another rank
    Source    tf.sparse.from_dense

    >>> import kgraph as kg
    >>> kg.sparse.from_dense([[0.0, 5.0], [7.0, 0.0]]).nnz
    2
    """
    if is_sparse(tensor):
        return tensor
    value = as_operand(tensor, "kg.sparse.from_dense")
    found = type_of(value)
    if isinstance(value, Symbolic) or not isinstance(found, ArrayType) or found.ndim == 2:
        return sparse_from_dense(value)
    array = np.asarray(value)
    places = np.argwhere(array)
    return SparseTensor(places, array[tuple(places.T)], array.shape)


def to_dense(sp_input: Any, default_value: Any = None) -> Any:
    """A sparse value with its zeros written out.

    Shapes    sparse (B, N) -> (B, N); arrays of any rank
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
    if not is_of_other_rank(sp_input):
        return ops.to_dense(sparse_operand("to_dense", sp_input), default)
    coo = sp_input.tocoo(copy=True)
    coo.sum_duplicates()
    out = np.full(coo.shape, default, coo.dtype)
    out[coo.coords] = coo.data
    return out


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
