"""Names that are not here: the error says which one was meant."""

from __future__ import annotations

from typing import Any

import pytest

import kgraph as kg
from kgraph.types.names import INSTEAD, OF_TENSORFLOW


@pytest.mark.parametrize(
    ("module", "name", "hint"),
    [
        (kg, "sqaure", "did you mean 'square'?"),
        (kg, "reduce_sum", r"tf\.reduce_sum is kg\.sum"),
        (kg, "GradientTape", "computes no gradients"),
        (kg, "while_loop", "apply an op to a whole axis"),
        (kg, "Dense", r"it is kg\.layers\.Dense"),
        (kg.ops, "sqaure", "did you mean 'square'?"),
        (kg.ops, "concat", r"tf\.concat is kg\.concatenate"),
        (kg.ops, "Dense", r"it is kg\.layers\.Dense"),
        (kg.layers, "Dens", "did you mean 'Dense'?"),
        (kg.layers, "tanh", r"it is kg\.tanh"),
        (kg.keras.layers, "Flaten", "did you mean 'Flatten'?"),
    ],
)
def test_an_unknown_name_says_what_it_may_mean(module: Any, name: str, hint: str) -> None:
    with pytest.raises(AttributeError, match=rf"has no attribute '{name}'\n  try       .*{hint}"):
        getattr(module, name)
    assert not hasattr(module, name)


def test_protocols_hear_no_hints() -> None:
    with pytest.raises(AttributeError) as raised:
        _ = kg.__wrapped__
    assert "\n" not in str(raised.value)


def test_names_of_tensorflow_are_none_of_ours_and_lead_to_names_that_are() -> None:
    ours = {*dir(kg), *dir(kg.ops)}
    assert not ours & {*OF_TENSORFLOW, *INSTEAD}
    for meaning in OF_TENSORFLOW.values():
        if meaning.startswith("kg."):
            name = meaning.removeprefix("kg.").split(maxsplit=1)[0].split("(")[0].rstrip(",")
            assert name in ours


def test_an_unknown_argument_of_an_op_names_the_nearest() -> None:
    with pytest.raises(TypeError, match="did you mean 'axis'"):
        kg.sum(kg.Input((3,)), axes=1)
