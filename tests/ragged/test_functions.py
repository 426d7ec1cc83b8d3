"""kg.ragged: the answers of tf.ragged, on numbers and in graphs."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.types.errors import KGraphError
from tests.ragged.drawing import same

R = kg.ragged
X = R.constant([[1, 2, 3], [], [4, 5]])
NESTED = R.constant([[[1], [2, 3]], [], [[4, 5]]])

# an expression, and what TensorFlow answers
ANSWERS: list[tuple[Callable[[], Any], Any]] = [
    (lambda: R.range([3, 0, 5]), [[0, 1, 2], [], [0, 1, 2, 3, 4]]),
    (lambda: R.range([0, 1], [3, 5], 2), [[0, 2], [1, 3]]),
    (lambda: R.range(3), [[0, 1, 2]]),
    (lambda: R.range([0.5], [2.0], 0.5), [[0.5, 1.0, 1.5]]),
    (lambda: R.range(0, [3, 2]), [[0, 1, 2], [0, 1]]),
    (lambda: R.range([5, 0], [0, 5], [-1, 2]), [[5, 4, 3, 2, 1], [0, 2, 4]]),
    (lambda: R.stack([X, X]), [[[1, 2, 3], [], [4, 5]]] * 2),
    (
        lambda: R.stack([X, np.int32([[7], [8], [9]])], axis=1),
        [[[1, 2, 3], [7]], [[], [8]], [[4, 5], [9]]],
    ),
    (lambda: R.stack([[1, 2], [3]]), [[1, 2], [3]]),
    (lambda: R.concat([X, X], 0), [[1, 2, 3], [], [4, 5]] * 2),
    (lambda: R.concat([X, [[7], [8], [9]]], 1), [[1, 2, 3, 7], [8], [4, 5, 9]]),
    (lambda: R.concat([NESTED, NESTED], 2), [[[1, 1], [2, 3, 2, 3]], [], [[4, 5, 4, 5]]]),
    (lambda: R.boolean_mask(X, [True, False, True]), [[1, 2, 3], [4, 5]]),
    (lambda: R.boolean_mask(X, X > 1), [[2, 3], [], [4, 5]]),
    (lambda: R.boolean_mask(NESTED, NESTED > 1), [[[], [2, 3]], [], [[4, 5]]]),
    (
        lambda: R.boolean_mask(NESTED, R.constant([[True, False], [], [True]])),
        [[[1]], [], [[4, 5]]],
    ),
    (lambda: R.map_flat_values(kg.multiply, X, 2), [[2, 4, 6], [], [8, 10]]),
    (lambda: R.map_flat_values(kg.add, X, X), [[2, 4, 6], [], [8, 10]]),
    (lambda: R.stack_dynamic_partitions(X, [1, 0, 1], 2), [[[]], [[1, 2, 3], [4, 5]]]),
    (lambda: R.stack_dynamic_partitions([1, 2, 3], [1, 0, 1], 3), [[2], [1, 3], []]),
    (lambda: R.gather(X, [2, 0]), [[4, 5], [1, 2, 3]]),
    (lambda: R.where(X > 1, X, 0), [[0, 2, 3], [], [4, 5]]),
    (lambda: R.expand_dims(X, 1), [[[1, 2, 3]], [[]], [[4, 5]]]),
]


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_answers_of_tensorflow(number: int) -> None:
    ask, expected = ANSWERS[number]
    assert ask().to_list() == expected


def test_dense_answers_of_tensorflow() -> None:
    assert R.boolean_mask([1, 2, 3], [True, False, True]).tolist() == [1, 3]
    assert R.stack([1, 2]).tolist() == [1, 2]
    assert R.map_flat_values(kg.add, 1, 2) == 3
    ids = R.row_splits_to_segment_ids([0, 3, 3, 5, 6, 9])
    assert ids.tolist() == [0, 0, 0, 2, 2, 3, 4, 4, 4]
    assert R.row_splits_to_segment_ids([0, 1], out_type="int32").dtype == "int32"
    assert R.segment_ids_to_row_splits([0, 0, 0, 2, 2, 3, 4, 4, 4]).tolist() == [0, 3, 3, 5, 6, 9]
    assert R.segment_ids_to_row_splits([0, 0], num_segments=4).tolist() == [0, 2, 2, 2, 2]
    assert R.range([3], dtype="float32").dtype == "float32"
    assert R.range([3], row_splits_dtype="int32").row_splits_dtype == "int32"


IN_GRAPHS: dict[str, Callable[[Any], Any]] = {
    "range": lambda x: R.range(x.row_lengths()),
    "range_by": lambda x: R.range(x.row_lengths(), 0, -1),
    "mask": lambda x: R.boolean_mask(x, x > 2),
    "mask_rows": lambda x: R.boolean_mask(x, x.row_lengths() > 0),
    "map": lambda x: R.map_flat_values(kg.add, x, x * 2),
    "ids": lambda x: R.row_splits_to_segment_ids(x.row_splits),
    "splits": lambda x: R.segment_ids_to_row_splits(x.value_rowids(), num_segments=3),
    "stack": lambda x: R.stack([x, x + 1], axis=1),
    "concat": lambda x: R.concat([x, x], 1),
    "partitions": lambda x: R.stack_dynamic_partitions(x, x.row_lengths(), 4),
    "gather": lambda x: R.gather(x, [2, 0]),
    "where": lambda x: R.where(x > 2, x, -x),
    "cast": lambda x: R.cast(x, "int32"),
    "expand": lambda x: R.expand_dims(x, 1),
}


@pytest.mark.parametrize("name", IN_GRAPHS)
def test_in_a_graph_as_on_numbers(name: str) -> None:
    x = kg.Input((None,), ragged=True)
    rows = R.constant([[1.0, 2.0, 3.0], [], [4.0, 5.0]])
    model = kg.Model(x, IN_GRAPHS[name](x))
    again = kg.Model.from_config(model.get_config())
    for made in (model, again):
        same(made(rows), IN_GRAPHS[name](rows))


def test_mistakes_are_refused() -> None:
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: R.range([0], [3], [0]), "a delta must not be 0"),
        (lambda: R.range([[0]], 3), "scalars or vectors"),
        (lambda: R.stack([]), "takes a list of values"),
        (lambda: R.concat(X, 0), "takes a list of values"),
        (lambda: R.boolean_mask(X, X), "a mask has bools"),
        (lambda: R.boolean_mask(X, [True, False]), "a bool for each row"),
        (lambda: R.map_flat_values(lambda v: v[:1], X), "as many as the old ones"),
        (lambda: R.map_flat_values(kg.sum, X), "a row for each item"),
        (lambda: R.map_flat_values(kg.add, X, NESTED), "rows of different lengths"),
        (lambda: R.map_flat_values(kg.add, X, X[::-1] * 1), "rows of different lengths"),
        (lambda: R.row_splits_to_segment_ids([1, 2]), "must start at 0"),
        (lambda: R.segment_ids_to_row_splits([1, 0]), "must never decrease"),
        (lambda: R.gather(X, [0], batch_dims=1), "different batches on axis 0"),
        (lambda: R.stack_dynamic_partitions([1], [3], 2), "nrows is smaller"),
    ]
    for ask, text in cases:
        with pytest.raises(KGraphError, match=text):
            ask()


@pytest.mark.parametrize("name", R.__all__)
def test_docstrings_say_what_ops_say(name: str) -> None:
    made = getattr(R, name)
    text = inspect.getdoc(made) or ""
    assert "Shapes  " in text
    assert "Source  " in text
    test = doctest.DocTestParser().get_doctest(text, {"np": np}, name, None, None)
    complaints: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=complaints.append)
    assert not complaints, "".join(complaints)
