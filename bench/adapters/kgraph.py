"""kgraph: the graph as a user draws it, with Keras layers where there are any."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.adapters import Build, Builds, Call
from bench.graph import PROJECTIONS, Array, Node, Ragged, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("kgraph",)


def builds(scenario: Scenario, threads: int) -> Builds:
    return {"compiled": _build(scenario, threads)}


def _build(scenario: Scenario, threads: int) -> Build:
    def build(batch: Batch) -> Call:
        import kgraph as kg

        compiled = kg.compile(draw(scenario), threads=threads)
        if any(node.attrs["kind"] == "ragged" for node in scenario.inputs):
            return lambda *values: compiled(*map(_rows, values))
        if scenario.reuse_outputs:
            out = compiled(*batch)
            return lambda *values: compiled(*values, out=out)
        return compiled

    return build


def draw(scenario: Scenario) -> Any:
    """The model of a scenario."""
    import kgraph as kg

    feeds = {node: _input(node) for node in scenario.inputs}
    output = evaluate(scenario.nodes, feeds, Backend())
    return kg.Model([feeds[node] for node in scenario.inputs], output, name=scenario.name)


def _input(node: Node) -> Any:
    import kgraph as kg

    attrs = node.attrs
    if attrs["kind"] == "sparse":
        return kg.Input(attrs["shape"], sparse=True, name=attrs["name"])
    shape = attrs["shape"]
    if attrs["kind"] == "ragged":
        shape = (None,) * attrs["rank"] + shape
        return kg.Input(shape, ragged=True, dtype=attrs["dtype"], name=attrs["name"])
    return kg.Input(shape, dtype=attrs["dtype"], name=attrs["name"])


def _rows(value: Any) -> Any:
    """Ragged rows as kgraph takes them: part of every call."""
    import kgraph as kg

    if isinstance(value, Ragged):
        return kg.RaggedTensor.from_nested_row_splits(value.values, value.splits)
    return value


class Backend:
    """One method for each op of ``bench.graph``."""

    def __getattr__(self, name: str) -> Any:
        from kgraph import ops

        names = {"abs": "absolute", "neg": "negative", "sub": "subtract", "mul": "multiply"}
        return getattr(ops, names.get(name, name))

    def constant(self, value: Any) -> Any:
        return value

    def dense(self, x: Any, kernel: Array, bias: Array, activation: str | None = None) -> Any:
        from kgraph.layers import Dense

        layer = Dense(kernel.shape[1], activation=activation)
        y = layer(x)
        layer.set_weights([kernel, bias])
        return y

    sparse_dense = dense

    def softmax(self, x: Any) -> Any:
        from kgraph import ops

        return ops.softmax(x, axis=-1)

    def logsumexp(self, x: Any) -> Any:
        from kgraph import ops

        return ops.logsumexp(x, axis=-1)

    def gelu(self, x: Any) -> Any:
        from kgraph import ops

        return ops.gelu(x, approximate=False)

    def layer_norm(self, x: Any, scale: Array, offset: Array, epsilon: float) -> Any:
        from kgraph.layers import LayerNormalization

        layer = LayerNormalization(epsilon=epsilon)
        y = layer(x)
        layer.set_weights([scale, offset])
        return y

    def self_attention(self, x: Any, heads: int, **projections: Any) -> Any:
        from kgraph.layers import MultiHeadAttention

        layer = MultiHeadAttention(heads, x.shape[-1] // heads)
        y = layer(x, x)
        given = [array for name in PROJECTIONS for array in projections[name]]
        layer.set_weights([g.reshape(w.shape) for g, w in zip(given, layer.weights, strict=True)])
        return y

    def concat(self, *parts: Any) -> Any:
        from kgraph.layers import Concatenate

        return Concatenate()(list(parts))

    def embed_columns(self, ids: Any, tables: list[Array]) -> Any:
        columns = [_embedding(ids[:, i], table) for i, table in enumerate(tables)]
        return self.concat(*columns)

    def embedding_mean(self, ids: Any, table: Array) -> Any:
        from kgraph import ops

        return ops.mean(_embedding(ids, table), axis=-2)

    def ragged_mean(self, x: Any) -> Any:
        from kgraph.layers import GlobalAveragePooling1D

        return GlobalAveragePooling1D()(x)

    def attention_pool(self, x: Any, query: Array) -> Any:
        from kgraph import ops
        from kgraph.layers import Dense

        layer = Dense(1, use_bias=False)
        scores = layer(x)
        layer.set_weights([np.ascontiguousarray(query[:, None])])
        return ops.sum(ops.softmax(scores, axis=1) * x, axis=1)


def _embedding(ids: Any, table: Array) -> Any:
    from kgraph.layers import Embedding

    layer = Embedding(*table.shape)
    y = layer(ids)
    layer.set_weights([table])
    return y
