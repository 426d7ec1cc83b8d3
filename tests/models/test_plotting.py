"""`plot_model`: which boxes and arrows a model becomes, and what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers as la
from kgraph.drawing.diagram import Diagram


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    kg.clear_session()


def drawn(model: Any, **options: Any) -> Diagram:
    return kg.plot_model(model, to_file=None, **options).diagram


def titles(diagram: Diagram) -> list[str]:
    return [box.title for box in diagram.boxes]


def arrows(diagram: Diagram) -> list[tuple[str, str]]:
    """The titles at both ends of each arrow."""
    title = {box.key: box.title for box in diagram.boxes}
    return [(title[arrow.tail], title[arrow.head]) for arrow in diagram.arrows]


def small() -> kg.Model:
    x = kg.Input((16,), name="x")
    return kg.Model(x, la.Dense(4, activation="relu", name="hidden")(x), name="small")


def test_a_box_for_each_layer_and_an_arrow_for_each_value() -> None:
    diagram = drawn(small())
    assert titles(diagram) == ["InputLayer", "Dense"]
    assert [box.lines for box in diagram.boxes] == [("dense",), ("dense",)]
    assert arrows(diagram) == [("InputLayer", "Dense")]


def test_boxes_say_what_is_asked_for() -> None:
    model = small()
    model.get_layer("hidden").trainable = False
    diagram = drawn(
        model,
        show_shapes=True,
        show_dtype=True,
        show_layer_names=True,
        show_layer_activations=True,
        show_trainable=True,
    )
    x, hidden = diagram.boxes
    assert (x.title, x.lines) == (
        "x (InputLayer)",
        ("dense", "dtype: float32", "output: (None, 16)"),
    )
    assert (hidden.title, hidden.lines) == (
        "hidden (Dense)",
        (
            "dense",
            "activation: relu",
            "dtype: float32",
            "input: (None, 16)",
            "output: (None, 4)",
            "not trainable",
        ),
    )


def test_kinds_are_seen_by_colour_and_text() -> None:
    ids = kg.Input((None,), ragged=True, dtype="int64")
    words = kg.Input((100,), sparse=True)
    mean = la.GlobalAveragePooling1D()(la.Embedding(10, 4)(ids))
    diagram = drawn(kg.Model([ids, words], la.Dense(4)(words) + mean))
    kinds = {box.title: box.kind for box in diagram.boxes if box.title != "InputLayer"}
    assert kinds == {
        "Embedding": "ragged",
        "GlobalAveragePooling1D": "dense",
        "Dense": "dense",
        "add": "dense",
    }
    inputs = [(box.kind, box.lines) for box in diagram.boxes if box.title == "InputLayer"]
    assert sorted(inputs) == [("ragged", ("ragged",)), ("sparse", ("sparse",))]


def test_a_shared_layer_is_one_box_with_the_arrows_of_all_its_calls() -> None:
    x, y = kg.Input((4,), name="x"), kg.Input((4,), name="y")
    shared = la.Dense(4, name="shared")
    model = kg.Model([x, y], shared(shared(x)) * shared(y))
    diagram = drawn(model, show_layer_names=True)
    assert titles(diagram).count("shared (Dense)") == 1
    assert sorted(arrows(diagram)) == [
        ("shared (Dense)", "multiply (multiply)"),
        ("shared (Dense)", "shared (Dense)"),
        ("x (InputLayer)", "shared (Dense)"),
        ("y (InputLayer)", "shared (Dense)"),
    ]


def nested() -> kg.Model:
    a, b = kg.Input((4,), name="a"), kg.Input((4,), name="b")
    inner = kg.Model({"a": a, "b": b}, [la.Dense(4, name="d")(a), kg.tanh(b)], name="inner")
    x = kg.Input((4,), name="x")
    first, second = inner({"b": x, "a": x * 2.0})
    return kg.Model(x, [first, inner({"a": second, "b": x})[1]], name="outer")


def test_a_model_inside_is_a_box() -> None:
    diagram = drawn(nested())
    assert titles(diagram) == ["InputLayer", "multiply", "Model"]
    assert diagram.clusters == ()
    assert ("Model", "Model") in arrows(diagram)


def test_a_model_inside_is_a_frame_around_its_layers_if_that_is_asked_for() -> None:
    diagram = drawn(nested(), expand_nested=True, show_layer_names=True)
    (frame,) = diagram.clusters
    assert frame.title == "inner"
    inside = [box.title for box in diagram.boxes if box.cluster == frame.key]
    assert sorted(inside) == ["a (InputLayer)", "b (InputLayer)", "d (Dense)", "tanh (tanh)"]
    assert sorted(arrows(diagram)) == [
        ("a (InputLayer)", "d (Dense)"),
        ("b (InputLayer)", "tanh (tanh)"),
        ("multiply (multiply)", "a (InputLayer)"),
        ("tanh (tanh)", "a (InputLayer)"),
        ("x (InputLayer)", "b (InputLayer)"),
        ("x (InputLayer)", "multiply (multiply)"),
    ]


def test_frames_stand_in_frames() -> None:
    x = kg.Input((4,))
    middle = kg.Sequential([kg.Input((4,)), small_of(4)], name="middle")
    diagram = drawn(kg.Model(x, middle(x)), expand_nested=True)
    outer, inner = diagram.clusters
    assert (outer.title, outer.parent) == ("middle", None)
    assert (inner.title, inner.parent) == ("small", outer.key)


def small_of(width: int) -> kg.Model:
    x = kg.Input((width,))
    return kg.Model(x, la.Dense(width)(x), name="small")


def test_a_model_that_begins_within_another_graph_has_a_box_for_its_input() -> None:
    x = kg.Input((4,))
    h = la.Dense(4, name="h")(x)
    diagram = drawn(kg.Model(h, la.Dense(2)(h)))
    assert titles(diagram) == ["h", "Dense"]
    assert diagram.boxes[0].kind == "input"


def test_a_subclass_without_a_graph_is_one_box() -> None:
    class Own(kg.Model):
        def call(self, inputs: Any) -> Any:
            return inputs * 2.0

    model = Own(name="own")
    model(np.ones((2, 3), np.float32))
    diagram = drawn(model, show_layer_names=True)
    assert titles(diagram) == ["own (Own)"]


def test_a_model_that_is_not_built_is_refused() -> None:
    with pytest.raises(kg.KGraphError, match="model 'sequential' is not built"):
        kg.plot_model(kg.Sequential([la.Dense(2)]), to_file=None)


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(TypeError, match="this is no model"):
        kg.plot_model(la.Dense(2))
    with pytest.raises(TypeError, match="it has a `plot` of its own"):
        kg.plot_model(kg.compile(small()))


def test_directions_and_arguments_are_checked() -> None:
    with pytest.raises(kg.KGraphError, match="did you mean 'TB'"):
        kg.plot_model(small(), rankdir="tb")
    with pytest.raises(kg.KGraphError, match="did you mean 'show_shapes'"):
        kg.plot_model(small(), show_shape=True)


def test_it_is_written_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    drawing = kg.utils.plot_model(small())
    assert (tmp_path / "model.svg").read_text(encoding="utf-8") == drawing.svg
    ElementTree.fromstring(drawing.svg)


def test_the_picture_is_the_same_each_time() -> None:
    first = kg.plot_model(nested(), to_file=None, expand_nested=True).svg
    kg.clear_session()
    assert kg.plot_model(nested(), to_file=None, expand_nested=True).svg == first
