"""RaggedTensor against its twin, plain nested lists."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from kgraph.types import operators
from kgraph.types.array_type import ArrayType, RaggedType
from kgraph.types.dims import Dim
from kgraph.types.errors import KGraphTypeError, KGraphValueError
from kgraph.types.ragged import RaggedTensor
from kgraph.types.symbolic import Symbolic
from tests.types.ragged_twin import NESTED_ROWS, ROWS, flattened, padded, splits_of

INDEX_DTYPES = st.sampled_from([np.int32, np.int64])
X = RaggedTensor.from_row_splits([3, 1, 4, 1], [0, 2, 2, 4])


def ragged(rows, dtype=np.int64):
    return RaggedTensor.from_row_splits(
        np.array(flattened(rows), np.int64), np.array(splits_of(rows), dtype)
    )


def ragged2(rows):
    return RaggedTensor.from_row_splits(ragged(flattened(rows)), splits_of(rows))


# ---- factories


@given(ROWS, INDEX_DTYPES)
def test_all_partitions_tell_the_same_rows(rows, dtype):
    values = np.array(flattened(rows), np.int64)
    splits = np.array(splits_of(rows), dtype)
    ids = np.array([at for at, row in enumerate(rows) for _ in row], dtype)
    for x in (
        RaggedTensor.from_row_splits(values, splits),
        RaggedTensor.from_row_lengths(values, np.diff(splits)),
        RaggedTensor.from_value_rowids(values, ids, nrows=len(rows)),
        RaggedTensor.from_row_limits(values, splits[1:]),
    ):
        assert x.to_list() == rows
        assert x.row_splits.dtype == dtype
        assert x.shape == (len(rows), None)
    if rows:
        assert RaggedTensor.from_row_starts(values, splits[:-1]).to_list() == rows


@given(NESTED_ROWS)
def test_nested_partitions_tell_the_same_rows(rows):
    x = ragged2(rows)
    assert x.ragged_rank == 2
    assert x.to_list() == rows
    splits, lengths = x.nested_row_splits, x.nested_row_lengths()
    assert RaggedTensor.from_nested_row_splits(x.flat_values, splits).to_list() == rows
    assert RaggedTensor.from_nested_row_lengths(x.flat_values, list(lengths)).to_list() == rows
    assert x.values.to_list() == flattened(rows)


@given(st.integers(0, 4), st.integers(0, 4))
def test_uniform_rows(nrows, length):
    values = np.arange(nrows * length)
    x = RaggedTensor.from_uniform_row_length(values, length, nrows)
    assert x.to_list() == values.reshape(nrows, length).tolist()
    if length:
        twin = RaggedTensor.from_uniform_row_length(values, length)
        assert twin.to_list() == x.to_list()


def test_rowids_count_rows_by_themselves():
    assert RaggedTensor.from_value_rowids([5, 6], [0, 2]).to_list() == [[5], [], [6]]
    assert RaggedTensor.from_value_rowids([], []).shape == (0, None)
    assert RaggedTensor.from_row_starts([], []).to_list() == []


BAD_PARTITIONS = [
    ("from_row_splits", (), "row_splits must have at least one element"),
    ("from_row_splits", [1, 4], r"row_splits must start at 0, got row_splits\[0\] = 1"),
    ("from_row_splits", [0, 3, 2, 4], r"row_splits\[1\] = 3 and row_splits\[2\] = 2"),
    ("from_row_splits", [0, 3], r"row_splits must end at 4(.|\n)*row_splits\[1\] = 3"),
    ("from_row_splits", [[0, 4]], r"row_splits must have rank 1(.|\n)*\(1, 2\)"),
    ("from_row_lengths", [2, -1, 3], r"not be negative(.|\n)*row_lengths\[1\] = -1"),
    ("from_row_lengths", [2, 1], r"row_lengths must add up(.|\n)*sum of 3, and 4 values"),
    ("from_value_rowids", [0, 1], r"name a row for each value(.|\n)*2 row ids, and 4 values"),
    ("from_value_rowids", [0, 2, 1, 3], r"value_rowids\[1\] = 2, value_rowids\[2\] = 1"),
    ("from_value_rowids", [-1, 0, 0, 0], r"value_rowids\[0\] = -1"),
    ("from_row_starts", [1, 2], r"row_starts must start at 0, got row_starts\[0\] = 1"),
    ("from_row_starts", [0, 3, 2], r"row_starts\[1\] = 3 and row_starts\[2\] = 2"),
    ("from_row_starts", [0, 5], r"not pass the number of values(.|\n)*row_starts\[1\] = 5"),
    ("from_row_starts", [], r"row_splits must end at 4"),
    ("from_row_limits", [2, 3], r"row_limits must end at the number(.|\n)*last limit of 3"),
    ("from_row_limits", [-1, 4], r"row_limits\[0\] = -1"),
    ("from_row_limits", [3, 2, 4], r"row_limits\[0\] = 3, row_limits\[1\] = 2"),
    ("from_uniform_row_length", 3, r"does not divide(.|\n)*4 values, and rows of 3"),
    ("from_uniform_row_length", 0, "nrows is needed when uniform_row_length is 0"),
    ("from_uniform_row_length", -1, "uniform_row_length must not be negative, got -1"),
    ("from_row_splits", np.array([0, 2**63 + 1], np.uint64), "which int64 cannot hold"),
]


@pytest.mark.parametrize(("factory", "bounds", "text"), BAD_PARTITIONS)
def test_bad_bounds_are_refused(factory, bounds, text):
    with pytest.raises(KGraphValueError, match=text):
        getattr(RaggedTensor, factory)([3, 1, 4, 1], bounds)


@pytest.mark.parametrize(
    ("factory", "bounds", "text"),
    [
        ("from_row_splits", [0.0, 4.0], r"row_splits must hold integers(.|\n)*float64"),
        ("from_row_lengths", [True, True], r"row_lengths must hold integers(.|\n)*bool"),
        ("from_uniform_row_length", 2.0, r"uniform_row_length must be an integer, got 2.0"),
        ("from_nested_row_splits", [], "the row bounds of each ragged axis are needed"),
        ("from_nested_row_splits", None, "the row bounds of each ragged axis are needed"),
    ],
)
def test_bounds_of_a_wrong_type_are_refused(factory, bounds, text):
    with pytest.raises(KGraphTypeError, match=text):
        getattr(RaggedTensor, factory)([3, 1, 4, 1], bounds)


def test_nrows_must_hold_the_rowids():
    with pytest.raises(KGraphValueError, match=r"nrows = 2, and value_rowids\[1\] = 2"):
        RaggedTensor.from_value_rowids([5, 6], [0, 2], nrows=2)
    with pytest.raises(KGraphValueError, match=r"4 values, and rows of 2, and nrows = 3"):
        RaggedTensor.from_uniform_row_length([3, 1, 4, 1], 2, nrows=3)


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        (3, KGraphValueError, "values must have rank 1 or more(.|\n)*the scalar 3"),
        ([1j], KGraphTypeError, "values has a dtype that kgraph does not compute(.|\n)*complex128"),
        ([None], KGraphTypeError, "values has a dtype that kgraph does not compute(.|\n)*object"),
        (np.array(["2020"], "M8[D]"), KGraphTypeError, "datetime64"),
    ],
)
def test_bad_values_are_refused(values, error, text):
    with pytest.raises(error, match=text):
        RaggedTensor.from_row_splits(values, [0, 1])


def test_values_are_shared_and_made_native():
    values = np.arange(4.0)
    assert np.shares_memory(RaggedTensor.from_row_splits(values, [0, 4]).flat_values, values)
    swapped = RaggedTensor.from_row_splits(values.astype(">f8"), np.array([0, 4], ">i4"))
    assert swapped.dtype.isnative
    assert swapped.row_splits.dtype == np.int32
    assert swapped.row_splits.dtype.isnative
    assert swapped.to_list() == [[0.0, 1.0, 2.0, 3.0]]


def test_small_index_dtypes_become_int64_and_mixed_ones_too():
    assert RaggedTensor.from_row_splits([1], np.array([0, 1], np.uint8)).row_splits.dtype == "int64"
    inner = RaggedTensor.from_row_splits([1], np.array([0, 1], np.int32))
    mixed = RaggedTensor.from_row_splits(inner, np.array([0, 1], np.int64))
    assert [splits.dtype for splits in mixed.nested_row_splits] == ["int64", "int64"]


def test_there_is_no_other_way_to_make_one():
    with pytest.raises(KGraphTypeError, match="RaggedTensor is made by its factories"):
        RaggedTensor([1, 2], [0, 2])


def test_a_ragged_value_does_not_change():
    with pytest.raises(AttributeError, match="immutable: cannot set '_flat_values'"):
        X._flat_values = np.zeros(4)
    with pytest.raises(ValueError, match="read-only"):
        X.row_splits[1] = 3


# ---- components


@given(ROWS)
def test_components_tell_where_rows_lie(rows):
    x, splits = ragged(rows), splits_of(rows)
    assert len(x) == x.nrows() == len(rows)
    assert x.ndim == 2
    assert x.row_splits.tolist() == splits
    assert x.row_starts().tolist() == splits[:-1]
    assert x.row_limits().tolist() == splits[1:]
    assert x.row_lengths().tolist() == [len(row) for row in rows]
    assert x.value_rowids().tolist() == [at for at, row in enumerate(rows) for _ in row]
    assert x.bounding_shape().tolist() == [len(rows), max(map(len, rows), default=0)]
    assert x.with_values(x.values * 2).to_list() == [[item * 2 for item in row] for row in rows]


@given(NESTED_ROWS)
def test_nested_lengths(rows):
    x = ragged2(rows)
    assert x.row_lengths(axis=0) == len(rows)
    assert x.row_lengths(axis=2).to_list() == [[len(inner) for inner in row] for row in rows]
    widest = max((len(inner) for row in rows for inner in row), default=0)
    assert x.bounding_shape().tolist() == [len(rows), max(map(len, rows), default=0), widest]
    assert x.with_values(x.values).to_list() == rows
    assert x.with_flat_values(-x.flat_values).with_flat_values(x.flat_values).to_list() == rows


def test_uniform_inner_axes_keep_their_size():
    x = RaggedTensor.from_row_splits(np.zeros((3, 2, 5)), [0, 1, 3])
    assert x.shape == (2, None, 2, 5)
    assert x.row_lengths(axis=3).to_list() == [[[5, 5]], [[5, 5], [5, 5]]]
    with pytest.raises(KGraphValueError, match="axis 4 is out of range: the value has 4 axes"):
        x.row_lengths(axis=4)


def test_new_values_must_be_as_many():
    for change in (X.with_values, X.with_flat_values):
        with pytest.raises(KGraphValueError, match=r"received +3 values\n +expected +4 values"):
            change(np.zeros(3))
    two = RaggedTensor.from_row_splits(X, [0, 1, 3])
    with pytest.raises(KGraphValueError, match="the new values must be as many"):
        two.with_values(X[:2])


def test_row_splits_change_their_dtype():
    assert X.with_row_splits_dtype("int32").row_splits.dtype == "int32"
    assert X.with_row_splits_dtype(np.int64).to_list() == X.to_list()
    with pytest.raises(KGraphValueError, match="row_splits are int32 or int64, not 'int16'"):
        X.with_row_splits_dtype("int16")


# ---- merging axes


@given(NESTED_ROWS)
def test_merging_axes_chains_lists(rows):
    x = ragged2(rows)
    assert x.merge_dims(0, 1).to_list() == flattened(rows)
    assert x.merge_dims(1, 2).to_list() == [flattened(row) for row in rows]
    assert x.merge_dims(0, -1).tolist() == flattened(flattened(rows))
    assert x.merge_dims(1, 1).to_list() == rows


@given(ROWS)
def test_merging_uniform_axes(rows):
    flat = np.arange(len(flattened(rows)) * 6).reshape(-1, 2, 3)
    x = RaggedTensor.from_row_splits(flat, splits_of(rows))
    dense = x.to_list()
    assert x.merge_dims(2, 3).to_list() == [[flattened(item) for item in row] for row in dense]
    assert x.merge_dims(1, 2).to_list() == [flattened(row) for row in dense]
    assert x.merge_dims(1, 3).to_list() == [flattened(flattened(row)) for row in dense]
    assert x.merge_dims(0, 2).tolist() == flattened(flattened(dense))


def test_axes_to_merge_stand_in_order():
    with pytest.raises(KGraphValueError, match="outer_axis = 1, inner_axis = 0"):
        X.merge_dims(1, 0)
    with pytest.raises(KGraphValueError, match="inner_axis < 2"):
        X.merge_dims(0, 2)


# ---- dense arrays


@given(ROWS, st.none() | st.integers(0, 7), st.none() | st.integers(0, 7), st.integers(-1, 1))
def test_to_tensor_pads_and_cuts(rows, height, width, fill):
    dense = ragged(rows).to_tensor(fill, shape=(height, width))
    height = len(rows) if height is None else height
    width = max(map(len, rows), default=0) if width is None else width
    assert dense.shape == (height, width)
    assert dense.tolist() == padded(rows, height, width, fill)


@given(NESTED_ROWS)
def test_to_tensor_of_nested_rows(rows):
    x = ragged2(rows)
    height, width, depth = x.bounding_shape().tolist()
    lines = [padded(row, width, depth, 0) for row in rows]
    expected = [line + [[0] * depth] * (width - len(line)) for line in lines]
    assert x.to_tensor().shape == (height, width, depth)
    assert x.to_tensor().tolist() == expected
    assert x.to_tensor(shape=(None, 2, None)).tolist() == padded(expected, height, 2, [0] * depth)


def test_to_tensor_changes_inner_axes():
    x = RaggedTensor.from_row_splits([[1, 2], [3, 4], [5, 6]], [0, 1, 3])
    assert x.to_tensor([7, 8]).tolist() == [[[1, 2], [7, 8]], [[3, 4], [5, 6]]]
    assert x.to_tensor(9, shape=(2, 1, 3)).tolist() == [[[1, 2, 9]], [[3, 4, 9]]]
    assert x.to_tensor(shape=(1, 1, 1)).tolist() == [[[1]]]


def test_to_tensor_of_other_dtypes():
    assert RaggedTensor.from_row_splits(["a", "b"], [0, 2, 2]).to_tensor().tolist() == [
        ["a", "b"],
        ["", ""],
    ]
    flags = RaggedTensor.from_row_splits([True], [0, 1, 1]).to_tensor(None)
    assert flags.tolist() == [[True], [False]]
    halves = RaggedTensor.from_row_splits(np.float16([1]), [0, 1, 1]).to_tensor(0.5)
    assert halves.dtype == "float16"


@pytest.mark.parametrize(
    ("args", "error", "text"),
    [
        ((0.5,), KGraphTypeError, "default_value is not cast from float64 to int64"),
        ((300.0, None, (2, 3, 4)), KGraphValueError, "shape must name a size for each axis"),
        (([1, 2],), KGraphValueError, r"default_value must fit one item(.|\n)*shape \(2,\)"),
        (("x",), KGraphTypeError, "default_value is not cast from string to int64"),
        ((0, (2, 3)), KGraphTypeError, r"the name \(2, 3\) is no string"),
        ((0, None, (-1, 2)), KGraphValueError, "a size in shape must not be negative, got -1"),
    ],
)
def test_bad_arguments_of_to_tensor(args, error, text):
    with pytest.raises(error, match=text):
        X.to_tensor(*args)


@given(ROWS)
def test_from_tensor_undoes_to_tensor(rows):
    x = ragged(rows)
    dense = x.to_tensor(1000)
    assert RaggedTensor.from_tensor(dense, padding=1000).to_list() == rows
    assert RaggedTensor.from_tensor(dense, lengths=x.row_lengths()).to_list() == rows
    assert RaggedTensor.from_tensor(dense).to_list() == dense.tolist()


@given(NESTED_ROWS)
def test_from_tensor_with_nested_lengths(rows):
    x = ragged2(rows)
    twin = RaggedTensor.from_tensor(x.to_tensor(), lengths=x.nested_row_lengths())
    assert twin.to_list() == rows
    whole = RaggedTensor.from_tensor(x.to_tensor(), ragged_rank=2)
    assert whole.ragged_rank == 2
    assert whole.to_list() == x.to_tensor().tolist()


def test_padding_may_be_an_item_or_nan():
    x = np.array([[[1, 2], [0, 0], [0, 0]], [[0, 0], [0, 1], [0, 0]]])
    assert RaggedTensor.from_tensor(x, padding=[0, 0]).to_list() == [[[1, 2]], [[0, 0], [0, 1]]]
    gaps = np.array([[1.0, np.nan], [np.nan, np.nan]], np.float32)
    assert RaggedTensor.from_tensor(gaps, padding=np.nan).to_list() == [[1.0], []]
    deep = RaggedTensor.from_tensor(x, padding=0, ragged_rank=2)
    assert deep.to_list() == [[[1, 2], [], []], [[], [0, 1], []]]


@pytest.mark.parametrize(
    ("kwargs", "error", "text"),
    [
        ({"lengths": [1, 1], "padding": 0}, KGraphValueError, "lengths or padding, not both"),
        ({"lengths": [1]}, KGraphValueError, "1 lengths, and 2 rows"),
        ({"lengths": [1, -1]}, KGraphValueError, r"lengths\[1\] = -1"),
        ({"lengths": [1, 4]}, KGraphValueError, r"lengths\[1\] = 4, and rows of 3 items"),
        ({"lengths": [1.5, 1.0]}, KGraphTypeError, "lengths must hold integers"),
        ({"padding": [0, 0]}, KGraphValueError, r"padding of shape \(2,\)"),
        ({"padding": 0.5}, KGraphTypeError, "padding is not cast from float64 to int64"),
        ({"ragged_rank": 2}, KGraphValueError, "ragged_rank = 2, and an array of rank 2"),
        ({"ragged_rank": 0}, KGraphValueError, "1 <= ragged_rank < rank of the array"),
    ],
)
def test_bad_arguments_of_from_tensor(kwargs, error, text):
    with pytest.raises(error, match=text):
        RaggedTensor.from_tensor(np.arange(6).reshape(2, 3), **kwargs)
    with pytest.raises(KGraphValueError, match="lengths for 1 of 2 axes"):
        RaggedTensor.from_tensor(np.zeros((2, 3, 4)), lengths=[1, 1], ragged_rank=2)


@given(ROWS)
def test_sparse_matrices_hold_the_same_rows(rows):
    matrix = ragged(rows).to_sparse()
    assert matrix.toarray().tolist() == ragged(rows).to_tensor().tolist()
    assert matrix.nnz == len(flattened(rows))
    for twin in (matrix, matrix.tocsr()):
        assert RaggedTensor.from_sparse(twin).to_list() == rows


@given(NESTED_ROWS)
def test_sparse_values_of_any_rank(rows):
    x = ragged2(rows)
    x = x.with_flat_values(np.stack([x.flat_values, x.flat_values + 1], axis=1))
    matrix = x.to_sparse()
    assert matrix.shape == x.to_tensor().shape == tuple(x.bounding_shape())
    assert matrix.todense().tolist() == x.to_tensor().tolist()
    assert matrix.nnz == x.flat_values.size


def test_sparse_rows_are_sorted_and_checked_first():
    matrix = scipy.sparse.csr_array(([5, 6], [1, 0], [0, 2]), shape=(1, 2))
    assert RaggedTensor.from_sparse(matrix).to_list() == [[6, 5]]
    assert matrix.indices.tolist() == [1, 0]
    matrix.indptr = np.array([0, 9])
    with pytest.raises(KGraphValueError, match="indptr ends past the stored entries"):
        RaggedTensor.from_sparse(matrix)


def test_sparse_rows_with_gaps_are_refused():
    with pytest.raises(KGraphValueError, match=r"in row 1, column 2 where 1 is missing"):
        RaggedTensor.from_sparse(scipy.sparse.coo_array([[1, 0, 0], [1, 0, 2]]))
    with pytest.raises(KGraphTypeError, match="a sparse value is expected"):
        RaggedTensor.from_sparse(np.eye(2))


@given(NESTED_ROWS)
def test_numpy_is_dense_where_rows_are_alike(rows):
    array = ragged2(rows).numpy()
    lengths = {len(row) for row in rows}, {len(inner) for row in rows for inner in row}
    assert (array.dtype != object) == all(len(found) <= 1 for found in lengths)
    assert [[list(inner) for inner in row] for row in array] == rows


# ---- rows and slices

BOUNDS = st.none() | st.integers(-7, 7)
STEPS = st.none() | st.integers(-3, 3).filter(bool)
SLICES = st.builds(slice, BOUNDS, BOUNDS, STEPS)


@given(ROWS, SLICES, SLICES)
def test_slices_pick_as_lists_do(rows, outer, inner):
    x = ragged(rows)
    assert x[outer].to_list() == rows[outer]
    assert x[:, inner].to_list() == [row[inner] for row in rows]
    assert x[outer, inner].to_list() == [row[inner] for row in rows[outer]]
    assert x[..., inner].to_list() == [row[inner] for row in rows]


@given(NESTED_ROWS, SLICES, SLICES)
def test_slices_of_nested_rows(rows, middle, inner):
    x = ragged2(rows)
    assert x[:, middle, inner].to_list() == [[line[inner] for line in row[middle]] for row in rows]
    assert x[::-1, :, inner].to_list() == [[line[inner] for line in row] for row in rows[::-1]]


@given(NESTED_ROWS)
def test_iterating_gives_rows(rows):
    x = ragged2(rows)
    assert [row.to_list() for row in x] == rows
    assert [item.tolist() for row in x for item in row] == flattened(rows)
    for at, row in enumerate(rows):
        assert x[at - len(rows)].to_list() == row
        if row:
            assert x[at, -1].tolist() == row[-1]
            assert x[at, :, 1:].to_list() == [inner[1:] for inner in row]


@given(ROWS, st.data())
def test_arrays_pick_rows(rows, data):
    x = ragged(rows)
    mask = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    assert x[np.array(mask, bool)].to_list() == [
        r for r, keep in zip(rows, mask, strict=True) if keep
    ]
    numbers = st.integers(-len(rows), len(rows) - 1)
    picked = data.draw(st.lists(numbers, max_size=8) if rows else st.just([]))
    assert x[picked].to_list() == [rows[at] for at in picked]


def test_inner_uniform_axes_are_indexed_as_in_numpy():
    x = RaggedTensor.from_row_splits(np.arange(12).reshape(3, 2, 2), [0, 1, 3])
    assert x[:, :, 0].to_list() == [[[0, 1]], [[4, 5], [8, 9]]]
    assert x[:, 1:, 1, 0].to_list() == [[], [10]]
    assert x[1, 1, 0, 1] == 9


def test_a_run_of_rows_is_a_view():
    assert np.shares_memory(X[1:].flat_values, X.flat_values)
    assert X[1:].row_splits.tolist() == [0, 0, 2]


@pytest.mark.parametrize(
    ("key", "error", "text"),
    [
        (3, IndexError, "row 3 is out of bounds: there are 3 rows"),
        (-4, IndexError, "row -4 is out of bounds"),
        ([0, 3], IndexError, "row 3 is out of bounds"),
        (np.array([True]), KGraphTypeError, r"bools of shape \(3,\)"),
        ("a", KGraphTypeError, "rows are picked by an int, a slice"),
        (1.0, KGraphTypeError, "rows are picked by an int, a slice"),
        ((slice(None), 0), KGraphValueError, "items of ragged rows are picked by a slice"),
        ((0, 0, 0), KGraphValueError, "too many indices(.|\n)*at most 2"),
        ((..., 0, ...), KGraphValueError, "too many indices"),
        ((slice(None), slice(None, None, 0)), KGraphValueError, "step of a slice must not be 0"),
    ],
)
def test_bad_indices_are_refused(key, error, text):
    with pytest.raises(error, match=text):
        X[key]


# ---- as a Python object


@given(NESTED_ROWS)
def test_pickles_and_copies_are_the_same_rows(rows):
    x = ragged2(rows)
    for twin in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
        assert twin.to_list() == rows
        assert twin.dtype == x.dtype
    assert not np.shares_memory(copy.deepcopy(x).row_splits, x.row_splits)


def test_text_shows_rows():
    x = RaggedTensor.from_row_splits(np.float32([0.1, 2, 3]), [0, 2, 2, 3])
    assert repr(x) == (
        "<kgraph.RaggedTensor [[0.1, 2.0], [], [3.0]] shape=(3, None) dtype=float32>"
    )
    assert str(x) == repr(x)
    words = RaggedTensor.from_row_splits(["a", "b"], [0, 2])
    assert repr(words) == "<kgraph.RaggedTensor [['a', 'b']] shape=(1, None) dtype=string>"
    many = RaggedTensor.from_row_lengths(np.arange(100), [9, *[13] * 7])
    assert repr(many).startswith("<kgraph.RaggedTensor [[0, 1, 2, ..., 6, 7, 8], [9, 10, 11, ...,")
    assert repr(many).count("...") == 7
    nested = RaggedTensor.from_row_splits(words, [0, 1])
    assert repr(nested) == (
        "<kgraph.RaggedTensor [[['a', 'b']]] shape=(1, None, None) dtype=string>"
    )


def test_what_would_be_ambiguous_is_refused():
    with pytest.raises(KGraphTypeError, match="neither true nor false"):
        bool(X)
    with pytest.raises(KGraphTypeError, match="does not become an array by itself"):
        np.asarray(X)
    assert {X: "by identity"}[X] == "by identity"


# ---- symbolic components


class Tracer(Symbolic):
    __slots__ = ("log",)

    def __init__(self, dtype, *dims):
        self.type = ArrayType(np.dtype(dtype), dims)

    def record(self, op, inputs, attrs):
        raise AssertionError("nothing is recorded here")


def symbolic():
    b, t = Dim.symbol("B"), Dim.symbol("T1_x")
    return RaggedTensor._make(Tracer("float32", t, 8), (Tracer("int64", b + 1),))


def test_symbolic_components_have_a_type():
    x = symbolic()
    assert isinstance(x.type, RaggedType)
    assert repr(x) == "<kgraph.RaggedTensor ragged f32[B, ~, 8]>"
    assert (x.shape, x.ndim, x.ragged_rank, x.dtype) == ((None, None, 8), 3, 1, np.float32)
    assert x.values is x.flat_values
    other = Tracer("int32", Dim.symbol("T1_x"))
    assert x.with_flat_values(other).dtype == x.with_values(other).dtype == np.int32


def test_symbolic_components_may_be_mixed_with_arrays():
    x = symbolic().with_flat_values(np.zeros((3, 2)))
    assert x.shape == (None, None, 2)
    outer = RaggedTensor._make(x.flat_values, (x.row_splits, Tracer("int64", 5)))
    assert outer.values.row_splits is outer.nested_row_splits[1]
    assert X.with_values(Tracer("float32", 4)).shape == (3, None)


@pytest.mark.parametrize(
    "use",
    [
        len,
        list,
        lambda x: x.to_list(),
        lambda x: x.numpy(),
    ],
)
def test_numbers_of_a_symbolic_value_are_refused(use):
    with pytest.raises(KGraphTypeError, match="needs numbers, and this RaggedTensor is symbolic"):
        use(symbolic())


def test_rows_of_a_symbolic_value_are_an_op(monkeypatch):
    monkeypatch.setitem(operators.OPS, "getitem", lambda x, key: ("getitem", x, key))
    x = symbolic()
    assert x[:, 1:] == ("getitem", x, (slice(None), slice(1, None)))
    assert x.row_starts() == ("getitem", x.row_splits, slice(None, -1))


def test_a_count_may_be_an_array_of_rank_0():
    x = RaggedTensor.from_uniform_row_length([3, 1], np.array(2))
    assert x.to_list() == [[3, 1]]


def test_an_item_cannot_fill_axes_that_change():
    x = RaggedTensor.from_row_splits([[1, 2], [3, 4]], [0, 1, 2])
    with pytest.raises(KGraphValueError, match="must be a scalar when shape changes inner axes"):
        x.to_tensor([5, 6], shape=(None, None, 3))


def test_row_splits_that_int32_cannot_hold_stay_int64():
    wide = np.broadcast_to(np.int8(1), 2**31)  # one byte of memory
    x = RaggedTensor.from_row_splits(wide, [0, 2**31])
    with pytest.raises(KGraphValueError, match="row_splits reach 2147483648, which int32 cannot"):
        x.with_row_splits_dtype("int32")


# ---- rows that are known to be equally long


def test_uniform_rows_have_a_static_size():
    x = RaggedTensor.from_uniform_row_length(np.arange(6), 3)
    assert (x.shape, x.uniform_row_length, x.get_shape()) == ((2, 3), 3, (2, 3))
    assert X.uniform_row_length is None
    assert RaggedTensor.from_uniform_row_length(X, 3).shape == (1, 3, None)
    assert RaggedTensor.from_tensor(np.zeros((2, 3))).shape == (2, 3)
    assert RaggedTensor.from_tensor(np.zeros((2, 3)), padding=0).shape == (2, None)
    kept = [x.with_values(np.zeros(6)), x.with_flat_values(np.zeros(6)), copy.copy(x), x[:2]]
    kept += [pickle.loads(pickle.dumps(x)), x.with_row_splits_dtype("int32")]
    for twin in kept:
        assert twin.shape == (2, 3)
    nested = RaggedTensor.from_uniform_row_length(x, 2)
    assert (nested.shape, nested.values.shape) == ((1, 2, 3), (2, 3))


@given(ROWS.filter(bool), st.integers(-1, 0))
def test_an_int_picks_from_rows_of_equal_length(rows, item):
    nested = [[row, row[::-1]] for row in rows]
    x = RaggedTensor.from_uniform_row_length(ragged(flattened(nested)), 2)
    assert x[:, item].to_list() == [pair[item] for pair in nested]
    assert x[:, item, 1:].to_list() == [pair[item][1:] for pair in nested]
    with pytest.raises(IndexError, match="item 2 is out of bounds: each row holds 2 items"):
        x[:, 2]


# ---- new axes and ragged masks


@given(ROWS)
def test_new_axes(rows):
    x = ragged(rows)
    assert x[None].to_list() == [rows]
    assert x[None].shape == (1, len(rows), None)
    assert x[:, None].to_list() == [[row] for row in rows]
    assert x[:, None].shape == (len(rows), 1, None)
    assert x[..., None].to_list() == [[[item] for item in row] for row in rows]
    assert x[..., None].shape == (len(rows), None, 1)
    assert x[:, None, :, None].shape == (len(rows), 1, None, 1)
    assert x[:, None, 1:].to_list() == [[row[1:]] for row in rows]


@given(NESTED_ROWS)
def test_ragged_masks_keep_rows(rows):
    x = ragged2(rows)
    mask = x.with_flat_values(x.flat_values > 0)
    assert x[mask].to_list() == [[[i for i in row if i > 0] for row in outer] for outer in rows]
    even = x.with_values(x.values.with_flat_values(x.values.flat_values % 2 == 0))
    assert x[..., None][even, :0].shape == (len(rows), None, None, 0)
    lengths = x.row_lengths(axis=2)
    mask = lengths.with_flat_values(np.asarray(lengths.flat_values) > 1)
    assert x[mask].to_list() == [[row for row in outer if len(row) > 1] for outer in rows]


def test_masks_must_have_the_rows_of_the_value():
    for mask in (X, X[::2], X[[2, 0, 1]].with_flat_values(np.ones(4, bool))):
        with pytest.raises(KGraphTypeError, match="a ragged mask has a bool for each item"):
            X[mask]


# ---- arguments as in TensorFlow


@given(NESTED_ROWS)
def test_nested_rowids_tell_the_same_rows(rows):
    x = ragged2(rows)
    counts = [len(x), len(x.values)]
    ids = x.nested_value_rowids()
    twin = RaggedTensor.from_nested_value_rowids(x.flat_values, ids, counts)
    assert twin.to_list() == rows
    with pytest.raises(KGraphValueError, match="nested_nrows must name a number of rows for each"):
        RaggedTensor.from_nested_value_rowids(x.flat_values, ids, [len(x)])


def test_types_of_what_is_asked():
    x = X.with_row_splits_dtype("int32")
    assert x.row_splits_dtype == x.value_rowids().dtype == x.bounding_shape().dtype == "int32"
    assert x.nrows(out_type="int64").dtype == x.bounding_shape(out_type="int64").dtype == "int64"
    assert (x.bounding_shape(axis=-1), x.bounding_shape(axis=[1, 0]).tolist()) == (2, [2, 3])
    assert x.row_lengths(axis=-1).tolist() == [2, 0, 2]
    dense = np.array([[1, 2]])
    for dtype in ("int32", "int64"):
        made = RaggedTensor.from_tensor(dense, row_splits_dtype=dtype)
        sparse = RaggedTensor.from_sparse(scipy.sparse.csr_array(dense), row_splits_dtype=dtype)
        assert made.row_splits_dtype == sparse.row_splits_dtype == dtype
    with pytest.raises(KGraphValueError, match="row_splits are int32 or int64, not 'int8'"):
        RaggedTensor.from_tensor(dense, row_splits_dtype="int8")
    with pytest.raises(KGraphValueError, match="axis 2 is out of range: the value has 2 axes"):
        X.bounding_shape(axis=2)


def test_validate_and_name_are_taken_and_bounds_checked_all_the_same():
    assert RaggedTensor.from_row_splits([1, 2], [0, 2], name="x", validate=False).shape == (1, None)
    with pytest.raises(KGraphValueError, match="row_splits must end at 2"):
        RaggedTensor.from_row_splits([1, 2], [0, 3], validate=False)
    assert X.row_starts(name="s").tolist() == [0, 2, 2]
