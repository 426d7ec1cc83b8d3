"""Logistic regression: the call overhead at one row, memory and softmax at many."""

from __future__ import annotations

import kgraph as kg
from bench.scenario import Array, Call, Scenario
from bench.scenarios.plain import normal, softmax

FEATURES, CLASSES = 32, 16
KERNEL, BIAS = normal(FEATURES, CLASSES, scale=0.3), normal(CLASSES)


def prepare(rows: int) -> Array:
    return normal(rows, FEATURES)


def model() -> kg.Model:
    x = kg.Input((FEATURES,))
    made = kg.Model(x, kg.layers.Dense(CLASSES, activation="softmax")(x), name="logistic")
    made.set_weights([KERNEL, BIAS])
    return made


def with_kgraph(x: Array) -> Call:
    compiled = kg.compile(model())
    return lambda: compiled(x)


def with_numpy(x: Array) -> Call:
    def call() -> Array:
        z = x @ KERNEL
        z += BIAS
        return softmax(z)

    return call


def reference(x: Array) -> Array:
    return softmax(x.astype("float64") @ KERNEL + BIAS)


SCENARIO = Scenario(
    "logistic",
    f"{FEATURES} -> {CLASSES} softmax, over the batch",
    (1, 32, 1024, 65536),
    prepare,
    reference,
    {"kgraph": with_kgraph, "numpy": with_numpy},
)
