"""A classifier on sparse rows, such as counts of words."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

import kgraph as kg
from bench.scenario import Array, Call, Scenario
from bench.scenarios.plain import normal, softmax

FEATURES, CLASSES, PER_ROW = 100_000, 16, 100
KERNEL, BIAS = normal(FEATURES, CLASSES, scale=0.1), normal(CLASSES)


def prepare(rows: int) -> Any:
    rng = np.random.default_rng(rows)
    columns = rng.integers(0, FEATURES, (rows, PER_ROW), np.int32)
    columns.sort(axis=1)
    splits = np.arange(rows + 1, dtype=np.int32) * np.int32(PER_ROW)
    data = normal(rows * PER_ROW)
    return sparse.csr_array((data, columns.reshape(-1), splits), shape=(rows, FEATURES))


def with_kgraph(x: Any) -> Call:
    inputs = kg.Input((FEATURES,), sparse=True)
    model = kg.Model(inputs, kg.layers.Dense(CLASSES, activation="softmax")(inputs), name="csr")
    model.set_weights([KERNEL, BIAS])
    compiled = kg.compile(model)
    return lambda: compiled(x)


def with_scipy(x: Any) -> Call:
    def call() -> Array:
        z = x @ KERNEL
        z += BIAS
        return softmax(z)

    return call


def reference(x: Any) -> Array:
    return softmax(x.astype(np.float64) @ KERNEL.astype(np.float64) + BIAS)


SCENARIO = Scenario(
    "csr",
    f"sparse rows of {PER_ROW} in {FEATURES:,} -> {CLASSES} softmax, over the batch",
    (1, 32, 8192),
    prepare,
    reference,
    {"kgraph": with_kgraph, "scipy": with_scipy},
)
