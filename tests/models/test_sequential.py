"""Sequential: chains that know their input, and chains that wait for it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from tests.tolerances import tolerance

la = kg.layers


def batch(*shape: int) -> Any:
    return np.random.default_rng(3).normal(size=shape).astype("float32")


def test_with_an_input_it_is_built_at_once() -> None:
    first, second = la.Dense(5, activation="relu"), la.Dense(2)
    model = kg.Sequential([kg.Input(shape=(3,), name="x"), first, second])
    assert model.layers == [first, second]
    assert (model.input_names, model.output_shape) == (["x"], (None, 2))
    data = batch(4, 3)
    np.testing.assert_allclose(model(data), second(first(data)), *tolerance("float32"))


def test_without_an_input_it_waits_for_a_batch() -> None:
    model = kg.Sequential([la.Dense(5), la.Dense(2)])
    assert not model.built
    with pytest.raises(AttributeError, match="has no defined inputs and outputs yet"):
        _ = model.inputs
    assert model(batch(4, 3)).shape == (4, 2)
    assert model.built
    assert model.input_shape == (None, 3)
    assert model.count_params() == 3 * 5 + 5 + 5 * 2 + 2


def test_built_by_hand_by_predict_and_by_a_symbolic_call() -> None:
    by_hand = kg.Sequential([la.Dense(2)])
    by_hand.build((None, 3))
    by_rows = kg.Sequential([la.Dense(2)])
    by_rows.predict(batch(5, 3), verbose=0)
    by_symbol = kg.Sequential([la.Dense(2)])
    kg.Model(x := kg.Input(shape=(3,)), by_symbol(x))
    for model in (by_hand, by_rows, by_symbol):
        assert [w.shape for w in model.weights] == [(3, 2), (2,)]


def test_input_shape_of_the_first_layer() -> None:
    assert kg.Sequential([la.Dense(2, input_shape=(3,))]).input_shape == (None, 3)


def test_sparse_and_integer_batches_decide_the_kind_of_the_input() -> None:
    model = kg.Sequential([la.Dense(2)])
    model(scipy.sparse.csr_array(batch(4, 3)))
    assert model.inputs[0].sparse
    ids = kg.Sequential([la.Embedding(5, 2)])
    assert ids(np.array([[1, 2]])).shape == (1, 2, 2)
    assert ids.inputs[0].dtype == "int64"


def test_layers_are_added_and_taken_away() -> None:
    model = kg.Sequential(name="grown")
    model.add(kg.Input(shape=(3,)))
    model.add(la.Dense(4))
    data = batch(2, 3)
    hidden = model(data)
    last = la.Dense(1)
    model.add(last)
    assert model(data).shape == (2, 1)
    assert model.pop() is last
    np.testing.assert_array_equal(model(data), hidden)
    assert len(model.weights) == 2


def test_a_model_may_be_a_layer_and_come_first() -> None:
    u = kg.Input(shape=(3,))
    inner = kg.Model(u, la.Dense(4)(u))
    model = kg.Sequential([inner, la.Dense(1)])
    assert model.input_shape == (None, 3)
    assert kg.Sequential([kg.Input(shape=(3,)), model])(batch(2, 3)).shape == (2, 1)


def test_a_copy_of_a_chain_that_waits_still_waits() -> None:
    twin = copy.deepcopy(kg.Sequential([la.Dense(2)]))
    assert not twin.built
    assert twin(batch(2, 3)).shape == (2, 2)


# -- errors ----------------------------------------------------------------------------------------


def test_only_layers_can_be_added() -> None:
    with pytest.raises(ValueError, match="Only instances of `Layer` can be added"):
        kg.Sequential([np.tanh])


def test_names_are_unique() -> None:
    text = r"should have unique names\. Name 'a' is already the name of a layer"
    with pytest.raises(ValueError, match=text):
        kg.Sequential([la.Dense(2, name="a"), la.Dense(2, name="a")])


def test_a_second_input_is_refused() -> None:
    model = kg.Sequential([kg.Input(shape=(3,))], name="s")
    text = r"'s' has already been configured to use input shape \(None, 3\)"
    with pytest.raises(ValueError, match=text):
        model.add(kg.Input(shape=(4,)))


def test_nothing_to_take_away() -> None:
    with pytest.raises(ValueError, match="There are no layers in the model"):
        kg.Sequential().pop()


def test_a_chain_without_layers_cannot_be_called() -> None:
    with pytest.raises(ValueError, match="cannot be built because it has no layers"):
        kg.Sequential()(batch(1, 2))


def test_params_of_a_chain_that_waits_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="it is not built"):
        kg.Sequential([la.Dense(2)]).count_params()


def test_a_layer_of_several_outputs_is_refused_and_left_out() -> None:
    class Two(la.Layer):
        def call(self, inputs: Any) -> Any:
            return [inputs, inputs]

    model = kg.Sequential([kg.Input(shape=(3,)), la.Dense(2)])
    with pytest.raises(ValueError, match="should have a single output tensor"):
        model.add(Two())
    assert model(batch(1, 3)).shape == (1, 2)
