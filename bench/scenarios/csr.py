"""Classifiers on sparse rows, such as counts of words."""

from __future__ import annotations

from bench.graph import Node, op, sparse_input
from bench.numbers import csr, layer
from bench.scenario import Scenario

PER_ROW = 100


def _scenario(name: str, columns: int, last: str, output: Node, x: Node, *sizes: int) -> Scenario:
    return Scenario(
        name,
        f"sparse rows of {PER_ROW} in {columns:,} -> {last}",
        (x,),
        output,
        sizes,
        lambda rows: (csr(rows, columns, PER_ROW),),
    )


def _regression(name: str, width: int, activation: str) -> Scenario:
    columns = 100_000
    x = sparse_input("x", columns)
    inside = activation if width == 1 else None
    output = layer(x, PER_ROW, width, op="sparse_dense", activation=inside, height=columns)
    output = output if inside else op("softmax", output)
    return _scenario(name, columns, f"{width} {activation}", output, x, 1, 256, 8192)


def _mlp() -> Scenario:
    columns = 50_000
    x = sparse_input("x", columns)
    hidden = layer(x, PER_ROW, 256, "relu", op="sparse_dense", height=columns)
    output = op("softmax", layer(hidden, 256, 10))
    return _scenario("csr_mlp", columns, "256 relu -> 10 softmax", output, x, 2048)


SCENARIOS = (
    _regression("csr", 16, "softmax"),
    _regression("csr_binary", 1, "sigmoid"),
    _regression("csr_256", 256, "softmax"),
    _mlp(),
)
