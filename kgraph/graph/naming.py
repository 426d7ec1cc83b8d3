"""Names that nobody has to invent: ``input_1``, ``dense``, ``dense_1``, …"""

from __future__ import annotations

import re
from collections import Counter

from kgraph.types.calling import checked

_used: Counter[str] = Counter()


def unique_name(base: str, *, first: int = 0) -> str:
    """``base`` with the next free number; number 0 is left out."""
    number = _used[base] + first
    _used[base] += 1
    return f"{base}_{number}" if number else base


def snake_case(class_name: str) -> str:
    """``LayerNormalization`` as ``layer_normalization``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name)
    return parted.lower()


@checked
def clear_session() -> None:
    """Start counting names from the beginning again.

    >>> import kgraph as kg
    >>> kg.clear_session()
    >>> kg.Input((3,)).name
    'input_1'
    """
    _used.clear()
