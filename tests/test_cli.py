"""The command line: `kgraph`, and `python -m kgraph`."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph import cli, demo


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m kgraph`, with no terminal and an encoding that knows ASCII alone."""
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    return subprocess.run(
        [sys.executable, "-m", "kgraph", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speed is not the question here: time each call as briefly as may be."""
    monkeypatch.setattr(demo, "_ROUNDS", 1)
    monkeypatch.setattr(demo, "_ROUND_SECONDS", 0.0)


def test_the_version_is_printed() -> None:
    done = command("--version")
    assert (done.returncode, done.stdout) == (0, f"kgraph {kg.__version__}\n")


def test_a_missing_or_unknown_command_is_refused() -> None:
    assert command().returncode == 2
    done = command("dmeo")
    assert done.returncode == 2
    assert "invalid choice: 'dmeo'" in done.stderr


def test_the_demo_runs_and_agrees(tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    done = command("demo", "--json", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert "All results agree." in done.stdout
    assert "(demo.py:" in done.stdout  # the lines of its models
    results = json.loads(file.read_text())
    assert results["agree"] is True
    assert [scenario["name"] for scenario in results["scenarios"]] == [
        scenario.name for scenario in demo.SCENARIOS
    ]
    for scenario in results["scenarios"]:
        assert f'Model: "{scenario["name"]}"' in done.stdout
        assert f"{scenario['name']}: " in done.stdout  # the head of explain()
        assert [call["batch"] for call in scenario["calls"]] == [1, 32, 1024]
        assert all(call["kgraph_us"] > 0 and call["plain_us"] > 0 for call in scenario["calls"])
        assert scenario["accuracy"] > 2 * scenario["majority"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("scenario", demo.SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_wrong_weight_fails_the_demo(
    scenario: demo.Scenario, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tampered(weights: Sequence[demo.Array]) -> demo.Forward:
        *others, bias = weights
        return scenario.plain([*others, bias + np.linspace(0, 0.01, len(bias), dtype=np.float32)])

    monkeypatch.setattr(demo, "SCENARIOS", [dataclasses.replace(scenario, plain=tampered)])
    assert cli.main(["demo"]) == 1
    out = capsys.readouterr().out
    assert "kgraph and the plain way DISAGREE" in out
    assert out.endswith("SOME RESULTS DISAGREE, see above.\n")


@pytest.mark.usefixtures("quick")
def test_nan_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    def poisoned(weights: Sequence[demo.Array]) -> demo.Forward:
        return scenario.plain([*weights[:-1], weights[-1] * np.float32("nan")])

    scenario = demo.SCENARIOS[0]
    results = demo.run([dataclasses.replace(scenario, plain=poisoned)], lambda text: None)
    assert results["agree"] is False


@pytest.mark.usefixtures("quick")
def test_an_error_is_a_message_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken() -> Any:
        raise kg.KGraphError("the layer 'digit' does not fit")

    failing = dataclasses.replace(demo.SCENARIOS[0], build=broken)
    monkeypatch.setattr(demo, "SCENARIOS", [failing])
    assert cli.main(["demo"]) == 1
    assert capsys.readouterr().err == "kgraph: the layer 'digit' does not fit\n"
    monkeypatch.setattr(demo, "SCENARIOS", [])
    assert cli.main(["demo", "--json", str(tmp_path / "no such folder" / "demo.json")]) == 1
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
def test_the_plain_embedding_gives_rows_without_items_a_mean_of_zero() -> None:
    table, kernel = np.ones((4, 2), np.float32), np.eye(2, dtype=np.float32)
    forward = demo.SCENARIOS[3].plain([table, kernel, np.array([0, 1], np.float32)])
    few, many = [2, 0, 1, 0], [300, 0, 1, 0]  # below and above the size where the way changes
    for lengths in (few, many):
        splits = np.concatenate([[0], np.cumsum(lengths)])
        found = forward((np.zeros(splits[-1], np.int32), splits))
        np.testing.assert_allclose(found, [[1 / (1 + np.e), np.e / (1 + np.e)]] * 4, rtol=1e-6)
