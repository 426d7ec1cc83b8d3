from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings

from kgraph.compiler import rules
from kgraph.compiler.canonicalize import (
    CANONICALIZE,
    REASSOCIATE,
    canonicalize,
    canonicalize_fast,
)
from kgraph.compiler.combine import COMBINE
from kgraph.compiler.cse import cse
from kgraph.compiler.dce import dce
from kgraph.compiler.fold import fold
from kgraph.compiler.freeze import freeze
from kgraph.compiler.ir import Graph
from kgraph.compiler.rewrite import Rule
from kgraph.compiler.rules import kinds, reassociate
from kgraph.compiler.text import parse, show
from kgraph.compiler.verify import verify
from tests.compiler.drawn_graphs import batches, graphs
from tests.compiler.rule_cases import assert_same, read
from tests.compiler.rules import (
    test_bounds,
    test_entries,
    test_identities,
    test_joins,
    test_kinds,
    test_linear,
    test_masked,
    test_normalise,
    test_one_hot,
    test_padding,
    test_reassociate,
    test_shapes,
    test_slices,
    test_stable,
    test_tables,
)

PASSES = [canonicalize, canonicalize_fast, freeze, fold, cse, dce]
RULES = [*CANONICALIZE, *REASSOCIATE, *kinds.RULES, *reassociate.KINDS]
RULE_TESTS = [
    test_identities,
    test_shapes,
    test_slices,
    test_joins,
    test_linear,
    test_normalise,
    test_entries,
    test_stable,
    test_bounds,
    test_masked,
    test_tables,
    test_one_hot,
    test_kinds,
    test_padding,
    test_reassociate,
]


def test_dense_batch_normalization_and_log_sigmoid() -> None:
    graph = read("""
        %x: f32[B, 8]
        %w: f32[8, 4] = variable
        %b: f32[4] = variable
        %scale: f32[4] = variable
        %shift: f32[4] = variable
        %0 = batched_matmul(%x, %w) : f32[B, 4]
        %1 = add(%0, %b) : f32[B, 4]
        %2 = multiply(%1, %scale) : f32[B, 4]
        %3 = add(%2, %shift) : f32[B, 4]
        %4 = sigmoid(%3) : f32[B, 4]
        %5 = log(%4) : f32[B, 4]
        return %5""")
    assert (
        show(canonicalize(graph))
        == """\
%x: f32[B, 8]
%w: f32[8, 4] = variable
%scale: f32[4] = variable
%0 = multiply(%w, %scale) : f32[8, 4]
%b: f32[4] = variable
%1 = multiply(%b, %scale) : f32[4]
%shift: f32[4] = variable
%2 = add(%1, %shift) : f32[4]
%3 = dense(%x, %0, %2) : f32[B, 4]
%4 = log_sigmoid(%3) : f32[B, 4]
return %4"""
    )


def test_product_read_twice_stays_a_product() -> None:
    graph = read("""
        %x: f32[B, 8]
        %w: f32[8, 4] = variable
        %b: f32[4] = variable
        %0 = batched_matmul(%x, %w) : f32[B, 4]
        %1 = add(%0, %b) : f32[B, 4]
        %2 = add(%1, %0) : f32[B, 4]
        return %2""")
    assert canonicalize(graph) is graph


def test_every_rule_has_a_sentence_and_a_name_of_its_own() -> None:
    assert all("->" in rule.sentence for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("module", [module.name for module in pkgutil.iter_modules(rules.__path__)])
def test_every_rule_is_applied(module: str) -> None:
    found = vars(import_module(f"{rules.__name__}.{module}"))
    defined = {one.name for one in found.values() if isinstance(one, Rule)}
    assert defined <= {one.name for one in [*RULES, *COMBINE]}


def test_every_rule_has_a_test_where_it_fires_and_one_where_it_must_not() -> None:
    names = {rule.name for rule in RULES}
    assert {case.rule.name for module in RULE_TESTS for case in module.FIRES} == names
    assert {case.rule.name for module in RULE_TESTS for case in module.STAYS} == names


@pytest.mark.parametrize("change", PASSES, ids=lambda change: change.__name__)
@settings(max_examples=60, deadline=None)
@given(graph=graphs(), arrays=batches())
def test_a_pass_keeps_the_results_and_its_second_run_changes_nothing(
    change: Callable[[Graph], Graph], graph: Graph, arrays: list[np.ndarray]
) -> None:
    verify(graph, after="drawing")
    result = verify(change(graph), after=change.__name__)
    assert change(result) is result
    assert_same(graph, result, arrays)


@settings(max_examples=150, deadline=None)
@given(graph=graphs(), arrays=batches())
def test_all_passes_in_a_row_keep_the_results(graph: Graph, arrays: list[np.ndarray]) -> None:
    result = graph
    for change in [freeze, fold, canonicalize, fold, cse, dce, canonicalize, canonicalize_fast]:
        result = verify(change(result), after=change.__name__)
    assert_same(graph, result, arrays)


@settings(max_examples=100, deadline=None)
@given(graph=graphs())
def test_a_drawn_graph_is_read_back_as_it_was_shown(graph: Graph) -> None:
    for form in (graph, canonicalize(graph)):
        text = show(form)
        again = verify(parse(text), after="parse")
        assert show(again) == text
