"""Loops that order the elements of rows, against NumPy's stable sort, on every target."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from kgraph._kernels import loops

Array = npt.NDArray[Any]
targets = pytest.mark.parametrize("target", loops.targets())
every_top = pytest.mark.parametrize("name", loops.top_names())
DTYPES = {
    "f32": np.float32, "f64": np.float64,
    "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64,
    "u8": np.uint8, "u16": np.uint16, "u32": np.uint32, "u64": np.uint64,
}  # fmt: skip


def _kinds(name: str, length: int) -> dict[str, Array]:
    """A row of each kind that might lead a loop astray."""
    dtype = np.dtype(DTYPES[name.rpartition("_")[2]])
    rng = np.random.default_rng(length)
    low, high = (-50, 50) if dtype.kind != "u" else (0, 100)
    rising = np.linspace(low, high, length)
    rows = {
        "few": rng.integers(0, 4, length),
        "many": rng.uniform(low, high, length),
        "rising": rising,
        "falling": rising[::-1],
        "pipe": np.abs(rising - np.median(rising)) if length else rising,
        "one": np.full(length, 3),
    }
    made = {kind: row.astype(dtype) for kind, row in rows.items()}
    if dtype.kind == "f":
        odd = [np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, np.finfo(dtype).tiny / 2]
        made["odd"] = rng.choice(np.array(odd, dtype), length)
        made["nan"] = np.full(length, np.nan, dtype)
    else:
        ends = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max, 0, 1], dtype)
        made["ends"] = rng.choice(ends, length)
    return made


def _greatest(x: Array, count: int) -> Array:
    rising = np.argsort(x[:, ::-1], -1, kind="stable")[:, ::-1]
    return x.shape[1] - 1 - rising[:, :count]


@targets
@every_top
@pytest.mark.parametrize("length", [0, 1, 2, 3, 31, 32, 33, 64, 100, 1000])
def test_the_greatest_agree_with_a_sort(name: str, target: str, length: int) -> None:
    a = np.stack(list(_kinds(name, length).values()))
    for count in sorted({0, 1, 2, 3, 8, length // 2, length - 1, length}):
        if not 0 <= count <= length:
            continue
        out = np.full((len(a), count), -7, np.int32)
        loops.run_top(name, out, a, target=target)
        np.testing.assert_array_equal(out, _greatest(a, count))


@every_top
def test_the_greatest_of_a_long_row(name: str) -> None:
    a = np.stack(list(_kinds(name, 60_000).values()))
    for count in (5, 30_000, 60_000):
        out = np.empty((len(a), count), np.int32)
        loops.run_top(name, out, a)
        np.testing.assert_array_equal(out, _greatest(a, count))


@every_top
def test_the_greatest_of_arrays_that_do_not_fit_are_refused(name: str) -> None:
    a = np.stack(list(_kinds(name, 5).values()))
    out = np.empty((len(a), 3), np.int32)
    with pytest.raises(ValueError, match="no 6 greatest"):
        loops.run_top(name, np.empty((len(a), 6), np.int32), a)
    with pytest.raises(TypeError, match="rows, length"):
        loops.run_top(name, out, a[0])
    with pytest.raises(TypeError, match="out must be"):
        loops.run_top(name, out.astype(np.int64), a)
    with pytest.raises(KeyError, match="no greatest"):
        loops.run_top("softmax_f32", out, a.astype(np.float32))


@targets
@pytest.mark.parametrize("name", loops.order_names())
@pytest.mark.parametrize("length", [0, 1, 2, 15, 16, 17, 32, 33, 47, 48, 64, 65, 100, 1000, 5003])
def test_sorts_agree_with_the_stable_one(name: str, target: str, length: int) -> None:
    a = np.stack(list(_kinds(name, length).values()))
    if name.startswith("argsort"):
        out, wanted = np.full(a.shape, -7, np.int32), np.argsort(a, -1, kind="stable")
    else:
        out, wanted = np.full_like(a, 7), np.sort(a, -1, kind="stable")
    loops.run_order(name, out, a, target=target)
    np.testing.assert_array_equal(out, wanted)
    if a.dtype.kind == "f" and out.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(out), np.signbit(wanted))


@pytest.mark.parametrize("name", [name for name in loops.order_names() if name[0] != "a"])
def test_rows_are_sorted_in_place(name: str) -> None:
    a = np.stack(list(_kinds(name, 100).values()))
    wanted = np.sort(a, -1, kind="stable")
    loops.run_order(name, a, a)
    np.testing.assert_array_equal(a, wanted)


@pytest.mark.parametrize("name", loops.order_names())
def test_arrays_that_do_not_fit_are_not_sorted(name: str) -> None:
    a = np.stack(list(_kinds(name, 5).values()))
    with pytest.raises(TypeError, match="rows, length"):
        loops.run_order(name, a[0], a[0])
    with pytest.raises(TypeError, match="out must be"):
        loops.run_order(name, np.empty(a.shape, np.float16), a)
    with pytest.raises(KeyError, match="sorts nothing"):
        loops.run_order("top_positions_f32", a.astype(np.float32), a.astype(np.float32))
