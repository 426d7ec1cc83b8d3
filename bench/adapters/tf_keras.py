"""tf_keras: the functional model as a user draws it, called and through ``predict_on_batch``."""

from __future__ import annotations

from typing import Any

from bench.adapters import Build, Builds, Call
from bench.adapters.tf_ops import RaggedBackend, flat_values, quiet
from bench.graph import PROJECTIONS, Array, Node, Unsupported, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("tensorflow", "tf_keras")


def builds(scenario: Scenario, threads: int) -> Builds:
    quiet(threads)
    return {
        "predict_on_batch": _build(scenario, "predict_on_batch"),
        "call": _build(scenario, "call"),
    }


def _build(scenario: Scenario, way: str) -> Build:
    def build(batch: Batch) -> Call:
        model = _draw(scenario)
        if way == "call":
            return lambda *values: model(_one_or_all(values), training=False).numpy()
        return lambda *values: model.predict_on_batch(_one_or_all(values))

    return build


def _one_or_all(values: Batch) -> Any:
    made = flat_values(values, padded=False)
    return made[0] if len(made) == 1 else made


def _draw(scenario: Scenario) -> Any:
    import tf_keras

    given = {node: _input(node) for node in scenario.inputs}
    output = evaluate(scenario.nodes, given, KerasBackend())
    inputs = [given[node] for node in scenario.inputs]
    return tf_keras.Model(inputs[0] if len(inputs) == 1 else inputs, output)


def _input(node: Node) -> Any:
    import tf_keras

    attrs = node.attrs
    ragged, sparse = attrs["kind"] == "ragged", attrs["kind"] == "sparse"
    shape = (None,) * attrs.get("rank", 0) + attrs["shape"]
    dtype = attrs.get("dtype", "float32")
    return tf_keras.Input(shape, dtype=dtype, ragged=ragged, sparse=sparse, name=attrs["name"])


class KerasBackend(RaggedBackend):
    """Keras layers where there are any, TensorFlow's ops on Keras tensors elsewhere."""

    def dense(self, x: Any, kernel: Array, bias: Array, activation: str | None = None) -> Any:
        import tf_keras

        layer = tf_keras.layers.Dense(kernel.shape[1], activation=activation)
        y = layer(x)
        layer.set_weights([kernel, bias])
        return y

    sparse_dense = dense

    def layer_norm(self, x: Any, scale: Array, offset: Array, epsilon: float) -> Any:
        import tf_keras

        layer = tf_keras.layers.LayerNormalization(epsilon=epsilon)
        y = layer(x)
        layer.set_weights([scale, offset])
        return y

    def self_attention(self, x: Any, heads: int, **projections: Any) -> Any:
        import tensorflow as tf
        import tf_keras

        if isinstance(x.type_spec, tf.RaggedTensorSpec):
            raise Unsupported("MultiHeadAttention takes no ragged rows")
        layer = tf_keras.layers.MultiHeadAttention(heads, x.shape[-1] // heads)
        y = layer(x, x)
        given = [array for name in PROJECTIONS for array in projections[name]]
        layer.set_weights([g.reshape(w.shape) for g, w in zip(given, layer.weights, strict=True)])
        return y

    def embed_columns(self, ids: Any, tables: list[Array]) -> Any:
        return self.concat(*(_embedding(ids[:, i], table) for i, table in enumerate(tables)))

    def embedding_mean(self, ids: Any, table: Array) -> Any:
        return self.ragged_mean(_embedding(ids, table))

    def ragged_mean(self, x: Any) -> Any:
        import tf_keras

        backend = RaggedBackend()
        return tf_keras.layers.Lambda(backend.ragged_mean)(x)

    def attention_pool(self, x: Any, query: Array) -> Any:
        import tf_keras

        backend = RaggedBackend()
        return tf_keras.layers.Lambda(lambda rows: backend.attention_pool(rows, query))(x)


def _embedding(ids: Any, table: Array) -> Any:
    import tf_keras

    layer = tf_keras.layers.Embedding(*table.shape)
    y = layer(ids)
    layer.set_weights([table])
    return y
