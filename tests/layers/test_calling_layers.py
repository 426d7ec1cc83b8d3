"""How layers are called: inputs by position and by name, and what they are told that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.layers import Dense, GlobalAveragePooling1D, Layer

X = np.float32([[1, 2, 3]])


class Sum(Layer):
    """The sum of two arguments."""

    def call(self, a: Any, b: Any, scale: float = 1.0) -> Any:
        return (a + b) * scale


class Offset(Layer):
    """A weight that no input has a part in."""

    def build(self, input_shape: Any) -> None:
        self.offset = self.add_weight((2,), "ones")

    def call(self) -> Any:
        return self.offset * 2.0


def test_inputs_may_be_named() -> None:
    layer = Dense(2)
    np.testing.assert_array_equal(layer(inputs=X), layer(X))
    np.testing.assert_array_equal(layer(inputs=[[1.0, 2.0, 3.0]]), layer(X))
    x = kg.Input((3,))
    np.testing.assert_array_equal(kg.Model(x, layer(inputs=x))(X), layer(X))
    np.testing.assert_array_equal(Sum()(b=X, a=X), 2 * X)
    np.testing.assert_array_equal(kg.Model(x, Sum()(b=x, a=x, scale=3.0))(X), 6 * X)


def test_a_mask_goes_with_inputs_that_are_named() -> None:
    ids = kg.Input((3,), dtype="int32")
    table = np.arange(8, dtype=np.float32).reshape(4, 2)
    e = kg.layers.Embedding(4, 2, weights=[table], mask_zero=True)(inputs=ids)
    model = kg.Model(ids, GlobalAveragePooling1D()(inputs=e))
    np.testing.assert_array_equal(model(np.int32([[1, 3, 0]])), [table[[1, 3]].mean(0)])


def test_a_layer_may_have_no_inputs() -> None:
    np.testing.assert_array_equal(Offset()(), [2.0, 2.0])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: Sum(name="sum")(X), "calling layer 'sum': argument 'b' is missing"),
        (lambda: Sum(name="sum")(a=X), "calling layer 'sum': argument 'b' is missing"),
        (lambda: Sum(name="sum")(), "calling layer 'sum': argument 'a' is missing"),
        (lambda: Sum(name="sum")(X, X, 1.0, 2.0), "takes 3 arguments by position, 4 were given"),
        (lambda: Sum(name="sum")(X, X, b=X), "is given 'b' twice"),
        (lambda: Sum(name="sum")(X, X, sclae=2.0), "(?s)no argument 'sclae'.*'scale'"),
        (lambda: Dense(2, name="d")(input=X), "(?s)no argument 'input'.*'inputs'"),
    ],
)
def test_a_call_that_does_not_fit_names_the_layer(call: Any, text: str) -> None:
    with pytest.raises(kg.KGraphError, match=text) as caught:
        call()
    assert isinstance(caught.value, TypeError)
    assert "test_calling_layers.py" in str(caught.value)


def test_an_error_inside_a_call_keeps_its_class() -> None:
    class Wrong(Layer):
        def call(self, inputs: Any) -> Any:
            return self.helper(1, 2)

        def helper(self, one: int) -> int:
            return one

    with pytest.raises(TypeError, match="positional arguments") as caught:
        Wrong()(X)
    assert not isinstance(caught.value, kg.KGraphError)
