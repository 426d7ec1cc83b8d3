"""The attention kernel: block edges, ragged rows, and bits that no neighbour changes."""

from __future__ import annotations

import numpy as np
import pytest

import kgraph as kg
from kgraph import ops
from kgraph.ops.primitives.attention import attention, segment_attention
from tests.tolerances import tolerance

RNG = np.random.default_rng(0)


def written_out(t: int, s: int, h: int, d: int, e: int, dtype: str = "float32") -> kg.Function:
    """Attention as users write it, heads split off by transposes."""
    q, k, v = (kg.Input(shape, dtype=dtype) for shape in ((t, h, d), (s, h, d), (s, h, e)))
    queries, values = (ops.transpose(x, (0, 2, 1, 3)) for x in (q, v))
    scores = ops.matmul(queries, ops.transpose(k, (0, 2, 3, 1))) / float(d) ** 0.5
    shares = ops.softmax(scores)
    return kg.Function([q, k, v], ops.transpose(ops.matmul(shares, values), (0, 2, 1, 3)))


def numbers(*shape: int, dtype: str = "float32") -> np.ndarray:
    return RNG.normal(size=shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("t", "s"), [(1, 1), (13, 14), (15, 1), (253, 5), (300, 70), (20, 1300), (4, 0), (0, 4)]
)
def test_blocks_of_queries_and_keys(t: int, s: int, dtype: str) -> None:
    compiled = kg.compile(written_out(t, s, 3, 5, 7, dtype))
    assert "attention" in compiled.explain()
    batch = [numbers(2, n, 3, w, dtype=dtype) for n, w in ((t, 5), (s, 5), (s, 7))]
    wanted = attention.reference(*(x.astype(np.longdouble) for x in batch), 5**-0.5)
    rtol, atol = tolerance(dtype)
    np.testing.assert_allclose(compiled(*batch), wanted, rtol, atol)


def test_a_row_keeps_its_bits_in_every_batch_and_with_any_threads() -> None:
    function = written_out(40, 300, 2, 16, 16)
    batch = [numbers(9, n, 2, 16) for n in (40, 300, 300)]
    whole = kg.compile(function, threads=1)(*batch)
    for threads in (1, 2, 3):
        compiled = kg.compile(function, threads=threads)
        np.testing.assert_array_equal(compiled(*batch), whole)
        for row in (0, 4, 8):
            alone = compiled(*(x[row : row + 1] for x in batch))
            np.testing.assert_array_equal(alone, whole[row : row + 1])


def ragged(lengths: list[int], h: int, w: int) -> kg.RaggedTensor:
    return kg.RaggedTensor.from_row_lengths(numbers(sum(lengths), h, w), lengths)


class Attend(kg.layers.Layer):
    """Ragged queries see the keys of their own row."""

    def call(self, inputs: list[kg.KerasTensor]) -> kg.KerasTensor:
        q, k, v = inputs
        found = segment_attention(
            q.values, k.values, v.values, q.row_splits, k.row_splits, scale=0.5
        )
        return q.with_values(found)


@pytest.mark.parametrize("threads", [1, 3])
def test_ragged_rows_see_their_own_keys(threads: int) -> None:
    q, k, v = (kg.Input((None, 2, 4), ragged=True, name=name) for name in "qkv")
    compiled = kg.compile(kg.Function([q, k, v], Attend()([q, k, v])), threads=threads)
    queries = [3, 0, 1, 40, 0, 260, 2]
    keys = [5, 2, 0, 17, 0, 90, 1]
    batch = ragged(queries, 2, 4), ragged(keys, 2, 4), ragged(keys, 2, 4)
    found = compiled(*batch)
    flat = [x.values for x in batch]
    wanted = segment_attention.reference(*flat, batch[0].row_splits, batch[1].row_splits, 0.5)
    np.testing.assert_allclose(found.values, wanted, *tolerance("float32"))
    one = compiled(*(x[3:4] for x in batch))
    np.testing.assert_array_equal(one.values, found[3:4].values)


def test_memory_does_not_grow_with_the_square_of_the_length() -> None:
    """A block of scores is there at a time, whatever the length of the row."""
    used = []
    for length in (1000, 2000):
        compiled = kg.compile(written_out(length, length, 1, 8, 8), threads=1)
        compiled(*(numbers(1, length, 1, 8) for _ in range(3)))
        used.append(sum(compiled.arena_bytes))
    assert used[1] < 2.1 * used[0]


def test_sizes_that_only_a_batch_tells_are_checked_before_the_kernel_runs() -> None:
    q, k, v = (kg.Input((None, 2, 4), name=name) for name in "qkv")
    queries, values = (ops.transpose(x, (0, 2, 1, 3)) for x in (q, v))
    shares = ops.softmax(ops.matmul(queries, ops.transpose(k, (0, 2, 3, 1))))
    compiled = kg.compile(kg.Function([q, k, v], ops.matmul(shares, values)))
    assert "attention" in compiled.explain()
    assert compiled(numbers(2, 3, 2, 4), numbers(2, 5, 2, 4), numbers(2, 5, 2, 4)).shape[2] == 3
    for keys, wrong in ((5, 1), (5, 4), (1, 5), (0, 3), (3, 0)):
        batch = numbers(2, 3, 2, 4), numbers(2, keys, 2, 4), numbers(2, wrong, 2, 4)
        with pytest.raises(kg.KGraphError, match=f"keys and of values differ, {keys} and {wrong}"):
            compiled(*batch)


def test_ragged_operands_of_other_rows_are_refused() -> None:
    q, k, v = (kg.Input((None, 2, 4), ragged=True, name=name) for name in "qkv")
    compiled = kg.compile(kg.Function([q, k, v], Attend()([q, k, v])))
    rows = ragged([2, 3], 2, 4)
    for keys, values in (([2, 3], [2, 2]), ([2, 3], [6, 0]), ([5], [5]), ([2, 2, 1], [2, 2, 1])):
        with pytest.raises(kg.KGraphError):
            compiled(rows, ragged(keys, 2, 4), ragged(values, 2, 4))
