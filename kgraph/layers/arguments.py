"""Checks of the arguments of layers, in the words of Keras, and what is kept in configs alone."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from kgraph.types.errors import KGraphTypeError, KGraphValueError, message

DATA_FORMATS = ("channels_last", "channels_first")


def positive_int(name: str, value: Any) -> int:
    """``value`` as an int above zero.

    Errors    ValueError for anything else, floats included

    >>> positive_int("units", 3)
    3
    """
    if not isinstance(value, bool):
        try:
            number = operator.index(value)
        except TypeError:
            number = 0
        if number > 0:
            return number
    raise KGraphValueError(
        f"Received an invalid value for `{name}`, expected a positive integer. "
        f"Received: {name}={value!r}"
    )


def two_counts(layer: str, name: str, value: Any) -> tuple[int, int]:
    """A count for either end: one number for both, or two.

    >>> two_counts("Cropping1D", "cropping", 2)
    (2, 2)
    """
    counts = tuple(value) if isinstance(value, list | tuple) else (value, value)
    if len(counts) == 2 and all(_is_count(count) for count in counts):
        return operator.index(counts[0]), operator.index(counts[1])
    raise KGraphValueError(
        f"{layer}: `{name}` is a number of steps, or two of them, 0 or above. "
        f"Received: {name}={value!r}"
    )


def _is_count(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool) and value >= 0


def non_negative(layer: str, name: str, value: Any) -> float:
    """``value`` as a float of zero or more."""
    if is_number(value) and value >= 0:
        return float(value)
    raise KGraphValueError(
        f"{layer}: `{name}` cannot be None or a negative value. Received: {name}={value!r}"
    )


def number(layer: str, name: str, value: Any) -> float:
    """``value`` as a float."""
    if is_number(value):
        return float(value)
    raise KGraphTypeError(f"{layer}: `{name}` is a number. Received: {name}={value!r}")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def one_or_many_axes(layer: str, axis: Any) -> int | tuple[int, ...]:
    """``axis`` as an int, or a tuple of ints.

    Errors    TypeError for anything else
    """
    axes = list(axis) if isinstance(axis, list | tuple) else [axis]
    if not axes or any(isinstance(item, bool) or not hasattr(item, "__index__") for item in axes):
        raise KGraphTypeError(
            f"{layer}: expected an int or a list/tuple of ints for the argument 'axis', "
            f"but received: {axis!r}"
        )
    numbers = tuple(operator.index(item) for item in axes)
    return numbers if isinstance(axis, list | tuple) else numbers[0]


def data_format(value: Any) -> str:
    """``value``, or ``channels_last`` for None."""
    if value is None:
        return DATA_FORMATS[0]
    if value in DATA_FORMATS:
        return str(value)
    raise KGraphValueError(
        "The `data_format` argument must be one of {'channels_first', 'channels_last'}. "
        f"Received: data_format={value!r}"
    )


def refuse(layer: str, **arguments: Any) -> None:
    """Raise for arguments of Keras that would change the result and that kgraph does not have."""
    for name, value in arguments.items():
        if value:
            raise KGraphValueError(
                message(
                    f"{layer}: `{name}` is not supported",
                    received=f"{name}={value!r}",
                    hint=f"leave `{name}` out",
                )
            )


def kept(value: Any) -> Any:
    """A regularizer or constraint as a config: it matters for training only, and is kept for it."""
    if value is None or isinstance(value, str | Mapping):
        return value
    if hasattr(value, "get_config"):
        return {
            "module": type(value).__module__,
            "class_name": type(value).__name__,
            "config": value.get_config(),
            "registered_name": None,
        }
    return getattr(value, "__name__", str(value))
