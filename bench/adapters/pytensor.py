"""PyTensor with its numba linker and its C linker; the faster is timed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy import sparse

from bench.adapters import Build, Builds, Call
from bench.adapters.feeding import feeds
from bench.adapters.numpy import joined
from bench.adapters.padded import PaddedOps, flatten
from bench.graph import Array, Node, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("pytensor",)
MODES = {"numba": "NUMBA", "c": "CVM"}


def builds(scenario: Scenario, threads: int) -> Builds:
    import pytensor

    pytensor.config.floatX = "float32"
    pytensor.config.openmp = threads > 1
    return {name: _build(scenario, mode) for name, mode in MODES.items()}


def _build(scenario: Scenario, mode: str) -> Build:
    def build(batch: Batch) -> Call:
        function = _function(scenario, mode)
        if all(node.attrs["kind"] == "dense" for node in scenario.inputs):
            return lambda *values: np.asarray(function(*values))
        return lambda *values: np.asarray(function(*_arguments(values)))

    return build


@lru_cache(maxsize=len(MODES))
def _function(scenario: Scenario, mode: str) -> Any:
    """For batches of every size: compiling takes long, and knowing them gained nothing."""
    import pytensor

    symbols = [symbol for node in scenario.inputs for symbol in _symbols(node)]
    output = evaluate(scenario.nodes, _feeds(scenario, symbols), Backend(scenario.dtype))
    result = pytensor.Out(output, borrow=scenario.reuse_outputs)
    function = pytensor.function(symbols, result, mode=mode)
    function.trust_input = True
    return function


def _symbols(node: Node) -> list[Any]:
    import pytensor.sparse
    import pytensor.tensor as pt

    attrs = node.attrs
    if attrs["kind"] == "sparse":
        return [pytensor.sparse.csr_matrix(attrs["name"], dtype="float32")]
    rank = attrs.get("rank", 0)
    shape = (None,) * (1 + rank) + attrs["shape"]
    lengths = [pt.tensor(f"lengths{i}", dtype="int32", shape=shape[: i + 1]) for i in range(rank)]
    return [pt.tensor(attrs["name"], dtype=attrs["dtype"], shape=shape), *lengths]


def _feeds(scenario: Scenario, symbols: list[Any]) -> dict[Node, Any]:
    if len(symbols) == len(scenario.inputs):
        return dict(zip(scenario.inputs, symbols, strict=True))
    return feeds(scenario, symbols)


def _arguments(values: Batch) -> list[Any]:
    """Ragged rows padded; CSR arrays as the matrices that it multiplies."""
    made: list[Any] = []
    for value in values:
        made += [sparse.csr_matrix(value)] if sparse.issparse(value) else flatten((value,))
    return made


class Backend(PaddedOps):
    """One method for each op of ``bench.graph``."""

    def __init__(self, dtype: str) -> None:
        import pytensor.tensor as pt

        self.pt, self.dtype = pt, dtype
        self.tanh, self.exp, self.log1p, self.sqrt = pt.tanh, pt.exp, pt.log1p, pt.sqrt
        self.abs, self.neg, self.sigmoid = pt.abs, pt.neg, pt.sigmoid
        self.add, self.sub, self.mul, self.divide = pt.add, pt.sub, pt.mul, pt.true_div
        self.expand, self.squeeze = pt.expand_dims, pt.squeeze
        self.matmul, self.transpose, self.reshape = pt.matmul, pt.transpose, pt.reshape

    def constant(self, value: Any) -> Any:
        return self.pt.constant(np.asarray(value, self.dtype))

    def relu(self, x: Any) -> Any:
        return self.pt.maximum(x, np.asarray(0, self.dtype))

    def gelu(self, x: Any) -> Any:
        half, root = np.float32(0.5), np.float32(0.5**0.5)
        return x * half * (np.float32(1) + self.pt.erf(x * root))

    def dense(self, x: Any, kernel: Array, bias: Array, activation: str | None = None) -> Any:
        if getattr(x, "ndim", 0) == 2:
            return self.finish_dense(self.pt.dot(x, kernel), bias, activation)
        return super().dense(x, kernel, bias, activation)

    def finish_dense(self, x: Any, bias: Array, activation: str | None) -> Any:
        y = x + bias
        return getattr(self, activation)(y) if activation else y

    def sparse_dense(
        self, x: Any, kernel: Array, bias: Array, activation: str | None = None
    ) -> Any:
        import pytensor.sparse

        product = pytensor.sparse.structured_dot(x, self.pt.constant(kernel))
        return self.finish_dense(product, bias, activation)

    def softmax(self, x: Any) -> Any:
        return self.pt.special.softmax(x, axis=-1)

    def logsumexp(self, x: Any) -> Any:
        return self.pt.logsumexp(x, axis=-1)

    def mean(self, x: Any, axis: int) -> Any:
        return self.pt.mean(x, axis=axis)

    def var(self, x: Any, axis: int) -> Any:
        return self.pt.var(x, axis=axis)

    def layer_norm(self, x: Any, scale: Array, offset: Array, epsilon: float) -> Any:
        centred = x - self.pt.mean(x, axis=-1, keepdims=True)
        variance = self.pt.mean(centred * centred, axis=-1, keepdims=True)
        return centred / self.pt.sqrt(variance + np.float32(epsilon)) * scale + offset

    def concat(self, *parts: Any) -> Any:
        return self.pt.concatenate(parts, axis=-1)

    def gather(self, table: Array, ids: Any) -> Any:
        return self.pt.constant(table)[ids]

    def embed_columns(self, ids: Any, tables: list[Array]) -> Any:
        table, offsets = joined(tables)
        found = self.gather(table, ids + offsets)
        return found.reshape((ids.shape[0], len(tables) * table.shape[1]))

    def mask(self, lengths: Any, values: Any, axis: int) -> Any:
        positions = self.pt.arange(values.shape[axis])
        return (positions < lengths[..., None]).astype("float32")

    def choose(self, mask: Any, x: Any, otherwise: float) -> Any:
        return self.pt.where(mask > 0, x, np.float32(otherwise))

    def at_least_one(self, lengths: Any) -> Any:
        return self.pt.maximum(lengths, 1).astype("float32")
