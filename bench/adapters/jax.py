"""JAX: ``jax.jit``, arrays taken from NumPy as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.adapters import Build, Builds, Call
from bench.adapters.feeding import feeds
from bench.adapters.padded import PaddedOps, flatten
from bench.graph import Array, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("jax",)


def builds(scenario: Scenario, threads: int) -> Builds:
    import jax

    jax.config.update("jax_enable_x64", True)
    return {"jit": _dense(scenario)} | (
        {"jit, segments": _segments(scenario)} if "sparse_dense" in scenario.ops else {}
    )


def _dense(scenario: Scenario) -> Build:
    """CSR through BCSR, ragged rows padded."""

    def build(batch: Batch) -> Call:
        import jax

        function = jax.jit(
            lambda *arrays: evaluate(scenario.nodes, feeds(scenario, arrays), Backend())
        )
        if all(node.attrs["kind"] == "dense" for node in scenario.inputs):
            return lambda *values: np.asarray(function(*values))
        return lambda *values: np.asarray(function(*_arrays(values)))

    return build


def _segments(scenario: Scenario) -> Build:
    """CSR as a gather of the kernel's rows and a sum of sorted segments."""

    def build(batch: Batch) -> Call:
        import jax

        function = jax.jit(
            lambda *arrays: evaluate(scenario.nodes, feeds(scenario, arrays), SegmentBackend())
        )
        return lambda *values: np.asarray(function(*_arrays(values)))

    return build


def _arrays(values: Batch) -> list[Any]:
    arrays: list[Any] = []
    for value in values:
        if hasattr(value, "indptr"):
            arrays += [value.data, value.indices, value.indptr]
        else:
            arrays += flatten((value,))
    return arrays


class Backend(PaddedOps):
    """One method for each op of ``bench.graph``, in ``jax.numpy``."""

    def __init__(self) -> None:
        import jax
        import jax.numpy as jnp

        self.jax, self.jnp = jax, jnp
        self.tanh, self.exp, self.log1p, self.sqrt = jnp.tanh, jnp.exp, jnp.log1p, jnp.sqrt
        self.abs, self.neg, self.matmul, self.divide = jnp.abs, jnp.negative, jnp.matmul, jnp.divide
        self.add, self.sub, self.mul = jnp.add, jnp.subtract, jnp.multiply
        self.sigmoid, self.relu = jax.nn.sigmoid, jax.nn.relu
        self.mean, self.var, self.expand = jnp.mean, jnp.var, jnp.expand_dims
        self.squeeze, self.transpose, self.reshape = jnp.squeeze, jnp.transpose, jnp.reshape

    def gelu(self, x: Any) -> Any:
        return self.jax.nn.gelu(x, approximate=False)

    def softmax(self, x: Any) -> Any:
        return self.jax.nn.softmax(x, axis=-1)

    def logsumexp(self, x: Any) -> Any:
        return self.jax.nn.logsumexp(x, axis=-1)

    def finish_dense(self, x: Any, bias: Array, activation: str | None) -> Any:
        return getattr(self, activation or "add")(*([x + bias] if activation else [x, bias]))

    def layer_norm(self, x: Any, scale: Array, offset: Array, epsilon: float) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        variance = self.jnp.square(centred).mean(-1, keepdims=True)
        return centred * self.jax.lax.rsqrt(variance + epsilon) * scale + offset

    def concat(self, *parts: Any) -> Any:
        return self.jnp.concatenate(parts, axis=-1)

    def gather(self, table: Array, ids: Any) -> Any:
        return self.jnp.take(self.jnp.asarray(table), ids, axis=0, mode="clip")

    def embed_columns(self, ids: Any, tables: list[Array]) -> Any:
        from bench.adapters.numpy import joined

        table, offsets = joined(tables)
        return self.gather(table, ids + offsets).reshape(ids.shape[0], -1)

    def mask(self, lengths: Any, values: Any, axis: int) -> Any:
        positions = self.jnp.arange(values.shape[axis], dtype=np.int32)
        return (positions < lengths[..., None]).astype(np.float32)

    def choose(self, mask: Any, x: Any, otherwise: float) -> Any:
        return self.jnp.where(mask > 0, x, otherwise)

    def at_least_one(self, lengths: Any) -> Any:
        return self.jnp.maximum(lengths, 1).astype(np.float32)

    def sparse_dense(
        self, x: Any, kernel: Array, bias: Array, activation: str | None = None
    ) -> Any:
        from jax.experimental import sparse

        shape = (len(x[2]) - 1, len(kernel))
        product = sparse.BCSR(x, shape=shape, indices_sorted=True, unique_indices=True) @ kernel
        return self.finish_dense(product, bias, activation)


class SegmentBackend(Backend):
    """Sums of sorted segments instead of BCSR."""

    def sparse_dense(
        self, x: Any, kernel: Array, bias: Array, activation: str | None = None
    ) -> Any:
        data, indices, splits = x
        n, jnp = splits.shape[0] - 1, self.jnp
        rows = jnp.repeat(
            jnp.arange(n, dtype=np.int32), jnp.diff(splits), total_repeat_length=len(data)
        )
        items = self.gather(kernel, indices) * data[:, None]
        summed = self.jax.ops.segment_sum(items, rows, n, indices_are_sorted=True)
        return self.finish_dense(summed, bias, activation)
