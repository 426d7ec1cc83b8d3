"""Replays every recorded answer with kgraph: the same values, facts and classes of errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from tests.oracle import answering
from tests.oracle.cases import ANSWER_CASES, EXPRESSION_CASES, Ragged, Sparse
from tests.oracle.cases.answers import AnswerCase, Coo, ExpressionCase, Symbol

RECORDED = answering.read()
CASES = [*ANSWER_CASES.values(), *EXPRESSION_CASES.values()]
ERRORS = {cls.__name__: cls for cls in (AttributeError, IndexError, TypeError, ValueError)}

# kgraph says in a warning where a sparse value becomes dense or a mask ends; tf_keras says nothing.
pytestmark = pytest.mark.filterwarnings(
    "ignore::kgraph.types.errors.KGraphWarning", "ignore::kgraph.types.densify.DensifyWarning"
)


def name_of(case: Any) -> str:
    """What pytest calls a case."""
    return str(case.name)


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    kg.clear_session()


def to_kgraph(value: Any) -> Any:
    """A value as kgraph takes it."""
    if isinstance(value, Ragged):
        return kg.RaggedTensor.from_nested_row_splits(value.flat_values, value.splits)
    if isinstance(value, Sparse):
        return scipy.sparse.csr_array((value.data, value.indices, value.indptr), value.shape)
    if isinstance(value, Coo):
        return kg.SparseTensor(value.indices, value.values, value.shape)
    return value


def answer_of(value: Any) -> Any:
    """An answer as the recording holds it."""
    if isinstance(value, kg.KerasTensor):
        kind = "ragged" if value.ragged else "sparse" if value.sparse else "dense"
        return Symbol(kind, _dtype_name(value.dtype), value.shape)
    if isinstance(value, kg.RaggedTensor):
        return Ragged(
            np.asarray(value.flat_values), tuple(map(np.asarray, value.nested_row_splits))
        )
    if scipy.sparse.issparse(value):
        return _coordinates(value.tocoo())
    if isinstance(value, dict):
        return {key: answer_of(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [answer_of(item) for item in value]
    return value


def _dtype_name(dtype: np.dtype[Any]) -> str:
    return "string" if dtype == kg.string else dtype.name


def _coordinates(coo: Any) -> Coo:
    indices = np.stack(coo.coords, axis=-1).astype("int64")
    order = np.lexsort(indices.T[::-1])
    return Coo(indices[order], coo.data[order], tuple(map(int, coo.shape)))


def graph_answer(case: ExpressionCase) -> Any:
    """What a model of the expression answers; its symbols must have said so."""
    inputs = case.inputs(kg)
    outputs = case.run(kg, *inputs)
    static = RECORDED[case.name].get("static")
    if static is not None and case.differs is None:
        found = answering.contradiction(answering.encode(answer_of(outputs)), static)
        assert found is None, found
    return kg.Model(inputs, outputs)([to_kgraph(value) for value in case.values])


def eager_answer(case: ExpressionCase) -> Any:
    """What the expression gives for the values; a count is a Python int, as in NumPy."""
    answer = case.run(kg, *map(to_kgraph, case.values))
    return np.int64(answer) if type(answer) is int else answer


def difference(run: Callable[[], Any], recorded: dict[str, Any]) -> str | None:
    """What keeps the answer of `run` from being the recorded one."""
    if "raises" in recorded:
        try:
            answer = run()
        except ERRORS[recorded["raises"]]:
            return None
        except Exception as error:
            return f"{type(error).__name__} instead of {recorded['raises']}: {error}"
        return f"{answer} instead of {recorded['raises']}"
    try:
        answer = run()
    except kg.KGraphError as error:
        return f"{type(error).__name__} instead of an answer: {error}"
    return answering.difference(answering.encode(answer_of(answer)), recorded["answer"])


def check(case: Any, run: Callable[[], Any]) -> None:
    """The answer is the recorded one; or else it still differs, and README.md says why."""
    found = difference(run, RECORDED[case.name])
    if case.differs is None:
        assert found is None, found
    else:
        assert found is not None, "kgraph answers as tf_keras now: strike out `differs`"


def test_the_recording_holds_the_cases_and_nothing_else() -> None:
    assert sorted(RECORDED) == sorted(case.name for case in CASES)


def test_readme_says_where_kgraph_differs() -> None:
    page = " ".join((Path(__file__).parent / "README.md").read_text(encoding="utf-8").split())
    reasons = {case.differs for case in CASES if case.differs}
    assert [reason for reason in sorted(reasons) if reason not in page] == []


@pytest.mark.parametrize("case", ANSWER_CASES.values(), ids=name_of)
def test_answer_is_that_of_tf_keras(case: AnswerCase) -> None:
    check(case, lambda: case.run(kg))


@pytest.mark.parametrize("case", [c for c in EXPRESSION_CASES.values() if c.eager], ids=name_of)
def test_expression_on_values_is_that_of_tf_keras(case: ExpressionCase) -> None:
    check(case, lambda: eager_answer(case))


@pytest.mark.parametrize("case", [c for c in EXPRESSION_CASES.values() if c.graph], ids=name_of)
def test_expression_in_a_graph_is_that_of_tf_keras(case: ExpressionCase) -> None:
    check(case, lambda: graph_answer(case))
