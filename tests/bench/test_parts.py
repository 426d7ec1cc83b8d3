"""Padding, timing, memory, peaks, and the rows that no peer has."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import build, calling, compiling, costs, machine, measure, memory, peaks, rebinding
from bench import run as running
from bench.__main__ import COMMANDS, main
from bench.adapters.padded import flatten, pad
from bench.graph import Ragged
from bench.numbers import csr, log_normal_lengths, normal
from bench.scenarios import SCENARIOS
from kgraph.compiler.costs import DEFAULT_COSTS, CostTable
from tests.bench.test_report import MACHINE, PEAK, ROOT

Lengths = st.lists(st.lists(st.integers(0, 4), max_size=4), max_size=4)


@given(Lengths)
def test_padded_rows_are_the_rows_and_zeros(lengths: list[list[int]]) -> None:
    outer = np.cumsum([0, *map(len, lengths)])
    inner = np.cumsum([0, *(n for row in lengths for n in row)])
    items = np.arange(1, inner[-1] + 1)
    values, documents, sentences = pad(Ragged(items, (outer, inner)))
    assert documents.tolist() == [len(row) for row in lengths]
    left = iter(items)
    for i, row in enumerate(lengths):
        assert sentences[i].tolist() == row + [0] * (sentences.shape[1] - len(row))
        for j, count in enumerate(row):
            assert values[i, j, :count].tolist() == [next(left) for _ in range(count)]
    assert np.count_nonzero(values) == len(items)


def test_a_batch_is_flattened() -> None:
    x = np.ones((2, 3))
    assert [a.shape for a in flatten((x, Ragged(np.arange(3), (np.array([0, 1, 3]),))))] == [
        (2, 3),
        (2, 2),
        (2,),
    ]


def test_numbers_are_the_same_each_time() -> None:
    assert np.array_equal(normal(3, 4), normal(3, 4))
    matrix = csr(7, 1000, 10)
    assert matrix.has_canonical_format
    assert np.diff(matrix.indptr).tolist() == [10] * 7
    lengths = log_normal_lengths(4096, 40, 512)
    assert lengths[0] == 40
    assert lengths.max() <= 512
    assert 36 < lengths.mean() < 44


def test_calls_are_doubled_until_a_round_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "seconds", lambda call, calls: calls * 1.0)
    assert measure.choose_calls(lambda: None, 5.0) == 8


def test_quartiles_of_rounds() -> None:
    timing = measure.timing([1e-6, 2e-6, 3e-6], 4)
    assert (timing.q1_us, timing.median_us, timing.q3_us) == pytest.approx((1, 2, 3))
    assert (timing.rounds, timing.calls) == (3, 4)
    assert measure.timing([1e-6], 1).q3_us == pytest.approx(1)


def test_ways_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "choose_calls", lambda call: 1)
    order: list[str] = []
    calls = {name: (lambda name=name: order.append(name)) for name in "ab"}
    assert list(measure.compare(calls, rounds=3)) == ["a", "b"]
    assert order == list("ababab")


def test_memory_rises_with_what_is_held() -> None:
    before = memory.start_peak()
    peak = memory.peak()
    if before is None or peak is None:
        pytest.skip("the system does not tell")
    held = np.ones(1 << 25, np.uint8)
    after = memory.peak()
    assert after is not None
    assert after - before > held.nbytes // 2


def test_peaks_are_positive() -> None:
    assert peaks.gemm_gflops(side=32, rounds=2) > 0
    assert peaks.copy_gbs(2, size=1 << 16, rounds=2) > 0


def test_the_machine_is_described() -> None:
    found = machine.describe()
    assert json.loads(json.dumps(found)) == found
    assert found["versions"]["numpy"] == np.__version__
    assert found["kernels"] in ("base", "v3", "v4")


def test_compile_times_are_a_table() -> None:
    for draw in compiling.GRAPHS.values():
        head, *rows = compiling.rows(compiling.measure(draw, (2, 4), 2))
        assert head[-1] == "us per node"
        assert [row[0] for row in rows] == ["2", "4"]


def test_alternating_batches_are_a_table() -> None:
    calls = rebinding.calls(SCENARIOS["bag"], 1)
    found = {("bag", 1): measure.compare(calls, 2)}
    head, row = rebinding.rows(found)
    assert head == ["", "batch", "constant, us", "alternating, us", "ratio"]
    assert row[:2] == ["bag", "1, 2"]


def test_calls_are_a_table() -> None:
    head, *rows = calling.rows(measure.compare(calling.calls(), 2))
    assert head[-1] == f"times {calling.UNIT}"
    assert rows[0][0] == calling.UNIT
    assert rows[0][-1] == "1.00"
    assert len(rows) == 4


def test_costs_are_those_that_fit_the_times() -> None:
    paid = [dict(case.paid) for case in costs.cases().values()]
    told = costs.fitted(paid, [_seconds(one) for one in paid])
    once = {"release_gil", "wake_threads"}
    assert told.keys() == {field.name for field in fields(CostTable)} - once
    for name, cost in told.items():
        assert cost == pytest.approx(getattr(DEFAULT_COSTS, name), rel=1e-3)


def _seconds(paid: dict[str, int]) -> float:
    return sum(count * getattr(DEFAULT_COSTS, name) for name, count in paid.items()) / 1e12


def test_costs_are_a_table_that_can_be_compiled_with(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = costs.Case(lambda: None, {"moved_byte": 1})
    monkeypatch.setattr(costs, "cases", lambda: {"few": few})
    monkeypatch.setattr(costs, "wake_threads", lambda: None)  # as on one processor
    main(["costs", "--json", "--rounds", "2"])
    found = CostTable.of(json.loads(capsys.readouterr().out))
    assert found.wake_threads == DEFAULT_COSTS.wake_threads
    head, *rows = costs.rows(found)
    assert head == ["entry", "here, ps", "default, ps", "ratio"]
    assert [row[0] for row in rows] == [field.name for field in fields(CostTable)]


def test_threads_wake() -> None:
    found = costs.wake_threads(rests=2, rest_seconds=0)
    assert found is None or found > 0


def test_the_drawn_model_has_its_layers() -> None:
    assert len(build.build_model().layers) == build.LAYERS + 1


def test_the_command_knows_every_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert all(name in printed for name in SCENARIOS)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("run", "build")])
def test_commands_explain_themselves(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    if command in ("calling", "compiling", "rebinding"):
        assert __import__(COMMANDS[command], fromlist=["main"]).main
        return
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "usage: python -m bench" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario", "logistik"], "logistik: not known; there are logistic, mlp"),
        (["--impl", "kgraph,nump"], "nump: not known; there are kgraph, numpy"),
    ],
)
def test_unknown_names_are_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        running.main(arguments)
    assert words in capsys.readouterr().err


def test_a_run_saves_resumes_and_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def answer(module: str, *arguments: Any) -> Any:
        asked.append(module)
        return MACHINE if module == "bench.machine" else PEAK

    monkeypatch.setattr(running, "_ask", answer)
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(running, "ADAPTERS", {"numpy": "bench.adapters.numpy"})
    file, log = tmp_path / "r.json", tmp_path / "log"
    arguments = ["--scenario", "logistic", "--size", "1", "--impl", "numpy", "--quick"]
    arguments += ["--json", str(file), "--log", str(log), "--rounds", "2"]
    running.main(arguments)
    (first,) = json.loads(file.read_text())["rows"]
    assert (first["status"], first["rounds"]) == ("timed", 2)
    assert "seconds" not in first
    running.main([*arguments, "--resume", "--size", "1,2"])
    rows = json.loads(file.read_text())["rows"]
    assert [row["size"] for row in rows] == [1, 2]
    assert rows[0] == first
    assert "## logistic" in capsys.readouterr().out
