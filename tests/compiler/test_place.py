"""Lifetimes: values that live at once never share memory."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

import kgraph as kg
from kgraph import ops
from kgraph.compiler.fuse import fuse
from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Fused, is_input_view
from kgraph.compiler.legalise import legalise, own_outputs
from kgraph.compiler.lower import lower
from kgraph.compiler.place import PANEL, TILE, Placement, place
from kgraph.compiler.schedule import schedule
from kgraph.compiler.text import parse
from kgraph.compiler.verify import verify
from kgraph.graph.function import Function
from tests.compiler.arena import check_lifetimes
from tests.property.graphs import functions

DRAWN = settings(
    derandomize=True, deadline=None, max_examples=100, suppress_health_check=list(HealthCheck)
)


def fused_graph(function: Function) -> Fused:
    return schedule(fuse(own_outputs(legalise(lower(function).graph))))


def lives(fused: Fused) -> dict[Node, tuple[int, int]]:
    """For each value the region that makes it and the last one that reads it."""
    found: dict[Node, tuple[int, int]] = {}
    for number, region in enumerate(fused.regions):
        for node in region.nodes:
            found[node] = (number, number)
    for number, region in enumerate(fused.regions):
        for node in region.nodes:
            for base in map(root, node.inputs):
                if base in found:
                    found[base] = (found[base][0], max(found[base][1], number))
    return found


@DRAWN
@given(functions(14))
def test_values_that_live_at_once_have_slots_of_their_own(function: Function) -> None:
    fused = fused_graph(function)
    check_lifetimes(fused, place(fused))


@DRAWN
@given(functions(14))
def test_every_value_lies_where_its_readers_look(function: Function) -> None:
    fused = fused_graph(function)
    placement, alive = place(fused), lives(fused)
    step_of = {
        node: step for region in fused.regions for step in region.steps for node in step.nodes
    }
    for node, (first, last) in alive.items():
        kind = placement.of.get(node, ("register",))[0]
        inside = {reader for reader in step_of if node in map(root, reader.inputs)}
        if kind == "register":  # a value without a place is read by its own program alone
            assert all(step_of[reader] is step_of[node] for reader in inside)
        elif kind == "panel":
            assert first == last
            assert step_of[node].aligned
            assert all(node in step_of[r].local for r in inside if step_of[r] is not step_of[node])
    outputs = [placement.of[root(node)] for node in fused.graph.outputs]
    assert outputs == [("output", number) for number in range(len(outputs))]


@DRAWN
@given(functions(14))
def test_regions_run_after_those_they_read(function: Function) -> None:
    fused = fused_graph(function)
    made: set[Node] = set()
    for region in fused.regions:
        for step in region.steps:
            own = set(step.nodes)
            makers = {value for value in step.reads if not value.is_leaf and not value.is_static}
            assert {value for value in makers - own if not is_input_view(value)} <= made
            made |= own


def test_slots_live_from_the_maker_to_the_last_reader() -> None:
    x, y = kg.Input((64,), name="x"), kg.Input((64,), name="y")
    wide = ops.tanh(x), ops.exp(y)
    fused = fused_graph(Function([x, y], ops.sum(wide[0], 0) + ops.sum(wide[1], 0)))
    placement = place(fused)
    lines = []
    for number, region in enumerate(fused.regions):
        for node in region.nodes:
            kind, at = placement.of[node]
            lives = f", lives in regions {placement.lifetimes[at]}" if kind == "arena" else ""
            lines.append(f"region {number}: {node.op} in {kind} {at}{lives}")
    assert (
        "\n".join(lines)
        == """\
region 0: tanh in arena 0, lives in regions (0, 1)
region 1: reduce_sum in arena 1, lives in regions (1, 4)
region 2: exp in arena 2, lives in regions (2, 3)
region 3: reduce_sum in arena 3, lives in regions (3, 4)
region 4: add in output 0"""
    )


def centred(*, read_again: bool) -> Function:
    """A value that another of its shape is made from, when nobody else reads it any more."""
    x = kg.Input((4,), name="x")
    h = ops.tanh(x)
    c = h - ops.mean(h, axis=0, keepdims=True)
    scaled = c * ops.mean(c, axis=0, keepdims=True)
    return Function(x, scaled + h if read_again else scaled)


def wide_slots(function: Function) -> set[int]:
    """The slots of the values of as many rows as the batch."""
    of = place(fused_graph(function)).of
    wide = {node: at for node, (kind, at) in of.items() if kind == "arena" and node.type.ndim == 2}
    rows = {node: at for node, at in wide.items() if not isinstance(node.type.dims[0], int)}
    assert len(rows) == 2
    return set(rows.values())


def test_a_program_writes_over_an_operand_that_dies() -> None:
    assert len(wide_slots(centred(read_again=False))) == 1


def test_an_operand_that_is_read_again_is_not_written_over() -> None:
    assert len(wide_slots(centred(read_again=True))) == 2


def test_positions_are_not_written_over_what_they_are_found_in() -> None:
    """All positions take as many bytes as the numbers, which are still compared."""
    x = kg.Input((4,), name="x")
    h = ops.tanh(x)
    c = h - ops.mean(h, axis=0, keepdims=True)
    fused = fused_graph(Function(x, ops.max(ops.top_k(c * ops.mean(c, axis=0), 4)[1], axis=0)))
    of = place(fused).of
    slots = {node.op: at for node, (kind, at) in of.items() if kind == "arena"}
    assert "top_positions" in slots
    assert all(slots[op] != slots["top_positions"] for op in slots if op != "top_positions")


def slots(function: Function) -> dict[str, set[int]]:
    return slots_of(place(fused_graph(function)))


def slots_of(placement: Placement) -> dict[str, set[int]]:
    """By op, the slots of the arena in which what it makes lies."""
    found: dict[str, set[int]] = {}
    for node, (kind, at) in placement.of.items():
        if kind == "arena":
            found.setdefault(node.op, set()).add(at)
    return found


def less_mean(x: kg.KerasTensor) -> kg.KerasTensor:
    return x - ops.mean(x, axis=0, keepdims=True)


def test_what_a_later_kernel_of_the_region_reads_is_not_written_over() -> None:
    """Row by row: but when the product of a row is made, the whole panel has been centred."""
    x = kg.Input((3, 3), name="x")
    h = ops.tanh(x)
    c = less_mean(h)
    function = Function(x, ops.matmul(c, h) * ops.mean(c, axis=0, keepdims=True))
    found = slots(function)
    assert found["tanh"].isdisjoint(found["subtract"])


def test_what_an_earlier_kernel_of_the_region_reads_whole_is_not_written_over() -> None:
    """Another thread may still gather rows of it."""
    x, ids = kg.Input((4,), name="x"), kg.Input((), dtype="int32", name="ids")
    h = ops.tanh(x)
    found = slots(Function([x, ids], less_mean(ops.take(h, ids, axis=0) * h)))
    assert found["tanh"].isdisjoint(found["multiply"])


def test_what_its_program_reads_again_is_not_written_over() -> None:
    x = kg.Input((4,), name="x")
    h = ops.tanh(x)
    s = ops.sigmoid(less_mean(h))
    found = slots(Function(x, [ops.exp(s) * h, ops.sum(s, axis=0)]))
    assert found["tanh"].isdisjoint(found["sigmoid"])


def test_a_value_of_other_bytes_is_not_written_over() -> None:
    """Eight bytes for each four that are still to be read."""
    x = kg.Input((4,), name="x")
    h = ops.tanh(x)
    wide = ops.cast(less_mean(h), "float64")
    found = slots(Function(x, ops.exp(wide) * ops.sum(wide, axis=0)))
    assert found["tanh"].isdisjoint(found["cast"])


def test_a_matrix_product_is_not_written_over_its_operand() -> None:
    """It reads a row of the one for each element that it makes of it."""
    x = kg.Input((3, 3), name="x")
    h = ops.tanh(x)
    found = slots(Function(x, less_mean(ops.matmul(h, x + ops.max(h, axis=0, keepdims=True)))))
    assert found["tanh"].isdisjoint(found["batched_matmul"])


def test_a_program_writes_over_what_no_other_kernel_of_its_region_reads() -> None:
    x = kg.Input((4,), name="x")
    c = less_mean(ops.tanh(x))
    product = ops.matmul(c, np.eye(4, dtype=np.float32))
    found = slots(Function(x, product + ops.sum(c, axis=0)))
    assert found["tanh"] == found["subtract"]


def test_rows_are_not_repeated_over_themselves() -> None:
    """As many rows as before: but what is the first row twice overwrites the second."""
    text = """\
    %x: f32[B, 4]
    %splits: i64[B + 1]
    %0 = tanh(%x) : f32[B, 4]
    %1 = reduce_max(%0, axes=(0, 1)) : f32[1, 1]
    %2 = reshape_to(%1, shape=()) : f32[]
    %3 = cast(%2, dtype='int64') : i64[]
    %4 = add(%splits, %3) : i64[B + 1]
    %5 = repeat_rows(%0, %4, total={B}) : f32[B, 4]
    %6 = reduce_sum(%5, axes=(0,)) : f32[1, 4]
    return %6"""
    found = slots_of(place(schedule(fuse(verify(parse(text))))))
    assert found["tanh"].isdisjoint(found["repeat_rows"])


def test_a_slot_that_has_a_new_value_is_not_written_over_again() -> None:
    """Two results of one program, each of which could lie where its operand did."""
    x = kg.Input((4,), name="x")
    c = less_mean(ops.tanh(x))
    a, b = ops.sigmoid(c), ops.exp(c)
    function = Function(x, [a * ops.sum(a, axis=0) + b * ops.sum(b, axis=0)])
    found = slots(function)
    assert found["sigmoid"].isdisjoint(found["exp"])
    assert len(found["sigmoid"] | found["exp"] | found["tanh"]) == 2


def test_whoever_writes_in_a_place_overwrites_all_that_lie_there() -> None:
    x = kg.Input((4,), name="x")
    total = ops.exp(x) + ops.sin(x) + ops.cos(x) + ops.tanh(x) + ops.erf(x)
    a, b, c, d, e, f, g, weight = lower(Function(x, total)).graph.nodes[:8]
    spots = {a: PANEL, b: PANEL, c: TILE, d: TILE, e: ("arena", 1), f: ("arena", 1)}
    memory = Placement(spots, ((0, 1), (0, 1)), under={g: e}).memory
    assert memory(e) == memory(f) == memory(g)
    assert len({memory(node) for node in (a, b, c, d, e, weight)}) == 6
