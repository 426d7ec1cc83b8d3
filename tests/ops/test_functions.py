"""Functions of ``kgraph.ops`` that are made of several ops: in models, on configs, and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph import ops
from tests.tolerances import tolerance

X = np.float32([[0.25, -0.5, 0.75], [0.9, 0.1, 0.3], [0.25, -0.5, 0.75], [-2, 0, 1]])
IDS = np.int32([[2, 0, 1], [1, 1, 0], [2, 0, 1], [0, 0, 0]])
HEADS = np.float32(np.arange(2 * 3 * 2 * 4).reshape(2, 3, 2, 4) % 7 - 3)

ON_X = """
ops.unique(x)
ops.unique(x, sorted=False, return_index=True, return_inverse=True, return_counts=True)
ops.unique(x, axis=0, return_index=True, return_inverse=True, return_counts=True)
ops.unique(x, axis=-1, return_inverse=True)
ops.unique(x, size=5, fill_value=-1, return_index=True, return_counts=True)
ops.unique(x, size=20)
ops.unique(x, axis=0, size=2, return_inverse=True, return_counts=True)
ops.unique(x, axis=0, sorted=False, size=9)
ops.segment_sum(x, np.int32([2, 0, 2, 1]), 4)
ops.segment_max(x, ops.cast(x[:, 0] > 0, "int32"), 3)
ops.segment_min(x, ops.cast(x[:, 0] > 0, "int32"))
ops.segment_prod(x > 0, ops.cast(x[:, 0] > 0, "int32"), 2)
ops.segment_sum(x[:, 0], np.int32([0, 0, 1, 3]), sorted=True)
ops.segment_sum(x, np.int32([0, 0, 1, 3]), 6, sorted=True)
ops.scatter_update(x, np.int32([[0], [3]]), x[:2])
ops.scatter_update(x, np.int32([[0, 1], [3, 2], [0, 1]]), x[:3, 0], "ADD")
ops.scatter(ops.cast(x[:, :1] > 0, "int32"), x, (2, 3))
ops.histogram(x[:, 0], 3)
ops.histogram(x[0], 4, (0, 1))
ops.batch_normalization(x, [0.0, 1.0, 2.0], np.float32([1, 2, 3]), -1, scale=x[0])
ops.batch_normalization(x[:, None], x[0, :1], [2.0], 1, offset=[1.0], epsilon=0.5)
ops.layer_normalization(x, gamma=x[0], beta=[1.0, 2.0, 3.0])
ops.layer_normalization(x, axis=(0, 1))
ops.layer_normalization(ops.stack([x, x * 2], -1), gamma=[1.0, 2.0, 3.0], axis=1)
ops.rms_normalization(x, scale=2.0)
ops.rms_normalization(x[0, 0])
ops.rearrange(x, "b (c d) -> (d b) c", d=1)
ops.rearrange(x, "b c -> (b c)")
ops.binary_crossentropy(ops.abs(x) > 0.3, ops.sigmoid(x))
ops.categorical_crossentropy(ops.softmax(x), ops.softmax(x * 2))
ops.sparse_categorical_crossentropy(ops.argmax(x, -1), ops.softmax(x))
ops.in_top_k(ops.argmax(x, -1), x, 1)
ops.extract_sequences(x[:, 0], 2, 1)
ops.extract_sequences(x[:, 0], 2, 3)
ops.extract_sequences(x[:, 0], 5, 2)
ops.correlate(x[:, 0], [1.0, 2.0], "same")
ops.corrcoef(x)
ops.cdist(x, x)
ops.vander(x[:, 0], 3)
ops.hsplit(x, 3)
ops.view(x, "int32")
ops.nanquantile(x, [0.25, 0.5], axis=0)
""".strip().splitlines()
ON_IDS = """
ops.unravel_index(x, (2, 3))
ops.multi_hot(x, 3)
ops.unique(x, return_counts=True)
ops.segment_sum(ops.ones_like(x), x[:, 0], 3)
ops.segment_max(x, x[:, 0])
ops.scatter(x[:, :1], x, (3, 3))
ops.histogram(x[:, 0], 2, (0, 2))
ops.fabs(x)
ops.i0(x)
ops.nextafter(x, 5)
ops.allclose(x, x)
""".strip().splitlines()
ON_HEADS = """
ops.dot_product_attention(x, x, x)
ops.dot_product_attention(x, x, x, is_causal=True)
ops.depth_to_space(x, 2)
ops.space_to_depth(x[:, 1:, :, :1], 2)
ops.dot_product_attention(x, x[:, :, :1], x[:, :, :1], scale=0.5)
ops.dot_product_attention(x, x, x, bias=x[0, 0, 0, 0], mask=x[:, :1, :1, :1] > -9)
""".strip().splitlines()
CALLS = [
    *((code, X) for code in ON_X),
    *((code, IDS) for code in ON_IDS),
    *((code, HEADS) for code in ON_HEADS),
]


def called(code: str) -> Callable[[Any], Any]:
    call: Callable[[Any], Any] = eval(f"lambda x: {code}", {"np": np, "ops": ops})
    return call


def listed(found: Any) -> list[Any]:
    return list(found) if isinstance(found, list | tuple) else [found]


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    kg.clear_session()


@pytest.mark.parametrize(("code", "array"), CALLS, ids=[code for code, _ in CALLS])
def test_a_model_that_is_read_from_its_config_answers_as_the_call_on_values(
    code: str, array: np.ndarray
) -> None:
    call = called(code)
    # sequences of unknown length, too: all sizes of a batch that can be unknown are
    shape = (None, *array.shape[2:]) if array.ndim > 2 else array.shape[1:]
    x = kg.Input(shape, dtype=array.dtype)
    model = kg.models.model_from_json(kg.Model(x, listed(call(x))).to_json())
    found = listed(model(array))
    for one, other in zip(found, listed(call(array)), strict=True):
        assert one.dtype == other.dtype
        rtol, atol = tolerance(one.dtype)
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)


REFUSALS = {
    "ops.segment_sum(x, x[:, 0], 2)": r"segment_sum: segments are numbered by integers[\s\S]*cast",
    "ops.segment_max(x, np.int32([[0]]), 2)": r"segment_max: each item has the number of one segm",
    "ops.segment_sum(np.ones(3), np.int32([0, 1]), 2)": r"each item has the number of one segment",
    "ops.segment_min(x, i, -1)": r"segment_min: num_segments is an int from 0 on, got -1",
    "ops.segment_min(x, i, 1.5)": r"segment_min: num_segments is an int from 0 on, got 1.5",
    "ops.segment_sum(np.ones(2), np.int32([0, -1]), 2)": r"segment_ids\[1\] is -1, which is not",
    "ops.segment_sum(np.ones(2), np.int32([5, 0]), 2)": r"segment_ids\[0\] is 5.* 0 .. 1",
    "ops.segment_sum(np.ones(2), np.int32([1, 0]), sorted=True)": r"is less than the one before",
    "ops.segment_sum(r, np.int32([0, 1]), 2)": r"segment_sum: has no meaning on ragged values",
    "ops.scatter_update(x, [[0.5]], x[:1])": r"scatter_update: positions are integers",
    "ops.scatter_update(x, i[:, None], x[:, 0])": r"there is one update for each entry",
    "ops.scatter_update(np.ones((2, 3)), [[0, 1, 2]], [1.0])": r"positions on 1 to 2 axes",
    "ops.scatter_update(np.ones(3), [[3]], [1.0])": r"position 3 on axis 0 is not in 0 .. 2",
    "ops.scatter_update(np.ones(3), [[-1]], [1.0])": r"position -1 on axis 0 is not in 0 .. 2",
    "ops.scatter_update(x, [[0]], x[:1], 'mean')": r"reduction is None, 'add', .* got 'mean'",
    "ops.scatter_update(np.int32([1]), [[0]], [1.5])": r"float32 updates do not fit into int32",
    "ops.scatter([[0]], [1.0], (-1,))": r"a size of shape is an int from 0 on, got -1",
    "ops.scatter([[2]], [1.0], (2,))": r"position 2 on axis 0 is not in 0 .. 1",
    "ops.unique(x, axis=2)": r"unique: axis 2 is out of bounds",
    "ops.unique(x, size=-1)": r"unique: size is an int from 0 on, got -1",
    "ops.unique(x, fill_value=1)": r"unique: nothing is filled without a size",
    "ops.unique(r)": r"unique: has no meaning on ragged values",
    "ops.histogram(x)": r"histogram: takes a vector[\s\S]*ops.ravel",
    "ops.histogram(x[0], 0)": r"histogram: bins is an int from 1 on, got 0",
    "ops.histogram(x[0], 2.0)": r"histogram: bins is an int from 1 on, got 2.0",
    "ops.histogram(x[0], 2, (1, 0))": r"histogram: range is the least bound and the greatest",
    "ops.histogram(x[0], 2, (1,))": r"histogram: range is the least bound and the greatest",
    "ops.histogram(x[0] > 0, 2)": r"histogram: truth values have no parts",
    "ops.histogram(np.ones(0, 'float32'))": r"histogram: there are no elements; give range",
    "ops.batch_normalization(x, [0.0], [1.0], -1)": r"mean has one entry for each feature",
    "ops.batch_normalization(x, [0.0] * 3, 1.0, -1)": r"variance has one entry for each feature",
    "ops.batch_normalization(x, [0.0], [1.0], 5)": r"batch_normalization: axis 5 is out of bounds",
    "ops.layer_normalization(x[None], gamma=[1.0], axis=(0, 1))": r"gamma does not fit",
    "ops.layer_normalization(r)": r"layer_normalization: has no meaning on ragged values",
    "ops.rearrange(x, 'a b')": r"has not two sides with -> between them",
    "ops.rearrange(x, 'a -> a')": r"names 1 axes",
    "ops.rearrange(x, 'a b -> a')": r"names b on one side alone",
    "ops.rearrange(x, 'a a -> a a')": r"names an axis twice",
    "ops.rearrange(x, 'a (b c) -> a b c')": r"leaves the sizes of b and c open",
    "ops.rearrange(x, 'a (b c) -> a b c', b=2)": r"cuts an axis of size 3 into b=2",
    "ops.rearrange(x, 'a b -> b a', c=2)": r"does not name c on its left side",
    "ops.rearrange(x, 'a ... -> ... a')": r"holds more than names, 1 and brackets",
    "ops.rearrange(x, 'a (b -> b a')": r"holds more than names, 1 and brackets",
    "ops.rearrange(x, 'a (b c) -> a b c', b=1.5)": r"has a size of b that is no int: 1.5",
    "ops.dot_product_attention(x, x, x)": r"sequences of heads[\s\S]*\(B, T, N, H\)",
    "ops.dot_product_attention(h, h[:, :, :1], h)": r"the sizes do not fit together",
    "ops.dot_product_attention(h[:, :, :1], h, h)": r"N a multiple of K",
    "ops.dot_product_attention(h, h, h, mask=h[:, 0])": r"a mask is boolean[\s\S]*mask != 0",
    "ops.dot_product_attention(h, h, h, flash_attention=True)": r"flash_attention is not known",
    "ops.dot_product_attention(h, h, h, attn_logits_soft_cap=5.0)": r"attn_logits_soft_cap is not",
    "ops.depth_to_space(x, 2)": r"depth_to_space: takes images[\s\S]*\(B, H, W, C\)",
    "ops.depth_to_space(h, 1)": r"depth_to_space: block_size is an int from 2 on, got 1",
    "ops.space_to_depth(h, 2)": r"cuts an axis of size 5 into u=2",
    "ops.space_to_depth(h, 2, 'NHWC')": r"data_format is 'channels_last' or 'channels_first'",
    "ops.binary_crossentropy(x, x[:, :2])": r"binary_crossentropy: both values have one shape",
    "ops.categorical_crossentropy(x, x, axis=2)": r"categorical_crossentropy: axis 2 is out of bou",
    "ops.sparse_categorical_crossentropy(x[:, 0], x)": r"targets are numbers of classes",
    "ops.sparse_categorical_crossentropy(i, x, axis=0)": r"classes lie on axis -1, not 0",
    "ops.sparse_categorical_crossentropy(x > 0, x)": r"targets are numbers of classes",
    "ops.sparse_categorical_crossentropy([3], [[0.5, 0.5]])": r"3 is not in 0 .. 1",
    "ops.sparse_categorical_crossentropy([-1], [[0.5, 0.5]])": r"-1 is not in 0 .. 1",
    "ops.psnr(x, x[:, :1], 1.0)": r"psnr: both values have one shape",
    "ops.in_top_k(x[:, 0], x, 2)": r"in_top_k: targets are numbers of columns",
    "ops.in_top_k(i, x[:, 0], 2)": r"in_top_k: each row of predictions has one target",
    "ops.in_top_k(i, x, 2.5)": r"in_top_k: k is an int from 0 on, got 2.5",
    "ops.multi_hot(x, 3)": r"one_hot: positions are integers",
    "ops.multi_hot(i, 3, sparse=True)": r"multi_hot: the result is dense here",
    "ops.multi_hot(np.int32(1), 3)": r"multi_hot: needs an axis of class numbers",
    "ops.extract_sequences(x, 0, 1)": r"sequence_length is an int from 1 on, got 0",
    "ops.extract_sequences(x, 2, 0)": r"sequence_stride is an int from 1 on, got 0",
    "ops.extract_sequences(np.float32(1), 2, 1)": r"a scalar has no axis to slide along",
    "ops.correlate(x[:, 0], x[:, 1])": r"correlate: the size of x2 must be known",
    "ops.correlate(x[0], np.ones(0, 'float32'))": r"correlate: a vector has no elements",
    "ops.corrcoef(x[None])": r"corrcoef: takes a matrix, whose rows are compared, or a vector",
    "ops.cdist(x, x[:, :2])": r"cdist: takes rows of equal length",
    "ops.cdist(x, x[0])": r"cdist: takes rows of equal length",
    "ops.vander(x[0], -1)": r"vander: the number of powers must be known[\s\S]*N=-1",
    "ops.unravel_index(x, (2, 3))": r"unravel_index: positions are integers",
    "ops.unravel_index(i, (2, None))": r"a size of shape is an int from 1 on, got None",
    "ops.view(x, 'float64')": r"view: the last axis does not hold whole items of float64",
    "ops.view(x, 'bool')": r"view: any bits are not truth values",
    "ops.hsplit(x, 2)": r"split: cannot cut a size of 3 into 2 equal parts",
    "ops.vsplit(x[0], 1)": r"vsplit: the value has too few axes[\s\S]*2 or more",
    "ops.dsplit(x, 1)": r"dsplit: the value has too few axes[\s\S]*3 or more",
    "ops.fliplr(x[0])": r"fliplr: the value has too few axes[\s\S]*2 or more",
    "ops.argpartition(x, 3)": r"argpartition: kth 3 is out of bounds[\s\S]*-3 <= kth < 3",
    "ops.argpartition(x, 0, axis=2)": r"argpartition: axis 2 is out of bounds",
    "ops.percentile(x, 100.5)": r"percentile: percents are one or more numbers in 0 .. 100",
    "ops.nanquantile(x, 0.5, method='weibull')": r"nanquantile: this method is not known",
    "ops.bartlett(-1)": r"bartlett: x, the size of a window, is an int from 0 on, got -1",
    "ops.kaiser(2.5, 1.0)": r"kaiser: x, the size of a window, is an int from 0 on, got 2.5",
    "ops.geomspace(0, 5)": r"geomspace: no ratio leads from or to 0",
    "ops.diagflat(x)": r"diagflat: the size of the matrix must be known",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_what_does_not_fit_is_refused_while_the_graph_is_drawn(code: str) -> None:
    values = {
        "np": np,
        "ops": ops,
        "x": kg.Input((3,), name="x"),
        "i": kg.Input((), name="i", dtype="int32"),
        "h": kg.Input((5, 2, 4), name="h"),
        "r": kg.Input((None,), name="r", ragged=True),
    }
    with pytest.raises(kg.KGraphError, match=REFUSALS[code]) as caught:
        eval(code, values)
    assert isinstance(caught.value, ValueError | TypeError)


NUMBERS_OF_A_BATCH = {
    "ops.segment_sum(x, i, 2)": (
        [0, 2],
        r"2 is outside the segments[\s\S]*input 'i', row 1: 2[\s\S]*numbers from 0 to 1",
    ),
    "ops.segment_prod(x, i + 1, 2)": ([0, 1], r"segment_ids\[1\] is 2, which is not in 0 .. 1"),
    "ops.segment_max(x, i)": ([0, -3], r"segment_ids\[1\] is -3, which is not in 0"),
    "ops.segment_min(x, i, sorted=True)": ([1, 0], r"sorted=True says that they rise"),
    "ops.scatter(i[:, None], x, (2, 3))": ([0, 2], r"position 2 on axis 0 is not in 0 .. 1"),
    "ops.scatter_update(x, i[:, None], x)": ([0, 2], r"position 2 on axis 0 is not in 0 .. 1"),
    "ops.sparse_categorical_crossentropy(i, x)": (
        [0, 3],
        r"input 'i', row 1: 3[\s\S]*numbers from 0 to 2",
    ),
    "np.ravel_multi_index((i, i), (2, 3))": (
        [0, 2],
        r"input 'i', row 1: 2[\s\S]*numbers from 0 to 1",
    ),
}


@pytest.mark.parametrize("code", NUMBERS_OF_A_BATCH)
def test_numbers_of_a_batch_that_name_nothing_are_refused(code: str) -> None:
    numbers, complaint = NUMBERS_OF_A_BATCH[code]
    x, i = kg.Input((3,), name="x"), kg.Input((), name="i", dtype="int32")
    model = kg.Model([x, i], eval(code, {"np": np, "ops": ops, "x": x, "i": i}))
    batch = np.ones((2, 3), np.float32)
    with pytest.raises(kg.KGraphError, match=complaint):
        model([batch, np.int32(numbers)])
    # a batch that fits still runs afterwards
    assert len(model([batch, np.zeros(2, np.int32)]))


def test_without_num_segments_and_size_the_numbers_of_each_batch_decide() -> None:
    i = kg.Input((), dtype="int32")
    total, distinct = ops.segment_sum(ops.ones_like(i), i), ops.unique(i)
    assert total.shape == distinct.shape == (None,)
    model = kg.Model(i, [total, distinct])
    for numbers in ([0, 0, 4, 2], [1], [], [7, 7]):
        batch = np.int32(numbers)
        found = model(batch)
        np.testing.assert_array_equal(found[0], np.bincount(batch))
        np.testing.assert_array_equal(found[1], np.unique(batch))


def test_sizes_that_a_pattern_cuts_are_checked_with_each_batch() -> None:
    x = kg.Input((None, 3))
    model = kg.Model(x, ops.rearrange(x, "a (b c) d -> a c (b d)", c=2))
    assert model(np.ones((5, 4, 3), np.float32)).shape == (5, 2, 6)
    with pytest.raises(kg.KGraphError, match=r"input 'input_1': \(5, 3, 3\)"):
        model(np.ones((5, 3, 3), np.float32))
    whole = kg.Model(x, ops.rearrange(x, "a (b c) d -> a b c d", b=2, c=3))
    assert whole(np.ones((5, 6, 3), np.float32)).shape == (5, 2, 3, 3)
    with pytest.raises(kg.KGraphError, match=r"input 'input_1': \(5, 4, 3\)"):
        whole(np.ones((5, 4, 3), np.float32))


def test_layer_and_batch_normalization_are_one_kernel() -> None:
    x = kg.Input((16,))
    weights = np.linspace(0.5, 2, 16, dtype=np.float32)
    normal = ops.layer_normalization(x, weights, weights)
    assert "1 kernel in 1 region" in kg.compile(kg.Model(x, normal)).explain()
    scaled = ops.batch_normalization(kg.layers.Dense(16)(x), weights, weights, -1, weights)
    graph = kg.compile(kg.Model(x, scaled))
    assert graph.ir.count("= dense(") == graph.ir.count(" = ") - graph.ir.count("constant")


def test_custom_gradient_keeps_the_value() -> None:
    @ops.custom_gradient
    def scaled(x: Any) -> Any:
        return x * 2.0, lambda upstream: upstream

    x = kg.Input((3,))
    np.testing.assert_array_equal(kg.Model(x, scaled(x))(X), X * 2)
    assert scaled.__name__ == "scaled"


def test_windows_have_the_numbers_of_numpy() -> None:
    for name in ("bartlett", "blackman", "hamming", "hanning"):
        for size in (0, 1, 2, 7):
            found = getattr(ops, name)(size)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, getattr(np, name)(size), atol=1e-7)
    np.testing.assert_allclose(ops.kaiser(np.int32(4), 2.0), np.kaiser(4, 2.0), rtol=1e-6)


def test_sparse_and_ragged_values_where_they_make_sense() -> None:
    rows = kg.RaggedTensor.from_row_lengths(np.float32([1, np.nan, 3]), [2, 1])
    np.testing.assert_array_equal(ops.nanargmax(rows, axis=1), [0, 0])
    np.testing.assert_array_equal(ops.nancumsum(rows, axis=1).flat_values, [1, 1, 3])
    np.testing.assert_array_equal(ops.fabs(rows * -1.0).flat_values, [1, np.nan, 3])
    assert not ops.allclose(rows, rows)
    assert ops.allclose(rows, rows, equal_nan=True)
    np.testing.assert_array_equal(ops.saturate_cast(rows + 299.0, "uint8").flat_values[::2], 255)
    np.testing.assert_array_equal(ops.fliplr(rows).flat_values, [np.nan, 1, 3])
