"""Sizes and counts as users write them, made ints and checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.types.errors import KGraphTypeError, KGraphValueError


def whole_number(op_name: str, what: str, value: Any, least: int = 0) -> int:
    """``value`` as an int, when it is one and ``least`` or more.

    >>> whole_number("histogram", "bins", np.int32(3), 1)
    3
    """
    expected = f"{op_name}: {what} is an int from {least} on, got {value!r}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise KGraphTypeError(expected)
    if value < least:
        raise KGraphValueError(expected)
    return int(value)


def whole_numbers(op_name: str, what: str, values: Any, least: int = 0) -> tuple[int, ...]:
    """One number, or several of them in a sequence, as ints.

    >>> whole_numbers("scatter", "a size of shape", np.array([2, 3]))
    (2, 3)
    """
    listed = [values] if isinstance(values, int) else values
    return tuple([whole_number(op_name, what, value, least) for value in listed])
