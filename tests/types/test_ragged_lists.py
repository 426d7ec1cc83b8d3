"""Nested lists become ragged values, or an error that says where they cannot."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given

from kgraph.types import dtypes
from kgraph.types.errors import KGraphError, KGraphTypeError, KGraphValueError
from kgraph.types.ragged import RaggedTensor, as_ragged, constant
from tests.types.ragged_twin import NESTED_ROWS, ROWS

F32 = dtypes.float32


def rows_as(kind, rows):
    """The same rows in another container."""
    arrays = [np.array(row, np.int64) for row in rows]
    if kind == "lists":
        return rows
    if kind == "tuples":
        return tuple(map(tuple, rows))
    if kind == "arrays":
        return arrays
    objects = np.empty(len(rows), object)
    for at, row in enumerate(arrays if kind == "object array of arrays" else rows):
        objects[at] = row
    return objects


KINDS = ["lists", "tuples", "arrays", "object array of arrays", "object array of lists"]


@pytest.mark.parametrize("kind", KINDS)
@given(rows=ROWS)
def test_every_container_of_rows_is_fed(kind, rows):
    x = as_ragged(rows_as(kind, rows), F32, 1, ())
    assert x.to_list() == rows
    assert x.dtype == F32
    assert x.shape == (len(rows), None)


@given(NESTED_ROWS)
def test_nested_rows_are_fed(rows):
    x = as_ragged(rows, F32, 2, (), np.int32)
    assert x.to_list() == rows
    assert [splits.dtype for splits in x.nested_row_splits] == ["int32", "int32"]
    assert as_ragged(
        [[np.array(inner) for inner in row] for row in rows], F32, 2, ()
    ).to_list() == (rows)
    assert as_ragged(x, F32, 2, ()) is x


@given(ROWS)
def test_constant_reads_lists_back(rows):
    assert constant(rows, ragged_rank=1).to_list() == rows
    assert constant(tuple(rows), ragged_rank=1, row_splits_dtype="int32").to_list() == rows


def test_rows_without_items_may_be_of_any_depth():
    assert constant([], ragged_rank=2).shape == (0, None, None)
    assert constant([[], []], ragged_rank=2).to_list() == [[], []]


@given(ROWS)
def test_items_may_have_an_inner_shape(rows):
    pairs = [[[item, -item] for item in row] for row in rows]
    x = as_ragged(pairs, F32, 1, (2,))
    assert x.to_list() == pairs
    assert x.shape == (len(rows), None, 2)
    arrays = [np.array(row, np.float32).reshape(-1, 2) for row in pairs]
    assert as_ragged(arrays, F32, 1, (2,)).to_list() == pairs
    assert as_ragged(arrays, F32, 1, (None,)).to_list() == pairs


def test_dense_arrays_are_rows_of_one_length():
    x = as_ragged(np.arange(6).reshape(2, 3), F32, 1, ())
    assert x.to_list() == [[0, 1, 2], [3, 4, 5]]
    assert as_ragged(np.zeros((2, 3, 4)), dtypes.float64, 2, ()).ragged_rank == 2


def test_other_sequences_are_rows():
    assert as_ragged([range(2), range(0)], dtypes.int32, 1, ()).to_list() == [[0, 1], []]
    assert as_ragged([memoryview(b"ab")], dtypes.int32, 1, ()).to_list() == [[97, 98]]
    two = RaggedTensor.from_row_splits([1, 2], [0, 1, 2])
    assert as_ragged([two, [[3]]], dtypes.int64, 2, ()).to_list() == [[[1], [2]], [[3]]]


def test_strings_are_items_of_a_string_input():
    x = as_ragged([["a", "bc"], []], dtypes.string, 1, ())
    assert x.to_list() == [["a", "bc"], []]
    assert x.dtype == dtypes.string
    assert as_ragged([np.array(["a"]), np.array(["bcd"])], dtypes.string, 1, ()).to_list() == [
        ["a"],
        ["bcd"],
    ]


def test_an_empty_array_among_integer_rows_has_no_say():
    assert as_ragged([np.array([1, 2]), np.array([])], dtypes.int64, 1, ()).dtype == "int64"


def test_constant_takes_a_ragged_value():
    x = constant([[1], [2, 3]])
    assert constant(x).to_list() == x.to_list()


# ---- constant


@pytest.mark.parametrize(
    ("rows", "dtype"),
    [
        ([[1], [2, 3]], "int32"),
        ([[1.0], [2]], "float32"),
        ([[True], []], "bool"),
        ([["a"]], dtypes.string),
        ([[np.int64(1)], [np.int64(2)]], "int64"),
        ([np.float16([1]), np.float16([])], "float16"),
        ([[], []], "float32"),
    ],
)
def test_constant_takes_the_dtype_of_its_items(rows, dtype):
    assert constant(rows).dtype == dtype


def test_constant_takes_the_dtype_it_is_told():
    assert constant([[1], [2, 3]], dtype="float64").dtype == "float64"
    assert constant([[2**40]], dtype="int64").to_list() == [[2**40]]
    assert constant([[1]], row_splits_dtype=np.int32).row_splits.dtype == "int32"


def test_constant_finds_its_ragged_rank():
    assert constant([[[1, 2]], []]).ragged_rank == 2
    assert constant([[[1, 2]], []], inner_shape=(2,)).shape == (2, None, 2)
    assert constant([[[1, 2]], [[3, 4], [5, 6]]], ragged_rank=1).shape == (2, None, 2)
    assert constant([[[1, 2], [3, 4]]], ragged_rank=1, inner_shape=[2]).shape == (1, None, 2)
    assert constant([[], [[1, 2]]], ragged_rank=2).to_list() == [[], [[1, 2]]]
    assert constant([np.zeros((2, 3)), np.zeros((1, 3))]).ragged_rank == 2


def test_constant_without_ragged_axes_is_an_array():
    assert isinstance(constant([1, 2]), np.ndarray)
    assert constant([[1, 2], [3, 4]], ragged_rank=0).tolist() == [[1, 2], [3, 4]]
    assert constant([]).shape == (0,)


@pytest.mark.parametrize(
    ("rows", "kwargs", "error", "text"),
    [
        (3, {}, KGraphTypeError, "pylist is not a sequence of rows(.|\n)*int: 3"),
        ("ab", {}, KGraphTypeError, "pylist is not a sequence of rows(.|\n)*str: 'ab'"),
        ([[1]], {"ragged_rank": 2}, KGraphValueError, "ragged_rank = 2, and lists nested 2 deep"),
        ([[1]], {"ragged_rank": -1}, KGraphValueError, "ragged_rank must not be negative, got -1"),
        ([[2**40]], {}, KGraphValueError, r"int32 cannot hold(.|\n)*1099511627776(.|\n)*int64"),
        ([[2**70]], {}, KGraphValueError, "an integer that int64 cannot hold"),
        ([[1.5]], {"dtype": "int32"}, KGraphTypeError, "is not cast from float64 to int32"),
        ([[300]], {"dtype": "int8"}, KGraphValueError, "values from -128 to 127"),
        ([[[1]], [[1, 2]]], {"ragged_rank": 1}, KGraphValueError, "differ in shape(.|\n)*larger"),
        ([[[1]]], {"inner_shape": (2,)}, KGraphValueError, r"items of shape \(1,\)"),
        ([[{}]], {}, KGraphTypeError, "object"),
    ],
)
def test_bad_constants_are_refused(rows, kwargs, error, text):
    with pytest.raises(error, match=text):
        constant(rows, **kwargs)


# ---- what a ragged Input refuses


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (scipy.sparse.csr_array((2, 2)), KGraphTypeError, "not a sequence of rows(.|\n)*csr_array"),
        (np.array([1, None], object)[1:], KGraphTypeError, r"value\[0\] = None"),
        (np.array(None, object), KGraphTypeError, "not a sequence of rows(.|\n)*ndarray"),
        (3.0, KGraphTypeError, "not a sequence of rows(.|\n)*float: 3.0"),
        (None, KGraphTypeError, "not a sequence of rows(.|\n)*NoneType: None"),
        ({"a": [1]}, KGraphTypeError, "not a sequence of rows(.|\n)*dict"),
        ("text", KGraphTypeError, "not a sequence of rows(.|\n)*'text'"),
        ([1.0, 2.0], KGraphValueError, r"not deep enough(.|\n)*value\[0\] = 1.0"),
        ([[1.0], 2.0], KGraphValueError, r"different depths(.|\n)*value\[1\] = 2.0"),
        ([[1.0], None], KGraphTypeError, r"value\[1\] = None"),
        ([[1.0], [2.0, None]], KGraphTypeError, r"None stands among(.|\n)*value\[1\]\[1\] = None"),
        ([[1.0], [], [[2.0]]], KGraphValueError, r"value\[2\]\[0\] = \[2.0\]"),
        ([[1.0], ["a"]], KGraphTypeError, "value mixes strings and numbers"),
        ([np.array(["a"]), np.ones(1)], KGraphTypeError, "value mixes strings and numbers"),
        ([["a"]], KGraphTypeError, "value is not cast from string to float32"),
        ([[1j]], KGraphTypeError, "complex128"),
        ([["a"], "b"], KGraphValueError, r"different depths(.|\n)*value\[1\] = 'b'"),
        ([[[1.0, 2.0]]], KGraphValueError, r"nested too deep(.|\n)*items of shape \(2,\)"),
        ([np.ones((2, 2))], KGraphValueError, r"nested too deep(.|\n)*items of shape \(2,\)"),
        ([np.ones((1, 2)), np.ones((1, 3))], KGraphValueError, "value differ in shape"),
        (np.zeros(3), KGraphValueError, r"dense array of another rank(.|\n)*\(3,\)(.|\n)*rank 2"),
        (constant([[[1.0]]]), KGraphValueError, "ragged_rank 2, shape(.|\n)*ragged_rank 1, rank 2"),
    ],
)
def test_what_is_no_ragged_batch_is_refused(value, error, text):
    with pytest.raises(error, match=text):
        as_ragged(value, F32, 1, ())


def test_inner_sizes_must_fit():
    with pytest.raises(
        KGraphValueError, match=r"items of shape \(2,\)(.|\n)*items of shape \(3,\)"
    ):
        as_ragged([[[1.0, 2.0]]], F32, 1, (3,))
    with pytest.raises(KGraphValueError, match="the items have another shape"):
        as_ragged(constant([[[1.0, 2.0]]], ragged_rank=1), F32, 1, (3,))


def test_the_place_of_a_fault_is_told_through_all_axes():
    with pytest.raises(KGraphTypeError, match=r"value\[2\]\[1\]\[0\] = None"):
        as_ragged([[[1.0]], [], [[], [None]]], F32, 2, ())
    with pytest.raises(KGraphValueError, match=r"value\[1\]\[0\] = 2.0"):
        as_ragged([[[1.0]], [2.0]], F32, 2, ())


def test_floats_do_not_become_ids():
    with pytest.raises(KGraphTypeError, match=r"not cast from float64 to int64(.|\n)*astype"):
        as_ragged([[1.0, 2.0]], dtypes.int64, 1, ())
    with pytest.raises(KGraphError, match="int32 cannot hold"):
        as_ragged(constant([[2**40]], dtype="int64"), dtypes.int32, 1, ())
    assert as_ragged([[True]], dtypes.int32, 1, ()).to_list() == [[1]]
