"""Logistic regression: the call overhead at one row, memory and softmax at many."""

from __future__ import annotations

from bench.graph import dense_input, op
from bench.numbers import layer, normal
from bench.scenario import Scenario

FEATURES, CLASSES = 32, 16
X = dense_input("x", FEATURES)

SCENARIOS = (
    Scenario(
        "logistic",
        f"{FEATURES} -> {CLASSES} softmax",
        (X,),
        op("softmax", layer(X, FEATURES, CLASSES)),
        (1, 32, 1024, 65536),
        lambda rows: (normal(rows, FEATURES),),
        gemm_rows=1,
    ),
)
