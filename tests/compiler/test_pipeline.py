"""Which passes run, and that each leaves a sound graph of the same meaning."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings

import kgraph as kg
from kgraph import layers, ops
from kgraph.compiler.interpret import interpret
from kgraph.compiler.lower import lower
from kgraph.compiler.pipeline import DEFAULT, PASSES, compile_plan, pass_names
from kgraph.compiler.text import show
from kgraph.compiler.verify import verify
from kgraph.graph.function import Function
from kgraph.runtime.feed import InputSlot, flat_arrays
from kgraph.types.errors import KGraphValueError
from tests.property.batches import batch
from tests.property.comparing import assert_close
from tests.property.graphs import functions


@settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(functions())
def test_every_pass_leaves_a_sound_graph_that_computes_the_same(function: Function) -> None:
    compiled = compile_plan(function)
    slots = map(InputSlot, "abcdefghijklm", compiled.lowered.input_types)
    values = batch(function, 3, seed=2)
    fed = [
        part
        for slot, value in zip(slots, values, strict=False)
        for part in flat_arrays(slot, value)
    ]
    wanted = interpret(compiled.lowered.graph, fed)
    for name, graph in compiled.stages[:-1]:  # the last adds copies, which are no op
        assert_close(interpret(verify(graph, after=name), fed), wanted, name)


EACH_PASS = [*PASSES, "lower", "freeze", "phases", "fuse", "schedule"]


@pytest.mark.parametrize("name", EACH_PASS)
def test_the_docstring_of_each_pass_shows_before_and_after(name: str) -> None:
    module = import_module(f"kgraph.compiler.{name}")
    before, arrow, after = (module.__doc__ or "").partition("→")
    assert f"``{name}``" in before
    assert arrow
    assert after.strip()


def test_passes_are_chosen_by_name() -> None:
    assert pass_names("default") == DEFAULT
    assert pass_names("none") == ("legalise",)
    assert pass_names("cse") == ("cse", "legalise")
    assert pass_names(["fold", "legalise", "dce"]) == ("fold", "legalise", "dce")
    with pytest.raises(
        KGraphValueError, match=r"unknown passes \['fast'\]; there are canonicalize"
    ):
        pass_names(["fold", "fast"])


def test_stages_tell_what_each_pass_made() -> None:
    x = kg.Input((2,), name="x")
    compiled = compile_plan(Function(x, layers.Dense(2, name="d")(x) * 1.0))
    names = [name for name, _ in compiled.stages]
    assert names == ["lower", "freeze", *DEFAULT, "own_outputs"]
    following = compile_plan(Function(x, layers.Dense(2)(x)), freeze=False)
    assert [name for name, _ in following.stages] == ["lower", *DEFAULT, "own_outputs"]
    assert [node.op for node in compiled.graph.nodes] == ["constant", "constant", "dense"]


@pytest.mark.parametrize("name", PASSES)
def test_any_pass_may_run_alone(name: str) -> None:
    x = kg.Input((2,), name="x")
    function = Function(x, ops.softmax(layers.Dense(2, name="d")(x)))
    stages = dict(compile_plan(function, passes=name).stages)
    assert show(stages["lower"]) == show(lower(function).graph)
    assert name in stages


def test_a_repeated_output_has_an_array_of_its_own() -> None:
    x = kg.Input((2,))
    y = ops.tanh(x)
    plan = compile_plan(Function(x, [y, x, y, y, ops.reshape(y, (-1,))])).plan
    outputs = [buffer.index for buffer in plan.buffers if buffer.kind == "output"]
    assert sorted(outputs) == [0, 1, 2, 3, 4]
