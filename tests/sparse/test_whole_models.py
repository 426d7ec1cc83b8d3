"""Models on sparse values of any rank: what they take and refuse, batches, configs, pickles."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import layers, ops, sparse
from tests.sparse.test_laws import dense_of

DENSE = {
    1: np.float32([0, 2, 0, -1, 3]),
    3: np.float32([[[0, 1.5], [0, 0]], [[0, 0], [0, 0]], [[3, 0], [0.25, -2]], [[0, 0], [0, 1]]]),
    4: np.arange(24, dtype=np.float32).reshape(3, 2, 2, 2) % 5 % 3,
}
RANKS = pytest.mark.parametrize("rank", DENSE)


def coo(rank: int) -> sp.coo_array:
    return sp.coo_array(DENSE[rank])


def drawn(rank: int, function: Callable[[Any], Any], inner: Any = None) -> kg.Model:
    x = kg.Input(DENSE[rank].shape[1:] if inner is None else inner, sparse=True, name="x")
    return kg.Model(x, function(x))


RUNS: dict[str, Callable[[kg.Model], Callable[[Any], Any]]] = {
    "call": lambda model: model,
    "compiled": kg.compile,
    "predict": lambda model: lambda x: model.predict(x, batch_size=2, verbose=0),
}
EVERY_RUN = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)


@RANKS
@EVERY_RUN
def test_values_come_in_any_order_and_as_arrays(rank: int, run: Any) -> None:
    twice = run(drawn(rank, lambda x: x * 2))
    stored = coo(rank)
    backwards = tuple(places[::-1] for places in stored.coords)
    forms = [
        stored,
        sp.coo_array((stored.data[::-1], backwards), shape=stored.shape),
        kg.SparseTensor(np.stack(stored.coords, 1), stored.data, stored.shape),
        DENSE[rank],
        DENSE[rank].tolist(),
    ]
    if rank == 1:
        forms += [sp.csr_array(DENSE[1]), sp.dok_array(DENSE[1])]
    for form in forms:
        found = twice(form)
        assert isinstance(found, sp.coo_array)
        np.testing.assert_array_equal(found.toarray(), DENSE[rank] * 2)


@RANKS
@EVERY_RUN
def test_entries_at_one_place_are_summed_before_anything_is_computed(rank: int, run: Any) -> None:
    places = np.array([[2, *[1] * (rank - 1)], [0] * rank, [2, *[1] * (rank - 1)]])
    repeated = kg.SparseTensor(places, np.float32([1, 5, -3]), DENSE[rank].shape)
    found = run(drawn(rank, ops.square))(repeated)
    assert found.nnz == 2
    np.testing.assert_array_equal(found.toarray(), repeated.toarray() ** 2)
    assert repeated.nnz == 3  # the caller's value stays as it was


@EVERY_RUN
@pytest.mark.parametrize("rank", [3, 4])
def test_every_batch_size_gives_what_one_batch_gives(rank: int, run: Any) -> None:
    outputs: Any = lambda x: [  # noqa: E731 - a function of what is drawn
        x * 2,
        sparse.transpose(x, (0, *range(rank - 1, 0, -1))),
        sparse.softmax(x),
        sparse.reduce_sum(x, -1),
        layers.Dense(3, kernel_initializer="ones")(x),
        layers.Flatten()(x),
        x[:, 1],
    ]
    dense = np.concatenate([DENSE[rank], DENSE[rank][::-1], DENSE[rank][:1]])
    model = drawn(rank, outputs)
    whole = model(sp.coo_array(dense))
    for found, wanted in zip(run(model)(sp.coo_array(dense)), whole, strict=True):
        assert type(found) is type(wanted)
        np.testing.assert_array_equal(dense_of(found), dense_of(wanted))


def test_predict_of_no_rows() -> None:
    empty = sp.coo_array((0, 2, 2), dtype="float32")
    assert drawn(3, lambda x: x * 2).predict(empty, verbose=0).shape == (0, 2, 2)


@RANKS
def test_configs_and_pickles_give_the_same(rank: int) -> None:
    constant = coo(rank)

    def outputs(x: Any) -> list[Any]:
        return [
            sparse.transpose(x), sparse.reshape(x, (-1,)), ops.multiply(x, constant),
            sparse.expand_dims(x, 0), ops.getitem(x, (..., slice(1, None))), ops.add(x, constant),
        ]  # fmt: skip

    model = drawn(rank, outputs)
    wanted = model(constant)
    again = kg.Model.from_config(model.get_config())
    assert again.inputs[0].type_spec == model.inputs[0].type_spec
    compiled = pickle.loads(pickle.dumps(kg.compile(model)))
    for results in (again(constant), compiled(constant)):
        for found, expected in zip(results, wanted, strict=True):
            assert isinstance(found, type(expected))
            np.testing.assert_array_equal(found.toarray(), expected.toarray())


@RANKS
def test_the_parts_of_a_symbol(rank: int) -> None:
    inner = DENSE[rank].shape[1:]
    x = kg.Input(inner, sparse=True, name="x")
    assert (x.shape, x.ndim, x.sparse) == ((None, *inner), rank, True)
    assert repr(x) == (
        f"<KerasTensor: sparse shape={(None, *inner)} dtype=float32 (created by layer 'x')>"
    )
    assert x.type_spec == kg.SparseTensorSpec((None, *inner))
    outputs = [x.indices, x.values, x.dense_shape, x.nnz, x.indptr]
    assert [y.shape for y in outputs] == [(None, rank), (None,), (rank,), (), (None,)]
    indices, values, shape, nnz, indptr = kg.Model(x, outputs)(coo(rank))
    np.testing.assert_array_equal(indices, np.argwhere(DENSE[rank]))
    np.testing.assert_array_equal(values, DENSE[rank][DENSE[rank] != 0])
    np.testing.assert_array_equal(shape, DENSE[rank].shape)
    assert nnz == np.count_nonzero(DENSE[rank])
    np.testing.assert_array_equal(np.diff(indptr), [np.count_nonzero(row) for row in DENSE[rank]])


@pytest.mark.parametrize("inner", [(None, 2), (2, None), (None, None)])
@EVERY_RUN
def test_sizes_may_be_told_by_the_batch(inner: tuple[Any, ...], run: Any) -> None:
    model = run(drawn(3, lambda x: [x * 2, x.to_dense(), x.dense_shape, x + x[::-1]], inner))
    for dense in (DENSE[3][:2], np.zeros((2, 2, 2), np.float32)):
        twice, whole, shape, both = model(sp.coo_array(dense))
        np.testing.assert_array_equal(twice.toarray(), dense * 2)
        np.testing.assert_array_equal(whole, dense)
        np.testing.assert_array_equal(shape, dense.shape)
        np.testing.assert_array_equal(both.toarray(), dense + dense[::-1])


def test_columns_may_be_told_by_the_batch() -> None:
    x = kg.Input((None,), sparse=True)
    model = kg.Model(x, [x * 2, x.T, x.to_dense()])
    for columns in (0, 3, 7):
        dense = np.arange(2 * columns, dtype=np.float32).reshape(2, columns)
        found = model(sp.csr_array(dense))
        for value, expected in zip(found, (dense * 2, dense.T, dense), strict=True):
            np.testing.assert_array_equal(dense_of(value), expected)


def test_sizes_may_be_told_by_numbers() -> None:
    x = kg.Input((2, 2), sparse=True)
    kept = ops.getitem(x, ops.sum(x.to_dense(), axis=(1, 2)) > 0)
    model = kg.Model(x, [kept, kept.T * 2, ops.reshape(kept, (2, -1))])
    found = model(coo(3))
    rows = DENSE[3][DENSE[3].sum((1, 2)) > 0]
    for value, expected in zip(found, (rows, rows.T * 2, rows.reshape(2, -1)), strict=True):
        np.testing.assert_array_equal(value.toarray(), expected)


def test_sizes_that_a_batch_tells_must_agree() -> None:
    x, y = (kg.Input((None, 2), sparse=True, name=name) for name in "xy")
    small, large = (sp.coo_array(np.ones((2, size, 2), np.float32)) for size in (3, 4))
    for made in (x + y, x * y, ops.concatenate([x, y], axis=0), ops.concatenate([x, y], axis=2)):
        model = kg.Model([x, y], made)
        assert model([small, small]).shape[1] == 3
        with pytest.raises(ValueError, match="axis 1 has 4 entries, and 3 are wanted"):
            model([small, large])


def test_a_type_spec_and_a_value_give_the_rank() -> None:
    for x in (
        kg.Input(type_spec=kg.SparseTensorSpec((None, 2, 2))),
        kg.Input(tensor=coo(3)),
        kg.KerasTensor((None, 2, 2), sparse=True),
    ):
        assert x.sparse
        assert x.shape[1:] == (2, 2)
    default = kg.Input(tensor=coo(3))
    np.testing.assert_array_equal(kg.Model(default, default * 2)(None).toarray(), DENSE[3] * 2)


def spoiled(change: Callable[[sp.coo_array], Any]) -> sp.coo_array:
    """A value that SciPy has not looked at since it was made."""
    value = sp.coo_array(DENSE[3])
    change(value)
    return value


def lose_a_place(value: sp.coo_array) -> None:
    value.coords = (value.coords[0][:-1], *value.coords[1:])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (spoiled(lambda v: v.coords[1].__setitem__(0, 2)), "coords[1] must lie in 0 <= index < 2"),
        (spoiled(lambda v: v.coords[0].__setitem__(0, 9)), "coords[0] must lie in 0 <= index < 4"),
        (spoiled(lambda v: v.coords[2].__setitem__(0, -1)), "got coords[2][0] = -1"),
        (spoiled(lose_a_place), "coords[0] has 4"),
        (sp.coo_array(np.ones((4, 2))), "'x' has 2 axes, expected 3"),
        (sp.coo_array(np.ones((4, 2, 2, 1))), "'x' has 4 axes, expected 3"),
        (sp.coo_array(np.ones((4, 2, 3))), "'x' has 3 entries on axis 2, expected 2"),
        (sp.coo_array((2, 2**40, 2**40)), "more places than can be counted"),
        (np.ones((4, 2), np.float32), "'x' has 2 axes, expected 3"),
        (kg.RaggedTensor.from_row_splits([1.0], [0, 1]), "'x' is sparse"),
        (spoiled(lambda v: setattr(v, "data", v.data * 1j)), "dtype complex"),
    ],
)
@EVERY_RUN
def test_bad_values_are_refused_before_anything_is_computed(
    value: Any, words: str, run: Any
) -> None:
    with pytest.raises(kg.KGraphError, match=re.escape(words)) as told:
        run(drawn(3, lambda x: x * 2))(value)
    assert "input 'x'" in str(told.value)


def test_shapes_that_cannot_be_are_refused_while_drawing() -> None:
    with pytest.raises(ValueError, match="a sparse input has rows"):
        kg.Input(type_spec=kg.SparseTensorSpec(()))
    with pytest.raises(ValueError, match="more places than can be counted"):
        kg.Input((2**40, 2**40), sparse=True)
    x = kg.Input((2, 2), sparse=True)
    for draw in (
        lambda: x + kg.Input((3, 2), sparse=True),
        lambda: x * np.ones((3, 2)),
        lambda: ops.reshape(x, (-1, 5, 0)),
        lambda: sparse.transpose(x, (0, 1)),
        lambda: ops.concatenate([x, kg.Input((3, 2), sparse=True)], axis=0),
        lambda: ops.matmul(x, np.ones((3, 2))),
        lambda: x[:, :, 2],
        lambda: x[0, 0, 0, 0],
        lambda: sparse.reduce_sum(x, 3),
        lambda: sparse.map_values(ops.add, x, kg.Input((4,), sparse=True)),
    ):
        with pytest.raises(ValueError, match=r"."):
            draw()


def test_rows_of_more_places_than_int32_counts() -> None:
    x = kg.Input((2**20, 2**20), sparse=True)
    value = kg.SparseTensor([[0, 2**19, 2**20 - 1]], np.float32([3]), (1, 2**20, 2**20))
    turned, sums, wide = kg.Model(x, [x.T * 2, sparse.reduce_sum(x, (1, 2)), layers.Flatten()(x)])(
        value
    )
    assert [places.tolist() for places in turned.coords] == [[2**20 - 1], [2**19], [0]]
    np.testing.assert_array_equal(sums, [3])
    assert wide.indices.tolist() == [2**39 + 2**20 - 1]
    with pytest.raises(ValueError, match="too many rows"):  # each has a bound
        sparse.reshape(value, (-1,))


def test_what_becomes_dense_says_how_large_it_is() -> None:
    x = kg.Input((100, 10), sparse=True)
    with pytest.warns(kg.DensifyWarning, match="takes 4,000 bytes for each row when dense"):
        ops.exp(x)


def test_extension_types_hold_values_of_any_rank() -> None:
    class Volume(kg.ExtensionType):
        stored: kg.SparseTensor
        scale: kg.Tensor

    spec = Volume.Spec(kg.SparseTensorSpec((None, 2, 2)), kg.TensorSpec((None, 1, 1)))
    v = kg.Input(type_spec=spec)
    model = kg.Model(v, v.stored * v.scale)
    batch = Volume(coo(3), np.full((4, 1, 1), 2, np.float32))
    for found in (model(batch), model.predict(batch, batch_size=3, verbose=0)):
        np.testing.assert_array_equal(found.toarray(), DENSE[3] * 2)
    assert batch == Volume(coo(3), batch.scale)
    assert batch != Volume(coo(3) * 2, batch.scale)


def test_layers_of_stored_entries_take_every_rank() -> None:
    x, y = kg.Input((2, 2), sparse=True), kg.Input((2, 2), sparse=True)
    for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"):
        layer = getattr(layers, name)()
        made = layer([x, y])
        assert made.sparse
        found = kg.Model([x, y], made)([coo(3), coo(3)])
        np.testing.assert_allclose(found.toarray(), layer([DENSE[3], DENSE[3]]))
    dropped = layers.Dropout(0.5, seed=3)(coo(3), training=True)
    assert dropped.shape == DENSE[3].shape
    assert set(dropped.data / coo(3).data) <= {0, 2}


def test_ragged_rows_come_from_matrices_alone() -> None:
    for value in (coo(3), kg.Input((2, 2), sparse=True)):
        with pytest.raises(ValueError, match="a sparse matrix becomes ragged rows"):
            kg.RaggedTensor.from_sparse(value)
