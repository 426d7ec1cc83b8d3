"""What is done along the rows of ragged values is what is done to each row by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import kgraph as kg
from kgraph import ops
from kgraph.types.errors import KGraphTypeError, ShapeError
from kgraph.types.ragged import RaggedTensor
from tests.ops.ragged_cases import (
    NESTED,
    ROWS,
    EveryWay,
    Rows,
    drawn,
    every_way,
    plain,
    ragged,
    rows,
)

SETTINGS = settings(max_examples=12, deadline=None)
ODD = [[np.nan, 1.0, np.nan], [], [-0.0, 0.0, np.inf, -np.inf], [2.0]]


def each(of_row: Callable[[list[Any]], Any], nested: Rows, depth: int) -> Any:
    """``of_row`` of every innermost row."""
    if depth == 0:
        return of_row(nested)
    return [each(of_row, inner, depth - 1) for inner in nested]


def argbest(best: Callable[..., Any]) -> Callable[[list[Any]], int]:
    return lambda row: row.index(best(row)) if row else -1


def order(row: list[Any]) -> list[int]:
    return sorted(range(len(row)), key=row.__getitem__)


ALONG_ROWS: dict[str, tuple[Callable[..., Any], Callable[[list[Any]], Any]]] = {
    "sort": (lambda x: ops.sort(x, -1), sorted),
    "argsort": (lambda x: ops.argsort(x, -1), order),
    "argmax": (lambda x: ops.argmax(x, -1), argbest(max)),
    "argmin": (lambda x: ops.argmin(x, -1), argbest(min)),
    "cumsum": (lambda x: ops.cumsum(x, -1), lambda row: np.cumsum(row).tolist()),
    "cumprod": (lambda x: ops.cumprod(x, -1), lambda row: np.cumprod(row).tolist()),
    "cummax": (lambda x: ops.cummax(x, -1), lambda row: np.maximum.accumulate(row).tolist()),
    "cummin": (lambda x: ops.cummin(x, -1), lambda row: np.minimum.accumulate(row).tolist()),
    "flip": (lambda x: ops.flip(x, -1), lambda row: row[::-1]),
    "repeat": (lambda x: ops.repeat(x, 2, -1), lambda row: [v for v in row for _ in range(2)]),
    "tile": (lambda x: ops.tile(x, 3), lambda row: row * 3),
}


@pytest.mark.parametrize("name", ALONG_ROWS)
@pytest.mark.parametrize("depth", [1, 2])
def test_along_the_innermost_rows(name: str, depth: int) -> None:
    call, of_row = ALONG_ROWS[name]
    both = EveryWay(call)

    @SETTINGS
    @given(rows(depth))
    def check(nested: Rows) -> None:
        assert both(ragged(nested, depth, "float64")) == each(of_row, nested, depth)

    check()


@pytest.mark.parametrize("name", ALONG_ROWS)
def test_odd_numbers_stay_in_their_row(name: str) -> None:
    call, _ = ALONG_ROWS[name]
    found = every_way(call, ragged(ODD))
    for row, got in zip(ODD, found, strict=True):
        if row or not name.startswith("arg"):
            np.testing.assert_array_equal(got, plain(call(np.array(row, "float32"))))


@pytest.mark.parametrize("name", ALONG_ROWS)
@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "bool", "float16"])
def test_items_keep_the_dtypes_that_they_have_in_dense_values(name: str, dtype: str) -> None:
    call, _ = ALONG_ROWS[name]
    items = np.array([3, 1, 1, 0, 2]).astype(dtype)
    x = RaggedTensor.from_row_lengths(items, [3, 0, 2])
    dense = call(items[None, :3])
    every_way(call, x)
    assert call(x).dtype == dense.dtype
    assert plain(call(x))[0] == plain(dense)[0]


@pytest.mark.parametrize("name", ALONG_ROWS)
def test_items_that_are_arrays_go_column_by_column(name: str) -> None:
    items = np.array([[3, 1], [1, 2], [2, 2], [0, 5]], "float32")
    x = RaggedTensor.from_row_lengths(items, [0, 3, 1])
    axis: dict[str, Any] = {"tile": (1, 3, 1)}

    def along(x: Any) -> Any:
        if name == "repeat":
            return ops.repeat(x, 2, 1)
        return getattr(ops, name)(x, axis.get(name, 1))

    def on_row(row: Any) -> Any:
        if name == "repeat":
            return np.repeat(row, 2, 0)
        return getattr(ops, name)(row, (3, 1) if name == "tile" else 0)

    found = every_way(along, x)
    assert found[1] == plain(on_row(items[:3]))
    assert found[2] == plain(on_row(items[3:]))
    assert found[0] == ([-1, -1] if name.startswith("argm") else [])


def test_long_and_short_rows_have_exact_running_totals() -> None:
    lengths = [1, 700, 0, 3, 64, 65, 2, 1]
    numbers = np.random.default_rng(3).normal(size=sum(lengths)).astype("float32")
    x = RaggedTensor.from_row_lengths(numbers, lengths)
    for call, of_row in ((ops.cumsum, np.cumsum), (ops.cumprod, np.cumprod)):
        for got, row in zip(call(x, 1), x, strict=True):
            np.testing.assert_array_equal(got, of_row(row))


def test_argmax_over_all_items_and_with_axes_kept() -> None:
    assert every_way(ops.argmax, ragged(ROWS)) == 5
    assert every_way(ops.argmax, ragged([[], []])) == -1
    assert every_way(lambda x: ops.argmax(x, keepdims=True), ragged(NESTED, 2)) == [[[6]]]
    assert every_way(lambda x: ops.argmax(x, 1, keepdims=True), ragged(ROWS)) == [
        [0],
        [-1],
        [0],
        [0],
    ]


def test_without_an_axis_rows_do_not_matter() -> None:
    flat = [item for row in ROWS for item in row]
    assert every_way(lambda x: ops.cumsum(x), ragged(ROWS)) == np.cumsum(flat).tolist()
    assert every_way(lambda x: ops.repeat(x, 2), ragged(ROWS)) == np.repeat(flat, 2).tolist()


def reversed_at(nested: Rows, axis: int) -> Rows:
    return nested[::-1] if axis == 0 else [reversed_at(row, axis - 1) for row in nested]


def repeated_at(nested: Rows, axis: int, times: int) -> Rows:
    if axis == 0:
        return [item for item in nested for _ in range(times)]
    return [repeated_at(row, axis - 1, times) for row in nested]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("depth", [1, 2])
def test_rows_are_turned_round_repeated_and_tiled_whole(axis: int, depth: int) -> None:
    if axis > depth:
        axis -= 3

    place = axis % (depth + 1)
    counts = [2 if n == place else 1 for n in range(depth + 1)]
    flip, repeat = EveryWay(lambda x: ops.flip(x, axis)), EveryWay(lambda x: ops.repeat(x, 2, axis))
    tile = EveryWay(lambda x: ops.tile(x, counts))

    @SETTINGS
    @given(rows(depth))
    def check(nested: Rows) -> None:
        x = ragged(nested, depth)
        assert flip(x) == reversed_at(nested, place)
        assert repeat(x) == repeated_at(nested, place, 2)
        assert tile(x) == joined(nested, nested, place)

    check()


def joined(a: Rows, b: Rows, axis: int) -> Rows:
    return a + b if axis == 0 else [joined(x, y, axis - 1) for x, y in zip(a, b, strict=True)]


def test_flip_on_all_axes_and_on_inner_ones() -> None:
    assert every_way(lambda x: ops.flip(x), ragged(ROWS)) == [row[::-1] for row in ROWS[::-1]]
    x = RaggedTensor.from_row_lengths(np.arange(6.0).reshape(3, 2), [2, 0, 1])
    assert every_way(lambda x: ops.flip(x, (0, 2)), x) == [[[5, 4]], [], [[1, 0], [3, 2]]]


def grown(nested: Rows, by: float) -> Rows:
    return [grown(row, by) if isinstance(row, list) else row + by for row in nested]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_values_join_on_every_ragged_axis(depth: int) -> None:
    along = [
        EveryWay(lambda x, y, axis=axis: ops.concatenate([x, y, x], axis))
        for axis in range(depth + 1)
    ]

    @SETTINGS
    @given(rows(depth, 3), rows(depth, 3))
    def check(a: Rows, b: Rows) -> None:
        assert plain(ops.concatenate([ragged(a, depth), ragged(b, depth)], 0)) == a + b
        count = min(len(a), len(b))
        a, b = a[:count], b[:count]
        x, y, z = (ragged(nested, depth) for nested in (a, b, grown(a, 0.5)))
        for axis, join in enumerate(along):
            assert join(x, z) == joined(joined(a, grown(a, 0.5), axis), a, axis)
        for axis in (0, 1):
            assert along[axis](x, y) == joined(joined(a, b, axis), a, axis)

    check()


def test_inner_rows_join_where_outer_ones_are_alike() -> None:
    a, b = [[[1.0], []], [], [[2.0, 3.0]]], [[[7.0, 8.0], [9.0]], [], [[]]]
    x, y = ragged(a, 2), ragged(b, 2)

    def join(x: Any, y: Any) -> Any:
        return ops.concatenate([x, y], 2)

    assert every_way(join, x, y) == [[[1, 7, 8], [9]], [], [[2, 3]]]
    other = ragged([[[1.0]], [[2.0]], [[3.0]]], 2)
    with pytest.raises(ShapeError, match="rows of different lengths"):
        join(x, other)
    inputs = [kg.Input((None, None), ragged=True) for _ in range(2)]
    model = kg.Model(inputs, join(*inputs))
    for _ in range(2):
        with pytest.raises(ShapeError, match="rows of different lengths"):
            model([x, other])


def test_dense_values_join_as_rows_of_one_length() -> None:
    x, d = ragged(ROWS), np.arange(8, dtype="float32").reshape(4, 2)
    assert every_way(lambda x, d: ops.concatenate([x, d], 1), x, d) == [
        row + more for row, more in zip(ROWS, d.tolist(), strict=True)
    ]
    assert every_way(lambda x, d: ops.concatenate([d, x], 0), x, d) == d.tolist() + ROWS
    inputs = [kg.Input((None,), ragged=True), kg.Input((None,))]
    model = kg.Model(inputs, ops.concatenate(inputs, 1))
    for width in (2, 0, 1):
        found = model([x, d[:, :width]]).to_list()
        assert found == [a + b for a, b in zip(ROWS, d[:, :width].tolist(), strict=True)]
    cube = np.arange(8, dtype="float32").reshape(4, 1, 2)
    assert every_way(lambda x, d: ops.concatenate([x, d], 1), ragged(NESTED, 2), cube) == [
        row + more for row, more in zip(NESTED, cube.tolist(), strict=True)
    ]


def test_a_constant_joins_inner_rows_where_there_are_as_many() -> None:
    cube = np.ones((2, 1, 2), "float32")
    x = ragged([[[1.0]], [[2.0, 3.0]]], 2)
    model = drawn(lambda x: ops.concatenate([x, cube], 2), [x])
    assert model([x]).to_list() == [[[1, 1, 1]], [[2, 3, 1, 1]]]
    for other in ([[[1.0], [2.0]], []], [[[1.0]], [[2.0], []]], [[[1.0]]]):
        with pytest.raises(ShapeError):
            model([ragged(other, 2)])


def test_what_cannot_join_is_refused() -> None:
    x = ragged(ROWS)
    with pytest.raises(ShapeError, match="different numbers of axes"):
        ops.concatenate([x, ragged(NESTED, 2)], 1)
    with pytest.raises(ShapeError, match="different numbers of rows"):
        ops.concatenate([x, x[:2]], 1)
    with pytest.raises(ShapeError, match="axis 2 is out of bounds"):
        ops.concatenate([x, x], 2)


def test_row_splits_of_both_dtypes_join() -> None:
    x, y = ragged(ROWS).with_row_splits_dtype("int32"), ragged(ROWS)
    for axis in (0, 1):
        found = ops.concatenate([x, y], axis)
        assert found.to_list() == joined(ROWS, ROWS, axis)
        assert found.row_splits.dtype == np.int64
        assert ops.concatenate([x, x], axis).row_splits.dtype == np.int32
    assert ops.expand_dims(x, 0).nested_row_splits[0].dtype == np.int32


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_a_new_axis_stands_anywhere(axis: int) -> None:
    place = axis % 3
    found = every_way(lambda x: ops.expand_dims(x, axis), ragged(ROWS))
    assert (
        found
        == {
            0: [ROWS],
            1: [[row] for row in ROWS],
            2: [[[item] for item in row] for row in ROWS],
        }[place]
    )
    stacked = every_way(lambda x: ops.stack([x, x * 2], axis), ragged(ROWS))
    twice = [[2 * item for item in row] for row in ROWS]
    assert (
        stacked
        == {
            0: [ROWS, twice],
            1: [[a, b] for a, b in zip(ROWS, twice, strict=True)],
            2: [
                [[x, y] for x, y in zip(a, b, strict=True)]
                for a, b in zip(ROWS, twice, strict=True)
            ],
        }[place]
    )


def test_new_axes_between_nested_rows() -> None:
    x = ragged(NESTED, 2)
    assert every_way(lambda x: ops.expand_dims(x, 2), x) == [[[i] for i in row] for row in NESTED]
    assert every_way(lambda x: ops.expand_dims(x, (0, 2)), x) == [[[row] for row in NESTED]]


@pytest.mark.parametrize(
    "call",
    [
        lambda x: ops.sort(x, 0),
        lambda x: ops.argsort(x, 0),
        lambda x: ops.argmax(x, 0),
        lambda x: ops.argmin(x, 0),
    ],
)
def test_items_below_each_other_are_refused_with_a_way_out(call: Any) -> None:
    for x in (ragged(ROWS), kg.Input((None,), ragged=True)):
        with pytest.raises(ShapeError, match=r"along axis 0 items of rows(.|\n)*axis 1"):
            call(x)


def test_counts_that_do_not_fit_are_refused() -> None:
    x = ragged(ROWS)
    with pytest.raises(ShapeError, match="rows of different lengths have no equal parts"):
        ops.split(x, 2, 1)
    with pytest.raises(KGraphTypeError, match="one count for all items"):
        ops.repeat(x, [1, 2, 3, 4], 0)
    with pytest.raises(ShapeError, match="more counts than axes"):
        ops.tile(x, (1, 1, 2))
    with pytest.raises(ShapeError, match="once or more often"):
        ops.tile(x, (1, 0))
