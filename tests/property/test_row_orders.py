"""What is done along whole rows, fused with its neighbours: eager, interpreted, compiled agree."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import kgraph as kg
from kgraph import ops
from kgraph.graph.function import Function
from kgraph.runtime.compiled import CompiledGraph, compile_function
from tests.property.comparing import assert_same_bits, interpreted, parts

DRAWN = settings(
    derandomize=True, deadline=None, max_examples=30, suppress_health_check=list(HealthCheck)
)
Call = Callable[[Any], Any]
# Exact on exact values: so the results are equal, not close.
ROW_BY_ROW: dict[str, Call] = {
    "top_none": lambda x: ops.top_k(x, 0),
    "top_one": lambda x: ops.top_k(x, 1),
    "top_some": lambda x: ops.top_k(x, 3),
    "top_all": lambda x: ops.top_k(x, x.shape[-1] or 3),
    "top_of_relu": lambda x: ops.top_k(ops.relu(x), 2),
    "top_against_the_row": lambda x: (
        ops.top_k(x, 2)[0] - ops.max(x, -1, keepdims=True),
        x - ops.top_k(x, 1)[0],
    ),
    "greatest_of_the_top": lambda x: ops.max(ops.top_k(x, 3)[0], -1),
    "second": lambda x: x > ops.top_k(x, 2)[0][..., 1:],
    "two_widths": lambda x: (ops.top_k(x, 2)[0], ops.top_k(x, 3)[0]),
    "top_of_the_top": lambda x: ops.top_k(ops.top_k(x, 3)[0], 2),
    "other_values": lambda x: ops.take_along_axis(x[..., ::-1], ops.top_k(x, 2)[1], -1),
    "sums": lambda x: ops.cumsum(x, -1),
    "sums_of_relu": lambda x: ops.cumsum(ops.relu(x), axis=x.ndim - 1),
    "products": lambda x: ops.cumprod(ops.clip(x, 0, 2), -1),
    "wide_sums": lambda x: ops.cumsum(x, -1, dtype="float64"),
    "whole_sums": lambda x: ops.cumsum(x > 0, -1, dtype="int64"),
    "sums_of_the_top": lambda x: ops.cumsum(ops.top_k(x, 3)[0], -1),
    "sorted": ops.sort,
    "sorted_relu": lambda x: ops.sort(ops.relu(x)) + x,
    "order": ops.argsort,
    "by_order": lambda x: ops.take_along_axis(x, ops.argsort(x), -1),
    "by_another_order": lambda x: ops.take_along_axis(x, ops.argsort(x[..., ::-1], 1), 1),
    "order_and_values": lambda x: (ops.argsort(x), ops.sort(x), ops.relu(x)),
    "ranks": lambda x: ops.argsort(ops.argsort(x)),
    "sorted_top": lambda x: ops.sort(ops.top_k(x, 3)[0]),
    "scaled_by_column": lambda x: ops.top_k(x, 3)[0] * np.array([1, 2, 4], x.dtype),
}
EXACT: dict[str, Call] = {
    **ROW_BY_ROW,
    "sums_of_all": ops.cumsum,
    "down_the_columns": lambda x: (ops.sort(x, 0), ops.argsort(x, 0), ops.cumsum(x, 0)),
}
DTYPES = ("float32", "float64", "int8", "int32", "int64", "uint16", "float16")


def elements(dtype: str) -> st.SearchStrategy[Any]:
    if dtype.startswith("float"):
        odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.5, 2.0]
        return st.sampled_from(odd) | st.integers(-9, 9).map(float)
    ends = np.iinfo(dtype)
    return st.sampled_from([0, 1, 2, int(ends.min), int(ends.max)])


def batches(dtype: str, *, width: int | None = None) -> st.SearchStrategy[np.ndarray]:
    widths = st.integers(3, 40) if width is None else st.just(width)
    shapes = st.tuples(st.integers(0, 6), widths)
    return shapes.flatmap(lambda shape: arrays.arrays(dtype, shape, elements=elements(dtype)))


def drawn(call: Call, dtype: str, width: int | None) -> Function:
    x = kg.Input((width,), dtype=dtype, name="x")
    return Function(x, call(x))


def assert_agree(compiled: CompiledGraph, call: Call, x: np.ndarray) -> None:
    with np.errstate(invalid="ignore"):  # inf - inf
        eager, wanted = parts(call(x)), interpreted(compiled, [x])
    for found, one, other in zip(parts(compiled(x)), eager, wanted, strict=True):
        np.testing.assert_array_equal(found, one, strict=True)
        np.testing.assert_array_equal(found, other, strict=True)


@pytest.mark.parametrize("name", EXACT)
def test_compiled_interpreted_and_eager_are_equal(name: str) -> None:
    call = EXACT[name]

    @cache
    def compiled(dtype: str, width: int | None) -> CompiledGraph:
        return compile_function(drawn(call, dtype, width))

    @DRAWN
    @given(st.data())
    def check(data: st.DataObject) -> None:
        dtype, width = data.draw(st.sampled_from(DTYPES)), data.draw(st.sampled_from([None, 8]))
        wide = name == "top_all" and width is None
        x = data.draw(batches(dtype, width=3 if wide else width))
        layout = data.draw(st.sampled_from([np.asarray, np.flipud, np.asfortranarray]))
        assert_agree(compiled(dtype, width), call, layout(x))

    check()


@pytest.mark.parametrize("name", EXACT)
def test_large_rows_and_cubes(name: str) -> None:
    call, rng = EXACT[name], np.random.default_rng(0)
    for dtype in ("float32", "int64"):
        x = rng.integers(-999, 999, (3, 5000)).astype(dtype)
        assert_agree(compile_function(drawn(call, dtype, 5000)), call, x)
        cube = kg.Input((4, 7), dtype=dtype)
        x = rng.integers(-9, 9, (5, 4, 7)).astype(dtype)
        assert_agree(compile_function(Function(cube, call(cube))), call, x)


@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_splits_and_threads_change_no_bit(name: str) -> None:
    x = np.random.default_rng(1).normal(size=(4000, 60)).astype(np.float32)
    function = drawn(ROW_BY_ROW[name], "float32", 60)
    alone = compile_function(function, threads=1)
    whole = parts(alone(x))
    assert_same_bits(parts(compile_function(function, threads=4)(x)), whole)
    for first, last in ((0, 1), (1, 18), (700, 3999)):
        assert_same_bits(parts(alone(x[first:last])), [part[first:last] for part in whole])


def test_a_row_with_too_few_elements_is_refused_before_anything_runs() -> None:
    compiled = compile_function(drawn(EXACT["top_some"], "float32", None))
    with pytest.raises(
        ValueError, match="top_k: 3 elements are asked for, and the last axis has 2"
    ):
        compiled(np.zeros((4, 2), np.float32))
    with pytest.raises(ValueError, match="top_k: 3 elements"):
        ops.top_k(np.zeros((4, 2)), 3)
    for k in (-1, 2.0, True):
        with pytest.raises((ValueError, TypeError), match="k is an int from 0 on"):
            ops.top_k(np.zeros((4, 2)), k)
