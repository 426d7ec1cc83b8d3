"""Arrow and Awkward arrays as ragged values: the same rows, and no copy that is not needed."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

import kgraph as kg
from kgraph.types.errors import KGraphTypeError, KGraphValueError
from kgraph.types.ragged import RaggedTensor
from tests.types.ragged_twin import NESTED_ROWS, ROWS, flattened

LISTS = [[1.0, 2.0], [], [3.0]]
from_arrow, from_awkward = RaggedTensor.from_arrow, RaggedTensor.from_awkward


def shares(array: np.ndarray, owner: np.ndarray) -> bool:
    return np.shares_memory(array, owner)


@given(ROWS)
def test_rows_come_and_go(rows: list[Any]) -> None:
    kind = pa.list_(pa.int64())
    assert from_arrow(pa.array(rows, kind)).to_list() == rows
    assert from_arrow(pa.array(rows, pa.large_list(pa.int16()))).to_list() == rows
    x = RaggedTensor.from_row_lengths(np.array(flattened(rows), "int64"), list(map(len, rows)))
    assert x.to_arrow().to_pylist() == rows
    assert from_arrow(x.to_arrow()).to_list() == rows
    assert from_arrow(x.with_row_splits_dtype("int32").to_arrow()).to_list() == rows
    for start in range(len(rows)):
        assert from_arrow(pa.array(rows, kind)[start:]).to_list() == rows[start:]
        assert from_awkward(ak.Array(rows)[start:], 1).to_list() == rows[start:]
        scattered = ak.Array(rows)[[start, 0]]
        assert from_awkward(scattered, 1).to_list() == [rows[start], rows[0]]


@given(NESTED_ROWS)
def test_nested_rows_come_and_go(rows: list[Any]) -> None:
    column = pa.array(rows, pa.list_(pa.list_(pa.int32())))
    x = from_arrow(column)
    assert (x.to_list(), x.ragged_rank) == (rows, 2)
    assert x.to_arrow().to_pylist() == rows
    assert from_arrow(column[1:]).to_list() == rows[1:]
    offsets = ak.from_arrow(column)
    assert from_awkward(offsets, ragged_rank=2).to_list() == rows


def test_numbers_are_not_copied() -> None:
    column = pa.array(LISTS, pa.large_list(pa.float64()))
    x = from_arrow(column)
    assert shares(x.flat_values, column.values.to_numpy())
    assert shares(x.row_splits, column.offsets.to_numpy())
    assert shares(np.asarray(x.to_arrow().values), x.flat_values)
    array = ak.Array(LISTS)
    assert shares(from_awkward(array).flat_values, array.layout.content.data)
    assert shares(from_awkward(array[1:]).flat_values, array.layout.content.data)


def test_chunks_become_one_array() -> None:
    chunk = pa.array(LISTS)
    for chunks in ([chunk], [chunk, chunk[1:]]):
        column = pa.chunked_array(chunks)
        assert from_arrow(column).to_list() == column.to_pylist()
    one = from_arrow(pa.chunked_array([chunk]))
    assert shares(one.flat_values, chunk.values.to_numpy())
    assert from_arrow(pa.chunked_array([], pa.list_(pa.float32()))).to_list() == []


def test_lists_of_one_length_are_inner_axes_or_rows() -> None:
    pairs = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(6.0)), 2)
    column = pa.ListArray.from_arrays([0, 1, 1, 3], pairs)
    x = from_arrow(column)
    assert (x.shape, x.ragged_rank) == ((3, None, 2), 1)
    assert x.to_list() == column.to_pylist()
    assert from_arrow(column[1:]).to_list() == column[1:].to_pylist()
    assert x.to_arrow().to_pylist() == column.to_pylist()
    assert from_arrow(column, ragged_rank=2).ragged_rank == 2
    assert from_arrow(pairs[1:]).to_list() == pairs[1:].to_pylist()
    regular = ak.Array([[[1.0, 2.0]], [], [[3.0, 4.0]]])
    assert from_awkward(ak.to_regular(regular, 2)).shape == (3, None, 2)
    assert from_awkward(regular, ragged_rank=1).shape == (3, None, 2)
    assert from_awkward(ak.from_numpy(np.ones((2, 3)))).to_list() == [[1.0] * 3] * 2
    with pytest.raises(KGraphValueError, match="different lengths on axis 2"):
        from_awkward(ak.Array([[[1.0], [2.0, 3.0]]]), ragged_rank=1)


def test_bools_and_strings() -> None:
    for rows in ([[True], [], [False, True]], [["a"], ["bc", ""], []]):
        x = from_arrow(pa.array(rows))
        assert x.to_list() == rows
        assert x.to_arrow().to_pylist() == rows
        assert from_awkward(ak.Array(rows)).to_list() == rows


def test_other_layouts_of_the_same_rows() -> None:
    view = pa.ListViewArray.from_arrays([2, 0, 0], [1, 0, 2], pa.array([1.0, 2.0, 3.0]))
    assert from_arrow(view).to_list() == [[3.0], [], [1.0, 2.0]]
    indexed = ak.Array(ak.contents.IndexedArray(ak.index.Index64([2, 0]), ak.Array(LISTS).layout))
    assert from_awkward(indexed).to_list() == [[3.0], [1.0, 2.0]]
    optional = ak.mask(ak.Array(LISTS), [True, True, True])
    assert from_awkward(optional).to_list() == LISTS
    assert from_awkward(ak.Array([[], []])).to_list() == [[], []]
    assert from_arrow(pa.array([[], []])).to_list() == [[], []]


class Exporter:
    """An array of another library that speaks Arrow's C interface."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self.array.__arrow_c_array__(requested_schema)


def test_arrays_of_other_libraries_that_export_arrow() -> None:
    assert from_arrow(Exporter(pa.array(LISTS))).to_list() == LISTS
    model = doubled()
    assert model(Exporter(pa.array(LISTS))).to_list() == [[2, 4], [], [6]]


@pytest.mark.parametrize("rows", [[[1.0], None], [[1.0, None], [2.0]]])
def test_missing_values_are_refused(rows: list[Any]) -> None:
    for call in (lambda: from_arrow(pa.array(rows)), lambda: from_awkward(ak.Array(rows))):
        with pytest.raises(KGraphValueError, match=r"holds missing values(.|\n)*at position 1"):
            call()
    assert from_arrow(pa.array([[None], [1.0]])[1:]).to_list() == [[1.0]]


def test_what_holds_no_numbers_is_refused() -> None:
    with pytest.raises(KGraphTypeError, match="is no column of lists"):
        from_arrow(pa.array([1.0, 2.0]))
    with pytest.raises(KGraphTypeError, match="Arrow type date32"):
        from_arrow(pa.array([[1]], pa.list_(pa.date32())))
    with pytest.raises(KGraphTypeError, match="a RecordArray"):
        from_awkward(ak.Array([[{"a": 1}]]))
    with pytest.raises(KGraphTypeError, match="a UnionArray"):
        from_awkward(ak.Array([[1, "a"]]))
    with pytest.raises(KGraphValueError, match="nested 1 deep"):
        from_arrow(pa.array(LISTS), ragged_rank=2)


def doubled() -> kg.Model:
    x = kg.Input((None,), ragged=True, name="x")
    return kg.Model(x, x * 2)


@pytest.mark.parametrize(
    "feed",
    [
        pytest.param(pa.array(LISTS), id="Arrow"),
        pytest.param(pa.array(LISTS, pa.list_(pa.int8())), id="Arrow integers"),
        pytest.param(pa.chunked_array([LISTS[:1], LISTS[1:]]), id="chunks"),
        pytest.param(ak.Array(LISTS), id="Awkward"),
        pytest.param(ak.Array(LISTS[::-1])[::-1], id="scattered"),
    ],
)
def test_models_take_them(feed: Any) -> None:
    model = doubled()
    for batch_size in (None, 1, 2):
        assert model.predict(feed, batch_size=batch_size).to_list() == [[2, 4], [], [6]]
    for _ in range(3):
        assert model(feed).to_list() == [[2, 4], [], [6]]
        assert model({"x": feed}).to_list() == [[2, 4], [], [6]]


def test_models_name_the_input_that_holds_nulls() -> None:
    model = doubled()
    for feed in (pa.array([[1.0], None]), ak.Array([[1.0], None])):
        with pytest.raises(KGraphValueError, match=r"input 'x': .* holds missing values"):
            model(feed)
        with pytest.raises(KGraphValueError, match="holds missing values"):
            model.predict(feed)
