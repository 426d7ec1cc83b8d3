"""LiteRT (TensorFlow Lite) with XNNPACK, converted for the shapes of a batch."""

from __future__ import annotations

from typing import Any

from bench.adapters import Builds, Call
from bench.adapters.feeding import feeds
from bench.adapters.padded import flatten
from bench.adapters.tf_ops import Backend, quiet
from bench.graph import Unsupported, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("tensorflow",)


def builds(scenario: Scenario, threads: int) -> Builds:
    if any(node.attrs["kind"] == "sparse" for node in scenario.inputs):
        raise Unsupported("LiteRT has no sparse inputs")
    if scenario.dtype != "float32":
        raise Unsupported("LiteRT computes in float32")

    def build(batch: Batch) -> Call:
        return _call(_interpreter(_model(scenario, batch, threads), threads))

    return {"XNNPACK": build}


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


def _call(interpreter: Any) -> Call:
    """Views of its memory are written and read: cheaper than ``set_tensor`` on small batches."""
    named = sorted(interpreter.get_input_details(), key=lambda detail: _position(detail["name"]))
    inputs = [interpreter.tensor(detail["index"]) for detail in named]
    output = interpreter.tensor(interpreter.get_output_details()[0]["index"])
    invoke = interpreter.invoke

    def call(*values: Any) -> Any:
        for view, array in zip(inputs, flatten(values), strict=True):
            view()[...] = array
        invoke()
        return output().copy()

    return call


def _position(name: str) -> int:
    """``values_1:0`` is the second."""
    stem = name.split(":")[0].removeprefix("serving_default_")
    number = stem.rpartition("_")[2]
    return int(number) if number.isdecimal() else 0


class LiteBackend(Backend):
    """Without what LiteRT has no op for."""

    def log1p(self, x: Any) -> Any:
        return self.tf.math.log(x + 1.0)
