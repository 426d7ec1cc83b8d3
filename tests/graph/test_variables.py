"""Variables in bare ops: read at each call, no weights, and the user is told."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import kgraph as kg
from kgraph.types.errors import UntrackedVariableWarning


@pytest.mark.promise("A1.variables-in-ops", "seed.variables-not-tracked")
def test_a_variable_in_an_op_is_told_once_for_each_node_and_followed() -> None:
    kg.clear_session()
    x = kg.Input((2,))
    scale = kg.Variable([1.0, 2.0], name="scale")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = kg.Model(x, x * scale + scale)
        data = np.ones((1, 2), np.float32)
        np.testing.assert_array_equal(model(data), [[2, 4]])
        scale.assign([0.0, 1.0])
        np.testing.assert_array_equal(model(data), [[0, 2]])
        kg.models.clone_model(model)
    assert model.weights == []
    assert [entry.category for entry in caught] == [UntrackedVariableWarning] * 2
    assert all("variable 'scale'" in str(entry.message) for entry in caught)
    assert all(entry.filename == __file__ for entry in caught)
    assert f"op 'add', {__file__}:" in str(caught[1].message)


def test_a_variable_of_a_layer_is_a_weight_and_nothing_is_said() -> None:
    class Scale(kg.Layer):
        def __init__(self) -> None:
            super().__init__(name="scaled")
            self.scale = kg.Variable([1.0, 2.0], name="scale")

        def call(self, inputs: kg.KerasTensor) -> kg.KerasTensor:
            return inputs * self.scale

    x = kg.Input((2,))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = kg.Model(x, Scale()(x))
    assert [weight.path for weight in model.weights] == ["scaled/scale"]


def test_a_variable_is_moved_by_a_difference() -> None:
    steps = kg.Variable([1, 2])
    steps.assign_add([10, 20])
    steps.assign_sub(1)
    np.testing.assert_array_equal(steps.numpy(), [10, 21])
    assert (len(steps), steps.T.shape, steps.reshape((2, 1)).shape) == (2, (2,), (2, 1))
    with pytest.raises(ValueError, match="another shape"):
        steps.assign_add([[1, 2]])


def test_a_variable_is_made_by_an_initializer() -> None:
    made = kg.Variable(kg.initializers.Ones(), shape=(2, 3), dtype="float64")
    np.testing.assert_array_equal(made.numpy(), np.ones((2, 3)))
    with pytest.raises(TypeError, match="`shape`"):
        kg.Variable(kg.initializers.Ones())
