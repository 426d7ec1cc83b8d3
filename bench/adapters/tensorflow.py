"""TensorFlow: ``tf.function`` with and without XLA; ragged rows as RaggedTensor and padded."""

from __future__ import annotations

from typing import Any

from bench.adapters import Build, Builds, Call
from bench.adapters.feeding import feeds
from bench.adapters.tf_ops import Backend, RaggedBackend, flat_values, quiet
from bench.graph import Node, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("tensorflow",)


def builds(scenario: Scenario, threads: int) -> Builds:
    quiet(threads)
    ways = {"graph": False, "XLA": True}
    if "sparse_dense" in scenario.ops:  # which XLA has not
        return {"graph": _build(scenario, False, False)}
    if not any(node.attrs["kind"] == "ragged" for node in scenario.inputs):
        return {way: _build(scenario, jit, False) for way, jit in ways.items()}
    return {
        f"{way}, {form}": _build(scenario, jit, form == "padded")
        for way, jit in ways.items()
        for form in ("ragged", "padded")
        if (way, form) != ("XLA", "ragged")  # XLA has no shapes that depend on numbers
    }


def _build(scenario: Scenario, jit: bool, padded: bool) -> Build:
    def build(batch: Batch) -> Call:
        import tensorflow as tf

        ops = Backend() if padded else RaggedBackend()

        @tf.function(jit_compile=jit, autograph=False)
        def function(*values: Any) -> Any:
            given = feeds(scenario, values) if padded else whole_feeds(scenario, values)
            return evaluate(scenario.nodes, given, ops)

        return lambda *values: function(*_tensors(flat_values(values, padded))).numpy()

    return build


def _tensors(values: list[Any]) -> list[Any]:
    """As a function takes them fastest."""
    import tensorflow as tf

    return [tf.constant(x) if hasattr(x, "__array_interface__") else x for x in values]


def whole_feeds(scenario: Scenario, values: tuple[Any, ...]) -> dict[Node, Any]:
    return dict(zip(scenario.inputs, values, strict=True))
