"""Narrow products of one value become one product, with the same bits."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import layers
from kgraph.compiler.interpret import interpret
from kgraph.compiler.merge import merge
from kgraph.compiler.pipeline import DEFAULT
from kgraph.compiler.text import show
from kgraph.compiler.verify import verify
from tests.compiler.rule_cases import batch, read
from tests.tolerances import tolerance

HEADS = """
    %x: f32[B, 4]
    %w: f32[4, 2] = variable
    %v: f32[4, 1] = variable
    %b: f32[2] = variable
    %c: f32[1] = variable
    %0 = dense(%x, %w, %b) : f32[B, 2]
    %1 = dense(%x, %v, %c) : f32[B, 1]
    %2 = relu(%1) : f32[B, 1]
    return %0, %2"""


def test_heads_become_one_product() -> None:
    graph = verify(read(HEADS))
    after = verify(merge(graph), after="merge")
    assert (
        show(after)
        == """\
%x: f32[B, 4]
%w: f32[4, 2] = variable
%v: f32[4, 1] = variable
%0 = join(%w, %v, axis=1) : f32[4, 3]
%b: f32[2] = variable
%c: f32[1] = variable
%1 = join(%b, %c, axis=0) : f32[3]
%2 = dense(%x, %0, %1) : f32[B, 3]
%3 = strided_slice(%2, starts=(0, 0), stops=({B}, 2), steps=(1, 1)) : f32[B, 2]
%4 = strided_slice(%2, starts=(0, 2), stops=({B}, 3), steps=(1, 1)) : f32[B, 1]
%5 = relu(%4) : f32[B, 1]
return %3, %5"""
    )
    assert merge(after) is after
    arrays = batch(graph, odd=True)
    for got, wanted in zip(interpret(after, arrays), interpret(graph, arrays), strict=True):
        np.testing.assert_allclose(got, wanted, *tolerance("float32"))


def test_a_head_that_reads_another_is_merged_with_its_own_siblings() -> None:
    graph = read("""
        %x: f32[B, 3]
        %w: f32[3, 3] = variable
        %v: f32[3, 3] = variable
        %0 = batched_matmul(%x, %w) : f32[B, 3]
        %1 = batched_matmul(%0, %w) : f32[B, 3]
        %2 = batched_matmul(%x, %v) : f32[B, 3]
        %3 = batched_matmul(%0, %v) : f32[B, 3]
        return %1, %2, %3""")
    after = verify(merge(graph), after="merge")
    assert [node.op for node in after.nodes].count("batched_matmul") == 2
    assert merge(after) is after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("%1 = dense(%x, %v, %c)", "%1 = dense(%y, %v, %c)"),  # another value
        ("%v: f32[4, 1] = variable", "%v: f32[4, 1]"),  # no weight
    ],
)
def test_what_does_not_fit_stays(old: str, new: str) -> None:
    graph = read("    %y: f32[B, 4]\n" + HEADS.replace(old, new))
    assert merge(graph) is graph


@pytest.mark.parametrize("widths", [(16, 16), (2, 200), (15, 15), (9, 9, 15)])
def test_products_whose_columns_fill_strips_stay(widths: tuple[int, ...]) -> None:
    x = kg.Input((8,))
    graph = kg.compile(kg.Model(x, [layers.Dense(width)(x) for width in widths]))
    assert graph.ir.count("= dense(") == len(widths)


def test_a_product_without_a_bias_is_not_added_a_zero() -> None:
    x = kg.Input((8,))
    graph = kg.compile(kg.Model(x, [layers.Dense(2)(x), layers.Dense(2, use_bias=False)(x)]))
    assert "= dense(" in graph.ir
    assert "= batched_matmul(" in graph.ir


WITHOUT = [name for name in DEFAULT if name != "merge"]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    widths=st.lists(st.integers(1, 15), min_size=2, max_size=6),
    features=st.integers(1, 70),
    rows=st.sampled_from([0, 1, 5, 100]),
    sparse=st.booleans(),
    bias=st.booleans(),
)
def test_compiled_heads_have_the_bits_of_each_alone(
    widths: list[int], features: int, rows: int, sparse: bool, bias: bool
) -> None:
    random = np.random.default_rng(sum(widths) + features)
    x = kg.Input((features,), sparse=sparse)
    heads = [
        layers.Dense(width, activation=activation, use_bias=bias, bias_initializer="random_normal")
        for width, activation in zip(widths, [None, "relu", "softmax", "tanh"] * 2, strict=False)
    ]
    model = kg.Model(x, [head(x) for head in heads])
    merged, apart = kg.compile(model), kg.compile(model, passes=WITHOUT)
    values = random.normal(size=(rows, features)).astype(np.float32)
    values[random.random(values.shape) < 0.5] = 0
    fed = sp.csr_array(values) if sparse else values
    for got, wanted in zip(merged(fed), apart(fed), strict=True):
        np.testing.assert_array_equal(got, wanted)
