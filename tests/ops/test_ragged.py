"""Ops on ragged values: what they give is what they give row by row."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from kgraph import ops
from kgraph.ops.composite import values as values_of
from kgraph.ops.op import Op, lookup
from kgraph.types.ragged import RaggedTensor
from tests.ops.tracing import plain, traced
from tests.tolerances import tolerance

SPLITS = np.array([0, 3, 3, 4, 9])
RNG = np.random.default_rng(7)
SCALARS = RaggedTensor.from_row_splits(RNG.normal(size=9).astype("float32"), SPLITS)
VECTORS = RaggedTensor.from_row_splits(RNG.normal(size=(9, 5)).astype("float32"), SPLITS)
NESTED = RaggedTensor.from_nested_row_splits(
    RNG.normal(size=(9, 2)).astype("float32"), [np.array([0, 2, 2, 4]), SPLITS]
)


def rows(x: RaggedTensor) -> list[np.ndarray]:
    bounds = x.nested_row_splits[-1]
    return [x.flat_values[a:b] for a, b in pairwise(bounds)]


def both_ways(op: Op, *inputs: Any, **attrs: Any) -> Any:
    """The eager result, after the traced one was found equal to it."""
    bound, frozen = op.bind(inputs, attrs)
    eager = op.compute(bound, frozen)
    graph = plain(op.apply(traced(bound), frozen))
    assert type(graph) is type(eager)
    if isinstance(eager, RaggedTensor):
        close(graph.flat_values, eager.flat_values)
        for a, b in zip(graph.nested_row_splits, eager.nested_row_splits, strict=True):
            np.testing.assert_array_equal(a, b)
    else:
        close(graph, eager)
    return eager


def close(found: Any, expected: Any) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    rtol, atol = tolerance(found.dtype)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


REDUCTIONS = ["sum", "prod", "max", "min", "any", "all", "mean", "var", "std", "logsumexp"]
OVER_NOTHING = {"mean": 0, "var": 0, "std": 0, "logsumexp": -np.inf}


@pytest.mark.parametrize("x", [SCALARS, VECTORS], ids=["scalars", "vectors"])
@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reducing_along_rows(name: str, x: RaggedTensor, keepdims: bool) -> None:
    op = lookup(name)
    found = both_ways(op, x, axis=1, keepdims=keepdims)
    for number, row in enumerate(rows(x)):
        if len(row):
            expected = op(row, axis=0, keepdims=keepdims)
        else:
            empty = OVER_NOTHING.get(name)
            shape = ((1,) if keepdims else ()) + x.flat_values.shape[1:]
            expected = np.full(shape, op(row, axis=0) if empty is None else empty, found.dtype)
        close(found[number], expected)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reducing_inner_axes_keeps_the_rows(name: str) -> None:
    op = lookup(name)
    found = both_ways(op, VECTORS, axis=-1)
    close(found.flat_values, op(VECTORS.flat_values, axis=-1))


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reducing_everything(name: str) -> None:
    op = lookup(name)
    close(both_ways(op, VECTORS), op(VECTORS.flat_values))
    kept = both_ways(op, VECTORS, keepdims=True)
    assert kept.shape == (1, 1, 1)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reducing_rows_and_their_items_together(name: str) -> None:
    op = lookup(name)
    found = both_ways(op, VECTORS, axis=(1, 2))
    for number, row in enumerate(rows(VECTORS)):
        if len(row):
            close(found[number], op(row))


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_two_ragged_axes(name: str) -> None:
    op = lookup(name)
    inner = both_ways(op, NESTED, axis=2)
    assert isinstance(inner, RaggedTensor)
    close(inner.flat_values, op(RaggedTensor.from_row_splits(NESTED.flat_values, SPLITS), axis=1))
    merged = RaggedTensor.from_row_splits(NESTED.flat_values, SPLITS[[0, 2, 2, 4]])
    close(both_ways(op, NESTED, axis=(1, 2)), op(merged, axis=1))
    assert both_ways(op, NESTED, axis=2, keepdims=True).shape == (3, None, 1, 2)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("x", [SCALARS, VECTORS], ids=["scalars", "vectors"])
def test_softmax_along_rows(name: str, x: RaggedTensor) -> None:
    op = lookup(name)
    found = both_ways(op, x, axis=1)
    for row, expected in zip(rows(found), rows(x), strict=True):
        if len(row):
            close(row, op(expected, axis=0))


def test_softmax_of_scalars_takes_the_ragged_axis_by_default() -> None:
    close(both_ways(ops.softmax, SCALARS).flat_values, ops.softmax(SCALARS, axis=1).flat_values)


def test_softmax_of_large_items_does_not_overflow() -> None:
    x = RaggedTensor.from_row_splits(np.float32([1000, 999, -np.inf]), [0, 2, 3])
    found = both_ways(ops.softmax, x, axis=1).flat_values
    close(found[:2], ops.softmax(np.float32([1000, 999])))
    assert np.isnan(found[2])  # nothing but -inf, as in a dense row


def test_rows_of_other_lengths_are_refused() -> None:
    other = RaggedTensor.from_row_splits(SCALARS.flat_values, [0, 1, 3, 4, 9])
    with pytest.raises(ValueError, match="add: the ragged operands have rows of different lengths"):
        ops.add(SCALARS, other)


def test_a_column_is_repeated_along_each_row() -> None:
    column = np.float32([[1], [2], [3], [4]])
    found = both_ways(ops.add, SCALARS, column)
    for number, (row, x) in enumerate(zip(rows(found), rows(SCALARS), strict=True)):
        close(row, x + np.float32(number + 1))


def test_bool_operands_promote_as_dense_ones_do() -> None:
    positive = both_ways(ops.greater, SCALARS, 0)
    assert ops.sum(positive, axis=1).dtype == "int32"
    close(ops.count_nonzero(positive, axis=1), ops.sum(positive, axis=1))


def test_components() -> None:
    close(both_ways(ops.flat_values, VECTORS), VECTORS.flat_values)
    close(both_ways(ops.row_splits, VECTORS), SPLITS)
    close(both_ways(ops.row_lengths, VECTORS), np.diff(SPLITS))
    close(both_ways(ops.value_rowids, VECTORS), VECTORS.value_rowids())
    close(both_ways(ops.nrows, VECTORS), np.int64(4))
    assert isinstance(both_ways(values_of, NESTED), RaggedTensor)
    close(both_ways(ops.value_rowids, NESTED), np.array([0, 0, 2, 2]))


def test_components_of_a_dense_value_are_refused() -> None:
    with pytest.raises(TypeError, match="row_splits: takes a ragged value"):
        ops.row_splits([1.0, 2.0])


@pytest.mark.parametrize("x", [SCALARS, VECTORS], ids=["scalars", "vectors"])
def test_to_dense_fills_up(x: RaggedTensor) -> None:
    close(both_ways(ops.to_dense, x, default_value=-1), x.to_tensor(-1))
    shape = (None, 2, *x.flat_values.shape[1:])
    cut = both_ways(ops.to_dense, x, shape=shape)
    close(cut, x.to_tensor(shape=shape))


def test_matmul_works_on_items() -> None:
    weights = RNG.normal(size=(5, 3)).astype("float32")
    found = both_ways(ops.matmul, VECTORS, weights)
    close(found.flat_values, VECTORS.flat_values @ weights)
    with pytest.raises(ValueError, match="matmul: cannot multiply these along rows"):
        ops.matmul(weights, VECTORS)


def test_take_looks_ragged_positions_up() -> None:
    ids = RaggedTensor.from_row_splits(np.int32([1, 0, -1]), [0, 2, 2, 3])
    table = np.float32([[1, 2], [3, 4], [5, 6]])
    close(both_ways(ops.take, table, ids, axis=0).flat_values, table[[1, 0, 2]])


def test_concatenate_rows_and_items() -> None:
    more = RaggedTensor.from_row_splits(np.float32([10, 20]), [0, 0, 2])
    found = both_ways(ops.concatenate, [SCALARS, more, SCALARS], axis=0)
    expected = SCALARS.to_list() + more.to_list() + SCALARS.to_list()
    assert found.to_list() == expected
    items = both_ways(ops.concatenate, [VECTORS, VECTORS], axis=-1)
    assert items.shape == (4, None, 10)
    longer = both_ways(ops.concatenate, [SCALARS, SCALARS], axis=1)
    assert longer.to_list() == [row + row for row in SCALARS.to_list()]


def test_inner_axes_move_and_rows_do_not() -> None:
    cubes = RaggedTensor.from_row_splits(RNG.normal(size=(9, 2, 3)).astype("float32"), SPLITS)
    assert both_ways(ops.transpose, cubes, axes=(0, 1, 3, 2)).shape == (4, None, 3, 2)
    assert both_ways(ops.expand_dims, cubes, axis=-1).shape == (4, None, 2, 3, 1)
    assert both_ways(ops.squeeze, ops.expand_dims(cubes, 2), axis=2).shape == cubes.shape
    close(both_ways(ops.getitem, cubes, key=(..., 0)).flat_values, cubes.flat_values[..., 0])
    close(both_ways(ops.flip, cubes, axis=2).flat_values, cubes.flat_values[:, ::-1])
    for call in (
        lambda: ops.transpose(cubes),
        lambda: ops.getitem(cubes, (slice(None), 0)),
        lambda: ops.squeeze(cubes, 1),
    ):
        with pytest.raises(ValueError, match="ragged"):
            call()


def test_an_op_without_meaning_on_rows_says_so() -> None:
    with pytest.raises(TypeError, match="reshape: has no meaning on ragged values"):
        ops.reshape(VECTORS, (-1,))


def test_ones_and_one_hot_keep_the_rows() -> None:
    assert both_ways(ops.ones_like, SCALARS).to_list() == [[1] * 3, [], [1], [1] * 5]
    ids = RaggedTensor.from_row_splits(np.int64([1, 0]), [0, 0, 2])
    close(both_ways(ops.one_hot, ids, num_classes=2).flat_values, np.float32([[0, 1], [1, 0]]))
