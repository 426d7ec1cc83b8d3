"""LiteRT (TensorFlow Lite) with XNNPACK, converted for the shapes of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.adapters import Build, Builds, Call
from bench.adapters.feeding import feeds
from bench.adapters.padded import flatten, flattener
from bench.adapters.tf_ops import Backend, quiet
from bench.graph import Unsupported, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("tensorflow",)


def builds(scenario: Scenario, threads: int) -> Builds:
    if any(node.attrs["kind"] == "sparse" for node in scenario.inputs):
        raise Unsupported("LiteRT has no sparse inputs")
    if scenario.dtype != "float32":
        raise Unsupported("LiteRT computes in float32")

    ways = {"views": _with_views, "set_tensor": _with_set_tensor}
    return {f"XNNPACK, {name}": _build(scenario, threads, way) for name, way in ways.items()}


def _build(scenario: Scenario, threads: int, way: Callable[..., Call]) -> Build:
    def build(batch: Batch) -> Call:
        return way(_interpreter(_model(scenario, batch, threads), threads), flattener(scenario))

    return build


def _model(scenario: Scenario, batch: Batch, threads: int) -> bytes:
    tf = quiet(threads)
    ops = LiteBackend()
    function = tf.function(
        lambda *values: evaluate(scenario.nodes, feeds(scenario, values), ops), autograph=False
    )
    specs = [tf.TensorSpec(array.shape, array.dtype) for array in flatten(batch)]
    concrete = function.get_concrete_function(*specs)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], function)
    return bytes(converter.convert())


def _interpreter(model: bytes, threads: int) -> Any:
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_content=model, num_threads=threads)
    interpreter.allocate_tensors()
    return interpreter


def _with_views(interpreter: Any, flat: Callable[[Batch], Any]) -> Call:
    """Its memory is written and read where it lies."""
    inputs = [interpreter.tensor(index) for index in _inputs(interpreter)]
    output = interpreter.tensor(interpreter.get_output_details()[0]["index"])
    invoke = interpreter.invoke

    def call(*values: Any) -> Any:
        for view, array in zip(inputs, flat(values), strict=True):
            view()[...] = array
        invoke()
        return output().copy()

    return call


def _with_set_tensor(interpreter: Any, flat: Callable[[Batch], Any]) -> Call:
    inputs, output = _inputs(interpreter), interpreter.get_output_details()[0]["index"]
    give, invoke, take = interpreter.set_tensor, interpreter.invoke, interpreter.get_tensor

    def call(*values: Any) -> Any:
        for index, array in zip(inputs, flat(values), strict=True):
            give(index, array)
        invoke()
        return take(output)

    return call


def _inputs(interpreter: Any) -> list[int]:
    details = sorted(interpreter.get_input_details(), key=lambda detail: _position(detail["name"]))
    return [detail["index"] for detail in details]


def _position(name: str) -> int:
    """``values_1:0`` is the second."""
    stem = name.split(":")[0].removeprefix("serving_default_")
    number = stem.rpartition("_")[2]
    return int(number) if number.isdecimal() else 0


class LiteBackend(Backend):
    """Without what LiteRT has no op for."""

    def log1p(self, x: Any) -> Any:
        return self.tf.math.log(x + 1.0)
