"""The vectorised features against twins that walk each name letter by letter."""

from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgraph.data import N_LETTER_PAIRS, N_NGRAMS, character_rows, load_names, ngram_csr

ALPHABET = "^ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ODD = ["", " ", "-", "42", "李", "\n", "\0", "@", "^", "\ud800", "X"]


def naive_pieces(name: str, size: int) -> list[str]:
    """The runs of `size` characters of ^NAME^, where a name without letters has none."""
    plain = unicodedata.normalize("NFKD", name).upper()
    letters = "".join(c for c in plain if c in ALPHABET[1:])
    word = f"^{letters}^" if letters else ""
    return [word[i : i + size] for i in range(len(word) - size + 1)]


def number(piece: str) -> int:
    value = 0
    for letter in piece:
        value = 27 * value + ALPHABET.index(letter)
    return value


def naive_counts(name: str) -> dict[int, int]:
    pairs = Counter(number(p) for p in naive_pieces(name, 2))
    return pairs + Counter(729 + number(p) for p in naive_pieces(name, 3))


def assert_agrees_with_twins(names: list[str]) -> None:
    counts = ngram_csr(names)
    values, row_splits = character_rows(names)
    assert counts.shape == (len(names), N_NGRAMS)
    assert row_splits.shape == (len(names) + 1,)
    for i, name in enumerate(names):
        row = slice(counts.indptr[i], counts.indptr[i + 1])
        expected = sorted(naive_counts(name).items())
        assert list(zip(counts.indices[row], counts.data[row], strict=True)) == expected
        ids = values[row_splits[i] : row_splits[i + 1]].tolist()
        assert ids == [number(p) for p in naive_pieces(name, 2)]
    assert row_splits[-1] == values.size


@given(st.lists(st.text(max_size=12) | st.text("abzAZ'- é", max_size=8) | st.sampled_from(ODD)))
def test_any_names_agree_with_the_naive_twins(names):
    assert_agrees_with_twins(names)


def test_shipped_names_agree_with_the_naive_twins():
    assert_agrees_with_twins(load_names().names[::50])


def test_features_have_the_documented_dtypes_and_order():
    counts = ngram_csr(["ANANAS", "", "Ng"])
    assert (counts.data.dtype, counts.indices.dtype, counts.indptr.dtype) == (
        np.float32,
        np.int32,
        np.int32,
    )
    assert counts.has_canonical_format
    values, row_splits = character_rows(["ANANAS", "", "Ng"])
    assert (values.dtype, row_splits.dtype) == (np.int32, np.int64)
    assert row_splits.tolist() == [0, 7, 7, 10]


@pytest.mark.parametrize("names", [[], [""], ["", "?", "山田"]])
def test_names_without_letters_give_empty_rows(names):
    counts = ngram_csr(names)
    values, row_splits = character_rows(names)
    assert counts.shape == (len(names), N_NGRAMS)
    assert counts.nnz == values.size == 0
    assert row_splits.tolist() == [0] * (len(names) + 1)


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        ("O'Neil", "ONEIL"),
        ("Jean-Baptiste", "JEANBAPTISTE"),
        ("Núñez", "NUNEZ"),
        ("Nu\u0301n\u0303ez", "NUNEZ"),
        ("Weiß", "WEISS"),
        (" van der\tBerg\n", "VANDERBERG"),
        ("\ud800Li\udfff", "LI"),
        ("\uff2c\uff49", "LI"),  # the full-width letters of East Asian text
    ],
)
def test_odd_characters_are_read_as_the_census_reads_them(odd, plain):
    for got, expected in zip(character_rows([odd]), character_rows([plain]), strict=True):
        assert np.array_equal(got, expected)
    assert (ngram_csr([odd]) != ngram_csr([plain])).nnz == 0


def test_extreme_ids_stay_below_the_promised_bounds():
    values, _ = character_rows(["ZZZ", "A"])
    assert (values.min(), values.max(), N_LETTER_PAIRS) == (1, 728, 729)
    assert ngram_csr(["ZZZ"]).indices.max() == N_NGRAMS - 1


def test_any_iterable_of_names_will_do():
    assert ngram_csr(name for name in ("LI", "NG")).shape == (2, N_NGRAMS)
    assert character_rows(np.array(["LI", "NG"]))[1].tolist() == [0, 3, 6]


@pytest.mark.parametrize("features", [ngram_csr, character_rows])
def test_one_bare_string_is_refused(features):
    with pytest.raises(TypeError, match="names must be several strings, but one came: 'SMITH'"):
        features("SMITH")
    with pytest.raises(TypeError):
        features([b"SMITH"])
