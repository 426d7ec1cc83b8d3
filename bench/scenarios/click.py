"""A click model: embeddings of categories and dense features, crossed and deep (DCN version 2)."""

from __future__ import annotations

import numpy as np

from bench.graph import dense_input, op
from bench.numbers import layer, normal
from bench.scenario import Batch, Scenario

COLUMNS, WIDTH, FEATURES = 20, 8, 13
ROWS_OF_TABLES = [100 * 2 ** (i % 8) for i in range(COLUMNS)]  # 100 to 12,800
TABLES = [normal(rows, WIDTH, scale=0.3) for rows in ROWS_OF_TABLES]
IDS = dense_input("ids", COLUMNS, dtype="int32")
X = dense_input("features", FEATURES)

_all = COLUMNS * WIDTH + FEATURES
_first = op("concat", op("embed_columns", IDS, tables=TABLES), X)
_crossed = _first
for _ in range(2):
    _crossed = _first * layer(_crossed, _all, _all) + _crossed
_deep = layer(layer(_first, _all, 256, "relu"), 256, 128, "relu")
_score = layer(op("concat", _crossed, _deep), _all + 128, 1, "sigmoid")


def batch(rows: int) -> Batch:
    rng = np.random.default_rng(rows)
    ids = np.stack([rng.integers(0, n, rows, np.int32) for n in ROWS_OF_TABLES], axis=1)
    return np.ascontiguousarray(ids), normal(rows, FEATURES)


SCENARIOS = (
    Scenario(
        "click",
        f"{COLUMNS} embeddings of {WIDTH} and {FEATURES} features, two cross layers beside "
        "256 -> 128 relu, sigmoid",
        (IDS, X),
        _score,
        (1, 256, 8192),
        batch,
        gemm_rows=1,
    ),
)
