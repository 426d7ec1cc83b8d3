"""200 elementwise ops on eight numbers: what an op costs that has next to nothing to do."""

from __future__ import annotations

from bench.graph import Node, dense_input, op
from bench.numbers import normal
from bench.scenario import Scenario

WIDTH, OPS = 8, 200
X = dense_input("x", WIDTH)


def _chain(x: Node) -> Node:
    """Rounds of multiply, add, tanh and subtract, with constants that no algebra joins."""
    value = x
    for i in range(OPS // 4):
        scaled = value * normal(WIDTH, i + 1)[:, i]
        value = op("tanh", scaled + normal(i + 1, WIDTH)[i]) - x
    return value


SCENARIOS = (
    Scenario(
        "small_ops",
        f"{OPS} elementwise ops on rows of {WIDTH}",
        (X,),
        _chain(X),
        (1,),
        lambda rows: (normal(rows, WIDTH),),
    ),
)
