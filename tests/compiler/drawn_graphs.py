"""Hypothesis strategies for small graphs of primitives, and batches for them.

All values are (B, 3) and of order 1, so that rounding stays comparable to the tolerances: what
multiplies or exponentiates is bounded by ``tanh`` first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from kgraph.compiler.ir import INPUT, VARIABLE, Graph, Node, Tracer
from kgraph.ops.activation import relu, softplus
from kgraph.ops.arithmetic import absolute, add, divide, multiply, negative, subtract
from kgraph.ops.casting import cast
from kgraph.ops.comparison import greater
from kgraph.ops.exponential import exp, log, log1p, power, reciprocal, sqrt, square
from kgraph.ops.primitives.bounds import segment_mean, segment_sum
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.linear import batched_matmul
from kgraph.ops.primitives.reduce import reduce_max, reduce_mean, reduce_sum
from kgraph.ops.primitives.shape import (
    broadcast_to,
    join,
    reshape_to,
    strided_slice,
    transpose_axes,
)
from kgraph.ops.selection import maximum, minimum, where
from kgraph.ops.sigmoids import sigmoid
from kgraph.ops.trigonometric import tanh
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dim, Size
from kgraph.types.variable import Variable

B: Size = Dim.symbol("B")
T: Size = Dim.symbol("T")
F32 = np.dtype("float32")
Unary = Callable[[Any], Any]


def softmax(x: Any) -> Any:
    powers = exp(subtract(x, reduce_max(x, (1,))))
    return divide(powers, reduce_sum(powers, (1,)))


UNARY: list[Unary] = [
    negative,
    absolute,
    relu,
    tanh,
    sigmoid,
    softplus,
    square,
    lambda x: power(x, 1.0),
    lambda x: power(x, 2.0),
    lambda x: maximum(minimum(maximum(x, -1.0), 2.0), -0.5),
    lambda x: log(sigmoid(x)),
    lambda x: log1p(exp(tanh(x))),
    lambda x: log(softmax(x)),
    lambda x: divide(1.0, sqrt(add(square(x), 1.0))),
    lambda x: reciprocal(sqrt(add(absolute(x), 1.0))),
    lambda x: cast(cast(x, "float64"), "float32"),
    lambda x: transpose_axes(transpose_axes(x, (1, 0)), (1, 0)),
    lambda x: reshape_to(reshape_to(x, (B * 3,)), (B, 3)),
    lambda x: reshape_to(multiply(reshape_to(x, (B, 1, 3)), 0.5), (B, 3)),
    lambda x: strided_slice(x, (0, 0), (B, 3), (1, 1)),
    lambda x: strided_slice(x, (0, 2), (B, -1), (1, -1)),
    lambda x: join([strided_slice(x, (0, 1), (B, 3), (1, 1)), reduce_mean(x, (1,))], 1),
    lambda x: broadcast_to(reduce_max(reduce_max(x, (1,)), (1,)), (B, 3)),
    lambda x: add(broadcast_to(reduce_sum(x, (1,)), (B, 3)), x),
    lambda x: multiply(x, np.ones((1, 3), np.float32)),
]
BINARY: list[Callable[[Any, Any], Any]] = [
    add,
    subtract,
    maximum,
    minimum,
    lambda x, y: multiply(tanh(x), y),
    lambda x, y: where(greater(x, 0.0), x, y),
    lambda x, y: where(np.array([True, True, True]), x, y),
]
WITH_ROW: list[Callable[[Any, Any], Any]] = [
    add,
    subtract,
    multiply,
    divide,
    lambda x, row: subtract(row, x),
    lambda x, row: multiply(subtract(x, row), row),
    lambda x, row: add(broadcast_to(row, (1, 3)), x),
]
ROWS: list[Any] = [
    0.0,
    -0.0,
    1.0,
    0.5,
    np.float32([0.5, -1.0, 1.5]),
    np.float32([[1.25, 0.75, -0.5]]),
]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Inputs x and y (B, 3), ids (T,) and their row splits; weights that are variables; up to 10
    steps; one to three outputs."""
    inputs = [_input("x", (B, 3)), _input("y", (B, 3)), _input("ids", (T,), "int64")]
    inputs.append(_input("splits", (B + 1,), "int64"))
    x, y, ids, splits = map(Tracer, inputs)
    weight = Tracer(_variable("w", np.float32([[0.5, -1, 0], [0.25, 1, 0.5], [-0.5, 0.75, 1]])))
    row = Tracer(_variable("row", np.float32([0.5, 2, -1])))
    values = [x, y]
    for _ in range(draw(st.integers(1, 10))):
        value = draw(st.sampled_from(values))
        kind = draw(st.sampled_from(["unary", "binary", "row", "product", "bag"]))
        if kind == "unary":
            made = draw(st.sampled_from(UNARY))(value)
        elif kind == "binary":
            made = draw(st.sampled_from(BINARY))(value, draw(st.sampled_from(values)))
        elif kind == "row":
            other = draw(st.sampled_from([*ROWS, row]))
            if isinstance(other, float) and other == 0:
                made = draw(st.sampled_from([add, subtract, multiply]))(value, other)
            else:
                made = draw(st.sampled_from(WITH_ROW))(value, other)
        elif kind == "product":
            made = add(batched_matmul(tanh(value), weight), draw(st.sampled_from(ROWS)))
        else:
            bag = draw(st.sampled_from([segment_sum, segment_mean]))
            made = bag(gather_rows(weight, ids), splits)
        values.append(made)
    outputs = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))
    return Graph(tuple(inputs), (), ()).with_outputs([value.node for value in outputs])


def _input(name: str, dims: tuple[Size, ...], dtype: str = "float32") -> Node:
    return Node(INPUT, (), {"name": name}, ArrayType(np.dtype(dtype), dims))


def _variable(name: str, value: np.ndarray) -> Node:
    variable = Variable(value, name=name)
    return Node(VARIABLE, (), {"variable": variable}, variable.type)


@st.composite
def batches(draw: st.DrawFn) -> list[np.ndarray]:
    """Arrays for the inputs of :func:`graphs`: empty batches and empty rows, too."""
    lengths = draw(st.lists(st.integers(0, 3), max_size=4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    splits = np.cumsum([0, *lengths])
    dense = [random.uniform(-2, 2, (len(lengths), 3)).astype(F32) for _ in range(2)]
    return [*dense, random.integers(0, 3, splits[-1]), splits]
