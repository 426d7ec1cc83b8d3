"""Methods of symbolic ragged values: the numbers of concrete ones, which nested lists tell."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph.types.errors import KGraphError
from kgraph.types.ragged import RaggedTensor
from tests.ragged.drawing import CONFIGS, Config, input_of, same, value_of
from tests.types.ragged_twin import (
    dense,
    lengths_at,
    levels,
    longest,
    merged,
    nested_rows,
    splits_of,
)


def methods(config: Config) -> dict[str, Callable[[Any], Any]]:
    """What is asked of a value, by name; a tuple of values counts as several."""
    rank, _, inner = config
    ndim = rank + 1 + len(inner)
    some = (None, 2, *[None] * (rank - 1), *inner)
    asked: dict[str, Callable[[Any], Any]] = {
        "values": lambda x: x.values,
        "flat_values": lambda x: x.flat_values,
        "row_splits": lambda x: x.row_splits,
        "row_starts": lambda x: x.row_starts(),
        "row_limits": lambda x: x.row_limits(),
        "value_rowids": lambda x: x.value_rowids(),
        "nested_row_splits": lambda x: x.nested_row_splits,
        "nested_row_lengths": lambda x: x.nested_row_lengths(),
        "nested_value_rowids": lambda x: x.nested_value_rowids(),
        "nrows": lambda x: x.nrows(out_type="int64"),
        "bounding_shape": lambda x: x.bounding_shape(),
        "bounding_axis": lambda x: x.bounding_shape(axis=[1, -1], out_type="int32"),
        "with_row_splits_dtype": lambda x: x.with_row_splits_dtype("int64"),
        "narrow": lambda x: x.with_row_splits_dtype("int32"),
        "with_flat_values": lambda x: x.with_flat_values(x.flat_values + 1),
        "with_values": lambda x: x.with_values(x.values * 2),
        "to_tensor": lambda x: x.to_tensor(),
        "to_tensor_fill": lambda x: x.to_tensor(default_value=-1, shape=some),
        "to_tensor_rows": lambda x: x.to_tensor(shape=(2, *[None] * (ndim - 1))),
    }
    for axis in range(1, ndim):
        asked[f"row_lengths_{axis}"] = lambda x, axis=axis: x.row_lengths(axis=axis)
    for outer in range(ndim):
        for last in range(outer, ndim):
            name = f"merge_{outer}_{last}"
            asked[name] = lambda x, outer=outer, last=last: x.merge_dims(outer, last)
    return asked


def flat(found: Any) -> list[Any]:
    return list(found) if isinstance(found, tuple | list) else [found]


@cache
def model_of(config: Config) -> Any:
    x = input_of(config)
    asked = methods(config)
    return kg.Model(x, {name: flat(ask(x)) for name, ask in asked.items()})


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_symbolic_methods_give_what_concrete_ones_do(config: Config, data: st.DataObject) -> None:
    x = value_of(data.draw(nested_rows(config[0])), config)
    found = model_of(config)(x)
    for name, ask in methods(config).items():
        for ours, expected in zip(flat(found[name]), flat(ask(x)), strict=True):
            same(ours, expected)


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_concrete_methods_give_what_lists_do(config: Config, data: st.DataObject) -> None:
    rank, dtype, inner = config
    rows = data.draw(nested_rows(rank))
    x = value_of(rows, (rank, dtype, ()))
    found = levels(rows, rank)
    assert x.to_list() == rows
    assert x.nrows() == len(rows)
    assert [s.tolist() for s in x.nested_row_splits] == [splits_of(level) for level in found[:-1]]
    assert [n.tolist() for n in x.nested_row_lengths()] == [
        list(map(len, level)) for level in found[:-1]
    ]
    assert [ids.tolist() for ids in x.nested_value_rowids()] == [
        [at for at, row in enumerate(level) for _ in row] for level in found[:-1]
    ]
    assert x.bounding_shape().tolist() == [len(rows), *map(longest, found[:-1])]
    for axis in range(1, rank + 1):
        lengths = x.row_lengths(axis)
        listed = lengths.tolist() if axis == 1 else lengths.to_list()
        assert listed == lengths_at(rows, axis)
    for outer in range(rank + 1):
        for last in range(outer, rank + 1):
            one = x.merge_dims(outer, last)
            listed = one.to_list() if isinstance(one, RaggedTensor) else one.tolist()
            assert listed == merged(rows, outer, last)
    shape = tuple(data.draw(st.lists(st.integers(0, 3), min_size=rank + 1, max_size=rank + 1)))
    assert x.to_tensor(7, shape=shape).tolist() == dense(rows, shape, 7)
    assert value_of(rows, config).shape == (len(rows), *[None] * rank, *inner)


@pytest.mark.parametrize("config", CONFIGS[:4], ids=str)
def test_a_config_and_a_pickle_make_the_same_graph(config: Config) -> None:
    model = model_of(config)
    again = kg.Model.from_config(json.loads(json.dumps(model.get_config())))
    x = value_of([[[3.0, 1.0], []], []] if config[0] == 2 else [[3.0, 1.0], []], config)
    fast = pickle.loads(pickle.dumps(kg.compile(model)))
    for name, expected in model(x).items():
        for other in (again(x)[name], fast(x)[name]):
            for a, b in zip(flat(tuple(other)), flat(tuple(expected)), strict=True):
                same(a, b)


def test_what_is_known_while_drawing() -> None:
    x = input_of((2, "int32", (3,)))
    assert (x.ragged_rank, x.row_splits_dtype, x.uniform_row_length) == (2, "int32", None)
    assert x.with_values(kg.Input((), name="v")).shape == (None, None)
    assert x.with_row_splits_dtype("int64").row_splits_dtype == "int64"
    assert x.to_tensor(shape=(4, 5, None, 2)).shape == (4, 5, None, 2)
    with pytest.raises(KGraphError, match="symbolic and has no numbers for `to_list"):
        x.to_list()
    with pytest.raises(TypeError, match="it has no `numpy"):
        x.numpy()


def test_rows_of_scalars_become_sparse() -> None:
    x = kg.Input((None,), ragged=True)
    y = kg.RaggedTensor.from_row_splits(x.values, x.row_splits)
    model = kg.Model(x, [x.to_sparse(), (x * 2)[1:].to_tensor(), y.to_tensor(9)])
    rows = kg.ragged.constant([[1.0, 0.0], [], [3.0]])
    sparse, double, filled = model(rows)
    np.testing.assert_array_equal(sparse.toarray(), rows.to_tensor())
    assert sparse.nnz == 3
    np.testing.assert_array_equal(double, [[0], [6]])
    np.testing.assert_array_equal(filled, [[1, 0], [9, 9], [3, 9]])


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x[..., None],  # items of one number
        lambda x: kg.ops.stack([x, x * 2], axis=-1),
        lambda x: kg.ops.expand_dims(x, 1),  # rows of rows
        lambda x: kg.ops.expand_dims(x[:, 1:], 1)[..., None],
    ],
)
def test_rows_of_rows_and_of_vectors_become_sparse(make: Callable[[Any], Any]) -> None:
    x = kg.Input((None,), ragged=True)
    rows = kg.ragged.constant([[1.0, 0.0], [], [3.0, 4.0, 5.0]])
    made = make(x).to_sparse()
    for batch in (rows, rows[:0], rows[1:2]):
        found, eager = kg.Model(x, made)(batch), make(batch)
        assert found.nnz == eager.flat_values.size
        np.testing.assert_array_equal(found.toarray(), eager.to_tensor())
        np.testing.assert_array_equal(eager.to_sparse().toarray(), eager.to_tensor())


def test_bad_arguments_are_refused_while_drawing() -> None:
    x = kg.Input((None,), ragged=True)
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: x.to_tensor(shape=(1, 2, 3)), "shape must name a size for each axis"),
        (lambda: x.to_tensor(0, (1, 2)), "is no string; give shape"),
        (lambda: x.to_tensor([1, 2]), "default_value must fit one item"),
        (lambda: x.merge_dims(1, 0), "merge_dims takes two axes in order"),
        (lambda: x.bounding_shape(axis=2), "axis 2 is out of range"),
        (lambda: x.with_row_splits_dtype("int8"), "row_splits are int32 or int64"),
        (lambda: x.with_values(1.0), "values must have rank 1 or more"),
        (lambda: kg.Input((3,)).row_starts(), "only a ragged value has `row_starts`"),
    ]
    for draw, text in cases:
        with pytest.raises(KGraphError, match=text):
            draw()


def test_new_values_must_be_as_many() -> None:
    x, v = kg.Input((None,), ragged=True), kg.Input(batch_shape=(None,), name="v")
    model = kg.Model([x, v], x.with_values(v))
    rows = kg.ragged.constant([[1.0, 2.0], [], [3.0]])
    assert model([rows, np.float32([5, 6, 7])]).to_list() == [[5, 6], [], [7]]
    with pytest.raises(KGraphError):
        model([rows, np.float32([5, 6])])
