"""The mean of the embeddings of ragged rows."""

from __future__ import annotations

from bench.graph import op, ragged_input
from bench.numbers import log_normal_lengths, normal, ragged_ids
from bench.scenario import Scenario

WORDS, WIDTH, MEAN, LONGEST = 20_000, 64, 40, 512
IDS = ragged_input("ids", dtype="int32")

SCENARIOS = (
    Scenario(
        "bag",
        f"mean of embeddings of {WIDTH}, ragged rows of {MEAN} in the mean, {LONGEST} at most",
        (IDS,),
        op("embedding_mean", IDS, table=normal(WORDS, WIDTH)),
        (1, 64, 4096),
        lambda rows: (ragged_ids(log_normal_lengths(rows, MEAN, LONGEST), WORDS),),
    ),
)
