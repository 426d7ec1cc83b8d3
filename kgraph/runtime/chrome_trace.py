"""The runs of a profiled call in the Trace Event Format of Chrome and Perfetto.

Source    Trace Event Format, the Chromium project: complete events ("X") with microseconds, and
          metadata events ("M") that name what they belong to
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kgraph.runtime.profile import Profile, Run

_PROCESS = 1


def trace_of(profile: Profile) -> dict[str, Any]:
    """An event for each run; times are microseconds from the beginning of the call."""
    threads = sorted({run.thread for run in profile.runs})
    named = [_name("process_name", 0, f"kgraph {profile.name}")]
    named += (_name("thread_name", thread, f"thread {thread}") for thread in threads)
    return {"traceEvents": [*named, *_events(profile)], "displayTimeUnit": "ns"}


def _events(profile: Profile) -> Iterator[dict[str, Any]]:
    for run in profile.runs:
        kernel = profile.kernels[run.kernel]
        place = "between phases" if kernel.region is None else f"region {kernel.region}"
        yield {
            "name": profile.about(run).kernel,
            "cat": f"phase {kernel.phase}, {place}",
            "ph": "X",
            "ts": run.start_us,
            "dur": run.duration_us,
            "pid": _PROCESS,
            "tid": run.thread,
            "args": _arguments(profile, run),
        }


def _arguments(profile: Profile, run: Run) -> dict[str, Any]:
    about = profile.about(run)
    return {
        "ops": ", ".join(about.ops),
        "from": about.origin,
        "result": about.result,
        "rows": f"{run.first_row} to {run.last_row}",
    }


def _name(what: str, thread: int, name: str) -> dict[str, Any]:
    event = {"name": what, "ph": "M", "pid": _PROCESS, "tid": thread}
    return {**event, "args": {"name": name}}
