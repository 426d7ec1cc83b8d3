"""What a call costs that has next to nothing to do, beside the cheapest call of NumPy."""

from __future__ import annotations

import numpy as np

from bench.scenario import Array, Call, Scenario
from bench.scenarios import logistic
from bench.scenarios.plain import normal


def with_model(x: Array) -> Call:
    model = logistic.model()
    return lambda: model(x)


def with_add(x: Array) -> Call:
    a, b = normal(32), normal(32)
    return lambda: np.add(a, b)


SCENARIO = Scenario(
    "overhead",
    "one row, 32 -> 16 softmax, beside np.add of 32 floats",
    (1,),
    logistic.prepare,
    logistic.reference,
    {"kgraph": logistic.with_kgraph, "np.add": with_add, "model(x)": with_model},
    unchecked=frozenset({"np.add"}),
)
