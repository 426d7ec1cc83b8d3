"""Sparse values of other ranks than 2: the functions of `k.sparse`."""

from __future__ import annotations

import numpy as np

from .answers import expressions, floats, sparse_array

CUBE = sparse_array([[[0, 2, 0], [0, 0, -1]], [[0, 0, 0], [0, 0, 0]], [[3, 0, 0], [4, 5, 0]]])
OTHER = sparse_array([[[1, -2, 0], [0, 0, 0]], [[0, 0, 7], [0, 0, 0]], [[0, 0, 0], [1, 0, 0]]])
FULL = sparse_array([[[0, 2, 0], [-3, 0, -1]], [[0, -8, 0], [-7, 0, 0]], [[3, 0, 0], [4, 5, 0]]])
VECTOR, VECTOR_2 = sparse_array([0, 2, 0, -1, 3]), sparse_array([1, -2, 0, 0, 0])
FOUR = sparse_array(np.arange(24).reshape(2, 3, 2, 2) % 5 % 3)

expressions(
    "sparse-cube", CUBE,
    {
        "to-dense": lambda k, x: k.sparse.to_dense(x),
        "to-dense-default": lambda k, x: k.sparse.to_dense(x, default_value=9),
        "reorder": lambda k, x: k.sparse.reorder(x),
        "transpose": lambda k, x: k.sparse.transpose(x),
        "transpose-inner": lambda k, x: k.sparse.transpose(x, [0, 2, 1]),
        "transpose-turned": lambda k, x: k.sparse.transpose(x, [1, 2, 0]),
        "reshape-flat": lambda k, x: k.sparse.reshape(x, (-1, 6)),
        "reshape-rows": lambda k, x: k.sparse.reshape(x, (-1, 3)),
        "reshape-vector": lambda k, x: k.sparse.reshape(x, (-1,)),
        "reshape-deeper": lambda k, x: k.sparse.reshape(x, (-1, 1, 3, 2)),
        "slice": lambda k, x: k.sparse.slice(x, [0, 1, 1], [3, 1, 2]),
        "slice-rows": lambda k, x: k.sparse.slice(x, [1, 0, 0], [2, 2, 3]),
        "split": lambda k, x: k.sparse.split(x, 2, axis=1),
        "reduce-sum": lambda k, x: k.sparse.reduce_sum(x),
        "reduce-sum-rows": lambda k, x: k.sparse.reduce_sum(x, axis=0),
        "reduce-sum-inner": lambda k, x: k.sparse.reduce_sum(x, axis=[1, 2]),
        "reduce-sum-outer": lambda k, x: k.sparse.reduce_sum(x, axis=[0, 2]),
        "reduce-sum-keepdims": lambda k, x: k.sparse.reduce_sum(x, axis=-1, keepdims=True),
        "map-values": lambda k, x: k.sparse.map_values(lambda v: v * v + 1, x),
        "retain": lambda k, x: k.sparse.retain(x, np.bool_([True, False, False, True, True])),
        "softmax": lambda k, x: k.sparse.softmax(x),
        "add-dense": lambda k, x: k.sparse.add(x, floats(3, 2, 3)),
    },
)  # fmt: skip
expressions(
    "sparse-cube", CUBE, {"expand-middle": lambda k, x: k.sparse.expand_dims(x, 1)}, graph=False
)
expressions(
    "sparse-cube-part", CUBE,
    {
        "values": lambda k, x: x.values, "indices": lambda k, x: x.indices,
        "dense-shape": lambda k, x: x.dense_shape,
    }, eager=False,
)  # fmt: skip
expressions(
    "sparse-cube", FULL,
    {
        "reduce-max": lambda k, x: k.sparse.reduce_max(x),
        "reduce-max-inner": lambda k, x: k.sparse.reduce_max(x, axis=[1, 2]),
        "reduce-max-last": lambda k, x: k.sparse.reduce_max(x, axis=2),
    },
)  # fmt: skip
expressions(
    "sparse-cubes", (CUBE, OTHER),
    {
        "add": lambda k, x, y: k.sparse.add(x, y),
        "maximum": lambda k, x, y: k.sparse.maximum(x, y),
        "minimum": lambda k, x, y: k.sparse.minimum(x, y),
        "concat-rows": lambda k, x, y: k.sparse.concat(0, [x, y]),
        "concat-middle": lambda k, x, y: k.sparse.concat(1, [x, y]),
        "concat-last": lambda k, x, y: k.sparse.concat(-1, [x, y]),
    },
)  # fmt: skip
expressions(
    "sparse-vector", VECTOR,
    {
        "to-dense": lambda k, x: k.sparse.to_dense(x),
        "reshape": lambda k, x: k.sparse.reshape(x, (1, -1)),
        "slice": lambda k, x: k.sparse.slice(x, [1], [3]),
        "reduce-sum": lambda k, x: k.sparse.reduce_sum(x, axis=0),
        "map-values": lambda k, x: k.sparse.map_values(lambda v: v * v + 1, x),
    },
)  # fmt: skip
expressions(
    "sparse-vectors", (VECTOR, VECTOR_2),
    {
        "add": lambda k, x, y: k.sparse.add(x, y),
        "maximum": lambda k, x, y: k.sparse.maximum(x, y),
        "concat": lambda k, x, y: k.sparse.concat(0, [x, y]),
    },
)  # fmt: skip
expressions(
    "sparse-four", FOUR,
    {
        "to-dense": lambda k, x: k.sparse.to_dense(x),
        "transpose": lambda k, x: k.sparse.transpose(x, [0, 3, 1, 2]),
        "reduce-sum": lambda k, x: k.sparse.reduce_sum(x, axis=[1, 3]),
        "slice": lambda k, x: k.sparse.slice(x, [0, 1, 0, 1], [2, 2, 2, 1]),
        "softmax": lambda k, x: k.sparse.softmax(x),
    },
)  # fmt: skip
