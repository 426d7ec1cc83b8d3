"""What a benchmark is: inputs, one computation, and the ways to do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Call = Callable[[], Any]


@dataclass(frozen=True)
class Scenario:
    """One computation over batches of several sizes.

    ``implementations`` maps the name of a way, ``kgraph`` first and the one it is held against
    second, to what makes a call of it ready: it takes the inputs that ``prepare`` made for a batch
    size, does all that one does once (build, compile, convert), and returns the call to time.
    A peer is one more entry.  Before any is timed its result is compared with ``reference``, which
    computes in float64; the ways in ``unchecked`` compute something else.
    """

    name: str
    title: str
    sizes: tuple[int, ...]
    prepare: Callable[[int], Any]
    reference: Callable[[Any], Array]
    implementations: Mapping[str, Callable[[Any], Call]]
    unchecked: frozenset[str] = frozenset()
    tolerance: float = 1e-4  # float32 against float64, relative to the largest result


def require_right(scenario: Scenario, name: str, result: Array, expected: Array) -> None:
    """Refuse to time a way that is wrong.

    Errors    ArithmeticError that says how far off it is
    """
    if result.shape != expected.shape:
        raise ArithmeticError(f"{scenario.name}: {name} gives {result.shape}, not {expected.shape}")
    scale = max(float(np.abs(expected).max(initial=0)), 1e-30)
    error = float(np.abs(result - expected).max(initial=0)) / scale
    if not error <= scenario.tolerance:  # also if it is NaN
        raise ArithmeticError(f"{scenario.name}: {name} is off by {error:.1e} of the largest value")
