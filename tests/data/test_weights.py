"""The shipped weights do what the README says, by forward passes in plain NumPy."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import kgraph.data
from kgraph.data import (
    WEIGHTS,
    character_rows,
    load_digits,
    load_names,
    load_weights,
    ngram_csr,
)

README = (Path(kgraph.data.__file__).parent / "README.md").read_text(encoding="utf-8")


def pixels() -> np.ndarray:
    return load_digits().x.astype(np.float64)


def digits_softmax(kernel, bias):
    return pixels() @ kernel + bias


def digits_mlp(kernel, bias, kernel_1, bias_1, kernel_2, bias_2):
    hidden = np.maximum(pixels() @ kernel + bias, 0)
    return np.maximum(hidden @ kernel_1 + bias_1, 0) @ kernel_2 + bias_2


def names_ngrams(kernel, bias):
    return ngram_csr(load_names().names) @ kernel + bias


def names_embedding(table, kernel, bias):
    values, row_splits = character_rows(load_names().names)
    rows = np.split(values, row_splits[1:-1])
    return np.stack([table[row].mean(axis=0) for row in rows]) @ kernel + bias


LOGITS = {f.__name__: f for f in (digits_softmax, digits_mlp, names_ngrams, names_embedding)}


def test_every_model_is_tested():
    assert set(LOGITS) == set(WEIGHTS)


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_reach_the_stated_metrics(name):
    logits = LOGITS[name](*(w.astype(np.float64) for w in load_weights(name).values()))
    digits, names = load_digits(), load_names()
    on_digits = name.startswith("digits")
    label, held_out = (digits.y, digits.held_out) if on_digits else (names.label, names.held_out)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    right = logits.argmax(axis=1) == label
    guess = np.bincount(label[~held_out]).argmax()
    metrics = (
        right[~held_out].mean(),
        right[held_out].mean(),
        -log_p[held_out, label[held_out]].mean(),
        (label[held_out] == guess).mean(),
    )
    assert metrics == pytest.approx(stated(name), abs=1e-6, rel=0)


def stated(name: str) -> tuple[float, ...]:
    row = re.search(rf"^\| `{name}` \|((?: \d\.\d{{6}} \|)+)$", README, re.MULTILINE)
    assert row, f"the README has no row of metrics for {name}"
    return tuple(map(float, row[1].strip(" |").split("|")))
