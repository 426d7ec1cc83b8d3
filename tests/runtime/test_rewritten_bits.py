"""Rewrites that promise the same bits keep them in the kernels, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import layers, ops

RANDOM = np.random.default_rng(11)
IDS = RANDOM.integers(-2, 12, (257,))  # of which some are no class
ROWS = RANDOM.normal(size=(257, 40)).astype(np.float32)
SPARSE = sp.random_array((257, 40), density=0.3, format="csr", dtype=np.float32, rng=RANDOM)


def one_hot(ids: Any) -> Any:
    return layers.Dense(17)(ops.one_hot(ids, 10))


def densified(x: Any) -> Any:
    return layers.Dense(33)(ops.to_dense(x))


def sliced(x: Any) -> Any:
    return layers.Dense(70)(x)[:, 3:60:2]


def last_rows(x: Any) -> Any:
    return layers.Dense(7)(ops.tanh(x))[-5:]


def taken(x: Any) -> Any:
    return ops.take(layers.Dense(70, activation="relu")(x), [60, 0, 3], axis=-1)


def greatest(x: Any) -> Any:
    return ops.max(ops.concatenate([x, ops.tanh(x)], axis=1), axis=1)


def table(ids: Any) -> Any:
    rows = layers.Embedding(10, 33)(ops.clip(ids, 0, 9))
    return (rows * 0.75 - np.float32(0.1)) * RANDOM.normal(size=33).astype(np.float32)


@pytest.mark.parametrize(
    ("draw", "batch", "gone"),
    [
        (one_hot, IDS, "dense"),
        (densified, SPARSE, "csr_to_dense"),
        (sliced, ROWS, "strided_slice"),
        (taken, ROWS, "transpose_axes"),
        (greatest, ROWS, "join"),
        (table, IDS, "multiply"),
    ],
)
def test_bits_are_those_without_rewriting(draw: Any, batch: Any, gone: str) -> None:
    sparse = sp.issparse(batch)
    x = kg.Input(batch.shape[1:], dtype=batch.dtype, sparse=sparse)
    model = kg.Model(x, draw(x))
    fast, plain = kg.compile(model), kg.compile(model, passes="none")
    assert f"= {gone}(" not in fast.ir
    np.testing.assert_array_equal(fast(batch), plain(batch))


def test_rows_are_cut_before_the_product() -> None:
    x = kg.Input((40,))
    fast = kg.compile(kg.Model(x, last_rows(x)))
    assert fast.ir.index("strided_slice") < fast.ir.index("dense")
    plain = kg.compile(kg.Model(x, last_rows(x)), passes="none")
    assert fast(ROWS).shape == plain(ROWS).shape == (5, 7)
