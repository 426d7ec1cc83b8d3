"""What a user may hand to an input, and the flat arrays it becomes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph.runtime.feed import InputSlot, flat_arrays
from kgraph.types.config import config

DENSE = np.float32([[1, 2, 3], [4, 0, 6]])


def fed(tensor: Any, value: Any) -> list[np.ndarray]:
    return flat_arrays(InputSlot("x", tensor.type), value)


class WithArray:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return DENSE


@pytest.mark.parametrize(
    "value",
    [
        DENSE,
        DENSE.tolist(),
        tuple(map(tuple, DENSE.tolist())),
        DENSE.astype(np.float64),
        DENSE.astype(np.int8),
        DENSE.astype(">f4"),
        np.asfortranarray(DENSE),
        np.repeat(DENSE, 2, axis=1)[:, ::2],
        DENSE[::-1][::-1],
        np.matrix(DENSE),
        memoryview(DENSE),
        WithArray(),
        sp.csr_array(DENSE),
        sp.coo_matrix(DENSE),
        kg.RaggedTensor.from_row_lengths(DENSE.ravel(), [3, 3]),
        kg.Variable(DENSE),
    ],
    ids=lambda value: type(value).__name__,
)
def test_dense_inputs_take_what_is_an_array(value: Any) -> None:
    (array,) = fed(kg.Input((3,)), value)
    assert type(array) is np.ndarray
    assert array.dtype == np.float32
    assert array.dtype.isnative
    assert array.flags.c_contiguous
    np.testing.assert_array_equal(array, DENSE)


def test_a_fitting_array_is_not_copied() -> None:
    assert np.shares_memory(fed(kg.Input((3,)), DENSE)[0], DENSE)
    frozen = DENSE.copy()
    frozen.flags.writeable = False
    assert np.shares_memory(fed(kg.Input((3,)), frozen)[0], frozen)
    splits = np.array([0, 1, 3])
    ragged = kg.RaggedTensor.from_row_splits(np.float32([1, 2, 3]), splits)
    flat, bounds = fed(kg.Input((None,), ragged=True), ragged)
    assert np.shares_memory(flat, ragged.flat_values)
    assert np.shares_memory(bounds, ragged.row_splits)


def test_a_last_axis_of_one_may_come_or_go() -> None:
    column, vector = np.ones((4, 1), np.float32), np.ones(4, np.float32)
    assert fed(kg.Input((1,)), vector)[0].shape == (4, 1)
    assert fed(kg.Input(()), column)[0].shape == (4,)


@pytest.mark.parametrize("value", [[[1, 2], [], [3]], [np.array([1, 2]), np.array([]), [3]]])
def test_ragged_inputs_take_lists_of_rows(value: Any) -> None:
    flat, splits = fed(kg.Input((None,), ragged=True), value)
    assert (flat.dtype, splits.dtype) == (np.float32, np.int64)
    assert flat.tolist() == [1, 2, 3]
    assert splits.tolist() == [0, 2, 2, 3]


def test_row_splits_of_32_bits_become_wide() -> None:
    ragged = kg.RaggedTensor.from_row_splits(np.float32([1, 2]), np.int32([0, 2, 2]))
    _, splits = fed(kg.Input((None,), ragged=True), ragged)
    assert splits.dtype == np.int64


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
@pytest.mark.parametrize("make", [sp.csr_array, sp.csr_matrix])
def test_sparse_inputs_take_every_format(form: str, make: Any) -> None:
    data, indices, indptr = fed(kg.Input((3,), sparse=True), make(DENSE).asformat(form))
    assert (data.dtype, indices.dtype, indptr.dtype) == (np.float32, np.int32, np.int32)
    assert indptr[-1] == len(indices) == len(data)
    rebuilt = sp.csr_array((data, indices, indptr), shape=DENSE.shape)
    np.testing.assert_array_equal(rebuilt.toarray(), DENSE)


def test_sparse_inputs_take_a_matrix_written_out() -> None:
    data, indices, indptr = fed(kg.Input((3,), sparse=True), DENSE)
    assert data.tolist() == [1, 2, 3, 4, 6]
    assert indices.tolist() == [0, 1, 2, 0, 2]
    assert indptr.tolist() == [0, 3, 5]


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_positions_of_both_widths_serve(index: Any) -> None:
    matrix = sp.csr_array(DENSE)
    matrix.indices, matrix.indptr = matrix.indices.astype(index), matrix.indptr.astype(index)
    assert fed(kg.Input((3,), sparse=True), matrix)[1].tolist() == [0, 1, 2, 0, 2]


def test_nothing_is_written_out_past_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "densify_limit", 100)
    with pytest.raises(kg.KGraphError, match="1,200 bytes") as caught:
        fed(kg.Input((3,)), sp.csr_array((100, 3), dtype="f4"))
    assert "sparse=True" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "wanted"), [("f4", "i4"), ("c8", "f4"), ("M8[s]", "f4"), ("i4", "?"), ("S3", "f4")]
)
def test_casts_that_lose_are_refused(given: str, wanted: str) -> None:
    with pytest.raises(kg.KGraphError, match="'x'") as caught:
        fed(kg.Input((3,), dtype=np.dtype(wanted).name), np.zeros((2, 3), given))
    assert isinstance(caught.value, TypeError)


def unaligned(array: np.ndarray) -> np.ndarray:
    """The same numbers, one byte off."""
    room = np.empty(array.nbytes + 1, np.uint8)[1:]
    made = room.view(array.dtype).reshape(array.shape)
    made[...] = array
    assert not made.flags.aligned
    return made


def test_numbers_that_are_not_aligned_are_taken() -> None:
    x = kg.Input((3,), name="x")
    s = kg.Input((4,), sparse=True, name="s")
    r = kg.Input((None,), ragged=True, name="r")
    total = kg.ops.sum(r, axis=1)[:, None] + kg.sparse.sparse_dense_matmul(s, np.ones((4, 1), "f4"))
    compiled = kg.compile(kg.Model([x, s, r], x + total))
    values = np.float32([[1, 2, 3], [4, 5, 6]])
    matrix = sp.csr_array(np.float32([[0, 1, 0, 2], [3, 0, 0, 0]]))
    rows = np.float32([1, 2, 3]), np.int64([0, 1, 3])
    parts = map(unaligned, (matrix.data, matrix.indices, matrix.indptr))
    odd = sp.csr_array((2, 4), dtype=np.float32)
    odd.data, odd.indices, odd.indptr = parts
    given = [values, matrix, kg.RaggedTensor.from_row_splits(*rows)]
    other = [unaligned(values), odd, kg.RaggedTensor.from_row_splits(*map(unaligned, rows))]
    np.testing.assert_array_equal(compiled(*other), compiled(*given))
    np.testing.assert_array_equal(compiled(unaligned(values.T).T, *other[1:]), compiled(*given))
