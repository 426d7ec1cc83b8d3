"""Ratios, merging and the texts made of results: read the golden one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import plot, readme, report, results
from bench.compare import Change, change
from bench.compare import rows as compared

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "report.md"
PEAK = {"gflops": 100.0, "copy_gbs": 20.0, "source": "a stand-in"}
MACHINE = {
    "cpu": "A CPU (family 1, model 2)",
    "processors": 2,
    "caches": ["L1 Data 48K", "L2 Unified 2048K"],
    "instructions": ["avx2", "fma"],
    "kernels": "v3",
    "system": "Linux x86_64",
    "python": "3.11.7",
    "kgraph": "0.1.0",
    "versions": {"numpy": "2.0.0"},
    "blas": "openblas 1.0, kernels Haswell",
    "environment": {"OPENBLAS_NUM_THREADS": "1"},
    "load": 0.1,
}


def row(name: str, us: float | None, size: int = 1, threads: int = 1, **more: Any) -> Any:
    made = {
        "scenario": "logistic",
        "title": "a | b",
        "size": size,
        "flop": 1000 * size,
        "bytes": 0,
        "implementation": name,
        "threads": threads,
    }
    if us is None:
        return made | {"status": "unsupported", "why": "cannot"} | more
    timed = {
        "status": "timed",
        "variant": "jit",
        "calls": 8,
        "rounds": 15,
        "wanted_rounds": 15,
        "median_us": us,
        "q1_us": us * 0.9,
        "q3_us": us * 1.1,
        "compile_s": 0.5,
        "first_call_s": 0.25,
        "memory_before": 10_000_000,
        "memory_peak": 13_000_000,
        "others": [],
    }
    return made | timed | more


def sample() -> results.Results:
    memory = {"scenario": "memory", "title": "c", "flop": 0, "bytes": 8000}
    return {
        "machine": MACHINE,
        "peaks": {"1": PEAK},
        "settings": {
            "rounds": 15,
            "command": "python -m bench",
            "skipped": {"torch": "torch"},
            "unset": {},
        },
        "rows": [
            row("kgraph", 0.5),
            row("numpy", 2.0),
            row("jax", 20.0),
            row("scipy", None),
            row("kgraph", 100.0, size=1024),
            row("numpy", 90.0, size=1024, rounds=5),
            row("jax", None, size=1024, status="wrong", why="jit: off by 1.0e-02"),
            row("scipy", None, size=1024),
            row("kgraph", 1.0, **memory),
            row("numpy", None, status="crashed", why="signal 9", **memory),
        ],
    }


def test_ratios_are_ours_over_theirs() -> None:
    case = results.cases(sample(), "logistic")[1, 1]
    assert results.ratios(case) == {"numpy": 0.25, "jax": 0.025}
    assert results.best_peer(case) == "numpy"
    wrong = results.cases(sample(), "logistic")[1024, 1]
    assert results.ratios(wrong) == {"numpy": pytest.approx(100 / 90)}
    assert results.ratios({"numpy": row("numpy", 1.0)}) == {}
    assert results.best_peer(results.cases(sample(), "memory")[1, 1]) is None


def test_the_report(update_golden: bool) -> None:
    text = report.markdown(sample())
    if update_golden:
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def test_results_merge_by_what_they_measured() -> None:
    newer = {"rows": [row("numpy", 3.0), row("kgraph", 9.0, size=32)], "settings": {"rounds": 1}}
    merged = results.merge(sample(), newer)
    times = {results.key(r): results.median(r) for r in merged["rows"]}
    assert times["logistic", 1, "numpy", 1] == 3.0
    assert times["logistic", 1, "kgraph", 1] == 0.5
    assert len(merged["rows"]) == 11
    assert merged["settings"] == {"rounds": 1}
    assert [r["size"] for r in merged["rows"]] == [1] * 4 + [32] + [1024] * 4 + [1] * 2


def test_the_higher_peak_is_kept() -> None:
    newer = {"rows": [], "peaks": {"1": {**PEAK, "gflops": 50.0, "copy_gbs": 30.0}, "2": PEAK}}
    peaks = results.merge(sample(), newer)["peaks"]
    assert peaks == {"1": {**PEAK, "gflops": 100.0, "copy_gbs": 30.0}, "2": PEAK}


def test_what_broke_is_not_done() -> None:
    assert len(results.done(sample())) == 9
    assert ("memory", 1, "numpy", 1) not in results.done(sample())


def test_results_survive_a_file(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    assert results.load(file) == {}
    results.save(sample(), file)
    assert results.load(file) == sample()
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_readme_has_the_best_peer_of_each_case() -> None:
    lines = readme.block(sample()).splitlines()
    assert lines[-3:] == [
        "| a \\| b | 1 | 0.50 | 0.25 (numpy) |",
        "| a \\| b | 1,024 | 100 | 1.11 (numpy) |",
        "| c | 1 | 1.00 |  |",
    ]


def test_the_readme_says_what_was_measured() -> None:
    found = json.loads((ROOT / readme.RESULTS).read_text())
    assert (
        f"{readme.BEGIN}\n{readme.block(found)}\n{readme.END}" in (ROOT / readme.README).read_text()
    )


def test_the_kept_report_says_what_was_measured() -> None:
    found = json.loads((ROOT / readme.RESULTS).read_text())
    assert (ROOT / "bench/results/README.md").read_text() == report.markdown(found)


def test_curves_are_time_per_row() -> None:
    lines = plot.curves(sample(), "logistic")
    assert lines["kgraph", 1] == [(1, 0.5), (1024, 100 / 1024)]
    assert lines["jax", 1] == [(1, 20.0)]


def test_a_plot_wants_matplotlib(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(SystemExit, match=r"plots want matplotlib: pip install 'kgraph\[bench\]'"):
        plot.plot(sample(), tmp_path)


def test_pictures_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert [path.name for path in plot.plot(sample(), tmp_path / "new")] == ["logistic.svg"]


@pytest.mark.parametrize(
    ("theirs", "flag"),
    [
        ([2.0] * 15, "slower"),
        ([0.5] * 15, "faster"),
        ([1.01] * 15, ""),  # steady, but not worth it
        ([0.5, 2.0, 2.0] * 5, ""),  # worth it, but not steady
    ],
)
def test_a_change_is_flagged_beyond_the_noise(theirs: list[float], flag: str) -> None:
    first, second = row("a", 1.0, seconds=[1.0] * 15), row("b", 1.0, seconds=theirs)
    made = change(first, second)
    assert made is not None
    assert made.flag() == flag


def test_changes_are_a_table() -> None:
    first, second = row("a", 1.0, seconds=[1.0] * 3), row("b", 2.0, seconds=[2.0] * 3)
    head, line, untimed = compared([(first, second), (first, row("b", None))], ["a", "b"], 0.03)
    assert head[3:] == ["a", "b", "ratio", "quartiles", ""]
    assert line[5:] == ["2.00", "2.00 - 2.00", "slower"]
    assert untimed[4:] == ["unsupported", "", "", ""]
    assert Change(1.0, 1.0, 1.0).flag() == ""
