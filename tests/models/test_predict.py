"""``predict`` runs over rows in batches; the batches leave no trace in the result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph.models import rows
from kgraph.models.progress import Progress
from tests.tolerances import tolerance

la = kg.layers


def batch(*shape: int) -> Any:
    return np.random.default_rng(1).normal(size=shape).astype("float32")


def dense() -> kg.Model:
    x = kg.Input(shape=(4,), name="x")
    return kg.Model(x, kg.tanh(x) * 2.0)


def run(model: kg.Model, x: Any, **options: Any) -> Any:
    return model.predict(x, **{"verbose": 0, **options})


@pytest.mark.parametrize("batch_size", [1, 3, 7, 32, None])
def test_the_batch_size_does_not_change_the_result(batch_size: int | None) -> None:
    data = batch(7, 4)
    model = dense()
    result = run(model, data, batch_size=batch_size)
    np.testing.assert_array_equal(result, model(data))
    np.testing.assert_allclose(result, np.tanh(data) * 2, *tolerance("float32"))


def test_no_rows_give_no_rows() -> None:
    assert run(dense(), batch(0, 4)).shape == (0, 4)


def test_lists_and_dicts_of_inputs() -> None:
    a, b = kg.Input(shape=(2,), name="a"), kg.Input(shape=(2,), name="b")
    model = kg.Model([a, b], {"sum": a + b, "parts": [a, b]})
    x, y = batch(5, 2), batch(5, 2)
    result = run(model, {"b": y, "a": x}, batch_size=2)
    np.testing.assert_array_equal(result["sum"], x + y)
    np.testing.assert_array_equal(result["parts"][1], y)
    np.testing.assert_array_equal(run(model, [x, y], batch_size=2)["sum"], x + y)


def test_plain_lists_of_numbers() -> None:
    np.testing.assert_array_equal(
        run(dense(), [[0.0] * 4] * 3, batch_size=2), np.zeros((3, 4), "float32")
    )


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "bsr", "dia", "dok"])
def test_sparse_rows_of_any_format(form: str) -> None:
    x = kg.Input(shape=(4,), sparse=True)
    layer = la.Dense(3)
    model = kg.Model(x, layer(x))
    data = batch(7, 4) * (batch(7, 4) > 0)
    expected = run(model, scipy.sparse.csr_array(data), batch_size=None)
    assert expected.shape == (7, 3)
    result = run(model, scipy.sparse.csr_array(data).asformat(form), batch_size=3)
    np.testing.assert_allclose(result, expected, *tolerance("float32"))


def test_sparse_results_are_joined() -> None:
    x = kg.Input(shape=(4,), sparse=True)
    data = scipy.sparse.csr_array(batch(7, 4) * (batch(7, 4) > 0))
    result = run(kg.Model(x, x * 2.0), data, batch_size=3)
    assert scipy.sparse.issparse(result)
    np.testing.assert_array_equal(result.toarray(), data.toarray() * 2)


@pytest.mark.parametrize("batch_size", [1, 2, 32])
def test_ragged_rows_with_empty_ones_among_them(batch_size: int) -> None:
    x = kg.Input(shape=(None,), ragged=True)
    model = kg.Model(x, x + 1.0)
    given = [[1.0], [], [2.0, 3.0], [], [4.0]]
    expected = [[2.0], [], [3.0, 4.0], [], [5.0]]
    assert run(model, given, batch_size=batch_size).to_list() == expected
    assert run(model, kg.RaggedTensor.from_row_splits(
        np.float32([1, 2, 3, 4]), [0, 1, 1, 3, 3, 4]
    ), batch_size=batch_size).to_list() == expected  # fmt: skip


def test_rows_of_rows() -> None:
    x = kg.Input(shape=(None, None), ragged=True)
    given = [[[1.0], []], [], [[2.0, 3.0]]]
    assert run(kg.Model(x, x * 1.0), given, batch_size=1).to_list() == given


def test_values_of_ragged_rows_are_joined() -> None:
    x = kg.Input(shape=(None,), ragged=True)
    result = run(kg.Model(x, x.values), [[1.0, 2.0], [], [3.0]], batch_size=1)
    np.testing.assert_array_equal(result, np.float32([1, 2, 3]))


def test_steps_stop_early() -> None:
    data = batch(7, 4)
    assert run(dense(), data, batch_size=2, steps=2).shape == (4, 4)


def test_predict_on_batch() -> None:
    data = batch(3, 4)
    np.testing.assert_array_equal(dense().predict_on_batch(data), run(dense(), data))


# -- errors ----------------------------------------------------------------------------------------


def test_inputs_of_different_lengths() -> None:
    a, b = kg.Input(shape=(2,)), kg.Input(shape=(2,))
    text = (
        "Data cardinality is ambiguous:\n  x sizes: 3, 2\n"
        "Make sure all arrays contain the same number of samples."
    )
    with pytest.raises(ValueError, match=text):
        run(kg.Model([a, b], a), [batch(3, 2), batch(2, 2)])


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_batch_size_below_one(batch_size: int) -> None:
    text = rf"Expected batch_size to be positive\. Received is {batch_size}\."
    with pytest.raises(ValueError, match=text):
        run(dense(), batch(3, 4), batch_size=batch_size)


def test_wrong_width_is_refused_after_a_good_call_too() -> None:
    model = dense()
    run(model, batch(3, 4))
    with pytest.raises(ValueError, match="x"):
        run(model, batch(3, 9))


def test_callbacks_are_refused() -> None:
    with pytest.raises(ValueError, match="`callbacks` are not supported"):
        dense().predict(batch(1, 4), callbacks=[object()])


def test_nothing_to_predict() -> None:
    with pytest.raises(TypeError, match="input 'x' is None"):
        run(dense(), None)


def test_numbers_that_cannot_be_joined() -> None:
    x = kg.Input(shape=(4,))
    model = kg.Model(x, kg.sum(x))
    assert np.shape(run(model, batch(3, 4), batch_size=None)) == ()
    with pytest.raises(ValueError, match="is a single number, so that batches cannot be joined"):
        run(model, batch(3, 4), batch_size=2)


# -- rows and progress -----------------------------------------------------------------------------


def test_ragged_batches_are_joined_bound_by_bound() -> None:
    parts = [
        kg.RaggedTensor.from_row_splits(np.arange(n), splits)
        for n, splits in [(2, [0, 0, 2]), (0, [0, 0]), (1, [0, 1])]
    ]
    joined = rows.concatenate(parts, "y")
    assert joined.to_list() == [[], [0, 1], [], [0]]
    assert joined.row_splits.dtype == parts[0].row_splits.dtype


@pytest.mark.parametrize(("verbose", "text"), [(0, ""), (1, "2/2 batches"), (2, "2/2 batches")])
def test_progress_says_how_far_it_is(
    verbose: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress(2, verbose) as progress:
        progress.step()
        progress.step()
    output = capsys.readouterr()
    assert output.out == ""
    assert text in output.err
    assert bool(output.err) == bool(text)


def test_auto_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    dense().predict(batch(3, 4), batch_size=1)
    assert capsys.readouterr().err == ""


def test_unknown_verbosity() -> None:
    with pytest.raises(ValueError, match="`verbose` is 0, 1, 2"):
        Progress(1, 3)
