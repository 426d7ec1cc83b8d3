"""The ops of ``bench.graph`` in TensorFlow, for its functions, for LiteRT and for tf_keras."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.adapters.numpy import joined
from bench.adapters.padded import PaddedOps, pad
from bench.graph import Array, Ragged, Unsupported
from bench.scenario import Batch


def quiet(threads: int) -> Any:
    """TensorFlow with its threads set, which it takes once."""
    import tensorflow as tf

    if tf.config.threading.get_intra_op_parallelism_threads() != threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf


def sparse_tensor(value: Any) -> Any:
    """A CSR matrix as TensorFlow's list of coordinates: part of every call."""
    import tensorflow as tf

    rows = np.repeat(np.arange(value.shape[0]), np.diff(value.indptr))
    coordinates = np.stack([rows, value.indices.astype(np.int64)], axis=1)
    return tf.SparseTensor(coordinates, value.data, value.shape)


def ragged_tensor(value: Ragged) -> Any:
    import tensorflow as tf

    return tf.RaggedTensor.from_nested_row_splits(value.values, value.splits, validate=False)


def flat_values(batch: Batch, padded: bool) -> list[Any]:
    """What a function of TensorFlow takes for a batch."""
    made: list[Any] = []
    for value in batch:
        if isinstance(value, Ragged):
            made += pad(value) if padded else [ragged_tensor(value)]
        else:
            made.append(sparse_tensor(value) if hasattr(value, "indptr") else value)
    return made


class Backend(PaddedOps):
    """Ragged rows padded."""

    def __init__(self) -> None:
        import tensorflow as tf

        self.tf = tf
        self.tanh, self.exp, self.log1p, self.sqrt = tf.tanh, tf.exp, tf.math.log1p, tf.sqrt
        self.abs, self.neg, self.divide = tf.abs, tf.negative, tf.divide
        self.sigmoid, self.relu = tf.sigmoid, tf.nn.relu
        self.add, self.sub, self.mul = tf.add, tf.subtract, tf.multiply
        self.expand, self.squeeze, self.transpose = tf.expand_dims, tf.squeeze, tf.transpose

    def gelu(self, x: Any) -> Any:
        return self.tf.nn.gelu(x, approximate=False)

    def matmul(self, a: Any, b: Any) -> Any:
        if isinstance(b, np.ndarray) and len(a.shape) > 2:
            return self.tf.tensordot(a, b, 1)
        return self.tf.matmul(a, b)

    def finish_dense(self, x: Any, bias: Array, activation: str | None) -> Any:
        y = self.tf.nn.bias_add(x, bias)
        return getattr(self, activation)(y) if activation else y

    def sparse_dense(
        self, x: Any, kernel: Array, bias: Array, activation: str | None = None
    ) -> Any:
        product = self.tf.sparse.sparse_dense_matmul(x, kernel)
        return self.finish_dense(product, bias, activation)

    def split_heads(self, x: Any, heads: int) -> Any:
        rows, steps, _ = self.tf.unstack(self.tf.shape(x))
        split = self.tf.reshape(x, (rows, steps, heads, x.shape[2] // heads))
        return self.transpose(split, (0, 2, 1, 3))

    def join_heads(self, x: Any) -> Any:
        rows, _, steps, _ = self.tf.unstack(self.tf.shape(x))
        flat = (rows, steps, x.shape[1] * x.shape[3])
        return self.tf.reshape(self.transpose(x, (0, 2, 1, 3)), flat)

    def softmax(self, x: Any) -> Any:
        return self.tf.nn.softmax(x, axis=-1)

    def logsumexp(self, x: Any) -> Any:
        return self.tf.reduce_logsumexp(x, axis=-1)

    def mean(self, x: Any, axis: int) -> Any:
        return self.tf.reduce_mean(x, axis=axis)

    def var(self, x: Any, axis: int) -> Any:
        return self.tf.math.reduce_variance(x, axis=axis)

    def layer_norm(self, x: Any, scale: Array, offset: Array, epsilon: float) -> Any:
        mean, variance = self.tf.nn.moments(x, axes=[-1], keepdims=True)
        return self.tf.nn.batch_normalization(x, mean, variance, offset, scale, epsilon)

    def concat(self, *parts: Any) -> Any:
        return self.tf.concat(parts, -1)

    def gather(self, table: Array, ids: Any) -> Any:
        return self.tf.gather(table, ids)

    def embed_columns(self, ids: Any, tables: list[Array]) -> Any:
        table, offsets = joined(tables)
        width = len(tables) * table.shape[1]
        return self.tf.reshape(self.gather(table, ids + offsets), (-1, width))

    def mask(self, lengths: Any, values: Any, axis: int) -> Any:
        longest = self.tf.shape(values)[axis]
        there = self.tf.range(longest) < self.tf.expand_dims(lengths, -1)
        return self.tf.cast(there, self.tf.float32)

    def choose(self, mask: Any, x: Any, otherwise: float) -> Any:
        return self.tf.where(mask > 0, x, otherwise)

    def at_least_one(self, lengths: Any) -> Any:
        return self.tf.cast(self.tf.maximum(lengths, 1), self.tf.float32)


class RaggedBackend(Backend):
    """Ragged rows as ``tf.RaggedTensor``."""

    def dense(self, x: Any, kernel: Array, bias: Array, activation: str | None = None) -> Any:
        if isinstance(x, self.tf.RaggedTensor):
            return x.with_flat_values(self.dense(x.flat_values, kernel, bias, activation))
        return super().dense(x, kernel, bias, activation)

    def embedding_mean(self, ids: Any, table: Array) -> Any:
        return self.ragged_mean(ids.with_flat_values(self.gather(table, ids.flat_values)))

    def ragged_mean(self, x: Any) -> Any:
        """Over the innermost rows; ``tf.reduce_mean`` gives nan for one without items."""
        axis = x.ragged_rank
        counts = self.tf.cast(x.row_lengths(axis), self.tf.float32)
        sums = self.tf.reduce_sum(x, axis=axis)
        return sums / self.tf.expand_dims(self.tf.maximum(counts, 1.0), -1)

    def self_attention(self, x: Any, heads: int, **projections: Any) -> Any:
        if isinstance(x, self.tf.RaggedTensor):
            raise Unsupported("no attention within rows of a tf.RaggedTensor")
        return super().self_attention(x, heads, **projections)

    def attention_pool(self, x: Any, query: Array) -> Any:
        scores = x.with_flat_values(self.tf.linalg.matvec(x.flat_values, query))
        shares = self.tf.nn.softmax(scores, axis=-1)
        return self.tf.reduce_sum(self.tf.expand_dims(shares, -1) * x, axis=1)
