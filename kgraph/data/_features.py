"""Names as rows of features: counts of letter n-grams (CSR), or ids of letter pairs (ragged).

Both count in base 27. A name is spelled `^NAME$` with one mark for both ends, digit 0, and the
letters A to Z are the digits 1 to 26. A pair `ab` is number `27*a + b`, a triple `abc` is
`27*27*a + 27*b + c`. So no vocabulary has to be shipped, nothing collides as in hashing, and a
feature's number can be read back as letters.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_BASE = 27
N_LETTER_PAIRS = _BASE**2  #: ids that `character_rows` can give: the rows of an Embedding
N_NGRAMS = _BASE**2 + _BASE**3  #: columns of `ngram_csr`: the pairs, then the triples

_MARK = b"@"  # the byte before "A", so that `byte - ord("@")` is the base-27 digit of both
_NOT_LETTERS = bytes(set(range(256)) - set(string.ascii_uppercase.encode()))


def ngram_csr(names: Iterable[str]) -> csr_array[np.float32, tuple[int, int]]:
    """Counts of the letter pairs and triples of each name.

    Shapes    B names  ->  csr_array (B, N_NGRAMS); pairs first, triples from column 729 on
    Dtypes    float32 data, int32 indices and indptr; columns sorted, no duplicates
    Edges     a name without a letter from A to Z gives an empty row; case, accents, blanks,
              punctuation and other scripts are ignored, as in the Census files ("O'Neil" is ONEIL)
    Errors    TypeError if names is one str, or holds anything but str
    Source    Cavnar and Trenkle, N-Gram-Based Text Categorization, SDAIR 1994

    >>> counts = ngram_csr(["Anan", ""])
    >>> counts.indptr
    array([0, 8, 8], dtype=int32)
    >>> counts[0, 27 * 1 + 14]  # "AN" stands there twice
    np.float32(2.0)
    """
    from scipy.sparse import csr_array

    digits, lengths = _spell(names)
    pairs = _BASE * digits[:-1] + digits[1:]
    triples = _BASE * pairs[:-1] + digits[2:]
    whole = (pairs[:-1] != 0) & (pairs[1:] != 0)  # a triple over the seam of two names is neither's
    columns = np.concatenate([pairs[pairs != 0], triples[whole] + _BASE**2])
    row = np.arange(lengths.size, dtype=np.int32)
    rows = np.concatenate([np.repeat(row, _pairs_per_name(lengths)), np.repeat(row, lengths)])
    ones = np.ones(columns.size, np.float32)
    return csr_array((ones, (rows, columns)), shape=(lengths.size, N_NGRAMS))


def character_rows(names: Iterable[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Ids of the letter pairs of each name in reading order: one ragged row per name.

    Shapes    B names  ->  values (T,), row_splits (B + 1,)
    Dtypes    values int32 in [1, N_LETTER_PAIRS), 0 is never given; row_splits int64
    Edges     L letters from A to Z give L + 1 ids, none give an empty row; case, accents, blanks,
              punctuation and other scripts are ignored, as in `ngram_csr`
    Errors    TypeError if names is one str, or holds anything but str

    >>> values, row_splits = character_rows(["Ab", "!"])
    >>> values, row_splits  # ^A, AB, B$ and nothing
    (array([ 1, 29, 54], dtype=int32), array([0, 3, 3]))
    """
    digits, lengths = _spell(names)
    pairs = _BASE * digits[:-1] + digits[1:]
    row_splits = np.zeros(lengths.size + 1, np.int64)
    np.cumsum(_pairs_per_name(lengths), out=row_splits[1:])
    return pairs[pairs != 0], row_splits


def _pairs_per_name(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return lengths + (lengths > 0)


def _spell(names: Iterable[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The base-27 digits of all marked names end to end, and the number of letters of each name.

    A name without letters is left out of the digits. Hence two marks side by side, pair number 0,
    are always the seam between two names, and never part of one.
    """
    if isinstance(names, str):
        raise TypeError(f"names must be several strings, but one came: {names!r}; pass [name]")
    words = [_letters(name) for name in names]
    marked = b"".join([_MARK + word + _MARK for word in words if word])
    digits = np.frombuffer(marked, np.uint8).astype(np.int32) - ord(_MARK)
    return digits, np.fromiter(map(len, words), np.int64, len(words))


def _letters(name: str) -> bytes:
    decomposed = unicodedata.normalize("NFKD", name).upper()  # the accents become characters apart
    return decomposed.encode("ascii", "ignore").translate(None, _NOT_LETTERS)
