"""Shapes as users write them: sizes, and None where one is not known."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.types.dims import Shape
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message


def as_shape(shape: Any) -> Shape | None:
    """``shape`` as a tuple of sizes and None; an int means a 1-tuple, None an unknown rank.

    >>> as_shape([None, 3])
    (None, 3)
    """
    if shape is None:
        return None
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    if isinstance(shape, (str, bytes)) or not hasattr(shape, "__iter__"):
        raise KGraphTypeError(
            message("shape must be a tuple", received=repr(shape), expected="sizes, or None")
        )
    return tuple(_as_size(size, at, tuple(shape)) for at, size in enumerate(tuple(shape)))


def _as_size(size: Any, at: int, shape: tuple[Any, ...]) -> int | None:
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)):
        raise KGraphTypeError(
            message(
                f"size {at} of a shape is no integer",
                received=f"{size!r} in shape {shape}",
                expected="an integer, or None if it is not known",
            )
        )
    if size < 0:
        raise KGraphValueError(
            message(
                f"size {at} of a shape is negative",
                received=f"{size} in shape {shape}",
                hint="None, if the size is not known",
            )
        )
    return int(size)


def shapes_fit(mine: Shape | None, other: Shape | None) -> bool:
    if mine is None or other is None:
        return True
    return len(mine) == len(other) and all(
        a is None or b is None or a == b for a, b in zip(mine, other, strict=True)
    )


def shape_narrows(mine: Shape | None, other: Shape | None) -> bool:
    """Does every shape that fits ``mine`` fit ``other``?"""
    if mine is None or other is None:
        return other is None
    return len(mine) == len(other) and all(
        b is None or a == b for a, b in zip(mine, other, strict=True)
    )


def merged_shape(mine: Shape | None, other: Shape | None) -> Shape | None:
    """The narrowest shape that both narrow."""
    if mine is None or other is None or len(mine) != len(other):
        return None
    return tuple(a if a == b else None for a, b in zip(mine, other, strict=True))


def listed(shape: Shape | None) -> list[int | None] | None:
    return None if shape is None else list(shape)
