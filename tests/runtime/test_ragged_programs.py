"""Programs over segments against plain loops: short, empty, long and wide rows, tile by tile."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import ops
from kgraph.compiler.plan_text import outline
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from kgraph.types.ragged import RaggedTensor

CASES = settings(
    derandomize=True, deadline=None, max_examples=60, suppress_health_check=list(HealthCheck)
)
BLOCK = 1024  # elements of a tile
TOLERANCE = {"float32": 2e-6, "float64": 1e-14}

# Rows that share a tile, rows that fill one to the last element, rows longer than one.
lengths = st.lists(
    st.one_of(st.integers(0, 9), st.sampled_from([BLOCK - 1, BLOCK, BLOCK + 1, 3000])), max_size=12
)


def ragged(lengths: list[int], width: tuple[int, ...], dtype: str) -> RaggedTensor:
    rng = np.random.default_rng(len(lengths))
    flat = rng.normal(size=(sum(lengths), *width)).astype(dtype)
    return RaggedTensor.from_row_lengths(flat, lengths)


def by_row(value: RaggedTensor, twin: Callable[[np.ndarray], np.ndarray]) -> list[np.ndarray]:
    flat, splits = value.flat_values.astype(np.float64), value.row_splits
    return [twin(flat[a:b]) for a, b in pairwise(splits)]


def check_items(found: RaggedTensor, given: RaggedTensor, twin: Callable[..., np.ndarray]) -> None:
    rows = by_row(given, twin)
    expected = np.concatenate([np.zeros((0, *given.flat_values.shape[1:])), *rows])
    tolerance = TOLERANCE[given.dtype.name]
    np.testing.assert_allclose(found.flat_values, expected, tolerance, tolerance)
    np.testing.assert_array_equal(found.row_splits, given.row_splits)
    assert found.dtype == given.dtype


def softmax(row: np.ndarray) -> np.ndarray:
    if not len(row):
        return row
    powers = np.exp(row - row.max(0))
    return powers / powers.sum(0)


@CASES
@given(lengths, st.sampled_from([(), (1,), (3,), (1500,)]), st.sampled_from(["float32", "float64"]))
def test_softmax_along_ragged_rows(lengths: list[int], width: tuple[int, ...], dtype: str) -> None:
    if width == (1500,):
        lengths = [length % 10 for length in lengths]
    x = kg.Input((None, *width), ragged=True, dtype=dtype)
    given = ragged(lengths, width, dtype)
    found = compile_function(Function(x, ops.softmax(x, axis=1)))(given)
    check_items(found, given, softmax)


@CASES
@given(lengths, st.integers(1, 3))
def test_rows_less_their_mean_by_their_spread(lengths: list[int], threads: int) -> None:
    """Numbers for each segment are computed in the program that spreads them over the items."""
    x = kg.Input((None,), ragged=True, dtype="float64")
    mean, spread = (op(x, axis=1, keepdims=True) for op in (ops.mean, ops.std))
    function = Function(x, (x - mean) / (spread + 1.0))
    assert outline(compile_function(function).plan).count("program(") == 1
    given = ragged(lengths, (), "float64")
    found = compile_function(function, threads=threads)(given)
    check_items(found, given, lambda r: (r - r.mean()) / (r.std() + 1) if len(r) else r)


@CASES
@given(lengths, st.sampled_from([1, 8]))
def test_pooling_by_attention(lengths: list[int], width: int) -> None:
    x = kg.Input((None, width), ragged=True, dtype="float64")
    kernel = np.linspace(-1, 1, width)[:, None]
    shares = ops.softmax(ops.matmul(x, kernel), axis=1)
    found = compile_function(Function(x, ops.sum(shares * x, axis=1)))
    given = ragged(lengths, (width,), "float64")
    expected = by_row(given, lambda row: (softmax(row @ kernel) * row).sum(0))
    np.testing.assert_allclose(found(given), np.reshape(expected, (-1, width)), 1e-12, 1e-12)


@CASES
@given(lengths)
def test_reductions_of_columns_and_of_rows_in_one_program(lengths: list[int]) -> None:
    """An item's norm is a reduction of its columns, the row's largest norm one of its items."""
    x = kg.Input((None, 5), ragged=True, dtype="float64")
    squares = ops.sum(ops.square(x), axis=2, keepdims=True)
    function = Function(x, x / (ops.max(squares, axis=1, keepdims=True) + 1.0))
    assert outline(compile_function(function).plan).count("program(") == 1
    given = ragged(lengths, (5,), "float64")
    check_items(
        compile_function(function)(given),
        given,
        lambda row: row / ((row**2).sum(1).max() + 1) if len(row) else row,
    )


@pytest.mark.parametrize("width", [(), (1500,)])
def test_batches_of_empty_rows_and_without_rows(width: tuple[int, ...]) -> None:
    x = kg.Input((None, *width), ragged=True)
    mean = ops.mean(x, axis=1)
    compiled = compile_function(Function(x, [ops.softmax(x, axis=1), ops.exp(mean) * mean]))
    for count in (0, 1, 3000):
        items, rows = compiled(ragged([0] * count, width, "float32"))
        assert items.flat_values.shape == (0, *width)
        np.testing.assert_array_equal(rows, np.zeros((count, *width)))


def test_computed_rows_without_a_known_longest_are_right_too() -> None:
    x, y = (kg.Input((None,), ragged=True, name=name) for name in "xy")
    joined = kg.layers.Concatenate(axis=1)([x, y])
    compiled = compile_function(Function([x, y], ops.softmax(joined, axis=1)))
    a, b = ragged([2, 0, 3], (), "float32"), ragged([1, 0, 4], (), "float32")
    flat = np.concatenate(
        [a.flat_values[:2], b.flat_values[:1], a.flat_values[2:], b.flat_values[1:]]
    )
    both = RaggedTensor.from_row_lengths(flat, [3, 0, 7])
    check_items(compiled(a, b), both, softmax)
