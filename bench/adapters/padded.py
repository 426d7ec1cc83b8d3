"""Ragged rows for peers that have none: padded in every timed call, with masks in the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bench.graph import PROJECTIONS, Array, Ragged
from bench.scenario import Batch, Scenario

FAR = -1e30  # a score that a softmax leaves nothing of


class Padded(NamedTuple):
    """Rows as long as the longest, and the lengths of each level, outermost first."""

    values: Any
    lengths: tuple[Any, ...]


def pad(rows: Ragged) -> list[Array]:
    """Values with zeros after each row, then the lengths of each level, outermost first.

    >>> values, lengths = pad(Ragged(np.arange(3), (np.array([0, 2, 3]),)))
    >>> values.tolist(), lengths.tolist()
    ([[0, 1], [2, 0]], [2, 1])
    """
    values = rows.values
    lengths: list[Array] = []
    for splits in reversed(rows.splits):
        values = _spread(values, splits)
        lengths = [np.diff(splits).astype(np.int32), *(_spread(level, splits) for level in lengths)]
    return [values, *lengths]


def _spread(items: Array, splits: Array) -> Array:
    counts = np.diff(splits)
    longest = int(counts.max(initial=0))
    spread = np.zeros((len(counts), longest, *items.shape[1:]), items.dtype)
    spread[np.arange(longest) < counts[:, None]] = items
    return spread


def flatten(batch: Batch) -> list[Array]:
    """The arrays of a batch, ragged rows padded."""
    arrays: list[Array] = []
    for value in batch:
        arrays += pad(value) if isinstance(value, Ragged) else [value]
    return arrays


def flattener(scenario: Scenario) -> Callable[[Batch], Any]:
    """``flatten``, or nothing at all where there is nothing to pad."""
    dense = all(node.attrs["kind"] == "dense" for node in scenario.inputs)
    return (lambda batch: batch) if dense else flatten


class PaddedOps:
    """The ragged ops, written with what a framework has for dense values.

    A framework gives ``matmul, gather, softmax, mask`` (1 where an item is, of lengths and the
    value that has the items), ``choose`` (mask, x, number elsewhere), ``expand`` and ``squeeze``
    (an axis of one), ``transpose`` and ``reshape``, ``divide`` and ``at_least_one`` (lengths as
    floats).
    """

    matmul: Any
    gather: Any
    softmax: Any
    mask: Any
    choose: Any
    expand: Any
    squeeze: Any
    transpose: Any
    reshape: Any
    divide: Any
    at_least_one: Any
    finish_dense: Any

    def constant(self, value: Any) -> Any:
        return value

    def dense(self, x: Any, kernel: Array, bias: Array, activation: str | None = None) -> Any:
        if isinstance(x, Padded):
            return x._replace(values=self.dense(x.values, kernel, bias, activation))
        return self.finish_dense(self.matmul(x, kernel), bias, activation)

    def embedding_mean(self, ids: Padded, table: Array) -> Any:
        return self.ragged_mean(ids._replace(values=self.gather(table, ids.values)))

    def ragged_mean(self, x: Padded) -> Any:
        """A product of a row of weights and the items: nothing of their size is written."""
        *outer, inner = x.lengths
        counts = self.expand(self.at_least_one(inner), -1)
        shares = self.divide(self.mask(inner, x.values, len(outer) + 1), counts)
        return self._pooled(shares, x.values, tuple(outer))

    def self_attention(self, x: Any, heads: int, **projections: tuple[Array, Array]) -> Any:
        """Padding takes part in the products, and in no softmax."""
        items = x.values if isinstance(x, Padded) else x
        query, key, value, output = (projections[name] for name in PROJECTIONS)
        scale = np.float32((query[0].shape[1] // heads) ** -0.5)
        query = query[0] * scale, query[1] * scale  # once, as the graph is drawn
        q, k, v = (
            self.split_heads(self.finish_dense(self.matmul(items, kernel), bias, None), heads)
            for kernel, bias in (query, key, value)
        )
        present = self.mask(x.lengths[0], items, 1) if isinstance(x, Padded) else None
        found = self.join_heads(self.attend(q, k, v, present))
        made = self.finish_dense(self.matmul(found, output[0]), output[1], None)
        return x._replace(values=made) if isinstance(x, Padded) else made

    def attend(self, q: Any, k: Any, v: Any, present: Any) -> Any:
        """Of heads (n, H, T, W); keys where ``present`` (n, T) is 0 are not seen."""
        scores = self.matmul(q, self.transpose(k, (0, 1, 3, 2)))
        if present is not None:
            scores = self.choose(self.expand(self.expand(present, 1), 1), scores, FAR)
        return self.matmul(self.softmax(scores), v)

    def split_heads(self, x: Any, heads: int) -> Any:
        """(n, T, H * W) as (n, H, T, W)."""
        rows, steps, width = x.shape
        return self.transpose(self.reshape(x, (rows, steps, heads, width // heads)), (0, 2, 1, 3))

    def join_heads(self, x: Any) -> Any:
        """(n, H, T, W) as (n, T, H * W)."""
        rows, heads, steps, width = x.shape
        return self.reshape(self.transpose(x, (0, 2, 1, 3)), (rows, steps, heads * width))

    def attention_pool(self, x: Padded, query: Array) -> Any:
        scores = self.squeeze(self.matmul(x.values, query[:, None]), -1)
        present = self.mask(x.lengths[0], x.values, 1)
        shares = self.softmax(self.choose(present, scores, FAR))
        return self._pooled(shares, x.values, ())

    def _pooled(self, shares: Any, values: Any, outer: tuple[Any, ...]) -> Any:
        pooled = self.squeeze(self.matmul(self.expand(shares, -2), values), -2)
        return Padded(pooled, outer) if outer else pooled
