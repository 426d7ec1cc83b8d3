"""Initializers that draw numbers.

With a ``seed`` each call gives the same numbers; without one each call draws new ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.layers.initializer import Initializer, generator
from kgraph.types.dtypes import DType, as_dtype, is_float
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError

# A normal distribution cut at two standard deviations has this standard deviation.
_CUT_STDDEV = 0.87962566103423978
_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")


class _Drawn(Initializer):
    """An initializer with a seed."""

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed

    def _uniform(self, shape: tuple[int, ...], dtype: Any, low: float, high: float) -> np.ndarray:
        drawn = generator(self.seed).uniform(low, high, shape)
        return np.asarray(drawn, self._float_dtype(dtype))

    def _normal(self, shape: tuple[int, ...], dtype: Any, mean: float, stddev: float) -> np.ndarray:
        drawn = generator(self.seed).normal(mean, stddev, shape)
        return np.asarray(drawn, self._float_dtype(dtype))

    def _cut_normal(
        self, shape: tuple[int, ...], dtype: Any, mean: float, stddev: float
    ) -> np.ndarray:
        source = generator(self.seed)
        drawn = np.asarray(source.normal(size=shape))
        outside = np.abs(drawn) > 2
        while outside.any():
            drawn[outside] = source.normal(size=int(outside.sum()))
            outside = np.abs(drawn) > 2
        return np.asarray(mean + stddev * drawn, self._float_dtype(dtype))

    def _float_dtype(self, dtype: Any) -> DType:
        found = as_dtype(dtype)
        if not is_float(found):
            raise KGraphTypeError(f"{type(self).__name__}: draws floats, got dtype {found}")
        return found

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


class RandomNormal(_Drawn):
    """Normally distributed numbers.

    >>> RandomNormal(stddev=0.5, seed=1)((2, 3)).shape
    (2, 3)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return self._normal(shape, dtype, self.mean, self.stddev)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Normally distributed numbers, those beyond two standard deviations drawn again.

    >>> bool((abs(TruncatedNormal(stddev=1.0, seed=1)((99,))) <= 2).all())
    True
    """

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return self._cut_normal(shape, dtype, self.mean, self.stddev)


class RandomUniform(_Drawn):
    """Numbers that are equally likely between ``minval`` and ``maxval``.

    >>> bool((abs(RandomUniform(seed=1)((99,))) <= 0.05).all())
    True
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return self._uniform(shape, dtype, self.minval, self.maxval)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}


class VarianceScaling(_Drawn):
    """Numbers of mean 0 and variance ``scale / fan``.

    The fan is how many values a weight sums up (``fan_in``), spreads to (``fan_out``), or the mean
    of both.  A kernel's last two axes are in and out, those before them are its window;
    ``input_axes`` and ``output_axes`` name others.

    Errors    ValueError for a scale that is not positive, an unknown mode or distribution
    Source    keras.initializers.VarianceScaling; Glorot and Bengio, AISTATS 2010; He et al., ICCV
              2015

    >>> VarianceScaling(2.0, "fan_in", "untruncated_normal", seed=1)((3, 4)).shape
    (3, 4)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(seed)
        distribution = "truncated_normal" if distribution == "normal" else distribution
        if not scale > 0:
            raise KGraphValueError(f"VarianceScaling: `scale` must be positive, got {scale!r}")
        if mode not in _MODES or distribution not in _DISTRIBUTIONS:
            raise KGraphValueError(
                f"VarianceScaling: `mode` is one of {_MODES} and `distribution` one of "
                f"{_DISTRIBUTIONS}, got mode={mode!r}, distribution={distribution!r}"
            )
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        variance = self.scale / max(1.0, self._fan(tuple(shape)))
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return self._uniform(shape, dtype, -limit, limit)
        if self.distribution == "truncated_normal":
            return self._cut_normal(shape, dtype, 0.0, math.sqrt(variance) / _CUT_STDDEV)
        return self._normal(shape, dtype, 0.0, math.sqrt(variance))

    def _fan(self, shape: tuple[int, ...]) -> float:
        fan_in, fan_out = fans(shape)
        if self.input_axes is not None:
            fan_in = math.prod(shape[axis] for axis in self.input_axes)
        if self.output_axes is not None:
            fan_out = math.prod(shape[axis] for axis in self.output_axes)
        mean = (fan_in + fan_out) / 2
        return {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": mean}[self.mode]

    def get_config(self) -> dict[str, Any]:
        own = {"scale": self.scale, "mode": self.mode, "distribution": self.distribution}
        return {**super().get_config(), **own, **self._axes()}

    def _axes(self) -> dict[str, Any]:
        return {"input_axes": self.input_axes, "output_axes": self.output_axes}


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many values go in and out of a kernel of this shape.

    >>> fans((3, 16, 32))
    (48, 96)
    """
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


class _FixedScaling(VarianceScaling):
    """Variance scaling under a name of its own."""

    _scaling: tuple[float, str, str]

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self._scaling, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, **self._axes()}


class GlorotUniform(_FixedScaling):
    """Uniform, of variance ``2 / (fan_in + fan_out)``."""

    _scaling = (1.0, "fan_avg", "uniform")


class GlorotNormal(_FixedScaling):
    """Truncated normal, of variance ``2 / (fan_in + fan_out)``."""

    _scaling = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_FixedScaling):
    """Uniform, of variance ``2 / fan_in``."""

    _scaling = (2.0, "fan_in", "uniform")


class HeNormal(_FixedScaling):
    """Truncated normal, of variance ``2 / fan_in``."""

    _scaling = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_FixedScaling):
    """Uniform, of variance ``1 / fan_in``."""

    _scaling = (1.0, "fan_in", "uniform")


class LecunNormal(_FixedScaling):
    """Truncated normal, of variance ``1 / fan_in``."""

    _scaling = (1.0, "fan_in", "truncated_normal")


class Orthogonal(_Drawn):
    """A matrix with orthonormal rows or columns (whichever are fewer), times ``gain``.

    All axes but the last count as one.

    Errors    ValueError for fewer than two axes
    Source    keras.initializers.Orthogonal; Saxe et al., ICLR 2014

    >>> q = Orthogonal(seed=1)((4, 2), "float64")
    >>> bool(np.allclose(q.T @ q, np.eye(2)))
    True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        if len(shape) < 2:
            raise ShapeError(f"Orthogonal: makes matrices, got the shape {tuple(shape)}")
        rows, cols = math.prod(shape[:-1]), shape[-1]
        drawn = generator(self.seed).normal(size=(max(rows, cols), min(rows, cols)))
        q, r = np.linalg.qr(drawn)
        # the signs of the diagonal make the decomposition unique, so that q is uniform
        q *= np.where(np.diag(r) < 0, -1.0, 1.0)
        q = q if rows >= cols else q.T
        return np.asarray(self.gain * q.reshape(shape), self._float_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gain": self.gain}
