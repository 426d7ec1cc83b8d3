"""Every activation by name, through the Activation layer; and the activation layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Draw, Ragged, case, floats, layer_case

NAMES = (
    "relu", "relu6", "elu", "selu", "celu", "gelu", "sigmoid", "hard_sigmoid", "silu", "swish",
    "hard_silu", "hard_swish", "softplus", "softsign", "tanh", "softmax", "log_softmax",
    "exponential", "linear", "mish", "leaky_relu", "squareplus", "glu", "soft_shrink",
    "hard_shrink", "tanh_shrink", "hard_tanh", "sparse_plus", "sparse_sigmoid", "sparsemax",
    "log_sigmoid",
)  # fmt: skip

# Each bend of the piecewise ones, both tails, and values between.
BENDS = (
    -100,
    -30,
    -6,
    -3.5,
    -3,
    -2,
    -1,
    -0.5,
    -0.25,
    -0.0,
    0,
    0.25,
    0.5,
    1,
    1.5,
    3,
    6,
    6.5,
    20,
    90,
)
TABLE = np.array(BENDS).reshape(5, 4)
# The saturating ones and those with a kink say what they do at the ends of the line, too.
AT_INFINITY = (
    "relu",
    "relu6",
    "sigmoid",
    "tanh",
    "hard_sigmoid",
    "hard_tanh",
    "linear",
    "softplus",
)

# TensorFlow holds a constant of these in float32, so that its float64 results are no oracle.
FLOAT32_CONSTANTS = ("gelu", "leaky_relu")


def _declare(name: str) -> None:
    table = TABLE[:, :2] if name == "exponential" else TABLE  # e ** 90 overflows in float32

    layer_case(
        f"activation_{name}", lambda la: la.Activation(name), lambda _: table.astype("float32")
    )
    layer_case(f"activation_{name}_rank_3", lambda la: la.Activation(name), floats(2, 3, 4))
    if name in FLOAT32_CONSTANTS:
        return
    layer_case(
        f"activation_{name}_float64",
        lambda la: la.Activation(name, dtype="float64"),
        lambda _: table.astype("float64"),
    )


def _declare_at_infinity(name: str) -> None:
    layer_case(
        f"activation_{name}_at_infinity",
        lambda la: la.Activation(name),
        lambda _: np.array([[-np.inf, np.inf, np.nan]], "float32"),
    )


for _name in NAMES:
    _declare(_name)

for _name in AT_INFINITY:
    _declare_at_infinity(_name)


@case("activation_is_a_function_of_ops")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    y = k.layers.Activation(lambda v: k.ops.gelu(v, approximate=True))(x)
    return k.Model(x, y), draw.floats((3, 4))


layer_case(
    "activation_relu_ragged",
    lambda la: la.Activation("relu"),
    lambda draw: Ragged.of(draw.floats(6), [0, 2, 2, 6]),
    sources=("tf_keras",),
)
layer_case(
    "activation_tanh_ragged_rows_of_vectors",
    lambda la: la.Activation("tanh"),
    lambda draw: Ragged.of(draw.floats((6, 3)), [0, 2, 2, 6]),
    sources=("tf_keras",),
)

# --------------------------------------------------------------------------------- layers

layer_case("softmax", lambda la: la.Softmax(), floats(3, 5))
layer_case("softmax_axis_1_of_3", lambda la: la.Softmax(axis=1), floats(2, 3, 4))
layer_case("softmax_two_axes", lambda la: la.Softmax(axis=[1, 2]), floats(2, 3, 4))
layer_case(
    "softmax_of_large_values",
    lambda la: la.Softmax(),
    lambda _: np.array([[1000, 999, -1000], [-1e30, 0, 1e30], [-np.inf, 0, 1]], "float32"),
)
layer_case("softmax_one_column", lambda la: la.Softmax(), floats(4, 1))
layer_case("softmax_float64", lambda la: la.Softmax(dtype="float64"), floats(3, 9, dtype="float64"))

layer_case("relu", lambda la: la.ReLU(), floats(3, 5))
layer_case("relu_max_value", lambda la: la.ReLU(max_value=1.0), floats(3, 5))
layer_case("relu_negative_slope", lambda la: la.ReLU(negative_slope=0.25), floats(3, 5))
layer_case("relu_threshold", lambda la: la.ReLU(threshold=0.5), floats(3, 5))
layer_case(
    "relu_all_arguments", lambda la: la.ReLU(1.25, negative_slope=0.5, threshold=0.25), floats(4, 5)
)
layer_case(
    "relu_negative_slope_and_threshold",
    lambda la: la.ReLU(negative_slope=0.5, threshold=1.0),
    floats(4, 5),
)
layer_case("relu_6", lambda la: la.ReLU(max_value=6.0), floats(3, 5, low=-8.0, high=8.0))
layer_case(
    "relu_at_infinity",
    lambda la: la.ReLU(max_value=2.0, negative_slope=0.5),
    lambda _: np.array([[-np.inf, np.inf, np.nan, 0, 2]], "float32"),
)

layer_case("leaky_relu", lambda la: la.LeakyReLU(), floats(3, 5))
layer_case("leaky_relu_slope", lambda la: la.LeakyReLU(negative_slope=0.125), floats(2, 3, 4))
layer_case("leaky_relu_zero_slope", lambda la: la.LeakyReLU(negative_slope=0.0), floats(3, 5))
