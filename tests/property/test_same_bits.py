"""A row's result depends on the row alone: not on its batch, its place in it, nor the threads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import layers, ops
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from tests.property.batches import batch, take_rows
from tests.property.comparing import assert_same_bits, parts
from tests.property.graphs import row_wise_functions

BITS = settings(
    derandomize=True, deadline=None, max_examples=80, suppress_health_check=list(HealthCheck)
)
LARGE = settings(BITS, max_examples=25)
MANY = 20_000


def cut(arrays: list[np.ndarray], rows: np.ndarray) -> list[np.ndarray]:
    return [np.ascontiguousarray(array[rows]) for array in arrays]


@BITS
@given(row_wise_functions(), st.permutations(range(9)), st.integers(1, 8))
def test_order_and_splits_change_no_bit(function: Function, order: list[int], cut_at: int) -> None:
    compiled = compile_function(function)
    values = batch(function, len(order), seed=cut_at)
    whole = parts(compiled(*values))
    groups = [np.array(order), np.array(order[:cut_at]), np.array(order[cut_at:])]
    groups += [np.array([row]) for row in order[:3]]
    for rows in groups:
        assert_same_bits(parts(compiled(*take_rows(values, rows))), cut(whole, rows))


@LARGE
@given(row_wise_functions(6), st.integers(2, 4))
def test_threads_change_no_bit(function: Function, threads: int) -> None:
    values = batch(function, MANY, seed=threads)
    alone = parts(compile_function(function, threads=1)(*values))
    many = compile_function(function, threads=threads)
    assert_same_bits(parts(many(*values)), alone)
    rows = np.arange(MANY // 3, MANY // 3 + 700)
    assert_same_bits(parts(many(*take_rows(values, rows))), cut(alone, rows))


def tower() -> Function:
    x = kg.Input((64,))
    h = layers.Dense(100, activation="relu")(x)
    h = layers.LayerNormalization()(layers.Dense(77, activation="tanh")(h))
    return Function(x, [layers.Dense(10, activation="softmax")(h), h])


def bag() -> Function:
    ids = kg.Input((None,), ragged=True, dtype="int32", name="r_ids")
    items = layers.Embedding(9, 33)(ids)
    scores = ops.softmax(layers.Dense(1)(items), axis=1)
    pooled = ops.sum(items * scores, axis=1)
    mean = layers.GlobalAveragePooling1D()(items)
    return Function(
        ids, layers.Dense(5, activation="softmax")(ops.concatenate([pooled, mean], axis=-1))
    )


def stored() -> Function:
    s = kg.Input((6,), sparse=True, name="s")
    return Function(s, ops.softmax(layers.Dense(40, activation="relu")(s)))


@pytest.mark.parametrize("make", [tower, bag, stored])
@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_models_keep_their_bits_at_every_size(make: object, threads: int) -> None:
    function = make()  # type: ignore[operator]
    compiled = compile_function(function, threads=threads)
    values = batch(function, 3000, seed=threads)
    whole = parts(compiled(*values))
    for first, last in ((0, 1), (5, 12), (100, 157), (200, 649), (999, 3000)):
        rows = np.arange(first, last)
        assert_same_bits(parts(compiled(*take_rows(values, rows))), cut(whole, rows))
