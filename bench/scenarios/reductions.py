"""Reductions of a matrix by themselves."""

from __future__ import annotations

from bench.graph import Node, dense_input, op
from bench.numbers import normal
from bench.scenario import Scenario

COLUMNS = 1000
X = dense_input("x", COLUMNS)


def _scenario(name: str, title: str, output: Node) -> Scenario:
    return Scenario(
        name,
        f"{title}, rows of {COLUMNS}",
        (X,),
        output,
        (4096,),
        lambda rows: (normal(rows, COLUMNS),),
    )


def _moments(axis: int) -> Node:
    return op("mean", X, axis=axis) + op("var", X, axis=axis)


SCENARIOS = (
    _scenario("softmax", "softmax", op("softmax", X)),
    _scenario("logsumexp", "logsumexp", op("logsumexp", X)),
    _scenario("moments_rows", "mean + variance of each row", _moments(1)),
    _scenario("moments_columns", "mean + variance of each column", _moments(0)),
)
