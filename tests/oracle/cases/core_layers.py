"""InputLayer, Dense and Embedding."""

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Draw, Ragged, Sparse, case, floats, ints, layer_case

# ---------------------------------------------------------------------------- InputLayer


@case("input_layer_in_sequential")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    model = k.Sequential([k.layers.InputLayer(shape=(4,)), k.layers.Dense(3)])
    return model, draw.floats((5, 4))


@case("input_layer_with_batch_size_and_dtype")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,), batch_size=3, dtype="int32")
    return k.Model(x, k.layers.Embedding(6, 2)(x)), draw.ints((3, 4), 0, 6)


@case("input_is_the_output")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    return k.Model(x, [x, k.layers.Dense(2)(x)]), draw.floats((3, 4))


@case("input_scalar_rows")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=())
    return k.Model(x, k.layers.Rescaling(2.0, 1.0)(x)), draw.floats(6)


@case("input_casts_an_integer_feed_to_its_dtype")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    return k.Model(x, k.layers.Dense(3)(x)), draw.ints((5, 4), -3, 4)


# --------------------------------------------------------------------------------- Dense

layer_case("dense", lambda la: la.Dense(4), floats(5, 8))
layer_case("dense_relu", lambda la: la.Dense(4, activation="relu"), floats(5, 8))
layer_case("dense_tanh_without_bias", lambda la: la.Dense(3, "tanh", use_bias=False), floats(5, 8))
layer_case("dense_softmax", lambda la: la.Dense(6, activation="softmax"), floats(7, 5))
layer_case("dense_gelu_one_row", lambda la: la.Dense(17, activation="gelu"), floats(1, 9))
layer_case("dense_one_unit", lambda la: la.Dense(1, activation="sigmoid"), floats(9, 3))
layer_case("dense_rank_3", lambda la: la.Dense(4, activation="elu"), floats(2, 3, 5))
layer_case("dense_rank_4", lambda la: la.Dense(2), floats(2, 3, 2, 5))
layer_case("dense_float64", lambda la: la.Dense(4, dtype="float64"), floats(5, 8, dtype="float64"))
layer_case(
    "dense_casts_float64_input_to_its_dtype", lambda la: la.Dense(4), floats(5, 8, dtype="float64")
)
layer_case(
    "dense_casts_float16_input_to_its_dtype", lambda la: la.Dense(4), floats(5, 8, dtype="float16")
)
layer_case("dense_over_a_panel_edge", lambda la: la.Dense(33, activation="silu"), floats(15, 19))


@case("dense_unknown_middle_dimension")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(None, 4))
    return k.Model(x, k.layers.Dense(3)(x)), draw.floats((2, 5, 4))


def _sparse(*shape: int, entries: int, low: float = -2.0, dtype: str = "float32") -> Any:
    """About `entries` of 10 entries are stored; row 1 is empty."""

    def feed(draw: Draw) -> Sparse:
        dense = draw.floats(shape, low, 2.0, dtype)
        dense[draw.ints(shape, 0, 10) >= entries] = 0
        dense[1] = 0
        return Sparse.of(dense)

    return feed


layer_case("dense_sparse", lambda la: la.Dense(4), _sparse(5, 12, entries=3))
layer_case(
    "dense_sparse_relu_without_bias",
    lambda la: la.Dense(3, activation="relu", use_bias=False),
    _sparse(6, 20, entries=2),
)
layer_case(
    "dense_sparse_softmax", lambda la: la.Dense(17, activation="softmax"), _sparse(4, 30, entries=1)
)
layer_case(
    "dense_sparse_tf_keras",
    lambda la: la.Dense(4, activation="tanh"),
    _sparse(5, 12, entries=3),
    sources=("tf_keras",),
)


def _ragged(width: int, *splits: list[int]) -> Any:
    return lambda draw: Ragged.of(draw.floats((splits[-1][-1], width)), *splits)


layer_case(
    "dense_ragged", lambda la: la.Dense(3), _ragged(4, [0, 2, 2, 5, 6]), sources=("tf_keras",)
)
layer_case(
    "dense_ragged_relu_without_bias",
    lambda la: la.Dense(5, activation="relu", use_bias=False),
    _ragged(2, [0, 1, 4, 4, 4, 7]),
    sources=("tf_keras",),
)
layer_case(
    "dense_ragged_softmax",
    lambda la: la.Dense(3, activation="softmax"),
    _ragged(4, [0, 3, 5]),
    sources=("tf_keras",),
)
layer_case(
    "dense_ragged_rank_2",
    lambda la: la.Dense(2, activation="tanh"),
    _ragged(3, [0, 2, 2, 3], [0, 1, 4, 6]),
    sources=("tf_keras",),
)

# ----------------------------------------------------------------------------- Embedding

layer_case("embedding", lambda la: la.Embedding(10, 4), ints(3, 5))
layer_case("embedding_rank_1_ids", lambda la: la.Embedding(10, 3), ints(7))
layer_case("embedding_rank_3_ids", lambda la: la.Embedding(10, 3), ints(2, 3, 2))
layer_case("embedding_int64_ids", lambda la: la.Embedding(10, 4), ints(3, 5, dtype="int64"))
layer_case("embedding_uint8_ids", lambda la: la.Embedding(10, 4), ints(3, 5, dtype="uint8"))
layer_case(
    "embedding_float_ids",
    lambda la: la.Embedding(10, 4),
    lambda draw: draw.ints((3, 5), 0, 10, "float32"),
)
layer_case(
    "embedding_float64_table", lambda la: la.Embedding(6, 2, dtype="float64"), ints(3, 2, high=6)
)
layer_case("embedding_one_column", lambda la: la.Embedding(5, 1), ints(4, 3, high=5))


def _ragged_ids(high: int, *splits: list[int], dtype: str = "int64") -> Any:
    return lambda draw: Ragged.of(draw.ints(splits[-1][-1], 0, high, dtype), *splits)


layer_case(
    "embedding_ragged_ids",
    lambda la: la.Embedding(10, 4),
    _ragged_ids(10, [0, 3, 3, 4, 8]),
    sources=("tf_keras",),
)
layer_case(
    "embedding_ragged_int32_ids",
    lambda la: la.Embedding(7, 2),
    _ragged_ids(7, [0, 0, 2, 5], dtype="int32"),
    sources=("tf_keras",),
)
layer_case(
    "embedding_ragged_rank_2_ids",
    lambda la: la.Embedding(9, 3),
    _ragged_ids(9, [0, 2, 2, 3], [0, 1, 4, 6]),
    sources=("tf_keras",),
)


# A dense Input takes sparse values too: absent entries are zeros.
@case("dense_input_takes_sparse", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(6,))
    dense = draw.floats((4, 6)) * draw.choice((4, 6))
    return k.Model(x, k.layers.Dense(3)(x)), Sparse.of(dense.astype(np.float32))
