"""``take`` with ``batch_dims`` is ``np.take`` in each batch, and ``row[position]`` in lists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import ops
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError
from tests.ops.ragged_cases import NESTED, ROWS, EveryWay, Rows, every_way, ragged, rows

SETTINGS = settings(max_examples=25, deadline=None)


# -- dense values ----------------------------------------------------------------------------------


def taken(x: np.ndarray, ids: np.ndarray, axis: int, batches: int) -> np.ndarray:
    """By index arithmetic alone: no two axes are ever confused."""
    shape = (*x.shape[:axis], *ids.shape[batches:], *x.shape[axis + 1 :])
    found = np.empty(shape, x.dtype)
    own = len(ids.shape) - batches
    for at in np.ndindex(shape):
        lead, between = at[:batches], at[batches:axis]
        asked, rest = at[axis : axis + own], at[axis + own :]
        found[at] = x[(*lead, *between, ids[lead + asked], *rest)]
    return found


@st.composite
def dense_cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int, int]:
    batches = draw(st.integers(1, 2))
    lead = draw(st.lists(st.integers(0, 3), min_size=batches, max_size=batches))
    between = draw(st.lists(st.integers(0, 2), max_size=1))
    size = draw(st.integers(1, 4))
    rest = draw(st.lists(st.integers(1, 3), max_size=1))
    own = draw(st.lists(st.integers(0, 3), max_size=2))
    x = np.arange(int(np.prod([*lead, *between, size, *rest]))).astype("float32")
    seed = draw(st.integers(0, 2**32 - 1))
    dtype = draw(st.sampled_from(["int32", "int64", "int8"]))
    ids = np.random.default_rng(seed).integers(-size, size, (*lead, *own)).astype(dtype)
    return x.reshape(*lead, *between, size, *rest), ids, batches + len(between), batches


@SETTINGS
@given(dense_cases())
def test_dense_batches_agree_with_index_arithmetic(
    case: tuple[np.ndarray, np.ndarray, int, int],
) -> None:
    x, ids, axis, batches = case
    wanted = taken(x, ids, axis, batches)
    found = ops.take(x, ids, axis=axis, batch_dims=batches)
    assert found.shape == wanted.shape
    np.testing.assert_array_equal(found, wanted)
    symbols = [kg.Input(v.shape[1:], dtype=v.dtype) for v in (x, ids)]
    drawn = ops.take(*symbols, axis=axis, batch_dims=batches)
    assert drawn.shape[1:] == wanted.shape[1:]
    compiled = kg.Model(symbols, drawn)([x, ids])
    assert compiled.dtype == wanted.dtype
    np.testing.assert_array_equal(compiled, wanted)


def test_axes_may_count_from_the_end_and_be_left_out() -> None:
    x, ids = np.arange(24).reshape(2, 3, 4), np.array([[2, 0], [1, 1]])
    wanted = np.take_along_axis(x, ids[..., None], 1)
    for options in ({"batch_dims": 1}, {"axis": -2, "batch_dims": 1}, {"batch_dims": -1}):
        np.testing.assert_array_equal(ops.take(x, ids, **options), wanted)


def test_sizes_of_a_batch_may_be_unknown() -> None:
    x, ids = kg.Input((None, 4)), kg.Input((None,), dtype="int32")
    model = kg.Model([x, ids], ops.take(x, ids, batch_dims=1))
    for steps, count in ((3, 2), (5, 0), (1, 4)):
        data = np.random.default_rng(steps).normal(size=(2, steps, 4)).astype("float32")
        asked = np.random.default_rng(count).integers(-steps, steps, (2, count)).astype("int32")
        found = model([data, asked])
        np.testing.assert_array_equal(found, taken(data, asked, 1, 1))


def test_batches_that_only_a_batch_knows_must_agree() -> None:
    x, ids = kg.Input((None, 3)), kg.Input((None, 2), dtype="int32")
    model = kg.Model([x, ids], ops.take(x, ids, batch_dims=2))
    data, asked = np.arange(12.0).reshape(2, 2, 3), np.zeros((2, 2, 2), "int32")
    np.testing.assert_array_equal(model([data, asked]), taken(data, asked, 2, 2))
    for _ in range(2):
        with pytest.raises(ShapeError, match="take: 12 numbers do not fill the shape"):
            model([data, np.zeros((2, 3, 2), "int32")])


def test_a_position_of_the_next_batch_is_no_position_of_this_one() -> None:
    x, ids = np.arange(6.0).reshape(2, 3), np.array([[0], [3]])
    with pytest.raises(
        KGraphValueError, match=r"(?s)take: position 3 is not in its row.*3 entries"
    ):
        ops.take(x, ids, batch_dims=1)
    symbols = [kg.Input((3,)), kg.Input((1,), dtype="int64")]
    model = kg.Model(symbols, ops.take(*symbols, batch_dims=1))
    for bad in ([[0], [3]], [[-4], [0]]):
        for _ in range(2):
            with pytest.raises(KGraphValueError, match="position"):
                model([x, np.array(bad)])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x, i: ops.take(x, i, batch_dims=3), "batch_dims = 3 is out of bounds"),
        (lambda x, i: ops.take(x, i, batch_dims=-3), "batch_dims = -3 is out of bounds"),
        (lambda x, i: ops.take(x, i, axis=0, batch_dims=1), "axis 0 is not behind the 1 axes"),
        (lambda x, i: ops.take(i, i, batch_dims=2), "x has no axis behind those of the batches"),
        (lambda x, i: ops.take(x, i[:2], batch_dims=1), "different batches on axis 0"),
        (lambda x, i: ops.take(x, i * 1.0, batch_dims=1), "positions are integers"),
        (lambda x, i: ops.take(x, i, axis=9, batch_dims=1), "axis 9 is out of bounds"),
    ],
)
def test_what_has_no_meaning_is_refused(call: Any, text: str) -> None:
    x, ids = np.zeros((3, 2, 4), "float32"), np.zeros((3, 1), "int32")
    with pytest.raises(kg.KGraphError, match=text):
        call(x, ids)
    with pytest.raises(kg.KGraphError, match=text):
        call(kg.Input(batch_shape=(3, 2, 4)), kg.Input(batch_shape=(3, 1), dtype="int32"))


def test_batches_of_a_sparse_value_are_those_of_its_dense_form() -> None:
    x, ids = np.float32([[0, 2, 0], [3, 0, 4]]), np.int32([[1, 0], [-1, 0]])
    with pytest.warns(kg.DensifyWarning):
        found = ops.take(scipy.sparse.csr_array(x), ids, batch_dims=1)
    np.testing.assert_array_equal(found, taken(x, ids, 1, 1))


def test_a_graph_with_batches_comes_back_from_its_config() -> None:
    x, ids = kg.Input((5, 2)), kg.Input((3,), dtype="int32")
    model = kg.Model([x, ids], ops.take(x, ids, batch_dims=1))
    twin = kg.Model.from_config(model.get_config())
    feed = [np.arange(20, dtype="float32").reshape(2, 5, 2), np.int32([[0, 4, -1], [1, 1, 1]])]
    np.testing.assert_array_equal(twin(feed), model(feed))


# -- ragged values ---------------------------------------------------------------------------------


def positions(items: Rows, seed: int, at_most: int = 3) -> list[int]:
    """Positions in a row, some from its end; none in a row without items."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(0, at_most + 1)) if items else 0
    return rng.integers(-len(items), len(items), count).tolist() if count else []


SEEDS = st.integers(0, 2**32 - 1)


def test_ragged_positions_in_ragged_rows() -> None:
    take = EveryWay(lambda x, ids: ops.take(x, ids, batch_dims=1))

    @SETTINGS
    @given(rows(1), SEEDS)
    def check(nested: Rows, seed: int) -> None:
        ids = [positions(row, seed + at) for at, row in enumerate(nested)]
        wanted = [[row[i] for i in own] for row, own in zip(nested, ids, strict=True)]
        assert take(ragged(nested), ragged(ids, 1, "int32")) == wanted

    check()


def test_whole_rows_of_rows_are_taken() -> None:
    take = EveryWay(lambda x, ids: ops.take(x, ids, batch_dims=1))

    @SETTINGS
    @given(rows(2, 3), SEEDS)
    def check(nested: Rows, seed: int) -> None:
        ids = [positions(row, seed + at) for at, row in enumerate(nested)]
        wanted = [[row[i] for i in own] for row, own in zip(nested, ids, strict=True)]
        assert take(ragged(nested, 2), ragged(ids, 1, "int64")) == wanted

    check()


def test_two_axes_of_batches() -> None:
    take = EveryWay(lambda x, ids: ops.take(x, ids, batch_dims=2))

    @SETTINGS
    @given(rows(2, 3), SEEDS)
    def check(nested: Rows, seed: int) -> None:
        ids = [[positions(items, seed + at) for at, items in enumerate(row)] for row in nested]
        wanted = [
            [[items[i] for i in own] for items, own in zip(row, asked, strict=True)]
            for row, asked in zip(nested, ids, strict=True)
        ]
        assert take(ragged(nested, 2), ragged(ids, 2, "int32")) == wanted

    check()


def test_one_position_for_each_row() -> None:
    take = EveryWay(lambda x, ids: ops.take(x, ids, batch_dims=1))
    full = [row for row in ROWS if row]
    assert take(ragged(full), np.int32([-1, 0, 0])) == [full[0][-1], full[1][0], full[2][0]]
    deep = [row for row in NESTED if row]
    assert take(ragged(deep, 2), np.int32([-1, 0, 1])) == [deep[0][-1], deep[1][0], deep[2][1]]
    twice = EveryWay(lambda x, ids: ops.take(x, ids, batch_dims=2))
    inner = [[items for items in row if items] for row in NESTED]
    ids = [[-1 for _ in row] for row in inner]
    wanted = [[items[-1] for items in row] for row in inner]
    assert twice(ragged(inner, 2), ragged(ids, 1, "int32")) == wanted


def test_an_axis_between_is_asked_for_the_same_positions() -> None:
    x = [[[1, 2], [3]], [[4, 5, 6]], []]
    found = every_way(
        lambda x, ids: ops.take(x, ids, axis=2, batch_dims=1),
        ragged(x, 2),
        ragged([[0], [2, 1], []], 1, "int32"),
    )
    assert found == [[[1], [3]], [[6, 5]], []]


def test_dense_beside_ragged() -> None:
    take = EveryWay(lambda x, ids: ops.take(x, ids, batch_dims=1))
    table = np.arange(24, dtype="float32").reshape(2, 4, 3)
    ids = [[3, 0], [-1]]
    wanted = [[table[b, i].tolist() for i in own] for b, own in enumerate(ids)]
    assert take(table, ragged(ids, 1, "int32")) == wanted
    assert take(table[..., 0], ragged(ids, 1, "int32")) == [
        [table[b, i, 0] for i in own] for b, own in enumerate(ids)
    ]
    full = ragged([[1.0], [2.0, 3.0]])
    assert take(full, np.array([[0, -1], [1, 0]])) == [[1, 1], [3, 2]]
    vectors = kg.RaggedTensor.from_row_lengths(table[0], [1, 3])
    assert take(vectors, np.int32([[0], [2]])) == [[table[0, 0].tolist()], [table[0, 3].tolist()]]
    nested = [[[0, -1], []], [[0]]]
    assert take(full, ragged(nested, 2, "int32")) == [[[1, 1], []], [[2]]]


def test_ragged_gather_is_take() -> None:
    x, ids = ragged(ROWS), ragged([[-1, 0], [], [2], []], 1, "int32")
    wanted = [[ROWS[0][-1], ROWS[0][0]], [], [ROWS[2][2]], []]
    assert kg.ragged.gather(x, ids, batch_dims=1).to_list() == wanted
    assert kg.ragged.gather(x, ids, axis=1, batch_dims=-1).to_list() == wanted


@pytest.mark.parametrize("ids", [[[2], [], [0], [0]], [[0], [0], [0], [0]], [[-3], [], [], []]])
def test_a_position_that_its_row_has_not_is_refused(ids: Rows) -> None:
    x, places = ragged(ROWS), ragged(ids, 1, "int32")
    with pytest.raises(KGraphValueError, match="is not in its row"):
        ops.take(x, places, batch_dims=1)
    inputs = [kg.Input((None,), ragged=True), kg.Input((None,), ragged=True, dtype="int32")]
    model = kg.Model(inputs, ops.take(*inputs, batch_dims=1))
    for _ in range(2):
        with pytest.raises(KGraphValueError, match="position"):
            model([x, places])


def test_other_batches_are_refused() -> None:
    x = ragged(NESTED, 2)
    with pytest.raises(ShapeError, match="different batches on axis 0"):
        ops.take(x, ragged([[0]], 1, "int32"), batch_dims=1)
    with pytest.raises(ShapeError, match="different batches on axis 0"):
        ops.take(x, np.int32([0, 0]), batch_dims=1)
    other = ragged([[[0]], [], [[], []], [[]]], 2, "int32")
    with pytest.raises(ShapeError, match="rows of different lengths"):
        ops.take(x, other, batch_dims=2)
    inputs = [
        kg.Input((None, None), ragged=True),
        kg.Input((None, None), ragged=True, dtype="int32"),
    ]
    model = kg.Model(inputs, ops.take(*inputs, batch_dims=2))
    for _ in range(2):
        with pytest.raises(ShapeError, match="take: the ragged operands have rows of different"):
            model([x, other])
    rows_of = [kg.Input((None,), ragged=True), kg.Input((None,), ragged=True, dtype="int32")]
    one = kg.Model(rows_of, ops.take(*rows_of, batch_dims=1))
    with pytest.raises(ShapeError):
        one([ragged(ROWS), ragged([[0]], 1, "int32")])
    with pytest.raises(KGraphTypeError, match="positions are integers"):
        ops.take(x, ragged(ROWS), batch_dims=1)
