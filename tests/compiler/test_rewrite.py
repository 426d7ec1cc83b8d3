from __future__ import annotations

from typing import Any

import pytest

from kgraph.compiler.ir import Graph, Node, Tracer
from kgraph.compiler.pattern import P, const, filled, once, one_of, static, var
from kgraph.compiler.rewrite import Rule, rewrite, rewrite_with, rule
from kgraph.compiler.text import parse, show
from kgraph.compiler.verify import verify
from kgraph.graph.scope import scope
from kgraph.ops.arithmetic import add, multiply, negative, subtract
from kgraph.ops.exponential import exp, square
from kgraph.types.errors import InternalError
from tests.compiler.rule_cases import read

x, y = var("x"), var("y")


def matches(rule_: Rule, text: str) -> bool:
    graph = read(text)
    return rewrite(graph, [rule_]) is not graph


def node_text(line: str) -> str:
    return f"""
        %x: f32[3]
        %y: f32[3]
        %w: f32[3] = variable
        %0 = exp(%x) : f32[3]
        %1 = {line} : f32[3]
        return %1"""


def fires_on(pattern: Any) -> Rule:
    @rule(pattern)
    def to_square(node: Node) -> Any:
        """anything -> square of the first operand"""
        return square(Tracer(node.inputs[0]))

    return to_square


def test_commutative_ops_match_in_both_orders_and_others_do_not() -> None:
    both = fires_on(one_of("add", "subtract")(P.exp(x), y))
    assert matches(both, node_text("add(%0, %y)"))
    assert matches(both, node_text("add(%y, %0)"))
    assert matches(both, node_text("subtract(%0, %y)"))
    assert not matches(both, node_text("subtract(%y, %0)"))


def test_a_variable_that_stands_twice_is_the_same_value() -> None:
    same = fires_on(P.subtract(x, x))
    assert matches(same, node_text("subtract(%y, %y)"))
    assert not matches(same, node_text("subtract(%y, %x)"))
    assert matches(same, "%0 = subtract(1.0:f32[], 1.0:f32[]) : f32[]\nreturn %0")
    assert not matches(same, "%0 = subtract(0.0:f32[], -0.0:f32[]) : f32[]\nreturn %0")


def test_the_second_order_is_tried_when_the_guard_refuses_the_first() -> None:
    @rule(P.add(x, y))
    def left_is_exp(x: Tracer, y: Tracer) -> Any:
        """add(exp(z), y) -> subtract(y, exp(z))"""
        return subtract(y, x) if x.node.op == "exp" else None

    assert matches(left_is_exp, node_text("add(%y, %0)"))


def test_static_takes_weights_and_const_takes_known_numbers() -> None:
    assert matches(fires_on(P.add(x, static("w"))), node_text("add(%w, %x)"))
    assert not matches(fires_on(P.add(x, static("w"))), node_text("add(%y, %x)"))
    assert not matches(fires_on(P.add(x, const("w"))), node_text("add(%w, %x)"))
    assert matches(fires_on(P.add(x, const("w"))), node_text("add([1.0, 2.0, 3.0]:f32[3], %x)"))


def test_filled_tells_zeros_of_two_signs_apart() -> None:
    assert matches(fires_on(P.add(x, filled(0.0))), node_text("add(%x, 0.0:f32[])"))
    assert not matches(fires_on(P.add(x, filled(0.0))), node_text("add(%x, -0.0:f32[])"))


def test_once_means_that_nobody_else_reads_it() -> None:
    once_exp = fires_on(P.add(once(P.exp(x)), y))
    assert matches(once_exp, node_text("add(%0, %y)"))
    assert not matches(once_exp, node_text("add(%0, %0)"))
    assert not matches(once_exp, node_text("add(%0, %y)").replace("return", "return %0,"))


def test_a_reader_that_a_rule_removed_no_longer_counts() -> None:
    @rule(P.multiply(x, filled(1)))
    def times_one(x: Tracer) -> Any:
        """multiply(x, 1) -> x"""
        return x

    @rule(P.where(var("c"), x, P.negative(y)))
    def drop_negative(x: Tracer) -> Any:
        """where(c, x, negative(y)) -> x"""
        return x

    @rule(P.negative(once(P.exp(x))))
    def negative_exp(x: Tracer) -> Any:
        """negative(exp(x)) -> square(x), when nobody else wants the exponential"""
        return square(x)

    graph = read("""
        %x: f32[B]
        %0 = exp(%x) : f32[B]
        %1 = negative(%0) : f32[B]
        %2 = negative(%0) : f32[B]
        %3 = where(True:b1[], %1, %2) : f32[B]
        %4 = multiply(%3, 1.0:f32[]) : f32[B]
        return %4""")
    result = rewrite(graph, [times_one, drop_negative, negative_exp])
    assert show(result) == "%x: f32[B]\n%0 = square(%x) : f32[B]\nreturn %0"


def test_what_once_rules_leave_behind_is_released_within_the_walk() -> None:
    lines = ["%x: f32[B]"]
    lines += [f"%{n} = negative({f'%{n - 1}' if n else '%x'}) : f32[B]" for n in range(40)]
    graph = parse("\n".join([*lines, "%40 = exp(%39) : f32[B]", "return %40"]))
    skip_negative = rule(P.exp(once(P.negative(x))))(lambda x: exp(x))
    # one step a walk would be more walks than `rewrite` allows
    result = rewrite(graph, [skip_negative])
    assert show(result) == "%x: f32[B]\n%0 = exp(%x) : f32[B]\nreturn %0"


def test_readers_of_what_was_replaced_count_for_its_replacement() -> None:
    times_one = rule(P.multiply(x, filled(1)))(lambda x: x)
    negate_once = fires_on(P.negative(once(P.exp(x))))
    graph = read("""
        %x: f32[B]
        %0 = exp(%x) : f32[B]
        %1 = multiply(%0, 1.0:f32[]) : f32[B]
        %2 = negative(%0) : f32[B]
        return %1, %2""")
    result = verify(rewrite(graph, [times_one, negate_once]))
    assert [node.op for node in result.nodes] == ["exp", "negative"]


def test_a_new_reader_counts_too() -> None:
    @rule(P.sign(x))
    def sign_reads_exp(x: Tracer) -> Any:
        """sign(exp(x)) -> add(exp(x), exp(x))"""
        return add(x, x)

    negate = fires_on(P.negative(once(P.exp(x))))
    graph = read("""
        %x: f32[B]
        %0 = exp(%x) : f32[B]
        %1 = sign(%0) : f32[B]
        %2 = negative(%1) : f32[B]
        return %2""")
    result = verify(rewrite(graph, [sign_reads_exp, negate]))
    assert [node.op for node in result.nodes] == ["exp", "add", "negative"]


def test_what_a_replacement_is_made_of_is_rewritten_too() -> None:
    @rule(P.exp(x))
    def exp_is_double_negative(x: Tracer) -> Any:
        """exp(x) -> negative(multiply(negative(x), 1))"""
        return negative(multiply(negative(x), 1.0))

    @rule(P.multiply(x, filled(1)))
    def times_one(x: Tracer) -> Any:
        """multiply(x, 1) -> x"""
        return x

    @rule(P.negative(P.negative(x)))
    def cancel(x: Tracer) -> Any:
        """negative(negative(x)) -> x"""
        return x

    graph = read("%x: f32[B]\n%0 = exp(%x) : f32[B]\nreturn %0")
    result = rewrite(graph, [exp_is_double_negative, times_one, cancel])
    assert show(result) == "%x: f32[B]\nreturn %x"


def test_the_first_rule_in_the_list_wins() -> None:
    to_exp = rule(P.negative(x))(lambda x: exp(x))
    to_square = rule(P.negative(x))(lambda x: square(x))
    graph = read("%x: f32[B]\n%0 = negative(%x) : f32[B]\nreturn %0")
    assert rewrite(graph, [to_exp, to_square]).outputs[0].op == "exp"
    assert rewrite_with([to_square, to_exp])(graph).outputs[0].op == "square"


def test_a_replacement_keeps_the_scope_and_line_of_what_it_replaces() -> None:
    traced = Tracer(parse("%x: f32[B]\nreturn %x").inputs[0])
    with scope("model/relu", "train.py:7"):
        made = negative(traced)
    graph = Graph((traced.node,), (), ()).with_outputs([made.node])
    to_square = rule(P.negative(x))(lambda x: square(x))
    (node,) = rewrite(graph, [to_square]).outputs
    assert (node.scope, node.line) == ("model/relu", "train.py:7")


def test_a_graph_in_which_nothing_fits_is_returned_itself() -> None:
    graph = read(node_text("add(%0, %y)"))
    assert rewrite(graph, [fires_on(P.multiply(x, y))]) is graph


def test_a_replacement_of_another_type_is_refused() -> None:
    @rule(P.add(x, y))
    def wrong(y: Tracer) -> Any:
        """add(x, y) -> y, which is wrong where x makes it larger"""
        return y

    graph = read("%x: f32[B, 3]\n%y: f32[3]\n%0 = add(%x, %y) : f32[B, 3]\nreturn %0")
    with pytest.raises(InternalError, match=r"wrong replaces add of type f32\[B, 3\] by input"):
        rewrite(graph, [wrong])


def test_rules_that_chase_each_other_are_found_out() -> None:
    there = rule(P.negative(x))(lambda x: exp(x))
    back = rule(P.exp(x))(lambda x: negative(x))
    graph = read("%x: f32[B]\n%0 = exp(%x) : f32[B]\nreturn %0")
    with pytest.raises(InternalError, match="chase each other"):
        rewrite(graph, [there, back])


def test_a_rule_that_grows_its_own_operand_is_found_out() -> None:
    grow = rule(P.negative(x))(lambda x: negative(exp(x)))
    graph = read("%x: f32[B]\n%0 = negative(%x) : f32[B]\nreturn %0")
    with pytest.raises(InternalError, match="chase each other"):
        rewrite(graph, [grow])


def test_a_long_chain_is_rewritten_in_one_walk() -> None:
    lines = ["%x: f32[B]"]
    lines += [f"%{n} = negative({f'%{n - 1}' if n else '%x'}) : f32[B]" for n in range(3000)]
    calls = 0

    @rule(P.negative(P.negative(x)))
    def cancel(x: Tracer) -> Any:
        """negative(negative(x)) -> x"""
        nonlocal calls
        calls += 1
        return x

    graph = parse("\n".join([*lines, "return %2999"]))
    assert rewrite(graph, [cancel]).outputs == graph.inputs
    assert calls == 1500
