"""Deep graphs: hundreds of ops from one drawn seed.

Drawing each op would take Hypothesis minutes; here it draws how long the graph is and a seed, and
finds the shortest graph that fails, not the simplest.  All dense values are (B, D) and bounded, so
that rounding does not grow with depth: sums are halved, products go through ``tanh``.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

import kgraph as kg
from kgraph import layers, ops
from kgraph.graph.function import Function
from tests.property.graphs import IDS, D

Make = Callable[[Random, list[Any], Any], Any]

UNARY: list[Callable[[Any], Any]] = [
    ops.tanh,
    ops.relu,
    ops.negative,
    ops.sigmoid,
    lambda x: ops.softmax(x) * 2.0,
    lambda x: x - ops.mean(x, axis=-1, keepdims=True),
    lambda x: ops.reshape(ops.tanh(ops.reshape(x, (-1, 1, D))), (-1, D)),
    lambda x: ops.flip(x, axis=1),
    lambda x: ops.concatenate([x[:, 1:], x[:, :1]], axis=1),
    lambda x: ops.cast(ops.cast(x, "float64") * 0.5, "float32"),
]
BINARY: list[Callable[[Any, Any], Any]] = [
    lambda x, y: (x + y) * 0.5,
    lambda x, y: (x - y) * 0.5,
    ops.maximum,
    ops.minimum,
    lambda x, y: ops.tanh(x) * ops.tanh(y),
    lambda x, y: ops.where(x > y, x, ops.tanh(y)),
]


def unary(random: Random, values: list[Any], _: Any) -> Any:
    return random.choice(UNARY)(values[-1])


def binary(random: Random, values: list[Any], _: Any) -> Any:
    return random.choice(BINARY)(values[-1], random.choice(values[-12:]))


def product(random: Random, values: list[Any], _: Any) -> Any:
    weights = np.random.default_rng(random.getrandbits(32)).uniform(-0.5, 0.5, (D, D))
    return ops.tanh(ops.matmul(random.choice(values[-4:]), weights.astype(np.float32)))


def wide(random: Random, values: list[Any], _: Any) -> Any:
    """A value of another width on the way."""
    factor = random.choice([2, 5])
    many = ops.concatenate([random.choice(values[-6:]) for _ in range(factor)], axis=1)
    return ops.mean(ops.reshape(ops.tanh(many), (-1, factor, D)), axis=1)


def bag(random: Random, values: list[Any], ids: Any) -> Any:
    seed = random.getrandbits(16)
    table = np.random.default_rng(seed).uniform(-0.5, 0.5, (IDS, D)).astype(np.float32)
    embedded = ops.take(table, ids, axis=0)
    return (ops.tanh(ops.sum(embedded, axis=1)) + random.choice(values)) * 0.5


MAKERS: list[Make] = [unary, unary, unary, binary, binary, binary, product, wide, bag]


def deep_function(seed: int, steps: int) -> Function:
    """``steps`` values, each from the newest or from one not long ago; two or three outputs."""
    random = Random(seed)
    x = kg.Input((D,), name="x")
    ids = kg.Input((None,), ragged=True, dtype="int32", name="r_ids")
    values = [layers.Activation("tanh")(x)]
    for _ in range(steps):
        values.append(random.choice(MAKERS)(random, values, ids))
    others = random.sample(values, random.choice([1, 2]))
    return Function([x, ids], [values[-1], *others])


def deep_functions(least: int = 200, most: int = 300) -> Any:
    return st.builds(deep_function, st.integers(0, 2**16), st.integers(least, most))
