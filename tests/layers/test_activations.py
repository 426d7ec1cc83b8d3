"""Activations by name, by config, by function."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.layers import Activation, Dense, activations, custom_object_scope

NAMES = (
    "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "sigmoid", "hard_sigmoid",
    "silu", "swish", "hard_silu", "hard_swish", "softplus", "softsign", "tanh", "softmax",
    "log_softmax", "exponential", "linear", "mish", "squareplus", "glu", "soft_shrink",
    "hard_shrink", "tanh_shrink", "hard_tanh", "sparse_plus", "sparse_sigmoid", "sparsemax",
    "log_sigmoid",
)  # fmt: skip
X = np.float32([[-3, -0.5, 0, 2]])


def twice(x: Any) -> Any:
    return x * 2


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_keras_round_trips(name: str) -> None:
    function = activations.get(name)
    assert activations.get(activations.serialize(function)) is function
    assert activations.deserialize(activations.serialize(function)) is function
    assert Activation(name)(X).dtype == np.float32


def test_none_is_linear() -> None:
    assert activations.get(None) is activations.get("linear")
    np.testing.assert_array_equal(Activation(None)(X), X)


def test_gelu_by_name_is_exact_and_the_op_is_not_confused_with_it() -> None:
    layer = Activation(kg.ops.gelu)
    twin = Activation.from_config(layer.get_config())
    np.testing.assert_array_equal(twin(X), kg.ops.gelu(X))
    assert not np.array_equal(Activation("gelu")(X), kg.ops.gelu(X))


def test_function_is_taken_and_found_again_through_custom_objects() -> None:
    layer = Dense(2, activation=twice)
    config = layer.get_config()
    assert config["activation"]["registered_name"] == "twice"
    with pytest.raises(ValueError, match="custom_objects"):
        Dense.from_config(config)
    with custom_object_scope({"twice": twice}):
        assert Dense.from_config(config).activation is twice
    assert activations.deserialize(config["activation"], {"twice": twice}) is twice


def test_scopes_nest_and_end() -> None:
    with custom_object_scope({"twice": twice}):
        with custom_object_scope({"thrice": twice}):
            assert activations.get("twice") is activations.get("thrice") is twice
        with pytest.raises(ValueError, match="thrice"):
            activations.get("thrice")


@pytest.mark.parametrize("identifier", ["foo", 3, 2.5, ("relu",)])
def test_unknown_activations_are_refused(identifier: Any) -> None:
    with pytest.raises(ValueError, match="Could not interpret activation function identifier"):
        activations.get(identifier)


def test_error_lists_what_is_known() -> None:
    with pytest.raises(ValueError, match=r"one of relu, .*swish"):
        Dense(2, activation="rleu")
