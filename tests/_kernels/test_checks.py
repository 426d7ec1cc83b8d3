"""Row bounds and indices: every fault is found, and named by its place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import DTypeLike

from kgraph._kernels import checks

INDEX_TYPES = [np.int32, np.int64]


@pytest.fixture(params=INDEX_TYPES, ids=["i32", "i64"])
def dtype(request: pytest.FixtureRequest) -> DTypeLike:
    return request.param


@pytest.mark.parametrize(
    ("splits", "total", "longest"),
    [([0], 0, 0), ([0, 0], 0, 0), ([0, 3], 3, 3), ([0, 2, 2, 7, 8], 8, 5)],
)
def test_good_splits_give_the_longest_row(
    dtype: DTypeLike, splits: list[int], total: int, longest: int
) -> None:
    assert checks.require_splits(np.array(splits, dtype), total) == longest


@pytest.mark.parametrize(
    ("splits", "total", "message"),
    [
        ([], 0, "at least one element, got none"),
        ([1, 2], 2, r"start at 0, got row_splits\[0\] = 1"),
        ([-1, 2], 2, r"start at 0, got row_splits\[0\] = -1"),
        ([0, 3, 2, 1], 1, r"got row_splits\[1\] = 3 and row_splits\[2\] = 2"),
        ([0, -5], 0, r"got row_splits\[0\] = 0 and row_splits\[1\] = -5"),
        ([0, 2, 4], 5, r"end at 5, the number of values, got row_splits\[2\] = 4"),
        ([0, 2, 4], 3, r"end at 3, the number of values, got row_splits\[2\] = 4"),
        ([0], 1, r"end at 1, the number of values, got row_splits\[0\] = 0"),
    ],
)
def test_bad_splits_are_named(
    dtype: DTypeLike, splits: list[int], total: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        checks.require_splits(np.array(splits, dtype), total)


def test_splits_whose_differences_overflow_are_found(dtype: DTypeLike) -> None:
    info = np.iinfo(np.dtype(dtype))
    with pytest.raises(ValueError, match="must not decrease"):
        checks.require_splits(np.array([0, info.max, info.min, 3], dtype), 3)


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=70), st.sampled_from(INDEX_TYPES), st.data())
def test_the_first_fall_is_found_wherever_it_is(
    lengths: list[int], dtype: DTypeLike, data: st.DataObject
) -> None:
    splits = np.r_[0, np.cumsum(lengths)].astype(dtype)
    total = int(splits[-1])
    assert checks.require_splits(splits, total) == max(lengths, default=0)
    if not lengths:
        return
    row = data.draw(st.integers(0, len(lengths) - 1))
    splits[row + 1 :] -= lengths[row] + 1
    with pytest.raises(ValueError, match=rf"row_splits\[{row}\] = .* row_splits\[{row + 1}\] = "):
        checks.require_splits(splits, total)


@pytest.mark.parametrize("upper", [0, -3, 1, 2**31 - 1, 2**31, 2**40])
def test_no_indices_pass_and_the_bounds_are_sharp(dtype: DTypeLike, upper: int) -> None:
    checks.require_indices(np.array([], dtype), upper)
    top = np.iinfo(np.dtype(dtype)).max
    for good in {0, 1, upper - 1, top}:
        if 0 <= good < upper and good <= top:
            checks.require_indices(np.array([0, good, 0], dtype), upper)
    for bad in {0, upper, upper + 1, -1, -top - 1, top}:
        if not 0 <= bad < upper and -top - 1 <= bad <= top:
            good = [0] if upper > 0 else []
            with pytest.raises(ValueError, match=rf"indices\[{len(good)}\] = {bad}$"):
                checks.require_indices(np.array([*good, bad], dtype), upper)


@settings(deadline=None)
@given(
    st.integers(1, 100),
    st.integers(1, 2**31 - 1),
    st.sampled_from(INDEX_TYPES),
    st.data(),
)
def test_the_first_bad_index_is_found_wherever_it_is(
    n: int, upper: int, dtype: DTypeLike, data: st.DataObject
) -> None:
    indices = np.random.default_rng(n).integers(0, upper, n).astype(dtype)
    checks.require_indices(indices, upper)
    at = data.draw(st.integers(0, n - 1))
    indices[at:] = data.draw(st.one_of(st.integers(-(2**31), -1), st.integers(upper, 2**31 - 1)))
    with pytest.raises(ValueError, match=rf"got indices\[{at}\] = {indices[at]}$"):
        checks.require_indices(indices, upper)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=70), st.sampled_from(INDEX_TYPES))
def test_indices_rise_if_they_do_in_each_row(rows: list[list[int]], dtype: DTypeLike) -> None:
    indices = np.array([index for row in rows for index in row], dtype)
    bounds = np.cumsum([0, *map(len, rows)]).astype(dtype)
    expected = all(row == sorted(set(row)) for row in rows)
    assert checks.rows_rise(indices, bounds) is expected


def test_wrong_bounds_do_no_harm_to_the_look_at_indices(dtype: DTypeLike) -> None:
    for bounds in ([], [7], [-5, 99, -7], [3, 2, 1, 0]):
        assert checks.rows_rise(np.array([0, 1, 2], dtype), np.array(bounds, dtype))
        checks.rows_rise(np.array([2, 1, 0], dtype), np.array(bounds, dtype))


def test_read_only_arrays_are_taken(dtype: DTypeLike) -> None:
    splits = np.array([0, 1, 3], dtype)
    splits.flags.writeable = False
    assert checks.require_splits(splits, 3) == 2
    checks.require_indices(splits, 4)


def test_other_dtypes_are_refused() -> None:
    with pytest.raises((TypeError, ValueError)):
        checks.require_splits(np.array([0.0, 1.0]), 1)
    with pytest.raises((TypeError, ValueError)):
        checks.require_indices(np.array([0], np.uint64), 1)


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64"])
def test_first_bad_id_is_the_first_that_numpy_finds(dtype: str) -> None:
    rng = np.random.default_rng(3)
    for size in (0, 1, 5, 1000):
        ids = rng.integers(-12, 12, size).astype(dtype)
        for lowest, upper in ((0, 10), (-10, 10), (-12, 12), (0, 0)):
            bad = np.flatnonzero((ids < lowest) | (ids >= upper))
            assert checks.first_bad_id(ids, lowest, upper) == (bad[0] if bad.size else None)


def test_what_is_not_whole_is_no_id() -> None:
    for bad in (0.5, np.nan, np.inf, -np.inf, 2.0**80):
        assert checks.first_bad_id(np.float32([1, 2, bad]), 0, 5) == 2
    big = 2**24 + 1  # float32 has no such number, and must not round the bound to one it has
    assert checks.first_bad_id(np.float32([2**24]), 0, big) is None
    assert checks.first_bad_id(np.float32([2**24 + 2]), 0, big) == 0
