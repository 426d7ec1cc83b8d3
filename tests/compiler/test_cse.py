from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from kgraph.compiler.cse import array_key, attr_key, cse
from kgraph.compiler.ir import CONSTANT, VARIABLE, Graph, Node, Tracer
from kgraph.compiler.text import parse, show
from kgraph.compiler.verify import verify
from kgraph.graph.scope import scope
from kgraph.ops.arithmetic import add
from kgraph.ops.exponential import exp
from kgraph.types.variable import Variable


def test_what_is_computed_twice_is_computed_once() -> None:
    graph = parse("""
        %x: f32[B, 2]
        %0 = exp(%x) : f32[B, 2]
        %1 = reduce_sum(%0, axes=(1,)) : f32[B, 1]
        %2 = exp(%x) : f32[B, 2]
        %3 = reduce_sum(%2, axes=(1,)) : f32[B, 1]
        %4 = add(%1, %3) : f32[B, 1]
        return %4""")
    result = verify(cse(graph), after="cse")
    assert (
        show(result)
        == """\
%x: f32[B, 2]
%0 = exp(%x) : f32[B, 2]
%1 = reduce_sum(%0, axes=(1,)) : f32[B, 1]
%2 = add(%1, %1) : f32[B, 1]
return %2"""
    )
    assert cse(result) is result


DIFFERENT = {
    "op": ("exp(%x) : f32[B, 2]", "exp2(%x) : f32[B, 2]"),
    "operands": ("subtract(%x, %y) : f32[B, 2]", "subtract(%y, %x) : f32[B, 2]"),
    "attributes": ("cast(%x, dtype='int32') : i32[B, 2]", "cast(%x, dtype='int64') : i64[B, 2]"),
    "zeros of two signs": ("add(%x, 0.0:f32[]) : f32[B, 2]", "add(%x, -0.0:f32[]) : f32[B, 2]"),
    "numbers": ("add(%x, [1.0, 2.0]:f32[2]) : f32[B, 2]", "add(%x, [1.0, 3.0]:f32[2]) : f32[B, 2]"),
    "shapes": ("add(%x, 1.0:f32[]) : f32[B, 2]", "add(%x, [1.0]:f32[1]) : f32[B, 2]"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_what_differs_stays_apart(first: str, second: str) -> None:
    graph = parse(f"%x: f32[B, 2]\n%y: f32[B, 2]\n%0 = {first}\n%1 = {second}\nreturn %0, %1")
    assert cse(graph) is graph


@pytest.mark.parametrize("literal", ["nan:f32[]", "[1.0, -0.0]:f32[2]", "[]:f32[0]"])
def test_equal_constants_merge_bit_by_bit(literal: str) -> None:
    graph = parse(f"return {literal}, {literal}")
    result = cse(graph)
    assert result.outputs[0] is result.outputs[1]


def test_variables_merge_by_identity_not_by_value() -> None:
    first, second = Variable([1.0], name="a"), Variable([1.0], name="a")
    leaves = [Node(VARIABLE, (), {"variable": v}, v.type) for v in (first, first, second)]
    graph = Graph((), (), ()).with_outputs(leaves)
    result = cse(graph)
    assert result.outputs[0] is result.outputs[1]
    assert result.outputs[0] is not result.outputs[2]


def test_constants_are_not_taken_for_variables_of_the_same_value() -> None:
    variable = Variable([1.0])
    leaf = Node(VARIABLE, (), {"variable": variable}, variable.type)
    constant = Node(CONSTANT, (), {"value": variable.value}, variable.type)
    graph = Graph((), (), ()).with_outputs([leaf, constant])
    assert cse(graph) is graph


def test_the_scope_of_the_first_is_kept() -> None:
    x = Tracer(parse("%x: f32[B]\nreturn %x").inputs[0])
    with scope("first"):
        a = exp(x)
    with scope("second"):
        b = exp(x)
    graph = Graph((x.node,), (), ()).with_outputs([add(a, b).node])
    (total,) = cse(graph).outputs
    assert [operand.scope for operand in total.inputs] == ["first", "first"]


@pytest.mark.parametrize("one", [1, 1.0, True])
@pytest.mark.parametrize("other", [1, 1.0, True, 0.0, -0.0, float("nan"), (1,), "1", None])
def test_keys_of_attributes_are_equal_for_equal_attributes_only(one: Any, other: Any) -> None:
    alike = type(one) is type(other) and one == other
    assert (attr_key((one,)) == attr_key((other,))) == alike


def test_attributes_that_cannot_be_hashed_have_keys() -> None:
    def make(number: float) -> Any:
        return MappingProxyType({"b": [1, np.float32([number, np.nan])], "a": {"c": float("nan")}})

    assert attr_key(make(1)) == attr_key(make(1))
    assert hash(attr_key(make(1))) == hash(attr_key(make(1)))
    assert attr_key(make(1)) != attr_key(make(2))
    assert attr_key(float("nan")) == attr_key(float("nan"))
    assert attr_key(0.0) != attr_key(-0.0)


def test_arrays_of_strings_and_strided_ones_have_keys() -> None:
    words = np.array(["a", "b"], np.dtypes.StringDType())
    assert array_key(words) == array_key(words.copy())
    grid = np.arange(6.0).reshape(2, 3)
    assert array_key(grid.T) == array_key(np.ascontiguousarray(grid.T))
    assert array_key(grid.T) != array_key(grid)
