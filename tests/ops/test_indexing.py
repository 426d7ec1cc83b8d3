"""``x[key]`` with lists, masks and symbolic values in the key is what NumPy says it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

import kgraph as kg
from kgraph.types.dtypes import as_dtype

SHAPE = (3, 4, 2)
CUBE = np.arange(24, dtype=np.float32).reshape(SHAPE)


class Fed:
    """A part of a key that is an Input: drawn as one, fed with its array."""

    def __init__(self, array: Any, dtype: Any = np.int32) -> None:
        self.array = np.array(array, dtype)

    def __repr__(self) -> str:
        return f"Fed({self.array.tolist()})"


def check(key: Any, array: np.ndarray = CUBE, rows: int | None = None) -> None:
    """The compiled graph, also after a round trip through its config, agrees with NumPy."""
    inputs: list[kg.KerasTensor] = []
    fed: list[np.ndarray] = []

    def place(part: Any, symbolic: bool) -> Any:
        if isinstance(part, slice):
            bounds = (place(bound, symbolic) for bound in (part.start, part.stop))
            return slice(*bounds, part.step)
        if not isinstance(part, Fed):
            return part
        if not symbolic:
            return part.array if part.array.ndim else part.array[()]
        shape = part.array.shape
        spec = kg.TensorSpec(shape and (None, *shape[1:]), as_dtype(part.array.dtype))
        fed.append(part.array)
        inputs.append(kg.Input(type_spec=spec))
        return inputs[-1]

    parts = key if isinstance(key, tuple) else (key,)
    x = kg.Input(array.shape[1:], batch_size=rows)
    drawn = x[tuple(place(part, True) for part in parts)]
    expected = array[tuple(place(part, False) for part in parts)]
    model = kg.Model([x, *inputs], drawn)
    for made in (model, kg.Model.from_config(model.get_config())):
        found = made([array, *fed])
        assert found.shape == expected.shape
        np.testing.assert_array_equal(found, expected)


MASK = CUBE % 5 > 1
KEYS = [
    Fed(1),
    Fed(-1),
    (slice(None), Fed(2)),
    (..., Fed(-2)),
    (Fed(0), 1),
    (Fed(0), None, slice(1, 3), Fed(1)),
    slice(Fed(1), None),
    slice(None, Fed(-1)),
    slice(Fed(-2), Fed(9)),
    (slice(None), slice(Fed(3), Fed(0), -2)),
    (slice(None), slice(Fed(-99), Fed(99), 3), 0),
    (slice(Fed(1), None), slice(None, Fed(2)), Fed(1)),
    slice(Fed(2), Fed(1)),
    Fed([2, 0, 0]),
    Fed([[0, -1], [1, 1]]),
    (slice(None), Fed([3, -3])),
    (Fed([0, 1]), Fed([2, 3])),
    (Fed([0, 1]), slice(None), Fed([1, 0])),
    (Fed([0, 1]), [3, 1]),
    (slice(1, None), Fed([2, 1]), Fed(0)),
    (Fed([2], np.uint8), Fed([1, 2], np.int8)),
    ([0, 2], [1, -1]),
    ([[0], [2]], [1, 3]),
    ([0, 1], slice(None), [1, 0]),
    ([0, 1], None, [2, 2]),
    (0, slice(None), [1, 0]),
    (slice(None), 1, [1, 0, 0]),
    ([0, -1],),
    (np.array([[0, 1], [2, 0]]),),
    (slice(None), np.zeros((2, 0), int)),
    (slice(None), np.array([True, False, True, True])),
    (slice(None), [False] * 4, 1),
    (slice(None), MASK[0]),
    (..., np.array([False, True])),
    np.array([True, False, True]),
    (np.array([True, False, True]), [1, 2]),
    Fed(MASK[:, 0, 0], bool),
    Fed(MASK[:, :, 0], bool),
    Fed(MASK, bool),
    (Fed(MASK[:, 0, 0], bool), 1),
    (Fed(MASK[:, 0, 0], bool), slice(1, 3), [1]),
    (slice(None), slice(2, None, -1), Fed([True, False], bool)),
    (Fed([True, False, True], bool), Fed([1, 2])),
    (np.bool_([True, False, False]), Fed([[1], [2]])),
]


@pytest.mark.promise("A2.indexing")
@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_keys_with_arrays_and_symbolic_values(key: Any) -> None:
    check(key)


def bounds(size: int) -> st.SearchStrategy[Any]:
    number = st.integers(-size - 2, size + 2)
    return st.one_of(st.none(), number, number.map(Fed))


def items(size: int) -> st.SearchStrategy[Any]:
    """Parts of a key that fit an axis of ``size``."""
    position = st.integers(-size, size - 1)
    # arrays of one size, so that any number of them broadcast
    listed = st.lists(position, min_size=2, max_size=2)
    steps = st.sampled_from([None, 1, 2, -1, -3])
    return st.one_of(
        st.builds(slice, bounds(size), bounds(size), steps),
        position,
        position.map(Fed),
        listed,
        listed.map(Fed),
        st.lists(listed, min_size=1, max_size=2).map(Fed),
    )


@given(st.data())
def test_drawn_keys_agree_with_numpy(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 3))
    key = [data.draw(items(size)) for size in SHAPE[:count]]
    for extra in data.draw(st.lists(st.sampled_from([None, ...]), max_size=2, unique_by=str)):
        if extra is None or count == 3:
            key.insert(data.draw(st.integers(0, len(key))), extra)
    check(tuple(key))


@given(st.data())
def test_drawn_masks_agree_with_numpy(data: st.DataObject) -> None:
    axis, count = data.draw(st.sampled_from([(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (2, 1)]))
    shape = SHAPE[axis : axis + count]
    bits = data.draw(st.lists(st.booleans(), min_size=24, max_size=24))
    mask = np.resize(np.array(bits), shape)
    before = [data.draw(st.sampled_from([slice(None), slice(1, None), 1]))] * axis
    part = Fed(mask, bool) if data.draw(st.booleans()) else mask
    check((*before, part))
    check((*before, part), rows=3)


@pytest.mark.promise("A2.indexing")
def test_a_mask_made_of_the_value_itself() -> None:
    x = kg.Input((4,))
    batch = np.float32([[1, -2, 3, -4], [-5, 6, -7, 8]])
    model = kg.Model(x, [x[x > 0], x[x > 0] * 2 - x[x > 0], kg.ops.sum(x[x[:, 0] > 0], 0)])
    positive, same, total = model(batch)
    np.testing.assert_array_equal(positive, batch[batch > 0])
    np.testing.assert_array_equal(same, batch[batch > 0])
    np.testing.assert_array_equal(total, batch[batch[:, 0] > 0].sum(0))
    assert model(-np.ones((2, 4), np.float32))[0].shape == (0,)
    assert model(np.ones((0, 4), np.float32))[0].shape == (0,)
    assert x[x > 0].shape == (None,)


def test_variables_are_positions_too() -> None:
    w, x = kg.Variable(1, dtype="int32"), kg.Input((4,))
    model = kg.Model(x, x[:, w])
    batch = np.float32([[1, 2, 3, 4]])
    assert model(batch).tolist() == [2]
    w.assign(3)
    assert model(batch).tolist() == [4]
    table = kg.Variable(CUBE)
    np.testing.assert_array_equal(table[w - 1, [0, 1]], CUBE[2, [0, 1]])


@pytest.mark.parametrize(
    ("key", "stays_sparse"),
    [
        (Fed([True, False, True], bool), True),
        (Fed([2, 0, 0]), True),
        ((slice(None), np.array([True, False, True, False])), True),
        (([0, 1], [1, 2]), False),
        ((0, [1, 2]), False),
        (np.array([[0, 1]]), False),
        (Fed(1), False),
        ((Fed([True, False, True], bool), 1), False),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore::kgraph.types.densify.DensifyWarning")
def test_rows_of_a_sparse_value(key: Any, stays_sparse: bool) -> None:
    dense = np.float32([[1, 0, 2, 0], [0, 3, 0, 0], [0, 0, 0, 4]])
    parts = key if isinstance(key, tuple) else (key,)
    fed = [part.array for part in parts if isinstance(part, Fed)]
    specs = [kg.TensorSpec(array.shape and (None,), as_dtype(array.dtype)) for array in fed]
    inputs = [kg.Input(type_spec=spec) for spec in specs]
    given = iter(inputs)
    x = kg.Input((4,), sparse=True)
    drawn = x[tuple(next(given) if isinstance(part, Fed) else part for part in parts)]
    found = kg.Model([x, *inputs], drawn)([sp.csr_array(dense), *fed])
    assert drawn.sparse == sp.issparse(found) == stays_sparse
    expected = dense[tuple(part.array if isinstance(part, Fed) else part for part in parts)]
    np.testing.assert_array_equal(found.toarray() if stays_sparse else found, expected)


# -- what is refused -------------------------------------------------------------------------------


WHOLE = np.float32(np.ones((3, 4)))


@pytest.mark.promise("A2.indexing-errors")
@pytest.mark.parametrize(
    ("part", "fed"),
    [
        (lambda x, i: x[i], 3),
        (lambda x, i: x[i], -4),
        (lambda x, i: x[:, i], 4),
        (lambda x, i: x[i, [0, 1]], 9),
        (lambda x, i: x[[0, 1], i], -5),
        (lambda x, i: x[[0, 1], i], 4),
        (lambda x, i: x[i, i], 3),
    ],
)
def test_a_position_that_is_not_there_is_refused_at_every_call(part: Any, fed: int) -> None:
    x, i = kg.Input((4,)), kg.Input(type_spec=kg.TensorSpec((), "int32"))
    model = kg.Model([x, i], part(x, i))
    for _ in range(3):
        model([WHOLE, np.int32(0)])
        with pytest.raises(ValueError, match="position"):
            model([WHOLE, np.int32(fed)])


@pytest.mark.promise("A2.indexing-errors")
def test_known_positions_and_masks_are_checked_when_they_are_drawn() -> None:
    x, mask = kg.Input((4,)), kg.Input(batch_shape=(None, 5), dtype="bool")
    for draw, words in (
        (lambda: x[:, [0, 4]], "index 4 is out of bounds for axis 1 with size 4"),
        (lambda: x[[0, 1], [0, -5]], "index -5 is out of bounds"),
        (lambda: x[[0, 1], [0, 1, 2]], "do not broadcast together"),
        (
            lambda: x[:, [True, False]],
            r"mask of shape \(2\) does not fit .*, \(4\)",
        ),
        (lambda: x[mask], "does not fit the sizes that it masks"),
        (lambda: x[0, 0, [0]], "3 indices are too many for 2 axes"),
        (lambda: x[..., mask, mask], "4 indices are too many"),
        (lambda: x[:, :: kg.Variable(2)], "step of a slice is a known integer"),
        (lambda: x[mask[0, 0]], "mask of shape"),
    ):
        with pytest.raises(kg.KGraphError, match=words):
            draw()


def test_a_mask_must_be_as_long_as_the_batch() -> None:
    x, mask = kg.Input((4,)), kg.Input(batch_shape=(5,), dtype="bool")
    model = kg.Model([x, mask], x[mask])
    assert model([np.ones((5, 4)), np.ones(5, bool)]).shape == (5, 4)
    with pytest.raises(ValueError, match=r"entries, and \d are wanted"):
        model([np.ones((4, 4)), np.ones(5, bool)])
    constant = kg.Model(x, x[np.array([True, False])])
    assert constant(np.ones((2, 4))).shape == (1, 4)
    with pytest.raises(ValueError, match=r"entries, and \d are wanted"):
        constant(np.ones((3, 4)))


def test_two_sizes_that_only_differ_in_a_batch_of_masks_are_refused() -> None:
    x = kg.Input(batch_shape=(None, None))
    mask = kg.Input(batch_shape=(None, None), dtype="bool", name="m")
    model = kg.Model([x, mask], x[mask])
    assert model([np.ones((2, 6)), np.ones((2, 6), bool)]).shape == (12,)
    with pytest.raises(ValueError, match=r"entries, and \d are wanted"):
        model([np.ones((2, 6)), np.ones((3, 4), bool)])


@pytest.mark.parametrize("key", [True, 1.5, "a", [0.5], [[0], "a"], object(), slice("a", 2)])
def test_what_is_no_index(key: Any) -> None:
    with pytest.raises(kg.KGraphError, match="getitem: "):
        _ = kg.Input((4,))[key]


@pytest.mark.parametrize(
    "value", [kg.Input((4,)), kg.Input((None,), dtype="int32", ragged=True)], ids=repr
)
def test_symbolic_values_that_are_no_index(value: Any) -> None:
    with pytest.raises(
        TypeError, match=r"positions are dense integers, or a mask of bools|a mask has bools"
    ):
        _ = kg.Input((4,))[value]
