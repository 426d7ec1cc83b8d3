"""What a compiled graph holds and takes: nothing new at a call but the outputs, and those not with
``out=``."""

from __future__ import annotations

import gc
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers, ops
from kgraph.runtime.compiled import CompiledGraph
from kgraph.runtime.memory import Memory

F32 = np.float32
STATM = Path("/proc/self/statm")


def tower(**options: object) -> CompiledGraph:
    """Row sums of the batch keep two regions apart, so that a value flows through the arena."""
    x = kg.Input((16,), name="x")
    h = layers.Dense(32, activation="tanh")(x)
    centred = h - ops.mean(h, axis=0, keepdims=True)
    return kg.compile(kg.Model(x, layers.Dense(4)(centred)), **options)  # type: ignore[arg-type]


def rows(count: int) -> np.ndarray:
    return np.random.default_rng(count).uniform(-1, 1, (count, 16)).astype(F32)


def test_memory_is_that_of_the_last_batch() -> None:
    compiled = tower(threads=2)
    before = compiled.memory
    assert (before.arena, before.scratch, before.outputs, before.threads) == (0, 0, 0, 2)
    assert before.weights >= 4 * (16 * 32 + 32 + 32 * 4 + 4)
    for count in (10, 1000, 20):
        compiled(rows(count))
        memory = compiled.memory
        assert memory["outputs"] == 4 * 4 * count
        assert memory["arena"] >= 4 * 32 * count
        assert memory["total"] == (
            memory["weights"] + memory["arena"] + 2 * memory["scratch"] + memory["outputs"]
        )


def test_memory_reads_like_a_dict() -> None:
    memory = Memory(weights=1, arena=2, scratch=3, threads=4, outputs=5)
    assert dict(memory) == {
        "weights": 1, "arena": 2, "scratch": 3, "threads": 4, "outputs": 5, "total": 20,
    }  # fmt: skip
    assert len(memory) == 6
    with pytest.raises(KeyError):
        memory["repr"]


def test_the_arena_grows_to_the_largest_batch_and_stays() -> None:
    compiled = tower(threads=1)
    compiled(rows(500))
    held = compiled.held_bytes
    assert held >= compiled.memory["arena"]
    for count in (1, 500, 20, 3):
        compiled(rows(count))
        assert compiled.held_bytes == held


def masked() -> CompiledGraph:
    """A graph of two phases: the mask, which tells how many rows stay, and those rows."""
    x = kg.Input((8,))
    wide = layers.Dense(64, activation="tanh")(x)
    kept = kg.ragged.boolean_mask(wide, ops.sum(ops.tanh(wide), axis=1) > 0)
    return kg.compile(kg.Model(x, layers.Dense(2)(layers.Dense(32)(kept))), threads=1)


def test_phases_work_in_one_block_of_memory() -> None:
    made = masked()
    for compiled in (made, pickle.loads(pickle.dumps(made))):
        compiled(np.random.default_rng(0).normal(size=(500, 8)).astype(np.float32))
        blocks = [phase.executor.held_bytes for phase in compiled._before]
        assert blocks == [compiled.held_bytes] * len(blocks)
        assert compiled.memory["arena"] <= compiled.held_bytes


def test_few_shapes_stay_bound() -> None:
    compiled = tower()
    for count in range(40):
        compiled(rows(count))
    assert compiled.bound_shapes == 8
    fresh = tower()
    for count in (5, 9, 5, 9, 5):
        fresh(rows(count))
    assert fresh.bound_shapes == 2


def test_a_shape_that_was_let_go_is_bound_anew() -> None:
    compiled = tower()
    wanted = {count: compiled(rows(count)) for count in range(12)}
    for count in (0, 11, 3, 7, 0, 3):
        np.testing.assert_array_equal(compiled(rows(count)), wanted[count])


@pytest.mark.parametrize("counts", [(64,), (8, 64, 1)])
def test_calls_with_out_leave_nothing_behind(counts: tuple[int, ...]) -> None:
    compiled = tower(threads=1)
    batches = [(rows(count), np.empty((count, 4), F32)) for count in counts]

    def call(times: int) -> None:
        for _ in range(times):
            for x, out in batches:
                compiled(x, out=out)

    def traced() -> int:
        gc.collect()  # Python keeps up to 2000 tuples for reuse until then
        return tracemalloc.get_traced_memory()[0]

    call(3)
    tracemalloc.start()
    call(3)
    start = traced()
    call(200)
    stop = traced()
    tracemalloc.stop()
    assert stop - start < 1000  # a number kept by each call would take 200 * 28 bytes


@pytest.mark.skipif(not STATM.exists(), reason="tells the resident pages on Linux alone")
def test_many_calls_of_alternating_sizes_take_no_more_memory() -> None:
    compiled = tower(threads=1)
    batches = [rows(count) for count in (64, 1, 17, *range(20, 32))]

    def resident(calls: int) -> int:
        for number in range(calls):
            compiled(batches[number % len(batches)])
        return int(STATM.read_text().split()[1])

    start = resident(2_000)
    assert resident(100_000) - start < 256  # pages: 10 bytes a call


def test_batch_sizes_share_one_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = tower()
    plan = compiled.plan

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a batch size was compiled for")

    monkeypatch.setattr("kgraph.runtime.compiled.compile_plan", refuse)
    for count in (1, 2, 300):
        compiled(rows(count))
    assert compiled.plan is plan


def test_a_pickle_hands_out_each_weight_as_one_buffer() -> None:
    x = kg.Input((300,), name="x")
    h = layers.Dense(200, use_bias=False)(x)
    compiled = kg.compile(kg.Model(x, layers.Dense(100, use_bias=False)(ops.tanh(h))))
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(compiled, protocol=5, buffer_callback=buffers.append)
    sizes = sorted(buffer.raw().nbytes for buffer in buffers)
    assert sizes == [4 * 200 * 100, 4 * 300 * 200]
    assert len(data) < 20_000
    again = pickle.loads(data, buffers=buffers)
    batch = np.random.default_rng(0).uniform(-1, 1, (5, 300)).astype(F32)
    np.testing.assert_array_equal(again(batch), compiled(batch))
    held = [node.value for node in again.statics]
    given = [np.frombuffer(buffer, np.uint8) for buffer in buffers]
    assert all(any(np.shares_memory(value, raw) for raw in given) for value in held)
