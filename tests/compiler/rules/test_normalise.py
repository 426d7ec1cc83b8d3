from __future__ import annotations

import pytest

from kgraph.compiler.canonicalize import canonicalize
from kgraph.compiler.rules import normalise as rules
from kgraph.compiler.text import show
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of, read


def before(inner: str, outer: str, weight: str = "variable") -> str:
    return f"""
    %x: f32[B, 3]
    %w: f32[3, 2] = {weight}
    %b: f32[2] = variable
    %0 = {inner} : f32[B, 3]
    %1 = {outer} : f32[B, 2]
    return %1"""


def normalised(inner: str, outer: str, last: str) -> str:
    return f"""
    %x: f32[B, 3]
    %w: f32[3, 2] = variable
    %b: f32[2] = variable
    %0 = {inner} : f32[B, 3]
    %1 = {outer} : f32[B, 3]
    %2 = {last} : f32[B, 2]
    return %2"""


def chain(*nodes: str, x: str = "f32[B, 3]", w: str = "f32[3, 2]") -> str:
    head = (f"%x: {x}", f"%w: {w} = variable", "%b: f32[2] = variable", "%m: f32[3, 3] = variable")
    body = [f"%{at} = {node}" for at, node in enumerate(nodes)]
    return "\n".join([*head, *body, f"return %{len(nodes) - 1}"])


SCALE = "multiply(%x, [1.0, 2.0, 3.0]:f32[3])"
SHIFT = "subtract(%x, [1.0, 2.0, 3.0]:f32[3])"
DENSE = "dense(%0, %w, %b)"
PRODUCT = "batched_matmul(%0, %w)"

FIRES = [
    Fires(
        rules.scale_before_dense,
        before(SCALE, DENSE),
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %0 = reshape_to([1.0, 2.0, 3.0]:f32[3], shape=(3, 1)) : f32[3, 1]
        %1 = multiply(%w, %0) : f32[3, 2]
        %b: f32[2] = variable
        %2 = dense(%x, %1, %b) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.scale_before_product,
        before("divide(%x, [1.0, 2.0, 3.0]:f32[3])", PRODUCT),
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %0 = reshape_to([1.0, 2.0, 3.0]:f32[3], shape=(3, 1)) : f32[3, 1]
        %1 = divide(%w, %0) : f32[3, 2]
        %2 = batched_matmul(%x, %1) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.shift_before_dense,
        before(SHIFT, DENSE),
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %0 = reshape_to([1.0, 2.0, 3.0]:f32[3], shape=(1, 3)) : f32[1, 3]
        %1 = batched_matmul(%0, %w) : f32[1, 2]
        %2 = reshape_to(%1, shape=(2,)) : f32[2]
        %3 = negative(%2) : f32[2]
        %b: f32[2] = variable
        %4 = add(%3, %b) : f32[2]
        %5 = dense(%x, %w, %4) : f32[B, 2]
        return %5""",
    ),
    Fires(
        rules.shift_before_product,
        before("add([1.0, 2.0, 3.0]:f32[3], %x)", PRODUCT),
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %0 = reshape_to([1.0, 2.0, 3.0]:f32[3], shape=(1, 3)) : f32[1, 3]
        %1 = batched_matmul(%0, %w) : f32[1, 2]
        %2 = reshape_to(%1, shape=(2,)) : f32[2]
        %3 = dense(%x, %w, %2) : f32[B, 2]
        return %3""",
    ),
    Fires(
        rules.normalisation_before_dense,
        normalised(
            "subtract(%x, [10.0, 20.0, 30.0]:f32[3])",
            "divide(%0, [10.0, 10.0, 10.0]:f32[3])",
            "dense(%1, %w, %b)",
        ),
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %0 = reshape_to([10.0, 10.0, 10.0]:f32[3], shape=(3, 1)) : f32[3, 1]
        %1 = divide(%w, %0) : f32[3, 2]
        %2 = reshape_to([10.0, 20.0, 30.0]:f32[3], shape=(1, 3)) : f32[1, 3]
        %3 = batched_matmul(%2, %1) : f32[1, 2]
        %4 = reshape_to(%3, shape=(2,)) : f32[2]
        %5 = negative(%4) : f32[2]
        %b: f32[2] = variable
        %6 = add(%5, %b) : f32[2]
        %7 = dense(%x, %1, %6) : f32[B, 2]
        return %7""",
    ),
    Fires(
        rules.normalisation_before_product,
        normalised(
            "add(%x, [1.0, 2.0, 3.0]:f32[3])",
            "multiply(%0, [0.5, 0.5, 0.5]:f32[3])",
            "batched_matmul(%1, %w)",
        ),
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %0 = reshape_to([0.5, 0.5, 0.5]:f32[3], shape=(3, 1)) : f32[3, 1]
        %1 = multiply(%w, %0) : f32[3, 2]
        %2 = reshape_to([1.0, 2.0, 3.0]:f32[3], shape=(1, 3)) : f32[1, 3]
        %3 = batched_matmul(%2, %1) : f32[1, 2]
        %4 = reshape_to(%3, shape=(2,)) : f32[2]
        %5 = dense(%x, %1, %4) : f32[B, 2]
        return %5""",
    ),
    Fires(
        rules.scale_before_dense,  # a scale of a scale
        chain(
            "multiply(%x, 2.0:f32[]) : f32[B, 3]",
            "multiply(%0, 3.0:f32[]) : f32[B, 3]",
            "dense(%1, %w, %b) : f32[B, 2]",
        ),
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %0 = broadcast_to(3.0:f32[], shape=(3,)) : f32[3]
        %1 = reshape_to(%0, shape=(3, 1)) : f32[3, 1]
        %2 = multiply(%w, %1) : f32[3, 2]
        %3 = broadcast_to(2.0:f32[], shape=(3,)) : f32[3]
        %4 = reshape_to(%3, shape=(3, 1)) : f32[3, 1]
        %5 = multiply(%2, %4) : f32[3, 2]
        %b: f32[2] = variable
        %6 = dense(%x, %5, %b) : f32[B, 2]
        return %6""",
    ),
    Fires(
        rules.scale_before_dense,  # what is added is no weight
        "%y: f32[3]\n"
        + chain(
            "add(%x, %y) : f32[B, 3]",
            "multiply(%0, 2.0:f32[]) : f32[B, 3]",
            "dense(%1, %w, %b) : f32[B, 2]",
        ),
        """
        %y: f32[3]
        %x: f32[B, 3]
        %0 = add(%x, %y) : f32[B, 3]
        %w: f32[3, 2] = variable
        %1 = broadcast_to(2.0:f32[], shape=(3,)) : f32[3]
        %2 = reshape_to(%1, shape=(3, 1)) : f32[3, 1]
        %3 = multiply(%w, %2) : f32[3, 2]
        %b: f32[2] = variable
        %4 = dense(%0, %3, %b) : f32[B, 2]
        return %4""",
    ),
    Fires(
        rules.scale_before_dense,  # what is added differs from row to row
        chain(
            "add(%x, %m) : f32[3, 3]",
            "multiply(%0, 2.0:f32[]) : f32[3, 3]",
            "dense(%1, %w, %b) : f32[3, 2]",
            x="f32[3, 3]",
        ),
        """
        %x: f32[3, 3]
        %m: f32[3, 3] = variable
        %0 = add(%x, %m) : f32[3, 3]
        %w: f32[3, 2] = variable
        %1 = broadcast_to(2.0:f32[], shape=(3,)) : f32[3]
        %2 = reshape_to(%1, shape=(3, 1)) : f32[3, 1]
        %3 = multiply(%w, %2) : f32[3, 2]
        %b: f32[2] = variable
        %4 = dense(%0, %3, %b) : f32[3, 2]
        return %4""",
    ),
    Fires(
        rules.scale_before_product,  # a weight for each matrix of x
        chain(
            "multiply(%x, [1, 2, 3]:i32[3]) : i32[4, 5, 3]",
            "batched_matmul(%0, %w) : i32[4, 5, 2]",
            x="i32[4, 5, 3]",
            w="i32[4, 3, 2]",
        ),
        """
        %x: i32[4, 5, 3]
        %w: i32[4, 3, 2] = variable
        %0 = reshape_to([1, 2, 3]:i32[3], shape=(3, 1)) : i32[3, 1]
        %1 = multiply(%w, %0) : i32[4, 3, 2]
        %2 = batched_matmul(%x, %1) : i32[4, 5, 2]
        return %2""",
    ),
    Fires(
        rules.shift_before_product,  # as large as a shift may be
        chain(
            "subtract(%x, [-16.0, 2.0, 16.0]:f32[3]) : f32[B, 5, 3]",
            "batched_matmul(%0, %w) : f32[B, 5, 2]",
            x="f32[B, 5, 3]",
        ),
        """
        %x: f32[B, 5, 3]
        %w: f32[3, 2] = variable
        %0 = reshape_to([-16.0, 2.0, 16.0]:f32[3], shape=(1, 3)) : f32[1, 3]
        %1 = batched_matmul(%0, %w) : f32[1, 2]
        %2 = reshape_to(%1, shape=(2,)) : f32[2]
        %3 = negative(%2) : f32[2]
        %4 = dense(%x, %w, %3) : f32[B, 5, 2]
        return %4""",
    ),
    Fires(
        rules.normalisation_before_product,  # numbers that are laid out anew
        chain(
            "reshape_to([[10.0, 20.0], [30.0, 40.0]]:f32[2, 2], shape=(1, 1, 4)) : f32[1, 1, 4]",
            "reshape_to([[2.0, 4.0, 8.0, 8.0]]:f32[1, 4], shape=(4,)) : f32[4]",
            "add(%x, %0) : f32[B, 5, 4]",
            "divide(%2, %1) : f32[B, 5, 4]",
            "batched_matmul(%3, %w) : f32[B, 5, 2]",
            x="f32[B, 5, 4]",
            w="f32[4, 2]",
        ),
        """
        %x: f32[B, 5, 4]
        %w: f32[4, 2] = variable
        %0 = constant() : f32[1, 4]
        %1 = reshape_to(%0, shape=(4,)) : f32[4]
        %2 = reshape_to(%1, shape=(4, 1)) : f32[4, 1]
        %3 = divide(%w, %2) : f32[4, 2]
        %4 = constant() : f32[2, 2]
        %5 = reshape_to(%4, shape=(1, 1, 4)) : f32[1, 1, 4]
        %6 = reshape_to(%5, shape=(4,)) : f32[4]
        %7 = reshape_to(%6, shape=(1, 4)) : f32[1, 4]
        %8 = batched_matmul(%7, %3) : f32[1, 2]
        %9 = reshape_to(%8, shape=(2,)) : f32[2]
        %10 = dense(%x, %3, %9) : f32[B, 5, 2]
        return %10""",
    ),
    Fires(
        rules.number_after_reshape_before_dense,
        """
        %x: f32[B, 2, 2]
        %w: f32[4, 2] = variable
        %b: f32[2] = variable
        %0 = multiply(%x, 0.5:f32[]) : f32[B, 2, 2]
        %1 = reshape_to(%0, shape=({B}, 4)) : f32[B, 4]
        %2 = dense(%1, %w, %b) : f32[B, 2]
        return %2""",
        """
        %x: f32[B, 2, 2]
        %0 = reshape_to(%x, shape=({B}, 4)) : f32[B, 4]
        %1 = multiply(%0, 0.5:f32[]) : f32[B, 4]
        %w: f32[4, 2] = variable
        %b: f32[2] = variable
        %2 = dense(%1, %w, %b) : f32[B, 2]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.number_after_reshape_before_product,
        """
        %x: f32[B, 2, 2]
        %w: f32[4, 2] = variable
        %0 = subtract(%x, [1.0]:f32[1]) : f32[B, 2, 2]
        %1 = reshape_to(%0, shape=({B}, 4)) : f32[B, 4]
        %2 = batched_matmul(%1, %w) : f32[B, 2]
        return %2""",
        """
        %x: f32[B, 2, 2]
        %0 = reshape_to(%x, shape=({B}, 4)) : f32[B, 4]
        %1 = reshape_to([1.0]:f32[1], shape=()) : f32[]
        %2 = subtract(%0, %1) : f32[B, 4]
        %w: f32[4, 2] = variable
        %3 = batched_matmul(%2, %w) : f32[B, 2]
        return %3""",
        exact=True,
    ),
]

CUBE = "[[[1.0, 2.0, 3.0]]]:f32[1, 1, 3]"  # a row all right, but the result has an axis more than x
FAR = "subtract(%x, [1000.0, 2.0, 3.0]:f32[3])"
NARROW = "multiply(%0, [1000.0, 1.0, 1.0]:f32[3])"

STAYS = [
    Stays(rules.scale_before_dense, before("divide([1.0, 2.0, 3.0]:f32[3], %x)", DENSE)),
    Stays(  # a shift below the scale: its size counts in units of 1 / scale
        rules.scale_before_dense, normalised(SHIFT, NARROW, "dense(%1, %w, %b)")
    ),
    Stays(
        rules.scale_before_product,  # read twice
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %0 = multiply(%x, 2.0:f32[]) : f32[B, 3]
        %1 = batched_matmul(%0, %w) : f32[B, 2]
        return %0, %1""",
    ),
    Stays(rules.shift_before_dense, before(FAR, DENSE)),
    Stays(  # how large it is, the next assignment tells
        rules.shift_before_dense,
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %b: f32[2] = variable
        %r: f32[3] = variable
        %0 = add(%x, %r) : f32[B, 3]
        %1 = dense(%0, %w, %b) : f32[B, 2]
        return %1""",
    ),
    Stays(rules.shift_before_product, before(FAR, PRODUCT)),
    Stays(rules.normalisation_before_dense, normalised(SHIFT, NARROW, "dense(%1, %w, %b)")),
    Stays(
        rules.normalisation_before_product,
        normalised(SHIFT, "divide(%0, [0.0, 1.0, 1.0]:f32[3])", "batched_matmul(%1, %w)"),
    ),
    Stays(
        rules.number_after_reshape_before_dense,  # a row of three is no single number
        """
        %x: f32[B, 2, 3]
        %w: f32[6, 2] = variable
        %b: f32[2] = variable
        %0 = multiply(%x, [1.0, 2.0, 3.0]:f32[3]) : f32[B, 2, 3]
        %1 = reshape_to(%0, shape=({B}, 6)) : f32[B, 6]
        %2 = dense(%1, %w, %b) : f32[B, 2]
        return %2""",
    ),
    Stays(
        rules.number_after_reshape_before_product,
        """
        %x: f32[B, 2, 3]
        %w: f32[6, 2] = variable
        %0 = multiply(%x, [1.0, 2.0, 3.0]:f32[3]) : f32[B, 2, 3]
        %1 = reshape_to(%0, shape=({B}, 6)) : f32[B, 6]
        %2 = batched_matmul(%1, %w) : f32[B, 2]
        return %2""",
    ),
    Stays(
        rules.scale_before_dense,
        chain(f"multiply(%x, {CUBE}) : f32[1, B, 3]", "dense(%0, %w, %b) : f32[1, B, 2]"),
    ),
    Stays(
        rules.shift_before_dense,
        chain(f"add(%x, {CUBE}) : f32[1, B, 3]", "dense(%0, %w, %b) : f32[1, B, 2]"),
    ),
    Stays(
        rules.normalisation_before_dense,
        chain(
            f"add(%x, {CUBE}) : f32[1, B, 3]",
            "multiply(%0, 0.5:f32[]) : f32[1, B, 3]",
            "dense(%1, %w, %b) : f32[1, B, 2]",
        ),
    ),
    Stays(
        rules.normalisation_before_dense,
        chain(
            "add(%x, 0.5:f32[]) : f32[B, 3]",
            f"multiply(%0, {CUBE}) : f32[1, B, 3]",
            "dense(%1, %w, %b) : f32[1, B, 2]",
        ),
    ),
    Stays(  # how many columns there are, only a batch tells
        rules.scale_before_product,
        chain(
            "multiply(%x, 2.0:f32[]) : f32[B, T]",
            "batched_matmul(%0, %w) : f32[B, 2]",
            x="f32[B, T]",
        ),
    ),
    Stays(  # integers have no dense kernel
        rules.shift_before_product,
        chain(
            "add(%x, [1, 2, 3]:i32[3]) : i32[B, 3]",
            "batched_matmul(%0, %w) : i32[B, 2]",
            x="i32[B, 3]",
            w="i32[3, 2]",
        ),
    ),
    Stays(
        rules.normalisation_before_product,
        chain(
            "add(%x, [1, 2, 3]:i32[3]) : i32[B, 3]",
            "multiply(%0, 2:i32[]) : i32[B, 3]",
            "batched_matmul(%1, %w) : i32[B, 2]",
            x="i32[B, 3]",
            w="i32[3, 2]",
        ),
    ),
    Stays(  # nor have products with a weight for each matrix of x
        rules.shift_before_product,
        chain(
            "add(%x, 1.0:f32[]) : f32[4, 5, 3]",
            "batched_matmul(%0, %w) : f32[4, 5, 2]",
            x="f32[4, 5, 3]",
            w="f32[4, 3, 2]",
        ),
    ),
    Stays(  # how large the shift is in units of %m, the next assignment tells
        rules.normalisation_before_product,
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %m: f32[3] = variable
        %0 = subtract(%x, [1.0, 2.0, 3.0]:f32[3]) : f32[B, 3]
        %1 = divide(%0, %m) : f32[B, 3]
        %2 = batched_matmul(%1, %w) : f32[B, 2]
        return %2""",
    ),
    Stays(
        rules.normalisation_before_product,
        """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %m: f32[3] = variable
        %0 = subtract(%x, %m) : f32[B, 3]
        %1 = divide(%0, [1.0, 2.0, 3.0]:f32[3]) : f32[B, 3]
        %2 = batched_matmul(%1, %w) : f32[B, 2]
        return %2""",
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)


@pytest.mark.parametrize("reshape", [False, True])
def test_a_shift_that_cancels_digits_stays_in_front(reshape: bool) -> None:
    shifted = """
        %x: f32[B, 3]
        %w: f32[3, 2] = variable
        %0 = subtract(%x, 1.0:f32[]) : f32[B, 3]"""
    through = """
        %1 = reshape_to(%0, shape=({B}, 1, 3)) : f32[B, 1, 3]
        %2 = multiply(%1, 1000000.0:f32[]) : f32[B, 1, 3]
        %3 = batched_matmul(%2, %w) : f32[B, 1, 2]
        return %3"""
    straight = """
        %1 = multiply(%0, 1000000.0:f32[]) : f32[B, 3]
        %2 = batched_matmul(%1, %w) : f32[B, 2]
        return %2"""
    graph = read(shifted + (through if reshape else straight))
    assert "subtract" in show(canonicalize(graph))


def test_rescaling_and_flatten_vanish_in_dense() -> None:
    graph = read("""
        %x: f32[B, 2, 2]
        %w: f32[4, 2] = variable
        %b: f32[2] = variable
        %0 = multiply(%x, 0.5:f32[]) : f32[B, 2, 2]
        %1 = add(%0, -1.0:f32[]) : f32[B, 2, 2]
        %2 = reshape_to(%1, shape=({B}, 4)) : f32[B, 4]
        %3 = batched_matmul(%2, %w) : f32[B, 2]
        %4 = add(%3, %b) : f32[B, 2]
        return %4""")
    (result,) = canonicalize(graph).outputs
    assert result.op == "dense"
    assert result.inputs[0].op == "reshape_to"
    assert result.inputs[0].inputs == graph.inputs
