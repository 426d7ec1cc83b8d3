"""Loaders of the shipped files. All are read by `numpy.load` without pickle."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: The trained models that `load_weights` knows.
WEIGHTS = ("digits_softmax", "digits_mlp", "names_ngrams", "names_embedding")


class Digits(NamedTuple):
    """Handwritten digits: one row of 8 x 8 pixels per image."""

    x: NDArray[np.float32]  # (1797, 64), ink from 0 to 1 in steps of 1/16
    y: NDArray[np.int64]  # (1797,), the digit written, 0 to 9
    held_out: NDArray[np.bool_]  # (1797,), True where no weights were trained


class Names(NamedTuple):
    """Surnames and the group in which the Census counted at least three in four bearers."""

    names: list[str]  # 15,000 names in capitals, the most common first
    label: NDArray[np.int64]  # (15000,), index into classes
    classes: tuple[str, ...]  # "Asian or Pacific Islander", "Hispanic", "neither": 5,000 names each
    held_out: NDArray[np.bool_]  # (15000,), True where no weights were trained


def load_digits() -> Digits:
    """The 1,797 digits of the UCI optdigits test set.

    Shapes    x (1797, 64), y (1797,), held_out (1797,)
    Dtypes    float32 in [0, 1], int64, bool
    Source    Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI 1998, CC BY 4.0

    >>> digits = load_digits()
    >>> digits.x.shape, int(digits.held_out.sum())
    ((1797, 64), 359)
    """
    stored = _read("digits.npz")
    ink = stored["x"].astype(np.float32) / np.float32(16)  # exact: 0 to 16 dots
    return Digits(ink, stored["y"].astype(np.int64), stored["held_out"])


def load_names() -> Names:
    """15,000 surnames of the 2010 US Census: Asian or Pacific Islander, Hispanic, or neither.

    The label tells how the bearers of a name described themselves, taken together. It says nothing
    about one person, and must not be used to decide anything about one.

    Shapes    names 15000, label (15000,), held_out (15000,)
    Dtypes    str, int64, bool
    Source    US Census Bureau, Frequently Occurring Surnames from the 2010 Census, public domain

    >>> names = load_names()
    >>> names.names[0], names.classes[names.label[0]]
    ('SMITH', 'neither')
    """
    stored = _read("names.npz")
    names = stored["text"].tobytes().decode("ascii").split("\n")
    classes = tuple(map(str, stored["classes"]))
    return Names(names, stored["label"].astype(np.int64), classes, stored["held_out"])


def load_weights(name: str) -> dict[str, NDArray[np.float32]]:
    """The trained weights of one demo model, in Keras order and layout.

    Shapes    a Dense has `<layer>/kernel` (inputs, units) and `<layer>/bias` (units,), an Embedding
              has `<layer>/embeddings` (ids, width); layers from input to output, so that
              `model.set_weights(list(load_weights(name).values()))` fits
    Dtypes    float32
    Errors    ValueError if name is not one of WEIGHTS

    >>> {key: w.shape for key, w in load_weights("digits_softmax").items()}
    {'dense/kernel': (64, 10), 'dense/bias': (10,)}
    """
    if name not in WEIGHTS:
        raise ValueError(f"no weights are named {name!r}; the names are {', '.join(WEIGHTS)}")
    return _read(f"{name}.weights.npz")


def _read(file: str) -> dict[str, NDArray[Any]]:
    with (
        files(__package__).joinpath(file).open("rb") as stream,
        np.load(stream, allow_pickle=False) as stored,
    ):
        return {key: stored[key] for key in stored.files}
