"""Masks travel beside the values of a graph: into models that are called as layers, out of them
again, and nothing of that shows in what the user drew."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
import kgraph.layers as la
from kgraph.types.errors import DroppedMaskWarning

IDS = np.int32([[1, 2, 0], [0, 3, 0], [4, 4, 4]])
TABLE = np.arange(10, dtype="float32").reshape(5, 2) + 1.0
MEANS = np.stack([TABLE[row[row > 0]].mean(0) for row in IDS])


def encoder(name: str = "encoder") -> kg.Model:
    """A model inside which a mask begins."""
    ids = kg.Input((3,), dtype="int32", name="ids")
    embed = la.Embedding(5, 2, weights=[TABLE], mask_zero=True, name="words")
    return kg.Model(ids, la.Dropout(0.5, name="drop")(embed(ids)), name=name)


def over_encoder() -> kg.Model:
    x = kg.Input((3,), dtype="int32", name="x")
    return kg.Model(x, la.GlobalAveragePooling1D(name="pool")(encoder()(x)), name="outer")


def over_masking() -> kg.Model:
    inside = kg.Sequential([kg.Input((3, 2)), la.Masking(-1.0, name="masking")], name="encoder")
    x = kg.Input((3,), dtype="int32", name="x")
    padding_is_minus_one = np.concatenate([[[-1.0, -1.0]], TABLE[1:]])
    rows = la.Embedding(5, 2, weights=[padding_is_minus_one], name="words")(x)
    return kg.Model(x, la.GlobalAveragePooling1D(name="pool")(inside(rows)), name="outer")


def over_two_levels() -> kg.Model:
    ids = kg.Input((3,), dtype="int32", name="ids2")
    middle = kg.Model(ids, la.Identity()(encoder()(ids)), name="middle")
    pooled = kg.Sequential([kg.Input((3, 2)), la.GlobalAveragePooling1D()], name="pooled")
    x = kg.Input((3,), dtype="int32", name="x")
    return kg.Model(x, pooled(middle(x)), name="outer")


def over_a_mask_in_hand() -> kg.Model:
    x = kg.Input((3,), dtype="int32", name="x")
    h = encoder()(x)
    with pytest.warns(DroppedMaskWarning):
        same = h * 1.0
    return kg.Model(x, la.GlobalAveragePooling1D(name="pool")(same, mask=h._keras_mask))


MODELS: list[Callable[[], kg.Model]] = [
    over_encoder, over_masking, over_two_levels, over_a_mask_in_hand
]  # fmt: skip


def by_config(model: kg.Model) -> kg.Model:
    twin = kg.Model.from_config(json.loads(json.dumps(model.get_config())))
    twin.set_weights(model.get_weights())
    return twin


def by_cloning(model: kg.Model) -> kg.Model:
    twin = kg.models.clone_model(model)
    twin.set_weights(model.get_weights())
    return twin


def by_pickling(model: kg.Model) -> kg.Model:
    twin: kg.Model = pickle.loads(pickle.dumps(model))
    return twin


@pytest.mark.promise("A3.masks")
@pytest.mark.parametrize("copied", [lambda model: model, by_config, by_cloning, by_pickling])
@pytest.mark.parametrize("build", MODELS)
def test_a_mask_from_inside_a_model_is_used_outside_and_in_every_copy(
    build: Callable[[], kg.Model], copied: Callable[[kg.Model], kg.Model]
) -> None:
    model = build()
    twin = copied(model)
    np.testing.assert_allclose(twin(IDS), MEANS, rtol=1e-6)
    np.testing.assert_allclose(twin.function(IDS), MEANS, rtol=1e-6)
    np.testing.assert_allclose(twin.predict(IDS, batch_size=2, verbose=0), MEANS, rtol=1e-6)
    assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]


def test_a_model_lists_what_its_user_wrote() -> None:
    model, lines = over_encoder(), []
    assert [layer.name for layer in model.layers] == ["x", "encoder", "pool"]
    assert [entry["name"] for entry in model.get_config()["layers"]] == ["x", "encoder", "pool"]
    assert model.get_config()["layers"][2]["inbound_nodes"][0]["kwargs"] == {}
    model.summary(print_fn=lines.append)
    assert [line.split()[0] for line in lines[4:7]] == ["x", "encoder", "pool"]
    assert lines[6].split()[-1] == "encoder"
    with pytest.raises(ValueError, match="No such layer: encoder_mask"):
        model.get_layer("encoder_mask")


def test_a_mask_in_hand_is_an_edge_that_shows() -> None:
    lines: list[str] = []
    over_a_mask_in_hand().summary(print_fn=lines.append)
    pool = next(line for line in lines if line.startswith("pool"))
    assert pool.split()[-1] == "encoder_mask"


def test_a_mask_is_computed_once_and_only_if_a_layer_takes_it() -> None:
    def count(model: kg.Model) -> tuple[int, int]:
        text = kg.compile(model).ir_after("lower")
        return text.count("not_equal("), text.count("gather")

    x = kg.Input((3,), dtype="int32")
    h = encoder()(x)
    mean = la.GlobalAveragePooling1D
    assert count(kg.Model(x, [mean()(h), mean(keepdims=True)(h)])) == (1, 1)
    assert count(kg.Model(x, la.Activation("relu")(h))) == (0, 1)


def test_a_mask_of_a_graph_may_be_its_result() -> None:
    x = kg.Input((3,), dtype="int32")
    model = kg.Model(x, {"counts": encoder()(x)._keras_mask})
    for twin in (model, by_config(model), by_cloning(model)):
        np.testing.assert_array_equal(twin(IDS)["counts"], IDS != 0)


def test_compute_mask_of_a_model() -> None:
    np.testing.assert_array_equal(encoder().compute_mask(IDS), IDS != 0)
    given = np.bool_([[True, False, True]])
    x = kg.Input((3, 2))
    passing = kg.Model(x, [la.Identity()(x), la.Flatten()(x)])
    found = passing.compute_mask(np.zeros((1, 3, 2), "float32"), given)
    assert found[1] is None
    np.testing.assert_array_equal(found[0], given)
    assert passing.compute_mask(np.zeros((1, 3, 2), "float32")) is None


def test_a_graph_that_begins_behind_the_mask_has_none() -> None:
    x = kg.Input((3,), dtype="int32")
    h = la.Identity()(la.Embedding(5, 2, mask_zero=True)(x))
    model = kg.Model(h, la.GlobalAveragePooling1D()(h))
    np.testing.assert_allclose(model(TABLE[IDS]), TABLE[IDS].mean(1), rtol=1e-6)
    later = la.Activation("linear")(h)
    pooled = la.GlobalAveragePooling1D()(later, mask=later._keras_mask)
    with pytest.raises(ValueError, match=r"(?s)no mask reaches 'activation.*begin before"):
        kg.Model(h, pooled)(TABLE[IDS])


def test_a_fed_value_stands_though_its_mask_is_asked_for() -> None:
    x = kg.Input((3,), dtype="int32")
    h = la.Embedding(5, 2, weights=[TABLE], mask_zero=True)(x)
    model = kg.Model([x, h], la.GlobalAveragePooling1D()(h, mask=h._keras_mask))
    wanted = [(10 * TABLE[row])[row > 0].mean(0) for row in IDS]
    np.testing.assert_allclose(model([IDS, 10 * TABLE[IDS]]), wanted, rtol=1e-6)


def test_each_output_of_a_model_has_its_own_mask() -> None:
    a, b = kg.Input((3,), dtype="int32", name="a"), kg.Input((3,), dtype="int32", name="b")
    embed = la.Embedding(5, 2, weights=[TABLE], mask_zero=True)
    inside = kg.Model({"a": a, "b": b}, {"one": embed(a), "two": embed(b)})
    u, v = kg.Input((3,), dtype="int32"), kg.Input((3,), dtype="int32")
    made = inside({"b": v, "a": u})
    pool = la.GlobalAveragePooling1D()
    model = kg.Model([u, v], [pool(made["one"]), pool(made["two"])])
    first, second = model([IDS, IDS[::-1]])
    np.testing.assert_allclose(first, MEANS, rtol=1e-6)
    np.testing.assert_allclose(second, MEANS[::-1], rtol=1e-6)


def test_masks_find_their_inputs_by_name_and_by_order() -> None:
    a, b = kg.Input((3, 2), name="a"), kg.Input((3, 2), name="b")
    pool = la.GlobalAveragePooling1D()
    inside = kg.Model({"b": b, "a": a}, [pool(a), pool(b)])
    x = kg.Input((3,), dtype="int32")
    masked = la.Embedding(5, 2, weights=[TABLE], mask_zero=True)(x)
    plain = la.Embedding(5, 2, weights=[TABLE])(x)
    for feed in ({"a": masked, "b": plain}, {"b": plain, "a": masked}):
        first, second = kg.Model(x, inside(feed))(IDS)
        np.testing.assert_allclose(first, MEANS, rtol=1e-6)
        np.testing.assert_allclose(second, TABLE[IDS].mean(1), rtol=1e-6)
    one = kg.Model(a, pool(a))
    np.testing.assert_allclose(kg.Model(x, one([masked]))(IDS), MEANS, rtol=1e-6)


def test_a_model_inside_draws_its_random_numbers_once() -> None:
    x = kg.Input((3,), dtype="int32")
    h = encoder()(x)
    both = kg.Model(x, [h, la.GlobalAveragePooling1D()(h)])
    rows, means = both(IDS, training=True)
    counts = (IDS != 0)[..., None]
    wanted = (rows * counts).sum(1) / counts.sum(1)
    np.testing.assert_allclose(means, wanted, rtol=1e-6)
    assert not np.array_equal(rows, TABLE[IDS])


class FirstHalf(la.Layer):
    """The first of two results has the mask of the input, the second has none."""

    def call(self, inputs: Any) -> Any:
        return inputs, inputs[:, :1]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return [mask, None]


def test_a_layer_of_the_user_says_which_result_has_a_mask() -> None:
    x = kg.Input((3,), dtype="int32")
    first, second = FirstHalf()(encoder()(x))
    assert second._keras_mask is None
    model = kg.Model(x, la.GlobalAveragePooling1D()(first))
    np.testing.assert_allclose(model(IDS), MEANS, rtol=1e-6)


def test_masks_that_wait_for_one_another_may_be_many() -> None:
    x = kg.Input((3, 2))
    h = x
    for value in range(600):
        h = la.Add()([la.Masking(float(value))(x), h])
    model = kg.Model(x, la.GlobalAveragePooling1D()(h))
    data = np.float32([[[7, 7], [1, 2], [599, 599]]])
    np.testing.assert_allclose(model.function(data), 601 * data[:, 1], rtol=1e-6)


def test_a_size_made_known_keeps_the_mask() -> None:
    x = kg.Input((None,), dtype="int32")
    h = la.Embedding(5, 2, weights=[TABLE], mask_zero=True)(x)
    h.set_shape((None, 3, 2))
    model = kg.Model(x, la.GlobalAveragePooling1D()(h))
    for twin in (model, by_config(model), by_cloning(model)):
        np.testing.assert_allclose(twin(IDS), MEANS, rtol=1e-6)
