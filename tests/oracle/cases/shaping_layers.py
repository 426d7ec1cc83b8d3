"""Dropout (at inference), Flatten, Reshape and Concatenate."""

from __future__ import annotations

from typing import Any

from .registry import Draw, Ragged, case, floats, ints, layer_case

layer_case("dropout", lambda la: la.Dropout(0.5), floats(3, 4))
layer_case(
    "dropout_with_noise_shape",
    lambda la: la.Dropout(0.3, noise_shape=(None, 1), seed=7),
    floats(3, 4),
)
layer_case("dropout_rank_3", lambda la: la.Dropout(0.0), floats(2, 3, 4))


@case("dropout_between_dense")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    h = k.layers.Dropout(0.9, seed=1)(k.layers.Dense(5, activation="relu")(x))
    return k.Model(x, k.layers.Dense(2)(h)), draw.floats((3, 4))


layer_case("flatten", lambda la: la.Flatten(), floats(2, 3, 4))
layer_case("flatten_rank_1", lambda la: la.Flatten(), floats(5))
layer_case("flatten_rank_2", lambda la: la.Flatten(), floats(5, 3))
layer_case("flatten_rank_4", lambda la: la.Flatten(), floats(2, 3, 2, 2))
layer_case(
    "flatten_channels_first",
    lambda la: la.Flatten(data_format="channels_first"),
    floats(2, 3, 2, 4),
)


@case("flatten_then_dense")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(3, 4))
    return k.Model(x, k.layers.Dense(2)(k.layers.Flatten()(x))), draw.floats((2, 3, 4))


layer_case("reshape", lambda la: la.Reshape((4, 3)), floats(2, 3, 4))
layer_case("reshape_to_rows", lambda la: la.Reshape((12,)), floats(2, 3, 4))
layer_case("reshape_with_an_inferred_dimension", lambda la: la.Reshape((-1, 2)), floats(2, 3, 4))
layer_case("reshape_all_inferred", lambda la: la.Reshape((-1,)), floats(2, 3, 4))
layer_case("reshape_adds_ones", lambda la: la.Reshape((1, 6, 1)), floats(2, 6))
layer_case("reshape_to_scalars", lambda la: la.Reshape(()), floats(4, 1))
layer_case("reshape_integers", lambda la: la.Reshape((3, 2), dtype="int32"), ints(2, 6))


@case("reshape_unknown_dimension")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(None, 4))
    return k.Model(x, k.layers.Reshape((-1, 2))(x)), draw.floats((2, 3, 4))


layer_case("concatenate", lambda la: la.Concatenate(), floats(3, 2), floats(3, 4))
layer_case(
    "concatenate_three",
    lambda la: la.Concatenate(axis=-1),
    floats(3, 1),
    floats(3, 4),
    floats(3, 2),
)
layer_case(
    "concatenate_axis_1", lambda la: la.Concatenate(axis=1), floats(2, 2, 3), floats(2, 4, 3)
)
layer_case(
    "concatenate_axis_0",
    lambda la: la.Concatenate(axis=0),
    floats(2, 3),
    floats(4, 3),
    batch_first=False,
)
layer_case(
    "concatenate_axis_minus_2", lambda la: la.Concatenate(axis=-2), floats(2, 2, 3), floats(2, 1, 3)
)
layer_case(
    "concatenate_casts_float64_to_its_dtype",
    lambda la: la.Concatenate(),
    floats(3, 2),
    floats(3, 1, dtype="float64"),
)
layer_case("concatenate_integers", lambda la: la.Concatenate(), ints(3, 2), ints(3, 1))
layer_case("concatenate_integers_and_floats", lambda la: la.Concatenate(), ints(3, 2), floats(3, 1))


@case("concatenate_function")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    a, b = k.Input(shape=(2,)), k.Input(shape=(3,))
    feed = [draw.floats((4, 2)), draw.floats((4, 3))]
    return k.Model([a, b], k.layers.concatenate([a, b], axis=1)), feed


def _ragged(width: int, splits: list[int]) -> Any:
    return lambda draw: Ragged.of(draw.floats((splits[-1], width)), splits)


layer_case(
    "concatenate_ragged_along_rows",
    lambda la: la.Concatenate(axis=1),
    _ragged(3, [0, 2, 2, 5]),
    _ragged(3, [0, 1, 4, 4]),
    sources=("tf_keras",),
)
layer_case(
    "concatenate_ragged_along_features",
    lambda la: la.Concatenate(axis=2),
    _ragged(3, [0, 2, 2, 5]),
    _ragged(1, [0, 2, 2, 5]),
    sources=("tf_keras",),
)
layer_case(
    "concatenate_ragged_numbers",
    lambda la: la.Concatenate(axis=1),
    lambda draw: Ragged.of(draw.floats(5), [0, 2, 2, 5]),
    lambda draw: Ragged.of(draw.floats(4), [0, 1, 4, 4]),
    sources=("tf_keras",),
)
