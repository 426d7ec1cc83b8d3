"""Embedding: lookups, ids of every dtype, masks."""

from __future__ import annotations

import numpy as np
import pytest

import kgraph as kg
from kgraph.layers import (
    Activation,
    Add,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
)  # fmt: skip
from kgraph.types.errors import DroppedMaskWarning

from .samples import floats

TABLE = floats(5, 3)


def table_layer(**kwargs: object) -> Embedding:
    return Embedding(5, 3, weights=[TABLE], **kwargs)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "float32", "float64"])
def test_ids_pick_rows_of_the_table(dtype: str) -> None:
    ids = np.array([[4, 0], [2, 2]])
    np.testing.assert_array_equal(table_layer()(ids.astype(dtype)), TABLE[ids])


def test_ids_in_float64_are_not_rounded_to_float32() -> None:
    layer = Embedding(2**24 + 2, 1, embeddings_initializer="zeros")
    layer(np.zeros((1, 1), np.int32))
    values = np.zeros((2**24 + 2, 1), np.float32)
    values[2**24 + 1] = 7
    layer.set_weights([values])
    assert layer(np.array([[2.0**24 + 1]])).item() == 7


def test_input_without_a_dtype_may_carry_ids() -> None:
    x = kg.Input((2,))
    symbol = table_layer()(x)
    assert (symbol.shape, symbol.dtype) == ((None, 2, 3), "float32")
    np.testing.assert_array_equal(kg.Function(x, symbol)(np.float32([[1, 4]])), TABLE[[[1, 4]]])


def test_ragged_ids_keep_their_rows() -> None:
    ids = kg.RaggedTensor.from_row_splits(np.int64([4, 0, 2]), [0, 2, 2, 3])
    found = table_layer()(ids)
    np.testing.assert_array_equal(found.flat_values, TABLE[[4, 0, 2]])
    np.testing.assert_array_equal(found.row_splits, [0, 2, 2, 3])


@pytest.mark.parametrize("bad", [-1, 5])
def test_id_outside_the_table_is_an_error(bad: int) -> None:
    with pytest.raises(ValueError, match=f"{bad} is not in 0 .. 4"):
        table_layer()(np.int32([[0, bad]]))


def test_bools_are_no_ids() -> None:
    with pytest.raises(ValueError, match="ids are integers"):
        table_layer()(np.array([[True]]))


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (2.5, 3), ("a", 3)])
def test_sizes_must_be_positive_integers(sizes: tuple[object, object]) -> None:
    with pytest.raises(ValueError, match="expected a positive integer"):
        Embedding(*sizes)


def test_table_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="another shape"):
        Embedding(5, 3, weights=[np.zeros((5, 2))])


# -- masks

IDS = np.int32([[1, 2, 0], [3, 0, 0]])


def pooled_by_hand() -> np.ndarray:
    return np.stack([TABLE[[1, 2]].mean(0), TABLE[[3]].mean(0)])


def test_steps_of_id_zero_are_left_out_of_the_mean() -> None:
    x = kg.Input((None,), dtype="int32")
    y = GlobalAveragePooling1D()(table_layer(mask_zero=True)(x))
    np.testing.assert_allclose(kg.Function(x, y)(IDS), pooled_by_hand(), rtol=1e-6)


def test_without_mask_zero_every_step_counts() -> None:
    x = kg.Input((None,), dtype="int32")
    y = GlobalAveragePooling1D()(table_layer()(x))
    np.testing.assert_allclose(kg.Function(x, y)(IDS), TABLE[IDS].mean(1), rtol=1e-6)


def test_mask_travels_through_layers_that_keep_the_steps() -> None:
    x = kg.Input((None,), dtype="int32")
    h = Dropout(0.5)(table_layer(mask_zero=True)(x))
    h = Add()([h, Activation("linear")(h)])
    y = GlobalAveragePooling1D(keepdims=True)(h)
    np.testing.assert_allclose(kg.Function(x, y)(IDS), 2 * pooled_by_hand()[:, None], rtol=1e-6)


@pytest.mark.promise("A3.masks")
def test_a_mask_that_ends_is_told_with_its_maker_the_op_and_the_line() -> None:
    x = kg.Input((3,), dtype="int32")
    h = Embedding(5, 3, weights=[TABLE], mask_zero=True, name="words")(x)
    with pytest.warns(DroppedMaskWarning, match=r"(?s)'words' ends here.*op 'multiply.*_embedding"):
        doubled = h * 1.0
    pooled = kg.Function(x, GlobalAveragePooling1D()(doubled))(IDS)
    np.testing.assert_allclose(pooled, TABLE[IDS].mean(1), rtol=1e-6)
    with pytest.warns(DroppedMaskWarning, match=r"(?s)'words' ends here.*layer 'flat' \(Flatten\)"):
        flat = Flatten(name="flat")(h)
    assert Dense(2)(flat).shape == (None, 2)


def test_steps_that_are_joined_keep_their_masks() -> None:
    x = kg.Input((3,), dtype="int32")
    h = table_layer(mask_zero=True)(x)
    twice = kg.Function(x, GlobalAveragePooling1D()(Concatenate(axis=1)([h, h])))(IDS)
    np.testing.assert_allclose(twice, pooled_by_hand(), rtol=1e-6)
    plain = kg.Function(x, GlobalAveragePooling1D()(Concatenate(axis=1)([h, table_layer()(x)])))
    counted = [[*TABLE[[1, 2]], *TABLE[[1, 2, 0]]], [TABLE[3], *TABLE[[3, 0, 0]]]]
    np.testing.assert_allclose(plain(IDS), [np.mean(rows, 0) for rows in counted], rtol=1e-6)


def test_features_that_are_joined_keep_the_steps_that_count_in_both() -> None:
    x = kg.Input((3,), dtype="int32")
    h = table_layer(mask_zero=True)(x)
    y = GlobalAveragePooling1D()(Concatenate()([h, Activation("linear")(h)]))
    np.testing.assert_allclose(kg.Function(x, y)(IDS), np.tile(pooled_by_hand(), 2), rtol=1e-6)


def test_masks_of_two_inputs_meet() -> None:
    a, b = kg.Input((None,), dtype="int32"), kg.Input((None,), dtype="int32")
    embed = table_layer(mask_zero=True)
    y = GlobalAveragePooling1D()(Add()([embed(a), embed(b)]))
    other = np.int32([[1, 0, 4], [2, 2, 2]])
    expected = np.stack([2 * TABLE[1], TABLE[3] + TABLE[2]])
    np.testing.assert_allclose(kg.Function([a, b], y)(IDS, other), expected, rtol=1e-6)


def test_mask_is_found_in_graphs_of_any_depth() -> None:
    x = kg.Input((None,), dtype="int32")
    h = table_layer(mask_zero=True)(x)
    for _ in range(1200):
        h = kg.layers.Identity()(h)
    for _ in range(40):  # 2 ** 40 paths
        h = Add()([h, h])
    y = GlobalAveragePooling1D()(h)
    np.testing.assert_allclose(kg.Function(x, y)(IDS), 2.0**40 * pooled_by_hand(), rtol=1e-6)


def test_ragged_ids_have_no_mask() -> None:
    x = kg.Input((None,), dtype="int32", ragged=True)
    y = GlobalAveragePooling1D()(table_layer(mask_zero=True)(x))
    rows = kg.RaggedTensor.from_row_splits(np.int32([1, 2, 3]), [0, 2, 3])
    np.testing.assert_allclose(kg.Function(x, y)(rows), pooled_by_hand(), rtol=1e-6)
