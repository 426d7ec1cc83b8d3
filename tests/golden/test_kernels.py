"""What typical models become, as ``explain()`` tells it: golden texts in ``kernels/*.txt``.

A model is one kernel, or few, because fusion found it so: no line of the compiler knows these.
Widths are multiples of 16: then packed weights take the same bytes for every instruction set.
``pytest tests/golden --update-golden`` writes the files anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers as la
from kgraph import ops

FOLDER = Path(__file__).parent / "kernels"
HERE = re.compile(re.escape(Path(__file__).name) + r":\d+(, \d+)*")
RNG = np.random.default_rng(0)

Build = Callable[[], kg.Model]
MODELS: dict[str, tuple[int, Build]] = {}


def model(kernels: int) -> Callable[[Build], Build]:
    """Enter a function that draws a model, and the number of kernels it becomes."""

    def enter(build: Build) -> Build:
        MODELS[build.__name__] = kernels, build
        return build

    return enter


def weights(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


@model(1)
def elementwise_chain() -> kg.Model:
    x = kg.Input((64,), name="x")
    left = ops.tanh(x * 0.5 + 0.1) * ops.sigmoid(x) + ops.sqrt(ops.absolute(x) + 1)
    return kg.Model(x, left - ops.log1p(ops.exp(-ops.absolute(x))))


@model(1)
def dense_with_bias_and_gelu() -> kg.Model:
    x = kg.Input((32,), name="x")
    return kg.Model(x, la.Dense(64, activation="gelu", name="dense")(x))


@model(1)
def softmax_of_dense_on_sparse_rows() -> kg.Model:
    x = kg.Input((1024,), sparse=True, name="x")
    return kg.Model(x, la.Dense(16, activation="softmax", name="topics")(x))


@model(1)
def layer_norm_of_a_residual() -> kg.Model:
    x = kg.Input((32,), name="x")
    return kg.Model(x, la.LayerNormalization(name="norm")(x + la.Dense(32, name="dense")(x)))


@model(1)
def mean_of_ragged_embeddings() -> kg.Model:
    ids = kg.Input((None,), ragged=True, dtype="int32", name="ids")
    items = la.Embedding(64, 16, name="items")(ids)
    return kg.Model(ids, la.GlobalAveragePooling1D(name="mean")(items))


@model(1)
def mean_of_dense_embeddings() -> kg.Model:
    ids = kg.Input((None,), dtype="int32", name="ids")
    items = la.Embedding(64, 16, name="items")(ids)
    return kg.Model(ids, la.GlobalAveragePooling1D(name="mean")(items))


@model(1)
def masked_mean_of_ragged_embeddings() -> kg.Model:
    ids = kg.Input((None,), ragged=True, dtype="int32", name="ids")
    items = la.Embedding(64, 16, name="items")(ids)
    counts = ops.expand_dims(ops.cast(ids != 0, "float32"), -1)
    return kg.Model(ids, ops.sum(items * counts, axis=1) / ops.sum(counts, axis=1))


@model(1)
def mean_of_padded_rows() -> kg.Model:
    x = kg.Input((None, 16), ragged=True, name="x")
    return kg.Model(x, ops.mean(x.to_tensor(), axis=1))


@model(1)
def softmax_of_ragged_rows() -> kg.Model:
    x = kg.Input((None,), ragged=True, name="x")
    return kg.Model(x, ops.softmax(x, axis=1).values)


@model(1)
def gate_of_the_best_experts() -> kg.Model:
    """The greatest shares of a softmax, made shares of their own sum, and whose they are."""
    x = kg.Input((32,), name="x")
    shares, experts = ops.top_k(la.Dense(16, activation="softmax", name="gate")(x), 4)
    return kg.Model(x, [shares / ops.sum(shares, -1, keepdims=True), experts])


@model(1)
def running_sum_of_a_softmax() -> kg.Model:
    x = kg.Input((32,), name="x")
    return kg.Model(x, ops.cumsum(ops.softmax(x), axis=-1))


@model(1)
def running_sum_of_a_softmax_of_ragged_rows() -> kg.Model:
    x = kg.Input((None,), ragged=True, name="x")
    return kg.Model(x, ops.cumsum(ops.softmax(x, axis=1), axis=1).values)


@model(1)
def sorted_rows() -> kg.Model:
    x = kg.Input((32,), name="x")
    return kg.Model(x, [ops.sort(ops.relu(x)), ops.argsort(x)])


@model(3)
def mlp_of_three_layers() -> kg.Model:
    x = h = kg.Input((64,), name="x")
    for number, width in enumerate((64, 32)):
        h = la.Dense(width, activation="relu", name=f"hidden_{number}")(h)
    return kg.Model(x, la.Dense(16, activation="softmax", name="class")(h))


@model(8)
def transformer_block_of_ops() -> kg.Model:
    items, width, heads = 32, 64, 4
    x = kg.Input((items, width), name="x")

    def norm(x: kg.KerasTensor) -> kg.KerasTensor:
        centred = x - ops.mean(x, -1, keepdims=True)
        spread = ops.rsqrt(ops.var(x, -1, keepdims=True) + 1e-5)
        return centred * spread * weights(width) + weights(width)

    def split(x: kg.KerasTensor) -> kg.KerasTensor:
        return ops.transpose(ops.reshape(x, (-1, items, heads, width // heads)), (0, 2, 1, 3))

    def dense(x: kg.KerasTensor, n: int) -> kg.KerasTensor:
        return x @ weights(x.shape[-1], n) + weights(n)

    normed = norm(x)
    q, k, v = (split(dense(normed, width)) for _ in range(3))
    shares = ops.softmax(q @ ops.transpose(k, (0, 1, 3, 2)) / 4.0)
    joined = ops.reshape(ops.transpose(shares @ v, (0, 2, 1, 3)), (-1, items, width))
    seen = x + dense(joined, width)
    return kg.Model(x, seen + dense(ops.gelu(dense(norm(seen), 4 * width)), width))


@model(7)
def causal_attention_over_padded_steps() -> kg.Model:
    ids = kg.Input((None,), dtype="int32", name="ids")
    items = la.Embedding(64, 32, mask_zero=True, name="items")(ids)
    attention = la.MultiHeadAttention(2, 16, name="attention")
    return kg.Model(ids, attention(items, items, use_causal_mask=True))


@pytest.mark.parametrize("name", MODELS)
def test_kernels_of_a_model(name: str, request: pytest.FixtureRequest) -> None:
    kg.clear_session()
    count, build = MODELS[name]
    compiled = kg.compile(build())
    assert sum(len(region.steps) for region in compiled.plan.regions) == count
    text = HERE.sub("train.py:N", compiled.explain())
    path = FOLDER / f"{name}.txt"
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no {path.name}: run pytest tests/golden --update-golden"
    assert text == path.read_text(encoding="utf-8")


def test_a_tower_is_one_chain_of_panels() -> None:
    compiled = kg.compile(MODELS["mlp_of_three_layers"][1]())
    assert len(compiled.plan.regions) == 1
