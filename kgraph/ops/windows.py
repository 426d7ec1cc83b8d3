"""Windows for signals: arrays of numbers that rise to the middle and fall to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.whole_numbers import whole_number
from kgraph.types.dtypes import default_float


def _window(name: str, make: Callable[..., np.ndarray], x: Any, *shape: float) -> np.ndarray:
    """The window of x numbers, in ``floatx()``."""
    size = whole_number(name, "x, the size of a window,", x)
    return make(size, *shape).astype(default_float())


def bartlett(x: int) -> np.ndarray:
    """The Bartlett window of x numbers: a triangle that begins and ends at 0.

    Source    keras.ops.bartlett, numpy.bartlett

    >>> import kgraph as kg
    >>> kg.ops.bartlett(5)
    array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _window("bartlett", np.bartlett, x)


def blackman(x: int) -> np.ndarray:
    """The Blackman window of x numbers: three terms of cosines, 0 at both ends.

    Source    keras.ops.blackman, numpy.blackman

    >>> import kgraph as kg
    >>> kg.ops.blackman(5).round(2) + 0.0
    array([0.  , 0.34, 1.  , 0.34, 0.  ], dtype=float32)
    """
    return _window("blackman", np.blackman, x)


def hamming(x: int) -> np.ndarray:
    """The Hamming window of x numbers: a cosine on a small base.

    Source    keras.ops.hamming, numpy.hamming

    >>> import kgraph as kg
    >>> kg.ops.hamming(3)
    array([0.08, 1.  , 0.08], dtype=float32)
    """
    return _window("hamming", np.hamming, x)


def hanning(x: int) -> np.ndarray:
    """The Hann window of x numbers: a cosine that begins and ends at 0.

    Source    keras.ops.hanning, numpy.hanning

    >>> import kgraph as kg
    >>> kg.ops.hanning(5)
    array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _window("hanning", np.hanning, x)


def kaiser(x: int, beta: float) -> np.ndarray:
    """The Kaiser window of x numbers, the narrower the greater ``beta``.

    Source    keras.ops.kaiser, numpy.kaiser

    >>> import kgraph as kg
    >>> kg.ops.kaiser(3, 8.6).round(4)
    array([0.0013, 1.    , 0.0013], dtype=float32)
    """
    return _window("kaiser", np.kaiser, x, beta)
