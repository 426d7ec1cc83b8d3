"""NumPy's functions on symbolic values build the graph of the op, and give what NumPy gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.ops.numpy_functions import TABLE, functions
from tests.ops.test_numpy_ufuncs import close
from tests.ops.tracing import Traced, plain, traced
from tests.tolerances import tolerance

X = np.float32([[0.25, 0.5, 0.75], [0.9, 0.1, 0.3]])
N = np.float32([[1, np.nan, -3], [4, 0, 2]])
Q = np.float32([[1, -2, 3], [0, 5, -6], [7, 0.5, 9]])
W = np.int32([[2, 0, 1], [1, 1, 0]])
TABLE_OF_3 = np.ones((3, 2), np.float32)

ON_X: list[str] = """
np.sum(x, axis=1, keepdims=True)
np.sum(x)
np.sum(x, 1, "float64")
np.sum(x, axis=0, initial=2.0)
np.sum(x, axis=1, where=x > 0.3)
np.sum(x, axis=1, where=[True, False, True])
np.prod(x, axis=1, where=x > 0.3)
np.mean(x, 0)
np.mean(x, dtype="float64")
np.mean(x, axis=1, where=x > 0.1)
np.var(x, axis=-1)
np.std(x)
np.std(x, ddof=1)
np.var(x, axis=0, ddof=1, keepdims=True)
np.var(x, axis=1, correction=1)
np.max(x, 1)
np.amax(x, 1, keepdims=True)
np.max(x, axis=1, initial=0.6)
np.max(x, axis=1, where=x < 0.7, initial=-1)
np.min(x)
np.amin(x, axis=(0, 1))
np.any(x > 0.5, axis=0)
np.all(x > 0.2, axis=1, where=x > 0.15)
np.argmax(x, axis=1)
np.argmin(x, 0, None, keepdims=True)
np.count_nonzero(x > 0.4, axis=1)
np.cumsum(x, axis=1)
np.cumprod(x, 1, "float64")
np.cumulative_sum(x, axis=1, include_initial=True)
np.cumulative_prod(x, axis=0)
np.median(x, axis=1)
np.quantile(x, 0.3, axis=0)
np.quantile(x, [0.1, 0.9], axis=1, keepdims=True)
np.quantile(x, 0.4, axis=1, method="nearest")
np.percentile(x, 30)
np.average(x, axis=1)
np.average(x, axis=1, weights=np.float32([1, 2, 3]))
np.average(x, axis=None, weights=x + 1)
np.ptp(x, 1)
np.where(x > 0.3, x, 0)
np.select([x > 0.6, x > 0.2], [x, x * 2], 7.0)
np.clip(x, 0.2, 0.6)
np.clip(x, 0.2, None)
np.clip(x, max=0.4)
np.concatenate([x, x], axis=-1)
np.concatenate([x, x], axis=None)
np.concatenate([x, np.ones((1, 3), np.float32)], dtype="float64")
np.stack([x, x], axis=1)
np.hstack([x, x])
np.vstack((x, x))
np.dstack([x, x])
np.column_stack([x, x[:, 0]])
np.block([[x, x], [x, x]])
np.append(x, x, 1)
np.append(x, 3.0)
np.split(x, 3, axis=1)
np.array_split(x, 2, axis=1)
np.hsplit(x, 3)
np.vsplit(x, 2)
np.dsplit(x[..., None], 1)
np.unstack(x, axis=1)
np.reshape(x, (3, -1))
np.reshape(x, shape=(6,))
np.ravel(x)
np.transpose(x)
np.permute_dims(x, (1, 0))
np.matrix_transpose(x)
np.swapaxes(x, 0, 1)
np.moveaxis(x, 0, -1)
np.rollaxis(x, 1)
np.rollaxis(x[None], 2, 1)
np.expand_dims(x, 1)
np.squeeze(np.expand_dims(x, 0), axis=0)
np.broadcast_to(x, (4, 2, 3))
np.broadcast_arrays(x, x[:1])
np.atleast_1d(x)
np.atleast_2d(x[0], x)
np.atleast_3d(x)
np.repeat(x, 2, axis=0)
np.tile(x, (1, 2))
np.flip(x, 1)
np.fliplr(x)
np.flipud(x)
np.rot90(x)
np.rot90(x, k=3, axes=(1, 0))
np.roll(x, 1, axis=1)
np.pad(x, ((0, 0), (1, 0)), constant_values=2)
np.pad(x, 1, mode="reflect")
np.take(x, [0, 2], axis=1)
np.take_along_axis(x, np.int32([[2], [0]]), 1)
np.round(x, 1)
np.around(x)
np.fix(x * 4 - 2)
np.dot(x, np.ones((3, 2), np.float32))
np.dot(np.ones((4, 2), np.float32), x)
np.tensordot(x, np.ones((3, 2), np.float32), 1)
np.outer(x, np.float32([1, 2]))
np.inner(x, x)
np.vdot(x, x)
np.einsum("ij,kj->ik", x, x)
np.einsum("ij->j", x)
np.kron(x, np.ones((2, 2), np.float32))
np.cross(x, x[::-1])
np.cross(np.transpose(x), np.transpose(x)[:, ::-1], axis=0)
np.diff(x, axis=1)
np.diff(x, 2, 1)
np.diff(x, axis=1, prepend=0, append=x[:, :1])
np.ediff1d(x)
np.ediff1d(x, to_begin=9, to_end=[1, 2])
np.trapezoid(x)
np.trapezoid(x, dx=0.5, axis=0)
np.trapezoid(x, [0, 1, 4], axis=1)
np.unwrap(x * 20)
np.polyval([2, 0, 1], x)
np.interp(x, [0, 0.5, 1], [1, 5, 0])
np.digitize(x, [0.2, 0.5])
np.digitize(x, [0.25, 0.5], right=True)
np.searchsorted(np.float32([0.2, 0.5]), x)
np.searchsorted([0.25, 0.5], x, side="right")
np.isclose(x, 0.5)
np.isclose(x, x * 1.01, 0.1, 0)
np.allclose(x, x)
np.array_equal(x, x)
np.sinc(x)
np.i0(x)
np.real(x)
np.imag(x)
np.conj(x)
np.angle(x - 0.5)
np.isreal(x)
np.sort(x, 1)
np.sort(x, axis=None)
np.argsort(x, axis=1)
np.zeros_like(x)
np.ones_like(x, dtype="int32")
np.full_like(x, 3)
np.full_like(x, np.float32([1, 2, 3]))
np.copy(x)
np.astype(x, "float64")
np.linspace(x, x + 1, 4, axis=1)
np.linspace(0, x, 3, endpoint=False)
np.meshgrid(x[0], x[1])
np.meshgrid(x[0], x[1], indexing="ij")
np.tril(x)
np.triu(x, 1)
np.linalg.norm(x)
np.linalg.norm(x, axis=1)
np.linalg.norm(x, 1, (0, 1))
np.linalg.vector_norm(x, axis=1, ord=3)
np.linalg.vector_norm(x)
np.linalg.matrix_norm(x)
np.linalg.matmul(x, np.transpose(x))
np.linalg.outer(x[0], x[1])
np.linalg.vecdot(x, x)
np.linalg.cross(x, x)
np.argpartition(x, 1)[..., 1]
np.partition(x, 1)[:, 1]
np.partition(x, -1, axis=None)[-1]
np.lexsort((x[0], x[1]))
np.lexsort((x, -x), axis=1)
np.piecewise(x, [x < 0.3, x > 0.2], [lambda v: -v, 7.0])
np.piecewise(x[0], x[0] < 0.3, [lambda v, k: v * k, lambda v, k: v], 3)
np.histogram(x, 4)
np.histogram(x, 3, (0.2, 0.8))
np.histogram(x, 3, (0.2, 0.8), density=True)
np.histogram(x, [0.0, 0.2, 0.75, 1.0], weights=x)
np.histogram(x * 0, 2)
np.histogram_bin_edges(x, 4)
np.histogram_bin_edges(x, 4, (0, 2))
np.correlate(x[0], [1.0, 2.0], "full")
np.correlate(x[0], np.float32([1, 2, 3, 4]), "same")
np.convolve(x[0], np.float32([1, 2]))
np.convolve(np.float32([1, 2, 3, 4]), x[0], "same")
np.convolve(x[0], x[1], "valid")
np.corrcoef(x)
np.corrcoef(x, rowvar=False)
np.corrcoef(x[0], x[1])
np.cov(x)
np.cov(x, rowvar=False, bias=True)
np.cov(x[0])
np.cov(x[0], x[1], ddof=0)
np.gradient(x)
np.gradient(x, axis=1)
np.gradient(x, 0.5, 2.0)
np.gradient(x, 0.5, axis=-1)
np.vander(x[0], 4)
np.vander(x[0], increasing=True)
np.diagflat(x[:, :2])
np.diagflat(x[0], 1)
np.polyadd(x[0], [1.0, 2.0])
np.polysub([1.0, 2.0], x[0])
np.polymul(x[0], [1.0, 2.0])
np.polyder(x[0])
np.polyder(x[0], 2)
np.polyint(x[0], 2)
np.delete(x, 1, axis=1)
np.delete(x, [0, -1], axis=1)
np.delete(x, slice(0, 2), 1)
np.insert(x, 1, 7.0, axis=1)
np.insert(x, -1, np.float32([5, 6, 7]), axis=0)
np.insert(x[0], 2, 9)
np.geomspace(x, x + 1, 4)
np.geomspace(-x, -1, 3, endpoint=False, axis=1)
np.logspace(x, 1, 3, base=2.0)
np.fft.fftshift(x, axes=1)
np.fft.ifftshift(x, axes=-1)
np.apply_over_axes(np.sum, x, [0, 1])
np.array_equiv(x, x[:1])
np.iscomplex(x)
np.real_if_close(x)
np.linalg.multi_dot([x, np.transpose(x), x])
np.unique(x)
np.unique(x, return_index=True, return_inverse=True, return_counts=True)
np.unique_all(x)
np.unique_counts(x)
np.unique_inverse(x)
np.unique_values(x)[:0]
np.union1d(x, [0.5, 2.0])
np.intersect1d(x, np.float32([0.5, 0.9, 2.0]))
np.setdiff1d(x, np.float32([0.5, 0.9, 2.0]))
np.setxor1d(x, np.float32([0.5, 0.9, 2.0]))
-x @ np.ones((3, 1), np.float32) / 2 + abs(x[:, :1]) ** 2 - 1
1 - 2 / x + np.float32([1, 2, 3]) * x
x[:, 1:][..., None]
""".strip().splitlines()
ON_NAN = """
np.nansum(x, axis=1)
np.nanprod(x)
np.nanmean(x, 0)
np.nanmax(x, axis=1)
np.nanmin(x, axis=1, keepdims=True)
np.nanvar(x, axis=1)
np.nanstd(x)
np.nanvar(x, axis=1, ddof=1)
np.nan_to_num(x)
np.nan_to_num(x, nan=7.0)
np.nanargmax(x, axis=1)
np.nanargmin(x)
np.nanargmax(x, axis=0, keepdims=True)
np.nancumsum(x, axis=1)
np.nancumprod(x, 0, "float64")
np.nanmedian(x, axis=1)
np.nanquantile(x, [0.25, 0.5], axis=1)
np.nanpercentile(x, 30, axis=0, keepdims=True)
np.allclose(x, x, equal_nan=True)
np.unique(x)
np.median(x, axis=1)
np.isneginf(x)
np.isposinf(x / 0)
""".strip().splitlines()
ON_SQUARE = """
np.trace(x)
np.trace(x, offset=1)
np.diagonal(x)
np.diagonal(x, -1)
np.diag(x)
np.diag(x[0], 1)
np.linalg.trace(x)
np.linalg.diagonal(x)
np.linalg.matrix_power(x, 1)
np.linalg.matrix_power(x, 5)
np.tril_indices_from(x)[0] * x[0, 0]
np.triu_indices_from(x, 1)[1] * x[0, 0]
""".strip().splitlines()
ON_WHOLE = """
np.choose(x, [x, x * 10, x - 5])
np.isin(x, [1, 7])
np.isin(x, [1, 7], invert=True)
np.sum(x, axis=1)
np.gcd.reduce(x + 2, axis=1)
np.unravel_index(x, (2, 3))
np.ravel_multi_index((x, x), (3, 4))
np.ravel_multi_index((x * 2, x - 1), (3, 4), mode=("clip", "wrap"))
np.unique(x, axis=1, return_counts=True)
np.vander(x[0], 3)
np.bincount(x[0], minlength=3)
np.bincount(x[0], np.float32([1, 2, 3]), 3)
""".strip().splitlines()
CALLS = [
    *((code, X) for code in ON_X),
    *((code, N) for code in ON_NAN),
    *((code, Q) for code in ON_SQUARE),
    *((code, W) for code in ON_WHOLE),
]


@pytest.mark.promise("A2.numpy-functions")
@pytest.mark.parametrize(("code", "array"), CALLS, ids=[code for code, _ in CALLS])
def test_function(code: str, array: np.ndarray) -> None:
    call: Callable[[Any], Any] = eval(f"lambda x: {code}", {"np": np})
    (x,) = traced([array])
    with np.errstate(all="ignore"):
        close(call(x), call(array))


# these ask for the number of rows while the graph is drawn
ASK_FOR_ROWS = re.compile(
    r"trace|diag|np.unstack\(x\)|vsplit|np.cross\(np.transpose|bincount\(x\[0\]|_indices_from"
    r"|pad\(x, 1, mode"
)
IN_A_MODEL = [(code, array) for code, array in CALLS if not ASK_FOR_ROWS.search(code)]


@pytest.mark.promise("A2.numpy-functions")
@pytest.mark.parametrize(("code", "array"), IN_A_MODEL, ids=[code for code, _ in IN_A_MODEL])
def test_function_in_a_model_that_is_read_from_its_config(code: str, array: np.ndarray) -> None:
    call: Callable[[Any], Any] = eval(f"lambda x: {code}", {"np": np})
    x = kg.Input(array.shape[1:], dtype=array.dtype)
    made = call(x)
    outputs = list(made) if isinstance(made, list | tuple) else [made]
    model = kg.models.model_from_json(kg.Model(x, outputs).to_json())
    with np.errstate(all="ignore"):
        expected = call(array)
    found = model(array)
    pairs = zip(
        found if isinstance(found, list) else [found],
        expected if isinstance(expected, list | tuple) else [expected],
        strict=True,
    )
    for one, other in pairs:
        rtol, atol = tolerance(one.dtype)
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)


def test_every_entry_of_the_table_is_a_function_of_numpy() -> None:
    assert [name for name in TABLE if not callable(getattr(np, name))] == []
    assert len(TABLE) + len(functions()) > 150


def test_what_is_asked_of_the_type_needs_no_node() -> None:
    (x,) = traced([X], rows=2)
    assert np.shape(x) == (None, 3)
    assert np.ndim(x) == 2
    assert np.size(x, 1) == 3
    assert int(plain(np.size(x))) == 6
    assert int(plain(np.size(x, 0))) == 2
    assert np.result_type(x, "int32", 1.0) == "float32"
    assert np.can_cast(x, "float64")
    assert not np.iscomplexobj(x)
    assert np.isrealobj(x)


def test_an_unknown_number_of_rows_is_counted_when_it_is_there() -> None:
    (x,) = traced([X], rows=2)
    for code in ("np.var(x, axis=0, ddof=1)", "np.median(x, axis=0)", "np.tril(x)", "np.triu(x)"):
        call: Callable[[Any], Any] = eval(f"lambda x: {code}", {"np": np})
        close(call(x), call(X))


REFUSALS = {
    "np.trim_zeros(x[0])": r"np.trim_zeros: no op of kgraph[\s\S]*ops.flatnonzero[\s\S]*Layer",
    "np.histogram2d(x, x)": r"ops.digitize of each, then ops.bincount",
    "np.sort_complex(x)": r"np.sort_complex: no op of kgraph stands",
    "np.partition(x, 9)": r"argpartition: kth 9 is out of bounds[\s\S]*-3 <= kth < 3",
    "np.argpartition(x, 1.5)": r"argpartition: kth is a position or several, got 1.5",
    "np.unique(x, equal_nan=False)": r"np.unique: equal_nan cannot be given",
    "np.histogram(x, 'auto')": r"np.histogram: how many parts there are must be known",
    "np.histogram(x, 0)": r"np.histogram: there is one part or more, got bins=0",
    "np.histogram(x, 3, (2, 1))": r"np.histogram: the range falls, from 2.0 to 1.0",
    "np.histogram(x, [[1.0]])": r"np.histogram: the bounds are a vector",
    "np.cov(x[None])": r"np.cov: takes a vector or a matrix",
    "np.cov(x, fweights=[1, 2, 3])": r"np.cov: fweights cannot be given",
    "np.gradient(x, axis=1, edge_order=2)": r"np.gradient: edge_order cannot be given",
    "np.gradient(x, 1.0, 2.0, 3.0)": r"takes a step for all axes[\s\S]*3 steps, 2 axes",
    "np.gradient(x[:, :1], axis=1)": r"needs two entries or more on axis 1, got 1",
    "np.delete(x, 0, axis=0)": r"np.delete: what is left out, and of how many, must be known",
    "np.insert(x, [0, 1], 5, axis=1)": r"np.insert: takes one position",
    "np.piecewise(x, [x > 0], [1, 2, 3])": r"1 conditions and 3 functions do not fit",
    "np.ravel_multi_index((x > 0, x > 1), (3,))": r"2 positions for 1 axes",
    "np.ravel_multi_index((np.astype(x, 'int32'),), (3,), mode='no')": r"mode is 'raise', 'wrap'",
    "np.linalg.matrix_power(x, -1)": r"graphs multiply matrices, and do not invert them",
    "np.polyadd(x, x)": r"np.polyadd: coefficients are a vector of known size",
    "np.polyder(x[0], -1)": r"m is how often to derive, 0 or more, got -1",
    "np.vander(x)": r"vander: takes a vector",
    "np.percentile(x, 101)": r"percentile: percents are one or more numbers in 0 .. 100, got 101",
    "np.fft.fftshift(x)": r"np.fft.fftshift: the size on axis 0 must be known",
    "np.tril_indices_from(x)": r"np.tril_indices_from: the sizes of the matrix must be known",
    "np.correlate(x[0], x[1], 'wide')": r"mode is 'valid', 'same' or 'full', got 'wide'",
    "np.correlate(x, x)": r"correlate: takes two vectors",
    "np.fft.fft(x)": r"np.fft.fft: graphs do not compute complex numbers",
    "np.linalg.inv(x)": r"np.linalg.inv: graphs do not compute factors of matrices",
    "np.sum(x, out=np.ones(3))": r"np.sum: out cannot be given for symbolic values",
    "np.max(x, 1, np.ones(3))": r"np.max: out cannot be given",
    "np.argmax(x, 1, np.ones(3))": r"np.argmax: out cannot be given",
    "np.std(x, where=x > 0)": r"np.std: where cannot be given",
    "np.ravel(x, 'F')": r"np.ravel: order cannot be given[\s\S]*order='F'",
    "np.reshape(x, (-1,), order='F')": r"np.reshape: order cannot be given",
    "np.take(x, [9], 1, None, 'wrap')": r"np.take: mode cannot be given",
    "np.zeros_like(x, shape=(2,))": r"np.zeros_like: shape cannot be given[\s\S]*np.zeros",
    "np.where(x > 0, x)": r"either both or neither|takes a condition alone, or both x and y",
    "np.pad(x, 1, mode='linear_ramp', end_values=3)": r"np.pad: end_values cannot be given",
    "np.quantile(x, 2.0)": r"quantile: shares are one or a list of numbers in 0 .. 1, got 2.0",
    "np.quantile(x, 0.5, method='weibull')": r"this method is not known",
    "np.linalg.norm(x, 'nuc', (0, 1))": r"norm: this norm is not computed in graphs",
    "np.einsum('ij,jk', x)": r"einsum: the expression has 2 operands, 1 are given",
    "np.einsum('ijk->i', x)": r"einsum: 'ijk' does not name the axes of a value of 2 axes",
    "np.einsum('ij,kj', x, np.ones((2, 4)))": r"einsum: the axes called j have sizes 3 and 4",
    "np.einsum('ij->ik', x)": r"einsum: the letters of the result do not fit",
    "np.diag(x)": r"diag: the sizes of both axes of a diagonal must be known",
    "np.cross(x[:, :2], x[:, :2])": r"cross: vectors have 3 components",
    "np.bincount(np.astype(x[0], 'int32'))": r"bincount: how many classes[\s\S]*give minlength",
    "np.putmask(x, x > 0, 1)": r"write into an array[\s\S]*ops.where",
    "np.average(x, weights=np.ones(3))": r"average: weights of fewer axes are a vector",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_what_no_op_stands_for_is_refused_by_name(code: str) -> None:
    with pytest.raises((kg.KGraphError, ValueError), match=REFUSALS[code]):
        eval(code, {"np": np, "x": kg.Input((3,))})


def test_refusals_are_type_errors_of_kgraph() -> None:
    x = kg.Input((3,))
    for code in ("np.trim_zeros(x[0])", "np.sum(x, out=np.ones(3))", "np.fft.fft(x)"):
        with pytest.raises(TypeError) as caught:
            eval(code, {"np": np, "x": x})
        assert isinstance(caught.value, kg.KGraphError)


def test_positions_of_true_elements_have_a_size_of_their_own() -> None:
    x = kg.Input((3,))
    assert [place.shape for place in np.nonzero(x)] == [(None,), (None,)]
    assert np.argwhere(x).shape == (None, 2)
    assert np.flatnonzero(x > 0).shape == (None,)
    assert np.compress(np.any(x > 0, axis=0), x, axis=1).shape == (None, None)
    assert np.extract(x > 0, x).shape == (None,)
    assert [place.shape for place in np.where(x)] == [(None,), (None,)]


def test_ragged_values_are_taken_too() -> None:
    rows = kg.RaggedTensor.from_row_lengths(np.float32([1, 2, 3]), [2, 0, 1])
    np.testing.assert_array_equal(np.sum(rows, axis=1), [3, 0, 3])
    np.testing.assert_array_equal(np.digitize(rows, [1.5]).flat_values, [0, 1, 1])
    np.testing.assert_array_equal(np.ptp(rows, axis=1)[:1], [1])
    assert int(kg.ops.size(rows)) == 3


def test_traced_values_stay_traced() -> None:
    (x,) = traced([X])
    assert isinstance(np.copy(x), Traced)
