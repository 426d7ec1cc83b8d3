"""Weights and batches of the scenarios: the same for the same arguments, on every machine."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from bench.graph import Array, Node, Ragged


def normal(*shape: int, scale: float = 1.0, dtype: str = "float32") -> Array:
    """Normal numbers, the same for the same shape."""
    drawn = np.random.default_rng(shape).standard_normal(shape, np.float32)
    drawn *= np.float32(scale)
    return drawn.astype(dtype, copy=False)


def layer(
    x: Node,
    inner: int,
    width: int,
    activation: str | None = None,
    op: str = "dense",
    height: int | None = None,
) -> Node:
    """A dense layer whose outputs are about as large as its inputs.

    ``inner`` numbers are summed for each output; of sparse rows of ``height`` these are few.
    """
    kernel = normal(height or inner, width, scale=inner**-0.5)
    bias = normal(width, scale=0.1)
    return Node(op, (x,), {"kernel": kernel, "bias": bias, "activation": activation})


def mlp(x: Node, widths: tuple[int, ...], activation: str) -> Node:
    """Dense layers with an activation, the last without."""
    for inner, width in pairwise(widths[:-1]):
        x = layer(x, inner, width, activation)
    return layer(x, widths[-2], widths[-1])


def csr(rows: int, columns: int, per_row: int) -> Any:
    """A CSR matrix with ``per_row`` entries in each row, canonical: sorted, none twice."""
    rng = np.random.default_rng((rows, columns, per_row))
    step = columns // per_row
    starts = np.arange(per_row, dtype=np.int32) * np.int32(step)
    indices = starts + rng.integers(0, step, (rows, per_row), np.int32)
    splits = np.arange(rows + 1, dtype=np.int32) * np.int32(per_row)
    return sparse.csr_array(
        (normal(rows * per_row), indices.reshape(-1), splits), shape=(rows, columns)
    )


def log_normal_lengths(rows: int, mean: float, longest: int, sigma: float = 0.8) -> Array:
    """Lengths of rows of a heavy tail, cut at ``longest``; the first is the mean, to the item.

    ``mean`` is that of the uncut distribution.
    """
    rng = np.random.default_rng((rows, longest))
    drawn = rng.lognormal(np.log(mean) - sigma**2 / 2, sigma, rows)
    drawn[0] = mean
    return np.minimum(np.rint(drawn), longest).astype(np.int64)


def splits_of(lengths: Array) -> Array:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def ragged_ids(lengths: Array, words: int) -> Ragged:
    splits = splits_of(lengths)
    rng = np.random.default_rng(len(lengths))
    return Ragged(rng.integers(0, words, int(splits[-1]), np.int32), (splits,))
