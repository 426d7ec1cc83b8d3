"""What a profiled call notes: each step once for each row, in time, on one thread at a time."""

from __future__ import annotations

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers, ops
from kgraph._kernels.recording import FIELDS, Recorder, clock_cost
from kgraph.runtime.compiled import CompiledGraph

STEP, THREAD, START, STOP, FIRST, LAST = map(
    FIELDS.index, ("step", "thread", "start", "stop", "first", "last")
)


def tower() -> CompiledGraph:
    """Two regions of several kernels, and a host step between them."""
    x = kg.Input((32,))
    h = ops.cummax(layers.Dense(64, activation="relu")(x), axis=1)
    return kg.compile(kg.Model(x, layers.Dense(7, activation="softmax")(h * 2.0)))


def batch(rows: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(rows, 32)).astype(np.float32)


def rows_of(compiled: CompiledGraph) -> list[int]:
    """How many rows each step works on, and each part of one: in the order of their numbers."""
    sizes = compiled.bound_sizes
    steps = [
        (sizes[region.rows], step) for region in compiled.plan.regions for step in region.steps
    ]
    parts = [rows * sizes[step.rows_per_row] for rows, step in steps for _ in step.parts]
    return [rows for rows, _ in steps] + parts


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
@pytest.mark.parametrize("rows", [1, 57, 4000])
def test_each_step_and_part_runs_once_over_each_row(rows: int, threads: int) -> None:
    compiled, recorder = tower(), Recorder()
    compiled.record([batch(rows)], recorder, threads)
    runs = recorder.runs
    assert any(step.parts for step in compiled.plan.steps)
    assert sorted(set(runs[:, STEP])) == list(range(len(compiled.plan.steps)))
    for step, count in enumerate(rows_of(compiled)):
        own = runs[runs[:, STEP] == step]
        own = own[np.argsort(own[:, FIRST])]
        assert own[0, FIRST] == 0
        assert own[-1, LAST] == count
        assert (own[1:, FIRST] == own[:-1, LAST]).all()


def times(runs: np.ndarray) -> np.ndarray:
    return runs[np.argsort(runs[:, START], kind="stable")]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_thread_does_one_thing_at_a_time(threads: int) -> None:
    compiled, recorder = tower(), Recorder()
    compiled.record([batch(4000)], recorder, threads)
    runs = recorder.runs
    steps = sum(len(region.steps) for region in compiled.plan.regions)
    assert (runs[:, START] <= runs[:, STOP]).all()
    assert set(runs[:, THREAD]) <= set(range(threads))
    for thread in set(runs[:, THREAD]):
        of_thread = runs[runs[:, THREAD] == thread]
        for own in (of_thread[of_thread[:, STEP] < steps], of_thread[of_thread[:, STEP] >= steps]):
            own = times(own)
            assert (own[1:, START] >= own[:-1, STOP]).all()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_parts_run_while_their_step_does(threads: int) -> None:
    compiled, recorder = tower(), Recorder()
    compiled.record([batch(4000)], recorder, threads)
    runs = recorder.runs
    steps = [step for region in compiled.plan.regions for step in region.steps]
    owners = [number for number, step in enumerate(steps) for _ in step.parts]
    for part, owner in enumerate(owners, len(steps)):
        whole = runs[runs[:, STEP] == owner]
        for run in runs[runs[:, STEP] == part]:
            around = (whole[:, START] <= run[START]) & (run[STOP] <= whole[:, STOP])
            assert (around & (whole[:, THREAD] == run[THREAD])).any()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_notes_change_no_bit(threads: int) -> None:
    compiled, recorder, x = tower(), Recorder(), batch(4000)
    (noted,) = compiled.record([x], recorder, threads)
    (unnoted,) = compiled.record([x], threads=threads)
    assert noted.tobytes() == unnoted.tobytes() == compiled(x).tobytes()


def test_each_call_begins_anew() -> None:
    compiled, recorder = tower(), Recorder()
    compiled.record([batch(4000)], recorder)
    many = recorder.runs
    compiled.record([batch(1)], recorder)
    assert 0 < len(recorder.runs) < len(many)
    assert recorder.runs[0, START] >= many[:, STOP].max()


def test_nothing_runs_on_no_rows() -> None:
    compiled, recorder = tower(), Recorder()
    (result,) = compiled.record([batch(0)], recorder)
    assert result.shape == (0, 7)
    host = [step.kernel for region in compiled.plan.regions for step in region.steps].index("host")
    assert set(recorder.runs[:, STEP]) <= {host}


def test_arrays_are_checked_as_they_are_in_a_call() -> None:
    compiled = tower()
    with pytest.raises(TypeError, match="arrays of other types"):
        compiled.record([batch(2).astype(np.float64)], Recorder())
    with pytest.raises(kg.KGraphError):
        compiled.record([batch(2)[:, :31].copy()], Recorder())


def test_a_look_at_the_clock_takes_time() -> None:
    assert 0 < clock_cost() < 1e6
