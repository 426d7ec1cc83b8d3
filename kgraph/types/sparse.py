"""SciPy's sparse arrays in, CSR components out, and back; SciPy is imported when one is made."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kgraph._kernels.checks import require_indices, rows_rise
from kgraph.types import dtypes
from kgraph.types.calling import checked
from kgraph.types.casting import Array, dtype_name, known_array
from kgraph.types.csr import CSR
from kgraph.types.dims import row_width
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.row_partition import INDEX_DTYPES, check_bounds, index_array, whole_number
from kgraph.types.sparse_places import (
    keys_of_places,
    places_of,
    require_countable,
    rows_of_keys,
    summed,
)

if TYPE_CHECKING:
    from scipy.sparse import coo_array

_INT32_MAX = 2**31 - 1


def is_sparse(value: object) -> bool:
    """Is it a ``scipy.sparse`` array or matrix?  Asks without importing SciPy.

    >>> is_sparse(np.eye(2))
    False
    """
    module = sys.modules.get("scipy.sparse")
    return module is not None and bool(module.issparse(value))


def csr_index_dtype(rows: int, columns: int, nnz: int) -> DType:
    """The smallest index dtype that counts rows, columns and stored entries: int32 or int64."""
    return dtypes.int32 if max(rows, columns, nnz) <= _INT32_MAX else dtypes.int64


def index_dtype_for(dims: Sequence[Any], at_least: DType = dtypes.int32) -> DType:
    """The dtype of the columns of values of these sizes, of which some may not be known.

    Columns of a matrix are few enough for int32 unless it is known that they are not; a product of
    sizes that only a batch tells may be any number.

    >>> index_dtype_for((None, 3, 4)), index_dtype_for((None, 2**20, 2**20))
    (dtype('int32'), dtype('int64'))
    """
    known = [size for size in dims[1:] if isinstance(size, int)]
    if len(known) < len(dims) - 1:
        return at_least if len(dims) == 2 else dtypes.int64
    rows = dims[0] if isinstance(dims[0], int) else 0
    found: DType = np.result_type(at_least, csr_index_dtype(rows, int(row_width((1, *known))), 0))
    return found


def to_csr(value: Any, index_dtype: DType | None = None, *, canonical: bool = True) -> CSR:
    """Any SciPy sparse array or matrix as checked CSR components; a CSR matrix is not copied.

    Shapes    (n, ...) of any format and rank ->  data (nnz,), indices (nnz,), indptr (n + 1,)
    Dtypes    data: bool, integers, floats; indices and indptr: as they are, or ``index_dtype``
    Edges     each row's columns come out rising and each once: entries at one place are summed;
              stored zeros stay; without ``canonical`` entries stay as they are, for sums alone
    Errors    KGraphTypeError for what is not sparse, for complex and object data;
              KGraphValueError for rank 0, bad bounds, and indices outside the shape

    >>> import scipy.sparse
    >>> to_csr(scipy.sparse.coo_array(np.array([[0.0, 2.0], [3.0, 0.0]]))).indices
    array([1, 0], dtype=int32)
    """
    if not is_sparse(value):
        raise KGraphTypeError(
            message(
                "a sparse value is expected",
                received=type(value).__name__,
                expected="a scipy.sparse array or matrix",
                hint="scipy.sparse.csr_array(x)",
            )
        )
    _require_known_dtype(value)
    if value.ndim != 2:
        return _from_places(value, index_dtype)
    if value.format != "csr":
        _check_before_conversion(value)
        value = value.tocsr()
    rows, columns = (int(size) for size in value.shape)
    nnz = _check_compressed(value, rows, columns, "row")
    indices, indptr = _index_pair(value, nnz, index_dtype)
    data = np.ascontiguousarray(known_array(value.data[:nnz], "data"))
    if not canonical:
        return CSR(data, indices, indptr, (rows, columns))
    return _canonical(data, indices, indptr, (rows, columns))


def _canonical(data: Array, indices: Array, indptr: Array, shape: tuple[int, int]) -> CSR:
    """Columns rising in each row, each once: what is no sum (abs, max, ...) relies on it.

    A copy is made only where that is not so; the arrays of the user stay as they are.
    """
    if is_canonical(indices, indptr):
        return CSR(data, indices, indptr, shape)
    keys = np.repeat(np.arange(shape[0]), np.diff(indptr)) * shape[1] + indices
    return rows_of_keys(*summed(keys, data), shape, indices.dtype)


def _from_places(value: Any, index_dtype: DType | None) -> CSR:
    """A value of another rank than 2, by the keys of its entries."""
    if value.ndim == 0:
        raise ShapeError(
            message(
                "a sparse value has rows: a rank of 1 or more",
                received=f"{type(value).__name__} of shape {value.shape}",
            )
        )
    shape = tuple(int(size) for size in value.shape)
    if value.format == "csr":
        _check_compressed(value, 1, shape[0], "row")
    coo = value.tocoo()
    if any(len(places) != len(coo.data) for places in coo.coords):
        parts = {f"coords[{axis}]": places for axis, places in enumerate(coo.coords)}
        raise _lengths_disagree(data=coo.data, **parts)
    for axis, size in enumerate(shape):
        _require_inside(coo.coords[axis], size, f"coords[{axis}]")
    require_countable(shape)
    data = np.ascontiguousarray(known_array(coo.data, "data"))
    keys = keys_of_places(coo.coords, shape)
    if not (keys[1:] > keys[:-1]).all():
        keys, data = summed(keys, data)
    least = csr_index_dtype(shape[0], int(row_width(shape)), len(keys))
    _require_wide_enough(index_dtype, least, shape, len(keys))
    return rows_of_keys(keys, data, shape, index_dtype or least)


def is_canonical(indices: Array, indptr: Array) -> bool:
    """Do the columns rise within each row, so that none stands twice?

    >>> is_canonical(np.array([0, 2, 1]), np.array([0, 2, 3]))
    True
    >>> is_canonical(np.array([0, 0]), np.array([0, 2]))
    False
    """
    if indices.dtype != indptr.dtype or indices.dtype not in INDEX_DTYPES:
        indices, indptr = indices.astype(np.int64), indptr.astype(np.int64)
    return rows_rise(np.ascontiguousarray(indices), np.ascontiguousarray(indptr))


def from_csr(csr: CSR) -> Any:
    """A ``scipy.sparse.csr_array`` that shares the components; a ``coo_array`` for other ranks.

    >>> from_csr(CSR(np.ones(1), np.array([5]), np.array([0, 1]), (1, 2, 3))).coords
    (array([0]), array([1]), array([2]))
    """
    from scipy.sparse import coo_array, csr_array

    _require_stored_dtype(csr.data.dtype)
    shape = tuple(int(size) for size in csr.dims)
    if len(shape) == 2:
        return csr_array((csr.data, csr.indices, csr.indptr), shape=shape)
    places: Any = tuple(places_of(csr))
    found = coo_array((csr.data, places), shape=shape)
    found.has_canonical_format = True  # places rise: none stands twice
    return found


@checked
def SparseTensor(indices: Any, values: Any, dense_shape: Any) -> coo_array[Any]:
    """A ``scipy.sparse.coo_array`` from the places of its stored entries.

    Shapes    indices (nnz, ndim), values (nnz,), dense_shape (ndim,)
    Errors    KGraphValueError for lengths that disagree and indices outside ``dense_shape``
    Source    tf.sparse.SparseTensor

    >>> SparseTensor([[0, 1], [2, 0]], [5.0, 6.0], (3, 2)).toarray()
    array([[0., 5.],
           [0., 0.],
           [6., 0.]])
    """
    from scipy.sparse import coo_array

    shape = tuple(whole_number(size, "a size in dense_shape") for size in dense_shape)
    data = known_array(values, "values")
    _require_stored_dtype(data.dtype)
    places = np.asarray(indices)
    if places.size == 0:
        places = places.astype(np.int64).reshape(len(data), len(shape))
    if places.dtype.kind not in "iu":
        raise KGraphTypeError(f"indices must hold integers, got dtype {places.dtype}")
    if data.ndim != 1 or places.shape != (data.size, len(shape)):
        raise KGraphValueError(
            message(
                "indices, values and dense_shape disagree",
                received=f"indices {places.shape}, values {data.shape}, {len(shape)} sizes",
                expected="indices (nnz, ndim), values (nnz,), ndim sizes",
            )
        )
    for axis, size in enumerate(shape):
        _require_inside(places[:, axis], size, f"indices[:, {axis}]")
    return coo_array((data, tuple(places.T)), shape=shape)


def _require_known_dtype(value: Any) -> None:
    if value.dtype.newbyteorder("=") not in dtypes.NUMERIC:
        raise KGraphTypeError(
            message(
                "a sparse value has a dtype that kgraph does not compute with",
                received=f"{type(value).__name__} of dtype {value.dtype}",
                expected="bool, integers or float16/32/64",
            )
        )


def _require_stored_dtype(dtype: DType) -> None:
    if dtype not in dtypes.NUMERIC or dtype == dtypes.float16:
        raise KGraphTypeError(
            message(
                f"scipy.sparse does not store {dtype_name(dtype)}",
                expected="bool, integers, float32 or float64",
                hint="cast the values to float32",
            )
        )


def _check_before_conversion(value: Any) -> None:
    """SciPy's conversions trust their input, so look before they do."""
    rows, columns = (int(size) for size in value.shape)
    if value.format == "csc":
        _check_compressed(value, columns, rows, "column")
    elif value.format == "bsr":
        height, width = value.blocksize
        _check_compressed(value, rows // height, columns // width, "block row")
    elif value.format == "coo":
        row, column = value.coords if hasattr(value, "coords") else (value.row, value.col)
        if not len(row) == len(column) == len(value.data):
            raise _lengths_disagree(data=value.data, row=row, col=column)
        _require_inside(row, rows, "row")
        _require_inside(column, columns, "col")


def _check_compressed(value: Any, outer: int, inner: int, outer_name: str) -> int:
    """Check compressed components and return how many entries are stored."""
    indptr, indices, data = value.indptr, value.indices, value.data
    if len(indptr) != outer + 1:
        raise KGraphValueError(
            message(
                "indptr has the wrong length",
                received=f"{len(indptr)} entries",
                expected=f"{outer + 1}: one more than there are {outer_name}s",
            )
        )
    if len(indices) != len(data):
        raise _lengths_disagree(data=data, indices=indices)
    bounds = index_array(indptr, "indptr")
    check_bounds(bounds, int(bounds[-1]), "indptr")
    nnz = int(indptr[-1])
    if nnz > len(indices):
        raise KGraphValueError(
            message(
                "indptr ends past the stored entries",
                received=f"indptr[{outer}] = {nnz}, and {len(indices)} entries",
            )
        )
    _require_inside(indices[:nnz], inner, "indices")
    return nnz


def _require_inside(indices: Array, size: int, name: str) -> None:
    try:
        require_indices(index_array(indices, name), size)
    except ValueError as fault:
        raise KGraphValueError(str(fault).replace("indices", name)) from None


def _lengths_disagree(**parts: Array) -> KGraphValueError:
    lengths = ", ".join(f"{name} has {len(part)}" for name, part in parts.items())
    return KGraphValueError(f"the component arrays disagree in length: {lengths} entries")


def _index_pair(value: Any, nnz: int, index_dtype: DType | None) -> tuple[Array, Array]:
    """``indices`` and ``indptr`` of one dtype, int32 or int64."""
    indices, indptr = value.indices[:nnz], value.indptr
    dtype = index_dtype or np.result_type(indices.dtype, indptr.dtype, np.int32)
    least = csr_index_dtype(value.shape[0], value.shape[1], nnz)
    _require_wide_enough(dtype, least, value.shape, nnz)
    return (
        np.ascontiguousarray(indices, dtype=dtype),
        np.ascontiguousarray(indptr, dtype=dtype),
    )


def _require_wide_enough(dtype: DType | None, least: DType, shape: Sequence[int], nnz: int) -> None:
    if dtype == dtypes.int32 and least == dtypes.int64:
        raise KGraphValueError(
            f"a sparse value of shape {tuple(shape)} with {nnz} entries needs int64 indices"
        )


def csr_from_dense(array: np.ndarray, index_dtype: DType | None = None) -> CSR:
    """The nonzero entries of an array of rank 1 or more as CSR components.

    >>> csr_from_dense(np.array([[0.0, 2.0], [3.0, 0.0]])).indices
    array([1, 0], dtype=int32)
    """
    keys = np.flatnonzero(array)
    least = csr_index_dtype(array.shape[0], int(row_width(array.shape)), len(keys))
    _require_wide_enough(index_dtype, least, array.shape, len(keys))
    return rows_of_keys(keys, array.ravel()[keys], array.shape, index_dtype or least)
