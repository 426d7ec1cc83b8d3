"""Replays every recorded Keras case with kgraph: same weights, same feed, same answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from tests.oracle import recording
from tests.oracle.cases import (
    CASES,
    OP_CASES,
    Case,
    Draw,
    OpCase,
    Ragged,
    Sparse,
    leaves,
    map_leaves,
)
from tests.tolerances import tolerance

RECORDED = {source: recording.read(source) for source in ("keras", "tf_keras")}

every_case = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
every_op = pytest.mark.parametrize("case", OP_CASES.values(), ids=list(OP_CASES))


def to_kgraph(value: Any) -> Any:
    """A feed as kgraph takes it."""
    if isinstance(value, Ragged):
        return kg.RaggedTensor.from_nested_row_splits(value.flat_values, value.splits)
    if isinstance(value, Sparse):
        return scipy.sparse.csr_array((value.data, value.indices, value.indptr), value.shape)
    return value


def from_kgraph(value: Any) -> Any:
    """An output as the recording holds it."""
    if isinstance(value, kg.RaggedTensor):
        splits = tuple(np.asarray(s) for s in value.nested_row_splits)
        return Ragged(np.asarray(value.flat_values), splits)
    if scipy.sparse.issparse(value):
        return Sparse.of(value.toarray())
    assert isinstance(value, np.ndarray | np.generic), f"got {type(value).__name__}"
    return np.asarray(value)


def rebuild(case: Case) -> tuple[Any, Any, dict[str, dict[str, Any]]]:
    """The model with the recorded weights, its feed, and the recording."""
    recorded = RECORDED[case.sources[0]][case.name]
    model, feed = case.build(kg, Draw(case.name))
    require_same(feed, recorded["feed"], "the recorded feed is not this case's: record anew")
    weights = recorded.get("weights", {})
    model.set_weights([weights[path] for path in sorted(weights, key=int)])
    return model, map_leaves(to_kgraph, feed), recorded


def require_same(structure: Any, recorded: dict[str, Any], message: str) -> None:
    """Each value has the recorded place, kind, shape, dtype, and numbers within the tolerance."""
    actual = {path or "-": value for path, value in leaves(structure)}
    assert sorted(actual) == sorted(recorded), message
    for path, expected in recorded.items():
        arrays = recording.components(actual[path])
        assert sorted(arrays) == sorted(recording.components(expected)), message
        for name, array in recording.components(expected).items():
            where = f"{message}, at {path} {name}"
            assert arrays[name].shape == array.shape, where
            assert arrays[name].dtype == array.dtype, where
            rtol, atol = tolerance(array.dtype)
            np.testing.assert_allclose(arrays[name], array, rtol, atol, err_msg=where)


def test_the_recordings_hold_the_cases_and_nothing_else() -> None:
    for source, recorded in RECORDED.items():
        models = {name for name, case in CASES.items() if source in case.sources}
        assert set(recorded) == models | (set(OP_CASES) if source == "keras" else set())


@every_case
def test_weights_have_the_shapes_and_the_order_of_keras(case: Case) -> None:
    recorded = RECORDED[case.sources[0]][case.name].get("weights", {})
    model, _ = case.build(kg, Draw(case.name))
    actual = [(w.shape, w.dtype) for w in model.get_weights()]
    assert actual == [(recorded[p].shape, recorded[p].dtype) for p in sorted(recorded, key=int)]


@every_case
def test_model_answers_as_keras(case: Case) -> None:
    model, feed, _ = rebuild(case)
    output = map_leaves(from_kgraph, model(feed))
    for source in case.sources:
        recorded = RECORDED[source][case.name]["output"]
        require_same(output, recorded, f"model(feed), as {source}")


@pytest.mark.parametrize("case", [c for c in CASES.values() if c.batch_first], ids=lambda c: c.name)
def test_predict_answers_as_keras(case: Case) -> None:
    model, feed, recorded = rebuild(case)
    output = map_leaves(from_kgraph, model.predict(feed, verbose=0))
    require_same(output, recorded["output"], "model.predict(feed)")


@pytest.mark.parametrize("case", [c for c in OP_CASES.values() if c.eager], ids=lambda c: c.name)
def test_op_on_values_answers_as_keras(case: OpCase) -> None:
    output = map_leaves(from_kgraph, case.call(kg.ops, *case.args))
    require_same(output, RECORDED["keras"][case.name]["output"], "eager op")


@every_op
def test_op_in_a_graph_answers_as_keras(case: OpCase) -> None:
    recorded = RECORDED["keras"][case.name]
    model, feeds = case.build(kg)
    require_same(feeds, recorded["feed"], "the recorded feed is not this case's: record anew")
    output = map_leaves(from_kgraph, model(feeds))
    require_same(output, recorded["output"], "op in a graph")


@every_op
def test_dtype_inferred_for_an_op_is_the_dtype_keras_computes(case: OpCase) -> None:
    recorded = RECORDED["keras"][case.name]["output"]
    model, _ = case.build(kg)
    inferred = [symbol.dtype for symbol in model.outputs]
    assert inferred == [recorded[path].dtype for path in sorted(recorded)]
