"""Arrays for samples, by the short names that dtypes have in IR text."""

from __future__ import annotations

from typing import Any

import numpy as np


def f32(numbers: Any) -> np.ndarray:
    return np.array(numbers, np.float32)


def i8(numbers: Any) -> np.ndarray:
    return np.array(numbers, np.int8)


def i32(numbers: Any) -> np.ndarray:
    return np.array(numbers, np.int32)


def i64(numbers: Any) -> np.ndarray:
    return np.array(numbers, np.int64)


def u8(numbers: Any) -> np.ndarray:
    return np.array(numbers, np.uint8)
