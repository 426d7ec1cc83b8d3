"""Deep graphs of all kinds: hundreds of ops on dense, sparse and ragged values, which turn into one
another on the way.

Dense values are (B, D), sparse ones (B, COLUMNS) and, cut into blocks, (B, 2, 3), ragged ones
(B, None, D).  As in ``deep``, numbers stay bounded however deep they lie.  Which entries a sparse
value stores and which items a row holds is decided by inputs alone, that no rounding turns over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

import kgraph as kg
from kgraph import layers, ops
from kgraph.graph.function import Function
from kgraph.graph.keras_tensor import KerasTensor
from tests.property.deep import BINARY, UNARY, product
from tests.property.graphs import COLUMNS, IDS, D

BLOCKS = (2, COLUMNS // 2)
NEWEST = 8  # values that a step may take up; older ones have died, most of them


@dataclass
class Rows:
    """Ragged values whose items lie in the same rows, and ids for these items."""

    ids: KerasTensor
    values: list[KerasTensor]


@dataclass
class Pools:
    """A graph while it is drawn: its inputs, and the values of each kind so far."""

    random: Random
    inputs: dict[str, KerasTensor]
    dense: list[KerasTensor] = field(default_factory=list)
    sparse: list[KerasTensor] = field(default_factory=list)
    blocks: list[KerasTensor] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)

    def choose(self, values: list[Any]) -> Any:
        return self.random.choice(values[-NEWEST:])

    def weights(self, *shape: int) -> np.ndarray:
        random = np.random.default_rng(self.random.getrandbits(32))
        return random.uniform(-0.5, 0.5, shape).astype(np.float32)

    def items(self) -> tuple[Rows, KerasTensor]:
        rows = self.choose(self.rows)
        return rows, self.choose(rows.values)

    def mix_in(self, value: Any) -> None:
        """A dense value of any size joins the others."""
        self.dense.append((ops.tanh(value) + self.choose(self.dense)) * 0.5)


Step = Callable[[Pools], None]


def wide(value: Any) -> Any:
    """(B, D) as (B, COLUMNS)."""
    return ops.concatenate([value, value[:, : COLUMNS - D]], axis=1)


# -- steps within a kind ---------------------------------------------------------------------------

SPARSE_UNARY: list[Callable[[Any], Any]] = [
    ops.tanh,
    ops.relu,
    ops.negative,
    kg.sparse.softmax,
    lambda s: ops.flip(s, -1),
    lambda s: kg.sparse.concat(1, [s[:, 2:], s[:, :2]]),
    lambda s: kg.sparse.map_values(lambda x: ops.cos(x) * 0.5, s),
    lambda s: kg.sparse.fill_empty_rows(s, 0.25)[0],
    lambda s: ops.cast(ops.cast(s, "float64") * 0.5, "float32"),
]
SPARSE_BINARY: list[Callable[[Any, Any], Any]] = [
    lambda a, b: kg.sparse.add(a, b) * 0.5,
    kg.sparse.maximum,
    kg.sparse.minimum,
    lambda a, b: ops.tanh(a) * b,
]
BLOCK_UNARY: list[Callable[[Any], Any]] = [
    ops.tanh,
    ops.negative,
    kg.sparse.softmax,
    lambda s: ops.flip(s, 1),
    lambda s: kg.sparse.concat(2, [s[..., 1:], s[..., :1]]),
    lambda s: kg.sparse.reshape(kg.sparse.transpose(s, (0, 2, 1)), (-1, *BLOCKS)),
]
RAGGED_UNARY: list[Callable[[Any], Any]] = [
    ops.tanh,
    ops.relu,
    ops.negative,
    lambda r: ops.softmax(r, axis=1),
    lambda r: ops.softmax(r, axis=-1) * 2.0,
    lambda r: ops.tanh(r - ops.mean(r, axis=1, keepdims=True)),
    lambda r: kg.ragged.map_flat_values(ops.sin, r),
    lambda r: ops.cast(ops.cast(r, "float64") * 0.5, "float32"),
]


def dense_unary(p: Pools) -> None:
    p.dense.append(p.random.choice(UNARY)(p.choose(p.dense)))


def dense_binary(p: Pools) -> None:
    p.dense.append(p.random.choice(BINARY)(p.choose(p.dense), p.choose(p.dense)))


def dense_product(p: Pools) -> None:
    p.dense.append(product(p.random, p.dense, None))


def sparse_unary(p: Pools) -> None:
    p.sparse.append(p.random.choice(SPARSE_UNARY)(p.choose(p.sparse)))


def sparse_binary(p: Pools) -> None:
    p.sparse.append(p.random.choice(SPARSE_BINARY)(p.choose(p.sparse), p.choose(p.sparse)))


def sparse_times_dense(p: Pools) -> None:
    value = p.choose(p.dense)
    factor = p.random.choice([wide(value), value[:, :1]])
    p.sparse.append(p.choose(p.sparse) * ops.tanh(factor))


def block_unary(p: Pools) -> None:
    p.blocks.append(p.random.choice(BLOCK_UNARY)(p.choose(p.blocks)))


def block_binary(p: Pools) -> None:
    p.blocks.append(kg.sparse.add(p.choose(p.blocks), p.choose(p.blocks)) * 0.5)


def ragged_unary(p: Pools) -> None:
    rows, value = p.items()
    rows.values.append(p.random.choice(RAGGED_UNARY)(value))


def ragged_binary(p: Pools) -> None:
    rows, value = p.items()
    rows.values.append(p.random.choice(BINARY[:4])(value, p.choose(rows.values)))


def ragged_product(p: Pools) -> None:
    rows, value = p.items()
    rows.values.append(ops.tanh(ops.matmul(value, p.weights(D, D))))


def ragged_parts(p: Pools) -> None:
    """Some items of each row, in their order or backwards."""
    rows, value = p.items()
    key = p.random.choice([slice(1, None), slice(None, 2), slice(None, None, -1)])
    p.rows.append(Rows(rows.ids[:, key], [value[:, key]]))


def ragged_masked(p: Pools) -> None:
    rows, value = p.items()
    mask = ops.not_equal(ops.mod(rows.ids, 4), p.random.randrange(4))
    kept = [kg.ragged.boolean_mask(x, mask) for x in (rows.ids, value)]
    p.rows.append(Rows(kept[0], kept[1:]))


def ragged_joined(p: Pools) -> None:
    """Each row of one value, and then two items of the same row of another."""
    (first, a), (second, b) = p.items(), p.items()
    ids = kg.ragged.concat([first.ids[:, :4], second.ids[:, :2]], axis=1)
    p.rows.append(Rows(ids, [kg.ragged.concat([a[:, :4], b[:, :2]], axis=1)]))


# -- from one kind to another ----------------------------------------------------------------------


def dense_to_sparse(p: Pools) -> None:
    """What lies where an input is large is stored; none of it is zero."""
    stored = ops.greater(wide(p.inputs["x"]), p.random.uniform(-0.5, 0.5))
    numbers = 1.5 + ops.tanh(wide(p.choose(p.dense)))
    p.sparse.append(kg.sparse.from_dense(ops.where(stored, numbers, 0.0)) * 0.5)


def dense_to_ragged(p: Pools) -> None:
    x = p.inputs["x"][:, :3]
    mask = ops.greater(x, p.random.uniform(-0.5, 0.5))
    ids = ops.absolute(ops.cast(x * (IDS - 1), "int32"))
    value = ops.stack([p.choose(p.dense) for _ in range(3)], axis=1)
    kept = [kg.ragged.boolean_mask(part, mask) for part in (ids, value)]
    p.rows.append(Rows(kept[0], kept[1:]))


def dense_to_items(p: Pools) -> None:
    """Each item meets the dense row of its row."""
    rows, value = p.items()
    row = p.choose(p.dense)
    taken = value.with_flat_values(ops.take(row, value.value_rowids(), axis=0))
    other = p.random.choice([taken, row[:, None]])
    rows.values.append((value + other) * 0.5)


def sparse_to_dense(p: Pools) -> None:
    s = p.choose(p.sparse)
    p.mix_in(
        p.random.choice(
            [
                lambda: kg.sparse.to_dense(s)[:, :D],
                lambda: kg.sparse.sparse_dense_matmul(s, p.weights(COLUMNS, D)),
                lambda: layers.Dense(D, kernel_initializer="ones")(s),
                lambda: kg.sparse.reduce_sum(s, 1, keepdims=True),
                lambda: kg.sparse.reduce_max(s, 1, keepdims=True),
            ]
        )()
    )


def sparse_to_blocks(p: Pools) -> None:
    p.blocks.append(kg.sparse.reshape(p.choose(p.sparse), (-1, *BLOCKS)))


def blocks_to_sparse(p: Pools) -> None:
    p.sparse.append(kg.sparse.reshape(p.choose(p.blocks), (-1, COLUMNS)))


def blocks_to_dense(p: Pools) -> None:
    s = p.choose(p.blocks)
    form = p.random.choice([kg.sparse.to_dense, partial(kg.sparse.reduce_sum, axis=1)])
    p.mix_in(ops.reshape(form(s), (-1, COLUMNS if form is kg.sparse.to_dense else 3))[:, :1])


def sparse_to_ragged(p: Pools) -> None:
    """The stored entries of each row as its items, which are as wide as the others."""
    s = p.choose(p.sparse)
    items = ops.tanh(ops.multiply(s.values[:, None], p.weights(1, D)))
    ids = kg.RaggedTensor.from_row_splits(ops.cast(s.indices[:, 1], "int32"), s.indptr)
    p.rows.append(Rows(ids, [kg.RaggedTensor.from_row_splits(items, s.indptr)]))


def ragged_to_sparse(p: Pools) -> None:
    """As wide as the longest row, of which three places stay."""
    rows, value = p.items()
    three = ops.mean(value, axis=-1)[:, :3].to_tensor(shape=(None, 3))
    stored = ops.greater(ops.row_lengths(rows.ids), p.random.randrange(3))
    half = kg.sparse.from_dense(ops.where(stored[:, None], 1.5 + ops.tanh(three), 0.0)) * 0.5
    p.sparse.append(kg.sparse.concat(1, [half, p.choose(p.sparse)[:, : COLUMNS - 3]]))


def ragged_to_sparse_and_back(p: Pools) -> None:
    _, value = p.items()
    line = kg.sparse.softmax(ops.sum(value, axis=-1).to_sparse())
    p.mix_in(kg.sparse.reduce_max(line, 1, keepdims=True))
    p.mix_in(ops.sum(kg.RaggedTensor.from_sparse(line), axis=1, keepdims=True))
    p.mix_in(kg.sparse.reduce_sum(ops.tanh(value.to_sparse()), 1))


def ragged_to_dense(p: Pools) -> None:
    _, value = p.items()
    p.mix_in(
        p.random.choice(
            [
                lambda: ops.sum(value, axis=1),
                lambda: ops.mean(value, axis=1),
                lambda: ops.maximum(ops.max(value, axis=1), -1.0),
                lambda: ops.mean(value.to_tensor(shape=(None, 3, None)), axis=1),
                lambda: ops.cast(ops.row_lengths(value), "float32")[:, None] * 0.1,
            ]
        )()
    )


def bag(p: Pools) -> None:
    rows = p.choose(p.rows)
    rows.values.append(ops.take(p.weights(IDS, D), rows.ids, axis=0))


ROW_BY_ROW: list[Step] = [
    dense_unary, dense_unary, dense_binary, dense_binary, dense_product,
    sparse_unary, sparse_unary, sparse_binary, sparse_times_dense, block_unary, block_binary,
    ragged_unary, ragged_unary, ragged_binary, ragged_product, bag,
    ragged_parts, ragged_masked, ragged_joined,
    dense_to_sparse, dense_to_ragged, dense_to_items, sparse_to_dense, sparse_to_dense,
    sparse_to_blocks, blocks_to_sparse, blocks_to_dense, sparse_to_ragged, ragged_to_sparse,
    ragged_to_sparse_and_back, ragged_to_dense, ragged_to_dense,
]  # fmt: skip


# -- steps that rows of a batch have in common -----------------------------------------------------


def all_backwards(p: Pools) -> None:
    """The rows in the other order."""
    rows, value = p.items()
    p.rows.append(Rows(rows.ids[::-1], [value[::-1]]))
    p.sparse.append(p.choose(p.sparse)[::-1])
    p.blocks.append(ops.flip(p.choose(p.blocks), 0))
    p.dense.append(p.choose(p.dense)[::-1])


def gram(p: Pools) -> None:
    """Rows weighted by how alike their sparse ones are."""
    a, b = p.choose(p.sparse), p.choose(p.sparse)
    p.mix_in(ops.matmul(ops.matmul(a, kg.sparse.transpose(b)), p.choose(p.dense)) * 0.1)


def without_some_rows(p: Pools) -> None:
    p.sparse.append(kg.sparse.mask(p.choose(p.sparse), [0, 2]))


def padded(p: Pools) -> None:
    """As long as the longest row."""
    _, value = p.items()
    p.mix_in(ops.sum(value.to_tensor(), axis=1))


def over_the_batch(p: Pools) -> None:
    p.mix_in(kg.sparse.reduce_sum(p.choose(p.sparse), 0)[:D] * 0.1)
    p.mix_in(ops.mean(ops.tanh(p.choose(p.dense)), axis=0, keepdims=True))


WHOLE: list[Step] = [all_backwards, gram, without_some_rows, padded, over_the_batch]


def deep_kinds(seed: int, steps: int, row_by_row: bool = False) -> Function:
    """A graph of ``steps`` steps, each of which makes a value of some kind, or a few.

    ``row_by_row``: a row of an output depends on that row of the inputs alone.
    """
    p = started(Random(seed))
    makers = ROW_BY_ROW if row_by_row else [*ROW_BY_ROW, *WHOLE]
    for _ in range(steps):
        p.random.choice(makers)(p)
    kept = [*p.dense[-2:], p.choose(p.dense), p.sparse[-1], p.choose(p.rows).values[-1]]
    kept.append(kg.sparse.reshape(p.blocks[-1], (-1, COLUMNS)))
    return Function(list(p.inputs.values()), kept)


def started(random: Random) -> Pools:
    """The inputs, and what they are in each kind."""
    x, s = kg.Input((D,), name="x"), kg.Input((COLUMNS,), sparse=True, name="s")
    ids = kg.Input((None,), ragged=True, dtype="int32", name="r_ids")
    p = Pools(random, {"x": x, "s": s, "r_ids": ids})
    p.dense.append(ops.tanh(x))
    p.sparse.append(s)
    p.rows.append(Rows(ids, [ops.take(p.weights(IDS, D), ids, axis=0)]))
    sparse_to_blocks(p)
    return p


def kinds_functions(least: int = 60, most: int = 90, row_by_row: bool = False) -> Any:
    numbers = st.integers(0, 2**16), st.integers(least, most)
    return st.builds(deep_kinds, *numbers, st.just(row_by_row))
