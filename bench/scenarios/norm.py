"""Layer norm, gelu and a residual over the positions of sequences."""

from __future__ import annotations

from bench.graph import dense_input, op
from bench.numbers import normal
from bench.scenario import Scenario

LENGTH, WIDTH = 128, 256
X = dense_input("x", LENGTH, WIDTH)
SCALE, OFFSET = 1 + normal(WIDTH, scale=0.1), normal(WIDTH, 1, scale=0.1).reshape(-1)

SCENARIOS = (
    Scenario(
        "norm",
        f"x + gelu(layer_norm(x)), rows of {LENGTH} x {WIDTH}",
        (X,),
        X + op("gelu", op("layer_norm", X, scale=SCALE, offset=OFFSET, epsilon=1e-3)),
        (1, 64),
        lambda rows: (normal(rows, LENGTH, WIDTH),),
    ),
)
