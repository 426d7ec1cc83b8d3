"""GlobalAveragePooling1D and GlobalMaxPooling1D, over dense and ragged rows."""

from __future__ import annotations

from typing import Any

from .registry import Draw, Ragged, floats, layer_case


def _ragged(width: int, splits: list[int]) -> Any:
    def feed(draw: Draw) -> Ragged:
        return Ragged.of(draw.floats((splits[-1], width)), splits)

    return feed


def _declare(layer: str, name: str) -> None:
    def make(**kwargs: Any) -> Any:
        return lambda la: getattr(la, layer)(**kwargs)

    layer_case(name, make(), floats(2, 5, 3))
    layer_case(f"{name}_keepdims", make(keepdims=True), floats(2, 5, 3))
    layer_case(f"{name}_channels_first", make(data_format="channels_first"), floats(2, 5, 3))
    layer_case(f"{name}_one_step", make(), floats(3, 1, 2))
    layer_case(f"{name}_unknown_steps", make(), floats(3, 4, 2), shape=(None, 2))
    layer_case(f"{name}_float64", make(dtype="float64"), floats(2, 5, 3, dtype="float64"))
    layer_case(f"{name}_ragged", make(), _ragged(3, [0, 2, 3, 7]), sources=("tf_keras",))
    layer_case(
        f"{name}_ragged_one_feature", make(), _ragged(1, [0, 1, 4, 5, 9]), sources=("tf_keras",)
    )


_declare("GlobalAveragePooling1D", "global_average_pooling1d")
_declare("GlobalMaxPooling1D", "global_max_pooling1d")
layer_case(
    "global_average_pooling1d_ragged_keepdims",
    lambda la: la.GlobalAveragePooling1D(keepdims=True),
    _ragged(3, [0, 2, 3, 7]),
    sources=("tf_keras",),
)
