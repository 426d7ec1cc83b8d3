"""OpenVINO on the ONNX model: latency hint, one stream, one request, float32, a copied output."""

from __future__ import annotations

from typing import Any

from bench.adapters import Builds, Call
from bench.adapters.onnx import model_of
from bench.adapters.padded import flatten
from bench.scenario import Batch, Scenario

REQUIRES = ("openvino", "onnx")


def builds(scenario: Scenario, threads: int) -> Builds:
    def build(batch: Batch) -> Call:
        request = _request(model_of(scenario, batch), threads)

        def call(*values: Any) -> Any:
            request.infer(flatten(values), share_inputs=True)
            return request.get_output_tensor(0).data.copy()

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
