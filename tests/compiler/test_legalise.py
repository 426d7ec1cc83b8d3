"""What no kernel takes as it stands is rewritten; the rest is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import kgraph as kg
from kgraph import ops
from kgraph.compiler.interpret import interpret
from kgraph.compiler.ir import Graph
from kgraph.compiler.legalise import legalise, own_outputs
from kgraph.compiler.lower import lower
from kgraph.compiler.text import parse, show
from kgraph.compiler.verify import verify
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from tests.compiler.rule_cases import batch, read
from tests.property.graphs import functions
from tests.tolerances import tolerance


def legal(text: str) -> str:
    """The graph after the pass; sound, of the same meaning, and fixed under a second run."""
    before = read(text)
    after = verify(legalise(before), after="legalise")
    assert show(legalise(after)) == show(after)
    arrays = batch(before, odd=False)
    for got, wanted in zip(interpret(after, arrays), interpret(before, arrays), strict=True):
        np.testing.assert_allclose(got, wanted, *tolerance(wanted.dtype))
    return "\n".join(show(after).splitlines()[len(before.inputs) :])


def test_a_mean_becomes_a_sum_and_a_quotient() -> None:
    assert (
        legal("""
        %x: f32[B, 8]
        %0 = reduce_mean(%x, axes=(0, 1)) : f32[1, 1]
        return %0""")
        == """\
%0 = reduce_sum(%x, axes=(0, 1)) : f32[1, 1]
%1 = size_like(%0, size={8*B}) : f32[]
%2 = divide(%0, %1) : f32[1, 1]
return %2"""
    )


def test_the_mean_of_rows_with_bounds_divides_by_their_lengths() -> None:
    assert (
        legal("""
        %v: f32[T, 2]
        %splits: i64[B + 1]
        %0 = segment_mean(%v, %splits) : f32[B, 2]
        return %0""")
        == """\
%0 = segment_sum(%v, %splits) : f32[B, 2]
%1 = strided_slice(%splits, starts=(1,), stops=({B + 1},), steps=(1,)) : i64[B]
%2 = strided_slice(%splits, starts=(0,), stops=({B},), steps=(1,)) : i64[B]
%3 = subtract(%1, %2) : i64[B]
%4 = maximum(%3, 1:i64[]) : i64[B]
%5 = cast(%4, dtype='float32') : f32[B]
%6 = reshape_to(%5, shape=({B}, 1)) : f32[B, 1]
%7 = divide(%0, %6) : f32[B, 2]
return %7"""
    )


def test_running_sums_in_another_dtype_are_those_of_cast_terms() -> None:
    assert (
        legal("""
        %x: i32[B, 4]
        %0 = cumsum(%x, axis=-1, dtype='float64') : f64[B, 4]
        return %0""")
        == """\
%0 = cast(%x, dtype='float64') : f64[B, 4]
%1 = cumsum(%0, axis=-1, dtype=None) : f64[B, 4]
return %1"""
    )


def test_running_sums_in_the_dtype_of_their_terms_stay() -> None:
    text = """\
%0 = cumprod(%x, axis=1, dtype='int32') : i32[B, 4]
return %0"""
    assert legal(f"%x: i32[B, 4]\n{text}") == text


def test_scattered_axes_are_reduced_one_run_after_another() -> None:
    assert (
        legal("""
        %x: f32[B, 3, 2, 4]
        %0 = reduce_max(%x, axes=(0, 2, 3)) : f32[1, 3, 1, 1]
        return %0""")
        == """\
%0 = reduce_max(%x, axes=(2, 3)) : f32[B, 3, 1, 1]
%1 = reduce_max(%0, axes=(0,)) : f32[1, 3, 1, 1]
return %1"""
    )


def test_float16_is_computed_in_float32() -> None:
    assert (
        legal("""
        %x: f16[B, 2]
        %0 = tanh(%x) : f16[B, 2]
        return %0""")
        == """\
%0 = cast(%x, dtype='float32') : f32[B, 2]
%1 = tanh(%0) : f32[B, 2]
%2 = cast(%1, dtype='float16') : f16[B, 2]
return %2"""
    )


def test_an_operand_that_is_no_row_and_no_column_is_written_out() -> None:
    assert (
        legal("""
        %x: f32[B, 3, 4]
        %y: f32[B, 1, 4]
        %0 = add(%x, %y) : f32[B, 3, 4]
        return %0""")
        == """\
%0 = broadcast_to(%y, shape=({B}, 3, 4)) : f32[B, 3, 4]
%1 = add(%x, %0) : f32[B, 3, 4]
return %1"""
    )


def test_operands_that_fit_stay() -> None:
    text = """
        %x: f32[B, 3]
        %y: f32[B, 1]
        %z: f32[3]
        %0 = add(%x, %y) : f32[B, 3]
        %1 = add(%x, %z) : f32[B, 3]
        return %0, %1"""
    graph = read(text)
    assert legalise(graph).outputs == graph.outputs


def test_bounds_of_32_bits_become_wide_where_kernels_want_them() -> None:
    assert (
        legal("""
        %v: f32[T]
        %splits: i32[B + 1]
        %0 = segment_sum(%v, %splits) : f32[B]
        return %0""")
        == """\
%0 = cast(%splits, dtype='int64') : i64[B + 1]
%1 = segment_sum(%v, %0) : f32[B]
return %1"""
    )


def test_a_size_that_no_program_reads_is_written() -> None:
    graph = parse("""
        %x: f32[B]
        %0 = size_like(%x, size={B}) : f32[]
        return %0""")
    assert show(own_outputs(graph)).splitlines()[1:] == [
        "%0 = size_like(%x, size={B}) : f32[]",
        "%1 = cast(%0, dtype='float32') : f32[]",
        "return %1",
    ]


@pytest.mark.parametrize(
    ("returned", "copies"), [("%x", 1), ("%0", 0), ("%0, %0", 1), ("%0, %1", 1), ("%x, %x, %0", 2)]
)
def test_an_output_has_memory_of_its_own(returned: str, copies: int) -> None:
    graph = parse(f"""
        %x: f32[B, 2]
        %0 = tanh(%x) : f32[B, 2]
        %1 = reshape_to(%0, shape=({{2*B}},)) : f32[2*B]
        return {returned}""")
    owned = own_outputs(graph)
    assert [node.op for node in owned.nodes].count("copy") == copies
    assert own_outputs(owned) is owned


@settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(functions(10))
def test_drawn_graphs_stay_sound_and_are_legal_at_once(function: Function) -> None:
    graph: Graph = legalise(lower(function).graph)
    verify(graph, after="legalise")
    assert show(legalise(graph)) == show(graph)


@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "float64", "int8", "uint8", "int32", "int64"]
)
def test_sizes_are_numbers_of_any_dtype(dtype: str) -> None:
    from kgraph.ops.primitives.sizes import size_like

    x = kg.Input((2,), dtype=dtype)
    size = size_like(x, x.type.dims[0])
    compiled = compile_function(Function(x, [size, x * size, ops.mean(x)]))
    array = np.ones((5, 2), dtype)
    found, product, mean = compiled(array)
    assert found.dtype == np.dtype(dtype)
    assert found == 5
    np.testing.assert_array_equal(product, array * 5)
    assert mean == 1
