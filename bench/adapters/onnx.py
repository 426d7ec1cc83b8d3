"""A scenario as an ONNX model, which ONNX Runtime and OpenVINO run."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bench.adapters.feeding import feeds
from bench.adapters.numpy import joined
from bench.adapters.padded import Padded, PaddedOps, flatten
from bench.graph import Array, Unsupported, evaluate
from bench.scenario import Batch, Scenario

OPSET = 20  # the first with Gelu


def model_of(scenario: Scenario, batch: Batch) -> bytes:
    """The model for the shapes of a batch, ragged rows padded; ``x0``, ``x1``, … to ``y``.

    Errors    Unsupported for a sparse input
    """
    from onnx import helper

    if any(node.attrs["kind"] == "sparse" for node in scenario.inputs):
        raise Unsupported("ONNX has no product of a sparse input")
    arrays = flatten(batch)
    names = [f"x{i}" for i in range(len(arrays))]
    ops = Backend(scenario.dtype, _all_matrices(scenario))
    output = evaluate(scenario.nodes, feeds(scenario, names), ops)
    ops.node("Identity", output, named="y")
    inputs = [
        helper.make_tensor_value_info(name, _type(array.dtype), array.shape)
        for name, array in zip(names, arrays, strict=True)
    ]
    result = helper.make_tensor_value_info("y", _type(np.dtype(scenario.dtype)), None)
    graph = helper.make_graph(ops.nodes, scenario.name, inputs, [result], ops.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    return bytes(model.SerializeToString())


def _all_matrices(scenario: Scenario) -> bool:
    inputs = [node.attrs for node in scenario.inputs if node.attrs["kind"] == "dense"]
    return all(len(attrs["shape"]) == 1 for attrs in inputs)


def _type(dtype: Any) -> int:
    from onnx import helper

    return int(helper.np_dtype_to_tensor_dtype(dtype))


_SIMPLE = {
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "exp": "Exp",
    "sqrt": "Sqrt",
    "abs": "Abs",
    "neg": "Neg",
    "relu": "Relu",
    "add": "Add",
    "sub": "Sub",
    "mul": "Mul",
    "divide": "Div",
}


class Backend(PaddedOps):
    """One method for each op of ``bench.graph``; values are names."""

    def __init__(self, dtype: str, matrices: bool = True) -> None:
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.known: dict[int, str] = {}
        self.kept: list[Any] = []  # so that no id is used twice
        self.dtype = dtype
        self.matrices = matrices  # whether a dense value is one: names tell no rank

    def __getattr__(self, name: str) -> Any:
        if name not in _SIMPLE:
            raise AttributeError(name)
        return partial(self.node, _SIMPLE[name])

    def node(self, kind: str, *inputs: Any, named: str = "", **attributes: Any) -> str:
        from onnx import helper

        output = named or f"v{len(self.nodes)}"
        names = [x if isinstance(x, str) else self.weight(x) for x in inputs]
        self.nodes.append(helper.make_node(kind, names, [output], **attributes))
        return output

    def weight(self, value: Any) -> str:
        from onnx import numpy_helper

        if id(value) not in self.known:
            self.known[id(value)] = name = f"c{len(self.known)}"
            self.kept.append(value)
            array = np.ascontiguousarray(value)
            self.initializers.append(numpy_helper.from_array(array.reshape(np.shape(value)), name))
        return self.known[id(value)]

    def constant(self, value: Any) -> Any:
        return np.asarray(value, self.dtype) if np.isscalar(value) else value

    def matmul(self, a: Any, b: Any) -> str:
        return self.node("MatMul", a, b)

    def finish_dense(self, x: Any, bias: Array, activation: str | None) -> str:
        y = self.node("Add", x, bias)
        return getattr(self, activation)(y) if activation else y

    def dense(self, x: Any, kernel: Array, bias: Array, activation: str | None = None) -> Any:
        if isinstance(x, Padded):
            product = self.matmul(x.values, kernel)
            return x._replace(values=self.finish_dense(product, bias, activation))
        if not self.matrices:
            return self.finish_dense(self.matmul(x, kernel), bias, activation)
        y = self.node("Gemm", x, kernel, bias)
        return getattr(self, activation)(y) if activation else y

    def gelu(self, x: str) -> str:
        return self.node("Gelu", x)

    def log1p(self, x: str) -> str:
        return self.node("Log", self.node("Add", x, np.asarray(1, self.dtype)))

    def transpose(self, x: str, axes: tuple[int, ...]) -> str:
        return self.node("Transpose", x, perm=axes)

    def split_heads(self, x: str, heads: int) -> str:
        split = self.node("Reshape", x, np.array([0, 0, heads, -1]))
        return self.transpose(split, (0, 2, 1, 3))

    def join_heads(self, x: str) -> str:
        return self.node("Reshape", self.transpose(x, (0, 2, 1, 3)), np.array([0, 0, -1]))

    def softmax(self, x: str) -> str:
        return self.node("Softmax", x, axis=-1)

    def logsumexp(self, x: str) -> str:
        return self.node("ReduceLogSumExp", x, np.array([-1]), keepdims=0)

    def mean(self, x: str, axis: int) -> str:
        return self.node("ReduceMean", x, np.array([axis]), keepdims=0)

    def var(self, x: str, axis: int) -> str:
        centred = self.node("Sub", x, self.node("ReduceMean", x, np.array([axis]), keepdims=1))
        return self.mean(self.node("Mul", centred, centred), axis)

    def layer_norm(self, x: str, scale: Array, offset: Array, epsilon: float) -> str:
        return self.node("LayerNormalization", x, scale, offset, epsilon=epsilon, axis=-1)

    def concat(self, *parts: str) -> str:
        return self.node("Concat", *parts, axis=-1)

    def gather(self, table: Array, ids: str) -> str:
        return self.node("Gather", table, ids, axis=0)

    def embed_columns(self, ids: str, tables: list[Array]) -> str:
        table, offsets = joined(tables)
        found = self.gather(table, self.node("Add", ids, offsets))
        return self.node("Reshape", found, np.array([0, len(tables) * table.shape[1]]))

    def mask(self, lengths: str, values: str, axis: int) -> str:
        from onnx import TensorProto

        longest = self.node("Gather", self.node("Shape", values), np.array(axis))
        positions = self.node(
            "Range", np.array(0, np.int32), self._int32(longest), np.array(1, np.int32)
        )
        there = self.node("Less", positions, self.expand(lengths, -1))
        return self.node("Cast", there, to=TensorProto.FLOAT)

    def _int32(self, x: str) -> str:
        from onnx import TensorProto

        return self.node("Cast", x, to=TensorProto.INT32)

    def choose(self, mask: str, x: str, otherwise: float) -> str:
        from onnx import TensorProto

        there = self.node("Cast", mask, to=TensorProto.BOOL)
        return self.node("Where", there, x, np.asarray(otherwise, np.float32))

    def at_least_one(self, lengths: str) -> str:
        from onnx import TensorProto

        return self.node("Max", self.node("Cast", lengths, to=TensorProto.FLOAT), np.float32(1))

    def expand(self, x: str, axis: int) -> str:
        return self.node("Unsqueeze", x, np.array([axis]))

    def squeeze(self, x: str, axis: int) -> str:
        return self.node("Squeeze", x, np.array([axis]))
