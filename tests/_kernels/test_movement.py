"""Data movement against NumPy indexing: every item lands in its place, and no other byte moves."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import DTypeLike, NDArray

from kgraph._kernels import movement

INDEX_TYPES = [np.int32, np.int64]
ITEMS = ["i1", "i2", "i4", "i8", "c16", "S3", "S11"]  # every itemsize has its own loop, or none


def distinct(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray:
    """Items with bytes all their own, so that a misplaced one is seen."""
    dtype = np.dtype(dtype)
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    if dtype.kind == "S":  # NumPy ignores trailing zero bytes when it compares strings
        return (
            np.random.default_rng(0)
            .integers(1, 256, n_bytes)
            .astype("u1")
            .view(dtype)
            .reshape(shape)
        )
    if dtype.itemsize == 1:
        return np.arange(n_bytes).astype("i1").reshape(shape)
    return np.arange(int(np.prod(shape))).astype(dtype).reshape(shape)


@pytest.mark.parametrize("dtype", ITEMS)
@pytest.mark.parametrize("row_shape", [(), (1,), (3,), (5, 2), (300,), (0,)])
@pytest.mark.parametrize("index_type", INDEX_TYPES)
def test_take_is_indexing(
    dtype: DTypeLike, row_shape: tuple[int, ...], index_type: DTypeLike
) -> None:
    table = distinct((23, *row_shape), dtype)
    for n in [0, 1, 7, 100]:
        ids = np.random.default_rng(n).integers(0, 23, n).astype(index_type)
        np.testing.assert_array_equal(movement.take(table, ids), table[ids], strict=True)


def test_take_writes_its_range_only() -> None:
    table, ids = np.arange(30).reshape(10, 3), np.array([4, 9, 0, 1])
    out = np.full((4, 3), -7)
    movement.take(table, ids, out=out, first=1, last=3)
    np.testing.assert_array_equal(out, [[-7] * 3, table[9], table[0], [-7] * 3])


@pytest.mark.parametrize("bad", [-1, 10, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("row_shape", [(), (2,), (100,)])
@pytest.mark.parametrize("index_type", INDEX_TYPES)
def test_take_skips_and_reports_a_bad_id(
    bad: int, row_shape: tuple[int, ...], index_type: DTypeLike
) -> None:
    table = distinct((10, *row_shape), np.float32)
    out = np.full((12, *row_shape), -7, np.float32)
    ids = np.array([3] * 10 + [bad, 9], index_type)
    with pytest.raises(IndexError, match="outside of the 10 rows"):
        movement.take(table, ids, out=out)
    np.testing.assert_array_equal(out[[9, 11]], table[[3, 9]])
    assert np.all(out[10] == -7)


def assert_copies(src: NDArray, dst: NDArray, whole: NDArray) -> None:
    """dst, a view of `whole`, takes the items of src; the rest of `whole` stays."""
    expected = whole.copy()
    twin_of(expected, whole, dst)[...] = src
    movement.copy_into(dst, src)
    assert whole.tobytes() == expected.tobytes()


def twin_of(other: NDArray, whole: NDArray, view: NDArray) -> NDArray:
    """The view of `other` that lies in it as `view` lies in `whole`."""
    start = view.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return np.ndarray(view.shape, view.dtype, other, start, view.strides)


@pytest.mark.parametrize("dtype", ITEMS)
@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (33, 31), (64, 65), (1, 200), (200, 1), (0, 3)])
def test_transposition(dtype: DTypeLike, shape: tuple[int, int]) -> None:
    src = distinct(shape, dtype)
    dst = np.zeros(shape[::-1], dtype)
    assert_copies(src.T, dst, dst)
    dst = np.zeros(shape, dtype)
    assert_copies(src, dst, dst)


@pytest.mark.parametrize("dtype", ITEMS)
def test_every_order_of_four_dims(dtype: DTypeLike) -> None:
    src = distinct((3, 4, 5, 6), dtype)
    for order in itertools.permutations(range(4)):
        dst = np.zeros([src.shape[axis] for axis in order], dtype)
        assert_copies(src.transpose(order), dst, dst)


def test_scalars_broadcasts_and_reversals() -> None:
    one, dst = np.array(7.5), np.zeros(())
    assert_copies(one, dst, dst)
    for src in [
        np.broadcast_to(one, (3, 70, 2)),
        np.broadcast_to(np.arange(70.0)[:, None], (3, 70, 2)),
    ]:
        dst = np.zeros((3, 70, 2))
        assert_copies(src, dst, dst)
    src, whole = np.arange(60.0).reshape(3, 4, 5), np.zeros((3, 4, 5))
    assert_copies(src[::-1, :, ::-1], whole, whole)
    assert_copies(src, whole[:, ::-1], whole)


def test_eight_dims() -> None:
    src = np.arange(2**8).reshape([2] * 8)
    dst = np.zeros_like(src)
    assert_copies(src.transpose(3, 1, 7, 0, 5, 2, 6, 4), dst, dst)
    with pytest.raises(ValueError, match="at most 8 dims, got 9"):
        movement.copy_into(np.zeros([1] * 9), np.zeros([1] * 9))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_views_of_any_kind(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(ITEMS))
    ndim = data.draw(st.integers(1, 5))
    shape = data.draw(st.lists(st.integers(0, 6), min_size=ndim, max_size=ndim))

    def view(fill: bool) -> tuple[NDArray, NDArray]:
        order = data.draw(st.permutations(range(ndim)))
        steps = data.draw(st.lists(st.sampled_from([-2, -1, 1, 3]), min_size=ndim, max_size=ndim))
        full = [shape[axis] * abs(steps[axis]) for axis in order]
        whole = distinct(tuple(full), dtype) if fill else np.zeros(full, dtype)
        turned = whole.transpose(np.argsort(order))
        return turned[tuple(slice(None, None, step) for step in steps)], whole

    src, _ = view(fill=True)
    dst, whole = view(fill=False)
    assert_copies(src, dst, whole)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64])
@pytest.mark.parametrize("index_type", INDEX_TYPES)
def test_csr_to_dense_adds_duplicates(dtype: DTypeLike, index_type: DTypeLike) -> None:
    rng = np.random.default_rng(0)
    splits = np.r_[0, np.cumsum(rng.integers(0, 9, 50))].astype(index_type)
    indices = rng.integers(0, 7, splits[-1]).astype(index_type)
    data = rng.integers(-9, 9, splits[-1]).astype(dtype)
    expected = np.zeros((50, 7), dtype)
    for row in range(50):
        for p in range(splits[row], splits[row + 1]):
            expected[row, indices[p]] += data[p]
    np.testing.assert_array_equal(
        movement.densify_csr(data, indices, splits, 7), expected, strict=True
    )
    part = np.full((50, 7), 99, dtype)
    movement.densify_csr(data, indices, splits, 7, out=part, first=3, last=20)
    np.testing.assert_array_equal(part[3:20], expected[3:20])
    assert np.all(part[:3] == 99)
    assert np.all(part[20:] == 99)


@pytest.mark.parametrize("bad", [-1, 3, 2**31 - 1])
def test_csr_to_dense_skips_and_reports_a_bad_column(bad: int) -> None:
    out = np.full((2, 3), 99.0)
    with pytest.raises(IndexError, match="outside of the 3 columns"):
        movement.densify_csr(
            np.array([1.0, 2.0, 4.0]), np.array([2, bad, 0]), np.array([0, 2, 3]), 3, out=out
        )
    np.testing.assert_array_equal(out, [[0, 0, 1], [4, 0, 0]])


@pytest.mark.parametrize("dtype", ["i1", "f4", "f8", "S3"])
@pytest.mark.parametrize("row_shape", [(), (1,), (5,), (2, 3), (0,)])
@pytest.mark.parametrize("max_len", [0, 1, 3, 20])
def test_ragged_to_dense_pads_and_cuts(
    dtype: DTypeLike, row_shape: tuple[int, ...], max_len: int
) -> None:
    splits = np.array([0, 0, 3, 4, 4, 15, 15])
    values = distinct((15, *row_shape), dtype)
    for default in (values.dtype.type(), values.dtype.type(b"xy" if dtype == "S3" else 9)):
        expected = np.full((6, max_len, *row_shape), default, dtype)
        for row, (a, b) in enumerate(itertools.pairwise(splits)):
            taken = min(b - a, max_len)
            expected[row, :taken] = values[a : a + taken]
        out = movement.densify_ragged(values, splits, max_len, default)
        np.testing.assert_array_equal(out, expected, strict=True)
        part = np.zeros_like(out)
        movement.densify_ragged(values, splits, max_len, default, out=part, first=1, last=4)
        np.testing.assert_array_equal(part[1:4], expected[1:4])
        assert not part[:1].any()
        assert not part[4:].any()


def test_ragged_to_dense_takes_a_row_as_default() -> None:
    out = movement.densify_ragged(np.ones((1, 2)), np.array([0, 1]), 4, [5.0, 6.0])
    np.testing.assert_array_equal(out, [[[1, 1], [5, 6], [5, 6], [5, 6]]])


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), max_size=40))
def test_row_ids_repeat_each_row(lengths: list[int]) -> None:
    splits = np.r_[0, np.cumsum(lengths, dtype=np.int64)]
    np.testing.assert_array_equal(
        movement.value_row_ids(splits), np.repeat(np.arange(len(lengths)), lengths)
    )


def test_wrong_splits_are_refused() -> None:
    with pytest.raises(ValueError, match="splits must rise within 0 and 2, not so at row 0"):
        movement.densify_ragged(np.zeros(2), np.array([0, 3]), 1)
