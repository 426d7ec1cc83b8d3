"""What a config, JSON, a clone and a pickle keep of a drawn graph: all but the weights' values."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

import kgraph as kg
from kgraph.graph.function import Function
from tests.property.batches import batch
from tests.property.comparing import assert_same_bits, parts
from tests.property.graphs import functions

DRAWN = settings(
    derandomize=True, deadline=None, max_examples=60, suppress_health_check=list(HealthCheck)
)


def through_config(model: kg.Model) -> kg.Model:
    return kg.Model.from_config(model.get_config())


def through_json(model: kg.Model) -> kg.Model:
    twin: kg.Model = kg.models.model_from_json(model.to_json())
    return twin


def through_pickle(model: kg.Model) -> kg.Model:
    twin: kg.Model = pickle.loads(pickle.dumps(model))
    return twin


@pytest.mark.promise("A3.configs")
@pytest.mark.parametrize(
    "copied", [through_config, through_json, through_pickle, kg.models.clone_model]
)
@DRAWN
@given(function=functions(steps=10))
def test_a_copied_model_is_an_equal_model(
    copied: Callable[[kg.Model], kg.Model], function: Function
) -> None:
    model = kg.Model(function.inputs_structure, function.outputs_structure)
    twin = copied(model)
    twin.set_weights(model.get_weights())
    assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]
    assert [w.path for w in twin.weights] == [w.path for w in model.weights]
    assert [x.type_spec for x in twin.outputs] == [x.type_spec for x in model.outputs]
    for rows in (3, 0):
        values = batch(function, rows, seed=rows)
        assert_same_bits(parts(twin(values)), parts(model(values)))


@pytest.mark.promise("A3.configs")
@DRAWN
@given(function=functions(steps=10))
def test_the_config_of_a_copy_is_the_config(function: Function) -> None:
    model = kg.Model(function.inputs_structure, function.outputs_structure)
    config = model.get_config()
    assert json.dumps(through_json(model).get_config()) == json.dumps(config)
