"""A chain of transcendental functions: bound by arithmetic."""

from __future__ import annotations

from bench.graph import Node, dense_input, op
from bench.numbers import normal
from bench.scenario import Scenario

COLUMNS = 64


def _chain(x: Node) -> Node:
    size = op("abs", x)
    left = op("tanh", x * 0.5 + 0.1) * op("sigmoid", x) + op("sqrt", size + 1.0)
    return left - op("log1p", op("exp", op("neg", size)))


def _scenario(name: str, dtype: str) -> Scenario:
    x = dense_input("x", COLUMNS, dtype=dtype)
    return Scenario(
        name,
        f"tanh(x*a + b)*sigmoid(x) + sqrt(|x| + 1) - log1p(exp(-|x|)), rows of {COLUMNS}, {dtype}",
        (x,),
        _chain(x),
        (16, 1024, 262144),
        lambda rows: (normal(rows, COLUMNS, dtype=dtype),),
        dtype,
    )


SCENARIOS = (_scenario("chain", "float32"), _scenario("chain_f64", "float64"))
