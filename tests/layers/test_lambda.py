"""Lambda, Masking, Dot: functions as layers, masks of padding, products of samples."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.layers import Dot, GlobalAveragePooling1D, Lambda, Masking
from kgraph.types.errors import UntrackedVariableWarning

from .samples import floats


@kg.models.register_keras_serializable("test_lambda")
def halved(x: Any, times: float = 1.0) -> Any:
    return x / 2 * times


def model_of(layer: Any, *shape: int) -> kg.Model:
    x = kg.Input(shape)
    return kg.Model(x, layer(x))


def test_arguments_are_handed_to_the_function() -> None:
    data = floats(2, 3)
    model = model_of(Lambda(halved, arguments={"times": 3.0}), 3)
    np.testing.assert_allclose(model(data), data * 1.5)


@pytest.mark.promise("A3.lambda-safe-mode")
def test_a_function_with_a_name_is_found_by_it() -> None:
    model = model_of(Lambda(halved, arguments={"times": 3.0}), 3)
    twin = kg.models.model_from_json(model.to_json())
    data = floats(2, 3)
    np.testing.assert_array_equal(twin(data), model(data))
    entry = json.loads(model.to_json())["config"]["layers"][1]
    assert entry["config"]["function"]["config"] == "test_lambda>halved"


@pytest.mark.promise("A3.lambda-safe-mode")
def test_a_python_lambda_is_code_and_is_only_loaded_when_asked_for() -> None:
    offset = 2.5
    model = model_of(Lambda(lambda x: kg.square(x) + offset), 3)
    text = model.to_json()
    with pytest.raises(ValueError, match=r"Lambda layer with a Python `lambda`(?s:.)*safe_mode"):
        kg.models.model_from_json(text)
    twin = kg.models.model_from_json(text, safe_mode=False)
    data = floats(2, 3)
    np.testing.assert_array_equal(twin(data), model(data))
    for copied in (kg.models.clone_model(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(copied(data), model(data))


def test_a_lambda_that_holds_an_array_cannot_be_written() -> None:
    weights = floats(3)
    model = model_of(Lambda(lambda x: x * weights), 3)
    with pytest.raises(TypeError, match=r"(?s)holds other values.*test_lambda\.py"):
        model.to_json()


@pytest.mark.promise("seed.variables-not-tracked")
def test_a_variable_in_the_function_is_followed_and_told() -> None:
    scale = kg.Variable([1.0, 2.0, 3.0], name="scale")
    with pytest.warns(UntrackedVariableWarning, match=r"(?s)reads variable 'scale'.*test_lambda"):
        model = model_of(Lambda(lambda x: x * scale), 3)
    data = np.ones((1, 3), "float32")
    np.testing.assert_array_equal(model(data), [[1, 2, 3]])
    scale.assign([4.0, 5.0, 6.0])
    np.testing.assert_array_equal(model(data), [[4, 5, 6]])
    assert model.weights == []


def test_output_shape_is_held_against_the_result() -> None:
    x = kg.Input((3,))
    assert Lambda(lambda x: x * 2, output_shape=(3,))(x).shape == (None, 3)
    assert Lambda(lambda x: x * 2, output_shape=lambda shape: shape)(x).shape == (None, 3)
    with pytest.raises(ValueError, match=r"(?s)output_shape.*\(None, 4\)"):
        Lambda(lambda x: x * 2, output_shape=(4,))(x)


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match="not callable"):
        Lambda(3)  # type: ignore[arg-type]


def test_masks_reach_the_function_and_are_made_by_the_argument() -> None:
    x = kg.Input((None, 2))
    padded = Masking()(x)
    summed = Lambda(lambda x, mask: kg.sum(x * kg.cast(mask, "float32")[..., None] + 1.0, axis=1))
    data = np.float32([[[1, 2], [0, 0]], [[3, 4], [5, 6]]])
    np.testing.assert_array_equal(kg.Model(x, summed(padded))(data), data.sum(1) + 2)
    first = Lambda(lambda x: x * 1.0, mask=lambda x, mask: kg.ones_like(x[..., 0]) > x[..., 0])
    mean = kg.Model(x, GlobalAveragePooling1D()(first(x)))
    np.testing.assert_array_equal(mean(np.float32([[[0, 7], [4, 9]]])), [[0, 7]])


@pytest.mark.promise("A3.masks")
def test_masking_leaves_out_the_padding() -> None:
    x = kg.Input((None, 2))
    pooled = kg.Model(x, GlobalAveragePooling1D()(Masking(-1.0)(x)))
    data = np.float32([[[1, 2], [-1, -1], [-1, 3]]])
    np.testing.assert_array_equal(pooled(data), [[0, 2.5]])


@pytest.mark.parametrize(
    ("shapes", "axes"),
    [(((2, 4), (2, 4)), 1), (((2, 3, 4), (2, 5, 4)), 2), (((2, 3, 4), (2, 4)), (2, 1))],
)
@pytest.mark.parametrize("normalize", [False, True])
def test_dot_is_einsum(shapes: Any, axes: Any, normalize: bool) -> None:
    x, y = (floats(*shape) for shape in shapes)
    names = {1: "bk,bk->b", 2: "bik,bjk->bij", (2, 1): "bik,bk->bi"}
    model = kg.Model(
        inputs := [kg.Input(shape[1:]) for shape in shapes], Dot(axes, normalize)(inputs)
    )
    if normalize:
        x, y = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (x, y))
    wanted = np.einsum(names[axes], x, y)
    wanted = wanted[:, None] if wanted.ndim == 1 else wanted
    np.testing.assert_allclose(model([x, y]), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("axes", "error"), [((1, 1), ValueError), (0, TypeError)])
def test_dot_refuses_axes_that_do_not_meet(axes: Any, error: type[Exception]) -> None:
    x, y = kg.Input((3, 4), name="x"), kg.Input((5, 4), name="y")
    with pytest.raises(error, match=r"(?s)Dot.*test_lambda\.py"):
        Dot(axes)([x, y])
