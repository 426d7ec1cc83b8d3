"""Dense products and gather-and-accumulate against NumPy, on every target this machine has."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import DTypeLike, NDArray

from kgraph._kernels import linear

REALS = [np.float32, np.float64]
INDEX_TYPES = [(np.int32, np.int32), (np.int64, np.int64), (np.int32, np.int64)]
GUARD = -12345.0


@pytest.fixture(params=linear.TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=REALS, ids=["f32", "f64"])
def dtype(request: pytest.FixtureRequest) -> DTypeLike:
    return request.param


def draw(shape: tuple[int, ...] | int, dtype: DTypeLike, seed: int = 0) -> NDArray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def product_bound(a: NDArray, b: NDArray) -> NDArray:
    """How far a sum of products may lie from the exact one: k roundings of the absolute sum."""
    k = a.shape[1]
    exact = np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64)
    return (k + 2) * np.finfo(a.dtype).eps * (exact + 1)


def assert_product(out: NDArray, a: NDArray, b: NDArray, bias: NDArray, relu: bool) -> None:
    expected = a.astype(np.longdouble) @ b.astype(np.longdouble) + bias
    if relu:
        expected = np.maximum(expected, 0)
    bound = product_bound(a, b) + 2 * np.finfo(a.dtype).eps * np.abs(bias)
    assert out.shape == expected.shape
    assert out.dtype == a.dtype
    assert np.all(np.abs(out - expected) <= bound)


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("k", [0, 1, 2, 5, 33])
def test_product_of_every_small_shape(target: str, dtype: DTypeLike, k: int, relu: bool) -> None:
    for m in [*range(16), 23, 28, 29, 43, 70]:
        for n in [*range(20), 31, 32, 33, 47, 48, 49, 63, 64, 65, 70]:
            a, b, bias = draw((m, k), dtype, 1), draw((k, n), dtype, 2), draw(n, dtype, 3)
            assert_product(linear.matmul(a, b, bias, relu, target=target), a, b, bias, relu)


@pytest.mark.parametrize("n", [1, 10, 64, 70, 130, 257])
@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 6, 7, 15, 100, 401])
@pytest.mark.parametrize("k", [255, 257, 600, 1024])
def test_product_over_blocks_of_k_and_m(
    target: str, dtype: DTypeLike, m: int, n: int, k: int
) -> None:
    a, b, bias = draw((m, k), dtype, 1), draw((k, n), dtype, 2), draw(n, dtype, 3)
    assert_product(linear.matmul(a, b, bias, True, target=target), a, b, bias, True)


@pytest.mark.parametrize("k", [0, 1, 7, 300, 1024, 1030])  # rows of 1024 meet in one set of L1
@pytest.mark.parametrize("n", [1, 10, 16, 33, 200])
def test_a_row_alone_has_the_bits_it_has_in_any_batch(
    target: str, dtype: DTypeLike, n: int, k: int
) -> None:
    a, b, bias = draw((40, k), dtype, 1), draw((k, n), dtype, 2), draw(n, dtype, 3)
    packed = linear.pack(b, target=target)
    alone = [linear.packed_matmul(row[None], packed, n, bias, target=target)[0] for row in a]
    for m in range(1, 41):
        for first in {0, 40 - m, (40 - m) // 2}:
            batch = linear.packed_matmul(a[first : first + m], packed, n, bias, target=target)
            np.testing.assert_array_equal(batch, alone[first : first + m], strict=True)


def test_large_batches_keep_the_bits_of_their_rows(target: str, dtype: DTypeLike) -> None:
    a, b = draw((1000, 520), dtype, 1), draw((520, 70), dtype, 2)
    batch = linear.matmul(a, b, target=target)
    for row in [0, 1, 191, 192, 500, 998, 999]:
        np.testing.assert_array_equal(
            linear.matmul(a[row : row + 1], b, target=target)[0], batch[row]
        )


@pytest.mark.parametrize("n", [3, 16, 70])
def test_an_element_does_not_depend_on_its_column_tile(
    target: str, dtype: DTypeLike, n: int
) -> None:
    a, b = draw((9, 300), dtype, 1), draw((300, n), dtype, 2)
    whole = linear.matmul(a, b, target=target)
    for col in range(n):
        one = linear.matmul(a, b[:, col : col + 1], target=target)
        np.testing.assert_array_equal(one[:, 0], whole[:, col])


@pytest.mark.parametrize("m", [1, 7, 8, 9, 16, 17, 300])
@pytest.mark.parametrize("k", [0, 1, 7, 8, 64, 301])
def test_one_column_has_the_bits_it_has_beside_others(
    target: str, dtype: DTypeLike, m: int, k: int
) -> None:
    a, b, bias = draw((m, k), dtype), draw((k, 3), dtype, 1), draw(3, dtype, 2)
    wide = linear.matmul(a, b, bias, target=target)
    for column in range(3):
        alone = linear.matmul(
            a, b[:, column : column + 1], bias[column : column + 1], target=target
        )
        np.testing.assert_array_equal(alone[:, 0], wide[:, column])


@pytest.mark.parametrize("rows_apart", [0, 1, 5, 64])
def test_rows_may_lie_apart_and_nothing_else_is_written(
    target: str, dtype: DTypeLike, rows_apart: int
) -> None:
    for m, n, k in [
        (1, 1, 3),
        (1, 70, 9),
        (5, 10, 4),
        (7, 33, 600),
        (30, 17, 2),
        (13, 8, 300),
        (29, 40, 960),
    ]:
        a = draw((m, k + rows_apart), dtype, 1)
        a[:, k:] = np.nan
        b, bias = draw((k, n), dtype, 2), draw(n, dtype, 3)
        frame = np.full((m + 2, n + rows_apart + 64), GUARD, dtype)
        linear.matmul(a[:, :k], b, bias, out=frame[1 : m + 1, 32 : 32 + n], target=target)
        assert_product(frame[1 : m + 1, 32 : 32 + n].copy(), a[:, :k], b, bias, False)
        frame[1 : m + 1, 32 : 32 + n] = GUARD
        assert np.all(frame == GUARD)


def test_b_may_have_any_strides(target: str, dtype: DTypeLike) -> None:
    a, b = draw((5, 12), dtype, 1), draw((12, 21), dtype, 2)
    expected = linear.matmul(a, b, target=target)
    other_order, spread = np.asfortranarray(b), np.zeros((24, 63), dtype)
    spread[::2, ::3] = b
    backwards = np.ascontiguousarray(b[::-1, ::-1])[::-1, ::-1]
    for same in [other_order, spread[::2, ::3], backwards]:
        np.testing.assert_array_equal(linear.matmul(a, same, target=target), expected)


def test_nan_and_inf_stay_in_their_rows_and_columns(target: str, dtype: DTypeLike) -> None:
    a, b = draw((9, 20), dtype, 1), draw((20, 21), dtype, 2)
    a[4, 7], a[6, 3] = np.nan, np.inf
    b[2, 20] = np.nan
    out = linear.matmul(a, b, relu=True, target=target)
    clean = np.ones_like(out, bool)
    clean[4], clean[:, 20] = False, False
    assert np.all(np.isnan(out[~clean]))
    assert np.all((out[6, :20] == np.inf) == (b[3, :20] > 0))
    assert np.all(out[6, :20][b[3, :20] < 0] == 0)
    clean[6] = False
    assert np.all(np.isfinite(out[clean]))


def test_product_without_terms_is_the_bias(target: str, dtype: DTypeLike) -> None:
    bias = np.array([-1, 2, -3], dtype)
    out = linear.matmul(np.empty((2, 0), dtype), np.empty((0, 3), dtype), bias, True, target=target)
    np.testing.assert_array_equal(out, np.array([[0, 2, 0], [0, 2, 0]], dtype))


def test_read_only_arrays_are_taken(dtype: DTypeLike) -> None:
    a, b = draw((3, 4), dtype, 1), draw((4, 5), dtype, 2)
    a.flags.writeable = b.flags.writeable = False
    assert linear.matmul(a, b).shape == (3, 5)


def test_wrong_sizes_are_refused() -> None:
    a, b = np.ones((2, 3), np.float32), np.ones((3, 4), np.float32)
    with pytest.raises(ValueError, match="inner sizes differ, 3 and 2"):
        linear.matmul(a, b[:2])
    with pytest.raises(ValueError, match="bias must have 4 elements, got 3"):
        linear.matmul(a, b, np.ones(3, np.float32))
    with pytest.raises(ValueError, match="packed must have"):
        linear.packed_matmul(a, np.ones(1, np.float32), 4)
    with pytest.raises(ValueError, match="target must be one of"):
        linear.matmul(a, b, target="v9")


# Gather and accumulate


def bag(
    n_rows: int, height: int, dtype: DTypeLike, seed: int = 0
) -> tuple[NDArray, NDArray, NDArray]:
    """indices, splits, weights of rows with 0 to 9 entries; the first and the last are empty."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 10, n_rows)
    lengths[[0, -1]] = 0
    splits = np.r_[0, np.cumsum(lengths)]
    return rng.integers(0, height, splits[-1]), splits, draw(splits[-1], dtype, seed)


def naive_gather_sum(
    table: NDArray, indices: NDArray, splits: NDArray, weights: NDArray, bias: NDArray
) -> tuple[NDArray, NDArray]:
    """The sums in extended precision, and the bound on their rounding."""
    terms = weights[:, None].astype(np.longdouble) * table[indices]
    rows = list(itertools.pairwise(splits))
    sums = [terms[a:b].sum(0) for a, b in rows]
    sizes = [np.abs(terms[a:b]).sum(0) + np.abs(bias) for a, b in rows]
    bound = 12 * np.finfo(table.dtype).eps * np.array(sizes).reshape(len(rows), -1)
    return np.array(sums).reshape(len(rows), -1) + bias, bound


@pytest.mark.parametrize("n", [*range(1, 36), 63, 64, 65, 70, 100, 127, 128, 129, 200, 300, 517])
@pytest.mark.parametrize(("index_type", "split_type"), INDEX_TYPES)
def test_gather_sum_of_every_width(
    target: str, dtype: DTypeLike, n: int, index_type: DTypeLike, split_type: DTypeLike
) -> None:
    table, bias = draw((40, n), dtype, 1), draw(n, dtype, 2)
    indices, splits, weights = bag(70, 40, dtype)
    indices, splits = indices.astype(index_type), splits.astype(split_type)
    for w, used in [(weights, weights), (None, np.ones_like(weights))]:
        out = linear.gather_sum(table, indices, splits, w, bias, target=target)
        expected, bound = naive_gather_sum(table, indices, splits, used, bias)
        assert np.all(np.abs(out - expected) <= bound)


@pytest.mark.parametrize("n", [1, 3, 6, 10, 33, 130])
def test_gather_sum_agrees_to_the_bit_with_the_dense_product(
    target: str, dtype: DTypeLike, n: int
) -> None:
    rng = np.random.default_rng(3)
    dense = rng.standard_normal((50, 300)) * (rng.random((50, 300)) < 0.05)
    table, bias = draw((300, n), dtype, 1), draw(n, dtype, 2)
    rows, indices = np.nonzero(dense)
    splits = np.r_[0, np.cumsum(np.bincount(rows, minlength=50))]
    indices, weights = np.ascontiguousarray(indices), dense[rows, indices].astype(dtype)
    out = linear.gather_sum(table, indices, splits, weights, bias, target=target)
    np.testing.assert_array_equal(
        out, linear.matmul(dense.astype(dtype), table, bias, target=target)
    )


def test_gathered_rows_do_not_depend_on_their_range(target: str, dtype: DTypeLike) -> None:
    table = draw((40, 300), dtype, 1)
    indices, splits, weights = bag(150, 40, dtype)
    whole = linear.gather_sum(table, indices, splits, weights, target=target)
    parts = np.full_like(whole, GUARD)
    for first in range(0, 150, 7):
        linear.gather_sum(
            table,
            indices,
            splits,
            weights,
            out=parts,
            first=first,
            last=min(first + 7, 150),
            target=target,
        )
        assert np.all(parts[min(first + 7, 150) :] == GUARD)
    np.testing.assert_array_equal(parts, whole)


@pytest.mark.parametrize("n", [1, 2, 5, 7, 10, 23, 65, 150])
def test_gather_reads_and_writes_n_columns_only(target: str, dtype: DTypeLike, n: int) -> None:
    wide = np.full((40, n + 3), np.nan, dtype)
    wide[:, :n] = draw((40, n), dtype, 1)
    frame = np.full((72, n + 40), GUARD, dtype)
    indices, splits, weights = bag(70, 40, dtype)
    out = frame[1:71, 20 : 20 + n]
    linear.gather_sum(wide[:, :n], indices, splits, weights, out=out, target=target)
    tight = np.ascontiguousarray(wide[:, :n])
    np.testing.assert_array_equal(
        out, linear.gather_sum(tight, indices, splits, weights, target=target)
    )
    out[...] = GUARD
    assert np.all(frame == GUARD)


@pytest.mark.parametrize("bad", [-(2**63), -1, 40, 2**62, 2**63 - 1])
def test_a_bad_index_ahead_in_a_wide_table_is_reported(
    target: str, dtype: DTypeLike, bad: int
) -> None:
    # Rows of wide tables are fetched ahead, before their index is checked.
    indices = np.array([0] * 20 + [bad], np.int64)
    with pytest.raises(IndexError, match="outside of the 40 rows"):
        linear.gather_sum(draw((40, 300), dtype), indices, np.array([0, 4, 21]), target=target)


@pytest.mark.parametrize("bad", [-1, 40, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("n", [1, 10, 300])
@pytest.mark.parametrize("index_type", [np.int32, np.int64])
def test_a_bad_index_is_skipped_and_reported(
    target: str, dtype: DTypeLike, bad: int, n: int, index_type: DTypeLike
) -> None:
    table = draw((40, n), dtype, 1)
    indices = np.array([3, bad, 5, 39], index_type)
    splits = np.array([0, 3, 4], index_type)
    out = np.full((2, n), GUARD, dtype)
    with pytest.raises(IndexError, match="outside of the 40 rows"):
        linear.gather_sum(table, indices, splits, out=out, target=target)
    np.testing.assert_array_equal(out, np.stack([table[3] + table[5], table[39]]))


def test_gather_from_a_table_without_rows(target: str) -> None:
    none = np.empty(0, np.int64)
    out = linear.gather_sum(np.empty((0, 3)), none, np.zeros(3, np.int64), target=target)
    np.testing.assert_array_equal(out, np.zeros((2, 3)))


def test_wide_indices_with_narrow_splits_are_refused() -> None:
    with pytest.raises(TypeError, match="int64 indices need int64 splits"):
        linear.gather_sum(np.ones((3, 2)), np.zeros(1, np.int64), np.array([0, 1], np.int32))


def test_wrong_splits_are_refused() -> None:
    table, indices = np.ones((3, 2)), np.zeros(4, np.int64)
    for splits in ([0, 5], [2, 1], [-1, 4]):
        with pytest.raises(ValueError, match="splits must rise from 0 to 4"):
            linear.gather_sum(table, indices, np.array(splits))


@settings(deadline=None)
@given(st.data())
def test_targets_agree_within_rounding(data: st.DataObject) -> None:
    m, n, k = (data.draw(st.integers(0, most)) for most in (20, 80, 40))
    a, b, bias = draw((m, k), np.float64, 1), draw((k, n), np.float64, 2), np.zeros(n)
    for name in linear.TARGETS:
        assert_product(linear.matmul(a, b, target=name), a, b, bias, False)


@pytest.mark.parametrize("length", [0, 1, 7])
@pytest.mark.parametrize("index_type", [np.int32, np.int64])
def test_rows_of_one_length_have_the_bits_of_rows_with_splits(
    target: str, dtype: DTypeLike, length: int, index_type: DTypeLike
) -> None:
    indices = np.random.default_rng(length).integers(0, 40, (70, length)).astype(index_type)
    splits = np.arange(71, dtype=np.int64) * length
    for n in (1, 3, 16, 70, 300):
        table, weights = draw((40, n), dtype, 1), draw((70, length), dtype, 2)
        for w, flat in ((None, None), (weights, weights.ravel())):
            out = linear.gather_sum_uniform(table, indices, w, target=target)
            same = linear.gather_sum(table, indices.ravel(), splits, flat, target=target)
            np.testing.assert_array_equal(out, same)
            some = linear.gather_sum_uniform(table, indices, w, first=3, last=9, target=target)
            np.testing.assert_array_equal(some[3:9], out[3:9])


def test_rows_of_one_length_are_checked(target: str) -> None:
    table, indices = np.ones((3, 2)), np.zeros((4, 5), np.int64)
    for bad in (3, -1, 2**40):
        indices[2, 3] = bad
        with pytest.raises(IndexError, match="3 rows"):
            linear.gather_sum_uniform(table, indices, target=target)
    with pytest.raises(ValueError, match="shape"):
        linear.gather_sum_uniform(table, indices, np.ones((5, 4)))
    with pytest.raises(ValueError, match="4 rows"):
        linear.gather_sum_uniform(table, indices, first=2, last=5)
