"""A chain of elementwise functions: one pass over memory, or a dozen."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

import kgraph as kg
from bench.scenario import Array, Call, Scenario
from bench.scenarios.plain import normal
from kgraph import ops

COLUMNS = 64
A, B = np.float32(0.5), np.float32(0.1)


def prepare(rows: int) -> Array:
    return normal(rows, COLUMNS)


def with_kgraph(x: Array) -> Call:
    inputs = kg.Input((COLUMNS,))
    size = ops.absolute(inputs)
    left = ops.tanh(inputs * A + B) * ops.sigmoid(inputs) + ops.sqrt(size + 1)
    compiled = kg.compile(kg.Model(inputs, left - ops.log1p(ops.exp(-size)), name="chain"))
    return lambda: compiled(x)


def with_numpy(x: Array) -> Call:
    spare, size = np.empty_like(x), np.empty_like(x)

    def call() -> Array:
        result = x * A
        result += B
        np.tanh(result, out=result)
        result *= expit(x, out=spare)
        np.abs(x, out=size)
        np.add(size, 1, out=spare)
        result += np.sqrt(spare, out=spare)
        np.negative(size, out=size)
        np.exp(size, out=size)
        result -= np.log1p(size, out=size)
        return result

    return call


def reference(x: Array) -> Array:
    x = x.astype(np.float64)
    size = np.abs(x)
    result = np.tanh(x * A + B) * expit(x) + np.sqrt(size + 1) - np.log1p(np.exp(-size))
    return np.asarray(result)


SCENARIO = Scenario(
    "chain",
    f"tanh(x*a + b)*sigmoid(x) + sqrt(|x| + 1) - log1p(exp(-|x|)), rows of {COLUMNS}",
    (16, 1024, 262144),
    prepare,
    reference,
    {"kgraph": with_kgraph, "numpy": with_numpy},
)
