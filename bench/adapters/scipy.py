"""SciPy: ``csr_array @ kernel``, and ragged sums as products with a CSR matrix of ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from bench.adapters import Builds
from bench.adapters.numpy import Value, Writer, build_with, lengths
from bench.graph import Array, Unsupported
from bench.scenario import Scenario

REQUIRES = ("scipy",)


def builds(scenario: Scenario, threads: int) -> Builds:
    if not scenario.ops & {"sparse_dense", "embedding_mean", "ragged_mean", "attention_pool"}:
        raise Unsupported("nothing to gain over NumPy")
    return {"csr": build_with(SparseWriter, scenario)}


class SparseWriter(Writer):
    """NumPy, but for sums of rows of a table."""

    product = "{x} @ {k}"

    def sparse_dense(
        self, x: Value, kernel: Array, bias: Array, activation: str | None = None
    ) -> Value:
        self.write("product = " + self.product, x=x.name, k=self.name(kernel))
        out = Value("product", (x.shape[0], kernel.shape[1]))
        self.finish_dense(out, bias, activation)
        return self.finish(out)

    def embedding_mean(self, ids: Value, table: Array) -> Value:
        return self._weighted(ids, "ones", self.name(table), "sums /= lengths({s})", table.shape[1])

    def ragged_mean(self, x: Value) -> Value:
        items = x._replace(name="every")
        self.write("every = np.arange(len({x}))", x=x.name)
        return self._weighted(items, "ones", x.name, "sums /= lengths({s})", x.shape[1])

    def attention_pool(self, x: Value, query: Array) -> Value:
        self.names |= {"attention_weights": attention_weights}
        self.write("every = np.arange(len({x}))", x=x.name)
        self.write(
            "weights = attention_weights({x} @ {q}, {s})",
            x=x.name,
            q=self.name(query),
            s=x.splits[0],
        )
        return self._weighted(x._replace(name="every"), "weights", x.name, "", x.shape[1])

    def _weighted(self, ids: Value, weights: str, table: str, after: str, width: int) -> Value:
        """Sums of the table's rows, with weights, in the innermost rows."""
        self.names |= {"weighted_sums": weighted_sums, "lengths": lengths}
        *outer, inner = ids.splits
        *rows, count = ids.rows
        given = "None" if weights == "ones" else weights
        sums = self.name(None)
        self.write(f"{sums} = weighted_sums({ids.name}, {inner}, {given}, {table})")
        if after:
            self.write(after.replace("sums", sums), s=inner)
        return self.finish(Value(sums, (count, width), tuple(outer), tuple(rows)))


def weighted_sums(ids: Array, splits: Array, weights: Array | None, table: Array) -> Any:
    """For each row: the sum of weight times row of the table."""
    data = np.ones(len(ids), table.dtype) if weights is None else weights
    return sparse.csr_array((data, ids, splits), shape=(len(splits) - 1, len(table))) @ table


def attention_weights(scores: Array, splits: Array) -> Array:
    """A softmax within each row, in place."""
    counts = np.diff(splits)
    full = counts > 0
    starts, counts = splits[:-1][full], counts[full]
    scores -= np.repeat(np.maximum.reduceat(scores, starts), counts)
    np.exp(scores, out=scores)
    scores /= np.repeat(np.add.reduceat(scores, starts), counts)
    return scores
