"""`CompiledGraph.profile`: the same bits as a call, and numbers that add up."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kgraph as kg
from kgraph import layers as la
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from tests.property.batches import batch
from tests.property.comparing import assert_same_bits, parts
from tests.property.graphs import functions


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    kg.clear_session()


def mlp(**options: Any) -> kg.CompiledGraph:
    x = kg.Input((64,), name="x")
    h = la.Dense(32, activation="relu", name="hidden")(x)
    model = kg.Model(x, la.Dense(16, activation="tanh", name="score")(h), name="mlp")
    return kg.compile(model, **options)


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(2).normal(size=shape).astype(np.float32)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(functions(), st.integers(0, 20), st.integers(1, 4))
def test_a_profiled_call_gives_the_same_bits(function: Function, rows: int, threads: int) -> None:
    compiled = compile_function(function)
    values = batch(function, rows)
    wanted = parts(compiled(*values))
    profile = compiled.profile(*values, rounds=1, threads=threads)
    assert_same_bits(parts(profile.outputs), wanted)
    assert_same_bits(parts(compiled(*values)), wanted)


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_large_batches_of_all_kinds_give_the_same_bits(threads: int) -> None:
    x = kg.Input((64,), name="x")
    s = kg.Input((500,), sparse=True, name="s")
    r = kg.Input((None,), ragged=True, dtype="int32", name="r")
    words = la.Embedding(100, 32)(r)
    h = la.Dense(32)(x) + la.Dense(32)(s) + kg.mean(words, axis=1)
    kept = kg.tanh(h)[h[:, 0] > 0]  # two phases
    compiled = kg.compile(kg.Model([x, s, r], [kg.softmax(h), kept, kg.softmax(words, axis=1)]))
    random = np.random.default_rng(1)
    rows = 3000
    lengths = random.integers(0, 20, rows)
    ids = kg.RaggedTensor.from_row_lengths(
        random.integers(0, 100, lengths.sum()).astype(np.int32), lengths
    )
    sparse = sp.random_array((rows, 500), density=0.02, format="csr", dtype=np.float32, rng=random)
    given_values = (numbers(rows, 64), sparse, ids)
    profile = compiled.profile(*given_values, rounds=2, threads=threads)
    assert_same_bits(parts(profile.outputs), parts(compiled(*given_values)))
    assert {kernel.phase for kernel in profile.kernels} == {0, 1}
    assert max(kernel.threads for kernel in profile.kernels) <= threads
    assert profile.threads == threads


def test_there_is_a_time_for_each_kernel_and_each_part() -> None:
    compiled = mlp()
    profile = compiled.profile(numbers(1000, 64), rounds=5)
    (phase,) = compiled.explanation.phases
    told = [kernel for region in phase.regions for kernel in region.kernels]
    assert [kernel.about for kernel in profile.kernels] == told
    hidden, score = profile.kernels
    assert hidden.flop == 1000 * (64 * 32 * 2 + 32 + 32)
    assert hidden.bytes == 1000 * (64 + 32) * 4 + (64 * 32 + 32) * 4
    assert [part.about for part in score.parts] == list(score.about.parts)
    assert [part.about.ops for part in score.parts] == [("dense",), ("tanh",)]
    assert sum(part.flop or 0 for part in score.parts) == score.flop
    assert profile.sizes == {"B": 1000}
    assert profile.rounds == 5


def test_numbers_add_up() -> None:
    profile = mlp().profile(numbers(4000, 64), rounds=3, threads=2)
    assert sum(kernel.share for kernel in profile.kernels) == pytest.approx(1)
    for kernel in [*profile.kernels, *(part for one in profile.kernels for part in one.parts)]:
        assert 0 < kernel.best_us <= kernel.q1_us <= kernel.median_us <= kernel.q3_us
        assert kernel.flop is not None
        assert kernel.roof_us is not None
        assert kernel.gflops == pytest.approx(kernel.flop / kernel.median_us / 1e3)
        assert kernel.gbs == pytest.approx(kernel.bytes / kernel.median_us / 1e3)
        assert kernel.of_roof == pytest.approx(kernel.roof_us / kernel.median_us)
        assert kernel.bound in ("compute", "memory")
        assert kernel.threads in profile.rooflines
    assert profile.call_us > 0
    assert profile.kernels_us > 0


def test_the_runs_are_those_of_one_call() -> None:
    profile = mlp().profile(numbers(4000, 64), rounds=3, threads=2)
    for number, kernel in enumerate(profile.kernels):
        for part, about in enumerate([kernel, *kernel.parts]):
            of = None if part == 0 else part - 1
            own = [run for run in profile.runs if (run.kernel, run.part) == (number, of)]
            assert len(own) == about.runs
            assert sum(run.last_row - run.first_row for run in own) == 4000
            assert {profile.about(run) for run in own} == {about.about}
    starts = [run.start_us for run in profile.runs]
    assert starts[0] == 0
    assert starts == sorted(starts)


def test_a_round_in_which_parts_take_no_more_than_their_kernel() -> None:
    profile = mlp().profile(numbers(4000, 64), rounds=1, threads=1)
    for kernel in profile.kernels:
        assert sum(part.busy_us for part in kernel.parts) <= kernel.busy_us
        assert sum(part.median_us for part in kernel.parts) <= kernel.median_us * (1 + 1e-9)


def test_what_numpy_computes_has_a_time_and_no_roof() -> None:
    x = kg.Input((4,), name="x")
    compiled = kg.compile(kg.Model(x, kg.cumsum(x[x[:, 0] > 0], axis=0)))
    profile = compiled.profile(numbers(500, 4), rounds=2)
    host = [kernel for kernel in profile.kernels if kernel.about.host]
    assert [(kernel.about.ops, kernel.region) for kernel in host] == [
        (("true_positions",), None),
        (("cumsum",), 1),
    ]
    for kernel in host:
        assert kernel.median_us > 0
        assert kernel.flop is kernel.gflops is kernel.roof_us is kernel.of_roof is None


def test_no_rows_take_no_time() -> None:
    profile = mlp().profile(numbers(0, 64), rounds=2)
    assert profile.outputs.shape == (0, 16)
    assert {kernel.median_us for kernel in profile.kernels} == {0}
    assert profile.runs == ()
    assert "mlp" in str(profile)
    json.dumps(profile.to_dict())


def test_inputs_are_given_as_in_a_call() -> None:
    x, y = kg.Input((4,), name="x"), kg.Input((4,), name="y")
    compiled = kg.compile(kg.Model({"x": x, "y": y}, {"sum": x + y}))
    a, b = numbers(3, 4), numbers(3, 4) + 1
    profile = compiled.profile({"y": b.tolist(), "x": a}, rounds=1)
    np.testing.assert_array_equal(profile.outputs["sum"], a + b)


def test_an_optional_input_may_be_none() -> None:
    class Either(la.Layer):  # type: ignore[name-defined,misc]
        def call(self, x: Any, y: Any = None) -> Any:
            return x * 2.0 if y is None else x + y

    x, y = kg.Input((4,), name="x"), kg.Input((4,), name="y", optional=True)
    compiled = kg.compile(kg.Model([x, y], Either()(x, y)))
    a = numbers(3, 4)
    profile = compiled.profile(a, None, rounds=1)
    np.testing.assert_array_equal(profile.outputs, 2 * a)
    assert [kernel.about.ops for kernel in profile.kernels] == [("multiply",)]


def test_batches_of_different_sizes_are_profiled_as_they_run() -> None:
    x, y = kg.Input((4,), name="x"), kg.Input((4,), name="y")
    compiled = kg.compile(kg.Model([x, y], kg.concatenate([x, y], axis=0)))
    a, b = numbers(3, 4), numbers(5, 4)
    profile = compiled.profile(a, b, rounds=1)
    assert_same_bits(parts(profile.outputs), parts(compiled(a, b)))


def test_weights_are_followed() -> None:
    x = kg.Input((4,))
    layer = la.Dense(2, use_bias=False)
    compiled = kg.compile(kg.Model(x, layer(x)), freeze=False)
    compiled(numbers(1, 4))
    layer.kernel.assign(np.ones((4, 2)))
    profile = compiled.profile(np.ones((1, 4), np.float32), rounds=1)
    np.testing.assert_array_equal(profile.outputs, [[4, 4]])


def test_a_pickled_graph_can_be_profiled() -> None:
    compiled = mlp()
    again = pickle.loads(pickle.dumps(compiled))
    x = numbers(10, 64)
    assert_same_bits(parts(again.profile(x, rounds=1).outputs), parts(compiled(x)))


def test_profiling_leaves_the_graph_as_it_was() -> None:
    compiled = mlp(threads=1)
    compiled.profile(numbers(10, 64), rounds=1, threads=2)
    assert compiled.threads == 1


def test_errors_are_those_of_a_call() -> None:
    compiled = mlp()
    with pytest.raises(kg.KGraphError) as called:
        compiled(numbers(3, 63))
    with pytest.raises(kg.KGraphError) as profiled:
        compiled.profile(numbers(3, 63))
    assert str(profiled.value) == str(called.value)


@pytest.mark.parametrize("name", ["rounds", "threads"])
def test_counts_are_checked(name: str) -> None:
    options: dict[str, Any] = {name: 0}
    with pytest.raises(ValueError, match=f"`{name}` must be at least 1"):
        mlp().profile(numbers(1, 64), **options)
    options = {name: 1.5}
    with pytest.raises(TypeError, match=f"`{name}` is a number of {name}"):
        mlp().profile(numbers(1, 64), **options)


def test_remeasuring_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from kgraph.runtime import kernel_times

    asked = []
    real = kernel_times.roofline

    def watched(threads: int, *, remeasure: bool) -> Any:
        asked.append((threads, remeasure))
        return real(threads)

    monkeypatch.setattr(kernel_times, "roofline", watched)
    mlp().profile(numbers(1, 64), rounds=1)
    mlp().profile(numbers(1, 64), rounds=1, remeasure=True)
    assert asked == [(1, False), (1, True)]
