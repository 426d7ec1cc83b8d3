"""Variables become constants of their present value."""

from __future__ import annotations

import numpy as np

from kgraph.compiler.freeze import freeze
from kgraph.compiler.text import show
from kgraph.compiler.verify import verify
from tests.compiler.rule_cases import read


def test_a_variable_becomes_one_constant_of_the_same_array() -> None:
    graph = read("""
        %x: f32[B, 8]
        %w: f32[8, 4] = variable
        %0 = batched_matmul(%x, %w) : f32[B, 4]
        %1 = batched_matmul(%x, %w) : f32[B, 4]
        return %0, %1""")
    frozen = verify(freeze(graph), after="freeze")
    assert (
        show(frozen)
        == """\
%x: f32[B, 8]
%0 = constant() : f32[8, 4]
%1 = batched_matmul(%x, %0) : f32[B, 4]
%2 = batched_matmul(%x, %0) : f32[B, 4]
return %1, %2"""
    )
    (variable,) = (node for node in graph.nodes if node.op == "variable")
    (constant,) = (node for node in frozen.nodes if node.op == "constant")
    assert constant.value is variable.value
    assert freeze(frozen) is frozen


def test_what_is_assigned_later_is_not_seen() -> None:
    graph = read("""
        %w: f32[2] = variable
        return %w""")
    (node,) = graph.outputs
    frozen = freeze(graph)
    node.attrs["variable"].assign(np.float32([7, 7]))
    (constant,) = frozen.outputs
    assert (constant.value != 7).all()
    assert (node.value == 7).all()
