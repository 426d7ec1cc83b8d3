"""Documents of sentences of tokens: ragged rows within ragged rows."""

from __future__ import annotations

from bench.graph import Ragged, op, ragged_input
from bench.numbers import layer, log_normal_lengths, normal, ragged_ids, splits_of
from bench.scenario import Batch, Scenario

WORDS, WIDTH, SENTENCES, TOKENS = 20_000, 64, 8, 16
IDS = ragged_input("ids", dtype="int32", rank=2)


def batch(rows: int) -> Batch:
    documents = splits_of(log_normal_lengths(rows, SENTENCES, 4 * SENTENCES))
    inner = log_normal_lengths(int(documents[-1]), TOKENS, 4 * TOKENS)
    ids = ragged_ids(inner, WORDS)
    return (Ragged(ids.values, (documents, *ids.splits)),)


_sentences = op("embedding_mean", IDS, table=normal(WORDS, WIDTH))
_documents = op("ragged_mean", layer(_sentences, WIDTH, WIDTH, "tanh"))

SCENARIOS = (
    Scenario(
        "documents",
        f"documents of {SENTENCES} sentences of {TOKENS} tokens in the mean: embeddings of "
        f"{WIDTH}, mean, dense tanh, mean, 10 softmax",
        (IDS,),
        op("softmax", layer(_documents, WIDTH, 10)),
        (1, 64, 1024),
        batch,
    ),
)
