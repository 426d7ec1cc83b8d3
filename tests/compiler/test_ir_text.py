from __future__ import annotations

import pickle

import numpy as np
import pytest

from kgraph.compiler.interpret import interpret
from kgraph.compiler.ir import CONSTANT, INPUT, VARIABLE, Graph, Node, Tracer, sort_nodes
from kgraph.compiler.text import parse, show
from kgraph.graph.scope import scope
from kgraph.ops.arithmetic import add, multiply
from kgraph.ops.primitives.shape import pad_constant
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dim
from kgraph.types.errors import KGraphValueError
from kgraph.types.variable import Variable

F32 = np.dtype("float32")


def arg(name: str, *dims: int | str) -> Tracer:
    sizes = tuple(Dim.symbol(size) if isinstance(size, str) else size for size in dims)
    return Tracer(Node(INPUT, (), {"name": name}, ArrayType(F32, sizes)))


def graph_of(inputs: list[Tracer], *outputs: Tracer) -> Graph:
    nodes = tuple(value.node for value in inputs)
    return Graph(nodes, (), ()).with_outputs([value.node for value in outputs])


ROUND_TRIPS = [
    """\
%x: f32[B, 8]
%0 = add(%x, 0.5:f32[]) : f32[B, 8]
return %0""",
    """\
%x: f32[B, 8]
%w: f32[8, 4] = variable
%0 = constant() : f32[4, 2]
%1 = batched_matmul(%w, %0) : f32[8, 2]
%2 = batched_matmul(%x, %1) : f32[B, 2]
return %2, %x, %1""",
    """\
%x: f32[T]
%splits: i64[B + 1]
%0 = row_ids(%splits, %x) : i64[T]
%1 = cast(%0, dtype='float32') : f32[T]
return %1""",
    """\
%x: f32[B, 6]
%0 = reshape_to(%x, shape=({6*B},)) : f32[6*B]
%1 = strided_slice(%0, starts=({6*B - 1},), stops=(-1,), steps=(-1,)) : f32[6*B]
%2 = pad_constant(%x, widths=((0, 0), (1, 2)), value=-inf) : f32[B, 9]
return %1, %2""",
    """\
%x: f32[B, 2]
%0 = add(%x, [nan, -inf]:f32[2]) : f32[B, 2]
%1 = where([True, False]:b1[2], %0, -0.0:f32[]) : f32[B, 2]
return %1""",
]


@pytest.mark.parametrize("text", ROUND_TRIPS)
def test_what_is_shown_is_read_back(text: str) -> None:
    assert show(parse(text)) == text


def test_a_graph_that_was_read_can_be_computed() -> None:
    graph = parse(ROUND_TRIPS[4])
    (result,) = interpret(graph, [np.float32([[1, 2], [3, 4]])])
    np.testing.assert_array_equal(result, [[np.nan, -0.0], [np.nan, -0.0]])


def test_constants_come_by_name_or_are_ones() -> None:
    weights = np.arange(8, dtype=np.float32).reshape(4, 2)
    text = ROUND_TRIPS[1]
    given, ones = parse(text, {"0": weights}), parse(text)
    x = np.ones((1, 8), np.float32)
    np.testing.assert_array_equal(interpret(given, [x])[0], [8 * weights.sum(0)])
    np.testing.assert_array_equal(interpret(ones, [x])[0], [[32, 32]])


def test_names_that_text_cannot_hold_or_that_repeat_are_changed() -> None:
    x, y = arg("my input/a", "B"), arg("my input:a", "B")
    zero = arg("0", "B")
    text = show(graph_of([x, y, zero], add(add(x, y), zero)))
    assert (
        text
        == """\
%my_input_a: f32[B]
%my_input_a.1: f32[B]
%0: f32[B]
%1 = add(%my_input_a, %my_input_a.1) : f32[B]
%2 = add(%1, %0) : f32[B]
return %2"""
    )
    assert show(parse(text)) == text


def test_scopes_are_shown_on_request_and_skipped_in_reading() -> None:
    x = arg("x", "B")
    with scope("model"), scope("double"):
        graph = graph_of([x], multiply(x, 2.0))
    assert show(graph, scopes=True).splitlines()[1].endswith("    # model/double")
    assert show(parse(show(graph, scopes=True))) == show(graph)


def test_text_without_a_return_line_is_refused() -> None:
    with pytest.raises(KGraphValueError, match="ends with a line `return"):
        parse("%x: f32[B]")


def test_a_line_that_is_no_node_is_refused_with_its_text() -> None:
    with pytest.raises(KGraphValueError, match="cannot read the line '%0 = add'"):
        parse("%x: f32[B]\n%0 = add\nreturn %0")


def test_a_constant_spread_over_the_batch_is_no_weight() -> None:
    graph = parse("""
        %x: f32[B]
        %0 = broadcast_to(1.0:f32[], shape=({B},)) : f32[B]
        %1 = broadcast_to(1.0:f32[], shape=(3,)) : f32[3]
        return %0, %1""")
    assert [node.is_static for node in graph.outputs] == [False, True]


def test_nodes_are_sorted_after_their_operands_and_once_each() -> None:
    x = arg("x", "B")
    y = add(x, x)
    for _ in range(2000):  # deeper than Python's stack
        y = add(y, y)
    order = sort_nodes([y.node])
    place = {node: number for number, node in enumerate(order)}
    assert len(order) == 2001
    assert all(place[o] < place[n] for n in order for o in n.inputs if o.op != INPUT)


def test_uses_count_operands_and_outputs() -> None:
    x = arg("x", "B")
    y = add(x, x)
    graph = graph_of([x], y, multiply(y, 2.0), y)
    uses = graph.uses()
    assert uses[x.node] == 2
    assert uses[y.node] == 3


def test_a_node_survives_pickling_with_its_attributes() -> None:
    x = arg("x", "B", 2)
    node = pad_constant(x, ((0, 0), (1, 1)), 0.5).node
    again = pickle.loads(pickle.dumps(node))
    assert dict(again.attrs) == dict(node.attrs)
    assert again.type == node.type
    assert again.inputs[0].attrs["name"] == "x"


def test_variables_and_constants_are_leaves() -> None:
    x = arg("x", "B", 2)
    made = add(add(x, Variable([1.0, 2.0], name="b")), 1.0).node
    ops = [node.op for node in sort_nodes([made])]
    assert ops == [VARIABLE, "add", CONSTANT, "add"]
