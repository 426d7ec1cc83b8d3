"""The law of sparse values at every rank from 1 to 4: dense twins agree, eager and compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from tests.property.comparing import check
from tests.sparse.test_laws import dense_of, require_canonical
from tests.sparse.twins import INNER, Case, Twin, cases
from tests.tolerances import tolerance

ALL = {f"rank {rank}, {case.name}": (rank, case) for rank in INNER for case in cases(rank)}
NUMBERS = np.float32([1, -2, 0.25, 3.5, 0])  # a zero may be stored


def sparse_of(twin: Twin) -> Any:
    return kg.SparseTensor(np.argwhere(twin.stored), twin.array[twin.stored], twin.array.shape)


@st.composite
def batches(draw: st.DrawFn, rank: int, least_rows: int) -> tuple[Twin, Twin, np.ndarray]:
    """x, y with stored zeros and empty rows, and d."""
    rows = draw(st.integers(least_rows, 4))
    shape = (rows, *INNER[rank])
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def one() -> Twin:
        stored = rng.random(shape) < draw(st.sampled_from([0.0, 0.2, 0.5, 1.0]))
        return Twin(np.where(stored, rng.choice(NUMBERS, shape), np.float32(0)), stored)

    d = rng.choice(np.float32([1, -2, 0.5, 3]), shape)
    return one(), one(), d


def drawn(case: Case, inner: tuple[int | None, ...]) -> Function:
    x, y = kg.Input(inner, sparse=True), kg.Input(inner, sparse=True)
    d = kg.Input(inner)
    return Function([x, y, d], case.ours(x, y, d))


def require_agreement(case: Case, found: Any, batch: tuple[Twin, Twin, np.ndarray]) -> None:
    with np.errstate(all="ignore"):
        expected = np.asarray(case.twin(*batch))
    assert sp.issparse(found) == case.stays
    if sp.issparse(found):
        require_canonical(found)
    assert dense_of(found).shape == expected.shape
    np.testing.assert_allclose(dense_of(found), expected, *tolerance(expected.dtype))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.filterwarnings("ignore::kgraph.types.densify.DensifyWarning")
def test_dense_twins_agree(name: str) -> None:
    rank, case = ALL[name]
    function = drawn(case, INNER[rank])
    graph = compile_function(function)

    @settings(max_examples=4, deadline=None)
    @given(batches(rank, case.least_rows))
    def agree(batch: tuple[Twin, Twin, np.ndarray]) -> None:
        x, y, d = batch
        fed = [sparse_of(x), sparse_of(y), d]
        check(function, fed, graph)
        require_agreement(case, graph(*fed), batch)
        require_agreement(case, case.ours(*fed), batch)

    agree()
    (output,) = function.outputs
    assert output.sparse == case.stays


@pytest.mark.parametrize(
    "name",
    [name for name, (rank, case) in ALL.items() if rank in (2, 3) and not case.needs_sizes],
)
@pytest.mark.filterwarnings("ignore::kgraph.types.densify.DensifyWarning")
def test_a_batch_may_tell_the_sizes_of_a_row(name: str) -> None:
    rank, case = ALL[name]
    graph = compile_function(drawn(case, (None,) * (rank - 1)))

    @settings(max_examples=4, deadline=None)
    @given(batches(rank, case.least_rows))
    def agree(batch: tuple[Twin, Twin, np.ndarray]) -> None:
        x, y, d = batch
        require_agreement(case, graph(sparse_of(x), sparse_of(y), d), batch)

    agree()
