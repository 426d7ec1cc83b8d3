"""Layers are listed as in Keras: by depth, then as a walk back from the outputs meets them."""

from __future__ import annotations

import numpy as np

import kgraph as kg

la = kg.layers


def names(model: kg.Model) -> list[str]:
    return [layer.name for layer in model.layers]


def test_a_chain_is_listed_in_order() -> None:
    x = kg.Input(shape=(2,), name="x")
    y = la.Dense(2, name="b")(la.Dense(2, name="a")(x))
    assert names(kg.Model(x, y)) == ["x", "a", "b"]


def test_deeper_layers_come_first() -> None:
    x = kg.Input(shape=(2,), name="x")
    short = la.Dense(2, name="short")(x)
    long = la.Dense(2, name="long_2")(la.Dense(2, name="long_1")(x))
    model = kg.Model(x, la.Add(name="sum")([short, long]))
    assert names(model) == ["x", "long_1", "short", "long_2", "sum"]


def test_ops_count_for_the_depth_of_layers() -> None:
    x = kg.Input(shape=(2,), name="x")
    early = la.Dense(2, name="early")(x)
    late = la.Dense(2, name="late")(x)
    model = kg.Model(x, kg.exp(kg.tanh(late)) + early)
    assert names(model) == ["x", "late", "early"]


def test_a_layer_shared_along_a_path_stands_at_its_deepest_call() -> None:
    x = kg.Input(shape=(2,), name="x")
    step = la.Dense(2, name="step")
    model = kg.Model(x, step(la.Dense(2, name="between")(step(x))))
    assert names(model) == ["x", "step", "between"]
    assert [len(calls) for calls in model.topology.operations] == [1, 2, 1]


def test_an_unused_input_is_listed_among_the_last() -> None:
    x, unused = kg.Input(shape=(2,), name="x"), kg.Input(shape=(2,), name="unused")
    model = kg.Model([x, unused], la.Dense(2, name="y")(x))
    assert names(model) == ["x", "unused", "y"]


def test_weights_follow_the_layers() -> None:
    x = kg.Input(shape=(2,))
    second = la.Dense(3, name="second")
    hidden = la.Dense(5, name="first")(x)
    model = kg.Model(x, second(hidden))
    assert [w.path for w in model.weights] == [
        "first/kernel", "first/bias", "second/kernel", "second/bias",
    ]  # fmt: skip
    assert [w.shape for w in model.get_weights()] == [(2, 5), (5,), (5, 3), (3,)]


def test_a_graph_deeper_than_pythons_stack() -> None:
    x = y = kg.Input(shape=(1,))
    for _ in range(3000):
        y = y + 1.0
    model = kg.Model(x, y)
    assert len(model.topology.operations) == 3001
    np.testing.assert_array_equal(
        model.function(np.zeros((1, 1), "float32")), np.float32([[3000.0]])
    )
