"""The attention kernel: block edges, ragged rows, and bits that no neighbour changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import ops
from kgraph.ops.primitives.attention import attention, masked_attention, segment_attention
from kgraph.ops.ragged_attention import ragged_attention
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


# -- masks -----------------------------------------------------------------------------------------


def heads(x: kg.KerasTensor, axes: tuple[int, ...] = (0, 2, 1, 3)) -> kg.KerasTensor:
    return ops.transpose(x, axes)


def hidden_by(
    t: int | None, s: int | None, masks: dict[str, tuple[tuple[Any, ...], str]], mask: Mask,
) -> tuple[kg.Function, Any]:  # fmt: skip
    """Attention as users write it, with masks as inputs; ``mask(scores, *masks)`` applies them."""
    q, k, v = (kg.Input((n, 3, w)) for n, w in ((t, 5), (s, 5), (s, 7)))
    given = [kg.Input(shape, dtype=dtype, name=name) for name, (shape, dtype) in masks.items()]
    scores = ops.matmul(heads(q), heads(k, (0, 2, 3, 1))) / 5**0.5
    shares = ops.softmax(mask(scores, *given))
    function = kg.Function([q, k, v, *given], heads(ops.matmul(shares, heads(v))))
    return function, kg.compile(function)


Mask = Callable[..., kg.KerasTensor]
MASKS: dict[str, tuple[dict[str, tuple[tuple[Any, ...], str]], Mask]] = {
    "padding": ({"m": ((1, 1, 9), "bool")}, lambda x, m: ops.where(m, x, -1e9)),
    "queries": ({"m": ((1, 20, 1), "bool")}, lambda x, m: ops.where(m, x, -np.inf)),
    "heads": ({"m": ((3, 20, 9), "bool")}, lambda x, m: ops.where(m, -np.inf, x)),
    "bias": ({"b": ((3, 1, 9), "float32")}, lambda x, b: x + b),
    "penalty": ({"b": ((1, 1, 9), "float32")}, lambda x, b: x - 1e9 * b),
    "both": (
        {"b": ((1, 20, 9), "float32"), "m": ((1, 1, 9), "bool")},
        lambda x, b, m: ops.where(m, x + b, -1e9),
    ),
    "met": (
        {"m": ((1, 20, 1), "bool"), "n": ((1, 1, 9), "bool")},
        lambda x, m, n: ops.where(ops.logical_and(m, n), x, -np.inf),
    ),
    "causal": ({}, lambda x: ops.where(np.tri(20, 9) > 0, x, -np.inf)),
    "causal and padding": (
        {"m": ((1, 1, 9), "bool")},
        lambda x, m: ops.where(ops.logical_and(np.tri(20, 9) > 0, m), x, -np.inf),
    ),
}


@pytest.mark.parametrize("name", MASKS)
def test_masked_scores_are_never_written(name: str) -> None:
    masks, mask = MASKS[name]
    function, compiled = hidden_by(20, 9, masks, mask)
    assert "attention_f32" in compiled.explain()
    assert "matmul" not in compiled.explain()

    @settings(max_examples=10, deadline=None, derandomize=True)
    @given(rows=st.integers(0, 5), share=st.sampled_from([0, 0.3, 0.9, 1]), seed=st.integers(0, 99))
    def check(rows: int, share: float, seed: int) -> None:
        random = np.random.default_rng(seed)
        batch = [random.normal(size=(rows, n, 3, w)) for n, w in ((20, 5), (9, 5), (9, 7))]
        batch = [x.astype(np.float32) for x in batch]
        for shape, dtype in masks.values():
            drawn = random.random((rows, *shape))
            batch.append(drawn < share if dtype == "bool" else (4 * drawn).astype(dtype))
        with np.errstate(all="ignore"):
            wanted = function(*batch)
        np.testing.assert_allclose(compiled(*batch), wanted, *tolerance("float32"))

    check()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("t", "s"), [(1, 1), (15, 1), (253, 5), (300, 70), (20, 1300), (4, 0)])
def test_blocks_of_masked_queries(t: int, s: int, dtype: str) -> None:
    q, k, v = (kg.Input(shape, dtype=dtype) for shape in ((None, 2, 5), (None, 2, 5), (None, 2, 7)))
    bias = kg.Input((2, t, s), dtype=dtype)
    found = masked_attention([q, k, v, bias], scale=0.5, hidden=-np.inf, causal=True)
    compiled = kg.compile(kg.Function([q, k, v, bias], found))
    batch = [numbers(2, n, 2, w, dtype=dtype) for n, w in ((t, 5), (s, 5), (s, 7))]
    batch.append(numbers(2, 2, t, s, dtype=dtype))
    attrs = {"scale": 0.5, "hidden": -np.inf, "causal": True}
    wanted = masked_attention.reference(*(x.astype(np.longdouble) for x in batch), **attrs)
    np.testing.assert_allclose(compiled(*batch), wanted, *tolerance(dtype))


def test_a_masked_row_keeps_its_bits_in_every_batch_and_with_any_threads() -> None:
    function, _ = hidden_by(20, 9, *MASKS["causal and padding"])
    batch = [numbers(9, n, 3, w) for n, w in ((20, 5), (9, 5), (9, 7))]
    batch.append(RNG.random((9, 1, 1, 9)) < 0.7)
    whole = kg.compile(function, threads=1)(*batch)
    for threads in (1, 2, 3):
        compiled = kg.compile(function, threads=threads)
        np.testing.assert_array_equal(compiled(*batch), whole)
        for row in (0, 4, 8):
            alone = compiled(*(x[row : row + 1] for x in batch))
            np.testing.assert_array_equal(alone, whole[row : row + 1])


def test_neither_causal_nor_padding_masks_grow_with_the_square_of_the_length() -> None:
    used = []
    for length in (1000, 2000):
        x, real = kg.Input((length, 1, 8)), kg.Input((length,), dtype="bool")
        seen = ops.reshape(real, (-1, 1, 1, length))
        attended = ops.dot_product_attention(x, x, x, mask=seen, is_causal=True)
        compiled = kg.compile(kg.Function([x, real], attended), threads=1)
        compiled(numbers(1, length, 1, 8), np.ones((1, length), bool))
        used.append(sum(compiled.arena_bytes))
    assert used[1] < 2.1 * used[0]


def test_sizes_of_masks_are_checked_before_the_kernel_runs() -> None:
    q, k = (kg.Input((None, 2, 4), name=name) for name in "qk")
    mask = kg.Input((1, None, None), dtype="bool", name="mask")
    found = masked_attention([q, k, k, mask], scale=0.5, hidden=-1e9, causal=False)
    compiled = kg.compile(kg.Function([q, k, mask], found))
    batch = numbers(2, 3, 2, 4), numbers(2, 5, 2, 4)
    assert compiled(*batch, np.ones((2, 1, 3, 5), bool)).shape == (2, 3, 2, 4)
    for shape in ((1, 3, 4), (1, 2, 5), (1, 3, 1), (1, 5, 3), (1, 0, 5), (1, 3, 6)):
        with pytest.raises(kg.KGraphError, match="axes of a mask and of scores"):
            compiled(*batch, np.ones((2, *shape), bool))


@pytest.mark.parametrize("threads", [1, 3])
def test_causal_ragged_rows_see_what_comes_before_in_their_own_row(threads: int) -> None:
    x = kg.Input((None, 2, 4), ragged=True)
    found = ragged_attention(x, x, x, 0.5, is_causal=True)
    compiled = kg.compile(kg.Function(x, found), threads=threads)
    lengths = [3, 0, 1, 40, 0, 260, 2]
    rows = ragged(lengths, 2, 4)
    got = compiled(rows)
    for row, length in enumerate(lengths):
        one = rows[row : row + 1].values[None]
        wanted = masked_attention.reference(one, one, one, scale=0.5, hidden=-np.inf, causal=True)
        np.testing.assert_allclose(got[row], wanted[0], *tolerance("float32"))
        assert len(got[row]) == length
