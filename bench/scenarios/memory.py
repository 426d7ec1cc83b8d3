"""A cheap elementwise chain: bound by memory once the batch leaves the cache."""

from __future__ import annotations

from bench.graph import dense_input, op
from bench.numbers import normal
from bench.scenario import Scenario

X = dense_input("x")

SCENARIOS = (
    Scenario(
        "memory",
        "relu(x*a + b)*x - |x|, one number a row, outputs reused",
        (X,),
        op("relu", X * 1.5 + 0.25) * X - op("abs", X),
        (10_000, 1_000_000, 30_000_000),
        lambda rows: (normal(rows),),
        reuse_outputs=True,
        bytes_per_row=8,
    ),
)
