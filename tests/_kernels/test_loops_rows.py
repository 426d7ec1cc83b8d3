"""Loops that make whole rows of whole rows against NumPy in double precision, on every target."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from kgraph._kernels import loops

Array = npt.NDArray[Any]
targets = pytest.mark.parametrize("target", loops.targets())
every_loop = pytest.mark.parametrize("name", loops.rowwise_names())
SCANS = {"cumsum": np.cumsum, "cumprod": np.cumprod}
scans = [name for name in loops.rowwise_names() if name.rpartition("_")[0] in SCANS]
DTYPES = {
    "f32": np.float32, "f64": np.float64,
    "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64,
    "u8": np.uint8, "u16": np.uint16, "u32": np.uint32, "u64": np.uint64,
}  # fmt: skip
LENGTHS = (0, 1, 2, 7, 8, 10, 15, 16, 17, 31, 33, 64, 100, 129, 144, 1000, 1023, 1024, 1025, 4099)
ULP = {"f32": 2.0**-23, "f64": 2.0**-52}


def _values(name: str, *shape: int) -> Array:
    dtype = np.dtype(DTYPES[name.rpartition("_")[2]])
    numbers = np.random.default_rng(shape).normal(0, 4, shape)
    return (np.abs(numbers) if dtype.kind == "u" else numbers).astype(dtype)


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(-1, keepdims=True)


def _standardize(x: Array) -> Array:
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean of nothing
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + NUMBER)


NUMBER = 0.125  # what a loop takes beside the rows
TWINS = {"softmax": _softmax, "standardize": _standardize}


def _twin(name: str, a: Array) -> Array:
    return TWINS[name.rpartition("_")[0]](a.astype(np.longdouble))


def _allowed(name: str, a: Array, wanted: Array) -> Array:
    """The roundings of each step, and those of the sums: a few ULP of the largest terms."""
    steps = 8 + a.shape[1] / 512
    if name.startswith("softmax"):  # that of x - max is multiplied by the exponential
        below = a.max(-1, keepdims=True, initial=-np.inf) - a
        return (steps + below / 2) * ULP[name[-3:]] * wanted
    spread = np.abs(a).max(-1, keepdims=True, initial=0) + np.abs(wanted)
    return steps * ULP[name[-3:]] * spread / np.sqrt(NUMBER)


def _run(name: str, a: Array, target: str) -> Array:
    out = np.full_like(a, 7)
    loops.run_rowwise(name, out, a, NUMBER, target=target)
    return out


@targets
@pytest.mark.parametrize("name", [name for name in loops.rowwise_names() if name not in scans])
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("rows", [0, 1, 3, 300])
def test_rows_agree_with_numpy(name: str, target: str, length: int, rows: int) -> None:
    a = _values(name, rows, length)
    wanted = _twin(name, a)
    assert (np.abs(_run(name, a, target) - wanted) <= _allowed(name, a, wanted)).all()


@targets
@pytest.mark.parametrize("name", scans)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("rows", [0, 1, 3, 4, 30])
def test_scans_are_those_of_numpy(name: str, target: str, length: int, rows: int) -> None:
    a = _values(name, rows, length)
    with np.errstate(all="ignore"):
        wanted = SCANS[name.rpartition("_")[0]](a, -1, dtype=a.dtype)
    np.testing.assert_array_equal(_run(name, a, target), wanted)


@targets
@pytest.mark.parametrize("name", [name for name in scans if name.rpartition("_")[2][0] == "f"])
def test_scans_of_numbers_that_are_none(name: str, target: str) -> None:
    odd = np.array([0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 1e30])
    a = np.random.default_rng(0).choice(odd, (500, 4)).astype(_values(name, 0).dtype)
    with np.errstate(all="ignore"):
        wanted = SCANS[name.rpartition("_")[0]](a, -1)
    found = _run(name, a, target)
    np.testing.assert_array_equal(found, wanted)
    number = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(found[number]), np.signbit(wanted[number]))


@targets
@every_loop
def test_in_place_ragged_and_alone_give_the_same_bits(name: str, target: str) -> None:
    lengths = [5, 0, 1, 40, 17, 2000, 3, 3, 3, 900, 124, 1, 1024, 7]
    bounds = np.cumsum([0, *lengths]).astype(np.int64) + 13
    items = _values(name, int(bounds[-1] - bounds[0]))
    found = np.empty_like(items)
    loops.run_rowwise_ragged(name, found, items, bounds, NUMBER, target=target)
    begin = 0
    for length in lengths:
        row = items[begin : begin + length].reshape(1, -1)
        np.testing.assert_array_equal(found[begin : begin + length], _run(name, row, target)[0])
        begin += length
    loops.run_rowwise_ragged(name, items, items, bounds, NUMBER, target=target)
    np.testing.assert_array_equal(items, found)
    square = _values(name, 30, 50)
    wanted = _run(name, square, target)
    loops.run_rowwise(name, square, square, NUMBER, target=target)
    np.testing.assert_array_equal(square, wanted)


@targets
@every_loop
def test_a_row_keeps_its_bits_among_others(name: str, target: str) -> None:
    a = _values(name, 200, 37)
    whole = _run(name, a, target)
    for first, last in ((0, 1), (7, 8), (30, 150), (199, 200)):
        np.testing.assert_array_equal(_run(name, a[first:last], target), whole[first:last])


@targets
@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_numbers_that_are_none(dtype: str, target: str) -> None:
    a = _values(f"softmax_{dtype}", 5, 20)
    a[0, 3] = np.nan
    a[1, 3] = np.inf
    a[2] = -np.inf
    a[3, :10] = -np.inf
    found = _run(f"softmax_{dtype}", a, target)
    assert np.isnan(found[:3]).all()
    assert (found[3, :10] == 0).all()
    np.testing.assert_allclose(found[3:].sum(1), 1, rtol=1e-5)
    found = _run(f"standardize_{dtype}", a, target)
    assert np.isnan(found[:4]).all()
    assert np.isfinite(found[4]).all()


@targets
@pytest.mark.parametrize("name", loops.weigh_names())
@pytest.mark.parametrize("inner", [1, 2, 7, 8, 15, 16, 17, 33, 64, 65, 130, 300])
def test_weighted_sums_agree_with_numpy(name: str, target: str, inner: int) -> None:
    lengths = [5, 0, 1, 40, 17, 300, 3]
    bounds = np.cumsum([0, *lengths]).astype(np.int64) + 3
    items, weights = _values(name, sum(lengths), inner), _values(name, sum(lengths))
    out = np.full((len(lengths), inner), 7, items.dtype)
    loops.run_weigh(name, out, items, weights, bounds, target=target)
    begin = 0
    for row, length in enumerate(lengths):
        terms = (items[begin : begin + length].astype(np.longdouble)
                 * weights[begin : begin + length, None])  # fmt: skip
        allowed = (length + 1) * ULP[name[-3:]] * np.abs(terms).sum(0)
        assert (np.abs(out[row] - terms.sum(0)) <= allowed).all()
        alone = np.empty((1, inner), items.dtype)
        loops.run_weigh(
            name, alone, items[begin : begin + length], weights[begin : begin + length],
            np.array([0, length]), target=target,
        )  # fmt: skip
        np.testing.assert_array_equal(alone[0], out[row])
        begin += length


@every_loop
def test_arrays_that_do_not_fit_are_refused(name: str) -> None:
    a = _values(name, 4, 5)
    with pytest.raises(TypeError, match="rows, length"):
        loops.run_rowwise(name, a[0], a[0])
    with pytest.raises(TypeError, match="out must be"):
        loops.run_rowwise(name, a[:3], a)
    with pytest.raises(ValueError, match="must cover"):
        loops.run_rowwise_ragged(name, a[0], a[0], np.array([0, 4]))
    with pytest.raises(TypeError, match="items"):
        loops.run_rowwise_ragged(name, a, a, np.array([0, 4]))
    with pytest.raises(KeyError, match="no loop"):
        loops.run_rowwise("nothing_f32", a, a)
    with pytest.raises(KeyError, match="weighs nothing"):
        loops.run_weigh(name, a, a, a[:, 0].copy(), np.array([0, 1, 2, 3, 4]))
    for weigh in loops.weigh_names():
        b = _values(weigh, 4, 5)
        with pytest.raises(KeyError, match="no rows"):
            loops.run_rowwise(weigh, b, b)
        with pytest.raises(TypeError, match="b must be"):
            loops.run_weigh(weigh, b, b, b[0], np.array([0, 1, 2, 3, 4]))
