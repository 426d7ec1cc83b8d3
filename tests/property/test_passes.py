"""Passes, over drawn graphs: each leaves a sound graph, and a second run of it changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from kgraph.compiler.freeze import freeze
from kgraph.compiler.lower import lower
from kgraph.compiler.pipeline import PASSES
from kgraph.compiler.text import parse, show
from kgraph.compiler.verify import verify
from kgraph.graph.function import Function
from tests.property.graphs import functions

DRAWN = settings(
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("name", PASSES)
@DRAWN
@given(function=functions())
def test_a_second_run_changes_nothing(name: str, function: Function) -> None:
    once = PASSES[name](freeze(lower(function).graph))
    verify(once, after=name)
    again = PASSES[name](once)
    assert show(again, scopes=True) == show(once, scopes=True)


@DRAWN
@given(functions())
def test_every_stage_is_read_back_from_its_text(function: Function) -> None:
    graph = freeze(lower(function).graph)
    for run in PASSES.values():
        text = show(graph)
        assert show(parse(text)) == text
        graph = run(graph)
