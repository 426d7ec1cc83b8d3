"""Positions outside a table: refused before a kernel runs, or at least before `out=` is touched."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph import ops
from kgraph.layers import Embedding

TABLE = np.arange(20, dtype=np.float32).reshape(10, 2)
ROWS = 3000  # more than a panel


def embedded(change: Any = lambda x: x, **kwargs: Any) -> kg.Model:
    x = kg.Input((None,) if "ragged" in kwargs else (3,), name="ids", **kwargs)
    return kg.Model(x, Embedding(10, 2, weights=[TABLE], name="words")(change(x)), name="m")


@pytest.mark.parametrize("bad", [-1, 10])
@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64"])
def test_the_input_the_row_and_the_id_are_told(dtype: str, bad: int) -> None:
    batch = np.zeros((4, 3), dtype)
    batch[2, 1] = bad
    text = rf"m/words: {bad}.* outside the table(.|\n)*'ids', row 2: {bad}(.|\n)*from 0 to 9"
    with pytest.raises(kg.KGraphError, match=text):
        embedded(dtype=dtype)(batch)


@pytest.mark.parametrize("freeze", [True, False])
def test_a_table_that_was_scaled_beforehand_is_still_that_of_its_layer(freeze: bool) -> None:
    x = kg.Input((3,), name="ids", dtype="int32")
    rows = Embedding(10, 2, weights=[TABLE], name="words")(x)
    graph = kg.compile(kg.Model(x, kg.layers.Rescaling(0.5)(rows), name="m"), freeze=freeze)
    np.testing.assert_array_equal(graph(np.int32([[1, 2, 9]])), TABLE[[[1, 2, 9]]] / 2)
    with pytest.raises(kg.KGraphError, match=r"m/words: 10.* outside the table(.|\n)*'ids', row 0"):
        graph(np.int32([[1, 10, 2]]))


@pytest.mark.parametrize("bad", [0.5, np.nan, np.inf, -0.5, 1e30])
def test_what_is_no_whole_number_is_told(bad: float) -> None:
    with pytest.raises(ValueError, match=r"row 0: (.|\n)*whole numbers from 0 to 9"):
        embedded()(np.float32([[1, bad, 2]]))


def test_the_row_of_ragged_ids_is_that_of_the_batch() -> None:
    model = embedded(dtype="int64", ragged=True)
    with pytest.raises(ValueError, match=r"input 'ids', row 3: 11"):
        model([[1], [], [2, 3], [4, 11]])


def test_take_wraps_as_numpy_does_and_refuses_what_numpy_refuses() -> None:
    x = kg.Input((2,), dtype="int32", name="at")
    graph = kg.compile(kg.Model(x, ops.take(TABLE, x, 0)))
    batch = np.int32([[9, -10], [0, -1]])
    np.testing.assert_array_equal(graph(batch), TABLE[batch])
    for bad in (10, -11):
        with pytest.raises(ValueError, match=rf"input 'at', row 1: {bad}(.|\n)*from -10 to 9"):
            graph(np.int32([[0, 0], [0, bad]]))


def test_a_scalar_position_is_told_without_a_row() -> None:
    x, at = kg.Input((3,)), kg.Input(type_spec=kg.TensorSpec((), "int64", name="at"))
    model = kg.Model([x, at], x[at])
    batch = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(model([batch, np.int64(-2)]), batch[0])
    with pytest.raises(ValueError, match=r"input 'at': 2(.|\n)*from -2 to 1"):
        model([batch, np.int64(2)])


def test_a_batch_without_ids_is_fine() -> None:
    assert embedded(dtype="int32")(np.zeros((0, 3), np.int32)).shape == (0, 3, 2)


@pytest.mark.parametrize("change", [lambda x: x, lambda x: ops.abs(x), lambda x: x + 0 * x])
@pytest.mark.parametrize("dtype", ["int32", "float32", "int8"])
def test_a_refused_batch_leaves_out_as_it_was(change: Any, dtype: str) -> None:
    graph = kg.compile(embedded(change, dtype=dtype))
    batch, out = np.ones((ROWS, 3), dtype), np.full((ROWS, 3, 2), 7, np.float32)
    batch[-1, -1] = 10
    with pytest.raises(ValueError, match="outside the table"):
        graph(batch, out=out)
    assert (out == 7).all()
    batch[-1, -1] = 9
    assert graph(batch, out=out) is out
    np.testing.assert_array_equal(out, TABLE[batch.astype(int)])


def test_all_outputs_or_none_are_written() -> None:
    x = kg.Input((3,), dtype="int32", name="ids")
    table = Embedding(10, 2, weights=[TABLE])
    graph = kg.compile(kg.Model(x, {"sum": ops.sum(x, -1), "rows": table(x * 2)}))
    out = {"sum": np.full(2, 7, np.int32), "rows": np.full((2, 3, 2), 7, np.float32)}
    with pytest.raises(ValueError, match="outside the table"):
        graph(np.int32([[0, 1, 2], [3, 4, 5]]), out=out)
    assert (out["sum"] == 7).all()
    assert (out["rows"] == 7).all()
    graph(np.int32([[0, 1, 2], [3, 4, 4]]), out=out)
    assert out["sum"].tolist() == [3, 11]
    np.testing.assert_array_equal(out["rows"], TABLE[[[0, 2, 4], [6, 8, 8]]])


def test_rows_that_do_not_match_leave_out_as_it_was() -> None:
    a, b = (kg.Input((None,), ragged=True, name=name) for name in "ab")
    graph = kg.compile(kg.Model([a, b], ops.sum(a * b, 1)))
    out = np.full(2, 7, np.float32)
    with pytest.raises(ValueError, match="rows of different lengths"):
        graph([[1, 2], [3]], [[1], [2, 3]], out=out)
    assert (out == 7).all()
