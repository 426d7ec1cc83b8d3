"""SciPy's sparse formats in and out, and the faults that must not reach a kernel."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from kgraph.types import dtypes
from kgraph.types.csr import CSR
from kgraph.types.errors import KGraphTypeError, KGraphValueError
from kgraph.types.sparse import (
    SparseTensor,
    csr_index_dtype,
    from_csr,
    is_canonical,
    is_sparse,
    to_csr,
)

FORMATS = ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"]
MATRICES = st.tuples(st.integers(0, 5), st.integers(1, 5)).flatmap(
    lambda shape: st.lists(
        st.lists(st.sampled_from([0.0, 0.0, 1.5, -2.0]), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    ).map(lambda rows: np.array(rows, np.float32).reshape(shape))
)


def dense_of(csr):
    out = np.zeros(csr.dims, csr.data.dtype)
    rows = np.repeat(np.arange(csr.dims[0]), np.diff(csr.indptr))
    np.add.at(out, (rows, csr.indices), csr.data)
    return out


@pytest.mark.parametrize("kind", ["array", "matrix"])
@pytest.mark.parametrize("name", FORMATS)
@given(dense=MATRICES)
def test_every_format_becomes_the_same_csr(name, kind, dense):
    csr = to_csr(getattr(sp, f"{name}_{kind}")(dense))
    assert dense_of(csr).tolist() == dense.tolist()
    assert csr.dims == dense.shape
    assert csr.data.dtype == np.float32
    assert csr.indices.dtype == csr.indptr.dtype == np.int32
    back = from_csr(csr)
    assert isinstance(back, sp.csr_array)
    assert back.toarray().tolist() == dense.tolist()


def csr_of(data, indices, indptr, shape=(2, 3)):
    """A CSR whose components SciPy has not looked at."""
    x = sp.csr_array(shape)
    x.data, x.indices, x.indptr = map(np.asarray, (data, indices, indptr))
    return x


def test_a_csr_is_not_copied():
    x = sp.csr_array(np.eye(3))
    csr = to_csr(x)
    assert np.shares_memory(csr.data, x.data)
    assert np.shares_memory(csr.indices, x.indices)
    assert np.shares_memory(csr.indptr, x.indptr)
    assert np.shares_memory(from_csr(csr).data, x.data)


def test_entries_at_one_place_are_summed_and_columns_rise():
    x = csr_of([1.0, 2.0, 3.0, 0.0], [2, 0, 2, 1], [0, 3, 4])
    csr = to_csr(x)
    assert csr.indices.tolist() == [0, 2, 1]
    assert csr.data.tolist() == [2, 4, 0]  # a stored zero stays
    assert csr.indptr.tolist() == [0, 2, 3]
    assert x.indices.tolist() == [2, 0, 2, 1]  # the user's own stays as it is


@pytest.mark.parametrize(("dtype", "total"), [("bool", True), ("int8", -2), ("float64", 254)])
def test_entries_at_one_place_are_summed_in_their_dtype(dtype, total):
    csr = to_csr(csr_of(np.array([127, 127]).astype(dtype), [1, 1], [0, 0, 2]))
    assert csr.data.dtype == dtype
    assert csr.data.tolist() == [total]
    assert csr.indptr.tolist() == [0, 0, 1]


@given(
    st.lists(st.lists(st.integers(0, 4), max_size=5), max_size=5),
    st.sampled_from(["int32", "int64"]),
)
def test_any_order_of_columns_and_any_repeats_mean_their_sum(rows, dtype):
    indices = np.array([column for row in rows for column in row], dtype)
    indptr = np.r_[0, np.cumsum([len(row) for row in rows])].astype(dtype)
    x = csr_of(np.arange(1.0, len(indices) + 1), indices, indptr, (len(rows), 5))
    rises = all(a < b for row in rows for a, b in pairwise(row))
    assert is_canonical(indices, indptr) == rises
    csr = to_csr(x)
    assert is_canonical(csr.indices, csr.indptr)
    np.testing.assert_array_equal(dense_of(csr), x.toarray())


def test_entries_past_the_last_bound_are_left_out():
    csr = to_csr(csr_of([1.0, 2.0, 9.0], [2, 0, 77], [0, 1, 2]))
    assert csr.data.tolist() == [1, 2]
    assert csr.indices.tolist() == [2, 0]


def test_other_byte_orders_and_index_dtypes_are_made_native():
    csr = to_csr(csr_of(np.array([1.0], ">f4"), np.array([2], np.int64), [0, 1, 1]))
    assert csr.data.dtype.isnative
    assert csr.data.tolist() == [1.0]
    assert csr.indices.dtype == csr.indptr.dtype == np.int64
    narrow = to_csr(csr_of([1.0], np.array([2], np.int64), [0, 1, 1]), np.dtype("int32"))
    assert narrow.indices.dtype == narrow.indptr.dtype == np.int32


def test_int32_counts_to_two_billion():
    assert csr_index_dtype(3, 2**31 - 1, 5) == np.int32
    assert csr_index_dtype(3, 2**31, 5) == np.int64
    assert csr_index_dtype(3, 4, 2**31) == np.int64
    wide = sp.coo_array(([1.0], ([0], [2**40])), shape=(1, 2**41))
    assert to_csr(wide).indices.tolist() == [2**40]
    with pytest.raises(KGraphValueError, match="needs int64 indices"):
        to_csr(wide, np.dtype("int32"))


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (
            ([1.0], [0], [0, 2, 1]),
            r"indptr must not decrease(.|\n)*indptr\[1\] = 2(.|\n)*\[2\] = 1",
        ),
        (([1.0], [0], [1, 1, 1]), r"indptr must start at 0, got indptr\[0\] = 1"),
        (([1.0], [0], [0, 1]), "indptr has the wrong length(.|\n)*2 entries(.|\n)*3: one more"),
        (([1.0], [0], [0, 1, 2]), r"past the stored entries(.|\n)*indptr\[2\] = 2, and 1 entries"),
        (([1.0], [3], [0, 1, 1]), r"must lie in(.|\n)*0(.|\n)*3(.|\n)*indices\[0\] = 3"),
        (([1.0, 2.0], [0, -1], [0, 1, 2]), r"indices\[1\] = -1"),
        (([1.0, 2.0], [0], [0, 1, 1]), "disagree in length: data has 2, indices has 1 entries"),
    ],
)
def test_a_broken_csr_is_refused(parts, text):
    with pytest.raises(KGraphValueError, match=text):
        to_csr(csr_of(*parts))


def test_broken_matrices_of_other_formats_are_refused():
    csc = sp.csc_array(np.eye(3))
    csc.indices[2] = 7
    with pytest.raises(KGraphValueError, match=r"indices\[2\] = 7"):
        to_csr(csc)
    bsr = sp.bsr_array(np.eye(4), blocksize=(2, 2))
    bsr.indices[1] = 2
    with pytest.raises(KGraphValueError, match=r"indices\[1\] = 2"):
        to_csr(bsr)
    coo = sp.coo_array(np.eye(3))
    coo.coords[0][1] = -4
    with pytest.raises(KGraphValueError, match=r"row\[1\] = -4"):
        to_csr(coo)
    short = sp.coo_array(np.eye(3))
    short.data = short.data[:2]
    with pytest.raises(KGraphValueError, match="data has 2, row has 3, col has 3 entries"):
        to_csr(short)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (np.eye(2), KGraphTypeError, "a sparse value is expected(.|\n)*ndarray"),
        (sp.csr_array(np.eye(2) * 1j), KGraphTypeError, "csr_array of dtype complex128"),
        (
            sp.coo_array((2, 2), dtype=np.longdouble),
            KGraphTypeError,
            "of dtype (longdouble|float128)",
        ),
    ],
)
def test_what_is_no_matrix_of_numbers_is_refused(value, error, text):
    with pytest.raises(error, match=text):
        to_csr(value)


# ---- building one


@given(MATRICES)
def test_sparse_tensor_builds_the_matrix(dense):
    places = np.argwhere(dense)
    x = SparseTensor(places, dense[tuple(places.T)], dense.shape)
    assert isinstance(x, sp.coo_array)
    assert x.toarray().tolist() == dense.tolist()


@pytest.mark.parametrize("dtype", ["float16", "string"])
def test_dtypes_that_scipy_does_not_store_are_refused(dtype):
    values = np.array([1.0]).astype(dtypes.as_dtype(dtype))
    with pytest.raises(KGraphTypeError, match=f"does not store {dtype}(.|\n)*float32"):
        SparseTensor([[0, 1]], values, (2, 3))
    with pytest.raises(KGraphTypeError, match=f"does not store {dtype}"):
        from_csr(CSR(values, np.array([0]), np.array([0, 1]), (1, 1)))


def test_sparse_tensor_of_nothing():
    assert SparseTensor([], [], (2, 3)).toarray().tolist() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("args", "error", "text"),
    [
        (([[0, 3]], [1.0], (2, 3)), KGraphValueError, r"indices\[:, 1\] must lie in(.|\n)*3"),
        (([[0, 0], [-1, 0]], [1.0, 2.0], (2, 3)), KGraphValueError, r"indices\[:, 0\](.|\n)*-1"),
        (
            ([[0, 1]], [1.0, 2.0], (2, 3)),
            KGraphValueError,
            r"indices \(1, 2\), values \(2,\), 2 sizes",
        ),
        (([[0, 1]], [1.0], (2,)), KGraphValueError, "indices, values and dense_shape disagree"),
        (
            ([[0.0, 1.0]], [1.0], (2, 3)),
            KGraphTypeError,
            "indices must hold integers, got dtype float64",
        ),
        (([[0, 1]], [1j], (2, 3)), KGraphTypeError, "values has a dtype"),
        (
            ([[0, 1]], [1.0], (2, -3)),
            KGraphValueError,
            "a size in dense_shape must not be negative",
        ),
    ],
)
def test_bad_sparse_tensors_are_refused(args, error, text):
    with pytest.raises(error, match=text):
        SparseTensor(*args)


# ---- SciPy is imported late


def test_types_do_not_import_scipy():
    code = (
        "import sys, kgraph.types.sparse as s, kgraph.types.specs, kgraph.types.ragged;"
        "assert not s.is_sparse([1]); print('scipy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONSAFEPATH": "1"},
    )  # fmt: skip
    assert done.stdout.strip() == "False"


def test_is_sparse_knows_scipy():
    assert is_sparse(sp.csr_array((2, 2)))
    assert is_sparse(sp.coo_matrix((2, 2)))
    assert not is_sparse(np.eye(2))
