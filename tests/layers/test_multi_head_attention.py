"""MultiHeadAttention: which kernels it becomes, ragged rows, masks, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from tests.tolerances import tolerance

RNG = np.random.default_rng(3)
WIDTH = 8


def numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def attention(**kwargs: Any) -> kg.layers.MultiHeadAttention:
    """A layer for vectors of 8, with weights that are not zero."""
    layer = kg.layers.MultiHeadAttention(2, 3, **kwargs)
    x = np.zeros((1, 1, WIDTH), np.float32)
    layer(x, x)
    layer.set_weights([numbers(*w.shape) * 0.5 for w in layer.weights])
    return layer


def ragged(lengths: list[int]) -> kg.RaggedTensor:
    return kg.RaggedTensor.from_row_lengths(numbers(sum(lengths), WIDTH), lengths)


def by_hand(layer: Any, query: np.ndarray, value: np.ndarray, seen: Any = True) -> np.ndarray:
    """The formula of the paper for one row, in float64."""
    weights = iter(w.astype(np.float64) for w in layer.get_weights())
    q, k, v = (
        np.einsum("td,dhe->hte", x, next(weights)) + next(weights)[:, None]
        for x in (query, value, value)
    )
    scores = np.exp(np.where(seen, q @ k.swapaxes(1, 2) / 3**0.5, -np.inf))
    heads = scores / scores.sum(-1, keepdims=True) @ v
    return np.asarray(np.einsum("hte,heo->to", heads, next(weights)) + next(weights))


# -- kernels ---------------------------------------------------------------------------------------


def dense_model(layer: Any, **call: Any) -> kg.Model:
    x = kg.Input((5, WIDTH))
    return kg.Model(x, layer(x, x, **call))


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_without_masks_the_scores_are_never_written(dropout: float) -> None:
    layer, batch = attention(dropout=dropout), numbers(3, 5, WIDTH)
    compiled = kg.compile(dense_model(layer))
    assert "attention_f32" in compiled.explain()
    wanted = np.stack([by_hand(layer, row, row) for row in batch])
    np.testing.assert_allclose(compiled(batch), wanted, *tolerance("float32"))


def test_projections_are_matrix_products() -> None:
    text = kg.compile(dense_model(attention())).explain()
    assert text.count("gemm_f32") == 2  # of query, key and value in one; of the result
    assert "einsum" not in text


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_masked_scores_are_never_written(dropout: float) -> None:
    x, seen = kg.Input((5, WIDTH)), kg.Input((5, 5), dtype="bool")
    layer = attention(dropout=dropout)
    found = layer(x, x, attention_mask=seen, use_causal_mask=True)
    function = kg.Function([x, seen], found)
    compiled = kg.compile(function)
    assert "attention_f32" in compiled.explain()
    assert "matmul" not in compiled.explain()
    batch, mask = numbers(3, 5, WIDTH), np.random.default_rng(0).random((3, 5, 5)) < 0.5
    mask[1, 3] = False  # a query that sees nothing
    np.testing.assert_allclose(compiled(batch, mask), function(batch, mask), *tolerance("float32"))


def test_scores_that_are_asked_for_are_written_out() -> None:
    written = kg.compile(dense_model(attention(), return_attention_scores=True)).explain()
    assert "attention_f32" not in written


def test_the_causal_mask_hides_what_comes_later() -> None:
    layer, batch = attention(), numbers(2, 5, WIDTH)
    found = kg.compile(dense_model(layer, use_causal_mask=True))(batch)
    wanted = np.stack([by_hand(layer, row, row, np.tri(5) > 0) for row in batch])
    np.testing.assert_allclose(found, wanted, *tolerance("float32"))


# -- ragged rows -----------------------------------------------------------------------------------

lengths = st.integers(0, 9)


@settings(deadline=None, max_examples=40)
@given(rows=st.lists(st.tuples(lengths, lengths), min_size=1, max_size=6), gate=st.booleans())
def test_a_ragged_row_is_what_the_row_alone_gives(rows: list[tuple[int, int]], gate: bool) -> None:
    layer = attention(use_gate=gate)
    query, value = (ragged(list(side)) for side in zip(*rows, strict=True))
    symbols = [kg.Input((None, WIDTH), ragged=True) for _ in range(2)]
    found = kg.compile(kg.Model(symbols, layer(*symbols)))(query, value)
    np.testing.assert_array_equal(found.row_splits, query.row_splits)
    for i, (steps, keys) in enumerate(rows):
        if steps and keys:
            alone = layer(query[i][None], value[i][None])[0]
            np.testing.assert_allclose(found[i], alone, *tolerance("float32"))
    np.testing.assert_allclose(found.values, layer(query, value).values, *tolerance("float32"))


def test_ragged_self_attention_runs_on_one_kernel_and_keeps_the_bits_of_a_row() -> None:
    layer, x = attention(), kg.Input((None, WIDTH), ragged=True)
    compiled = kg.compile(kg.Model(x, layer(x, x)))
    assert "segment_attention" in compiled.explain()
    batch = ragged([3, 0, 17, 1])
    found = compiled(batch)
    assert found.row_lengths().tolist() == [3, 0, 17, 1]
    for i in (0, 2, 3):
        alone = compiled(batch[i : i + 1])
        np.testing.assert_array_equal(alone.values, found[i])
        wanted = by_hand(layer, batch[i], batch[i])
        np.testing.assert_allclose(found[i], wanted, *tolerance("float32"))


def test_a_ragged_row_without_keys_gives_the_bias() -> None:
    layer = attention()
    found = layer(ragged([2, 1]), ragged([0, 3]))
    np.testing.assert_array_equal(found[0], np.tile(layer.get_weights()[-1], (2, 1)))


def test_ragged_keys_have_the_rows_of_the_values() -> None:
    layer = attention()
    symbols = [kg.Input((None, WIDTH), ragged=True) for _ in range(3)]
    model = kg.Model(symbols, layer(*symbols))
    query, value = ragged([1, 2]), ragged([3, 1])
    key = value.with_values(numbers(4, WIDTH))
    found = model([query, value, key])
    alone = layer(query[0][None], value[0][None], key[0][None])[0]
    np.testing.assert_allclose(found[0], alone, *tolerance("float32"))
    with pytest.raises(ValueError, match="row"):
        model([query, value, ragged([2, 2])])
    with pytest.raises(ValueError, match="rows of different lengths"):
        layer(query, value, ragged([2, 2]))


def test_as_many_rows_of_keys_as_of_queries() -> None:
    with pytest.raises(ValueError, match="different numbers of rows"):
        attention()(ragged([1, 2]), ragged([3, 1, 1]))


# -- masks -----------------------------------------------------------------------------------------


def test_padding_changes_nothing_for_the_steps_that_count() -> None:
    layer = attention()
    ids = kg.Input((5,), dtype="int32")
    embedded = kg.layers.Embedding(9, WIDTH, mask_zero=True)
    model = kg.Model(ids, layer(embedded(ids), embedded(ids)))
    padded = np.int32([[1, 2, 3, 0, 0], [4, 0, 0, 0, 0]])
    found = model(padded)
    for row, count in ((0, 3), (1, 1)):
        x = embedded(padded[row : row + 1, :count])
        np.testing.assert_allclose(found[row, :count], layer(x, x)[0], *tolerance("float32"))


def test_the_mask_of_a_query_is_handed_on() -> None:
    ids = kg.Input((5,), dtype="int32")
    x = kg.layers.Embedding(9, WIDTH, mask_zero=True)(ids)
    y, scores = attention()(x, x, return_attention_scores=True)
    padded = np.int32([[1, 2, 3, 0, 0]])
    np.testing.assert_array_equal(kg.Model(ids, y._keras_mask)(padded), padded != 0)
    assert scores._keras_mask is None
    assert attention()(kg.Input((2, WIDTH)), x)._keras_mask is None


def test_masks_that_come_from_outside_reach_a_layer_within_a_model() -> None:
    layer = attention()
    inner = dense_model(layer)
    ids = kg.Input((5,), dtype="int32")
    embedded = kg.layers.Embedding(9, WIDTH, mask_zero=True)
    outer = kg.Model(ids, inner(embedded(ids)))
    direct = kg.Model(ids, layer(embedded(ids), embedded(ids)))
    padded = np.int32([[1, 2, 3, 0, 0]])
    np.testing.assert_allclose(outer(padded), direct(padded), *tolerance("float32"))


def test_a_model_with_masks_is_made_anew_from_its_config() -> None:
    ids = kg.Input((5,), dtype="int32")
    x = kg.layers.Embedding(9, WIDTH, mask_zero=True)(ids)
    model = kg.Model(ids, kg.layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True))
    twin = kg.Model.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    padded = np.int32([[1, 2, 3, 0, 0]])
    np.testing.assert_array_equal(twin(padded), model(padded))


def test_masks_of_queries_are_taken_by_position_as_well() -> None:
    layer, x = attention(), numbers(1, 4, WIDTH)
    mask = np.array([[True, True, False, False]])
    np.testing.assert_array_equal(layer(x, x, x, None, mask), layer(x, x, value_mask=mask))
    hidden = layer(x, x, query_mask=mask)
    np.testing.assert_array_equal(hidden[:, :2], layer(x, x)[:, :2])


# -- training --------------------------------------------------------------------------------------


def test_dropout_in_training_drops_scores() -> None:
    x = numbers(2, 5, WIDTH)
    layer = attention(dropout=0.5, seed=1)
    dropped, scores = layer(x, x, training=True, return_attention_scores=True)
    assert np.abs(dropped - layer(x, x)).max() > 1e-3
    np.testing.assert_allclose(scores.sum(-1), 1, rtol=1e-5)  # as they were before


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("axes", [2, (1, 2), (0,), -1, "steps"])
def test_other_axes_are_refused(axes: Any) -> None:
    with pytest.raises(ValueError, match=r"axis of the steps alone[\s\S]*None or 1"):
        kg.layers.MultiHeadAttention(2, 3, attention_axes=axes)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"return_attention_scores": True}, "no scores are returned on ragged rows"),
        ({"attention_mask": np.ones((1, 5, 5), bool)}, "no masks apply on ragged rows"),
    ],
)
def test_what_ragged_rows_do_not_have_is_refused_when_drawn(call: Any, words: str) -> None:
    x = kg.Input((None, WIDTH), ragged=True)
    with pytest.raises(TypeError, match=rf"{words}[\s\S]*to_dense"):
        attention()(x, x, **call)


def test_dropout_in_training_on_ragged_rows_is_refused() -> None:
    rows = ragged([1, 2])
    with pytest.raises(TypeError, match="no dropout is drawn on ragged rows"):
        attention(dropout=0.5)(rows, rows, training=True)


def test_dense_and_ragged_do_not_mix() -> None:
    x, rows = kg.Input((5, WIDTH)), kg.Input((None, WIDTH), ragged=True)
    with pytest.raises(TypeError, match="all dense or all ragged"):
        attention()(x, rows)


@pytest.mark.parametrize("shapes", [((5, 4), (3, 4), (2, 4)), ((5, 4), (3, 4), (3,))])
def test_sizes_that_do_not_fit_are_refused_when_drawn(shapes: Any) -> None:
    with pytest.raises(ValueError, match=r"do not fit together|expected ndim=3"):
        kg.layers.MultiHeadAttention(2, 3)(*map(kg.Input, shapes))


@pytest.mark.parametrize(
    "kwargs",
    [
        {"num_heads": 0, "key_dim": 3},
        {"num_heads": 2, "key_dim": 2.5},
        {"num_heads": 2, "key_dim": 2, "value_dim": -1},
        {"num_heads": 2, "key_dim": 2, "dropout": 1.5},
        {"num_heads": 2, "key_dim": 2, "output_shape": "wide"},
        {"num_heads": 2, "key_dim": 2, "sliding_window": 0},
        {"num_heads": 2, "key_dim": 2, "flash_attention": True},
    ],
)
def test_wrong_arguments_are_named(kwargs: dict[str, Any]) -> None:
    with pytest.raises(kg.KGraphError, match=list(kwargs)[-1] if len(kwargs) > 2 else "num_|key_"):
        kg.layers.MultiHeadAttention(**kwargs)
