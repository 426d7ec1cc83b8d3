"""Sizes that only a batch tells: what is said when they do not fit, in numbers, with the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg

Drawn = tuple[kg.Model, list[Any]]


def steps(name: str) -> kg.KerasTensor:
    return kg.Input((None, 3), name=name)


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def added() -> Drawn:
    a, b = steps("a"), steps("b")
    return kg.Model([a, b], kg.tanh(a) + b), [ones(2, 3, 3), ones(2, 4, 3)]


def joined() -> Drawn:
    a, b = steps("a"), steps("b")
    return kg.Model([a, b], kg.layers.Concatenate(name="c")([a, b])), [ones(2, 3, 3), ones(2, 4, 3)]


def multiplied() -> Drawn:
    a, b = steps("a"), steps("b")
    return kg.Model([a, b], kg.transpose(a, (0, 2, 1)) @ b), [ones(2, 1, 3), ones(2, 2, 3)]


def reshaped() -> Drawn:
    a = steps("a")
    return kg.Model(a, kg.reshape(a, (-1, 5))), [ones(2, 3, 3)]


def masked() -> Drawn:
    a, keep = steps("a"), kg.Input((None,), dtype="bool", name="keep")
    return kg.Model([a, keep], a[:, keep[0]]), [ones(2, 3, 3), np.ones((2, 4), bool)]


def ensured() -> Drawn:
    a = steps("a")
    return kg.Model(a, kg.ops.ensure_shape(a, (None, 4, 3))), [ones(2, 3, 3)]


def masked_and_flattened() -> Drawn:
    """The mask makes one axis of two: that is a reshape which is no reshape of the user's."""
    a, keep = kg.Input((None, 4), name="a"), kg.Input((None,), dtype="bool", name="keep")
    return kg.Model([a, keep], a[keep]), [ones(2, 3, 4), np.ones((2, 4), bool)]


def ensured_and_reshaped() -> Drawn:
    a = kg.Input((None,), name="a")
    return kg.Model(a, kg.reshape(kg.ops.ensure_shape(a, (None, 4)), (-1, 2))), [ones(2, 6)]


def ragged_and_masked() -> Drawn:
    rows, keep = (kg.Input((None,), ragged=True, name=name, dtype=dtype)
                  for name, dtype in (("a", "float32"), ("keep", "bool")))  # fmt: skip
    found = kg.ragged.boolean_mask(rows, keep)
    return kg.Model([rows, keep], kg.sum(found, axis=1)), [
        kg.RaggedTensor.from_row_lengths(ones(3), [2, 1]),
        kg.RaggedTensor.from_row_lengths(np.ones(3, bool), [1, 2]),
    ]


def ragged_of_other_rows() -> Drawn:
    model, (rows, _) = ragged_and_masked()
    return model, [rows, kg.RaggedTensor.from_row_lengths(np.ones(3, bool), [1, 1, 1])]


def ragged_and_chosen() -> Drawn:
    rows, keep = (kg.Input((None,), ragged=True, name=name, dtype=dtype)
                  for name, dtype in (("a", "float32"), ("keep", "bool")))  # fmt: skip
    return kg.Model([rows, keep], kg.sum(kg.where(keep, rows, 0.0), axis=1)), [
        kg.RaggedTensor.from_row_lengths(ones(3), [2, 1]),
        kg.RaggedTensor.from_row_lengths(np.ones(3, bool), [1, 2]),
    ]


@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (ragged_and_masked, "boolean_mask: the ragged operands have rows of different lengths"),
        (ragged_of_other_rows, "boolean_mask: axis 0 has 4 entries, and 3 are wanted"),
        (ragged_and_chosen, "where: the ragged operands have rows of different lengths"),
    ],
)
def test_rows_that_do_not_fit_name_the_op_that_was_called(
    draw: Callable[[], Drawn], says: str
) -> None:
    model, bad = draw()
    for _ in range(2):
        with pytest.raises(kg.KGraphError, match=says) as caught:
            model(bad)
        assert "test_refusals.py:" in str(caught.value)


def picked() -> Drawn:
    a, b = kg.Input((3,), name="a"), kg.Input((3,), name="b")
    return kg.Model([a, b], kg.concatenate([a[a[:, 0] > 1], b], 1)), [ones(2, 3), ones(2, 3)]


def sliced() -> Drawn:
    a = steps("a")
    return kg.Model(a, a[:, 2]), [ones(2, 1, 3)]


def with_a_constant() -> Drawn:
    x = kg.Input((3,), name="a")
    return kg.Model(x, x + ones(3, 3)), [ones(2, 3)]


@pytest.mark.promise("A3.checks-stay")
@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (added, "the sizes 3 and 4 cannot be broadcast together"),
        (joined, "concatenate: the inputs differ on axis 1, 3 and 4"),
        (multiplied, "matmul: the inner sizes differ, 1 and 2"),
        (reshaped, r"reshape: 18 numbers do not fill the shape \(3, 5\)"),
        (sliced, "slice: entry 2 is asked for, and axis 1 has 1"),
        (masked, "getitem: axis 1 has 3 entries, and 4 are wanted"),
        (masked_and_flattened, "getitem: axis 1 has 3 entries, and 4 are wanted"),
        (ensured, "ensure_shape: axis 1 has 3 entries, and 4 are wanted"),
        (ensured_and_reshaped, r"ensure_shape: 12 numbers do not fill the shape \(4, 2\)"),
        (picked, "concatenate: the inputs differ on axis 0, 0 and 2"),
        (with_a_constant, "the sizes 3 and 2 cannot be broadcast together"),
    ],
)
def test_sizes_that_do_not_fit_are_said_in_numbers(draw: Callable[[], Drawn], says: str) -> None:
    model, bad = draw()
    for _ in range(2):
        with pytest.raises(kg.KGraphError, match=says) as caught:
            model(bad if len(bad) > 1 else bad[0])
        assert "test_refusals.py:" in str(caught.value)
        assert f"input 'a': {bad[0].shape}" in str(caught.value)
        assert "known" not in str(caught.value)  # as what was computed before is called inside


@pytest.mark.parametrize("length", [2**31, 2**40])
def test_a_batch_whose_arrays_no_memory_holds_is_refused(length: int) -> None:
    x = kg.Input((None,), name="x")
    model = kg.Model(x, kg.sum(kg.tanh(x[:, :, None] * x[:, None, :]), axis=-1))
    for _ in range(2):
        with pytest.raises(kg.KGraphError, match="makes arrays that no memory holds") as caught:
            model(np.empty((0, length), np.float32))
        assert f"input 'x': (0, {length})" in str(caught.value)
        assert model(ones(2, 3)).shape == (2, 3)


def test_a_graph_of_sizes_beyond_64_bits_is_refused() -> None:
    x = kg.Input((4,), name="x")
    model = kg.Model(x, kg.broadcast_to(x[:, :, None, None], (2, 4, 2**40, 2**40)))
    with pytest.raises(kg.KGraphError, match="a size of this graph does not fit 64 bits"):
        model(ones(2, 4))


def test_row_splits_of_no_numbers_are_refused() -> None:
    values = kg.Input(batch_shape=(None,), name="values")
    splits = kg.Input(batch_shape=(None,), dtype="int64", name="splits")
    rows = kg.RaggedTensor.from_row_splits(values, splits)
    model = kg.Model([values, splits], kg.sum(rows, axis=1))
    for _ in range(2):
        with pytest.raises(kg.KGraphError, match="row splits begin with 0: they are not empty"):
            model([ones(0), np.zeros(0, np.int64)])
        np.testing.assert_array_equal(model([ones(3), np.int64([0, 1, 3])]), [1, 2])
