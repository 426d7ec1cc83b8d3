"""Real data and trained weights for `kgraph demo`: dense digits, sparse and ragged names.

One set of names is shown in two forms, so that a sparse and a ragged graph answer the same
question. Every file is a plain `.npz` beside this module; `README.md` there gives its source,
its licence and what was changed. Nothing here imports the rest of kgraph.

>>> names = load_names()
>>> ngram_csr(names.names[:2]).shape
(2, 20412)
>>> values, row_splits = character_rows(["Ng", "", "Li"])
>>> row_splits
array([0, 3, 3, 6])
"""

from ._features import N_LETTER_PAIRS, N_NGRAMS, character_rows, ngram_csr
from ._load import WEIGHTS, Digits, Names, load_digits, load_names, load_weights

__all__ = [
    "N_LETTER_PAIRS",
    "N_NGRAMS",
    "WEIGHTS",
    "Digits",
    "Names",
    "character_rows",
    "load_digits",
    "load_names",
    "load_weights",
    "ngram_csr",
]
