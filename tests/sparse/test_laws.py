"""The law of sparse values: what an op gives on them is what it gives on their dense twins; sparse
where zeros give zero, eager and symbolic alike, and with rising columns."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import ops
from kgraph.graph.function import Function
from kgraph.runtime.compiled import CompiledGraph, compile_function
from tests.property.comparing import check
from tests.tolerances import tolerance

Case = Callable[..., Any]

WEIGHTS = np.float32([[1, 0, 2], [0, 0, -1], [0, 3, 0], [0, 0, 0], [0.5, 0, 0]])
ROW = np.float32([1, -2, 3, 0.5, -1])

# x, y: sparse (B, 5); d: dense (B, 5) without zeros; c: sparse (5, 3)
STAYS_SPARSE: dict[str, Case] = {
    "minus": lambda x, y, d, c: -x,
    "functions": lambda x, y, d, c: ops.tanh(ops.sqrt(ops.absolute(x))),
    "leaky_relu": lambda x, y, d, c: ops.leaky_relu(x),
    "gelu": lambda x, y, d, c: ops.gelu(x),
    "times number": lambda x, y, d, c: 2 * x * np.float32(3),
    "over number": lambda x, y, d, c: x / 4,
    "floor_divide": lambda x, y, d, c: x // 2,
    "mod": lambda x, y, d, c: x % 2,
    "power": lambda x, y, d, c: x**2,
    "clip around 0": lambda x, y, d, c: ops.clip(x, -0.5, 1),
    "maximum with 0": lambda x, y, d, c: ops.maximum(x, 0),
    "minimum with 1": lambda x, y, d, c: ops.minimum(x, 1),
    "greater": lambda x, y, d, c: x > 0,
    "less": lambda x, y, d, c: x < -0.5,
    "not_equal": lambda x, y, d, c: x != 0,
    "isnan": lambda x, y, d, c: ops.isnan(x),
    "nan_to_num": lambda x, y, d, c: ops.nan_to_num(x),
    "where": lambda x, y, d, c: ops.where(x > 0, x, 0),
    "where of dense": lambda x, y, d, c: ops.where(x > 0, d, 0),
    "where by dense": lambda x, y, d, c: ops.where(d > 0, x, 0),
    "where of both": lambda x, y, d, c: ops.where(x > 0, x, y),
    "cast": lambda x, y, d, c: ops.cast(x, "float64"),
    "zeros_like": lambda x, y, d, c: ops.zeros_like(x),
    "times dense": lambda x, y, d, c: x * d,
    "dense times": lambda x, y, d, c: d * x,
    "times column": lambda x, y, d, c: x * d[:, :1],
    "times row": lambda x, y, d, c: ops.multiply(ROW, x),
    "times row matrix": lambda x, y, d, c: ops.multiply(x, ROW[None]),
    "times a computed number": lambda x, y, d, c: x * ops.sum(d),
    "over dense": lambda x, y, d, c: ops.divide(x, d),
    "over sum of rows": lambda x, y, d, c: ops.divide(x, ops.sum(ops.absolute(d), 1, True)),
    "and": lambda x, y, d, c: ops.logical_and(x > 0, y),
    "or": lambda x, y, d, c: ops.logical_or(x, y),
    "times": lambda x, y, d, c: ops.multiply(x, y),
    "plus": lambda x, y, d, c: x + y,
    "minus each other": lambda x, y, d, c: x - y,
    "plus itself": lambda x, y, d, c: x * 2 + x,
    "three": lambda x, y, d, c: x + y * 2 - ops.absolute(x),
    "maximum": lambda x, y, d, c: ops.maximum(x, y),
    "minimum": lambda x, y, d, c: ops.minimum(x, y),
    "hypot": lambda x, y, d, c: ops.hypot(x, y),
    "less than the other": lambda x, y, d, c: ops.less(x, y),
    "transpose": lambda x, y, d, c: ops.transpose(x),
    "transpose twice": lambda x, y, d, c: ops.transpose(ops.transpose(x)),
    "transposed sum": lambda x, y, d, c: ops.transpose(x) + ops.transpose(y),
    "swapaxes": lambda x, y, d, c: ops.swapaxes(x, 0, 1),
    "moveaxis": lambda x, y, d, c: ops.moveaxis(x, 0, -1),
    "rows": lambda x, y, d, c: ops.getitem(x, slice(1, 3)),
    "rows from the end": lambda x, y, d, c: ops.getitem(x, slice(-2, None)),
    "rows backwards": lambda x, y, d, c: ops.getitem(x, slice(None, None, -1)),
    "every second row": lambda x, y, d, c: ops.getitem(x, slice(None, None, 2)),
    "columns": lambda x, y, d, c: ops.getitem(x, (slice(None), slice(1, 3))),
    "every second column": lambda x, y, d, c: ops.getitem(x, (slice(None), slice(0, None, 2))),
    "columns backwards": lambda x, y, d, c: ops.getitem(x, (..., slice(None, None, -1))),
    "no columns": lambda x, y, d, c: ops.getitem(x, (..., slice(7, None))),
    "picked columns": lambda x, y, d, c: ops.getitem(x, (slice(None), [4, 1, 1])),
    "block": lambda x, y, d, c: ops.getitem(x, (slice(1, None), slice(2, None))),
    "taken columns": lambda x, y, d, c: ops.take(x, [0, -1], axis=1),
    "flip": lambda x, y, d, c: ops.flip(x),
    "repeat rows": lambda x, y, d, c: ops.repeat(x, 2, axis=0),
    "repeat columns": lambda x, y, d, c: ops.repeat(x, (1, 0, 2, 0, 1), axis=1),
    "tile": lambda x, y, d, c: ops.tile(x, (2, 3)),
    "pad": lambda x, y, d, c: ops.pad(x, ((1, 2), (3, 0))),
    "split": lambda x, y, d, c: ops.split(x, [2], axis=1)[1],
    "reshape": lambda x, y, d, c: ops.reshape(x, (-1, 1)),
    "reshape to rows": lambda x, y, d, c: ops.reshape(x, (5, -1)),
    "concatenate rows": lambda x, y, d, c: ops.concatenate([x, y, x], axis=0),
    "concatenate columns": lambda x, y, d, c: ops.concatenate([x, y], axis=-1),
    "stack": lambda x, y, d, c: ops.stack([x, y]),
    "expand_dims": lambda x, y, d, c: ops.expand_dims(x, 1),
    "ravel": lambda x, y, d, c: ops.ravel(x),
    "vstack": lambda x, y, d, c: ops.vstack([x, y]),
    "hstack": lambda x, y, d, c: ops.hstack([x, y]),
    "product of sparse": lambda x, y, d, c: ops.matmul(x, c),
    "product of a row by rows": lambda x, y, d, c: ops.matmul(x, ops.transpose(y)),
    "dot": lambda x, y, d, c: ops.dot(x, c),
}  # fmt: skip

BECOMES_DENSE: dict[str, Case] = {
    "plus number": lambda x, y, d, c: ops.add(x, 1),
    "exp": lambda x, y, d, c: ops.exp(x),
    "sigmoid": lambda x, y, d, c: ops.sigmoid(x),
    "power 0": lambda x, y, d, c: ops.power(x, 0),
    "times inf": lambda x, y, d, c: ops.multiply(x, np.inf),
    "equal": lambda x, y, d, c: ops.equal(x, 0),
    "less_equal": lambda x, y, d, c: ops.less_equal(x, 0),
    "clip above 0": lambda x, y, d, c: ops.clip(x, 0.25, 1),
    "plus row": lambda x, y, d, c: ops.add(x, ROW),
    "over each other": lambda x, y, d, c: ops.divide(x, y),
    "softmax": lambda x, y, d, c: ops.softmax(x),
    "cumsum": lambda x, y, d, c: ops.cumsum(x, axis=1),
    "a column": lambda x, y, d, c: ops.getitem(x, (slice(None), 2)),
    "concatenate with dense": lambda x, y, d, c: ops.concatenate([x, d], axis=1),
    "variance": lambda x, y, d, c: ops.var(x, axis=1),
    "logsumexp": lambda x, y, d, c: ops.logsumexp(x, axis=1),
    "pad with 1": lambda x, y, d, c: ops.pad(x, 1, constant_values=1),
}  # fmt: skip

# dense by nature: the result is none of a sparse value made dense
IS_DENSE: dict[str, Case] = {
    "plus dense": lambda x, y, d, c: ops.add(x, d),
    "dense minus": lambda x, y, d, c: ops.subtract(d, x),
    "maximum with dense": lambda x, y, d, c: ops.maximum(x, d),
    "product": lambda x, y, d, c: ops.matmul(x, WEIGHTS),
    "product with a vector": lambda x, y, d, c: ops.matmul(x, ROW),
    "dense @ sparse": lambda x, y, d, c: ops.matmul(d, c),
    "dense @ transposed": lambda x, y, d, c: ops.matmul(d, ops.transpose(x)),
    "transposed @ dense": lambda x, y, d, c: ops.matmul(ops.transpose(x), d),
    "sum": lambda x, y, d, c: ops.sum(x),
    "sum of rows": lambda x, y, d, c: ops.sum(x, axis=1, keepdims=True),
    "sum of columns": lambda x, y, d, c: ops.sum(x, axis=0),
    "mean of rows": lambda x, y, d, c: ops.mean(x, axis=1),
    "max of rows": lambda x, y, d, c: ops.max(x, axis=1),
    "max of rows from 1": lambda x, y, d, c: ops.max(x, axis=1, initial=1),
    "min of rows": lambda x, y, d, c: ops.min(x, axis=1, keepdims=True),
    "prod of rows": lambda x, y, d, c: ops.prod(x, axis=1),
    "any of rows": lambda x, y, d, c: ops.any(x, axis=1),
    "all of rows": lambda x, y, d, c: ops.all(x, axis=1),
    "any of columns": lambda x, y, d, c: ops.any(x, axis=0),
    "count": lambda x, y, d, c: ops.count_nonzero(x),
    "count of columns": lambda x, y, d, c: ops.count_nonzero(x, axis=0),
    "to_dense": lambda x, y, d, c: ops.to_dense(x),
}  # fmt: skip

CASES = {**STAYS_SPARSE, **BECOMES_DENSE, **IS_DENSE}
ENTRIES = st.sampled_from([0.0, 0.0, 0.0, 0.0, 1.0, -2.0, 0.25, 3.5])


@st.composite
def batches(draw: st.DrawFn) -> tuple[Any, Any, np.ndarray]:
    """x, y with stored zeros and empty rows, and d."""
    rows = draw(st.integers(0, 5))
    numbers = st.lists(ENTRIES, min_size=rows * 5, max_size=rows * 5)
    x, y = (sp.csr_array(np.float32(draw(numbers)).reshape(rows, 5)) for _ in range(2))
    if y.nnz:
        y.data[draw(st.integers(0, y.nnz - 1))] = 0
    d = np.float32([1, -2, 0.5, 3, -1] * rows).reshape(rows, 5) + np.float32(0.125)
    return x, y, d


def dense_of(value: Any) -> np.ndarray:
    return value.toarray() if sp.issparse(value) else np.asarray(value)


def require_canonical(found: Any) -> None:
    """A CSR matrix with rising columns; of another rank, places that rise."""
    assert found.has_canonical_format
    if found.ndim == 2:
        assert isinstance(found, sp.csr_array)
        found.check_format()
    else:
        assert isinstance(found, sp.coo_array)
        keys = np.ravel_multi_index(found.coords, found.shape) if found.nnz else np.zeros(0)
        assert (np.diff(keys) > 0).all()


def drawn(case: Case) -> Function:
    x, y = kg.Input((5,), sparse=True), kg.Input((5,), sparse=True)
    d = kg.Input((5,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kg.DensifyWarning)
        return Function([x, y, d], case(x, y, d, sp.csr_array(WEIGHTS)))


# written with Python's operators, which are SciPy's own on SciPy's values
OPERATORS = {
    "minus", "times number", "over number", "floor_divide", "mod", "power", "greater", "less",
    "not_equal", "where", "where of dense", "where of both", "times dense", "dense times",
    "times column", "times a computed number", "and", "plus", "minus each other", "plus itself",
    "three", "transposed sum",
}  # fmt: skip

COMPILED: dict[str, CompiledGraph] = {}


def compiled(name: str) -> tuple[Function, CompiledGraph]:
    function = drawn(CASES[name])
    if name not in COMPILED:
        COMPILED[name] = compile_function(function)
    return function, COMPILED[name]


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=12, deadline=None)
@given(batches())
@pytest.mark.filterwarnings("ignore::kgraph.types.densify.DensifyWarning")
def test_sparse_forms_agree_with_dense_ones(name: str, batch: tuple[Any, Any, Any]) -> None:
    x, y, d = batch
    with np.errstate(all="ignore"):
        expected = np.asarray(CASES[name](x.toarray(), y.toarray(), d, WEIGHTS))
        eager = CASES[name](x, y, d, sp.csr_array(WEIGHTS)) if name not in OPERATORS else None
    function, graph = compiled(name)
    check(function, [x, y, d], graph)
    for found in (graph(x, y, d), eager):
        if found is None:
            continue
        assert sp.issparse(found) == (name in STAYS_SPARSE)
        assert (dense_of(found).shape, dense_of(found).dtype) == (expected.shape, expected.dtype)
        rtol, atol = tolerance(expected.dtype)
        np.testing.assert_allclose(dense_of(found), expected, rtol, atol)
        if sp.issparse(found):
            require_canonical(found)


@pytest.mark.parametrize("name", CASES)
def test_the_kind_is_known_when_the_graph_is_drawn(name: str) -> None:
    (output,) = drawn(CASES[name]).outputs
    assert output.sparse == (name in STAYS_SPARSE)


@pytest.mark.parametrize("name", BECOMES_DENSE)
def test_who_makes_a_value_dense_says_so_once(name: str) -> None:
    x, y = kg.Input((5,), sparse=True), kg.Input((5,), sparse=True)
    with pytest.warns(kg.DensifyWarning) as said:
        BECOMES_DENSE[name](x, y, kg.Input((5,)), WEIGHTS)
    assert len(said) == 1


@pytest.mark.parametrize("name", [*STAYS_SPARSE, *IS_DENSE])
def test_others_say_nothing(name: str) -> None:
    x, y = kg.Input((5,), sparse=True), kg.Input((5,), sparse=True)
    CASES[name](x, y, kg.Input((5,)), sp.csr_array(WEIGHTS))  # a warning would be an error


@pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "int64", "uint8", "float64"])
def test_products_and_sums_of_every_dtype(dtype: str) -> None:
    dense = np.array([[0, 1, 0, 3, 0], [0, 0, 0, 0, 0], [2, 0, 0, 0, 1]]).astype(dtype)
    x = kg.Input((5,), sparse=True, dtype=dtype)
    right = np.arange(10).reshape(5, 2).astype(dtype)
    cases: list[Case] = [
        lambda v, r: ops.matmul(v, r), lambda v, r: ops.matmul(v, ops.transpose(v)),
        lambda v, r: ops.sum(v, axis=1), lambda v, r: ops.add(v, v[::-1]),
        lambda v, r: ops.matmul(ops.transpose(r), ops.transpose(v)),
    ]  # fmt: skip
    for case in cases:
        expected = np.asarray(case(dense, right))
        found = kg.Model(x, case(x, right))(sp.csr_array(dense))
        assert dense_of(found).dtype == expected.dtype
        np.testing.assert_array_equal(dense_of(found), expected)
