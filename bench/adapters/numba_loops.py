"""Loops as one writes them by hand for numba; ``numba.py`` compiles them and strings them up.

``activation`` is 0 for none, then the places in ``ACTIVATIONS``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import prange

ACTIVATIONS = (None, "relu", "gelu", "tanh", "sigmoid")
ROOT_HALF = np.float32(0.5**0.5)
HALF, ONE = np.float32(0.5), np.float32(1)


def activate(row: Any, activation: int) -> None:
    if activation == 1:
        for j in range(len(row)):
            row[j] = max(row[j], np.float32(0))
    elif activation == 2:
        for j in range(len(row)):
            row[j] = row[j] * HALF * (ONE + math.erf(row[j] * ROOT_HALF))
    elif activation == 3:
        for j in range(len(row)):
            row[j] = math.tanh(row[j])
    elif activation == 4:
        for j in range(len(row)):
            row[j] = ONE / (ONE + math.exp(-row[j]))


def dense(x: Any, kernel: Any, bias: Any, activation: int) -> Any:
    n, width = x.shape[0], kernel.shape[1]
    if n > 4:
        out = np.dot(x, kernel)
        for i in prange(n):
            for j in range(width):
                out[i, j] += bias[j]
            activate(out[i], activation)
        return out
    out = np.empty((n, width), np.float32)
    for i in range(n):
        for j in range(width):
            out[i, j] = bias[j]
        for k in range(x.shape[1]):
            value = x[i, k]
            for j in range(width):
                out[i, j] += value * kernel[k, j]
        activate(out[i], activation)
    return out


def sparse_dense(
    data: Any, indices: Any, splits: Any, kernel: Any, bias: Any, activation: int
) -> Any:
    n, width = len(splits) - 1, kernel.shape[1]
    out = np.empty((n, width), np.float32)
    for i in prange(n):
        for j in range(width):
            out[i, j] = bias[j]
        for k in range(splits[i], splits[i + 1]):
            value, row = data[k], indices[k]
            for j in range(width):
                out[i, j] += value * kernel[row, j]
        activate(out[i], activation)
    return out


def gelu(x: Any) -> Any:
    out = x.copy()
    flat = out.reshape(out.size // out.shape[-1], out.shape[-1])
    for i in prange(flat.shape[0]):
        activate(flat[i], 2)
    return out


def softmax(x: Any) -> Any:
    out = np.empty_like(x)
    for i in prange(x.shape[0]):
        greatest = x[i].max()
        total = np.float32(0)
        for j in range(x.shape[1]):
            out[i, j] = math.exp(x[i, j] - greatest)
            total += out[i, j]
        for j in range(x.shape[1]):
            out[i, j] /= total
    return out


def logsumexp(x: Any) -> Any:
    out = np.empty(x.shape[0], x.dtype)
    for i in prange(x.shape[0]):
        greatest = x[i].max()
        total = np.float32(0)
        for j in range(x.shape[1]):
            total += math.exp(x[i, j] - greatest)
        out[i] = math.log(total) + greatest
    return out


def mean(x: Any, axis: int) -> Any:
    return (x.sum(axis) / x.shape[axis]).astype(x.dtype)


def var(x: Any, axis: int) -> Any:
    if axis == 0:
        return column_var(x)
    out = np.empty(x.shape[0], x.dtype)
    for i in prange(x.shape[0]):
        centre = x[i].mean()
        total = np.float32(0)
        for j in range(x.shape[1]):
            total += (x[i, j] - centre) ** 2
        out[i] = total / x.shape[1]
    return out


def column_var(x: Any) -> Any:
    centre = mean(x, 0)
    out = np.zeros(x.shape[1], x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[j] += (x[i, j] - centre[j]) ** 2
    return (out / x.shape[0]).astype(x.dtype)


def layer_norm(x: Any, scale: Any, offset: Any, epsilon: float) -> Any:
    width = x.shape[-1]
    out = np.empty_like(x)
    rows, into = x.reshape(x.size // width, width), out.reshape(x.size // width, width)
    for i in prange(rows.shape[0]):
        centre = rows[i].mean()
        total = np.float32(0)
        for j in range(width):
            into[i, j] = rows[i, j] - centre
            total += into[i, j] * into[i, j]
        factor = np.float32(1 / math.sqrt(total / width + epsilon))
        for j in range(width):
            into[i, j] = into[i, j] * factor * scale[j] + offset[j]
    return out


def embed_columns(ids: Any, table: Any, offsets: Any) -> Any:
    n, columns, width = ids.shape[0], ids.shape[1], table.shape[1]
    out = np.empty((n, columns * width), np.float32)
    for i in prange(n):
        for c in range(columns):
            row = ids[i, c] + offsets[c]
            for j in range(width):
                out[i, c * width + j] = table[row, j]
    return out


def embedding_mean(ids: Any, splits: Any, table: Any) -> Any:
    n, width = len(splits) - 1, table.shape[1]
    out = np.zeros((n, width), np.float32)
    for i in prange(n):
        for k in range(splits[i], splits[i + 1]):
            row = ids[k]
            for j in range(width):
                out[i, j] += table[row, j]
        count = np.float32(max(splits[i + 1] - splits[i], 1))
        for j in range(width):
            out[i, j] /= count
    return out


def ragged_mean(x: Any, splits: Any) -> Any:
    n, width = len(splits) - 1, x.shape[1]
    out = np.zeros((n, width), np.float32)
    for i in prange(n):
        for k in range(splits[i], splits[i + 1]):
            for j in range(width):
                out[i, j] += x[k, j]
        count = np.float32(max(splits[i + 1] - splits[i], 1))
        for j in range(width):
            out[i, j] /= count
    return out


def attention_pool(x: Any, splits: Any, query: Any) -> Any:
    n, width = len(splits) - 1, x.shape[1]
    out = np.zeros((n, width), np.float32)
    scores = np.dot(x, query)
    for i in prange(n):
        greatest = np.float32(-np.inf)
        for k in range(splits[i], splits[i + 1]):
            greatest = max(greatest, scores[k])
        total = np.float32(0)
        for k in range(splits[i], splits[i + 1]):
            share = np.float32(math.exp(scores[k] - greatest))
            total += share
            for j in range(width):
                out[i, j] += share * x[k, j]
        for j in range(width):
            out[i, j] /= max(total, np.float32(1e-30))
    return out


INLINE = (activate, mean, column_var)
LOOPS = (
    dense,
    sparse_dense,
    gelu,
    softmax,
    logsumexp,
    var,
    layer_norm,
    embed_columns,
    embedding_mean,
    ragged_mean,
    attention_pool,
)
