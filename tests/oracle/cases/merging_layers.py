"""Add, Subtract, Multiply, Average, Maximum and Minimum: many inputs, broadcast to one output."""

from __future__ import annotations

from typing import Any

from .registry import Draw, Ragged, case, floats, ints, layer_case

SEVERAL = ("Add", "Multiply", "Average", "Maximum", "Minimum")


def _declare(layer: str) -> None:
    def make(la: Any) -> Any:
        return getattr(la, layer)()

    name = layer.lower()
    layer_case(f"{name}_two", make, floats(3, 4), floats(3, 4))
    layer_case(f"{name}_columns", make, floats(3, 4), floats(3, 1))
    layer_case(f"{name}_rank_3_middle", make, floats(2, 3, 4), floats(2, 1, 4))
    layer_case(f"{name}_lower_rank", make, floats(2, 3, 4), floats(2, 4))
    if (
        layer != "Average"
    ):  # TensorFlow's int32 / 2 is a float64, which Keras itself does not expect
        layer_case(f"{name}_integers", make, ints(3, 4), ints(3, 4))
    layer_case(f"{name}_ragged", make, _ragged, _ragged, sources=("tf_keras",))
    if layer not in SEVERAL:
        return
    layer_case(f"{name}_three", make, floats(3, 4), floats(3, 4), floats(3, 4))
    layer_case(f"{name}_four", make, floats(3, 4), floats(3, 1), floats(3, 4), floats(3, 1))


def _ragged(draw: Draw) -> Ragged:
    return Ragged.of(draw.floats((5, 2)), [0, 2, 2, 5])


for _layer in ("Subtract", *SEVERAL):
    _declare(_layer)


@case("merging_functions")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    a, b = k.Input(shape=(4,)), k.Input(shape=(4,))
    la = k.layers
    outputs = [la.add([a, b]), la.subtract([a, b]), la.multiply([a, b]), la.average([a, b]),
               la.maximum([a, b]), la.minimum([a, b])]  # fmt: skip
    return k.Model([a, b], outputs), [draw.floats((3, 4)), draw.floats((3, 4))]


@case("add_of_one_value_twice")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    return k.Model(x, k.layers.Add()([x, x, x])), draw.floats((3, 4))
