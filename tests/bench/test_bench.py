"""The benchmarks run: each way agrees with float64 before it is timed, and reports say it all."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def scenario() -> Any:
    from bench.scenarios import SCENARIOS

    return dataclasses.replace(SCENARIOS["logistic"], sizes=(1, 4))


def test_a_tiny_scenario_is_checked_timed_and_reported() -> None:
    from bench import machine, report
    from bench.run import run_scenario

    found = run_scenario(scenario(), rounds=2)
    assert [case["size"] for case in found["cases"]] == [1, 4]
    for case in found["cases"]:
        timings = case["timings"]
        assert list(timings) == ["kgraph", "numpy"]
        assert case["ratio"] == timings["numpy"]["median_us"] / timings["kgraph"]["median_us"]
    runs = [{"threads": 1, "scenarios": [found]}]
    results = {"machine": machine.describe(), "rounds": 2, "runs": runs}
    assert json.loads(json.dumps(results)) == results
    assert f"logistic: {found['title']}; threads: 1" in report.text(results)
    assert "| threads | batch | kgraph, us | numpy, us | numpy / kgraph |" in report.markdown(
        results
    )


def test_a_wrong_way_is_not_timed() -> None:
    from bench.run import run_scenario

    def wrong(x: np.ndarray) -> Any:
        return lambda: np.zeros((len(x), 16), np.float32)

    ways = {**scenario().implementations, "wrong": wrong}
    with pytest.raises(ArithmeticError, match="logistic: wrong is off by"):
        run_scenario(dataclasses.replace(scenario(), implementations=ways), rounds=1)


def test_the_command_knows_every_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    from bench.__main__ import main
    from bench.scenarios import SCENARIOS

    with pytest.raises(SystemExit):
        main(["--help"])
    printed = capsys.readouterr().out
    assert all(name in printed for name in SCENARIOS)
