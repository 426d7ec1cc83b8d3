"""Ops along the outer axes of ragged values: over the items at the same place of each row."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import kgraph as kg
from kgraph import ops
from kgraph.types.errors import ShapeError
from kgraph.types.ragged import RaggedTensor
from tests.ops.ragged_cases import NESTED, ROWS, EveryWay, Rows, every_way, ragged, rows

SETTINGS = settings(max_examples=12, deadline=None)
NONE = object()


def columns(nested: Rows) -> Rows:
    """The items below each other, for each column."""
    return [[v for v in column if v is not NONE] for column in zip_longest(*nested, fillvalue=NONE)]


REDUCTIONS: dict[str, tuple[Callable[..., Any], Callable[[list[Any]], Any]]] = {
    "sum": (ops.sum, sum),
    "prod": (ops.prod, lambda column: float(np.prod(column))),
    "max": (ops.max, max),
    "min": (ops.min, min),
    "mean": (ops.mean, lambda column: float(np.mean(column))),
    "var": (ops.var, lambda column: float(np.var(column))),
    "any": (ops.any, any),
    "all": (ops.all, all),
    "count_nonzero": (ops.count_nonzero, np.count_nonzero),
    "logsumexp": (ops.logsumexp, lambda column: float(np.logaddexp.reduce(column))),
}


def close(found: Any, expected: Any) -> None:
    """Nested lists of the same form with the same numbers."""
    if isinstance(expected, list):
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            close(a, b)
    else:
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_over_axis_0(name: str) -> None:
    call, of_column = REDUCTIONS[name]
    both = EveryWay(lambda x: call(x, axis=0))

    @SETTINGS
    @given(rows(1))
    def check(nested: Rows) -> None:
        expected = [of_column(column) for column in columns(nested)]
        close(both(ragged(nested, 1, "float64")), expected)

    check()


@pytest.mark.parametrize("name", ["sum", "max", "mean"])
def test_reductions_over_the_outer_axes_of_nested_rows(name: str) -> None:
    call, of_column = REDUCTIONS[name]
    over = {axes: EveryWay(lambda x, a=axes: call(x, axis=a)) for axes in (0, 1, (0, 1))}

    @SETTINGS
    @given(rows(2, 3))
    def check(nested: Rows) -> None:
        x = ragged(nested, 2, "float64")
        inner = [[of_column(column) for column in columns(row)] for row in nested]
        close(over[1](x), inner)
        merged = [items for row in nested for items in row]
        close(over[(0, 1)](x), [of_column(column) for column in columns(merged)])
        outer = [[of_column(column) for column in columns(group)] for group in columns(nested)]
        close(over[0](x), outer)

    check()


def test_axes_of_size_1_stay_where_asked() -> None:
    assert every_way(lambda x: ops.sum(x, 0, keepdims=True), ragged(ROWS)) == [[8.5, 1.0, 0.5]]
    found = every_way(lambda x: ops.sum(x, 1, keepdims=True), ragged(NESTED, 2))
    assert found == [[[3, 5]], [[]], [[3]], [[4, -1, 6]]]


def test_items_that_are_arrays() -> None:
    items = np.arange(12, dtype="float32").reshape(4, 3)
    x = RaggedTensor.from_row_lengths(items, [1, 0, 3])
    expected = [(items[0] + items[1]).tolist(), items[2].tolist(), items[3].tolist()]
    assert every_way(lambda x: ops.sum(x, 0), x) == expected
    assert every_way(lambda x: ops.sum(x, (0, 2)), x) == [sum(row) for row in expected]


def test_no_rows_and_no_items_have_no_columns() -> None:
    for nested in ([], [[], []]):
        assert every_way(lambda x: ops.sum(x, 0), ragged(nested)) == []


def test_axes_apart_are_refused() -> None:
    for x in (ragged(NESTED, 2), kg.Input((None, None), ragged=True)):
        with pytest.raises(ShapeError, match="do not lie together"):
            ops.sum(x, (0, 2))


def softmax(column: list[float]) -> list[float]:
    powers = np.exp(np.array(column) - max(column))
    return (powers / powers.sum()).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("call", "of_column"),
    [
        (ops.softmax, softmax),
        (ops.log_softmax, lambda column: np.log(softmax(column)).tolist()),
        (ops.cumsum, lambda column: np.cumsum(column).tolist()),
        (ops.cumprod, lambda column: np.cumprod(column).tolist()),
        (ops.cummax, lambda column: np.maximum.accumulate(column).tolist()),
    ],
)
def test_what_keeps_all_items_leaves_them_in_their_rows(call: Any, of_column: Any) -> None:
    over_0, over_1 = EveryWay(lambda x: call(x, axis=0)), EveryWay(lambda x: call(x, axis=1))

    def expected(nested: Rows) -> Rows:
        below = [iter(of_column(column)) for column in columns(nested)]
        return [[next(below[place]) for place in range(len(row))] for row in nested]

    @SETTINGS
    @given(rows(2, 3))
    def check(nested: Rows) -> None:
        close(over_1(ragged(nested, 2, "float64")), [expected(row) for row in nested])
        flat = [row for group in nested for row in group]
        close(over_0(ragged(flat, 1, "float64")), expected(flat))

    check()
