"""ONNX Runtime: one session, every optimisation; inputs are read where they are."""

from __future__ import annotations

from typing import Any

from bench.adapters import Builds, Call
from bench.adapters.onnx import model_of
from bench.adapters.padded import flattener
from bench.scenario import Batch, Scenario

REQUIRES = ("onnxruntime", "onnx")


def builds(scenario: Scenario, threads: int) -> Builds:
    def build(batch: Batch) -> Call:
        session = _session(model_of(scenario, batch), threads)
        names, run = [value.name for value in session.get_inputs()], session.run
        flat = flattener(scenario)
        if len(names) == 1:
            return lambda value: run(None, {names[0]: value})[0]
        return lambda *values: run(None, dict(zip(names, flat(values), strict=True)))[0]

    return {"run": build}


def _session(model: bytes, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
