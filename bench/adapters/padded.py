"""Ragged rows for peers that have none: padded in every timed call, with masks in the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bench.graph import Array, Ragged
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
    (an axis of one), ``divide`` and ``at_least_one`` (lengths as floats).
    """

    matmul: Any
    gather: Any
    softmax: Any
    mask: Any
    choose: Any
    expand: Any
    squeeze: Any
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

    def attention_pool(self, x: Padded, query: Array) -> Any:
        scores = self.squeeze(self.matmul(x.values, query[:, None]), -1)
        present = self.mask(x.lengths[0], x.values, 1)
        shares = self.softmax(self.choose(present, scores, FAR))
        return self._pooled(shares, x.values, ())

    def _pooled(self, shares: Any, values: Any, outer: tuple[Any, ...]) -> Any:
        pooled = self.squeeze(self.matmul(self.expand(shares, -2), values), -2)
        return Padded(pooled, outer) if outer else pooled
