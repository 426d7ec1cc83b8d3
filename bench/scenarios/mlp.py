"""A small MLP: products that fit the cache, one after another."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import kgraph as kg
from bench.scenario import Array, Call, Scenario
from bench.scenarios.plain import normal, softmax

WIDTHS = (128, 256, 256, 10)
LAYERS = [(normal(k, n, scale=k**-0.5), normal(n)) for k, n in pairwise(WIDTHS)]


def prepare(rows: int) -> Array:
    return normal(rows, WIDTHS[0])


def with_kgraph(x: Array) -> Call:
    inputs = value = kg.Input((WIDTHS[0],))
    for width in WIDTHS[1:-1]:
        value = kg.layers.Dense(width, activation="relu")(value)
    value = kg.layers.Dense(WIDTHS[-1], activation="softmax")(value)
    model = kg.Model(inputs, value, name="mlp")
    model.set_weights([array for layer in LAYERS for array in layer])
    compiled = kg.compile(model)
    return lambda: compiled(x)


def with_numpy(x: Array) -> Call:
    *hidden, (last_kernel, last_bias) = LAYERS

    def call() -> Array:
        h = x
        for kernel, bias in hidden:
            h = h @ kernel
            h += bias
            np.maximum(h, 0, out=h)
        z = h @ last_kernel
        z += last_bias
        return softmax(z)

    return call


def reference(x: Array) -> Array:
    h = x.astype(np.float64)
    for kernel, bias in LAYERS[:-1]:
        h = np.maximum(h @ kernel + bias, 0)
    kernel, bias = LAYERS[-1]
    return softmax(h @ kernel + bias)


SCENARIO = Scenario(
    "mlp",
    " -> ".join(map(str, WIDTHS)) + ", relu and softmax, over the batch",
    (1, 8, 64, 512, 8192),
    prepare,
    reference,
    {"kgraph": with_kgraph, "numpy": with_numpy},
)
