"""``kg.sparse``: the names and meanings of ``tf.sparse``, on SciPy's matrices and symbolic values.

What comes in is any ``scipy.sparse`` array or matrix, of any rank, or a sparse KerasTensor; what
goes out is a ``csr_array`` (a ``coo_array`` for other ranks than 2), or a KerasTensor.
"""

from typing import TYPE_CHECKING

from kgraph.sparse.computing import (
    add,
    map_values,
    maximum,
    minimum,
    reduce_max,
    reduce_sum,
    softmax,
    sparse_dense_matmul,
)
from kgraph.sparse.making import eye, from_dense, to_dense
from kgraph.sparse.picking import fill_empty_rows, mask, retain
from kgraph.sparse.shaping import concat, expand_dims, reorder, reshape, slice, split, transpose
from kgraph.types.calling import checked_functions as _checked_functions
from kgraph.types.names import no_such_name as _no_such_name
from kgraph.types.sparse import SparseTensor

__all__ = [
    "SparseTensor",
    "add",
    "concat",
    "expand_dims",
    "eye",
    "fill_empty_rows",
    "from_dense",
    "map_values",
    "mask",
    "maximum",
    "minimum",
    "reduce_max",
    "reduce_sum",
    "reorder",
    "reshape",
    "retain",
    "slice",
    "softmax",
    "sparse_dense_matmul",
    "split",
    "to_dense",
    "transpose",
]

_checked_functions(globals(), __all__)

if not TYPE_CHECKING:  # a checker knows every name that is here

    def __getattr__(name):
        raise _no_such_name(__name__, name, __all__)
