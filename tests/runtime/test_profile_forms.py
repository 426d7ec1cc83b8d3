"""A profile as a table, a page, a dict and a trace: on one made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kgraph.runtime.explanation import Amount, Kernel
from kgraph.runtime.profile import KernelTime, Profile, Run
from kgraph.runtime.roofline import Bandwidth, Roofline
from kgraph.types.dims import Dim
from tests.runtime.test_explain_html import Reader

B = Dim.symbol("B")
ROOF = Roofline("a cpu", "v3", 2, {"float32": 100.0}, (Bandwidth("memory", 1 << 62, 20.0),))


def kernel(name: str, layer: str, *ops: str, host: bool = False) -> Kernel:
    amounts = (Amount(B * 100), Amount(B * 8), Amount(B * 4), Amount(64))
    return Kernel(name, ops, (layer,), ("/home/u/train.py:3",), "f32[B, 2]", host, *amounts)


GEMM = KernelTime(
    about=kernel("gemm_f32", "hidden", "dense", "relu"),
    phase=0,
    region=0,
    median_us=50.0,
    q1_us=49.0,
    q3_us=52.5,
    best_us=48.5,
    busy_us=90.0,
    share=0.2,
    runs=12,
    threads=2,
    flop=2_500_000,
    bytes=100_000,
    roof_us=25.0,
    bound="compute",
)
TILES = replace(
    GEMM,
    about=replace(kernel("gemm_f32 + program", "score", "dense", "exp"), parts=(GEMM.about,)),
    median_us=10.0,
    parts=(replace(GEMM, median_us=7.5),),
)
HOST = KernelTime(
    about=kernel("host", "op<&>", *["cumsum"] * 9, host=True),
    phase=0,
    region=None,
    median_us=200.0,
    q1_us=200.0,
    q3_us=200.0,
    best_us=200.0,
    busy_us=200.0,
    share=0.8,
    runs=1,
    threads=1,
    flop=None,
    bytes=1000,
    roof_us=None,
    bound=None,
)
PROFILE = Profile(
    name="net",
    sizes={"B": 1024, "T": 5000},
    threads=2,
    rounds=30,
    call_us=260.0,
    kernels_us=250.0,
    clock_ns=21.6,
    kernels=(GEMM, HOST, TILES),
    rooflines={2: ROOF},
    runs=(
        Run(0, None, 0, 0.0, 45.0, 0, 512),
        Run(0, None, 1, 1.5, 45.0, 512, 1024),
        Run(1, None, 0, 50.0, 200.0, 0, 1),
        Run(2, None, 0, 250.0, 10.0, 0, 1024),
        Run(2, 0, 0, 250.0, 7.5, 0, 1024),
    ),
    outputs=None,
)


def test_the_table() -> None:
    assert (
        str(PROFILE)
        == repr(PROFILE)
        == """\
net: B = 1,024, T = 5,000, 2 threads, medians of 30 rounds

       us     best   %   runs threads GFLOP/s   GB/s      of roof   kernel
      200      200  80      1       1           0.01                host of op<&> (train.py:3):
                                                                      cumsum, cumsum, cumsum,
                                                                      cumsum, cumsum, cumsum,
                                                                      cumsum, cumsum, cumsum
     50.0     48.5  20     12       2    50.0   2.00  50% compute   gemm_f32 of hidden (train.py:3):
                                                                      dense, relu
     10.0     48.5  20     12       2     250   10.0 250% compute   gemm_f32 + program of score
                                                                      (train.py:3): dense, exp
     7.50     48.5  20     12       2     333   13.3 333% compute     gemm_f32: dense, relu

kernels  250 us of a profiled call
call     260 us without profiling, on arrays as kernels take them; checks of the batch and new
         outputs are part of it
clock    22 ns, by which each run of a kernel seems longer
roof     100 GFLOP/s float32; copies in GB/s: memory 20 (a cpu, v3, 2 threads)
"""
    )


def test_the_dict_can_be_json() -> None:
    told = PROFILE.to_dict()
    assert json.loads(json.dumps(told)) == told
    gemm = told["kernels"][0]
    assert gemm == {
        "kernel": "gemm_f32",
        "ops": ["dense", "relu"],
        "layers": ["hidden"],
        "lines": ["/home/u/train.py:3"],
        "result": "f32[B, 2]",
        "host": False,
        "work": {"B": 100},
        "far": {"B": 8},
        "near": {"B": 4},
        "weights": {"": 64},
        "origin": "hidden (train.py:3)",
        "phase": 0,
        "region": 0,
        "median_us": 50.0,
        "q1_us": 49.0,
        "q3_us": 52.5,
        "best_us": 48.5,
        "busy_us": 90.0,
        "share": 0.2,
        "runs": 12,
        "threads": 2,
        "flop": 2_500_000,
        "bytes": 100_000,
        "roof_us": 25.0,
        "bound": "compute",
        "gflops": 50.0,
        "gbs": 2.0,
        "of_roof": 0.5,
        "parts": [],
        "densified": [],
    }
    assert [part["median_us"] for part in told["kernels"][2]["parts"]] == [7.5]
    assert sorted(set(told) - {"kernels"}) == [
        "call_us", "clock_ns", "kernels_us", "name", "rooflines", "rounds", "sizes", "threads",
    ]  # fmt: skip


def test_the_page_has_a_row_for_each_kernel() -> None:
    page = PROFILE.to_html()
    reader = Reader(page)
    assert reader.outline.count("      tr") == 1 + 4
    assert reader.outline.count("        td") == 4 * 12
    assert "op<&> (train.py:3)" in reader.texts
    assert not reader.attributes & {"href", "src", "onload", "style"}
    assert "<style>" in PROFILE._repr_html_()
    assert "<html" not in PROFILE._repr_html_()


def test_names_of_users_are_escaped() -> None:
    nasty = "<script>alert(1)</script>"
    page = replace(
        PROFILE, name=nasty, kernels=(replace(GEMM, about=kernel("k", nasty)),)
    ).to_html()
    assert "<script" not in page


def test_the_trace_has_an_event_for_each_run() -> None:
    trace = PROFILE.to_chrome_trace()
    events = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    assert events[1] == {
        "name": "gemm_f32",
        "cat": "phase 0, region 0",
        "ph": "X",
        "ts": 1.5,
        "dur": 45.0,
        "pid": 1,
        "tid": 1,
        "args": {
            "ops": "dense, relu",
            "from": "hidden (train.py:3)",
            "result": "f32[B, 2]",
            "rows": "512 to 1024",
        },
    }
    assert [event["cat"] for event in events] == [
        "phase 0, region 0",
        "phase 0, region 0",
        "phase 0, between phases",
        "phase 0, region 0",
        "phase 0, region 0",
    ]
    assert [event["name"] for event in events[3:]] == ["gemm_f32 + program", "gemm_f32"]
    names = [event for event in trace["traceEvents"] if event["ph"] == "M"]
    assert [(event["name"], event["tid"], event["args"]["name"]) for event in names] == [
        ("process_name", 0, "kgraph net"),
        ("thread_name", 0, "thread 0"),
        ("thread_name", 1, "thread 1"),
    ]
    assert {event["ph"] for event in trace["traceEvents"]} == {"X", "M"}


def test_the_trace_is_saved_as_json(tmp_path: Path) -> None:
    PROFILE.save_chrome_trace(tmp_path / "trace.json")
    assert json.loads((tmp_path / "trace.json").read_text()) == PROFILE.to_chrome_trace()


@pytest.mark.parametrize(("median", "expected"), [(0.0, None), (50.0, 0.5)])
def test_a_kernel_that_took_no_time_reaches_no_part_of_the_roof(
    median: float, expected: float | None
) -> None:
    assert replace(GEMM, median_us=median).of_roof == expected
