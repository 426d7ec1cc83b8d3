"""Ops and operators between layers: each becomes a node of the graph, as a layer does."""

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Draw, case


@case("operators_with_numbers", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    outputs = [x * 2 + 1, 1 - x, 2 / (x + 5), x / 4, -x, abs(x), x**2, 2**x, x // 0.75, x % 0.75]
    return k.Model(x, outputs), draw.floats((3, 4))


@case("operators_with_two_tensors", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    a, b = k.Input(shape=(4,)), k.Input(shape=(1,))
    outputs = [a + b, a - b, a * b, a / (b * b + 1), b - a]
    return k.Model([a, b], outputs), [draw.floats((3, 4)), draw.floats((3, 1))]


@case("reciprocal_operator", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    return k.Model(x, 1 / x), np.array([[1, 2, -4, 0.5], [0, 3, -0.125, np.inf]], "float32")


@case("slicing", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(6,))
    outputs = [x[:, 1:3], x[:, -1], x[:, ::-1], x[:, ::2], x[..., None], x[:, None, :], x[:, 2:]]
    return k.Model(x, outputs), draw.floats((3, 6))


@case("slicing_rank_3", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(5, 3))
    return k.Model(x, [x[:, 0], x[:, 1:4, ::2], x[:, :, 0], x[:, -1, 1:]]), draw.floats((2, 5, 3))


@case("matmul_with_a_constant", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    w = draw.floats((4, 3))
    return k.Model(x, [x @ w, k.ops.matmul(x, w) + draw.floats(3)]), draw.floats((5, 4))


@case("matmul_of_two_tensors", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    a, b = k.Input(shape=(2, 3)), k.Input(shape=(3, 4))
    return k.Model([a, b], a @ b), [draw.floats((5, 2, 3)), draw.floats((5, 3, 4))]


@case("comparisons_and_cast", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    a, b = k.Input(shape=(4,)), k.Input(shape=(4,))
    inside = k.ops.logical_and(a > -1, a <= 1)
    gate = k.ops.cast(inside, "float32")
    outputs = [a < b, a >= 0.5, gate, k.layers.Dense(2)(a * gate)]
    return k.Model([a, b], outputs), [draw.floats((3, 4)), draw.floats((3, 4))]


@case("where_chooses_between_branches", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    a, b = k.layers.Dense(3)(x), k.layers.Dense(3, activation="tanh")(x)
    return k.Model(x, k.ops.where(a > 0, a, b)), draw.floats((5, 4))


@case("gaussian_features", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(3,))
    centres = draw.floats((4, 3))
    distance = k.ops.sum(k.ops.square(x[:, None, :] - centres), axis=-1)
    return k.Model(x, k.layers.Dense(2)(k.ops.exp(-0.5 * distance))), draw.floats((5, 3))


@case("standardised_rows", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(8,))
    mean = k.ops.mean(x, axis=-1, keepdims=True)
    deviation = k.ops.sqrt(k.ops.mean(k.ops.square(x - mean), axis=-1, keepdims=True) + 1e-3)
    return k.Model(x, k.layers.Dense(2)((x - mean) / deviation)), draw.floats((5, 8))


@case("log_likelihood")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    logits = k.layers.Dense(5)(x)
    return k.Model(x, logits - k.ops.logsumexp(logits, axis=-1, keepdims=True)), draw.floats((5, 4))


@case("self_attention_by_hand", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la, ops = k.layers, k.ops
    x = k.Input(shape=(4, 6))
    query, key, value = la.Dense(5)(x), la.Dense(5)(x), la.Dense(3)(x)
    scores = ops.matmul(query, ops.transpose(key, (0, 2, 1))) / 5**0.5
    return k.Model(x, ops.matmul(ops.softmax(scores, axis=-1), value)), draw.floats(
        (2, 4, 6), -1, 1
    )


@case("attention_pooling", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la, ops = k.layers, k.ops
    x = k.Input(shape=(None, 4))
    weights = ops.softmax(la.Dense(1)(la.Dense(3, activation="tanh")(x)), axis=1)
    return k.Model(x, ops.sum(weights * x, axis=1)), draw.floats((3, 5, 4))


@case("concatenate_and_stack", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    a, b = k.Input(shape=(3,)), k.Input(shape=(3,))
    joined = k.ops.concatenate([a, b, a * b], axis=-1)
    stacked = k.ops.stack([a, b], axis=1)
    model = k.Model([a, b], [k.layers.Dense(2)(joined), k.ops.max(stacked, axis=1)])
    return model, [draw.floats((4, 3)), draw.floats((4, 3))]


@case("reshape_and_transpose", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(12,))
    heads = k.ops.transpose(k.ops.reshape(x, (-1, 3, 4)), (0, 2, 1))
    merged = k.ops.reshape(k.layers.Dense(2)(heads), (-1, 8))
    return k.Model(x, [heads, merged]), draw.floats((3, 12))


@case("take_of_columns", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(6,))
    chosen = k.ops.take(x, [4, 0, 0, 2], axis=1)
    return k.Model(x, [chosen, k.layers.Dense(2)(chosen)]), draw.floats((3, 6))


@case("table_lookup", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    ids = k.Input(shape=(3,), dtype="int32")
    rows = k.ops.take(draw.floats((7, 4)), ids, axis=0)
    return k.Model(ids, k.ops.mean(rows, axis=1)), draw.ints((5, 3), 0, 7)


@case("one_hot_then_dense", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    ids = k.Input(shape=(), dtype="int32")
    return k.Model(ids, k.layers.Dense(3)(k.ops.one_hot(ids, 5))), draw.ints(6, 0, 5)


@case("bag_of_words", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    ids = k.Input(shape=(4,), dtype="int32")
    counts = k.ops.sum(k.ops.one_hot(ids, 6), axis=1)
    return k.Model(ids, k.layers.Dense(2, activation="softmax")(counts)), draw.ints((3, 4), 0, 6)


@case("best_class_and_its_probability")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    p = k.layers.Dense(5, activation="softmax")(x)
    return k.Model(x, {"label": k.ops.argmax(p, axis=-1), "p": k.ops.max(p, axis=-1)}), draw.floats(
        (6, 4)
    )


@case("integers_into_layers")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,), dtype="int32")
    centred = x - 3
    return k.Model(x, [centred, centred * 0.5, k.layers.Dense(2)(centred)]), draw.ints((3, 4), 0, 7)


@case("one_intermediate_many_readers", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    ops = k.ops
    x = k.Input(shape=(4,))
    h = k.layers.Dense(4)(x)
    outputs = [
        ops.exp(h) + h,
        ops.tanh(h) * h,
        ops.sum(h, axis=-1),
        h - ops.max(h, axis=-1, keepdims=True),
    ]
    return k.Model(x, outputs), draw.floats((3, 4))


@case("long_elementwise_chain", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    ops = k.ops
    x = k.Input(shape=(7,))
    y = ops.tanh(x * 1.5 + 0.25) * ops.sigmoid(x) + ops.sqrt(ops.abs(x) + 1)
    return k.Model(x, y - ops.log1p(ops.exp(-ops.abs(x)))), draw.floats((6, 7))


@case("sub_model_of_ops_shared", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    ops = k.ops
    u = k.Input(shape=(4,))
    unit = k.Model(u, u / ops.sqrt(ops.sum(ops.square(u), axis=-1, keepdims=True) + 1e-6))
    a, b = k.Input(shape=(4,)), k.Input(shape=(4,))
    cosine = ops.sum(unit(a) * unit(b), axis=-1)
    return k.Model([a, b], cosine), [draw.floats((5, 4)), draw.floats((5, 4))]


@case("constant_plus_tensor", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    table = draw.floats((4,))
    return k.Model(x, [x + table, k.ops.subtract(table, x), k.ops.maximum(x, table)]), draw.floats(
        (3, 4)
    )


@case("mixed_precisions")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    a, b = k.Input(shape=(4,), dtype="float64"), k.Input(shape=(4,))
    both = a * b
    feed = [draw.floats((3, 4), dtype="float64"), draw.floats((3, 4))]
    return k.Model([a, b], [both, k.layers.Dense(2)(both), a / 3, b / 3]), feed
