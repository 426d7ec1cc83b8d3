"""``kg.compile(..., fast_math=True)``: what it allows, and that it is off unless asked for."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers, ops
from tests.tolerances import tolerance


def two_products() -> kg.Model:
    x = kg.Input((6,), name="x")
    return kg.Model(x, layers.Dense(3, name="second")(layers.Dense(5, name="first")(x)), name="m")


def batch(rows: int = 4, columns: int = 6) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(rows, columns)).astype(np.float32)


def test_products_of_weights_come_first_only_if_asked() -> None:
    model = two_products()
    exact, fast = kg.compile(model), kg.compile(model, fast_math=True)
    assert (exact.fast_math, fast.fast_math) == (False, True)
    assert exact.ir.count("= dense(") == 2
    assert fast.ir.count("= dense(") == 1
    np.testing.assert_allclose(fast(batch()), exact(batch()), *tolerance("float32"))


def test_it_is_shown() -> None:
    model = two_products()
    exact, fast = kg.compile(model), kg.compile(model, fast_math=True)
    assert repr(fast) == "<CompiledGraph m inputs=['x'] kernels=1 fast_math>"
    assert repr(exact) == "<CompiledGraph m inputs=['x'] kernels=2>"
    line = "fast_math sums may be added in another order than written"
    assert line in fast.explain()
    assert line not in exact.explain()


def test_it_survives_a_pickle() -> None:
    fast = kg.compile(two_products(), fast_math=True)
    again = pickle.loads(pickle.dumps(fast))
    assert again.fast_math
    assert repr(again) == repr(fast)
    np.testing.assert_array_equal(again(batch()), fast(batch()))


def test_other_forms_of_the_graph_are_compiled_so_too() -> None:
    x, y = kg.Input((6,), name="x"), kg.Input((6,), name="y", optional=True)

    class Either(layers.Layer):
        def call(self, x: object, y: object = None) -> object:
            return x if y is None else ops.concatenate([x, y], axis=0)

    dense = [layers.Dense(5), layers.Dense(3)]
    model = kg.Model([x, y], dense[1](dense[0](Either()(x, y))))
    fast = kg.compile(model, fast_math=True)
    fast([batch(), None])
    fast([batch(4), batch(2)])
    assert [form.fast_math for form in (*fast._without_inputs.values(), fast._separate)] == [
        True,
        True,
    ]


def test_following_weights_it_follows_their_product() -> None:
    model = two_products()
    fast = kg.compile(model, fast_math=True, freeze=False)
    fast(batch())
    model.set_weights([w * 2 for w in model.get_weights()])
    np.testing.assert_allclose(fast(batch()), model(batch()), *tolerance("float32"))


@pytest.mark.parametrize("fast_math", [False, True])
def test_a_row_has_the_same_bits_in_every_batch(fast_math: bool) -> None:
    x, y = kg.Input((6,)), kg.Input((5,))
    joined = ops.concatenate([x, y], axis=1)
    outputs = [ops.sum(joined, axis=1), ops.mean(joined, axis=1), layers.Dense(3)(joined)]
    graph = kg.compile(kg.Model([x, y], outputs), fast_math=fast_math)
    many = batch(257), batch(257, 5)
    for whole, one in zip(graph(*many), graph(*(a[100:101] for a in many)), strict=True):
        np.testing.assert_array_equal(whole[100:101], one)
