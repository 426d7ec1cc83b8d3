"""The kernels that measure: what they return, and that they do their work."""

from __future__ import annotations

import numpy as np
import pytest

from kgraph._kernels.roofline import copies, products


@pytest.mark.parametrize("threads", [1, 2])
def test_each_round_has_its_seconds(threads: int) -> None:
    seconds = copies(1 << 16, threads, 4, 3)
    assert len(seconds) == 3
    assert all(one > 0 for one in seconds)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_of_both_dtypes(dtype: str) -> None:
    assert all(one > 0 for one in products(14, 8, 16, np.dtype(dtype), 2, 2, 5))
