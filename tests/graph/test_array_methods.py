"""The methods of ndarray mean what NumPy says: on symbolic and ragged values and variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from tests.tolerances import tolerance

CUBE = (np.arange(24, dtype=np.float32).reshape(2, 3, 4) * 7 % 5) - 1.5

METHODS: list[Callable[[Any], Any]] = [
    lambda x: x.T,
    lambda x: x.mT,
    lambda x: x.real + x.conj() + x.imag,
    lambda x: x.reshape(-1, 2),
    lambda x: x.reshape((2, -1)),
    lambda x: x.ravel(),
    lambda x: x.flatten(),
    lambda x: x[:, :1].squeeze(1),
    lambda x: x.transpose(),
    lambda x: x.transpose(0, 2, 1),
    lambda x: x.transpose((2, 0, 1)),
    lambda x: x.swapaxes(0, 2),
    lambda x: x.repeat(2, 1),
    lambda x: x.take([0, -1], 2),
    lambda x: x.astype("float64"),
    lambda x: x.copy(),
    lambda x: x.sum(),
    lambda x: x.sum(1),
    lambda x: x.sum(axis=(0, -1), keepdims=True),
    lambda x: x.prod(2),
    lambda x: x.mean(0),
    lambda x: x.std(1),
    lambda x: x.var((0, 1)),
    lambda x: x.max(1),
    lambda x: x.min(axis=-1, keepdims=True),
    lambda x: x.max(1) - x.min(1) - (x.ptp(1) if hasattr(x, "ptp") else np.ptp(x, 1)),
    lambda x: (x > 0).any(1),
    lambda x: (x > 0).all(),
    lambda x: x.argmax(1),
    lambda x: x.argmin(),
    lambda x: x.clip(-1, 1),
    lambda x: x.round(),
    lambda x: x.cumsum(1),
    lambda x: x.cumprod(-1),
    lambda x: x.argsort(1),
    lambda x: x.dot(np.ones((4, 2), np.float32)),
    lambda x: x.trace(0, 1, 2),
    lambda x: x.diagonal(1, 1, 2),
    lambda x: x[0, 0].cumsum().searchsorted(np.float32([0, 2]), side="right"),
    lambda x: x.sum(1, dtype="float64"),
    lambda x: x.max(2, initial=1),
    lambda x: x.mean(1, where=np.array([[True], [False], [True]])),
    lambda x: x.std(1, ddof=1),
    lambda x: x[x.nonzero()],
    lambda x: x.compress([True, False, True], axis=1),
]


@pytest.mark.promise("A2.methods")
@pytest.mark.parametrize("call", METHODS)
def test_a_keras_tensor_has_the_methods_of_an_array(call: Callable[[Any], Any]) -> None:
    x = kg.Input((3, 4))
    found, expected = kg.Model(x, call(x))(CUBE), call(CUBE)
    rtol, atol = tolerance(found.dtype)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize("call", METHODS)
def test_a_variable_has_the_methods_of_an_array(call: Callable[[Any], Any]) -> None:
    found, expected = call(kg.Variable(CUBE)), call(CUBE)
    rtol, atol = tolerance(np.asarray(found).dtype)
    np.testing.assert_allclose(np.asarray(found), expected, rtol=rtol, atol=atol)


def test_methods_of_a_variable_in_a_graph_follow_its_value() -> None:
    w = kg.Variable(np.float32([[1, 2], [3, 4]]))
    x = kg.Input((2,))
    model = kg.Model(x, x * w.sum(0) + w.copy()[0])
    batch = np.ones((1, 2), np.float32)
    np.testing.assert_array_equal(model(batch), [[5, 8]])
    w.assign([[1, 1], [1, 1]])
    assert kg.Model(x, x * w.sum(0))(batch).tolist() == [[2, 2]]


ROWS = kg.RaggedTensor.from_row_lengths(np.float32([1.25, -2, 3, 4, 5.5]), [2, 1, 2])


@pytest.mark.promise("A2.methods")
@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.sum(1),
        lambda x: x.mean(axis=1),
        lambda x: x.max(1),
        lambda x: x.std(),
        lambda x: x.ptp(1),
        lambda x: (x > 0).all(1),
        lambda x: x.clip(0, 3),
        lambda x: x.round(),
        lambda x: x.astype("int32"),
        lambda x: x.copy(),
    ],
)
def test_a_ragged_value_has_those_with_a_meaning(call: Callable[[Any], Any]) -> None:
    x = kg.Input((None,), ragged=True)
    found, expected = kg.Model(x, call(x))(ROWS), call(ROWS)
    rows = ROWS.to_list()
    if isinstance(found, kg.RaggedTensor):
        found, expected = found.flat_values, expected.flat_values
        np.testing.assert_allclose(expected, call(ROWS.flat_values))
    elif np.ndim(found):
        by_row = [call(kg.Variable(np.float32([row]))) for row in rows]
        np.testing.assert_allclose(expected, np.concatenate(by_row), rtol=1e-6)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_methods_stand_in_the_call_of_a_layer() -> None:
    class Centred(kg.layers.Layer):
        def call(self, inputs: Any) -> Any:
            return (inputs - inputs.mean(1, keepdims=True)).astype("float64")

    x = kg.Input((4,))
    batch = np.float32([[1, 2, 3, 6]])
    np.testing.assert_array_equal(kg.Model(x, Centred()(x))(batch), [[-2, -1, 0, 3]])


@pytest.mark.promise("A2.methods")
@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda x: x.item(), "call the model with data"),
        (lambda x: x.tolist(), "call the model with data"),
        (lambda x: x.numpy(), "call the model with data"),
        (lambda x: x.fill(1), "ops.full_like"),
        (lambda x: x.sort(), r"ops\.sort\(x, axis\)"),
        (lambda x: x.put(0, 1), "ops.where"),
        (lambda x: x.resize(3), "ops.reshape"),
        (lambda x: x.view("int32"), r"x\.astype"),
    ],
)
def test_methods_that_need_a_value_or_change_it_say_what_to_use(call: Any, advice: str) -> None:
    with pytest.raises(TypeError, match=advice):
        call(kg.Input((3,)))
