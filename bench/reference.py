"""What each op of ``bench.graph`` means: float64 NumPy and SciPy, obviously right, never tuned."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse, special

from bench.graph import Array, Node, Ragged, evaluate, in_order


def reference(output: Node, inputs: list[Node], batch: tuple[Any, ...]) -> Array:
    """The result of a graph for a batch, in float64."""
    feeds = {node: _widen(value) for node, value in zip(inputs, batch, strict=True)}
    return np.asarray(evaluate(in_order(output), feeds, Reference()))


def _widen(value: Any) -> Any:
    if isinstance(value, Ragged):
        return Ragged(_widen(value.values), value.splits)
    if sparse.issparse(value):
        return value.astype(np.float64)
    array = np.asarray(value)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _gelu(x: Array) -> Array:
    return np.asarray(x * 0.5 * (1 + special.erf(x / np.sqrt(2.0))))


ACTIVATIONS: dict[str | None, Callable[[Array], Array]] = {
    None: lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "gelu": _gelu,
    "tanh": np.tanh,
    "sigmoid": special.expit,
}


def _rows(function: Callable[[Array], Array], rows: Ragged) -> Any:
    """A function of the items of each innermost row; the rows outside stay."""
    *outer, inner = rows.splits
    made = [function(rows.values[start:stop]) for start, stop in pairwise(inner)]
    return Ragged(np.stack(made), tuple(outer)) if outer else np.stack(made)


def _mean(items: Array) -> Array:
    return np.asarray(items.sum(axis=0) / max(len(items), 1))


def _attend(x: Array, heads: int, output: tuple[Array, Array], **inner: Any) -> Array:
    """Self attention of sequences (..., T, D)."""
    made = {}
    for name, (kernel, bias) in inner.items():
        flat = x @ kernel.astype(np.float64) + bias
        made[name] = flat.reshape(*flat.shape[:-1], heads, -1).swapaxes(-2, -3)
    width = made["query"].shape[-1]
    scores = made["query"] @ made["key"].swapaxes(-1, -2) / np.sqrt(width)
    found = (special.softmax(scores, axis=-1) @ made["value"]).swapaxes(-2, -3)
    kernel, bias = output
    return np.asarray(found.reshape(x.shape) @ kernel.astype(np.float64) + bias)


class Reference:
    """One method for each op."""

    exp, log1p, sqrt, abs, tanh = np.exp, np.log1p, np.sqrt, np.abs, np.tanh
    sigmoid, neg, gelu = special.expit, np.negative, staticmethod(_gelu)
    add, sub, mul = np.add, np.subtract, np.multiply
    softmax = staticmethod(lambda x: special.softmax(x, axis=-1))
    logsumexp = staticmethod(lambda x: special.logsumexp(x, axis=-1))
    relu = staticmethod(ACTIVATIONS["relu"])

    def constant(self, value: Any) -> Any:
        return _widen(value)

    def dense(self, x: Any, kernel: Array, bias: Array, activation: str | None = None) -> Any:
        if isinstance(x, Ragged):
            return x._replace(values=self.dense(x.values, kernel, bias, activation))
        return ACTIVATIONS[activation](x @ kernel.astype(np.float64) + bias)

    def sparse_dense(
        self, x: Any, kernel: Array, bias: Array, activation: str | None = None
    ) -> Any:
        return self.dense(x, kernel, bias, activation)

    def mean(self, x: Array, axis: int) -> Any:
        return x.mean(axis=axis)

    def var(self, x: Array, axis: int) -> Any:
        return x.var(axis=axis)

    def layer_norm(self, x: Array, scale: Array, offset: Array, epsilon: float) -> Any:
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / np.sqrt(x.var(axis=-1, keepdims=True) + epsilon) * scale + offset

    def concat(self, *parts: Array) -> Array:
        return np.concatenate(parts, axis=-1)

    def embed_columns(self, ids: Array, tables: list[Array]) -> Array:
        columns = [table[ids[:, i]] for i, table in enumerate(tables)]
        return np.concatenate(columns, axis=1).astype(np.float64)

    def embedding_mean(self, ids: Ragged, table: Array) -> Any:
        return _rows(lambda row: _mean(table[row].astype(np.float64)), ids)

    def ragged_mean(self, x: Ragged) -> Any:
        return _rows(_mean, x)

    def self_attention(self, x: Any, heads: int, **projections: tuple[Array, Array]) -> Any:
        if not isinstance(x, Ragged):
            return _attend(x, heads, **projections)
        (splits,) = x.splits
        rows = [_attend(x.values[a:b], heads, **projections) for a, b in pairwise(splits)]
        return x._replace(values=np.concatenate(rows))

    def attention_pool(self, x: Ragged, query: Array) -> Any:
        wide = query.astype(np.float64)

        def pooled(items: Array) -> Array:
            return special.softmax(items @ wide) @ items if len(items) else items.sum(axis=0)

        return _rows(pooled, x)
