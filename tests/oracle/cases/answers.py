"""Cases whose answer is small: a few numbers, the facts of a symbol, or the class of an error.

An answer case is a function of a namespace `k`; what it returns, or raises, is recorded as one line
of `recorded/answers.json`. tf_keras answers, with the names of TensorFlow behind `k.ragged`,
`k.sparse` and `k.RaggedTensor`; the replay passes kgraph as `k`.

An expression case is a function of values, too. The same text is run eagerly and in a graph, and
both must give the recorded answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .registry import Array, Coo, Ragged, Sparse, _input_for

Answerer: TypeAlias = Callable[..., Any]


@dataclass(frozen=True)
class Symbol:
    """The facts of a symbolic value."""

    kind: str  # "dense", "ragged" or "sparse"
    dtype: str
    shape: tuple[int | None, ...] | None  # None: not even the rank is known


@dataclass(frozen=True)
class AnswerCase:
    """`run(k)` is the answer; `differs` says why kgraph deliberately answers something else."""

    name: str
    run: Answerer
    differs: str | None = None


@dataclass(frozen=True)
class ExpressionCase:
    """`run(k, *values)` is the answer, on the values themselves and on symbols for them."""

    name: str
    run: Answerer
    values: tuple[Any, ...]
    eager: bool = True
    graph: bool = True
    differs: str | None = None

    def inputs(self, k: Any) -> list[Any]:
        """One Input for each value."""
        return [k.Input(**_input_for(value)) for value in self.values]


ANSWER_CASES: dict[str, AnswerCase] = {}
EXPRESSION_CASES: dict[str, ExpressionCase] = {}


def answers(family: str, runs: Mapping[str, Answerer], differs: str | None = None) -> None:
    """One case `family-label` for each labelled function of `k`."""
    for label, run in runs.items():
        name = f"{family}-{label}"
        assert name not in ANSWER_CASES, name
        ANSWER_CASES[name] = AnswerCase(name, run, differs)


def expressions(
    family: str,
    values: Any,
    runs: Mapping[str, Answerer],
    *,
    eager: bool = True,
    graph: bool = True,
    differs: str | None = None,
) -> None:
    """One case `family-label` for each labelled function of `k` and the values."""
    given = values if isinstance(values, tuple) else (values,)
    for label, run in runs.items():
        name = f"{family}-{label}"
        assert name not in EXPRESSION_CASES, name
        EXPRESSION_CASES[name] = ExpressionCase(name, run, given, eager, graph, differs)


def floats(*shape: int, dtype: str = "float32") -> Array:
    """Distinct small numbers of both signs, exact in every float dtype."""
    count = int(np.prod(shape))
    numbers = (np.arange(count) * 7 % 11 - 4) / 4
    return numbers.astype(dtype).reshape(shape)


def integers(*shape: int, dtype: str = "int32") -> Array:
    """Small integers, none of them negative or zero."""
    count = int(np.prod(shape))
    return (np.arange(count) * 5 % 7 + 1).astype(dtype).reshape(shape)


def rows(*lengths: int, inner: tuple[int, ...] = (), dtype: str = "float32") -> Ragged:
    """A ragged value with rows of these lengths."""
    numbers = floats if np.dtype(dtype).kind == "f" else integers
    splits = np.concatenate([[0], np.cumsum(lengths)])
    return Ragged.of(numbers(int(sum(lengths)), *inner, dtype=dtype), splits)


def matrix(dense: Any, dtype: str = "float32") -> Sparse:
    """The sparse value with these numbers."""
    return Sparse.of(np.asarray(dense, dtype))


def sparse_array(dense: Any, dtype: str = "float32") -> Coo:
    """The sparse value of any rank with these numbers."""
    array = np.asarray(dense, dtype)
    places = np.argwhere(array)
    return Coo(places, array[tuple(places.T)], array.shape)
