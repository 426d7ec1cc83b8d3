"""The roofline: measured once, kept in a file, and what it says of a number of bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kgraph as kg
from kgraph.runtime import roofline as module
from kgraph.runtime.roofline import Bandwidth, Roofline, roofline
from kgraph.types.config import Config

Counted = list[tuple[str, Any]]


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Kernels that take a made-up time: products at 10 and 5 GFLOP/s, copies slower when larger."""
    calls: Counted = []

    def products(
        m: int, k: int, n: int, dtype: str, threads: int, repeats: int, rounds: int
    ) -> Any:
        calls.append(("products", dtype))
        rate = (10e9 if dtype == "float32" else 5e9) * threads
        return [2 * m * k * n * threads * repeats / rate * slower for slower in (3, 1, 2)]

    def copies(count: int, threads: int, repeats: int, rounds: int) -> Any:
        calls.append(("copies", count))
        rate = {4 << 10: 80e9, 64 << 10: 40e9}.get(count, 20e9) * threads
        return [2 * count * threads * repeats / rate * slower for slower in (2, 1)]

    monkeypatch.setattr(module.kernels, "products", products)
    monkeypatch.setattr(module.kernels, "copies", copies)
    monkeypatch.setattr(module, "cache_bytes", lambda: {"L1": 16 << 10, "L2": 256 << 10})
    monkeypatch.setattr(module, "_known", {})
    monkeypatch.setattr(kg.config, "cache_folder", tmp_path / "cache")
    return calls


def forget() -> None:
    module._known.clear()


@pytest.mark.usefixtures("measured")
def test_the_best_round_counts() -> None:
    found = roofline(1)
    assert found.gflops == {"float32": 10.0, "float64": 5.0}
    assert [(one.level, one.gbs) for one in found.bandwidths] == [
        ("L1", 80.0),
        ("L2", 40.0),
        ("memory", 20.0),
    ]


@pytest.mark.usefixtures("measured")
def test_bytes_are_looked_for_in_the_nearest_level_that_holds_them() -> None:
    found = roofline(1)
    assert [found.level(bytes).level for bytes in (0, 16 << 10, 17 << 10, 1 << 20)] == [
        "L1",
        "L1",
        "L2",
        "memory",
    ]
    two = roofline(2)
    assert two.level(32 << 10).level == "L1"  # each thread has its own


def test_it_is_measured_once_and_kept_in_a_file(measured: Counted, tmp_path: Path) -> None:
    first = roofline(1)
    count = len(measured)
    assert roofline(1) is first
    forget()
    assert roofline(1) == first
    assert len(measured) == count
    kept = json.loads((tmp_path / "cache" / "roofline.json").read_text())
    assert list(kept["machines"].values()) == [first.to_dict()]


def test_another_number_of_threads_is_measured_apart(measured: Counted, tmp_path: Path) -> None:
    assert roofline(1).threads == 1
    count = len(measured)
    assert roofline(2).threads == 2
    assert len(measured) == 2 * count
    kept = json.loads((tmp_path / "cache" / "roofline.json").read_text())
    assert len(kept["machines"]) == 2


def test_it_is_measured_anew_if_that_is_asked_for(measured: Counted) -> None:
    roofline(1)
    count = len(measured)
    roofline(1, remeasure=True)
    assert len(measured) == 2 * count


def test_another_processor_or_instruction_set_is_another_machine(
    measured: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    roofline(1)
    count = len(measured)
    monkeypatch.setattr(module, "cpu_model", lambda: "another")
    assert roofline(1).cpu == "another"
    monkeypatch.setattr(module, "instruction_set", lambda: "v9")
    assert roofline(1).instructions == "v9"
    assert len(measured) == 3 * count


def spoil(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def spoiled(path: Path) -> None:
        kept = json.loads(path.read_text())
        change(kept)
        path.write_text(json.dumps(kept))

    return spoiled


SPOILED = [
    lambda path: path.write_text("no JSON"),
    lambda path: path.write_text("[]"),
    lambda path: path.unlink(),
    spoil(lambda kept: kept.update(format=0)),
    spoil(lambda kept: kept.update(machines=[])),
    spoil(lambda kept: kept["machines"].update({key: {} for key in kept["machines"]})),
    spoil(lambda kept: kept["machines"].update(dict.fromkeys(kept["machines"], 3))),
]


@pytest.mark.parametrize("change", SPOILED)
def test_a_file_that_is_none_costs_measuring_anew(
    change: Callable[[Path], object], measured: Counted, tmp_path: Path
) -> None:
    first = roofline(1)
    count = len(measured)
    change(tmp_path / "cache" / "roofline.json")
    forget()
    assert roofline(1) == first
    assert len(measured) == 2 * count
    forget()
    assert roofline(1) == first
    assert len(measured) == 2 * count  # and it was kept


def test_a_folder_that_cannot_be_written_costs_nothing_else(
    measured: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(kg.config, "cache_folder", tmp_path / "file" / "below")
    assert roofline(1) is roofline(1)
    assert measured


def test_the_text_tells_peaks_copies_and_the_machine() -> None:
    found = Roofline(
        "a cpu",
        "v3",
        2,
        {"float32": 201.4},
        (Bandwidth("L2", 1, 99.6), Bandwidth("memory", 2, 9.5)),
    )
    assert str(found) == (
        "201 GFLOP/s float32; copies in GB/s: L2 100, memory 10 (a cpu, v3, 2 threads)"
    )


def test_the_cache_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert Config().cache_folder == "/somewhere/kgraph"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/user")
    assert Config().cache_folder == "/home/user/.cache/kgraph"
    assert repr(Config()).endswith("cache_folder='/home/user/.cache/kgraph')")
