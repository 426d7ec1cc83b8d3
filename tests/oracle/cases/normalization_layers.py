"""LayerNormalization, BatchNormalization (at inference), Rescaling and Normalization."""

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Draw, case, floats, ints, layer_case

layer_case("layer_normalization", lambda la: la.LayerNormalization(), floats(3, 8))
layer_case(
    "layer_normalization_epsilon", lambda la: la.LayerNormalization(epsilon=0.5), floats(3, 8)
)
layer_case(
    "layer_normalization_without_center",
    lambda la: la.LayerNormalization(center=False),
    floats(3, 8),
)
layer_case(
    "layer_normalization_without_scale", lambda la: la.LayerNormalization(scale=False), floats(3, 8)
)
layer_case(
    "layer_normalization_bare",
    lambda la: la.LayerNormalization(center=False, scale=False),
    floats(2, 3, 4),
)
layer_case(
    "layer_normalization_two_axes", lambda la: la.LayerNormalization(axis=[1, 2]), floats(2, 3, 4)
)
layer_case("layer_normalization_axis_1", lambda la: la.LayerNormalization(axis=1), floats(2, 3, 4))
layer_case("layer_normalization_rank_3", lambda la: la.LayerNormalization(), floats(2, 3, 4))
layer_case(
    "layer_normalization_float64",
    lambda la: la.LayerNormalization(dtype="float64"),
    floats(3, 8, dtype="float64"),
)
# The variance of a constant row is zero: epsilon alone is left under the root.
layer_case(
    "layer_normalization_of_constant_rows",
    lambda la: la.LayerNormalization(),
    lambda _: np.array([[2, 2, 2, 2], [0, 0, 0, 0], [1, 2, 3, 4]], "float32"),
)

layer_case("batch_normalization", lambda la: la.BatchNormalization(), floats(4, 5))
layer_case("batch_normalization_rank_3", lambda la: la.BatchNormalization(), floats(2, 3, 4))
layer_case("batch_normalization_axis_1", lambda la: la.BatchNormalization(axis=1), floats(2, 3, 4))
layer_case(
    "batch_normalization_without_center",
    lambda la: la.BatchNormalization(center=False),
    floats(4, 5),
)
layer_case(
    "batch_normalization_without_scale", lambda la: la.BatchNormalization(scale=False), floats(4, 5)
)
layer_case(
    "batch_normalization_bare",
    lambda la: la.BatchNormalization(center=False, scale=False, epsilon=0.25),
    floats(4, 5),
)
layer_case(
    "batch_normalization_float64",
    lambda la: la.BatchNormalization(dtype="float64"),
    floats(4, 5, dtype="float64"),
)


@case("batch_normalization_after_dense")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    h = k.layers.BatchNormalization()(k.layers.Dense(6)(x))
    return k.Model(x, k.layers.Activation("relu")(h)), draw.floats((5, 4))


@case("batch_normalization_before_dense")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    return k.Model(x, k.layers.Dense(3)(k.layers.BatchNormalization()(x))), draw.floats((5, 4))


layer_case("rescaling", lambda la: la.Rescaling(1 / 255), ints(3, 4, high=256, dtype="uint8"))
layer_case("rescaling_offset", lambda la: la.Rescaling(2.0, offset=-1.0), floats(3, 4))
layer_case("rescaling_integers", lambda la: la.Rescaling(0.5, offset=1), ints(3, 4, high=256))
layer_case(
    "rescaling_lists",
    lambda la: la.Rescaling([1.0, 2.0, 0.5], offset=[0.0, -1.0, 1.0]),
    floats(2, 4, 3),
)
layer_case(
    "rescaling_float64",
    lambda la: la.Rescaling(0.375, offset=0.125, dtype="float64"),
    floats(3, 4, dtype="float64"),
)

layer_case(
    "normalization_numbers",
    lambda la: la.Normalization(mean=0.5, variance=4.0, axis=None),
    floats(3, 4),
)
layer_case(
    "normalization_columns",
    lambda la: la.Normalization(mean=[0.0, 1.0, -1.0], variance=[1.0, 2.0, 0.25]),
    floats(4, 3),
)
layer_case(
    "normalization_inverted",
    lambda la: la.Normalization(mean=[0.0, 1.0, -1.0], variance=[1.0, 2.0, 0.25], invert=True),
    floats(4, 3),
)
layer_case(
    "normalization_axis_1",
    lambda la: la.Normalization(axis=1, mean=[0.0, 1.0], variance=[1.0, 2.0]),
    floats(3, 2, 4),
)
layer_case(
    "normalization_two_axes",
    lambda la: la.Normalization(
        axis=(1, 2), mean=[[0.0, 1.0], [2.0, -1.0]], variance=[[1.0, 2.0], [0.5, 4.0]]
    ),
    floats(3, 2, 2),
)
layer_case(
    "normalization_rank_3",
    lambda la: la.Normalization(mean=[0.0, 1.0, -1.0], variance=[1.0, 2.0, 0.25]),
    floats(2, 4, 3),
)
# A variance of zero: the deviation is held at epsilon (1e-7), so that nothing is divided by zero.
layer_case(
    "normalization_zero_variance",
    lambda la: la.Normalization(mean=[0.0, 0.0], variance=[0.0, 1.0]),
    floats(3, 2),
)
layer_case(
    "normalization_integers",
    lambda la: la.Normalization(mean=3.0, variance=2.0, axis=None),
    ints(3, 4),
)
