"""Workers are checked, timed in turn, and their failures told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import adapters, runner
from bench.peers import FOREIGN, Crashed, Peer, environment
from bench.runner import Case, Pace, cases_of
from bench.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]
CASE = Case("logistic", "a title", 3, flop=12)
PACE = Pace(rounds=3, round_s=0.0)


def fake(name: str, threads: int = 1) -> Peer:
    return Peer(name, f"tests.bench.fakes.{name}", threads, ROOT)


@pytest.fixture
def started() -> Iterator[list[Peer]]:
    peers: list[Peer] = []
    yield peers
    for peer in peers:
        peer.stop()


def run(peers: list[Peer], told: list[str] | None = None) -> list[dict[str, Any]]:
    tell = told.append if told is not None else lambda line: None
    return runner.run_case(CASE, peers, PACE, tell)


def test_each_worker_gets_its_row(started: list[Peer]) -> None:
    names = ("slow", "wrong", "crashing", "overwriting", "unable")
    started += [fake(name) for name in names]
    told: list[str] = []
    rows = {row["implementation"]: row for row in run(started, told)}
    assert list(rows) == list(names)
    slow = rows.pop("slow")
    assert slow["status"] == "timed"
    assert slow["variant"] == "slow"  # the faster of two
    assert slow["rounds"] == len(slow["seconds"]) == 3
    assert slow["q1_us"] <= slow["median_us"] <= slow["q3_us"]
    assert slow["compile_s"] >= 0
    assert slow["first_call_s"] > 0
    assert (slow["scenario"], slow["size"], slow["flop"]) == ("logistic", 3, 12)
    assert {name: row["status"] for name, row in rows.items()} == {
        "wrong": "wrong",
        "crashing": "crashed",
        "overwriting": "wrong",
        "unable": "unsupported",
    }
    assert rows["wrong"]["why"].startswith("zeros: off by 1.0e+00")
    assert rows["crashing"]["why"] == "the process ended with code 7"
    assert rows["overwriting"]["why"] == "view: its next call overwrites the result"
    assert rows["unable"]["why"] == "no products on Sundays"
    assert told[0].startswith("  wrong, threads 1: wrong: zeros: off by")
    assert len(told) == 4
    assert all("median_us" not in row for row in rows.values())


def test_a_worker_that_dies_between_rounds_is_told_and_starts_anew(started: list[Peer]) -> None:
    started += [fake("crashing", threads=2), fake("slow", threads=2)]
    dying, steady = run(started)
    assert (dying["status"], dying["why"]) == ("crashed", "the process ended with code 9")
    assert steady["status"] == "timed"
    (again,) = run(started[:1])
    assert again["variant"] == "exit later"  # it loaded
    assert again["why"] == "the process ended with code 9"


def test_a_worker_without_an_answer_is_ended(started: list[Peer]) -> None:
    started.append(fake("slow"))
    with pytest.raises(Crashed, match="no answer within 0 s"):
        started[0].ask({"do": "load", "scenario": "logistic", "size": 1, "round_s": 0.0}, 0.0)


def test_rounds_go_in_turn() -> None:
    class Recording:
        def __init__(self, name: str) -> None:
            self.name, self.module, self.threads = name, "", 1

        def ask(self, request: dict[str, Any], timeout: float) -> dict[str, Any]:
            asked.append((self.name, request["do"]))
            if request["do"] == "round":
                return {"seconds": 1.0}
            return {"status": "ready", "calls": 1, "one_s": 1e-9}

    asked: list[tuple[str, str]] = []
    runner.run_case(CASE, [Recording("a"), Recording("b")], PACE, lambda line: None)  # type: ignore[list-item]
    rounds = [(name, "round") for name in "ababab"]
    assert asked == [("a", "load"), ("b", "load"), *rounds]


def test_a_slow_call_gets_fewer_rounds() -> None:
    pace = Pace(rounds=15, slow_s=60)
    assert [pace.rounds_of(seconds) for seconds in (0.01, 4.0, 6.0, 100.0)] == [15, 15, 10, 3]
    assert Pace(rounds=1).rounds_of(100.0) == 1


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = {"absent": "tests.bench.fakes.absent", "slow": "tests.bench.fakes.slow"}
    monkeypatch.setattr(adapters, "ADAPTERS", fakes)
    assert runner.absent(["absent", "slow"]) == {"absent": "no_such_package_anywhere"}


def test_every_adapter_says_what_it_needs_without_importing_it() -> None:
    for module in adapters.ADAPTERS.values():
        assert isinstance(adapters.missing(module), list)


def test_workers_see_no_foreign_blas_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FOREIGN:
        monkeypatch.setenv(name, "Haswell")
    made = environment(2, ROOT)
    assert not set(FOREIGN) & set(made)
    assert made["OPENBLAS_NUM_THREADS"] == made["KGRAPH_THREADS"] == "2"


def test_cases_carry_their_work() -> None:
    cases = cases_of(SCENARIOS["logistic"])
    assert [case.size for case in cases] == [1, 32, 1024, 65536]
    assert [case.flop for case in cases[:2]] == [2 * 32 * 16, 32 * 2 * 32 * 16]
    assert cases_of(SCENARIOS["memory"], [5])[0].bytes == 40
