"""Attention pooling: a softmax within each ragged row weighs its items."""

from __future__ import annotations

from bench.graph import Ragged, op, ragged_input
from bench.numbers import log_normal_lengths, normal, splits_of
from bench.scenario import Batch, Scenario

WIDTH, MEAN, LONGEST = 64, 40, 512
X = ragged_input("x", WIDTH)


def batch(rows: int) -> Batch:
    splits = splits_of(log_normal_lengths(rows, MEAN, LONGEST))
    return (Ragged(normal(int(splits[-1]), WIDTH), (splits,)),)


SCENARIOS = (
    Scenario(
        "attention",
        f"attention pooling, ragged rows of {MEAN} items of {WIDTH} in the mean, {LONGEST} at most",
        (X,),
        op("attention_pool", X, query=normal(WIDTH, scale=WIDTH**-0.5)),
        (1, 64, 4096),
        batch,
    ),
)
