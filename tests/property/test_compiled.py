"""Compiled graphs agree with the eager ops and the interpreter, whatever the graph and batch."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from tests.property.batches import batch
from tests.property.comparing import check
from tests.property.graphs import functions

CHECKED = settings(
    derandomize=True,
    deadline=None,
    max_examples=400,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@CHECKED
@given(functions(), st.integers(0, 4), st.booleans())
def test_compiled_graphs_agree_with_both_oracles(function: Function, form: int, odd: bool) -> None:
    compiled = None
    for seed, rows in enumerate((3, 0, 1, 70)):
        plain, values = (batch(function, rows, seed, f, odd) for f in (0, form))
        compiled = check(function, values, compiled, plain=plain)


@CHECKED
@given(functions())
def test_without_passes_the_result_is_the_same(function: Function) -> None:
    compiled = compile_function(function, passes="none")
    for seed, rows in enumerate((3, 0)):
        check(function, batch(function, rows, seed), compiled)
