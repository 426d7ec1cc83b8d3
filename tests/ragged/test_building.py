"""Ragged values built in graphs: the factories of RaggedTensor on symbolic values."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph.types.errors import KGraphError
from kgraph.types.ragged import RaggedTensor
from tests.ragged.drawing import same
from tests.types.ragged_twin import ROWS, flattened, splits_of

FACTORIES: dict[str, Callable[[Any, Any], Any]] = {
    "row_splits": RaggedTensor.from_row_splits,
    "row_lengths": RaggedTensor.from_row_lengths,
    "row_starts": RaggedTensor.from_row_starts,
    "row_limits": RaggedTensor.from_row_limits,
    "value_rowids": RaggedTensor.from_value_rowids,
    "counted": lambda values, ids: RaggedTensor.from_value_rowids(values, ids, nrows=9),
}


def vector(dtype: str, name: str) -> Any:
    return kg.Input(batch_shape=(None,), dtype=dtype, name=name)


def model_of(factory: Callable[[Any, Any], Any], dtype: str, inner: tuple[int, ...] = ()) -> Any:
    values, bounds = kg.Input(inner, name="values"), vector(dtype, "bounds")
    return kg.Model([values, bounds], factory(values, bounds))


def bounds_of(rows: list[list[Any]], encoding: str, dtype: str) -> np.ndarray:
    splits = np.array(splits_of(rows), dtype)
    ids = np.repeat(np.arange(len(rows), dtype=dtype), np.diff(splits))
    return {
        "row_splits": splits,
        "row_lengths": np.diff(splits),
        "row_starts": splits[:-1],
        "row_limits": splits[1:],
        "value_rowids": ids,
        "counted": ids,
    }[encoding]


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("encoding", FACTORIES)
@pytest.mark.parametrize("inner", [(), (2,)], ids=str)
def test_symbolic_factories_build_what_concrete_ones_do(
    encoding: str, dtype: str, inner: tuple[int, ...]
) -> None:
    model = model_of(FACTORIES[encoding], dtype, inner)

    @settings(max_examples=5, deadline=None)
    @given(ROWS)
    def check(rows: list[list[int]]) -> None:
        items = np.array(flattened(rows), np.float32).reshape(-1, *(1 for _ in inner))
        values = np.broadcast_to(items, (len(items), *inner))
        bounds = bounds_of(rows, encoding, dtype)
        try:
            expected = FACTORIES[encoding](values, bounds)
        except KGraphError as error:
            with pytest.raises(type(error)):
                model([values, bounds])
            return
        same(model([values, bounds]), expected)

    check()


BAD = [
    ("row_splits", [1, 4], "must start at 0"),
    ("row_splits", [0, 3, 2, 4], "row_splits"),
    ("row_splits", [0, 3], "must end at 4"),
    ("row_splits", [0, 2**40, 4], "row_splits"),
    ("row_lengths", [2, -1, 3], "must not be negative"),
    ("row_lengths", [2, 1], "row_lengths must add up"),
    ("row_starts", [0, 5], "must not pass the number of values"),
    ("row_limits", [2, 3], "must end at the number of values"),
    ("value_rowids", [0, 1], "name a row for each value"),
    ("value_rowids", [0, 2, 1, 3], "must never decrease"),
    ("counted", [0, 1, 2, 9], "nrows is smaller"),
]


@pytest.mark.parametrize(("encoding", "bounds", "text"), BAD)
def test_bad_bounds_are_refused_at_every_call_with_the_line(
    encoding: str, bounds: list[int], text: str
) -> None:
    values, given_ = kg.Input((), name="values"), vector("int64", "bounds")
    rows = FACTORIES[encoding](values, given_)
    outputs: list[Any] = [kg.sum(rows, axis=1), rows.row_lengths()]
    for output in outputs:
        model = kg.Model([values, given_], output)
        for _ in range(2):
            with pytest.raises(kg.KGraphError, match=rf"{text}(.|\n)*test_building.py:\d+"):
                model([np.ones(4, np.float32), np.int64(bounds)])


def test_bounds_of_a_wrong_kind_are_refused_while_drawing() -> None:
    values, floats = kg.Input((), name="values"), vector("float32", "f")
    matrix = kg.Input((3,), dtype="int64", name="m")
    ragged = kg.Input((None,), dtype="int64", ragged=True, name="r")
    for bounds in (floats, matrix, ragged):
        with pytest.raises(KGraphError, match="row_splits"):
            RaggedTensor.from_row_splits(values, bounds)
    with pytest.raises(KGraphError, match="nrows is needed"):
        RaggedTensor.from_uniform_row_length(values, 0)
    with pytest.raises(KGraphError, match="the row bounds of each ragged axis are needed"):
        RaggedTensor.from_nested_row_splits(values, floats)
    with pytest.raises(KGraphError, match="takes a sparse value"):
        RaggedTensor.from_sparse(matrix)


def test_nested_factories_and_constants() -> None:
    values, ids = kg.Input((), name="values"), vector("int64", "ids")
    x = RaggedTensor.from_nested_value_rowids(values, [[0, 0, 2], ids], [4, 3])
    y = RaggedTensor.from_nested_row_lengths(values, [np.array([1, 1]), [2, 1]])
    z = RaggedTensor.from_nested_row_splits(np.float32([7, 8, 9]), [ids, [0, 1, 3]])
    model = kg.Model([values, ids], [x, y, z])
    assert (x.shape, y.shape) == ((4, None, None), (2, None, None))
    again = kg.Model.from_config(json.loads(json.dumps(model.get_config())))
    fast = pickle.loads(pickle.dumps(kg.compile(model)))
    for made in (model, again, fast):
        found = made([np.float32([3, 1, 4]), np.int64([0, 1, 2])])
        assert found[0].to_list() == [[[3], [1]], [], [[4]], []]
        assert found[1].to_list() == [[[3, 1]], [[4]]]
        assert found[2].to_list() == [[[7]], [[8, 9]]]


def test_uniform_rows_have_a_known_size() -> None:
    values = kg.Input((2,), name="values")
    x = RaggedTensor.from_uniform_row_length(values, 3)
    assert (x.shape, x.uniform_row_length) == ((None, 3, 2), 3)
    model = kg.Model(values, [x, x + 1, x.values])
    found, more, flat = model(np.ones((6, 2), np.float32))
    assert found.shape == more.shape == (2, 3, 2)
    assert flat.shape == (6, 2)
    with pytest.raises(KGraphError, match="does not divide the values into rows"):
        model(np.ones((5, 2), np.float32))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 3), st.data())
def test_dense_rows_are_cut(rows: int, data: st.DataObject) -> None:
    table = np.array(data.draw(st.lists(st.integers(0, 2), min_size=3 * rows, max_size=3 * rows)))
    table = table.reshape(rows, 3).astype(np.float32)
    lengths = np.array(data.draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows)), int)
    found = CUT([table, lengths])
    same(found[0], RaggedTensor.from_tensor(table, lengths=lengths))
    same(found[1], RaggedTensor.from_tensor(table, padding=0))
    same(found[2], RaggedTensor.from_tensor(table, row_splits_dtype="int32"))


def _cutting() -> Any:
    x, n = kg.Input((None,), name="x"), vector("int64", "n")
    cut = RaggedTensor.from_tensor(x, lengths=n)
    short = RaggedTensor.from_tensor(x, padding=0)
    return kg.Model([x, n], [cut, short, RaggedTensor.from_tensor(x, row_splits_dtype="int32")])


CUT = _cutting()


def test_bad_lengths_are_refused() -> None:
    for lengths, text in (([4], "larger than the row"), ([-1], "must not be negative")):
        with pytest.raises(KGraphError, match=rf"{text}(.|\n)*test_building.py:\d+"):
            CUT([np.ones((1, 3), np.float32), np.array(lengths)])
    with pytest.raises(KGraphError, match="lengths or padding, not both"):
        RaggedTensor.from_tensor(kg.Input((3,)), lengths=[1], padding=0)
    with pytest.raises(KGraphError, match="ragged_rank is out of range"):
        RaggedTensor.from_tensor(kg.Input((3,)), ragged_rank=2)


def test_sparse_rows_become_ragged() -> None:
    x = kg.Input((3,), sparse=True)
    model = kg.Model(x, RaggedTensor.from_sparse(x))
    matrix = scipy.sparse.csr_array(np.float32([[1, 2, 0], [0, 0, 0], [3, 0, 0]]))
    same(model(matrix), RaggedTensor.from_sparse(matrix))
    shuffled = scipy.sparse.csr_array(
        (np.float32([2, 1, 3]), [1, 0, 0], [0, 2, 2, 3]), shape=(3, 3)
    )
    assert model(shuffled).to_list() == [[1, 2], [], [3]]
    gap = scipy.sparse.csr_array(np.float32([[0, 2, 0]]))
    with pytest.raises(KGraphError, match=r"without a gap(.|\n)*test_building.py:\d+"):
        model(gap)


def test_rows_that_only_look_alike_are_told_apart() -> None:
    x = kg.Input((None,), ragged=True)
    other = RaggedTensor.from_row_splits(x.values, x.row_splits[::-1] * -1 + x.row_splits[-1])
    model = kg.Model(x, [other.to_tensor(), x.to_tensor()])
    turned, straight = model(kg.ragged.constant([[1.0, 2.0, 3.0], [4.0]]))
    assert turned.tolist() == [[1, 0, 0], [2, 3, 4]]
    assert straight.tolist() == [[1, 2, 3], [4, 0, 0]]
    added = kg.Model(x, x + other)
    assert added(kg.ragged.constant([[1.0], [4.0]])).to_list() == [[2], [8]]
    with pytest.raises(KGraphError, match="rows of different lengths"):
        added(kg.ragged.constant([[1.0, 2.0, 3.0], [4.0]]))
