"""Ragged feeds and strings in all their forms: row splits of both dtypes, text of any make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph import ops
from kgraph.types.errors import KGraphTypeError, KGraphValueError
from kgraph.types.ragged import RaggedTensor

LISTS = [[1.0, 2.0], [], [3.0]]
WIDE = RaggedTensor.from_row_lengths(np.array([1.0, 2.0, 3.0], "float32"), [2, 0, 1])
NARROW = WIDE.with_row_splits_dtype("int32")
COLUMN = np.array([[10.0], [20.0], [30.0]], "float32")


def narrow_input() -> Any:
    spec = kg.RaggedTensorSpec((None, None), "float32", row_splits_dtype="int32")
    return kg.Input(type_spec=spec, name="x")


@pytest.mark.parametrize("fed", [LISTS, WIDE, NARROW], ids=["lists", "int64", "int32"])
def test_row_splits_take_the_dtype_of_the_input(fed: Any) -> None:
    for x, dtype in ((narrow_input(), "int32"), (kg.Input((None,), ragged=True), "int64")):
        model = kg.Model(x, [x * 2, x.row_splits])
        for call in (model, model.predict, lambda fed, model=model: model.predict(fed, 2)):
            doubled, splits = call(fed)
            assert doubled.to_list() == [[2, 4], [], [6]]
            assert doubled.row_splits.dtype == dtype
            assert splits.dtype == dtype


NARROW_CALLS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda x: ops.sum(x, 1),
    "mean": lambda x: ops.mean(x, 1),
    "var": lambda x: ops.var(x, 1),
    "softmax": lambda x: ops.softmax(x, 1),
    "sort": lambda x: ops.sort(x, 1),
    "argmax": lambda x: ops.argmax(x, 1),
    "cumsum": lambda x: ops.cumsum(x, 1),
    "concatenate": lambda x: ops.concatenate([x, x * 2], 1),
    "rows": lambda x: ops.concatenate([x, x], 0),
    "stack": lambda x: ops.stack([x, x], 1),
    "flip": lambda x: ops.flip(x),
    "dense": lambda x: ops.to_dense(x),
    "broadcast": lambda x: x + COLUMN,
    "row_lengths": lambda x: ops.row_lengths(x),
    "value_rowids": lambda x: ops.value_rowids(x),
}


@pytest.mark.parametrize("name", NARROW_CALLS)
def test_kernels_read_row_splits_of_both_dtypes(name: str) -> None:
    call = NARROW_CALLS[name]
    x, y = narrow_input(), kg.Input((None,), ragged=True)
    narrow, wide = kg.Model(x, call(x))(LISTS), kg.Model(y, call(y))(LISTS)
    as_lists = [v.to_list() if isinstance(v, RaggedTensor) else v.tolist() for v in (narrow, wide)]
    assert as_lists[0] == as_lists[1]


def test_row_splits_that_int32_cannot_hold_are_refused() -> None:
    item = np.lib.stride_tricks.as_strided(np.zeros(1, "float32"), (2**31 + 1,), (0,))
    huge = RaggedTensor.from_row_splits(item, [0, 2**31 + 1])
    x = narrow_input()
    with pytest.raises(KGraphValueError, match="input 'x': row_splits reach 2147483649"):
        kg.Model(x, x.row_splits)(huge)


TEXTS = [
    np.array([["a"], ["öl"]]),
    np.array([[b"a"], ["öl".encode()]]),
    np.array([["a"], ["öl"]], object),
    np.array([["a"], ["öl"]], np.dtypes.StringDType()),
    [["a"], ["öl"]],
]


@pytest.mark.parametrize("fed", TEXTS, ids=["U", "S", "object", "StringDType", "lists"])
def test_strings_of_any_make_are_taken(fed: Any) -> None:
    x = kg.Input((1,), dtype="string", name="words")
    model = kg.Model(x, x)
    for call in (model, model.predict, lambda fed: model.predict(fed, batch_size=1)):
        found = call(fed)
        assert found.dtype.kind == "T"
        assert found.tolist() == [["a"], ["öl"]]


@pytest.mark.parametrize(
    ("fed", "error", "text"),
    [
        (np.array([["a"], [None]], object), KGraphTypeError, "NoneType None among the items"),
        (np.array([["a"], [1]], object), KGraphTypeError, "int 1 among the items"),
        (np.array([[1.5]]), KGraphTypeError, "array of dtype float64"),
        (np.array([[b"\xff"]]), KGraphValueError, "no UTF-8"),
    ],
)
def test_what_holds_no_strings_is_refused(fed: Any, error: Any, text: str) -> None:
    x = kg.Input((1,), dtype="string", name="words")
    model = kg.Model(x, x)
    for call in (model, model.predict):
        with pytest.raises(error, match=f"input 'words'(.|\n)*{text}"):
            call(fed)


def test_ragged_strings_of_bytes() -> None:
    x = kg.Input((None,), dtype="string", ragged=True)
    assert kg.Model(x, x)([[b"a", b"bc"], []]).to_list() == [["a", "bc"], []]


@pytest.mark.parametrize("batch_size", [None, 1, 2])
def test_predict_fills_rows_up_to_the_longest_of_all(batch_size: int | None) -> None:
    x = kg.Input((None,))
    rows = RaggedTensor.from_row_lengths(np.arange(6, dtype="float32"), [2, 0, 3, 1])
    found = kg.Model(x, x + 1).predict(rows, batch_size=batch_size)
    np.testing.assert_array_equal(found, rows.to_tensor() + 1)
    y = kg.Input((None, 2))
    pairs = RaggedTensor.from_row_lengths(np.ones((6, 2), "float32"), [2, 0, 3, 1])
    found = kg.Model(y, y * 2).predict(pairs, batch_size=batch_size)
    np.testing.assert_array_equal(found, pairs.to_tensor() * 2)
