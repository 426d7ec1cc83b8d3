"""OpenVINO on the ONNX model: latency hint, one stream, one request, float32, a copied output."""

from __future__ import annotations

from typing import Any

from bench.adapters import Builds, Call
from bench.adapters.onnx import model_of
from bench.adapters.padded import flattener
from bench.scenario import Batch, Scenario

REQUIRES = ("openvino", "onnx")


def builds(scenario: Scenario, threads: int) -> Builds:
    def build(batch: Batch) -> Call:
        infer, flat = _request(model_of(scenario, batch), threads).infer, flattener(scenario)

        def call(*values: Any) -> Any:
            return infer(flat(values), share_inputs=True, share_outputs=True)[0].copy()

        return call

    return {"infer": build}


def _request(model: bytes, threads: int) -> Any:
    """Left to itself it computes in bf16 where the CPU has AMX."""
    import openvino

    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32",
    }
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(model), "CPU", settings)
    return compiled.create_infer_request()
