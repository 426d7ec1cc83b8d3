"""Sparse values: the functions of `k.sparse`, and sparse batches in models."""

from __future__ import annotations

from typing import Any

import numpy as np

from .answers import Answerer, answers, expressions, floats, matrix

A = matrix([[0, 2, 0, -1], [0, 0, 0, 0], [3, 0, 4, 0]])
B = matrix([[5, 1, 0, 0], [0, 0, 2, 0], [-3, 0, 0, 1]])
WIDE = matrix([[1, 0], [0, 2], [3, 0]])
W, TALL = floats(4, 2), floats(3, 2)
INTS = matrix([[0, 2, 0], [7, 0, 1]], "int64")
EMPTY = matrix([[0, 0], [0, 0]])

expressions(
    "sparse", A,
    {
        "to-dense": lambda k, x: k.sparse.to_dense(x),
        "to-dense-default": lambda k, x: k.sparse.to_dense(x, default_value=9),
        "reorder": lambda k, x: k.sparse.reorder(x),
        "transpose": lambda k, x: k.sparse.transpose(x),
        "reshape-rest": lambda k, x: k.sparse.reshape(x, (-1, 2)),
        "slice": lambda k, x: k.sparse.slice(x, [0, 1], [2, 3]),
        "slice-rows": lambda k, x: k.sparse.slice(x, [1, 0], [2, 4]),
        "split": lambda k, x: k.sparse.split(x, 2, axis=1),
        "reduce-sum": lambda k, x: k.sparse.reduce_sum(x),
        "reduce-sum-rows": lambda k, x: k.sparse.reduce_sum(x, axis=1),
        "reduce-sum-columns": lambda k, x: k.sparse.reduce_sum(x, axis=0),
        "reduce-sum-keepdims": lambda k, x: k.sparse.reduce_sum(x, axis=1, keepdims=True),
        "map-values": lambda k, x: k.sparse.map_values(lambda v: v * v + 1, x),
        "retain": lambda k, x: k.sparse.retain(x, np.bool_([True, False, False, True])),
        "softmax": lambda k, x: k.sparse.softmax(x),
        "matmul": lambda k, x: k.sparse.sparse_dense_matmul(x, W),
        "matmul-adjoint": lambda k, x: k.sparse.sparse_dense_matmul(x, TALL, adjoint_a=True),
        "fill-empty-rows": lambda k, x: k.sparse.fill_empty_rows(x, 8.0),
        "add-dense": lambda k, x: k.sparse.add(x, floats(3, 4)),
    },
)  # fmt: skip
expressions(
    "sparse-part", A,
    {
        "values": lambda k, x: x.values, "indices": lambda k, x: x.indices,
        "dense-shape": lambda k, x: x.dense_shape,
    }, eager=False,
)  # fmt: skip
expressions(
    "sparse-loose", A, {"times-dense": lambda k, x: x * floats(3, 4)},
    eager=False, differs="kgraph takes what tf_keras refuses",
)  # fmt: skip
expressions("sparse", A, {"reshape": lambda k, x: k.sparse.reshape(x, (2, 6))})
EXPANDED: dict[str, Answerer] = {
    "expand-last": lambda k, x: k.sparse.expand_dims(x, -1),
    "expand-first": lambda k, x: k.sparse.expand_dims(x, 0),
}
expressions("sparse", A, EXPANDED, graph=False)
expressions(
    "sparse-in-a-graph", A, EXPANDED, eager=False, differs="kgraph takes what tf_keras refuses"
)
FULL_ROWS = matrix([[0, 2, 0, -1], [0, 1, 0, 0], [3, 0, 4, 0]])
expressions(
    "sparse", FULL_ROWS,
    {
        "reduce-max-rows": lambda k, x: k.sparse.reduce_max(x, axis=1),
        "reduce-max": lambda k, x: k.sparse.reduce_max(x),
    },
)  # fmt: skip
expressions(
    "sparse-pair", (A, B),
    {
        "add": lambda k, x, y: k.sparse.add(x, y),
        "maximum": lambda k, x, y: k.sparse.maximum(x, y),
        "minimum": lambda k, x, y: k.sparse.minimum(x, y),
        "concat-rows": lambda k, x, y: k.sparse.concat(0, [x, y]),
        "concat-columns": lambda k, x, y: k.sparse.concat(1, [x, y]),
    },
)  # fmt: skip
expressions(
    "sparse-wide", (A, WIDE), {"concat-columns": lambda k, x, y: k.sparse.concat(1, [x, y])}
)
expressions(
    "sparse-int", INTS,
    {
        "to-dense": lambda k, x: k.sparse.to_dense(x),
        "reduce-sum": lambda k, x: k.sparse.reduce_sum(x, axis=1),
        "transpose": lambda k, x: k.sparse.transpose(x),
    },
)  # fmt: skip
expressions(
    "sparse-empty", EMPTY,
    {
        "to-dense": lambda k, x: k.sparse.to_dense(x),
        "reduce-sum": lambda k, x: k.sparse.reduce_sum(x, axis=1),
        "transpose": lambda k, x: k.sparse.transpose(x),
        "matmul": lambda k, x: k.sparse.sparse_dense_matmul(x, floats(2, 3)),
    },
)  # fmt: skip
expressions(
    "sparse-of-dense", np.float32([[0, 1.5, 0], [2, 0, 0]]),
    {"from-dense": lambda k, x: k.sparse.from_dense(x)},
)  # fmt: skip
answers(
    "sparse-made",
    {
        "eye": lambda k: k.sparse.eye(3),
        "eye-wide": lambda k: k.sparse.eye(2, 4),
        "reorder": lambda k: k.sparse.reorder(
            k.SparseTensor([[1, 0], [0, 2]], np.float32([1, 2]), (2, 3))
        ),
        "rank-3": lambda k: k.sparse.to_dense(
            k.SparseTensor([[0, 1, 1], [1, 0, 0]], np.float32([1, 2]), (2, 2, 2))
        ),
        "out-of-order": lambda k: k.sparse.to_dense(
            k.sparse.reorder(k.SparseTensor([[1, 1], [0, 0]], np.float32([1, 2]), (2, 2)))
        ),
        "beyond": lambda k: k.sparse.to_dense(k.SparseTensor([[5, 0]], np.float32([1]), (2, 2))),
        "ranks": lambda k: k.SparseTensor([[0, 0, 0]], np.float32([1]), (2, 2)),
        "counts": lambda k: k.SparseTensor([[0, 0], [1, 1]], np.float32([1]), (2, 2)),
    },
)  # fmt: skip


def of_a_dense_layer(units: int, **kwargs: Any) -> Answerer:
    """Dense on a sparse batch; every weight is 1."""

    def run(k: Any, x: Any) -> Any:
        layer = k.layers.Dense(units, kernel_initializer="ones", bias_initializer="ones", **kwargs)
        return layer(x)

    return run


expressions(
    "sparse-layer", A,
    {
        "dense": of_a_dense_layer(3),
        "dense-relu": of_a_dense_layer(2, activation="relu"),
        "dense-no-bias": of_a_dense_layer(2, use_bias=False),
    }, eager=False,
)  # fmt: skip
expressions(
    "sparse-layer-pair", (A, B),
    {"concatenate": lambda k, x, y: k.layers.Concatenate()([x, y])}, eager=False,
)  # fmt: skip
