"""What the plain NumPy ways share."""

from __future__ import annotations

import numpy as np

from bench.scenario import Array


def softmax(z: Array) -> Array:
    """Softmax over the last axis, in place."""
    z -= z.max(axis=-1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=-1, keepdims=True)
    return z


def normal(*shape: int, scale: float = 1.0) -> Array:
    """Float32 numbers, the same for the same shape."""
    drawn = np.random.default_rng(shape).standard_normal(shape, np.float32)
    return np.asarray(drawn * np.float32(scale))
