"""Which values are dense, ragged and sparse, and who decides where the program does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import layers, ops
from kgraph.compiler.kinds import kinds, kinds_fast, kinds_of
from kgraph.compiler.lower import lower
from kgraph.compiler.text import show
from kgraph.compiler.verify import verify
from kgraph.graph.function import Function
from tests.compiler.rule_cases import assert_same, batch, read

WRITTEN_OUT = """
    %data: f32[T]
    %indices: i32[T]
    %indptr: i32[B + 1]
    %w = constant() : f32[4, 2]
    %b: f32[2] = variable
    %0 = csr_to_dense(%data, %indices, %indptr, n_cols=4) : f32[B, 4]
    %1 = dense(%0, %w, %b) : f32[B, 2]
    %2 = batched_matmul(%0, %w) : f32[B, 2]
    """


# -- what was made dense for products ------------------------------------------------------------


def test_what_is_dense_for_products_alone_is_multiplied_sparse() -> None:
    graph = verify(read(WRITTEN_OUT + "return %1, %2"))
    after = verify(kinds(graph), after="kinds")
    assert (
        show(after)
        == """\
%data: f32[T]
%indices: i32[T]
%indptr: i32[B + 1]
%0 = constant() : f32[4, 2]
%b: f32[2] = variable
%1 = csr_dense(%data, %indices, %indptr, %0, %b) : f32[B, 2]
%2 = csr_matmul(%data, %indices, %indptr, %0) : f32[B, 2]
return %1, %2"""
    )
    assert kinds(after) is after
    assert_same(graph, after, batch(graph, odd=False))


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN_OUT + "return %1, %2, %0",  # it is wanted dense
        WRITTEN_OUT + "%3 = exp(%0) : f32[B, 4]\n    return %1, %3",  # too
        WRITTEN_OUT.replace("%w = constant() : f32[4, 2]", "%w: f32[4, 2] = variable")
        + "return %1",  # zeros times inf or nan are nan, and they may be assigned
        WRITTEN_OUT.replace("%w = constant() : f32[4, 2]", "%w: f32[4, 2]") + "return %2",
    ],
)
def test_what_is_wanted_dense_stays_dense(text: str) -> None:
    graph = verify(read(text))
    assert kinds(graph) is graph


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_weights_that_are_not_finite_keep_their_zeros(bad: float) -> None:
    x = kg.Input((3,), sparse=True)
    layer = layers.Dense(2)
    model = kg.Model(x, layer(ops.to_dense(x)))
    kernel = np.float32([[bad, 1], [1, 1], [1, 1]])
    layer.set_weights([kernel, np.zeros(2, np.float32)])
    with np.errstate(invalid="ignore"):
        wanted = np.float32([[0, 2, 0]]) @ kernel
    np.testing.assert_array_equal(kg.compile(model)(sp.csr_array(np.float32([[0, 2, 0]]))), wanted)


# -- constant sparse matrices --------------------------------------------------------------------


def with_matrix(density: float, *, cast: bool = False, rows: int = 64) -> tuple[kg.Model, Any]:
    random = np.random.default_rng(2)
    a = sp.random_array((rows, 48), density=density, format="csr", dtype=np.float32, rng=random)
    x = kg.Input((rows,), dtype="int32" if cast else "float32", name="x")
    return kg.Model(x, ops.matmul(ops.cast(x, "float32"), a)), a


@pytest.mark.parametrize(
    ("density", "cast", "fast_math", "dense"),
    [
        (1.0, False, False, True),  # no zeros
        (0.8, False, False, False),  # which could meet inf
        (0.8, True, False, True),  # there is no inf
        (0.8, False, True, True),
    ],
)
def test_a_matrix_that_is_nearly_full_is_multiplied_dense(
    density: float, cast: bool, fast_math: bool, dense: bool
) -> None:
    model, a = with_matrix(density, cast=cast)
    graph = kg.compile(model, fast_math=fast_math)
    assert ("csr_matmul" not in graph.ir) == dense
    values = np.arange(5 * 64).reshape(5, 64) % 7
    values = values.astype("int32" if cast else "float32")
    plain = kg.compile(model, passes="none")
    np.testing.assert_array_equal(graph(values), plain(values))
    np.testing.assert_allclose(graph(values), values @ a.toarray(), rtol=1e-5)


def test_a_matrix_of_few_entries_stays_sparse_even_if_it_might_not() -> None:
    model, _ = with_matrix(0.02, cast=True, rows=1000)
    assert "csr_matmul" in kg.compile(model, fast_math=True).ir


def test_inf_and_nan_do_not_spread_through_zeros_of_a_sparse_matrix() -> None:
    model, a = with_matrix(0.8)
    values = np.ones((2, 64), np.float32)
    values[0, 3] = np.inf
    stored = np.isinf(kg.compile(model)(values)[0])
    np.testing.assert_array_equal(stored, a.toarray()[3] != 0)


def test_graphs_times_features_are_multiplied_dense() -> None:
    random = np.random.default_rng(2)
    a = sp.random_array((40, 40), density=1.0, format="csr", dtype=np.float32, rng=random)
    x = kg.Input(batch_shape=(40, 8))
    graph = kg.compile(kg.Model(x, ops.matmul(a, x)))
    assert "csr_matmul" not in graph.ir
    values = random.normal(size=(40, 8)).astype(np.float32)
    np.testing.assert_allclose(graph(values), a @ values, rtol=1e-4, atol=1e-5)


def test_a_second_run_changes_nothing() -> None:
    for change in (kinds, kinds_fast):
        graph = change(lower(with_matrix(1.0)[0].function).graph)
        assert change(graph) is graph


# -- the kind of every value ---------------------------------------------------------------------


def test_every_value_has_a_kind() -> None:
    s, r = kg.Input((5,), sparse=True, name="s"), kg.Input((None,), ragged=True, name="r")
    x = kg.Input((1,), name="x")
    y = layers.Dense(1)(ops.tanh(s)) + ops.sum(ops.tanh(r), axis=1, keepdims=True) + x
    lowered = lower(Function([s, r, x], [y, s + s]))
    found = kinds_of(lowered.graph, lowered.input_types)
    assert [found[node] for node in lowered.graph.inputs] == 3 * ["sparse"] + 2 * ["ragged"] + [
        "dense"
    ]
    by_op = {(node.op, found[node]) for node in lowered.graph.nodes if not node.is_static}
    assert {("tanh", "sparse"), ("tanh", "ragged"), ("csr_matmul", "dense")} <= by_op
    assert set(found) == {*lowered.graph.inputs, *lowered.graph.nodes}


def test_entries_of_a_new_pattern_are_sparse() -> None:
    s, t = kg.Input((5,), sparse=True, name="s"), kg.Input((5,), sparse=True, name="t")
    lowered = lower(Function([s, t], s + t))
    found = kinds_of(lowered.graph, lowered.input_types)
    (keys,) = (node for node in lowered.graph.nodes if node.op == "union_keys")
    assert found[keys] == "sparse"
    data, *_ = lowered.graph.outputs
    assert found[data] == "sparse"
