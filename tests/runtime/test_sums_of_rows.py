"""Sums and means of embedding rows: one kernel that gathers and adds, or reduces ragged rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import ops
from kgraph.compiler.interpret import interpret
from kgraph.compiler.lower import lower
from kgraph.layers import Embedding, GlobalAveragePooling1D
from tests.tolerances import tolerance

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(10, 6)).astype(np.float32)

Draw = Callable[[kg.KerasTensor], kg.KerasTensor]


def embedded(ids: kg.KerasTensor, mask_zero: bool = False) -> kg.KerasTensor:
    return Embedding(10, 6, mask_zero=mask_zero, weights=[TABLE])(ids)


def masked_mean(ids: kg.KerasTensor) -> kg.KerasTensor:
    mask = ops.expand_dims(ops.cast(ids > 2, "float32"), -1)
    return ops.sum(embedded(ids) * mask, axis=1) / (ops.sum(mask, axis=1) + 0.5)


DENSE: dict[str, Draw] = {
    "sum": lambda ids: ops.sum(embedded(ids), axis=1),
    "mean": lambda ids: ops.mean(embedded(ids), axis=1),
    "scaled": lambda ids: ops.tanh(ops.sum(embedded(ids) * 0.5, axis=1) + 1.0),
    "pooled": lambda ids: GlobalAveragePooling1D()(embedded(ids)),
    "pooled without zeros": lambda ids: GlobalAveragePooling1D()(embedded(ids, mask_zero=True)),
    "masked": masked_mean,
}


def compiled_of(draw: Draw, **kwargs: Any) -> tuple[kg.Function, Any]:
    ids = kg.Input((None,), **kwargs)
    function = kg.Function(ids, draw(ids))
    return function, kg.compile(function)


def agrees(function: kg.Function, compiled: Any, batch: Any, arrays: list[np.ndarray]) -> None:
    with np.errstate(all="ignore"):
        (wanted,) = interpret(lower(function).graph, arrays)
    np.testing.assert_allclose(compiled(batch), wanted, *tolerance("float32"))


@pytest.mark.parametrize("name", DENSE)
@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "float32"])
def test_dense_ids_are_gathered_and_added_at_once(name: str, dtype: str) -> None:
    function, compiled = compiled_of(DENSE[name], dtype=dtype)
    text = compiled.explain()
    assert "gather_sum" in text
    assert "take" not in text

    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(rows=st.integers(0, 70), length=st.integers(0, 9), seed=st.integers(0, 99))
    def check(rows: int, length: int, seed: int) -> None:
        batch = np.random.default_rng(seed).integers(0, 10, (rows, length)).astype(dtype)
        agrees(function, compiled, batch, [batch])

    check()


def left_of(ids: kg.KerasTensor) -> kg.KerasTensor:
    return kg.ragged.boolean_mask(embedded(ids), ids != 0)


RAGGED: dict[str, Draw] = {
    "sum": lambda ids: ops.sum(embedded(ids), axis=1),
    "masked": masked_mean,
    "sum of what is left": lambda ids: ops.sum(left_of(ids), axis=1),
    "mean of what is left": lambda ids: ops.mean(left_of(ids), axis=1),
    "pooled": lambda ids: GlobalAveragePooling1D()(left_of(ids)),
}
PADDED: dict[str, Draw] = {
    "sum": lambda x: ops.sum(x.to_tensor(), axis=1),
    "mean": lambda x: ops.mean(x.to_tensor(), axis=1),
    "mean of other padding": lambda x: ops.mean(x.to_tensor(1.0) - 1.0, axis=1),
    "max": lambda x: ops.max(x.to_tensor(), axis=1),
    "max of other padding": lambda x: ops.max(x.to_tensor(-7.0), axis=1),
    "min of a part": lambda x: ops.min(ops.tanh(x.to_tensor(0.25)), axis=1),
    "several": lambda x: ops.concatenate(
        [reduce(x.to_tensor(), axis=1) for reduce in (ops.mean, ops.max, ops.min)], axis=-1
    ),
}
RAGGED_BATCH = st.tuples(st.lists(st.integers(0, 6), max_size=70), st.integers(0, 99))


@pytest.mark.parametrize("name", RAGGED)
@pytest.mark.parametrize("dtype", ["int32", "int64", "float32"])
def test_ragged_ids_are_gathered_and_added_at_once(name: str, dtype: str) -> None:
    function, compiled = compiled_of(RAGGED[name], dtype=dtype, ragged=True)
    text = compiled.explain()
    assert "gather_sum" in text
    assert not any(word in text for word in ("take", "phase", "host"))

    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(RAGGED_BATCH)
    def check(drawn: tuple[list[int], int]) -> None:
        lengths, seed = drawn
        ids = np.random.default_rng(seed).integers(0, 10, sum(lengths)).astype(dtype)
        batch = kg.RaggedTensor.from_row_lengths(ids, lengths)
        agrees(function, compiled, batch, [ids, batch.row_splits])

    check()


@pytest.mark.parametrize("name", PADDED)
def test_padded_rows_are_reduced_as_they_are(name: str) -> None:
    x = kg.Input((None, 3), ragged=True)
    function = kg.Function(x, PADDED[name](x))
    compiled = kg.compile(function)
    assert "ragged_to_dense" not in compiled.explain()

    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(RAGGED_BATCH)
    def check(drawn: tuple[list[int], int]) -> None:
        lengths, seed = drawn
        values = np.random.default_rng(seed).normal(size=(sum(lengths), 3)).astype(np.float32)
        batch = kg.RaggedTensor.from_row_lengths(values, lengths)
        with np.errstate(all="ignore"):
            wanted = function(batch)
        np.testing.assert_allclose(compiled(batch), wanted, *tolerance("float32"))

    check()


@pytest.mark.parametrize("name", DENSE)
def test_a_row_of_dense_ids_keeps_its_bits(name: str) -> None:
    function, _ = compiled_of(DENSE[name], dtype="int32")
    batch = RNG.integers(0, 10, (3000, 7)).astype(np.int32)
    whole = kg.compile(function, threads=1)(batch)
    for threads in (1, 3):
        compiled = kg.compile(function, threads=threads)
        np.testing.assert_array_equal(compiled(batch), whole)
        np.testing.assert_array_equal(compiled(batch[1000:1013]), whole[1000:1013])


@pytest.mark.parametrize("bad", [-1, 10])
@pytest.mark.parametrize("draw", [DENSE["mean"], DENSE["masked"]], ids=["mean", "masked"])
def test_an_id_outside_the_table_is_told(draw: Draw, bad: int) -> None:
    _, compiled = compiled_of(draw, dtype="int32", name="ids")
    batch = np.zeros((4, 3), np.int32)
    batch[2, 1] = bad
    with pytest.raises(kg.KGraphError, match=rf"outside the table(.|\n)*'ids', row 2: {bad}"):
        compiled(batch)


def test_ids_that_the_graph_computes_are_checked_by_the_kernel() -> None:
    _, compiled = compiled_of(lambda ids: ops.sum(embedded(ids * 3), axis=1), dtype="int32")
    assert "gather_sum" in compiled.explain()
    np.testing.assert_allclose(
        compiled(np.int32([[0, 3, 1]])), TABLE[[0, 9, 3]].sum(0)[None], *tolerance("float32")
    )
    with pytest.raises(kg.KGraphError):
        compiled(np.int32([[0, 4, 1]]))


def test_weights_that_follow_their_layer_are_looked_up_anew() -> None:
    ids = kg.Input((4,), dtype="int32")
    layer = Embedding(10, 6, mask_zero=True, weights=[TABLE])
    model = kg.Model(ids, GlobalAveragePooling1D()(layer(ids)))
    batch = np.int32([[1, 0, 2, 0], [3, 3, 3, 0]])
    first = model(batch)
    layer.embeddings.assign(2 * TABLE)
    np.testing.assert_array_equal(model(batch), 2 * first)
