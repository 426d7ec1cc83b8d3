"""Every op of the registry, compiled on its own samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph.ops.names  # noqa: F401 - which defines every op
from kgraph.graph.function import Function
from kgraph.layers.input_layer import Input
from kgraph.ops.op import Op, Sample
from kgraph.types.csr import CSR
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import from_csr
from tests.property.comparing import check

SAMPLES = [
    (op, sample)
    for op in OPS.values()
    if isinstance(op, Op) and op.__module__.startswith("kgraph.ops")
    for sample in op.samples
    if sample.inputs
]


def name(value: Any) -> str:
    if isinstance(value, Op):
        return value.name
    assert isinstance(value, Sample)
    return ",".join(f"{k}={v}" for k, v in value.attrs.items())


def is_fed(value: Any) -> bool:
    """Whether a sample's value can come as a batch: arrays with an axis, ragged and sparse ones."""
    if isinstance(value, bool | int | float):
        return False
    return isinstance(value, RaggedTensor | CSR) or np.ndim(value) > 0


class Fed:
    """A sample as the inputs of a graph; what cannot be a batch stays a constant."""

    def __init__(self) -> None:
        self.inputs: list[Any] = []
        self.values: list[Any] = []

    def place(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.place(item) for item in value]
        if isinstance(value, CSR):
            value = from_csr(value)
        elif not is_fed(value):
            return value
        self.inputs.append(Input(tensor=value))
        self.values.append(value)
        return self.inputs[-1]


@pytest.mark.parametrize("passes", ["default", "none"])
@pytest.mark.parametrize(("op", "sample"), SAMPLES, ids=name)
def test_op_compiles_to_what_it_computes(op: Op, sample: Sample, passes: str) -> None:
    fed = Fed()
    operands = [fed.place(value) for value in sample.inputs]
    if not fed.inputs:
        x = Input((2,), dtype="float32")
        fed.inputs, fed.values = [x], [np.ones((3, 2), np.float32)]
        result = [op(*operands, **sample.attrs)]
        assert not isinstance(result[0], type(x))
        return
    made = op(*operands, **sample.attrs)
    outputs = made if isinstance(made, list | tuple) else [made]
    check(Function(fed.inputs, list(outputs)), fed.values, passes=passes)
