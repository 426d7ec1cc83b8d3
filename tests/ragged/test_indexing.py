"""Indexing of ragged values: lists, concrete values and symbolic ones pick alike."""

from __future__ import annotations

import json
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
from tests.types.ragged_twin import at_depth, nested_rows

SLICES = [
    slice(None, 2),
    slice(1, None),
    slice(-1, None),
    slice(None, -1),
    slice(1, 3),
    slice(None, None, -1),
    slice(None, None, 2),
    slice(2, None, -2),
    slice(-2, 5, 3),
    slice(4, 1),
]
ROWS = kg.ragged.constant([[1.0, 2.0, 3.0], [], [4.0], [5.0, 6.0]])


@cache
def sliced(config: Config) -> Any:
    """A model of all slices of the rows, and of the items on each ragged axis."""
    x = input_of(config)
    outputs = {}
    for number, part in enumerate(SLICES):
        for axis in range(config[0] + 1):
            outputs[f"{number}_{axis}"] = x[(*[slice(None)] * axis, part)]
    return kg.Model(x, outputs)


@pytest.mark.parametrize("config", [CONFIGS[0], CONFIGS[3]], ids=str)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_slices_on_every_ragged_axis(config: Config, data: st.DataObject) -> None:
    rank = config[0]
    rows = data.draw(nested_rows(rank))
    x, found = value_of(rows, config), sliced(config)(value_of(rows, config))
    for number, part in enumerate(SLICES):
        for axis in range(rank + 1):
            expected = x[(*[slice(None)] * axis, part)]
            same(found[f"{number}_{axis}"], expected)
            picked = at_depth(rows, axis, lambda row, part=part: row[part])
            same(expected, value_of(picked, config))


KEYS: dict[str, Callable[[Any], Any]] = {
    "first": lambda x: x[0],
    "last": lambda x: x[-1],
    "item": lambda x: x[0, 1],
    "item_from_the_end": lambda x: x[-1, -1],
    "rows": lambda x: x[1:3],
    "rows_of_rows": lambda x: x[::-1, 1:],
    "list": lambda x: x[[2, 0, -1, 0]],
    "array": lambda x: x[np.array([3, 1])],
    "no_rows": lambda x: x[[]],
    "mask": lambda x: x[np.array([True, False, True, False])],
    "part_of_list": lambda x: x[[3, 0], ::-1],
    "row_slice": lambda x: x[0, ::-1],
    "ellipsis": lambda x: x[..., :1],
    "new_rows": lambda x: x[None],
    "new_axis": lambda x: x[:, None],
    "new_inner": lambda x: x[..., None],
    "new_two": lambda x: x[:, None, :1],
    "ragged_mask": lambda x: x[x > 2],
    "mask_of_rows": lambda x: x[x.row_lengths() > 0],
    "rows_by_value": lambda x: x[x.row_lengths() * 0 + 1],
    "row_by_value": lambda x: x[x.nrows(out_type="int64") - 1],
    "slice_by_value": lambda x: x[:, : x.nrows(out_type="int64") - 2],
    "whole": lambda x: x[:],
    "sorted_then_cut": lambda x: (x * 2)[:, 1:].to_tensor(),
    "sums": lambda x: kg.sum(x[:, :2], axis=1),
    "added": lambda x: x[:, :1] + x[:, -1:],
}


@pytest.mark.parametrize("name", KEYS)
def test_symbolic_values_are_indexed_as_concrete_ones(name: str) -> None:
    pick = KEYS[name]
    x = kg.Input((None,), ragged=True)
    model = kg.Model(x, pick(x))
    concrete = name not in ("added", "row_by_value", "slice_by_value", "sorted_then_cut", "sums")
    expected = pick(ROWS) if concrete else model.function(ROWS)
    again = kg.Model.from_config(json.loads(json.dumps(model.get_config())))
    for found in (model(ROWS), again(ROWS), model.function(ROWS)):
        same(found, expected)


def test_values_pick_rows_and_bounds() -> None:
    x = kg.Input((None,), ragged=True)
    where, at, keep = (
        kg.Input(batch_shape=(None,), dtype=d, name=d) for d in ("int32", "int64", "bool")
    )
    model = kg.Model([x, where, at, keep], [x[where], x[at, :1], x[keep]])
    found = model([ROWS, np.int32([-1, 0]), np.int64([2]), np.array([True, False, False, True])])
    assert [part.to_list() for part in found] == [
        [[5, 6], [1, 2, 3]],
        [[4]],
        [[1, 2, 3], [5, 6]],
    ]
    with pytest.raises(KGraphError):
        model([ROWS, np.int32([4]), np.int64([2]), np.ones(4, bool)])
    with pytest.raises(KGraphError):
        model([ROWS, np.int32([0]), np.int64([2]), np.ones(3, bool)])


@pytest.mark.parametrize("config", [CONFIGS[2], CONFIGS[3]], ids=str)
def test_nested_rows(config: Config) -> None:
    rows = [[[1.0, 2.0], []], [], [[3.0], [4.0, 5.0], [6.0]]]
    x, value = input_of(config), value_of(rows, config)
    keys: list[Any] = [0, -1, (0, 0), (2, slice(1, None)), (slice(None), slice(None, 1))]
    keys += [(slice(None), slice(None), slice(-1, None)), [2, 0], (2, 1, 0), (..., None)]
    keys += [(slice(None), None), (0, 0, slice(None, None, -1)), (slice(0, 2), slice(None), None)]
    found = kg.Model(x, [x[tuple(key) if isinstance(key, tuple) else key] for key in keys])(value)
    for one, key in zip(found, keys, strict=True):
        same(one, value[key])


def test_an_integer_picks_from_rows_of_known_length() -> None:
    v = kg.Input((), name="v")
    x = RaggedTensor.from_uniform_row_length(v, 3)
    assert x.shape == (None, 3)
    model = kg.Model(v, [x[:, 0], x[:, -1], x[0], x[:2]])
    first, last, row, rows = model(np.arange(6, dtype=np.float32))
    assert (first.tolist(), last.tolist(), row.tolist()) == ([0, 3], [2, 5], [0, 1, 2])
    assert (rows.to_list(), rows.shape) == ([[0, 1, 2], [3, 4, 5]], (2, 3))


def test_what_cannot_be_picked_is_refused() -> None:
    x, m = kg.Input((None,), ragged=True), kg.Input((None,), ragged=True, name="m")
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: x[:, 0], "items of ragged rows are picked by a slice"),
        (lambda: x[0, 0, 0], "indices|1 axes"),
        (lambda: x[..., 0, ...], "indices|stands once"),
        (lambda: x[:, ::0], "step of a slice"),
        (lambda: x["a"], "cannot index"),
        (lambda: x[1.0], "cannot index"),
        (lambda: x[m], "bool"),
        (lambda: x[kg.Input((3,))], "positions|integers|vector"),
    ]
    for draw, text in cases:
        with pytest.raises(KGraphError, match=text):
            draw()


def test_rows_that_a_batch_has_not_are_refused() -> None:
    x = kg.Input((None,), ragged=True)
    for key in (3, -4, [0, 3]):
        model = kg.Model(x, x[key])
        for _ in range(2):
            with pytest.raises(KGraphError):
                model(kg.ragged.constant([[1.0], [], [2.0]]))
    masked = kg.Model(x, x[np.array([True, False])])
    with pytest.raises(KGraphError):
        masked(ROWS)
    other = kg.Input((None,), ragged=True, name="other")
    model = kg.Model([x, other], x[other > 0])
    with pytest.raises(KGraphError, match="rows of different lengths"):
        model([ROWS, ROWS[::-1]])
