"""The one table of tolerances: how far a result may lie from its oracle, by dtype."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

# (rtol, atol). Both sides of a comparison carry rounding errors of their own: a few ULP of each
# transcendental function, and one per addition of a short sum, in another order.
_TOLERANCES: dict[str, tuple[float, float]] = {
    "float16": (2e-3, 1e-3),
    "float32": (1e-5, 1e-6),
    "float64": (1e-12, 1e-12),
}


def tolerance(dtype: DTypeLike) -> tuple[float, float]:
    """`(rtol, atol)` for values of `dtype`; integers, bools and strings must be equal.

    >>> tolerance("float32")
    (1e-05, 1e-06)
    >>> tolerance("int64")
    (0.0, 0.0)
    """
    return _TOLERANCES.get(np.dtype(dtype).name, (0.0, 0.0))
