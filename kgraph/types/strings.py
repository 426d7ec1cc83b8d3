"""Strings as they come from outside, as arrays of the dtype that kgraph keeps them in."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.types import dtypes
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message

Array = np.ndarray[Any, np.dtype[Any]]


def string_array(array: Array, name: str) -> Array:
    """``array`` as strings: of fixed width, UTF-8 bytes, or objects that are all strings.

    Errors    KGraphTypeError for what holds no strings; KGraphValueError for bytes that are not
              UTF-8

    >>> string_array(np.array([b"a", b"bc"]), "x").tolist()
    ['a', 'bc']
    """
    kind = array.dtype.kind
    if kind == "T":
        return array
    if kind == "O":
        _require_strings(array, name)
        kind = "S" if any(isinstance(item, bytes) for item in array.flat) else "U"
    if kind not in "US":
        raise KGraphTypeError(
            message(
                f"{name} takes strings",
                received=f"array of dtype {array.dtype}, shape {array.shape}",
                expected="strings",
                hint="x.astype(str) writes numbers as strings, if that is meant",
            )
        )
    return _decoded(array, name) if kind == "S" else array.astype(dtypes.string)


def _require_strings(array: Array, name: str) -> None:
    wrong = [item for item in array.flat if not isinstance(item, str | bytes)]
    if wrong:
        raise KGraphTypeError(
            message(
                f"{name} takes strings",
                received=f"{type(wrong[0]).__name__} {wrong[0]!r} among the items",
                expected="strings",
                hint="put '' where one is missing" if wrong[0] is None else None,
            )
        )


def _decoded(array: Array, name: str) -> Array:
    try:
        items = [s if isinstance(s, str) else s.decode("utf-8") for s in array.ravel().tolist()]
    except UnicodeDecodeError as error:
        raise KGraphValueError(
            message(
                f"{name} holds bytes that are no UTF-8",
                received=str(error),
                hint="decode them yourself: np.char.decode(x, 'latin-1')",
            )
        ) from None
    return np.array(items, dtypes.string).reshape(array.shape)
