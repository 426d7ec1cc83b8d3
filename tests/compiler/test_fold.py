from __future__ import annotations

import numpy as np
import pytest

from kgraph.compiler.fold import fold
from kgraph.compiler.freeze import freeze
from kgraph.compiler.interpret import interpret
from kgraph.compiler.ir import CONSTANT, VARIABLE
from kgraph.compiler.text import parse, show
from kgraph.compiler.verify import verify
from kgraph.types.errors import KGraphValueError
from tests.compiler.rule_cases import read


def test_what_depends_on_constants_alone_is_computed() -> None:
    graph = parse("""
        %x: f32[B, 2]
        %0 = multiply([1.0, 2.0]:f32[2], 3.0:f32[]) : f32[2]
        %1 = negative(%0) : f32[2]
        %2 = add(%x, %1) : f32[B, 2]
        return %2""")
    result = verify(fold(graph), after="fold")
    assert (
        show(result)
        == """\
%x: f32[B, 2]
%0 = add(%x, [-3.0, -6.0]:f32[2]) : f32[B, 2]
return %0"""
    )
    assert fold(result) is result


def test_variables_are_left_alone() -> None:
    graph = read("""
        %x: f32[B, 2]
        %w: f32[2] = variable
        %0 = negative(%w) : f32[2]
        %1 = add(%x, %0) : f32[B, 2]
        return %1""")
    assert fold(graph) is graph


def test_sizes_of_the_batch_are_left_alone() -> None:
    graph = parse("""
        %x: f32[B]
        %0 = broadcast_to(1.0:f32[], shape=({B},)) : f32[B]
        return %0""")
    assert fold(graph) is graph


@pytest.mark.parametrize(("rows", "folds"), [(1000, True), (2000, False)])
def test_a_broadcast_to_more_than_a_mebibyte_is_left_alone(rows: int, folds: bool) -> None:
    graph = parse(f"""
        %0 = constant() : f32[256]
        %1 = broadcast_to(%0, shape=({rows}, 256)) : f32[{rows}, 256]
        return %1""")
    assert (fold(graph) is not graph) == folds


def test_a_large_result_of_large_operands_is_computed() -> None:
    graph = parse("""
        %0 = constant() : f32[600, 600]
        %1 = multiply(%0, 2.0:f32[]) : f32[600, 600]
        return %1""")
    assert [node.op for node in fold(graph).nodes] == [CONSTANT]


def test_folded_arrays_are_contiguous_and_scalars_stay_scalars() -> None:
    graph = parse("""
        %0 = constant() : f32[2, 3]
        %1 = transpose_axes(%0, axes=(1, 0)) : f32[3, 2]
        %2 = add(1.0:f32[], 2.0:f32[]) : f32[]
        return %1, %2""")
    transposed, total = fold(graph).outputs
    assert transposed.value.flags.c_contiguous
    assert transposed.value.shape == (3, 2)
    assert total.value.shape == ()


def test_what_cannot_be_computed_is_left_for_the_call_to_report() -> None:
    graph = parse("""
        %0 = constant() : f32[2, 3]
        %1 = gather_rows(%0, [0, 2]:i64[2]) : f32[2, 3]
        return %1""")
    assert fold(graph) is graph
    with pytest.raises(KGraphValueError, match="position 2 is not in"):
        interpret(graph, [])


def test_an_integer_to_a_negative_power_is_left_for_the_call_to_report() -> None:
    graph = parse("%0 = power(2:i32[], -1:i32[]) : i32[]\nreturn %0")
    assert fold(graph) is graph


def test_scope_of_a_folded_node_is_kept() -> None:
    graph = parse("%0 = add(1.0:f32[], 2.0:f32[]) : f32[]\nreturn %0")
    object.__setattr__(graph.outputs[0], "scope", "model/dense")
    assert fold(graph).outputs[0].scope == "model/dense"


TWO_READERS = """
    %x: f32[B, 2]
    %w: f32[2] = variable
    %0 = add(%x, %w) : f32[B, 2]
    %1 = multiply(%0, %w) : f32[B, 2]
    return %1"""


def test_freezing_takes_the_present_values_without_a_copy() -> None:
    graph = read(TWO_READERS)
    (variable,) = [node.attrs["variable"] for node in graph.nodes if node.op == VARIABLE]
    frozen = verify(freeze(graph), after="freeze")
    (constant,) = [node for node in frozen.nodes if node.op == CONSTANT]
    assert constant.value is variable.value
    assert freeze(frozen) is frozen

    x = np.ones((1, 2), np.float32)
    before = interpret(frozen, [x])[0]
    variable.assign([0.0, 0.0])
    np.testing.assert_array_equal(interpret(frozen, [x])[0], before)
    np.testing.assert_array_equal(interpret(graph, [x])[0], [[0, 0]])


def test_a_variable_that_is_read_twice_becomes_one_constant() -> None:
    graph = read(TWO_READERS)
    first = next(node for node in graph.nodes if node.op == VARIABLE)
    twin = type(first)(VARIABLE, (), first.attrs, first.type)
    add, multiply = graph.nodes[-2:]
    read_twice = multiply.with_inputs([add, twin])
    frozen = freeze(graph.with_outputs([read_twice]))
    assert sum(node.op == CONSTANT for node in frozen.nodes) == 1
