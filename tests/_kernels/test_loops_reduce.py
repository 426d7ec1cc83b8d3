"""Every reduction against NumPy: uniform and ragged rows, wide and narrow, on every target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from kgraph._kernels import loops

Array = npt.NDArray[Any]

TWINS: dict[str, Callable[..., Array]] = {
    "sum": np.sum,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "any": np.any,
    "all": np.all,
    "argmax": np.argmax,
    "argmin": np.argmin,
}
targets = pytest.mark.parametrize("target", loops.targets())
every_reduction = pytest.mark.parametrize("name", loops.reduce_names())
# Around the edges of one, two and four vectors of 16 and 8 lanes, and past the folding of chains.
LENGTHS = (1, 2, 3, 4, 7, 8, 9, 10, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 129, 4097, 9001)
WIDTHS = (1, 2, 3, 8, 10, 16, 17, 31, 64, 65, 130)


def _op(name: str) -> str:
    return name.rpartition("_")[0]


def _values(name: str, shape: tuple[int, ...]) -> Array:
    rng = np.random.default_rng([*shape, *name.encode()])
    dtype = loops.reduce_signature(name)[1]
    if dtype.kind == "b":
        return rng.random(shape) < (0.1 if _op(name) == "any" else 0.9)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        low, high = (info.min, info.max) if _op(name) != "prod" else (1, 4)
        return rng.integers(low, high, shape, dtype, endpoint=True)
    if _op(name) == "prod":
        return rng.uniform(0.9, 1.1, shape).astype(dtype)
    return np.round(rng.normal(0, 3, shape), 2).astype(dtype)  # rounded, so that equals occur


def _uniform(name: str, a: Array, target: str) -> Array:
    out = np.empty((a.shape[0], a.shape[2]), loops.reduce_signature(name)[0])
    loops.run_reduce(name, out, a, target=target)
    return out


def _ragged(name: str, a: Array, bounds: Array, target: str) -> Array:
    out = np.empty((len(bounds) - 1, a.shape[1]), loops.reduce_signature(name)[0])
    loops.run_segment(name, out, a, bounds, target=target)
    return out


def _check(name: str, got: Array, a: Array) -> None:
    """Exact, but for float sums and products: there an error bound from the magnitudes."""
    op = _op(name)
    if a.dtype.kind != "f" or op not in ("sum", "prod"):
        wanted = TWINS[op](a, axis=1, **({"dtype": a.dtype} if op in ("sum", "prod") else {}))
        np.testing.assert_array_equal(got, wanted)
        return
    exact = a.astype(np.longdouble)
    wanted = TWINS[op](exact, axis=1)
    size = np.abs(exact).sum(axis=1) if op == "sum" else a.shape[1] * np.abs(wanted)
    steps = 64 + a.shape[1] / 64 if a.shape[2] == 1 or op == "prod" else a.shape[1]
    assert (np.abs(got - wanted) <= np.finfo(a.dtype).eps * size * steps).all()


@every_reduction
def test_every_reduction_has_a_twin(name: str) -> None:
    assert _op(name) in TWINS


@targets
@every_reduction
def test_uniform_rows_agree_with_numpy(name: str, target: str) -> None:
    for length in LENGTHS:
        a = _values(name, (3, length, 1))
        _check(name, _uniform(name, a, target), a)
    for inner in WIDTHS:
        a = _values(name, (4, 5, inner))
        _check(name, _uniform(name, a, target), a)


@targets
@every_reduction
@pytest.mark.parametrize("inner", [1, 3, 16, 21])
def test_ragged_rows_have_the_bits_of_uniform_rows(name: str, inner: int, target: str) -> None:
    lengths = [n for n in LENGTHS if n < 4000]
    bounds = 7 + np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    a = _values(name, (int(bounds[-1]) - 7, inner))
    got = _ragged(name, a, bounds, target)
    for r, row in enumerate(np.split(a, bounds[1:-1] - 7)):
        assert got[r].tobytes() == _uniform(name, row[None].copy(), target).tobytes(), len(row)


@targets
@every_reduction
def test_uniform_row_does_not_depend_on_its_neighbours(name: str, target: str) -> None:
    for length, inner in ((5, 1), (10, 1), (16, 1), (77, 1), (6, 3), (6, 40)):
        a = _values(name, (9, length, inner))
        whole = _uniform(name, a, target)
        for r in range(9):
            assert whole[r].tobytes() == _uniform(name, a[r : r + 1], target).tobytes()


IDENTITY = {"sum": 0, "prod": 1, "any": False, "all": True, "argmax": 0, "argmin": 0}


@targets
@every_reduction
@pytest.mark.parametrize("inner", [1, 5, 33])
def test_empty_rows_give_the_identity(name: str, inner: int, target: str) -> None:
    op, (_, dtype) = _op(name), loops.reduce_signature(name)
    low, high = (-np.inf, np.inf)
    if dtype.kind in "iu":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    wanted = {**IDENTITY, "max": low, "min": high}[op]
    a = _values(name, (4, inner))
    got = _ragged(name, a, np.array([0, 0, 4, 4], np.int64), target)
    np.testing.assert_array_equal(got[[0, 2]], wanted)
    assert _uniform(name, a[:0].reshape(0, 4, inner), target).shape == (0, inner)
    np.testing.assert_array_equal(_uniform(name, np.empty((3, 0, inner), dtype), target), wanted)


@targets
@pytest.mark.parametrize("name", [n for n in loops.reduce_names() if n.endswith(("f32", "f64"))])
def test_nan_wins_wherever_it_stands(name: str, target: str) -> None:
    for length, inner in ((1, 1), (10, 1), (17, 1), (70, 1), (7, 3), (7, 20)):
        for at in range(length):
            a = _values(name, (2, length, inner))
            a[1, at, inner // 2] = np.nan
            got = _uniform(name, a, target)
            assert not np.isnan(got[0]).any()
            wanted = at if _op(name).startswith("arg") else np.nan
            np.testing.assert_array_equal(got[1, inner // 2], wanted)


@targets
def test_error_of_a_long_float32_sum_stays_small(target: str) -> None:
    a = np.random.default_rng(0).random((1, 3_000_000, 1), np.float32)
    got = _uniform("sum_f32", a, target)[0, 0]
    assert abs(got / a.sum(dtype=np.float64) - 1) < 1e-6


def test_doors_refuse_bounds_that_do_not_fit() -> None:
    a, out = np.zeros((4, 2), np.float32), np.zeros((2, 2), np.float32)
    with pytest.raises(ValueError, match="bounds must not decrease"):
        loops.run_segment("sum_f32", out, a, np.array([0, 3, 2], np.int64))
    with pytest.raises(ValueError, match="cover the items"):
        loops.run_segment("sum_f32", out, a, np.array([0, 3, 5], np.int64))
    with pytest.raises(TypeError, match=r"out must be an array float32\(2, 2\)"):
        loops.run_segment("sum_f32", out[:1], a, np.array([0, 3, 4], np.int64))
    with pytest.raises(KeyError, match="there is no loop 'mean_f32'"):
        loops.run_reduce("mean_f32", out, a[None])


@targets
@every_reduction
@pytest.mark.parametrize("length", LENGTHS)
def test_rows_are_reduced_in_place(name: str, length: int, target: str) -> None:
    a = _values(name, (40, length, 1))
    wanted = _uniform(name, a, target)
    if wanted.dtype.itemsize == a.dtype.itemsize:
        out = a.reshape(-1)[:40].view(wanted.dtype).reshape(40, 1)
        loops.run_reduce(name, out, a, target=target)
        assert out.tobytes() == wanted.tobytes()


@targets
@pytest.mark.parametrize("name", [name for name in loops.reduce_names() if "_f" in name])
@pytest.mark.parametrize(("length", "width"), [(257, 300), (66, 1000), (33, 2100), (16, 4099)])
def test_wide_rows_have_the_bits_of_their_columns(
    name: str, length: int, width: int, target: str
) -> None:
    a = _values(name, (2, length, width))
    whole = _uniform(name, a, target)
    for first in range(0, width, 100):
        part = np.ascontiguousarray(a[:, :, first : first + 100])
        assert whole[:, first : first + 100].tobytes() == _uniform(name, part, target).tobytes()
