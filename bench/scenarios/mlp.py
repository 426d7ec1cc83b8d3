"""MLPs: products that fit the cache one after another, and some that do not."""

from __future__ import annotations

from bench.graph import dense_input, op
from bench.numbers import mlp, normal
from bench.scenario import Scenario


def _scenario(name: str, widths: tuple[int, ...], activation: str, *sizes: int) -> Scenario:
    x = dense_input("x", widths[0])
    return Scenario(
        name,
        " -> ".join(map(str, widths)) + f", {activation} and softmax",
        (x,),
        op("softmax", mlp(x, widths, activation)),
        sizes,
        lambda rows: (normal(rows, widths[0]),),
        gemm_rows=1,
    )


SCENARIOS = (
    _scenario("mlp", (128, 256, 256, 10), "relu", 1, 8, 64, 512, 8192),
    _scenario("mlp_wide", (1024, 1024, 1024, 1024), "gelu", 1, 64, 1024),
    _scenario("mlp_deep", (64, 256, 256, 128, 16), "relu", 1, 32, 16384),
)
