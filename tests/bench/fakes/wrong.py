"""Zeros, whatever is asked."""

from __future__ import annotations

from typing import Any

import numpy as np

REQUIRES = ("numpy",)


def builds(scenario: Any, threads: int) -> dict[str, Any]:
    return {"zeros": lambda batch: lambda x: np.zeros((len(x), 16), np.float32)}
