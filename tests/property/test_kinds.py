"""What is not drawn: two ragged levels, ids of every dtype, sparse values of both floats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import layers, ops
from kgraph.graph.function import Function
from tests.property.comparing import check

# what must be dense is tried too; who says so, and when, is told by tests/sparse
pytestmark = pytest.mark.filterwarnings("ignore::kgraph.types.densify.DensifyWarning")

RANDOM = np.random.default_rng(11)
LENGTHS = [3, 0, 4]


def items(kind: str = "f4") -> kg.RaggedTensor:
    values = RANDOM.uniform(-1, 1, (7, 3)).astype(kind)
    return kg.RaggedTensor.from_row_lengths(values, LENGTHS)


def check_all(inputs: list[Any], outputs: list[Any], values: list[Any]) -> None:
    for passes in ("default", "none"):
        for freeze in (True, False):
            check(Function(inputs, outputs), values, passes=passes, freeze=freeze)


def test_two_ragged_levels() -> None:
    x = kg.Input((None, None), ragged=True, dtype="int64")
    embedded = layers.Embedding(9, 4)(x)
    numbers = ops.cast(x, "float32")
    outputs = [
        ops.tanh(embedded), numbers * 2, ops.row_lengths(x), embedded.flat_values,
        ops.sum(embedded, axis=2), ops.mean(numbers, axis=2), ops.to_dense(x),
    ]  # fmt: skip
    flat = RANDOM.integers(0, 9, 9)
    nested = kg.RaggedTensor.from_nested_row_lengths(flat, [[2, 0, 1], [3, 0, 6]])
    check_all([x], outputs, [nested])


def test_two_ragged_inputs_meet() -> None:
    x, y = (kg.Input((None, 3), ragged=True) for _ in range(2))
    check_all([x, y], [x + y, ops.concatenate([x, y], axis=-1)], [items(), items()])


def test_reductions_of_ragged_rows() -> None:
    x = kg.Input((None, 3), ragged=True)
    outputs = [
        ops.max(x, axis=-1), ops.softmax(x, axis=-1), layers.Dense(5, activation="relu")(x),
        ops.matmul(x, np.eye(3, dtype=np.float32)), ops.sum(x), ops.min(x, axis=1),
        ops.prod(x, axis=1), ops.any(x > 0, axis=1), ops.value_rowids(x), ops.nrows(x),
    ]  # fmt: skip
    check_all([x], outputs, [items()])


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "uint32", "int64", "float32"])
def test_ids_of_every_dtype_find_their_rows(dtype: str) -> None:
    ids = RANDOM.integers(0, 9, 7).astype(dtype)
    x = kg.Input((None,), ragged=True, dtype=dtype)
    embedded = layers.Embedding(9, 4)(x)
    ragged = kg.RaggedTensor.from_row_lengths(ids, LENGTHS)
    for outputs in ([ops.sum(embedded, axis=1)], [ops.mean(embedded, axis=1), embedded]):
        check_all([x], outputs, [ragged])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sparse_rows_of_both_floats(dtype: str) -> None:
    x = kg.Input((8,), sparse=True, dtype=dtype)
    dense = layers.Dense(3, dtype=dtype)
    outputs = [
        x * 2, ops.absolute(x), ops.to_dense(x) + 1, ops.matmul(x, np.eye(8, 3, dtype=dtype)),
        dense(ops.relu(x)), ops.softmax(dense(x)), ops.sum(x, axis=1), ops.max(x, axis=-1), x + 1,
        ops.indices(x), x.values,
    ]  # fmt: skip
    matrix = sp.random(6, 8, 0.3, format="csr", dtype=dtype, random_state=1)
    check_all([x], outputs, [matrix])
    check_all([x], outputs, [matrix[:0]])


def test_two_sparse_inputs_meet() -> None:
    x, y = kg.Input((8,), sparse=True), kg.Input((8,), sparse=True, dtype="float64")
    values = [
        sp.random(6, 8, 0.3, format="csr", dtype=kind, random_state=seed)
        for seed, kind in enumerate(("f4", "f8"))
    ]
    check_all([x, y], [x + y, x * y, ops.concatenate([x, y], axis=1)], values)
