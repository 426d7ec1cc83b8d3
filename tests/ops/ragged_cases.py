"""Ragged values as nested lists, and one call on them in every form: eager, drawn, compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

import kgraph as kg
from kgraph.ops.operands import components
from kgraph.types.ragged import RaggedTensor
from tests.tolerances import tolerance

Rows = list[Any]

ROWS = [[1.5, -2.0], [], [3.0, 3.0, 0.5], [4.0]]
NESTED = [[[1.0], [2.0, 5.0]], [], [[], [3.0]], [[4.0, -1.0, 6.0], [], [0.0]]]


def rows(depth: int, most: int = 4) -> st.SearchStrategy[Rows]:
    """Lists nested ``depth + 1`` deep: the outermost are the rows of a batch."""
    found: st.SearchStrategy[Any] = st.lists(st.integers(-9, 9), max_size=most)
    for _ in range(depth):
        found = st.lists(found, max_size=most)
    return found


def ragged(nested: Rows, depth: int = 1, dtype: Any = "float32") -> RaggedTensor:
    """Nested lists with ``depth`` ragged axes as a ragged value."""
    lengths, level = [], nested
    for _ in range(depth):
        lengths.append([len(row) for row in level])
        level = [item for row in level for item in row]
    return RaggedTensor.from_nested_row_lengths(np.array(level, dtype), lengths)


def plain(value: Any) -> Any:
    """Numbers in nested lists, whatever held them."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.to_list() if isinstance(value, RaggedTensor) else np.asarray(value).tolist()


def placeholder(value: Any) -> Any:
    """An Input that takes ``value``."""
    if isinstance(value, RaggedTensor):
        inner = value.flat_values.shape[1:]
        return kg.Input((None,) * value.ragged_rank + inner, dtype=value.dtype, ragged=True)
    value = np.asarray(value)
    return kg.Input(value.shape[1:], dtype=value.dtype)


def drawn(call: Callable[..., Any], values: Sequence[Any]) -> kg.Model:
    """The model that makes ``call`` on its inputs."""
    inputs = [placeholder(value) for value in values]
    return kg.Model(inputs, call(*inputs))


class EveryWay:
    """A call, made eagerly and by models: each is drawn once and takes batches of any size."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self.call = call
        self.models: dict[Any, kg.Model] = {}

    def __call__(self, *values: Any) -> Any:
        """The eager result as nested lists, after the compiled one was found to be the same."""
        key = tuple(_kind(value) for value in values)
        if key not in self.models:
            self.models[key] = drawn(self.call, values)
        eager, compiled = self.call(*values), self.models[key](list(values))
        for a, b in zip(_leaves(eager), _leaves(compiled), strict=True):
            assert type(a) is type(b)
            assert a.dtype == b.dtype
            for part, wanted in zip(components(b), components(a), strict=True):
                rtol, atol = tolerance(wanted.dtype)
                np.testing.assert_allclose(part, wanted, rtol, atol, strict=True)
        return plain(eager)


def every_way(call: Callable[..., Any], *values: Any) -> Any:
    return EveryWay(call)(*values)


def _kind(value: Any) -> Any:
    inner = value.flat_values.shape[1:] if isinstance(value, RaggedTensor) else value.shape[1:]
    return type(value), value.dtype, value.ndim, inner


def _leaves(result: Any) -> list[Any]:
    return list(result) if isinstance(result, list | tuple) else [result]
