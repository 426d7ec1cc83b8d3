"""The mean of embeddings of ragged rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy import sparse

import kgraph as kg
from bench.scenario import Array, Call, Scenario
from bench.scenarios.plain import normal

WORDS, WIDTH, MEAN_LENGTH = 20_000, 64, 40
TABLE = normal(WORDS, WIDTH)

Bag = tuple[Array, Array]  # ids, row splits


def prepare(rows: int) -> Bag:
    rng = np.random.default_rng(rows)
    lengths = rng.integers(0, 2 * MEAN_LENGTH + 1, rows)
    splits = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return rng.integers(0, WORDS, splits[-1], np.int32), splits


def with_kgraph(bag: Bag) -> Call:
    inputs = kg.Input((None,), ragged=True, dtype="int32")
    embedded = kg.layers.Embedding(WORDS, WIDTH)(inputs)
    model = kg.Model(inputs, kg.layers.GlobalAveragePooling1D()(embedded), name="bag")
    model.set_weights([TABLE])
    compiled = kg.compile(model)
    rows = kg.RaggedTensor.from_row_splits(*bag)
    return lambda: compiled(rows)


def with_scipy(bag: Bag) -> Call:
    """A CSR matrix of ones: several times faster than ``np.add.reduceat`` on these sizes."""
    ids, splits = bag

    def call() -> Array:
        lengths = np.diff(splits)
        ones = np.ones(len(ids), np.float32)
        total = sparse.csr_array((ones, ids, splits), shape=(len(lengths), WORDS)) @ TABLE
        total /= np.maximum(lengths, 1).astype(np.float32)[:, None]
        return np.asarray(total)

    return call


def reference(bag: Bag) -> Array:
    ids, splits = bag
    table = TABLE.astype(np.float64)
    rows = [ids[start:stop] for start, stop in pairwise(splits)]
    return np.stack([table[row].sum(axis=0) / max(len(row), 1) for row in rows])


SCENARIO = Scenario(
    "bag",
    f"mean of embeddings, ragged rows of {MEAN_LENGTH} in the mean, table {WORDS:,} x {WIDTH}",
    (1, 32, 4096),
    prepare,
    reference,
    {"kgraph": with_kgraph, "scipy": with_scipy},
)
